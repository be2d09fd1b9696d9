"""How often we may talk: one token bucket per connection or recipient, shared through Redis."""

import asyncio
import time
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from platforms.errors import Later

REDIS_SECONDS = 0.2
REDIS_REST_SECONDS = 5.0
LOCAL_BUCKETS = 10_000

# A bucket is one number, the moment at which it will be full again (the generic cell rate algorithm), in
# microseconds of Redis' own clock: `spacing` is what one token costs, `slack` what a burst may borrow.
TAKE = """
local closed = redis.call('PTTL', KEYS[1])
if closed > 0 then return closed * 1000 end
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local spacing, slack = tonumber(ARGV[1]), tonumber(ARGV[2])
local full = math.max(tonumber(redis.call('GET', KEYS[2]) or '0'), now)
if full - now > slack then return math.ceil(full - now - slack) end
full = full + spacing
redis.call('SET', KEYS[2], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000) + 1)
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
        self._full_at: dict[str, float] = {}
        self._closed: dict[str, float] = {}

    async def take(self, bucket: str, *, rate: float, burst: int = 1) -> None:
        """Take one of `rate` tokens a second; raises Later when there is none or the bucket is closed."""
        spacing, slack = 1 / rate, (burst - 1) / rate
        wait = self._closed_for(bucket)
        if wait <= 0:
            wait = await self._take_shared(bucket, spacing, slack)
        if wait > 0:
            raise Later(_from_now(wait), f"The limit {bucket} is used up for {wait:.1f} s.")

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

    async def _take_shared(self, bucket: str, spacing: float, slack: float) -> float:
        answer = None
        if self._take:
            keys, args = [bucket, f"{bucket}:bucket"], [round(spacing * 1e6), round(slack * 1e6)]
            answer = await self._ask(self._take(keys=keys, args=args))
        return self._take_here(bucket, spacing, slack) if answer is None else answer / 1e6

    def _take_here(self, bucket: str, spacing: float, slack: float) -> float:
        now = time.monotonic()
        full_at = max(self._full_at.get(bucket, 0.0), now)
        if full_at - now > slack:
            return full_at - now - slack
        if len(self._full_at) >= LOCAL_BUCKETS:
            self._full_at = {name: at for name, at in self._full_at.items() if at > now}
        self._full_at[bucket] = full_at + spacing
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


def _forget(question: Awaitable[Any]) -> None:
    close = getattr(question, "close", None)
    if close:
        close()


def _from_now(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)
