"""A database from a backup is in the past: what has been sent and said aloud since then is unknown to it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import SERVER_SETTINGS

_ARE_OTHERS = text("""
SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = :ours
               AND pid <> pg_backend_pid())
""")
_LOOK_UP = text("UPDATE notifications SET status = 'sending' WHERE status IN ('pending', 'failed') RETURNING id")
_DRAW_ANEW = (
    text("UPDATE cards SET drawn = NULL WHERE drawn IS NOT NULL"),
    text("UPDATE homes SET drawn = NULL WHERE drawn IS NOT NULL"),
)
_SKIP = text("""
SELECT setval(pg_get_serial_sequence('tickets', 'number'),
              nextval(pg_get_serial_sequence('tickets', 'number')) + :numbers) + 1
""")
_REMEMBER = text("""
INSERT INTO schedules (name, ran_at) VALUES ('restored', now()) ON CONFLICT (name) DO UPDATE SET ran_at = now()
""")
_RESTORED = text("SELECT ran_at FROM schedules WHERE name = 'restored' AND ran_at > :at")


class StillAtWork(Exception):
    """Some process of the hub is connected to the database."""


@dataclass(frozen=True, slots=True)
class Taken:
    """`unsure` messages are looked up before they are sent; `next_number` is the next ticket's."""

    unsure: int
    next_number: int


async def take_up(session: AsyncSession, *, numbers: int) -> Taken:
    """Make a database from a backup fit to be worked on. StillAtWork when somebody does already.

    What was to be sent may have been sent, so it is on its way and looked up. So many `numbers` are given to no
    ticket: they may have been told to people whose tickets are gone. What stands in Slack may have been drawn since,
    so it is drawn again whatever it looks like.
    """
    if await session.scalar(_ARE_OTHERS, {"ours": SERVER_SETTINGS["application_name"]}):
        raise StillAtWork
    unsure = (await session.execute(_LOOK_UP)).all()
    for statement in _DRAW_ANEW:
        await session.execute(statement)
    await session.execute(_REMEMBER)
    return Taken(len(unsure), (await session.execute(_SKIP, {"numbers": numbers})).scalar_one())


async def restored_after(session: AsyncSession, at: datetime) -> datetime | None:
    """When this database was taken from a backup, if what was written at `at` is older than that.

    It may then have been answered by a hub that this database knows nothing of.
    """
    restored_at: datetime | None = await session.scalar(_RESTORED, {"at": at})
    return restored_at


async def is_before(session: AsyncSession, at: datetime) -> bool:
    return await restored_after(session, at) is not None
