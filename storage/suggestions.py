"""Queries about suggested groups, the analyses that found them, and pairs that were dismissed."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import combinations
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import NO_KEY
from storage.enums import AnalysisStatus, SuggestionStatus, TicketStatus
from storage.models import Analysis, DismissedPair, GroupSuggestion, Ticket
from storage.paging import Page, page_by_time

Pair = tuple[UUID, UUID]


async def find_locked(session: AsyncSession, suggestion_id: UUID) -> GroupSuggestion | None:
    """Held until the transaction ends."""
    return await session.get(GroupSuggestion, suggestion_id, with_for_update=NO_KEY, populate_existing=True)


async def page(
    session: AsyncSession, *, status: str | None = None, limit: int, cursor: str | None = None
) -> Page[GroupSuggestion]:
    """Newest first."""
    query: Select[Any] = select(GroupSuggestion)
    if status is not None:
        query = query.where(GroupSuggestion.status == status)
    return await page_by_time(session, query, GroupSuggestion, limit=limit, cursor=cursor)


async def of_analysis(session: AsyncSession, analysis_id: UUID) -> Sequence[GroupSuggestion]:
    found = select(GroupSuggestion).where(GroupSuggestion.analysis_id == analysis_id)
    return (await session.scalars(found.order_by(GroupSuggestion.created_at, GroupSuggestion.id))).all()


async def open_sets(session: AsyncSession) -> set[frozenset[UUID]]:
    """Tickets that are suggested together already and nobody has answered."""
    open_ones = select(GroupSuggestion.ticket_ids).where(GroupSuggestion.status == SuggestionStatus.OPEN)
    return {frozenset(ticket_ids) for ticket_ids in await session.scalars(open_ones)}


async def withdraw_within(session: AsyncSession, ticket_ids: Collection[UUID]) -> None:
    """Open suggestions of nothing but these tickets: a larger one takes their place."""
    within = GroupSuggestion.ticket_ids.contained_by(list(ticket_ids))
    await session.execute(
        update(GroupSuggestion)
        .where(GroupSuggestion.status == SuggestionStatus.OPEN, within)
        .values(status=SuggestionStatus.DISMISSED)
    )


async def running(session: AsyncSession) -> Sequence[UUID]:
    """Analyses that are under way."""
    return (await session.scalars(select(Analysis.id).where(Analysis.status == AnalysisStatus.RUNNING))).all()


async def queue_up(session: AsyncSession) -> None:
    """Of those that ask for an analysis at once, one after the other, each until its transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext("analysis"))))


async def newest_analysis(session: AsyncSession) -> Analysis | None:
    return await session.scalar(select(Analysis).order_by(Analysis.created_at.desc()).limit(1))


async def ungrouped(
    session: AsyncSession, *, start: datetime, end: datetime, most: int, oldest_first: bool
) -> Sequence[UUID]:
    """Tickets reported in that time that are in no group and not resolved."""
    order = Ticket.number if oldest_first else Ticket.number.desc()
    found = select(Ticket.id).where(
        Ticket.created_at >= start,
        Ticket.created_at < end,
        Ticket.ticket_group_id.is_(None),
        Ticket.status != TicketStatus.RESOLVED,
    )
    return (await session.scalars(found.order_by(order).limit(most))).all()


async def dismissed_among(session: AsyncSession, ticket_ids: Collection[UUID]) -> set[Pair]:
    rows = await session.execute(
        select(DismissedPair.one_id, DismissedPair.other_id).where(
            DismissedPair.one_id.in_(ticket_ids), DismissedPair.other_id.in_(ticket_ids)
        )
    )
    return {(one, other) for one, other in rows}


async def dismiss_pairs(session: AsyncSession, ticket_ids: Iterable[UUID], *, by: str | None) -> None:
    rows = [{"one_id": one, "other_id": other, "dismissed_by": by} for one, other in pairs(ticket_ids)]
    await session.execute(insert(DismissedPair).values(rows).on_conflict_do_nothing())


def pairs(ticket_ids: Iterable[UUID]) -> list[Pair]:
    """Every two of them, each pair in the order it is kept in."""
    return list(combinations(sorted(set(ticket_ids)), 2))
