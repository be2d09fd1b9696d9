"""Which kinds of work are to fail on purpose."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import ForcedFailure


async def add(session: AsyncSession, kind: str, *, by: str) -> None:
    """Asking twice is asking once."""
    await session.execute(insert(ForcedFailure).values(kind=kind, forced_by=by).on_conflict_do_nothing())


async def remove(session: AsyncSession, kind: str) -> bool:
    """False when there was nothing to take back."""
    removed = await session.scalars(
        delete(ForcedFailure).where(ForcedFailure.kind == kind).returning(ForcedFailure.kind)
    )
    return removed.one_or_none() is not None


async def every(session: AsyncSession) -> Sequence[ForcedFailure]:
    found = await session.scalars(select(ForcedFailure).order_by(ForcedFailure.kind))
    return found.all()
