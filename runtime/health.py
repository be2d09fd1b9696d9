"""Alive and ready: the one check behind every address that is asked for it."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from redis.asyncio import Redis
from redis.exceptions import TimeoutError as TooSlow

from storage import arrivals
from storage.database import Database

CHECK_SECONDS = 1.0
FRESH_SECONDS = 2.0
"""How long an answer is good for, so that asking often costs nothing."""
STUCK_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Found:
    """`oldest_pending` in seconds, None while PostgreSQL is away or not migrated."""

    oldest_pending: float | None
    redis: bool
    troubles: Mapping[str, str] = field(default_factory=dict)
    """What is wrong with connections to platforms, by name."""


class Health:
    """Of this process. A worker says with `beat` that its loop has turned."""

    def __init__(self, db: Database, redis: Redis, *, stuck_seconds: float = STUCK_SECONDS) -> None:
        self._db = db
        self._redis = redis
        self._stuck_seconds = stuck_seconds
        self._looking = asyncio.Lock()
        self._found = Found(None, redis=False)
        self._found_at = float("-inf")
        self._beat_at: float | None = None
        self.is_draining = False
        """Asked to stop: what is under way is finished, nothing new should come."""
        self.own: dict[str, str] = {}
        """What this process itself knows to be wrong with a connection, by name."""

    @property
    def is_alive(self) -> bool:
        return self._beat_at is None or time.monotonic() - self._beat_at < self._stuck_seconds

    def word(self, found: Found) -> str:
        if self.is_draining:
            return "draining"
        return "down" if found.oldest_pending is None else "ready" if found.redis else "degraded"

    def beat(self) -> None:
        self._beat_at = time.monotonic()

    async def look(self) -> Found:
        async with self._looking:
            if time.monotonic() - self._found_at > FRESH_SECONDS:
                oldest_pending, troubles = await self._in_database()
                self._found = Found(oldest_pending, await self._has_redis(), {**troubles, **self.own})
                self._found_at = time.monotonic()
            return self._found

    async def _in_database(self) -> tuple[float | None, Mapping[str, str]]:
        """By the pool of arrivals: what programs ask must not make us look as if we were down."""
        try:
            async with asyncio.timeout(CHECK_SECONDS), self._db.express() as express:
                oldest = round(await arrivals.oldest_pending_seconds(express.connection), 3)
                return oldest, await arrivals.troubles(express.connection)
        except Exception:  # whatever it is, we are not ready
            return None, {}

    async def _has_redis(self) -> bool:
        """Asked again while there is time: a command waits for a fifth of a second, which a busy machine may need."""
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                while True:
                    with suppress(TooSlow):
                        return bool(await self._redis.ping())
        except Exception:  # whatever it is, Redis is away
            return False
