"""Queries about groups of tickets."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import NO_KEY
from storage.models import Ticket, TicketGroup
from storage.paging import Page, page_by_time
from storage.text import beginning


async def find(session: AsyncSession, group_id: UUID) -> TicketGroup | None:
    return await session.get(TicketGroup, group_id)


async def find_locked(session: AsyncSession, group_id: UUID) -> TicketGroup | None:
    """The group as it is now, held until the transaction ends."""
    return await session.get(TicketGroup, group_id, with_for_update=NO_KEY, populate_existing=True)


async def of_ticket(session: AsyncSession, ticket_id: UUID) -> UUID | None:
    return await session.scalar(select(Ticket.ticket_group_id).where(Ticket.id == ticket_id))


async def lock_tickets(session: AsyncSession, ticket_ids: Collection[UUID]) -> Sequence[Ticket]:
    """Held, always in the same order; those that exist, by number."""
    wanted = select(Ticket).where(Ticket.id.in_(ticket_ids)).order_by(Ticket.id).with_for_update(key_share=True)
    found = await session.scalars(wanted.execution_options(populate_existing=True))
    return sorted(found, key=lambda ticket: ticket.number)


async def lock_members(session: AsyncSession, group_id: UUID) -> Sequence[Ticket]:
    ids = await session.scalars(select(Ticket.id).where(Ticket.ticket_group_id == group_id))
    return await lock_tickets(session, ids.all())


async def members(session: AsyncSession, group_id: UUID, *, limit: int | None = None) -> Sequence[Ticket]:
    """By number."""
    found = select(Ticket).where(Ticket.ticket_group_id == group_id).order_by(Ticket.number).limit(limit)
    return (await session.scalars(found)).all()


async def first_members(
    session: AsyncSession, group_ids: Collection[UUID], *, limit: int
) -> Mapping[UUID, Sequence[Ticket]]:
    """The few first of each group, by number."""
    place = func.row_number().over(partition_by=Ticket.ticket_group_id, order_by=Ticket.number).label("place")
    ranked = select(Ticket.id, place).where(Ticket.ticket_group_id.in_(group_ids)).subquery()
    wanted = select(Ticket).join(ranked, ranked.c.id == Ticket.id).where(ranked.c.place <= limit)
    found: dict[UUID, list[Ticket]] = {}
    for ticket in await session.scalars(wanted.order_by(Ticket.number)):
        if ticket.ticket_group_id:
            found.setdefault(ticket.ticket_group_id, []).append(ticket)
    return found


async def sizes(session: AsyncSession, group_ids: Collection[UUID]) -> Mapping[UUID, int]:
    rows = await session.execute(
        select(Ticket.ticket_group_id, func.count())
        .where(Ticket.ticket_group_id.in_(group_ids))
        .group_by(Ticket.ticket_group_id)
    )
    return {group_id: number for group_id, number in rows if group_id}


async def names(session: AsyncSession, group_ids: Collection[UUID]) -> Mapping[UUID, str]:
    rows = await session.execute(select(TicketGroup.id, TicketGroup.name).where(TicketGroup.id.in_(group_ids)))
    return {group_id: name for group_id, name in rows}  # noqa: C416 - rows are no pairs to the type checker


async def page(
    session: AsyncSession,
    *,
    status: str | None = None,
    words: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[TicketGroup]:
    """Newest first; `words` are how the name begins or some word in it, or the whole id."""
    query: Select[Any] = select(TicketGroup)
    if status is not None:
        query = query.where(TicketGroup.status == status)
    if words:
        query = query.where(_called(words))
    return await page_by_time(session, query, TicketGroup, limit=limit, cursor=cursor)


async def open_named(session: AsyncSession, typed: str, *, limit: int) -> Sequence[TicketGroup]:
    """Open groups an agent may mean, the newest first."""
    wanted = select(TicketGroup).where(TicketGroup.status == "open")
    if typed:
        wanted = wanted.where(_called(typed))
    return (await session.scalars(wanted.order_by(TicketGroup.created_at.desc()).limit(limit))).all()


def _called(words: str) -> Any:
    try:
        return TicketGroup.id == UUID(words)
    except ValueError:
        return func.lower(TicketGroup.name).like("%" + beginning(words.lower()))
