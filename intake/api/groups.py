"""Groups of tickets: list, get, create, add, remove, preview, generate, resolve."""

from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from aiohttp import web
from pydantic import AwareDatetime, Field
from sqlalchemy.ext.asyncio import AsyncSession

from hub import drafting, grouping, membership, resolution, suggestion, triage
from hub.errors import Invalid
from hub.resolution import Notify, Plan
from intake.api import tickets as tickets_api
from intake.api.door import StrictBody, actor_of, body_of, checked, data, id_of, listed, query_of, runtime_of, settled
from intake.api.tickets import Model, offered_model
from storage import groups, suggestions
from storage.enums import GroupStatus
from storage.models import Analysis, GroupSuggestion, TicketGroup

routes = web.RouteTableDef()


class Filters(StrictBody):
    status: GroupStatus | None = None
    limit: int = Field(50, ge=1, le=100)
    cursor: str | None = None


class NewGroup(StrictBody):
    name: str = Field(max_length=500)
    ticket_ids: list[UUID] = Field(max_length=grouping.MOST)
    primary_ticket_id: UUID | None = None


class More(StrictBody):
    ticket_ids: list[UUID] = Field(min_length=1, max_length=grouping.MOST)


class One(StrictBody):
    ticket_id: UUID


class Resolution(StrictBody):
    """Without `content` the text that was generated is sent, else what was approved for the tickets."""

    content: str | None = Field(None, max_length=20_000)
    channel: str | None = Field(None, max_length=50)
    resolution_note: str | None = Field(None, max_length=resolution.NOTE_LENGTH)
    notify: Notify = Notify.PRIMARY


class Search(StrictBody):
    limit: int = Field(50, ge=2, le=suggestion.MOST)
    order: Literal["newest", "oldest"] = "newest"
    start_time: AwareDatetime | None = None
    end_time: AwareDatetime | None = None


@routes.post("/api/ticket_groups/suggest")
async def suggest(request: web.Request) -> web.Response:
    """Promises an analysis (202); `/api/ticket_groups/analyses/{id}` says how it goes and what it found."""
    runtime, body = runtime_of(request), await body_of(request, Search)
    async with runtime.db.transaction() as session:
        analysis = await suggestion.ask(
            session,
            by=actor_of(request),
            model=None if runtime.models_off else runtime.settings.openai_model,
            most=body.limit,
            oldest_first=body.order == "oldest",
            start=body.start_time,
            end=body.end_time,
        )
        await settled(session, analysis)
        return data(_analysed(analysis), status=202)


@routes.get("/api/ticket_groups/analyses/{id}")
async def analysis(request: web.Request) -> web.Response:
    async with runtime_of(request).db.transaction() as session:
        found = await suggestion.analysis(session, id_of(request))
        listed = await suggestions.of_analysis(session, found.id)
        return data(_analysed(found) | {"suggestions": [_suggested(each) for each in listed]})


@routes.get("/api/ticket_groups")
async def index(request: web.Request) -> web.Response:
    filters = query_of(request, Filters)
    async with runtime_of(request).db.transaction() as session:
        page = await groups.page(session, status=filters.status, limit=filters.limit, cursor=filters.cursor)
        sizes = await groups.sizes(session, [row.id for row in page.rows])
    return listed(page, lambda group: shown(group) | {"ticket_count": sizes.get(group.id, 0)})


@routes.get("/api/ticket_groups/{id:[0-9a-fA-F-]{36}}")
async def show(request: web.Request) -> web.Response:
    """With its tickets, and for each what would be hidden from a model."""
    async with runtime_of(request).db.transaction() as session:
        group = await grouping.get(session, id_of(request))
        found = await _detailed(session, group)
        asked = [await triage.question(session, ticket["id"]) for ticket in found["tickets"]]
    for ticket, question in zip(found["tickets"], asked, strict=True):
        ticket["pii"] = await membership.personal(question)
    return data(found)


@routes.post("/api/ticket_groups")
async def create(request: web.Request) -> web.Response:
    body = await body_of(request, NewGroup)
    async with runtime_of(request).db.transaction() as session:
        group = await grouping.create(
            session,
            name=body.name,
            ticket_ids=body.ticket_ids,
            primary_ticket_id=body.primary_ticket_id,
            by=actor_of(request),
        )
        return data(await _detailed(session, group), status=201)


@routes.post("/api/ticket_groups/{id}/add_tickets")
async def add(request: web.Request) -> web.Response:
    body = await body_of(request, More)
    async with runtime_of(request).db.transaction() as session:
        group = await grouping.add(session, id_of(request), body.ticket_ids, by=actor_of(request))
        return data(await _detailed(session, group))


@routes.delete("/api/ticket_groups/{id}/remove_ticket")
async def remove(request: web.Request) -> web.Response:
    """`ticket_id` in the query or the body; null where the group is dissolved, having fewer than two."""
    body = checked(dict(request.query), One) if request.query else await body_of(request, One)
    async with runtime_of(request).db.transaction() as session:
        group = await grouping.remove(session, id_of(request), body.ticket_id, by=actor_of(request))
        return data(await _detailed(session, group) if group else None)


@routes.get("/api/ticket_groups/{id}/preview_content")
async def preview(request: web.Request) -> web.Response:
    """Exactly what a model would be sent, with each redaction."""
    async with runtime_of(request).db.transaction() as session:
        asked = await drafting.questions(session, id_of(request))
    prompt, reports = await drafting.prompt(asked)
    return data(
        {
            "original_text": "\n\n".join(drafting.originals(asked)),
            "scrubbed_text": "\n\n".join(report.text for report in reports),
            "prompt": prompt.whole,
            "redactions": [
                {"type": redaction.kind, "placeholder": redaction.placeholder, "original": original}
                for redaction, original in drafting.redactions(asked, reports)
            ],
        }
    )


@routes.post("/api/ticket_groups/{id}/generate_content")
async def generate(request: web.Request) -> web.Response:
    """Promises a text (202): it is the group's `draft` when it is there."""
    runtime = runtime_of(request)
    body = await body_of(request, Model)
    model = offered_model(runtime, body.model)
    async with runtime.db.transaction() as session:
        group = await drafting.request(session, id_of(request), model=model, by=actor_of(request), anew=True)
        await settled(session, group)
        return data(shown(group), status=202)


@routes.post("/api/ticket_groups/{id}/resolve")
async def resolve(request: web.Request) -> web.Response:
    """202 where a second person has to agree: the same call by another key then sends it."""
    runtime, body = runtime_of(request), await body_of(request, Resolution)
    async with runtime.db.transaction() as session:
        content = body.content or await _text_of(session, id_of(request))
        outcome = await resolution.resolve(
            session,
            id_of(request),
            Plan(content, body.notify, body.channel, body.resolution_note),
            by=actor_of(request),
            channels=runtime.channels,
            now=datetime.now(UTC),
            second_above=runtime.settings.second_approver_above,
        )
        found = await _detailed(session, outcome.group)
        return data(found | {"told": outcome.told}, status=200 if outcome.is_done else 202)


async def _text_of(session: AsyncSession, group_id: UUID) -> str:
    group = await grouping.get(session, group_id)
    if group.draft_requested_at is not None:
        raise Invalid("A text is being written for this group; wait for it, or send `content`.", field="content")
    return group.draft or await resolution.gathered(session, group_id)


async def _detailed(session: AsyncSession, group: TicketGroup) -> dict[str, Any]:
    await settled(session, group)
    members = await groups.members(session, group.id)
    return shown(group) | {"ticket_count": len(members), "tickets": [tickets_api.shown(each) for each in members]}


def shown(group: TicketGroup) -> dict[str, Any]:
    return {
        "id": group.id,
        "name": group.name,
        "status": group.status,
        "primary_ticket_id": group.primary_ticket_id,
        "draft": group.draft,
        "draft_model": group.draft_model,
        "draft_error": group.draft_error,
        "is_drafting": group.draft_requested_at is not None,
        "waits_for_second_approver": group.proposal is not None,
        "resolved_via_channel": group.resolved_via_channel,
        "resolution_note": group.resolution_note,
        "resolved_at": group.resolved_at,
        "created_at": group.created_at,
    }


def _analysed(row: Analysis) -> dict[str, Any]:
    return {
        "id": row.id,
        "status": row.status,
        "model": row.model,
        "start_time": row.start_time,
        "end_time": row.end_time,
        "analysed": row.done,
        "total": row.total,
        "error": row.error,
        "created_at": row.created_at,
        "finished_at": row.finished_at,
    }


def _suggested(row: GroupSuggestion) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "reason": row.reason,
        "ticket_ids": row.ticket_ids,
        "pii_redactions": row.redactions,
        "status": row.status,
        "ticket_group_id": row.ticket_group_id,
    }
