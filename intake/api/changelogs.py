"""Changelog entries: preview, generate, write, edit, approve."""

from datetime import UTC, datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from hub import changelog, pii, ticketing, triage
from hub.errors import NotFound
from intake.api import models
from intake.api.models import Model, Redacted
from intake.api.replies import Accepted, Answer, Asked, Created, Data, Listed, Paged, Restored, listed
from intake.api.route import Call, Routes
from storage import changelog_entries
from storage.database import settled
from storage.enums import ChangelogStatus, Scope
from storage.models import ChangelogEntry, Ticket

routes = Routes("Changelogs")


class Content(Asked):
    content: str = Field(max_length=changelog.LONGEST)


class Approval(Asked):
    """With the `hash` of what was shown, nothing else is sent: 409 when it is no longer what would leave."""

    shown: str | None = Field(None, max_length=64, description="`leaves.hash` of the draft that was read.")
    approved_by: str | None = Field(
        None, max_length=200, description="Recorded beside the key's name, never instead of it."
    )


class EntryFilters(Paged):
    status: ChangelogStatus | None = None


class EntryRow(Answer):
    id: UUID
    ticket_id: UUID
    content: str
    status: ChangelogStatus
    ai_model: str | None
    ai_prompt_tokens: int | None
    ai_completion_tokens: int | None
    leaks: dict[str, int] = Field(description="What a model's text has that identifies people: kinds and how many.")
    claims: list[str] = Field(description="What a model's text claims that has to be true: links, sums, promises.")
    approved_by: str | None
    on_behalf_of: str | None
    approved_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, entry: ChangelogEntry) -> Self:
        return cls(
            id=entry.id,
            ticket_id=entry.ticket_id,
            content=entry.content,
            status=ChangelogStatus(entry.status),
            ai_model=entry.ai_model,
            ai_prompt_tokens=entry.ai_prompt_tokens,
            ai_completion_tokens=entry.ai_completion_tokens,
            leaks=entry.ai_leaks or {},
            claims=list(changelog.claims_of(entry)),
            approved_by=entry.approved_by,
            on_behalf_of=entry.attributes.get("on_behalf_of"),
            approved_at=entry.approved_at,
            created_at=entry.created_at,
            updated_at=entry.updated_at,
        )


class Leaves(Answer):
    """What an approval would send, to whom and how; `hash` stands for all of it."""

    channel: str
    recipient: str
    kind: str
    text: str
    hash: str
    restored_at: Restored


class NewestEntry(EntryRow):
    leaves: Leaves | None = Field(description="Of a draft that could be approved as it is.")


class ApprovedRow(EntryRow):
    notification_id: UUID


class Generating(Answer):
    ticket_id: UUID
    status: Literal["generating"] = "generating"
    model: str


class Preview(Answer):
    """What would be sent to a model, and what is hidden from it."""

    original_text: str
    scrubbed_text: str
    prompt: str
    redactions: list[Redacted]
    kinds: dict[str, int]


@routes.get("/api/changelog_entries")
async def index(call: Call, query: EntryFilters) -> Listed[EntryRow]:
    """Texts of all tickets, newest first."""
    async with call.db.transaction() as session:
        page = await changelog_entries.page(session, status=query.status, limit=query.limit, cursor=query.cursor)
        return listed(page, EntryRow.of)


@routes.get("/api/tickets/{ticket_id}/changelog")
async def show(call: Call, ticket_id: UUID) -> Data[NewestEntry]:
    """The newest text of a ticket; of a draft also what would leave if it were approved now."""
    async with call.db.transaction() as session:
        ticket = await ticketing.get(session, ticket_id)
        entries = await changelog_entries.of_ticket(session, ticket_id)
        if not entries:
            raise NotFound("This ticket has no changelog entry yet.")
        leaves = await _leaves(session, call, entries[0], ticket)
        return Data(data=NewestEntry(**dict(EntryRow.of(entries[0])), leaves=leaves))


@routes.get("/api/tickets/{ticket_id}/preview_changelog")
async def preview(call: Call, ticket_id: UUID) -> Data[Preview]:
    """Exactly what a model would be sent, with each redaction."""
    async with call.db.transaction() as session:
        asked = await triage.question(session, ticket_id)
    prompt = await changelog.prompt(asked)
    shown = Preview(
        original_text=f"{asked.title}\n\n{asked.text}",
        scrubbed_text=f"{prompt.title.text}\n\n{prompt.text.text}",
        prompt=prompt.whole,
        redactions=models.redacted(changelog.redactions(asked, prompt)),
        kinds=pii.kinds(prompt.content),
    )
    return Data(data=shown)


@routes.post("/api/tickets/{ticket_id}/generate_changelog", asks_model=True)
async def generate(call: Call, ticket_id: UUID, body: Model) -> Data[EntryRow] | Accepted[Generating]:
    """Have a model draft the text (202); the live draft when there is one already (200)."""
    async with call.db.transaction() as session:
        model = await call.runtime.chosen_model(session, body.model)
        ticket = await changelog.request(session, ticket_id, model=model, by=call.actor)
        draft = await changelog_entries.find_draft(session, ticket.id)
        if draft is not None:
            return Data(data=EntryRow.of(draft))
    return Accepted(data=Generating(ticket_id=ticket_id, model=model))


@routes.post("/api/tickets/{ticket_id}/manual_changelog")
async def write(call: Call, ticket_id: UUID, body: Content) -> Created[EntryRow]:
    """A draft written by hand, in three sections: **What happened:**, **How we fixed it:**, **Going forward:**"""
    async with call.db.transaction() as session:
        entry = await changelog.write(session, ticket_id, body.content, by=call.actor)
        return Created(data=EntryRow.of(await settled(session, entry)))


@routes.patch("/api/tickets/{ticket_id}/update_changelog_draft")
async def edit(call: Call, ticket_id: UUID, body: Content) -> Data[EntryRow]:
    """Change the text of the draft."""
    async with call.db.transaction() as session:
        draft = await changelog.draft_of(session, ticket_id)
        entry = await changelog.edit(session, draft.id, body.content, by=call.actor)
        return Data(data=EntryRow.of(await settled(session, entry)))


@routes.patch("/api/tickets/{ticket_id}/approve_changelog", scope=Scope.SEND)
async def approve(call: Call, ticket_id: UUID, body: Approval) -> Data[ApprovedRow]:
    """Approve the draft and have its reporter told; with `shown`, only if that is still what would leave."""
    async with call.db.transaction() as session:
        draft = await changelog.draft_of(session, ticket_id)
        notification = await changelog.approve(
            session,
            draft.id,
            by=call.actor,
            channels=call.runtime.channels,
            now=datetime.now(UTC),
            shown=body.shown,
            on_behalf_of=body.approved_by,
        )
        entry = EntryRow.of(await settled(session, draft))
        return Data(data=ApprovedRow(**dict(entry), notification_id=notification.id))


async def _leaves(session: AsyncSession, call: Call, entry: ChangelogEntry, ticket: Ticket) -> Leaves | None:
    if entry.status != ChangelogStatus.DRAFT or changelog.why_not_whole(entry.content):
        return None
    letter, channel = await changelog.outgoing(session, entry, ticket)
    message = call.runtime.channels[channel].compose(letter, datetime.now(UTC))
    return Leaves(
        channel=channel,
        recipient=letter.recipient,
        kind=message.kind,
        text=message.text,
        hash=changelog.hash_of(channel, letter, message),
        restored_at=await changelog.restored_since(session, ticket),
    )
