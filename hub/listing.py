"""What the lists show, on Home and behind the commands: one read a list, frozen values, no drawing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage import agents, counts, tickets
from storage.accounts import bare_account
from storage.enums import TicketStatus
from storage.models import Reporter, ReporterIdentity, Ticket

TICKETS_ON_PAGE = 10


@dataclass(frozen=True, slots=True)
class TicketLine:
    id: UUID
    number: int
    title: str
    status: str
    priority: int
    ticket_type: str
    channel: str
    reporter: str
    assignee: str | None
    """A name."""
    reported_at: datetime


@dataclass(frozen=True, slots=True)
class TicketCounts:
    """Of all tickets, whatever is filtered. `by_channel` only has channels with tickets.

    `critical` are those of P0 and P1 that still wait: what is resolved asks for nobody's hurry.
    """

    total: int
    by_status: dict[str, int]
    by_channel: dict[str, int]
    critical: int


@dataclass(frozen=True, slots=True)
class TicketList:
    lines: tuple[TicketLine, ...]
    next_cursor: str | None
    counts: TicketCounts
    found: int | None
    """How many there are in all, None where nobody has counted (words, people, tags)."""
    assignee: str | None
    """The name of who is filtered by."""


async def ticket_list(
    session: AsyncSession, filters: tickets.Filters, *, cursor: str | None = None, limit: int = TICKETS_ON_PAGE
) -> TicketList:
    page = await tickets.page(session, filters, limit=limit, cursor=cursor)
    counted = await counts.tickets(session)
    return TicketList(
        lines=tuple(await ticket_lines(session, page.rows)),
        next_cursor=page.next_cursor,
        counts=_ticket_counts(counted),
        found=_found(counted, filters),
        assignee=(await agents.names(session, [filters.assignee])).get(filters.assignee or ""),
    )


async def ticket_lines(session: AsyncSession, rows: Sequence[Ticket]) -> list[TicketLine]:
    names = await agents.names(session, [row.assignee_id for row in rows])
    reporters = await _reporters(session, rows)
    return [
        TicketLine(
            id=row.id,
            number=row.number,
            title=row.title,
            status=row.status,
            priority=row.priority,
            ticket_type=row.ticket_type,
            channel=row.original_channel,
            reporter=reporters.get(row.id, "nobody named"),
            assignee=names.get(row.assignee_id or "", row.assignee_id),
            reported_at=row.reported_at,
        )
        for row in rows
    ]


async def _reporters(session: AsyncSession, rows: Sequence[Ticket]) -> dict[UUID, str]:
    """Who reported each ticket, by the name they gave or the account they have."""
    found = await session.execute(
        select(Ticket.id, Reporter.name, ReporterIdentity.display_name, ReporterIdentity.platform_user_id)
        .outerjoin(Reporter, Reporter.id == Ticket.reporter_id)
        .outerjoin(ReporterIdentity, ReporterIdentity.id == Ticket.identity_id)
        .where(Ticket.id.in_([row.id for row in rows]))
    )
    named = {ticket_id: name or shown or bare_account(account or "") for ticket_id, name, shown, account in found}
    return {ticket_id: name for ticket_id, name in named.items() if name}


def _ticket_counts(counted: Sequence[counts.Count]) -> TicketCounts:
    by_status: dict[str, int] = {}
    by_channel: dict[str, int] = {}
    for one in counted:
        by_status[one.status] = by_status.get(one.status, 0) + one.number
        by_channel[one.channel] = by_channel.get(one.channel, 0) + one.number
    return TicketCounts(
        total=sum(one.number for one in counted),
        by_status=by_status,
        by_channel=by_channel,
        critical=sum(one.number for one in counted if one.priority <= 1 and one.status != TicketStatus.RESOLVED),
    )


def _found(counted: Sequence[counts.Count], filters: tickets.Filters) -> int | None:
    others = (filters.assignee, filters.tag, filters.reporter, filters.number, filters.words)
    if any(other is not None for other in others):
        return None
    return sum(
        one.number
        for one in counted
        if filters.status in (None, one.status)
        and filters.channel in (None, one.channel)
        and filters.priority in (None, one.priority)
        and filters.ticket_type in (None, one.ticket_type)
    )
