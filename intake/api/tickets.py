"""Tickets: list, get, create, change, triage, accept or reject the suggestion."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from hub import ingestion, similarity, ticketing, triage
from hub.classification import TITLE_LENGTH
from hub.errors import Invalid
from intake.api.models import Model
from intake.api.replies import (
    EMAIL,
    WRITTEN,
    Accepted,
    Answer,
    Asked,
    ChannelName,
    Created,
    Data,
    Listed,
    Paged,
    Tag,
    Urgency,
    Version,
    all_of,
    listed,
)
from intake.api.route import Call, Routes
from storage import tickets
from storage.database import settled
from storage.enums import (
    ActorType,
    EnrichmentStatus,
    EventType,
    SourceKind,
    SuggestionOutcome,
    TicketStatus,
    TicketType,
)
from storage.models import Ticket

LONGEST_VERSION = 9
"""Digits."""
routes = Routes("Tickets")


class TicketFilters(Paged):
    status: TicketStatus | None = None
    channel: ChannelName | None = None
    priority: Urgency | None = None
    type: TicketType | None = None
    number: int | None = Field(None, ge=1, le=2**31 - 1, description="The short number people say aloud.")
    assignee: str | None = Field(None, max_length=100, description="An agent's `team:user`, or empty for nobody.")
    tag: str | None = Field(None, max_length=50)
    reporter: str | None = Field(None, min_length=1, max_length=200, description="How a name begins, or an e-mail.")
    words: str | None = Field(None, max_length=200, pattern=WRITTEN, description="Words of the report.")


class HowMany(Asked):
    limit: int = Field(10, ge=1, le=50)


class Person(Asked):
    name: str | None = Field(None, max_length=200)
    email: str | None = Field(None, max_length=320, pattern=EMAIL)


class NewTicket(Asked):
    """A title or a description has to be there."""

    title: str = Field("", max_length=TITLE_LENGTH)
    description: str = Field("", max_length=100_000)
    channel: ChannelName = "in_app"
    reporter: Person | None = None


class Changes(Asked):
    """What is left out stays as it is."""

    status: TicketStatus | None = None
    title: str | None = Field(None, max_length=TITLE_LENGTH, pattern=WRITTEN)
    ticket_type: TicketType | None = Field(None, alias="type")
    priority: Urgency | None = None
    tags: list[Tag] | None = Field(None, max_length=50)
    assignee_id: str | None = Field(
        None, max_length=100, description="An agent's `team:user`, or an empty text for nobody."
    )
    version: Version | None = Field(None, description="409 where the ticket has moved on since.")


class Overrides(Asked):
    """What the agent knows better than the model."""

    ticket_type: TicketType | None = Field(None, alias="type")
    priority: Urgency | None = None
    title: str | None = Field(None, max_length=TITLE_LENGTH, pattern=WRITTEN)


class TicketRow(Answer):
    """A ticket in a list; `ticket_type` and `original_channel` are the same as `type` and `channel`."""

    id: UUID
    number: int
    title: str
    description: str
    status: TicketStatus
    type: TicketType = Field(validation_alias="ticket_type")
    ticket_type: TicketType
    priority: int
    channel: str = Field(validation_alias="original_channel")
    original_channel: str
    language: str | None
    reporter_id: UUID | None
    assignee_id: str | None
    ticket_group_id: UUID | None
    tags: list[str]
    enrichment_status: EnrichmentStatus
    enrichment_error: str | None
    ai_suggested_type: str | None
    ai_suggested_priority: int | None
    ai_summary: str | None
    ai_model: str | None
    ai_outcome: SuggestionOutcome | None
    notion_page_id: str | None
    notion_url: str | None
    version: int
    reported_at: datetime
    resolved_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, ticket: Ticket) -> Self:
        return cls.model_validate(ticket)


class ReporterRow(Answer):
    id: UUID
    name: str | None
    email: str | None


class SourceRow(Answer):
    id: UUID
    platform: str
    external_id: str
    external_url: str | None
    kind: SourceKind
    raw_payload: Any
    sent_at: datetime


class CommentRow(Answer):
    id: UUID
    text: str
    is_deleted: bool
    sent_at: datetime


class AttachmentRow(Answer):
    id: UUID
    file_name: str
    file_type: str | None
    file_size: int | None
    status: str
    error: str | None


class EventRow(Answer):
    id: UUID
    event_type: EventType
    actor_type: ActorType
    actor_id: str | None
    data: dict[str, Any]
    created_at: datetime


class TicketDetail(TicketRow):
    """A ticket with its people, sources, comments, files and timeline."""

    reporter: ReporterRow | None
    sources: list[SourceRow]
    comments: list[CommentRow]
    attachments: list[AttachmentRow]
    events: list[EventRow]


class Candidate(Answer):
    ticket_id: UUID
    number: int
    title: str
    score: float
    shared_words: list[str]
    is_alike: bool = Field(description="The words alone say that it is the same problem.")


@routes.get("/api/tickets")
async def index(call: Call, query: TicketFilters) -> Listed[TicketRow]:
    """Tickets, newest first."""
    wanted = tickets.Filters(
        status=query.status,
        channel=query.channel,
        priority=query.priority,
        ticket_type=query.type,
        number=query.number,
        assignee=query.assignee,
        tag=query.tag,
        reporter=query.reporter,
        words=query.words,
    )
    async with call.db.transaction() as session:
        page = await tickets.page(session, wanted, limit=query.limit, cursor=query.cursor)
        return listed(page, TicketRow.of)


@routes.get("/api/tickets/{ticket_id}")
async def show(call: Call, ticket_id: UUID) -> Data[TicketDetail]:
    """One ticket with its sources, comments, files and timeline."""
    async with call.db.transaction() as session:
        return Data(data=await _detailed(session, await ticketing.get(session, ticket_id)))


@routes.get("/api/tickets/{ticket_id}/similar")
async def similar(call: Call, ticket_id: UUID, query: HowMany) -> Data[list[Candidate]]:
    """Tickets that may be the same problem, the likeliest first."""
    async with call.db.transaction() as session:
        ticket = await ticketing.get(session, ticket_id)
        near = await similarity.candidates(session, ticket, limit=query.limit)
        alike = {one.ticket_id for one in await similarity.alike(session, ticket)}
    return Data(data=[_near(one, is_alike=one.ticket_id in alike) for one in near])


@routes.post("/api/tickets")
async def create(call: Call, body: NewTicket) -> Created[TicketRow]:
    """Make a ticket by hand. Without a channel its reporter is told by hand, too."""
    async with call.db.transaction() as session:
        ticket = await ingestion.create(
            session,
            title=body.title,
            description=body.description,
            channel=body.channel,
            reporter_name=body.reporter.name if body.reporter else None,
            reporter_email=body.reporter.email if body.reporter else None,
            by=call.actor,
        )
        return Created(data=TicketRow.of(ticket))


@routes.patch("/api/tickets/{ticket_id}", headers={"If-Match": "The ticket's version; 409 where it has moved on."})
async def update(call: Call, ticket_id: UUID, body: Changes) -> Data[TicketRow]:
    """Change a ticket. 409 only when `If-Match` or `version` was sent and it has moved on."""
    version = body.version if body.version is not None else _if_match(call.request.headers.get("If-Match"))
    async with call.db.transaction() as session:
        ticket = await ticketing.change(
            session,
            ticket_id,
            by=call.actor,
            version=version,
            status=body.status,
            title=body.title,
            ticket_type=body.ticket_type,
            priority=body.priority,
            tags=body.tags,
        )
        if body.assignee_id is not None:
            ticket = await ticketing.assign(session, ticket_id, body.assignee_id or None, by=call.actor)
        return Data(data=TicketRow.of(await settled(session, ticket)))


@routes.post("/api/tickets/{ticket_id}/triage", asks_model=True)
async def run_triage(call: Call, ticket_id: UUID, body: Model) -> Accepted[TicketRow]:
    """Have a model suggest type, priority and summary: they are `ai_suggested_…` when they are there."""
    async with call.db.transaction() as session:
        model = await call.runtime.chosen_model(session, body.model)
        ticket = await triage.request(session, ticket_id, model=model, by=call.actor)
        return Accepted(data=TicketRow.of(await settled(session, ticket)))


@routes.post("/api/tickets/{ticket_id}/accept_suggestion")
async def accept(call: Call, ticket_id: UUID, body: Overrides) -> Data[TicketRow]:
    """Take over what the model suggests, as it is or with what somebody knows better."""
    async with call.db.transaction() as session:
        ticket = await triage.accept(
            session, ticket_id, by=call.actor, ticket_type=body.ticket_type, priority=body.priority, title=body.title
        )
        return Data(data=TicketRow.of(await settled(session, ticket)))


@routes.post("/api/tickets/{ticket_id}/reject_suggestion")
async def reject(call: Call, ticket_id: UUID) -> Data[TicketRow]:
    """Drop what the model suggests; the ticket stays as it is."""
    async with call.db.transaction() as session:
        ticket = await triage.reject(session, ticket_id, by=call.actor)
        return Data(data=TicketRow.of(await settled(session, ticket)))


def _near(one: similarity.Candidate, *, is_alike: bool) -> Candidate:
    return Candidate(
        ticket_id=one.ticket_id,
        number=one.number,
        title=one.title,
        score=one.score,
        shared_words=list(one.shared),
        is_alike=is_alike,
    )


async def _detailed(session: AsyncSession, ticket: Ticket) -> TicketDetail:
    reporter = await tickets.reporter(session, ticket)
    return TicketDetail(
        **dict(TicketRow.of(ticket)),
        reporter=ReporterRow.model_validate(reporter) if reporter else None,
        sources=all_of(await tickets.sources(session, ticket.id), SourceRow.model_validate),
        comments=all_of(await tickets.comments(session, ticket.id), CommentRow.model_validate),
        attachments=all_of(await tickets.attachments(session, ticket.id), AttachmentRow.model_validate),
        events=all_of(await tickets.events(session, ticket.id), EventRow.model_validate),
    )


def _if_match(given: str | None) -> int | None:
    if given is None:
        return None
    if given.strip() == "*":  # whatever it is now (RFC 9110, 13.1.1)
        return None
    tag = given.strip().removeprefix("W/").strip('"')
    if not (tag.isascii() and tag.isdigit() and len(tag) <= LONGEST_VERSION):
        raise Invalid("If-Match takes the ticket's version as a number.", field="If-Match")
    return int(tag)
