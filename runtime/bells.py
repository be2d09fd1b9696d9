"""Rings the bell for workers after a commit: off the request path, best effort; the sweep covers what is missed."""

import asyncio
import json
import time
from collections.abc import Sequence
from contextvars import Context
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import structlog
from arq.connections import ArqRedis, RedisSettings, create_pool
from arq.constants import default_queue_name, job_key_prefix
from arq.jobs import serialize_job

from runtime import crashing
from runtime.metrics import DOORBELL_FAILURES
from storage.database import Bell

FUNCTION = "work"
"""The one arq function; its argument is a job's id."""
RUNG = "bell_rung"
"""The Redis channel on which workers hear that there is something to look for."""
ENQUEUE_SECONDS = 1.0
EXPIRE_MS = 600_000
SAME_BELL_MS = 15_000
"""Within these, ringing again for the same claim is one bell. A bell whose worker was killed before it could claim
stays taken in Redis for minutes: the next one must have another name."""
MANY = 200
AWAY_SECONDS = 3.0
"""After a failure Redis is left alone this long."""

log = structlog.get_logger(__name__)


class Bells:
    """`ring` returns at once. `is_away` says that Redis could not be reached lately."""

    def __init__(self, redis_url: str) -> None:
        self._settings = redis_settings(redis_url)
        self._waiting: dict[Bell, None] = {}
        """In their order; one that is rung again before it was heard of is one bell."""
        self._rung = asyncio.Event()
        self._pool: ArqRedis | None = None
        self._task: asyncio.Task[None] | None = None
        self._away_until = 0.0

    @property
    def is_away(self) -> bool:
        return asyncio.get_running_loop().time() < self._away_until

    def ring(self, bells: Sequence[Bell]) -> None:
        if not bells:
            return
        crashing.passed("committed")
        self._waiting.update(dict.fromkeys(bells))
        self._rung.set()
        if self._task is None:
            self._task = asyncio.create_task(self._push(), context=Context())  # not the request's log context

    async def are_many(self) -> bool:
        """Whether so many wait to be heard that ringing for the same work again would only bring more of them.

        False when Redis cannot be asked: then they are needed.
        """
        try:
            async with asyncio.timeout(ENQUEUE_SECONDS):
                return int(await (await self._connected()).zcard(default_queue_name)) >= MANY
        except Exception:  # whatever Redis does
            return False

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._pool is not None:
            await self._pool.aclose()

    async def _push(self) -> None:
        while True:
            await self._rung.wait()
            self._rung.clear()
            bells, self._waiting = list(self._waiting), {}
            if self.is_away:
                continue
            try:
                async with asyncio.timeout(ENQUEUE_SECONDS):
                    await self._enqueue(bells)
            except Exception as error:  # whatever Redis does, the rows are in PostgreSQL
                DOORBELL_FAILURES.inc(len(bells))
                self._away_until = asyncio.get_running_loop().time() + AWAY_SECONDS
                log.warning("bell_not_rung", error=type(error).__name__)

    async def _enqueue(self, bells: Sequence[Bell]) -> None:
        """What arq's `enqueue_job` does for one in three round trips, for all of them in one."""
        pool = await self._connected()
        now = round(time.time() * 1000)
        async with pool.pipeline(transaction=True) as pipe:
            for job_id, claims in bells:
                name = f"{job_id}:{claims}:{now // SAME_BELL_MS}"
                body = serialize_job(FUNCTION, (job_id,), {}, None, now, serializer=serialize)
                pipe.set(job_key_prefix + name, body, px=EXPIRE_MS, nx=True)
                pipe.zadd(default_queue_name, {name: now}, nx=True)
            pipe.publish(RUNG, len(bells))
            await pipe.execute()

    async def _connected(self) -> ArqRedis:
        if self._pool is None:
            self._pool = await create_pool(self._settings)
        return self._pool


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
        database = int(parse_qs(parts.query).get("db", ["0"])[0])
        return RedisSettings(unix_socket_path=parts.path, database=database, **shared)
    return RedisSettings(
        host=parts.hostname or "localhost",
        port=parts.port or 6379,
        database=int(parts.path.lstrip("/") or 0),
        ssl=parts.scheme == "rediss",
        ssl_check_hostname=parts.scheme == "rediss",
        **shared,
    )
