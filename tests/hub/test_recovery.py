"""Dead letters are dealt with once; deliveries are read again without bringing anything twice."""

from uuid import UUID

import pytest

from hub import ingestion, recovery
from hub.channel import Unreadable
from hub.errors import Conflict, NotFound
from hub.work import Work, promise
from storage import jobs
from tests.build import Toy, World, report


async def buried(world: World, kind=Work.PUSH) -> UUID:
    async with world.db.transaction() as session:
        await promise(session, kind, "subject")
        held = await jobs.claim(session, 1, lease_seconds=9)
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
        assert await recovery.replay_unreadable(session) == 1
        await recovery.replay(session, delivery)
    assert [row["kind"] for row in await world.rows("SELECT kind FROM jobs")] == ["read_delivery"] * 2


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
