"""What is old goes by itself, each kind after its own time; what nobody has dealt with does not."""

from types import SimpleNamespace

import pytest

from hub.work import Work, promise
from jobs import upkeep
from jobs.job import work
from storage import ai_calls, dead_letters
from storage.models import DeadLetterJob
from tests.build import World, report

KEPT = SimpleNamespace(
    lease_seconds=20,
    openai_embedding_model="m",
    retention_deliveries_days=10,
    retention_ai_calls_days=40,
    retention_dead_letters_days=20,
)


async def run(world: World) -> None:
    async with world.db.transaction() as session:
        promise(session, Work.UPKEEP, "all")
    job_id = (await world.rows("SELECT max(id) AS id FROM jobs"))[0]["id"]
    await work(SimpleNamespace(db=world.db, settings=KEPT), job_id)
    assert (await world.rows("SELECT status FROM jobs WHERE id = $1", job_id))[0]["status"] == "done"


async def letter(world: World, name: str, *, failed: int, resolved: int | None = None) -> None:
    """Days ago."""
    async with world.db.transaction() as session:
        session.add(
            DeadLetterJob(
                job_class=name,
                job_key=f"card:{name}",
                job_args={"subject": name},
                error_class="Refused",
                error_message="No.",
                status="unresolved" if resolved is None else "resolved",
            )
        )
    await world.rows(
        "UPDATE dead_letter_jobs SET failed_at = now() - make_interval(days => $2),"
        " resolved_at = now() - make_interval(days => $3) WHERE job_class = $1",
        name,
        failed,
        resolved,
    )


async def left(world: World) -> list[str]:
    return [row["job_class"] for row in await world.rows("SELECT job_class FROM dead_letter_jobs ORDER BY job_class")]


async def test_each_kind_of_record_goes_after_its_own_time(world: World):
    for age in (2, 9):  # the first is moved twice
        await world.receive(report())
        await world.rows(f"UPDATE webhook_deliveries SET received_at = received_at - interval '{age} days'")
    async with world.db.transaction() as session:
        for _ in range(2):
            ai_calls.add(
                session, ticket_id=None, purpose="triage", model="m", prompt="p", rules=2, redactions={}, outcome="ok"
            )
    await world.rows(
        "UPDATE ai_calls SET created_at = now() - interval '41 days' WHERE ctid = (SELECT min(ctid) FROM ai_calls)"
    )
    await letter(world, "old", failed=30, resolved=21)
    await letter(world, "new", failed=30, resolved=19)
    await run(world)
    assert (await world.count("webhook_deliveries"), await world.count("ai_calls")) == (1, 1)
    assert await left(world) == ["new"]
    assert await world.count("tickets") == 2


async def test_a_letter_nobody_has_dealt_with_stays_however_old(world: World):
    await letter(world, "open", failed=2_000)
    await letter(world, "settled", failed=2_000, resolved=1_999)
    await run(world)
    assert await left(world) == ["open"]


async def test_there_may_be_more_than_go_at_once(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(upkeep, "BATCH", 2)
    for number in range(5):
        await letter(world, f"l{number}", failed=30 + number, resolved=30)
    async with world.db.transaction() as session:
        assert await dead_letters.drop_old(session, days=20, limit=2) == 2
    assert await left(world) == ["l0", "l1", "l2"], "the oldest first"
    await run(world)
    assert await left(world) == []
