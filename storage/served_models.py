"""Queries about the models the account may ask."""

from collections.abc import Collection

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import ServedModel


async def replace(session: AsyncSession, names: Collection[str]) -> None:
    """These and no others are served."""
    await session.execute(delete(ServedModel).where(ServedModel.name.not_in(names)))
    if names:
        rows = [{"name": name} for name in sorted(names)]
        await session.execute(insert(ServedModel).values(rows).on_conflict_do_nothing())


async def among(session: AsyncSession, names: Collection[str]) -> set[str]:
    found = await session.scalars(select(ServedModel.name).where(ServedModel.name.in_(names)))
    return set(found)
