"""How many requests were made to models on each day in UTC, by the database's clock: a row a day, kept for good."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_TAKE = text("""
WITH taken AS (
  INSERT INTO model_days (day, asked) VALUES ((now() AT TIME ZONE 'UTC')::date, 1)
  ON CONFLICT (day) DO UPDATE SET asked = model_days.asked + 1 WHERE :most = 0 OR model_days.asked < :most
  RETURNING day)
SELECT date_trunc('day', now(), 'UTC') + interval '24 hours' WHERE NOT EXISTS (SELECT FROM taken)
""")
_USED_UP = text("""
SELECT date_trunc('day', now(), 'UTC') + interval '24 hours'
FROM model_days WHERE day = (now() AT TIME ZONE 'UTC')::date AND asked >= :most
""")
_ASKED = text("SELECT coalesce(sum(asked), 0) FROM model_days WHERE day = (now() AT TIME ZONE 'UTC')::date")


async def take(session: AsyncSession, *, most: int) -> datetime | None:
    """Count one more, but for 0 never above `most`: then the moment at which there are new ones."""
    return (await session.execute(_TAKE, {"most": most})).scalar_one_or_none()


async def used_up_until(session: AsyncSession, *, most: int) -> datetime | None:
    """The next midnight in UTC once `most` were made today, else None."""
    return (await session.execute(_USED_UP, {"most": most})).scalar_one_or_none()


async def asked_today(session: AsyncSession) -> int:
    return int((await session.execute(_ASKED)).scalar_one())
