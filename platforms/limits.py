"""How often we may talk: one token bucket per connection or recipient, shared through Redis."""

import asyncio
import time
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from platforms.errors import WAIT, Later

REDIS_SECONDS = 0.2
REDIS_REST_SECONDS = 5.0
LOCAL_BUCKETS = 10_000
PATIENCE_SECONDS = 60.0
"""A place is kept so long for whoever does not come when it is due."""

# A bucket is one number, the moment at which it will be full again (the generic cell rate algorithm), in
# microseconds of Redis' own clock: `spacing` is what one token costs, `slack` what a burst may borrow. Who says whose
# turn it is and finds no token is given a place: the moment after the last one given, at which to come back. What
# leaves is counted when it leaves, so that those who come late do not all go at once.
TAKE = """
local closed = redis.call('PTTL', KEYS[1])
if closed > 0 then return closed * 1000 end
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local spacing, slack, patience = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local function get(key) return tonumber(key and redis.call('GET', key) or '0') end
local function set(key, moment, keep)
  redis.call('SET', key, string.format('%.0f', moment), 'PX', math.ceil((moment - now + keep) / 1000) + 1)
end
local place, last, full = get(KEYS[4]), get(KEYS[3]), math.max(get(KEYS[2]), now)
if place > now then return place - now end
local wait = full - now - slack
if place == 0 and last > now then wait = math.max(wait, last + spacing - now) end
if wait > 0 then
  if KEYS[4] then
    set(KEYS[4], now + wait, patience)
    if place == 0 then set(KEYS[3], now + wait, 0) end
  end
  return math.ceil(wait)
end
set(KEYS[2], full + spacing, 0)
if KEYS[4] then redis.call('DEL', KEYS[4]) end
return 0
"""

CLOSE = """
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], '1', 'PX', ARGV[1]) end
return redis.call('PTTL', KEYS[1])
"""


class Limits:
    """Token buckets and cool-downs. Without Redis, or while it is away, this process keeps its own."""

    def __init__(self, redis: "Redis | None") -> None:
        self._redis = redis
        self._take = redis.register_script(TAKE) if redis else None
        self._close = redis.register_script(CLOSE) if redis else None
        self._away_until = 0.0
        self._moments: dict[str, float] = {}
        """What the script keeps in Redis, for when that is away."""
        self._closed: dict[str, float] = {}

    async def take(self, bucket: str, *, rate: float, burst: int = 1, turn: str | None = None) -> None:
        """Take one of `rate` tokens a second; raises Later when there is none or the bucket is closed.

        `turn` names what waits: then `Later.until` is a moment of its own, and of a thousand that wait each comes
        back once, instead of all of them whenever there is a token.
        """
        spacing, slack = 1 / rate, (burst - 1) / rate
        wait = self._closed_for(bucket)
        if wait <= 0:
            wait = await self._take_shared(bucket, spacing, slack, turn)
        if wait > 0:
            raise Later(_from_now(wait), f"The limit {bucket} is used up for {wait:.1f} s: {WAIT}.")

    async def close(self, bucket: str, seconds: float) -> None:
        """Let nobody take from the bucket for that long; an existing longer closing stays."""
        if seconds <= 0:
            return
        self._closed[bucket] = max(self._closed.get(bucket, 0.0), time.monotonic() + seconds)
        if self._close:
            await self._ask(self._close(keys=[bucket], args=[max(1, round(seconds * 1000))]))

    async def closed_until(self, bucket: str) -> datetime | None:
        """When the bucket opens again, None when it is open."""
        wait = self._closed_for(bucket)
        if self._redis:
            wait = max(wait, (await self._ask(self._redis.pttl(bucket)) or 0) / 1000)
        return _from_now(wait) if wait > 0 else None

    async def _take_shared(self, bucket: str, spacing: float, slack: float, turn: str | None) -> float:
        answer = None
        if self._take:
            keys = [bucket, f"{bucket}:bucket", f"{bucket}:last", *([f"{bucket}:turn:{turn}"] if turn else [])]
            args = [round(seconds * 1e6) for seconds in (spacing, slack, PATIENCE_SECONDS)]
            answer = await self._ask(self._take(keys=keys, args=args))
        return self._take_here(bucket, spacing, slack, turn) if answer is None else answer / 1e6

    def _take_here(self, bucket: str, spacing: float, slack: float, turn: str | None) -> float:
        """What the script does, with this process' own memory."""
        now, last, waiter = time.monotonic(), f"{bucket}:last", f"{bucket}:turn:{turn}"
        self._moments = _without_past(self._moments, now - PATIENCE_SECONDS)
        place = self._moments.get(waiter, 0.0)
        if place > now:
            return place - now
        full = max(self._moments.get(bucket, 0.0), now)
        wait = full - now - slack
        if not place and self._moments.get(last, 0.0) > now:
            wait = max(wait, self._moments[last] + spacing - now)
        if wait > 0:
            if turn:
                self._moments[waiter] = now + wait
            if turn and not place:
                self._moments[last] = now + wait
            return wait
        self._moments[bucket] = full + spacing
        self._moments.pop(waiter, None)
        return 0.0

    def _closed_for(self, bucket: str) -> float:
        left = self._closed.get(bucket, 0.0) - time.monotonic()
        if left <= 0:
            self._closed.pop(bucket, None)
        return left

    async def _ask(self, question: Awaitable[Any]) -> int | None:
        """Redis' answer, or None while it is away: then it is left alone for a few seconds."""
        if time.monotonic() < self._away_until:
            _forget(question)
            return None
        try:
            async with asyncio.timeout(REDIS_SECONDS):
                return int(await question)
        except (RedisError, OSError, TimeoutError):
            self._away_until = time.monotonic() + REDIS_REST_SECONDS
            return None


def burst(rate: float, *, seconds: float) -> int:
    """How many may go at once after a pause: what `rate` a second comes to in `seconds`, and never none."""
    return max(1, round(rate * seconds))


def _without_past(moments: dict[str, float], now: float) -> dict[str, float]:
    """The same while there are few; else those that are still to come."""
    if len(moments) < LOCAL_BUCKETS:
        return moments
    return {name: at for name, at in moments.items() if at > now}


def _forget(question: Awaitable[Any]) -> None:
    close = getattr(question, "close", None)
    if close:
        close()


def _from_now(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)
