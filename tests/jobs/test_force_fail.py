"""A run that was made to fail is a dead letter at once; running that again does the work."""

from types import SimpleNamespace

from hub import recovery
from hub.work import Work, promise
from jobs.job import JOBS, Job, work
from tests.build import ANA, World


async def test_the_next_run_fails_once_and_its_letter_can_be_run_again(world: World, monkeypatch):
    done: list[str] = []

    async def run(claim, runtime) -> None:
        done.append(claim.kind.name)

    monkeypatch.setitem(JOBS, Work.UPKEEP.name, Job(Work.UPKEEP, run, None))
    async with world.db.transaction() as session:
        promise(session, Work.UPKEEP, "s")
        await recovery.fail_next(session, Work.UPKEEP.name, by=ANA)
    await run_newest(world)
    (letter,) = await world.rows("SELECT * FROM dead_letter_jobs")
    assert (letter["error_class"], letter["attempts"], done) == ("FailedOnPurpose", 1, [])
    assert "made to fail" in letter["error_message"]
    async with world.db.transaction() as session:
        await recovery.run_again(session, letter["id"], by=ANA)
    await run_newest(world)
    assert done == ["upkeep"]
    assert [row["status"] for row in await world.rows("SELECT status FROM jobs ORDER BY id")] == ["dead", "done"]


async def run_newest(world: World) -> None:
    settings = SimpleNamespace(lease_seconds=5, retry_base_seconds=5.0, request_seconds=0.2)
    job_id = (await world.rows("SELECT max(id) AS id FROM jobs"))[0]["id"]
    await work(SimpleNamespace(db=world.db, settings=settings), job_id)
