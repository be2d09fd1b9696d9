"""What Notion says about a ticket, and what we believe of it. Notion owns the status once the page exists."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub import ticketing, timeline
from hub.work import Work, promise
from storage import groups, tickets
from storage.enums import EventType, TicketStatus
from storage.models import NotionCursor, Ticket


@dataclass(frozen=True, slots=True)
class ToPush:
    """What a page is to say. `page_id` None: it is to be looked for by `ticket_id`, then made."""

    ticket_id: UUID
    page_id: str | None
    title: str
    priority: int
    ticket_type: str
    channel: str
    status: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What the pull saw of a page."""

    page_id: str
    status: str | None
    trashed: bool


async def to_push(session: AsyncSession, ticket_id: UUID) -> ToPush | None:
    ticket = await tickets.find(session, ticket_id)
    if ticket is None:
        return None
    return ToPush(
        ticket_id=ticket.id,
        page_id=ticket.notion_page_id,
        title=f"#{ticket.number} {ticket.title}",
        priority=ticket.priority,
        ticket_type=ticket.ticket_type,
        channel=ticket.original_channel,
        status=ticket.status,
    )


async def to_comment(session: AsyncSession, ticket_id: UUID) -> tuple[str, str] | None:
    """The page of a ticket whose group was resolved, and what it is to say of that; its status stays Notion's."""
    ticket = await tickets.find(session, ticket_id)
    group = await groups.find(session, ticket.ticket_group_id) if ticket and ticket.ticket_group_id else None
    if ticket is None or ticket.notion_page_id is None or group is None:
        return None
    numbers = ", ".join(f"#{each.number}" for each in await groups.members(session, group.id))
    words = f"Resolved together with the group “{group.name}”: {numbers}."
    return ticket.notion_page_id, f"{words}\n{group.resolution_note}" if group.resolution_note else words


async def pushed(
    session: AsyncSession, ticket_id: UUID, *, page_id: str, url: str | None, status: str | None
) -> None:
    """The page exists and says what we know. `status` is Notion's word the page was made with, None on update."""
    ticket = await ticketing.lock(session, ticket_id)
    made = ticket.notion_page_id is None
    ticket.notion_page_id, ticket.notion_url, ticket.notion_error = page_id, url or ticket.notion_url, None
    if status is not None:
        ticket.notion_status = status
    timeline.record(session, ticket.id, EventType.SYNCED_TO_NOTION, by=timeline.SYSTEM, created=made)
    promise(session, Work.CARD, ticket.id)


async def push_failed(session: AsyncSession, ticket_id: UUID, error: str) -> None:
    """Say on the card why the page is not up to date."""
    ticket = await ticketing.lock(session, ticket_id)
    ticket.notion_error = error
    promise(session, Work.CARD, ticket.id)


async def saw(session: AsyncSession, seen: Seen, *, means: Mapping[str, str]) -> None:
    """Believe a page whose status differs from the one last seen on it; `means` maps Notion's words to states."""
    ticket = await tickets.find_by_page(session, seen.page_id)
    if ticket is None:
        return
    if seen.trashed != ticket.notion_trashed:
        ticket.notion_trashed = seen.trashed
        if seen.trashed:
            timeline.record(session, ticket.id, EventType.NOTION_PAGE_TRASHED, by=timeline.NOTION)
        promise(session, Work.CARD, ticket.id)
    if seen.status is None or seen.status == ticket.notion_status:
        return
    ticket.notion_status = seen.status
    state = means.get(seen.status)
    if state is not None and state != ticket.status:
        ticketing.move(session, ticket, TicketStatus(state), by=timeline.NOTION)
    promise(session, Work.CARD, ticket.id)


async def pretend(session: AsyncSession, ticket_id: UUID, status: TicketStatus) -> Ticket:
    """As if somebody had moved the page in Notion; what the page really says is left as it was last seen."""
    ticket = await ticketing.lock(session, ticket_id)
    if ticket.status != status:
        ticketing.move(session, ticket, status, by=timeline.NOTION, simulated=True)
        promise(session, Work.CARD, ticket.id)
    return ticket


async def is_ours(session: AsyncSession, page_id: str) -> bool:
    """Whether a page belongs to a ticket; a connection hears of every page it is shared with."""
    return await tickets.find_by_page(session, page_id) is not None


async def read_until(session: AsyncSession, data_source_id: str) -> datetime | None:
    """How far the pull has read, or None when it never did."""
    cursor = await session.get(NotionCursor, data_source_id)
    return cursor.read_until if cursor else None


async def last_success(session: AsyncSession) -> datetime | None:
    """When Notion was last read to the end."""
    at: datetime | None = await session.scalar(select(func.max(NotionCursor.succeeded_at)))
    return at


async def remember(session: AsyncSession, data_source_id: str, *, until: datetime, now: datetime) -> None:
    cursor = await session.get(NotionCursor, data_source_id, with_for_update=True)
    if cursor is None:
        session.add(NotionCursor(data_source_id=data_source_id, read_until=until, succeeded_at=now))
        return
    cursor.read_until = max(cursor.read_until, until)
    cursor.succeeded_at = now
