"""Tickets: list, get, create, change, triage, accept or reject the suggestion."""

from typing import Annotated, Any

from aiohttp import web
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from hub import ingestion, similarity, ticketing, triage
from hub.errors import ChannelOff, Invalid, NotFound
from intake.api.door import StrictBody, actor_of, body_of, data, id_of, listed, query_of, runtime_of, settled
from platforms import CHANNELS
from runtime.wiring import Runtime
from storage import tickets
from storage.enums import Priority, TicketStatus, TicketType
from storage.models import Ticket

LONGEST_VERSION = 9
"""Digits."""
routes = web.RouteTableDef()


class Filters(StrictBody):
    status: TicketStatus | None = None
    channel: str | None = None
    priority: int | None = Field(None, ge=0, le=5)
    type: TicketType | None = None
    limit: int = Field(50, ge=1, le=100)
    cursor: str | None = None


class Similar(StrictBody):
    limit: int = Field(10, ge=1, le=50)


class Person(StrictBody):
    name: str | None = Field(None, max_length=200)
    email: str | None = Field(None, max_length=320, pattern=r"^[^@\s]+@[^@\s]+$")


class NewTicket(StrictBody):
    title: str = Field("", max_length=500)
    description: str = Field("", max_length=100_000)
    channel: str = "in_app"
    reporter: Person | None = None


class Changes(StrictBody):
    status: TicketStatus | None = None
    title: str | None = Field(None, min_length=1, max_length=500)
    ticket_type: TicketType | None = Field(None, alias="type")
    priority: Priority | None = None
    tags: list[Annotated[str, Field(max_length=50)]] | None = Field(None, max_length=50)
    version: int | None = None
    model_config = StrictBody.model_config | {"populate_by_name": True}


class Model(StrictBody):
    model: str | None = Field(None, max_length=100)


class Overrides(StrictBody):
    ticket_type: TicketType | None = Field(None, alias="type")
    priority: Priority | None = None
    title: str | None = Field(None, min_length=1, max_length=500)
    model_config = StrictBody.model_config | {"populate_by_name": True}


@routes.get("/api/tickets")
async def index(request: web.Request) -> web.Response:
    filters = query_of(request, Filters)
    async with runtime_of(request).db.transaction() as session:
        wanted = tickets.Filters(
            status=filters.status, channel=filters.channel, priority=filters.priority, ticket_type=filters.type
        )
        page = await tickets.page(session, wanted, limit=filters.limit, cursor=filters.cursor)
    return listed(page, shown)


@routes.get("/api/tickets/{id}")
async def show(request: web.Request) -> web.Response:
    async with runtime_of(request).db.transaction() as session:
        ticket = await tickets.find(session, id_of(request))
        if ticket is None:
            raise NotFound("There is no ticket with this id.", id=str(id_of(request)))
        return data(await _detailed(session, ticket))


@routes.get("/api/tickets/{id}/similar")
async def similar(request: web.Request) -> web.Response:
    """Tickets that may be the same problem, the likeliest first; `is_alike` where the words alone say so."""
    async with runtime_of(request).db.transaction() as session:
        ticket = await ticketing.get(session, id_of(request))
        near = await similarity.candidates(session, ticket, limit=query_of(request, Similar).limit)
        alike = {one.ticket_id for one in await similarity.alike(session, ticket)}
    return data([_near(one, is_alike=one.ticket_id in alike) for one in near])


@routes.post("/api/tickets")
async def create(request: web.Request) -> web.Response:
    body = await body_of(request, NewTicket)
    if body.channel not in CHANNELS:
        raise Invalid(f"The channel must be one of {', '.join(CHANNELS)}.", field="channel")
    async with runtime_of(request).db.transaction() as session:
        ticket = await ingestion.create(
            session,
            title=body.title,
            description=body.description,
            channel=body.channel,
            reporter_name=body.reporter.name if body.reporter else None,
            reporter_email=body.reporter.email if body.reporter else None,
            by=actor_of(request),
        )
        return data(shown(ticket), status=201)


@routes.patch("/api/tickets/{id}")
async def update(request: web.Request) -> web.Response:
    """409 only when `If-Match` or `version` was sent and the ticket has moved on."""
    body = await body_of(request, Changes)
    version = body.version if body.version is not None else _if_match(request)
    async with runtime_of(request).db.transaction() as session:
        ticket = await ticketing.change(
            session,
            id_of(request),
            by=actor_of(request),
            version=version,
            status=body.status,
            title=body.title,
            ticket_type=body.ticket_type,
            priority=body.priority,
            tags=body.tags,
        )
        await settled(session, ticket)
        return data(shown(ticket))


@routes.post("/api/tickets/{id}/triage")
async def run_triage(request: web.Request) -> web.Response:
    runtime = runtime_of(request)
    body = await body_of(request, Model)
    model = offered_model(runtime, body.model)
    async with runtime.db.transaction() as session:
        ticket = await triage.request(session, id_of(request), model=model, by=actor_of(request))
        await settled(session, ticket)
        return data(shown(ticket), status=202)


@routes.post("/api/tickets/{id}/accept_suggestion")
async def accept(request: web.Request) -> web.Response:
    body = await body_of(request, Overrides)
    async with runtime_of(request).db.transaction() as session:
        ticket = await triage.accept(
            session,
            id_of(request),
            by=actor_of(request),
            ticket_type=body.ticket_type,
            priority=body.priority,
            title=body.title,
        )
        await settled(session, ticket)
        return data(shown(ticket))


@routes.post("/api/tickets/{id}/reject_suggestion")
async def reject(request: web.Request) -> web.Response:
    async with runtime_of(request).db.transaction() as session:
        ticket = await triage.reject(session, id_of(request), by=actor_of(request))
        await settled(session, ticket)
        return data(shown(ticket))


def offered_model(runtime: Runtime, wanted: str | None) -> str:
    """`wanted` or the default; ChannelOff without a model, Invalid when it is not offered."""
    if runtime.models_off:
        raise ChannelOff(runtime.models_off)
    offered = (runtime.settings.openai_model, *runtime.settings.openai_models)
    if wanted and wanted not in offered:
        raise Invalid(f"The model must be one of {', '.join(dict.fromkeys(offered))}.", field="model")
    return wanted or runtime.settings.openai_model


def _near(one: similarity.Candidate, *, is_alike: bool) -> dict[str, Any]:
    return {
        "ticket_id": one.ticket_id,
        "number": one.number,
        "title": one.title,
        "score": one.score,
        "shared_words": one.shared,
        "is_alike": is_alike,
    }


def shown(ticket: Ticket) -> dict[str, Any]:
    """A ticket in a list."""
    return {
        "id": ticket.id,
        "number": ticket.number,
        "title": ticket.title,
        "description": ticket.description,
        "status": ticket.status,
        "type": ticket.ticket_type,
        "ticket_type": ticket.ticket_type,
        "priority": ticket.priority,
        "channel": ticket.original_channel,
        "original_channel": ticket.original_channel,
        "language": ticket.language,
        "reporter_id": ticket.reporter_id,
        "assignee_id": ticket.assignee_id,
        "ticket_group_id": ticket.ticket_group_id,
        "tags": ticket.tags,
        "enrichment_status": ticket.enrichment_status,
        "enrichment_error": ticket.enrichment_error,
        "ai_suggested_type": ticket.ai_suggested_type,
        "ai_suggested_priority": ticket.ai_suggested_priority,
        "ai_summary": ticket.ai_summary,
        "ai_model": ticket.ai_model,
        "ai_outcome": ticket.ai_outcome,
        "notion_page_id": ticket.notion_page_id,
        "notion_url": ticket.notion_url,
        "version": ticket.version,
        "reported_at": ticket.reported_at,
        "resolved_at": ticket.resolved_at,
        "created_at": ticket.created_at,
        "updated_at": ticket.updated_at,
    }


async def _detailed(session: AsyncSession, ticket: Ticket) -> dict[str, Any]:
    """A ticket with its people, sources, comments, files and timeline."""
    reporter = await tickets.reporter(session, ticket)
    return shown(ticket) | {
        "reporter": {"id": reporter.id, "name": reporter.name, "email": reporter.email} if reporter else None,
        "sources": [
            {
                "id": source.id,
                "platform": source.platform,
                "external_id": source.external_id,
                "external_url": source.external_url,
                "kind": source.kind,
                "raw_payload": source.raw_payload,
                "sent_at": source.sent_at,
            }
            for source in await tickets.sources(session, ticket.id)
        ],
        "comments": [
            {"id": comment.id, "text": comment.text, "is_deleted": comment.is_deleted, "sent_at": comment.sent_at}
            for comment in await tickets.comments(session, ticket.id)
        ],
        "attachments": [
            {
                "id": file.id,
                "file_name": file.file_name,
                "file_type": file.file_type,
                "file_size": file.file_size,
                "status": file.status,
                "error": file.error,
            }
            for file in await tickets.attachments(session, ticket.id)
        ],
        "events": [
            {
                "id": event.id,
                "event_type": event.event_type,
                "actor_type": event.actor_type,
                "actor_id": event.actor_id,
                "data": event.data,
                "created_at": event.created_at,
            }
            for event in await tickets.events(session, ticket.id)
        ],
    }


def _if_match(request: web.Request) -> int | None:
    given = request.headers.get("If-Match")
    if given is None:
        return None
    tag = given.strip().removeprefix("W/").strip('"')
    if not (tag.isascii() and tag.isdigit() and len(tag) <= LONGEST_VERSION):
        raise Invalid("If-Match takes the ticket's version as a number.", field="If-Match")
    return int(tag)
