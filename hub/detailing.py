"""What the window of one ticket shows, a tab at a time: a tab reads no more than it draws."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub import asked, listing, merging, reviewing, showing, ticketing, tracing
from hub.listing import TicketLine
from hub.merging import Merged
from hub.reviewing import ChangelogLine
from hub.showing import TicketCard, Told
from storage import agents, tickets
from storage.accounts import bare_account
from storage.enums import ActorType
from storage.models import (
    Notification,
    Reporter,
    ReporterIdentity,
    Ticket,
    TicketEvent,
)
from storage.paging import page_by_time, page_of

EVENTS_ON_PAGE = 15
TICKETS_ON_PAGE = 8
ACCOUNTS = 10
NOTIFICATIONS_ON_PAGE = 4
APPROVED = 3
"""Approved texts shown of a ticket that was resolved more than once."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Which part of which ticket a window shows, and how far back."""

    ticket_id: UUID
    tab: str = "overview"
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Window:
    shown: Shown
    number: int
    title: str
    content: Any


@dataclass(frozen=True, slots=True)
class Overview:
    """`approved` are texts for the reporter, the newest first."""

    card: TicketCard
    assignee_id: str | None
    approved: tuple[ChangelogLine, ...]


@dataclass(frozen=True, slots=True)
class Happened:
    """An event. `who` did it and `to` whom it was given are names."""

    event: str
    who: str
    to: str | None
    facts: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Timeline:
    events: tuple[Happened, ...]
    """Newest first."""
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Account:
    platform: str
    name: str | None
    account: str
    last_heard_at: datetime | None


@dataclass(frozen=True, slots=True)
class Person:
    """The reporter; `merged` is who was taken for them, `others` are their other tickets; the newest first."""

    id: UUID
    name: str | None
    email: str | None
    company: str | None
    role: str | None
    accounts: tuple[Account, ...]
    merged: tuple[Merged, ...]
    others: tuple[TicketLine, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Sent:
    """A message to the reporter with the times its receipts gave."""

    told: Told
    recipient: str
    text: str
    written_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Deliveries:
    messages: tuple[Sent, ...]
    """Newest first."""
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Editable:
    """What a form lets one change; with `suggested` it is the AI's suggestion that is confirmed."""

    ticket_id: UUID
    number: int
    version: int
    title: str
    ticket_type: str
    priority: int
    tags: tuple[str, ...]
    suggested: showing.Suggestion | None


async def window(session: AsyncSession, shown: Shown) -> Window:
    """NotFound."""
    ticket = await ticketing.get(session, shown.ticket_id)
    return Window(shown, ticket.number, ticket.title, await TABS[shown.tab](session, ticket, shown.cursor))


async def editable(session: AsyncSession, ticket_id: UUID) -> Editable:
    ticket = await ticketing.get(session, ticket_id)
    return Editable(
        ticket_id=ticket.id,
        number=ticket.number,
        version=ticket.version,
        title=ticket.title,
        ticket_type=ticket.ticket_type,
        priority=ticket.priority,
        tags=tuple(ticket.tags),
        suggested=showing.suggestion(ticket),
    )


async def _overview(session: AsyncSession, ticket: Ticket, _cursor: str | None) -> Overview:
    approved = await reviewing.approved(session, ticket.id, limit=APPROVED)
    return Overview(await showing.card(session, ticket.id), ticket.assignee_id, tuple(approved))


async def _timeline(session: AsyncSession, ticket: Ticket, cursor: str | None) -> Timeline:
    query: Select[Any] = select(TicketEvent).where(TicketEvent.ticket_id == ticket.id)
    page = await page_of(session, query, TicketEvent.position, limit=EVENTS_ON_PAGE, cursor=cursor)
    agents_named = await agents.names(
        session, [name for row in page.rows for name in (row.actor_id, row.data.get("to"))]
    )
    people = await _people(session, page.rows)
    return Timeline(
        events=tuple(
            Happened(
                event=row.event_type,
                who=_who(row, ticket, agents_named, people),
                to=agents_named.get(row.data.get("to") or "", row.data.get("to")),
                facts=row.data,
                at=row.created_at,
            )
            for row in page.rows
        ),
        next_cursor=page.next_cursor,
    )


def _who(row: TicketEvent, ticket: Ticket, agents_named: Mapping[str, str], people: Mapping[str, str]) -> str:
    actor = row.actor_id or ""
    match row.actor_type:
        case ActorType.USER if actor.startswith("api:"):
            return f"The API key “{actor.removeprefix('api:')}”"
        case ActorType.USER:
            return agents_named.get(actor, "A former agent")
        case ActorType.REPORTER if actor in ("", str(ticket.reporter_id)):
            return "The reporter"
        case ActorType.REPORTER:
            return people.get(actor, "Somebody else")
        case ActorType.NOTION_SYNC:
            return "Notion"
    return "The hub"


async def _people(session: AsyncSession, rows: Sequence[TicketEvent]) -> dict[str, str]:
    """Names of those who wrote, by the ids events have."""
    ids = {row.actor_id for row in rows if row.actor_type == ActorType.REPORTER and row.actor_id}
    found = await session.execute(select(Reporter.id, Reporter.name).where(Reporter.id.in_(map(UUID, ids))))
    return {str(reporter_id): name for reporter_id, name in found if name}


async def _reporter(session: AsyncSession, ticket: Ticket, cursor: str | None) -> Person | None:
    """None when nobody is named on the ticket."""
    reporter = await tickets.reporter(session, ticket)
    if reporter is None:
        return None
    accounts = await session.scalars(
        select(ReporterIdentity)
        .where(ReporterIdentity.reporter_id == reporter.id)
        .order_by(ReporterIdentity.created_at)
        .limit(ACCOUNTS)
    )
    others: Select[Any] = select(Ticket).where(Ticket.reporter_id == reporter.id, Ticket.id != ticket.id)
    page = await page_of(session, others, Ticket.number, limit=TICKETS_ON_PAGE, cursor=cursor)
    return Person(
        id=reporter.id,
        name=reporter.name,
        email=reporter.email,
        company=reporter.company,
        role=reporter.role,
        accounts=tuple(
            Account(row.platform, row.display_name, bare_account(row.platform_user_id), row.last_message_at)
            for row in accounts
        ),
        merged=tuple(await merging.of(session, reporter.id, limit=ACCOUNTS)),
        others=tuple(await listing.ticket_lines(session, page.rows)),
        next_cursor=page.next_cursor,
    )


async def _deliveries(session: AsyncSession, ticket: Ticket, cursor: str | None) -> Deliveries:
    query: Select[Any] = select(Notification).where(Notification.ticket_id == ticket.id)
    page = await page_by_time(session, query, Notification, limit=NOTIFICATIONS_ON_PAGE, cursor=cursor)
    return Deliveries(tuple(_sent(row, ticket) for row in page.rows), page.next_cursor)


def _sent(row: Notification, ticket: Ticket) -> Sent:
    return Sent(
        told=showing.told(row, ticket),
        recipient=bare_account(row.recipient),
        text=row.content,
        written_at=row.created_at,
        sent_at=row.sent_at,
        delivered_at=row.delivered_at,
        read_at=row.read_at,
    )


TABS: dict[str, Callable[[AsyncSession, Ticket, str | None], Awaitable[Any]]] = {
    "overview": _overview,
    "original": tracing.original,
    "timeline": _timeline,
    "reporter": _reporter,
    "deliveries": _deliveries,
    "ai": asked.of,
}
