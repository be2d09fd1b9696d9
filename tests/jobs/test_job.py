"""What becomes of a job: done, tried again, put off, handed back, buried."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from hub.errors import NotFound
from hub.work import KINDS, Work, promise
from jobs import job as jobs_job
from jobs.__main__ import KINDS_LIVE_IN
from jobs.job import JOBS, Claim, Job, work
from platforms.errors import Later, RateLimited, Refused, Unreachable
from tests.build import World


class Bench:
    """One kind of work whose function a test gives."""

    def __init__(self, world: World) -> None:
        self.world = world
        settings = SimpleNamespace(lease_seconds=1.5, retry_base_seconds=5.0, request_seconds=0.2)
        self.runtime = SimpleNamespace(db=world.db, settings=settings)
        self.given_up: list[str] = []

    def does(self, act) -> None:
        async def give_up(session, claim: Claim, error: str) -> None:
            self.given_up.append(error)

        async def run(claim: Claim, runtime) -> None:
            await act(claim)

        JOBS[Work.UPKEEP.name] = Job(Work.UPKEEP, run, give_up)

    def raises(self, error: Exception) -> None:
        async def act(claim: Claim) -> None:
            raise error

        self.does(act)

    async def work(self) -> dict:
        job_id = (await self.world.rows("SELECT max(id) AS id FROM jobs"))[0]["id"]
        await work(self.runtime, job_id)
        return (await self.world.rows("SELECT *, extract(epoch FROM run_at - now()) AS wait FROM jobs"))[0]


@pytest.fixture
async def bench(world: World) -> AsyncIterator[Bench]:
    kept = JOBS[Work.UPKEEP.name]
    async with world.db.transaction() as session:
        promise(session, Work.UPKEEP, "s")
    yield Bench(world)
    JOBS[Work.UPKEEP.name] = kept


def test_every_kind_of_work_has_a_job():
    assert KINDS_LIVE_IN
    assert set(JOBS) == set(KINDS)


async def test_a_job_that_returns_is_done(bench: Bench):
    async def act(claim: Claim) -> None: ...

    bench.does(act)
    assert (await bench.work())["status"] == "done"
    assert (await bench.work())["claims"] == 1, "a stale bell does nothing"


async def test_what_finish_writes_commits_with_it(bench: Bench):
    async def act(claim: Claim) -> None:
        async with claim.finish() as session:
            promise(session, Work.PUSH, "t")

    bench.does(act)
    await bench.work()
    assert await bench.world.count("jobs") == 2


@pytest.mark.parametrize(
    "error", [Unreachable("Away.", platform="slack"), TimeoutError(), ConnectionError("lost"), ValueError("odd")]
)
async def test_what_may_pass_is_tried_again_later_and_later(bench: Bench, error: Exception):
    bench.raises(error)
    row = await bench.work()
    assert (row["status"], row["attempts"], row["error_class"]) == ("pending", 1, type(error).__name__)
    assert 3 < row["wait"] < 7
    await bench.world.rows("UPDATE jobs SET run_at = now()")
    assert 7 < (await bench.work())["wait"] < 13


async def test_the_platforms_own_wait_is_obeyed(bench: Bench):
    bench.raises(RateLimited("Slow down.", platform="notion", retry_after=77))
    assert 75 < (await bench.work())["wait"] < 79


async def test_a_closed_bucket_costs_no_attempt(bench: Bench):
    bench.raises(Later(datetime.now(UTC) + timedelta(seconds=30), "closed"))
    row = await bench.work()
    assert (row["status"], row["attempts"], row["claims"]) == ("pending", 0, 1)
    assert 27 < row["wait"] < 31


@pytest.mark.parametrize("error", [Refused("No such page.", platform="notion", code="404"), NotFound("Gone.")])
async def test_what_can_never_succeed_is_buried_at_once(bench: Bench, error: Exception):
    bench.raises(error)
    assert (await bench.work())["status"] == "dead"
    (letter,) = await bench.world.rows("SELECT * FROM dead_letter_jobs")
    assert (letter["error_message"], letter["job_args"]) == (error.message, {"subject": "s"})
    assert bench.given_up == [error.message]


async def test_when_the_attempts_are_used_up_it_is_buried(bench: Bench):
    bench.raises(Unreachable("Away.", platform="slack"))
    for _ in range(3):
        await bench.world.rows("UPDATE jobs SET run_at = now()")
        row = await bench.work()
    assert (row["status"], row["attempts"]) == ("dead", 3)
    assert bench.given_up == ["Away."]


async def test_a_job_that_kills_its_workers_is_buried_in_the_end(bench: Bench):
    await bench.world.rows("UPDATE jobs SET status = 'running', attempts = 3, lease_until = now() - interval '1 s'")
    bench.raises(AssertionError("must not run"))
    assert (await bench.work())["status"] == "dead"
    assert "died or was lost 3 times" in bench.given_up[0]


async def test_a_foreign_error_is_kept_by_class_only(bench: Bench):
    bench.raises(ValueError("rita@example.com could not be parsed"))
    row = await bench.work()
    assert row["error"] == "Something unexpected went wrong (ValueError)."


async def test_a_worker_asked_to_stop_gives_the_attempt_back(bench: Bench):
    started = asyncio.Event()

    async def act(claim: Claim) -> None:
        started.set()
        await asyncio.sleep(60)

    bench.does(act)
    running = asyncio.create_task(bench.work())
    await started.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    (row,) = await bench.world.rows("SELECT * FROM jobs")
    assert (row["status"], row["attempts"], row["claims"]) == ("pending", 0, 1)


async def test_a_long_job_keeps_its_lease(bench: Bench):
    async def act(claim: Claim) -> None:
        await asyncio.sleep(3)

    bench.does(act)
    running = asyncio.create_task(bench.work())
    await asyncio.sleep(2.5)
    (row,) = await bench.world.rows("SELECT lease_until > now() AS held FROM jobs")
    assert row["held"], "longer than the lease, and still ours"
    await running
    (row,) = await bench.world.rows("SELECT status FROM jobs")
    assert row["status"] == "done"


async def test_a_job_too_slow_for_its_limit_is_tried_again(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    async def act(claim: Claim) -> None:
        await asyncio.sleep(60)

    bench.does(act)
    hasty = type(Work.UPKEEP)("upkeep", "upkeep", attempts=3, seconds=0.2, coalesced=True)
    monkeypatch.setitem(KINDS, "upkeep", hasty)
    row = await bench.work()
    assert (row["status"], row["error"]) == ("pending", "It took longer than its time limit.")


async def test_a_fenced_worker_leaves_quietly(bench: Bench):
    async def act(claim: Claim) -> None:
        await bench.world.rows("UPDATE jobs SET lease = gen_random_uuid()")
        async with claim.finish() as session:
            promise(session, Work.PUSH, "t")

    bench.does(act)
    row = await bench.work()
    assert row["status"] == "running", "it is somebody else's now"
    assert await bench.world.count("jobs") == 1


async def test_a_kind_of_a_newer_version_is_left_for_a_newer_worker(bench: Bench):
    await bench.world.rows("UPDATE jobs SET kind = 'from the future'")
    assert (await bench.work())["status"] == "pending"


def test_errors_become_sentences():
    assert jobs_job.sentence(Later(datetime.now(UTC), "closed")) == "closed"


async def test_a_worker_that_was_frozen_does_not_begin_what_it_cannot_end(bench: Bench):
    reached = []

    async def act(claim: Claim) -> None:
        claim.covers(0.2)
        reached.append("covered")
        claim.renewed_at -= 1.4
        claim.covers(0.2)
        reached.append("sent")

    bench.does(act)
    row = await bench.work()
    assert (reached, row["status"]) == (["covered"], "running")


async def test_the_same_trouble_again_is_one_dead_letter(bench: Bench):
    bench.raises(Refused("No token.", platform="slack"))
    await bench.work()
    async with bench.world.db.transaction() as session:
        promise(session, Work.UPKEEP, "s")
    await bench.work()
    (letter,) = await bench.world.rows("SELECT * FROM dead_letter_jobs")
    assert letter["attempts"] == 2
