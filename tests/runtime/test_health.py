"""Alive and ready, as a container platform asks."""

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
