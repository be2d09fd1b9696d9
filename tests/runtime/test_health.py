"""Alive and ready, as a container platform asks."""

import asyncio

from redis.asyncio import Redis

from runtime.health import Health
from runtime.wiring import Runtime
from storage.database import Database
from tests.runtime.conftest import Ask

NOBODY = "postgresql://nobody@127.0.0.1:9/none"


async def test_a_process_with_its_database_is_ready(ask: Ask):
    status, answer = await ask("/ready")
    assert (status, '"status": "ready"' in answer) == (200, True)


async def test_who_was_asked_to_end_is_alive_and_not_ready(runtime: Runtime, ask: Ask):
    runtime.health.is_draining = True
    status, answer = await ask("/ready")
    assert (status, '"status": "draining"' in answer) == (503, True)
    assert (await ask("/live"))[0] == 200


async def test_without_a_database_nobody_is_ready():
    db, redis = Database(NOBODY), Redis(port=9)
    found = await Health(db, redis).look()
    assert (found.oldest_pending, found.redis) == (None, False)
    await db.close()
    await redis.aclose()


async def test_a_redis_that_was_slow_once_is_not_away(runtime: Runtime, redis_url: str):
    """Through a door behind which the first connection is answered nothing."""
    came = []

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(writer)
        if len(came) == 1:
            return
        answers, commands = await asyncio.open_unix_connection(redis_url.removeprefix("unix://"))
        while command := await reader.read(1000):
            commands.write(command)
            writer.write(await answers.read(1000))
        commands.close()

    async with await asyncio.start_server(pass_on, "127.0.0.1", 0) as door:
        redis = Redis(port=door.sockets[0].getsockname()[1], socket_timeout=0.2, protocol=2)
        assert (await Health(runtime.db, redis).look()).redis
        await redis.aclose()
    assert len(came) == 2


async def test_an_answer_is_good_for_two_seconds(runtime: Runtime):
    assert await runtime.health.look() is await runtime.health.look()


def test_a_loop_that_stopped_turning_is_stuck(runtime: Runtime):
    never, turning = Health(runtime.db, runtime.redis), Health(runtime.db, runtime.redis, stuck_seconds=60)
    stuck = Health(runtime.db, runtime.redis, stuck_seconds=0)
    turning.beat()
    stuck.beat()
    assert (never.is_alive, turning.is_alive, stuck.is_alive) == (True, True, False)


async def test_a_stuck_worker_is_to_be_started_again(runtime: Runtime, ask: Ask, monkeypatch):
    monkeypatch.setattr(runtime.health, "_stuck_seconds", 0)
    runtime.health.beat()
    assert (await ask("/live"))[0] == 503
    assert await ask("/up") == (200, '{"status": "up"}')
