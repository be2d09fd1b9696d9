"""Work is rows: claimed once, fenced, retried, buried, never lost."""

import asyncio
import random
from collections import Counter

import pytest
from sqlalchemy import text

from hub.work import KINDS, Work, promise
from storage import jobs
from storage.database import Database
from storage.jobs import Fenced, Held
from tests.build import World


async def promised(world: World, kind=Work.UPKEEP, subject="s", **facts) -> int:
    async with world.db.transaction() as session:
        promise(session, kind, subject, **facts)
    return int((await world.rows("SELECT max(id) AS id FROM jobs"))[0]["id"])


async def claim(world: World, job_id: int, lease_seconds: float = 30) -> Held | None:
    async with world.db.statement() as session:
        return await jobs.claim(session, job_id, kinds=list(KINDS), lease_seconds=lease_seconds)


async def state(world: World, job_id: int) -> dict:
    return (await world.rows("SELECT * FROM jobs WHERE id = $1", job_id))[0]


async def test_a_promise_is_rung_only_after_its_commit(world: World):
    with pytest.raises(RuntimeError):
        async with world.db.transaction() as session:
            promise(session, Work.PUSH, "t")
            raise RuntimeError
    assert world.rung == []
    assert await world.count("jobs") == 0
    job_id = await promised(world)
    assert [bell.job_id for bell in world.rung] == [job_id]


async def test_a_promise_for_later_is_not_rung_and_cannot_be_claimed_yet(world: World):
    job_id = await promised(world, Work.DISPATCH, "n", delay=60)
    assert world.rung == []
    assert await claim(world, job_id) is None


async def test_one_of_many_workers_gets_the_job(world: World):
    job_id = await promised(world)
    claims = await asyncio.gather(*(claim(world, job_id) for _ in range(30)))
    assert sum(one is not None for one in claims) == 1
    assert (await state(world, job_id))["attempts"] == 1


async def test_two_jobs_of_one_key_never_run_at_once(world: World):
    ids = [await promised(world, Work.DISPATCH, "same") for _ in range(10)]
    claims = [one for one in await asyncio.gather(*(claim(world, i) for i in ids)) if one]
    assert len(claims) == 1
    world.rung.clear()
    async with world.db.transaction() as session:
        await jobs.finish(session, claims[0])
    assert len(world.rung) == 1, "finishing rings the next of the key"
    assert await claim(world, world.rung[0].job_id) is not None


async def test_what_one_transaction_promises_is_written_together_when_it_ends(world: World):
    async with world.db.transaction() as session:
        promise(session, Work.CARD, "t", delay=60)
        promise(session, Work.PUSH, "t")
        promise(session, Work.CARD, "t", delay=0)
        promise(session, Work.DISPATCH, "b")
        promise(session, Work.DISPATCH, "a")
        promise(session, Work.DISPATCH, "a")
        assert await world.count("jobs") == 0
    rows = await world.rows("SELECT key, run_at <= now() AS is_due FROM jobs ORDER BY id")
    assert [row["key"] for row in rows] == [
        "card:t", "notification:a", "notification:a", "notification:b", "notion:t"
    ], "in the order of their keys, and a drawing once"  # fmt: skip
    assert all(row["is_due"] for row in rows), "the sooner one holds"
    assert len(world.rung) == 5


async def test_fifty_promises_to_draw_make_one_pending_row(world: World):
    await asyncio.gather(*(promised(world, Work.CARD, "t") for _ in range(50)))
    assert await world.count("jobs") == 1


async def test_a_change_during_a_drawing_promises_another_one(world: World):
    first = await promised(world, Work.CARD, "t")
    held = await claim(world, first)
    second = await promised(world, Work.CARD, "t")
    assert second != first
    assert await claim(world, second) is None, "the key is taken"
    async with world.db.transaction() as session:
        await jobs.finish(session, held)
    assert await claim(world, second) is not None


async def test_a_promise_made_while_the_pending_row_is_being_claimed_is_not_swallowed(world: World):
    first = await promised(world, Work.CARD, "t")
    async with world.db.transaction() as session:
        held = await jobs.claim(session, first, kinds=list(KINDS), lease_seconds=30)
        waiting = asyncio.create_task(promised(world, Work.CARD, "t"))
        await asyncio.sleep(0.1)
        assert not waiting.done(), "it waits for the claim to commit"
    second = await waiting
    assert held is not None
    assert second != first


async def test_a_failed_drawing_gives_way_to_the_one_promised_meanwhile(world: World):
    first = await promised(world, Work.CARD, "t")
    held = await claim(world, first)
    second = await promised(world, Work.CARD, "t")
    async with world.db.transaction() as session:
        await jobs.put_back(session, held, delay=60)
    assert (await state(world, first))["status"] == "done"
    left = await state(world, second)
    assert (left["status"], left["attempts"]) == ("pending", 1)
    assert await claim(world, second) is None, "it waits as long as the failed one would have"


async def test_a_worker_that_lost_its_lease_can_commit_nothing(world: World):
    job_id = await promised(world)
    frozen = await claim(world, job_id, lease_seconds=0)
    assert await claim(world, job_id) is not None
    for write in (jobs.finish, jobs.put_back, jobs.bury):
        facts = {jobs.put_back: {"delay": 0}, jobs.bury: {"error_class": "E", "error": "e"}}.get(write, {})
        with pytest.raises(Fenced):
            async with world.db.transaction() as session:
                await session.execute(text("INSERT INTO schedules (name) VALUES ('effect')"))
                await write(session, frozen, **facts)
    with pytest.raises(Fenced):
        async with world.db.transaction() as session:
            await jobs.hold(session, frozen, lease_seconds=30)
    assert await world.count("schedules") == 0


async def test_holding_renews_the_lease(world: World):
    job_id = await promised(world)
    held = await claim(world, job_id, lease_seconds=1)
    async with world.db.transaction() as session:
        await jobs.hold(session, held, lease_seconds=600)
    row = (await world.rows("SELECT lease_until > now() + interval '500 s' AS held FROM jobs"))[0]
    assert row["held"]


async def test_handing_back_gives_the_attempt_back_but_not_the_claim(world: World):
    job_id = await promised(world)
    held = await claim(world, job_id)
    async with world.db.transaction() as session:
        await jobs.put_back(session, held, delay=0, attempt_counts=False)
    row = await state(world, job_id)
    assert (row["status"], row["attempts"], row["claims"]) == ("pending", 0, 1)


async def test_burying_keeps_what_is_needed_to_run_it_again(world: World):
    job_id = await promised(world, Work.PUSH, "ticket")
    held = await claim(world, job_id)
    async with world.db.transaction() as session:
        await jobs.bury(session, held, error_class="Refused", error="No.", backtrace=["a.py:1 f"])
    letter = (await world.rows("SELECT * FROM dead_letter_jobs"))[0]
    assert (letter["job_class"], letter["job_args"], letter["attempts"]) == (
        "push_to_notion",
        {"subject": "ticket"},
        1,
    )
    assert (await state(world, job_id))["status"] == "dead"


async def test_the_sweep_sees_what_is_due_and_what_was_abandoned(world: World):
    abandoned = await promised(world, Work.DISPATCH, "a")
    await claim(world, abandoned, lease_seconds=0)
    pending = await promised(world, Work.DISPATCH, "b")
    await promised(world, Work.DISPATCH, "c", delay=60)
    blocked = await promised(world, Work.DISPATCH, "d")
    running = await promised(world, Work.DISPATCH, "d")
    await claim(world, running)
    async with world.db.transaction() as session:
        due = {bell.job_id for bell in await jobs.due(session, kinds=list(KINDS), grace=0)}
    assert due == {abandoned, pending}
    assert blocked not in due


async def test_one_caller_of_the_fleet_has_the_turn(world: World):
    async def ask(**every: float) -> frozenset[str]:
        async with world.db.transaction() as session:
            return await jobs.take_turns(session, every)

    taken = await asyncio.gather(*(ask(sweep=60, counts=60) for _ in range(10)))
    assert Counter(name for names in taken for name in names) == {"sweep": 1, "counts": 1}
    await world.rows("UPDATE schedules SET ran_at = now() - interval '61 seconds' WHERE name = 'counts'")
    assert await ask(sweep=60, counts=60) == {"counts"}


@pytest.mark.parametrize("seed", range(6))
async def test_every_effect_happens_exactly_once_whatever_becomes_of_the_workers(database_url: str, seed: int):
    """Workers crash, freeze past their lease, hand back and fail at random; each job's effect commits once."""
    chance = random.Random(seed)
    db = Database(database_url, pool=10)
    world = World(db)
    await world.rows("CREATE TABLE effects (job_id bigint)")
    for number in range(40):
        kind = chance.choice([Work.CARD, Work.DISPATCH, Work.PUSH])
        await promised(world, kind, f"{chance.randrange(15)}", delay=0)
        if chance.random() < 0.1:
            await promised(world, Work.DISPATCH, f"own {number}")

    async def live() -> None:
        while await _unfinished(world):
            async with db.transaction() as session:
                due = await jobs.due(session, kinds=list(KINDS), grace=0)
            if not due:
                await asyncio.sleep(0.02)
                continue
            held = await claim(world, chance.choice(due).job_id, lease_seconds=0.15)
            if held is not None:
                await _do(db, held, chance.random())

    async with asyncio.timeout(60):
        await asyncio.gather(*(live() for _ in range(6)))
    done = await world.rows("SELECT id FROM jobs WHERE status = 'done' AND error IS DISTINCT FROM 'superseded'")
    effects = [row["job_id"] for row in await world.rows("SELECT job_id FROM effects")]
    dead = await world.rows("SELECT id FROM jobs WHERE status = 'dead'")
    await db.close()
    assert sorted(effects) == sorted(row["id"] for row in done)
    assert dead == []


async def _unfinished(world: World) -> int:
    rows = await world.rows("SELECT count(*) AS n FROM jobs WHERE status IN ('pending', 'running')")
    return int(rows[0]["n"])


async def _do(db: Database, held: Held, fate: float) -> None:
    if fate < 0.15:
        return  # killed: the lease runs out
    if fate < 0.3:
        await asyncio.sleep(0.25)  # frozen past the lease, comes back
    try:
        async with db.transaction() as session:
            await jobs.hold(session, held, lease_seconds=0.15)
            if fate < 0.4:
                await jobs.put_back(session, held, delay=0.01)
                return
            await session.execute(text("INSERT INTO effects VALUES (:id)"), {"id": held.id})
            await jobs.finish(session, held)
    except Fenced:
        pass
