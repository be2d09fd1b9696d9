"""How the connections to platforms are: one row each, as it was found when it was last tried."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import case, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Connection, WebhookDelivery


async def note(session: AsyncSession, found: Mapping[str, str | None]) -> bool:
    """What is wrong by name, None for nothing; others are forgotten. Whether anything is different from before."""
    before = {row.name: row.trouble for row in await session.scalars(select(Connection))}
    await session.execute(delete(Connection).where(Connection.name.not_in(found)))
    for name, trouble in sorted(found.items()):
        row = insert(Connection).values(name=name, trouble=trouble)
        as_before = Connection.trouble.is_not_distinct_from(row.excluded.trouble)
        since = case((as_before, Connection.since), else_=func.now())
        changed = {"trouble": row.excluded.trouble, "since": since, "checked_at": func.now()}
        await session.execute(row.on_conflict_do_update(index_elements=[Connection.name], set_=changed))
    return before != dict(found)


async def all_of_them(session: AsyncSession) -> Sequence[Connection]:
    return (await session.scalars(select(Connection).order_by(Connection.name))).all()


async def last_heard(session: AsyncSession, platform: str) -> datetime | None:
    """When it last delivered something."""
    heard: datetime | None = await session.scalar(
        select(func.max(WebhookDelivery.received_at)).where(WebhookDelivery.platform == platform)
    )
    return heard
