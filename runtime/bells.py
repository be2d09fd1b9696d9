"""Rings the bell for workers after a commit: off the request path, best effort; the sweep covers what is missed."""

import asyncio
import json
import time
from collections.abc import Sequence
from contextvars import Context
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog
from arq.connections import ArqRedis, RedisSettings, create_pool

from runtime.metrics import DOORBELL_FAILURES
from storage.database import Bell

FUNCTION = "work"
"""The one arq function; its argument is a job's id."""
ENQUEUE_SECONDS = 1.0
SAME_BELL_SECONDS = 15
"""Within these, ringing again for the same claim is one bell. A bell whose worker was killed before it could claim
stays taken in Redis for minutes: the next one must have another name."""
AWAY_SECONDS = 3.0
"""After a failure Redis is left alone this long."""

log = structlog.get_logger(__name__)


class Bells:
    """`ring` returns at once. `is_away` says that Redis could not be reached lately."""

    def __init__(self, redis_url: str) -> None:
        self._settings = redis_settings(redis_url)
        self._waiting: asyncio.Queue[Bell] = asyncio.Queue()
        self._pool: ArqRedis | None = None
        self._task: asyncio.Task[None] | None = None
        self._away_until = 0.0

    @property
    def is_away(self) -> bool:
        return asyncio.get_running_loop().time() < self._away_until

    def ring(self, bells: Sequence[Bell]) -> None:
        for bell in bells:
            self._waiting.put_nowait(bell)
        if bells and self._task is None:
            self._task = asyncio.create_task(self._push(), context=Context())  # not the request's log context

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._pool is not None:
            await self._pool.aclose()

    async def _push(self) -> None:
        while True:
            bell = await self._waiting.get()
            if self.is_away:
                continue
            try:
                async with asyncio.timeout(ENQUEUE_SECONDS):
                    await self._enqueue(bell)
            except Exception as error:  # whatever Redis does, the row is in PostgreSQL
                DOORBELL_FAILURES.inc()
                self._away_until = asyncio.get_running_loop().time() + AWAY_SECONDS
                log.warning("bell_not_rung", error=type(error).__name__)

    async def _enqueue(self, bell: Bell) -> None:
        if self._pool is None:
            self._pool = await create_pool(self._settings, job_serializer=serialize, job_deserializer=json.loads)
        name = f"{bell.job_id}:{bell.claims}:{int(time.time() // SAME_BELL_SECONDS)}"
        await self._pool.enqueue_job(FUNCTION, bell.job_id, _job_id=name, _expires=600)


def serialize(job: dict[str, Any]) -> bytes:
    """JSON, since arq's own pickle would let whoever can write to Redis run code in the worker."""
    return json.dumps(job, default=str).encode()


def redis_settings(url: str) -> RedisSettings:
    """arq's settings for `url`; its own parser neither decodes passwords nor checks host names under TLS."""
    parts = urlsplit(url)
    shared: dict[str, Any] = {
        "username": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
        "conn_timeout": 2,
        "conn_retries": 1,
        "conn_retry_delay": 0,
    }
    if parts.scheme == "unix":
        return RedisSettings(unix_socket_path=parts.path, **shared)
    return RedisSettings(
        host=parts.hostname or "localhost",
        port=parts.port or 6379,
        database=int(parts.path.lstrip("/") or 0),
        ssl=parts.scheme == "rediss",
        ssl_check_hostname=parts.scheme == "rediss",
        **shared,
    )
