"""A bell is heard at once; sweep and fallback: nothing waits for ever, whatever becomes of it."""

import asyncio
from types import SimpleNamespace

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from hub.work import Work, promise
from jobs import worker
from jobs.job import JOBS, Claim, Job
from jobs.worker import Fallback, every, sweep
from runtime.bells import RUNG, Bells
from storage.database import Bell
from tests.build import World


class Fleet:
    """One worker's runtime, with a bell that only remembers."""

    def __init__(self, world: World) -> None:
        self.rung: list[Bell] = []
        self.are_many = False
        self.bells = SimpleNamespace(is_away=False, ring=self.rung.extend, are_many=self._are_many)
        settings = SimpleNamespace(
            sweep_seconds=1.0,
            lease_seconds=20.0,
            request_seconds=5.0,
            retry_base_seconds=1.0,
            worker_concurrency=3,
            notion_poll_seconds=120.0,
        )
        self.runtime = SimpleNamespace(db=world.db, settings=settings, bells=self.bells)

    async def _are_many(self) -> bool:
        return self.are_many


@pytest.fixture
def fleet(world: World) -> Fleet:
    return Fleet(world)


@pytest.fixture
async def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What jobs were done, in their order; one whose subject is `slow` takes long."""
    seen: list[str] = []

    async def run(claim: Claim, runtime) -> None:
        if claim.held.args["subject"] == "slow":
            await asyncio.sleep(30)
        seen.append(claim.held.args["subject"])

    monkeypatch.setitem(JOBS, Work.PUSH.name, Job(Work.PUSH, run, None))
    return seen


async def due(world: World, subject: str, *, since: float = 0) -> None:
    async with world.db.transaction() as session:
        promise(session, Work.PUSH, subject)
    await world.rows(f"UPDATE jobs SET run_at = now() - interval '{since} s' WHERE key = 'notion:{subject}'")


async def test_a_bell_is_heard_at_once_and_what_has_no_place_waits_for_one(
    world: World, fleet: Fleet, done: list[str], redis_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(worker, "LOOK_SECONDS", 600.0)
    fleet.runtime.settings.redis_url = SecretStr(redis_url)
    bells, listener = Bells(redis_url), worker._arq(fleet.runtime)
    running = asyncio.create_task(listener.async_run())
    async with asyncio.timeout(60), Redis.from_url(redis_url) as redis:
        while not (await redis.pubsub_numsub(RUNG))[0][1]:
            await asyncio.sleep(0.02)
        for subject in "abcdefg":  # there is place for three
            await due(world, subject)
        bells.ring([Bell(row["id"], 0) for row in await world.rows("SELECT id FROM jobs")])
        while len(done) < 7:
            await asyncio.sleep(0.02)
    assert sorted(done) == list("abcdefg")
    await bells.close()
    await worker._leave(listener, running)


async def test_the_sweep_rings_for_what_nobody_rang_for_and_keeps_the_clock(
    world: World, fleet: Fleet, done: list[str]
):
    await due(world, "a", since=5)
    await sweep(fleet.runtime)
    await sweep(fleet.runtime)
    promised = {row["kind"] for row in await world.rows("SELECT kind FROM jobs")}
    assert promised == {"push_to_notion", *(kind.name for kind in every(fleet.runtime.settings))}
    assert len(fleet.rung) == 1, "once in the interval, fleet-wide"


async def test_what_will_be_heard_anyway_is_not_rung_for_again(world: World, fleet: Fleet, done: list[str]):
    await due(world, "a", since=5)
    fleet.are_many = True
    await sweep(fleet.runtime)
    assert fleet.rung == []
    assert await world.count("jobs") == 1 + len(every(fleet.runtime.settings)), "what recurs is promised all the same"


async def test_what_was_rung_for_in_vain_is_worked_on_all_the_same(world: World, fleet: Fleet, done: list[str]):
    await due(world, "fresh", since=5)
    await due(world, "forgotten", since=30)
    fallback = Fallback(fleet.runtime)
    await fallback.help()
    await fallback.leave()
    assert done == ["forgotten"]


async def test_while_redis_is_away_everything_due_is_worked_on(world: World, fleet: Fleet, done: list[str]):
    fleet.bells.is_away = True
    for subject in ("slow", "a", "b", "c"):
        await due(world, subject)
    fallback = Fallback(fleet.runtime)
    for _ in range(10):
        await fallback.help()
        await asyncio.sleep(0.1)
    assert sorted(done) == ["a", "b", "c"], "the slow one holds up nothing but its own place"
    for task in fallback._running.values():
        task.cancel()
    await fallback.leave()
    (row,) = await world.rows("SELECT status, attempts FROM jobs WHERE key = 'notion:slow'")
    assert (row["status"], row["attempts"]) == ("pending", 0)
