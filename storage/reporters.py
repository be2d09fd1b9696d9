"""Queries about people and their accounts."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import NO_KEY
from storage.models import Reporter, ReporterIdentity, ReporterMerge, Ticket
from storage.sealed import known_by
from storage.text import beginning

RECENT_TICKETS = 100


async def find_locked(session: AsyncSession, *reporter_ids: UUID) -> dict[UUID, Reporter]:
    """Held until the transaction ends, always in the same order."""
    wanted = select(Reporter).where(Reporter.id.in_(reporter_ids)).order_by(Reporter.id)
    found = await session.scalars(wanted.with_for_update(key_share=True).execution_options(populate_existing=True))
    return {reporter.id: reporter for reporter in found}


async def platforms_of(session: AsyncSession, reporter_id: UUID) -> Sequence[str]:
    """Where they have accounts."""
    mine = select(ReporterIdentity.platform).where(ReporterIdentity.reporter_id == reporter_id).distinct()
    return sorted(await session.scalars(mine))


async def account_on(session: AsyncSession, reporter_id: UUID, platform: str) -> ReporterIdentity | None:
    """The account they wrote from last."""
    mine = (ReporterIdentity.reporter_id == reporter_id) & (ReporterIdentity.platform == platform)
    newest = ReporterIdentity.last_message_at.desc().nulls_last()
    return await session.scalar(select(ReporterIdentity).where(mine).order_by(newest).limit(1))


async def merge(session: AsyncSession, merge_id: UUID) -> ReporterMerge | None:
    """Held until the transaction ends."""
    return await session.get(ReporterMerge, merge_id, with_for_update=NO_KEY, populate_existing=True)


async def merges(session: AsyncSession, into: UUID, *, limit: int) -> Sequence[tuple[ReporterMerge, Reporter]]:
    """What this person is made of, the newest first, and who each one was."""
    rows = await session.execute(
        select(ReporterMerge, Reporter)
        .join(Reporter, Reporter.id == ReporterMerge.reporter_id)
        .where(Reporter.merged_into == into, ReporterMerge.undone_at.is_(None))
        .order_by(ReporterMerge.created_at.desc(), ReporterMerge.id)
        .limit(limit)
    )
    return [(merge, reporter) for merge, reporter in rows]


async def were_separated(session: AsyncSession, one: UUID, other: UUID) -> bool:
    """Somebody has said of these two that they are not the same person."""
    pair = (one, other)
    found = await session.scalar(
        select(ReporterMerge.id)
        .where(
            ReporterMerge.reporter_id.in_(pair),
            ReporterMerge.into_id.in_(pair),
            ReporterMerge.undone_at.is_not(None),
        )
        .limit(1)
    )
    return found is not None


async def named(session: AsyncSession, typed: str, *, limit: int) -> Sequence[Reporter]:
    """People whose name begins so, or whose e-mail it is; those who wrote last while nothing is typed."""
    wanted = select(Reporter).where(Reporter.merged_into.is_(None), _fits(typed)).limit(limit)
    return (await session.scalars(wanted)).all()


def _fits(typed: str) -> ColumnElement[bool]:
    if "@" in typed:
        return known_by(Reporter.email_digest, typed.lower())
    if typed:
        return func.lower(Reporter.name).like(beginning(typed.lower()))
    return Reporter.id.in_(select(Ticket.reporter_id).order_by(Ticket.number.desc()).limit(RECENT_TICKETS))


async def by_ticket(session: AsyncSession, number: int) -> Reporter | None:
    return await session.scalar(
        select(Reporter).join(Ticket, Ticket.reporter_id == Reporter.id).where(Ticket.number == number)
    )
