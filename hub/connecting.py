"""Whether platforms still let us in and still write to us: what an operator should know before a customer does."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from storage import connections

SILENCE = timedelta(days=7)
"""A channel that used to write and has not for so long is worth a look."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a connection, in a sentence that says what to do."""

    name: str
    sentence: str
    since: datetime


async def note(session: AsyncSession, found: Mapping[str, str | None]) -> bool:
    """Keep what a look at every connection has found, None where one is well. Whether anything is different now."""
    heard = {name: trouble or await _silence(session, name) for name, trouble in found.items()}
    return await connections.note(session, heard)


async def troubles(session: AsyncSession) -> tuple[Trouble, ...]:
    rows = await connections.all_of_them(session)
    return tuple(Trouble(row.name, row.trouble, row.since) for row in rows if row.trouble)


async def _silence(session: AsyncSession, name: str) -> str | None:
    heard = await connections.last_heard(session, name)
    if heard is None or datetime.now(UTC) - heard < SILENCE:
        return None
    return f"Nothing has come since {heard:%d %B %Y}. Should that be unusual: does its webhook still point here?"
