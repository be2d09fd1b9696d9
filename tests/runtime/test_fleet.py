"""What a worker tells of all processes together."""

from datetime import UTC, datetime

from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from hub.work import KINDS, Work, promise
from runtime import fleet
from runtime.wiring import Runtime
from storage.database import Database
from storage.models import DeadLetterJob, Notification, NotionCursor
from tests.build import World
from tests.runtime.conftest import Ask
from tests.runtime.test_health import NOBODY


async def figures(ask: Ask) -> dict[str, float]:
    """By name and kind, as a scrape finds them."""
    status, page = await ask("/metrics")
    assert status == 200
    samples = [sample for family in text_string_to_metric_families(page) for sample in family.samples]
    return {" ".join([sample.name, *sample.labels.values()]): sample.value for sample in samples}


async def test_waiting_work_is_counted_by_kind_and_its_age_told(world: World, ask: Ask):
    async with world.db.transaction() as session:
        promise(session, Work.PUSH, "a")
        promise(session, Work.PUSH, "b", delay=600)
    await world.rows("UPDATE jobs SET run_at = now() - interval '90 s' WHERE key = 'notion:a'")
    found = await figures(ask)
    assert (found["hub_jobs_pending push_to_notion"], found["hub_jobs_pending dispatch"]) == (2, 0)
    assert 90 <= found["hub_jobs_oldest_pending_seconds"] < 120
    assert found["hub_database_up"] == 1
    assert {f"hub_jobs_pending {kind}" for kind in KINDS} <= set(found)


async def test_dead_letters_are_counted_until_somebody_has_dealt_with_them(world: World, ask: Ask):
    letter = {"job_key": "k", "job_args": {}, "error_class": "Refused", "error_message": "No."}
    async with world.db.transaction() as session:
        session.add(DeadLetterJob(job_class="dispatch", **letter))
        session.add(DeadLetterJob(job_class="dispatch", status="resolved", **letter))
    assert (await figures(ask))["hub_dead_letters dispatch"] == 1


async def test_a_message_that_may_have_arrived_is_counted(world: World, ask: Ask):
    ticket = await world.ticket()
    letter = {
        "ticket_id": ticket.id,
        "channel": "slack",
        "recipient": "T1:U1",
        "content": "Done.",
        "status": "sending",
    }
    async with world.db.transaction() as session:
        session.add(Notification(unsure_since=datetime.now(UTC), **letter))
        session.add(Notification(**letter))
    assert (await figures(ask))["hub_sends_unknown"] == 1


async def test_when_notion_was_read_last_is_told_once_it_was(world: World, ask: Ask):
    name, now = "hub_notion_last_success_timestamp_seconds", datetime.now(UTC)
    assert name not in await figures(ask)
    async with world.db.transaction() as session:
        session.add(NotionCursor(data_source_id="d", read_until=now, succeeded_at=now))
    assert (await figures(ask))[name] == now.timestamp()


async def test_without_a_database_only_that_is_told():
    db = Database(NOBODY)
    (told,) = await fleet.families(db)
    assert (told.name, told.samples[0].value) == ("hub_database_up", 0)
    await db.close()


async def test_connections_in_use_are_counted(runtime: Runtime, ask: Ask):
    async with runtime.db.transaction() as session, runtime.db.express():
        await session.execute(text("SELECT 1"))
        found = await figures(ask)
    assert (found["hub_database_pool_in_use orm"], found["hub_database_pool_in_use express"]) == (1, 1)
    assert (await figures(ask))["hub_database_pool_in_use express"] == 0
