"""How often models may be asked in a day, so that a flood of reports costs no more than was meant."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from hub.errors import TooOften
from storage import model_days


@dataclass(frozen=True, slots=True)
class UsedUp:
    """Today's requests have been made; `until` is the next midnight in UTC."""

    most: int
    until: datetime

    @property
    def why(self) -> str:
        return f"Today's budget of {self.most:,} requests to models is used up; it opens again at 00:00 UTC."


async def take(session: AsyncSession, *, most: int) -> UsedUp | None:
    """Count one request of today's `most` (0: as many as there are), or say that there is none left."""
    until = await model_days.take(session, most=most)
    return UsedUp(most, until) if until else None


async def used_up(session: AsyncSession, *, most: int) -> UsedUp | None:
    """The same without making one."""
    until = await model_days.used_up_until(session, most=most) if most else None
    return UsedUp(most, until) if until else None


async def require(session: AsyncSession, *, most: int) -> None:
    """TooOften, in words for whoever asks now."""
    closed = await used_up(session, most=most)
    if closed:
        seconds = max(1, math.ceil((closed.until - datetime.now(UTC)).total_seconds()))
        raise TooOften(f"{closed.why} Do it by hand, or ask again then.", retry_after=seconds)
