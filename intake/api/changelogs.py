"""Changelog entries: preview, generate, write, edit, approve."""

from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from pydantic import Field

from hub import changelog, pii, ticketing, triage
from hub.errors import NotFound
from intake.api.door import StrictBody, actor_of, body_of, data, id_of, listed, query_of, runtime_of, settled
from intake.api.tickets import Model, offered_model
from storage import changelog_entries
from storage.enums import ChangelogStatus
from storage.models import ChangelogEntry

routes = web.RouteTableDef()


class Content(StrictBody):
    content: str = Field(max_length=20_000)


class Approval(StrictBody):
    approved_by: str | None = Field(None, max_length=200)


class Filters(StrictBody):
    status: ChangelogStatus | None = None
    limit: int = Field(50, ge=1, le=100)
    cursor: str | None = None


@routes.get("/api/changelog_entries")
async def index(request: web.Request) -> web.Response:
    filters = query_of(request, Filters)
    async with runtime_of(request).db.transaction() as session:
        page = await changelog_entries.page(
            session, status=filters.status, limit=filters.limit, cursor=filters.cursor
        )
    return listed(page, shown)


@routes.get("/api/tickets/{id}/changelog")
async def show(request: web.Request) -> web.Response:
    """The newest entry."""
    async with runtime_of(request).db.transaction() as session:
        await ticketing.get(session, id_of(request))
        entries = await changelog_entries.of_ticket(session, id_of(request))
        if not entries:
            raise NotFound("This ticket has no changelog entry yet.")
        return data(shown(entries[0]))


@routes.get("/api/tickets/{id}/preview_changelog")
async def preview(request: web.Request) -> web.Response:
    """Exactly what a model would be sent, with each redaction."""
    async with runtime_of(request).db.transaction() as session:
        asked = await triage.question(session, id_of(request))
    prompt = await changelog.prompt(asked)
    return data(
        {
            "original_text": f"{asked.title}\n\n{asked.text}",
            "scrubbed_text": f"{prompt.title.text}\n\n{prompt.text.text}",
            "prompt": prompt.whole,
            "redactions": [
                {"type": redaction.kind, "placeholder": redaction.placeholder, "original": original}
                for redaction, original in changelog.redactions(asked, prompt)
            ],
            "kinds": pii.kinds(prompt.content),
        }
    )


@routes.post("/api/tickets/{id}/generate_changelog")
async def generate(request: web.Request) -> web.Response:
    """Promises a draft (202); the live draft when there is one already (200)."""
    runtime = runtime_of(request)
    body = await body_of(request, Model)
    model = offered_model(runtime, body.model)
    async with runtime.db.transaction() as session:
        ticket = await changelog.request(session, id_of(request), model=model, by=actor_of(request))
        draft = await changelog_entries.find_draft(session, ticket.id)
        if draft is not None:
            return data(shown(draft))
        return data({"ticket_id": ticket.id, "status": "generating", "model": model}, status=202)


@routes.post("/api/tickets/{id}/manual_changelog")
async def write(request: web.Request) -> web.Response:
    body = await body_of(request, Content)
    async with runtime_of(request).db.transaction() as session:
        entry = await changelog.write(session, id_of(request), body.content, by=actor_of(request))
        await settled(session, entry)
        return data(shown(entry), status=201)


@routes.patch("/api/tickets/{id}/update_changelog_draft")
async def edit(request: web.Request) -> web.Response:
    body = await body_of(request, Content)
    async with runtime_of(request).db.transaction() as session:
        draft = await changelog.draft_of(session, id_of(request))
        entry = await changelog.edit(session, draft.id, body.content, by=actor_of(request))
        await settled(session, entry)
        return data(shown(entry))


@routes.patch("/api/tickets/{id}/approve_changelog")
async def approve(request: web.Request) -> web.Response:
    """Approve the draft and have its reporter told. `approved_by` is recorded beside the key, never instead."""
    runtime = runtime_of(request)
    body = await body_of(request, Approval)
    async with runtime.db.transaction() as session:
        draft = await changelog.draft_of(session, id_of(request))
        notification = await changelog.approve(
            session,
            draft.id,
            by=actor_of(request),
            channels=runtime.channels,
            now=datetime.now(UTC),
            on_behalf_of=body.approved_by,
        )
        await settled(session, draft)
        return data(shown(draft) | {"notification_id": notification.id})


def shown(entry: ChangelogEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "ticket_id": entry.ticket_id,
        "content": entry.content,
        "status": entry.status,
        "ai_model": entry.ai_model,
        "ai_prompt_tokens": entry.ai_prompt_tokens,
        "ai_completion_tokens": entry.ai_completion_tokens,
        "approved_by": entry.approved_by,
        "on_behalf_of": entry.attributes.get("on_behalf_of"),
        "approved_at": entry.approved_at,
        "created_at": entry.created_at,
        "updated_at": entry.updated_at,
    }
