"""Dead letters are dealt with once; deliveries are read again without bringing anything twice."""

from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import text

from hub import ingestion, recovery
from hub.channel import Unreadable
from hub.errors import Conflict, Invalid, NotFound
from hub.work import KINDS, Work, promise
from storage import jobs
from tests.build import Toy, World, report


async def buried(world: World, kind=Work.PUSH) -> UUID:
    async with world.db.transaction() as session:
        promise(session, kind, "subject")
    async with world.db.transaction() as session:
        held = await jobs.claim(session, 1, kinds=list(KINDS), lease_seconds=9)
        await jobs.bury(session, held, error_class="Refused", error="No.")
    return (await world.rows("SELECT id FROM dead_letter_jobs"))[0]["id"]


async def test_running_again_promises_the_same_work_anew(world: World):
    letter = await buried(world)
    async with world.db.transaction() as session:
        await recovery.run_again(session, letter, by="ana")
    pending = await world.rows("SELECT * FROM jobs WHERE status = 'pending'")
    assert [(row["kind"], row["key"], row["attempts"]) for row in pending] == [
        ("push_to_notion", "notion:subject", 0)
    ]
    async with world.db.transaction() as session:
        assert list(await recovery.unresolved(session)) == []


@pytest.mark.parametrize("again", ["run", "resolve"])
async def test_a_letter_is_dealt_with_once(world: World, again: str):
    letter = await buried(world)
    async with world.db.transaction() as session:
        await recovery.resolve(session, letter, by="ana", resolution="known")
    with pytest.raises(Conflict):
        async with world.db.transaction() as session:
            if again == "run":
                await recovery.run_again(session, letter, by="ben")
            else:
                await recovery.resolve(session, letter, by="ben", resolution="again")


async def test_work_this_version_does_not_know_is_not_run(world: World):
    letter = await buried(world)
    await world.rows("UPDATE dead_letter_jobs SET job_class = 'gone'")
    with pytest.raises(Conflict, match="no work called gone"):
        async with world.db.transaction() as session:
            await recovery.run_again(session, letter, by="ana")


async def test_what_does_not_exist_is_not_found(world: World):
    for act in (recovery.replay, recovery.run_again):
        with pytest.raises(NotFound):
            async with world.db.transaction() as session:
                await act(session, UUID(int=1), **({"by": "x"} if act is recovery.run_again else {}))


async def unreadable(world: World) -> UUID:
    await world.receive(Unreadable(reason="what is this"))
    return (await world.rows("SELECT id FROM webhook_deliveries"))[0]["id"]


async def test_unreadable_deliveries_are_promised_to_be_read_again(world: World):
    delivery = await unreadable(world)
    async with world.db.transaction() as session:
        assert await recovery.replay_range(session, None, None, status="unreadable") == (1, False)
        await recovery.replay(session, delivery)
    assert [row["kind"] for row in await world.rows("SELECT kind FROM jobs")] == ["read_delivery"] * 2


async def test_what_was_received_in_a_time_is_read_again_the_oldest_first(world: World, monkeypatch):
    for _ in range(4):
        await unreadable(world)
    rows = await world.rows("SELECT id, received_at FROM webhook_deliveries ORDER BY received_at")
    first, second, third, last = rows

    async def replayed(*span: datetime | None, **facts: str) -> tuple[set[str], bool]:
        await world.rows("DELETE FROM jobs")
        async with world.db.transaction() as session:
            number, has_more = await recovery.replay_range(session, *span, **facts)
        keys = {row["key"] for row in await world.rows("SELECT key FROM jobs")}
        assert len(keys) == number
        return keys, has_more

    middle = {f"delivery:{second['id']}", f"delivery:{third['id']}"}
    assert await replayed(second["received_at"], last["received_at"]) == (middle, False)
    assert await replayed(last["received_at"], None) == ({f"delivery:{last['id']}"}, False)
    assert await replayed(None, second["received_at"], platform="toy") == ({f"delivery:{first['id']}"}, False)
    assert await replayed(None, second["received_at"], platform="slack") == (set(), False)
    assert (await replayed(None, None, status="unreadable"))[1] is False
    monkeypatch.setattr(recovery, "MOST", 2)
    assert await replayed(second["received_at"], None) == (middle, True)
    with pytest.raises(Invalid, match="from when on"):
        await replayed(None, None)


async def test_many_are_run_again_each_by_itself_and_paced(world: World):
    letters = [await buried(world)]
    await world.rows("UPDATE dead_letter_jobs SET job_key = 'notion:first'")
    await world.rows("DELETE FROM jobs")
    async with world.db.transaction() as session:
        promise(session, Work.CARD, "other")
    async with world.db.transaction() as session:
        (job,) = (await session.execute(text("SELECT id FROM jobs"))).one()
        held = await jobs.claim(session, job, kinds=list(KINDS), lease_seconds=9)
        await jobs.bury(session, held, error_class="Refused", error="No.")
    letters += [
        row["id"] for row in await world.rows("SELECT id FROM dead_letter_jobs WHERE job_class = 'draw_card'")
    ]
    unknown = UUID(int=5)
    started, refusals = await recovery.run_each_again(world.db, [letters[0], unknown, letters[1]], by="ana")
    assert (started, [letter for letter, _ in refusals]) == (2, [unknown])
    rows = await world.rows("SELECT run_at - created_at AS delay FROM jobs WHERE status = 'pending' ORDER BY run_at")
    assert [round(row["delay"].total_seconds()) for row in rows] == [0, round(recovery.PACE_SECONDS)]


async def test_a_delivery_read_after_all_settles_its_letter(world: World):
    delivery = await unreadable(world)
    async with world.db.transaction() as session:
        await recovery.was_read(session, delivery, error=None)
    (row,) = await world.rows("SELECT status, resolution FROM dead_letter_jobs")
    assert (row["status"], row["resolution"]) == ("resolved", "read after all")
    assert (await world.rows("SELECT status FROM webhook_deliveries"))[0]["status"] == "read"


async def test_a_delivery_that_stays_unreadable_always_has_a_letter(world: World):
    delivery = await unreadable(world)
    letter = (await world.rows("SELECT id FROM dead_letter_jobs"))[0]["id"]
    async with world.db.transaction() as session:
        await recovery.was_read(session, delivery, error="still")
        await recovery.resolve(session, letter, by="ana", resolution="known")
        await recovery.was_read(session, delivery, error="still")
    async with world.db.transaction() as session:
        assert [row.error_message for row in await recovery.unresolved(session)] == ["still"]


async def test_reading_again_brings_nothing_twice(world: World):
    one = report(external_id="m1")
    await world.receive(one)
    taken = await ingestion.take_again(world.db, Toy([one, report(external_id="m2")]), {})
    assert len(taken.numbers) == 1
    assert await world.count("webhook_deliveries") == 1


async def test_a_reader_that_breaks_costs_nothing(world: World):
    class Broken(Toy):
        def read(self, payload):
            raise KeyError("entry")

    from storage.arrivals import Delivery

    taken = await ingestion.receive(world.db, Broken(), Delivery("toy", "application/json", b"{}"), {})
    assert taken.unreadable == ("reading failed: KeyError",)
    assert await world.count("dead_letter_jobs") == 1
