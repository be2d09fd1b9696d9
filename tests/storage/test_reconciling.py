"""What must never be is not there after everything a hub does, and found where somebody makes it."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from hub import changelog, triage
from hub.work import Work, key_of
from storage import reconciling
from storage.enums import TicketStatus
from tests.build import CHANNELS, NOON, World

TEXT = "**What happened:**\nIt broke.\n\n**How we fixed it:**\nMended.\n\n**Going forward:**\nAll well."
LATER = timedelta(minutes=20)


async def found(world: World) -> dict[str, int]:
    async with world.db.transaction() as session:
        return {name: number for name, number in (await reconciling.found(session)).items() if number}


async def everything(world: World) -> None:
    """One ticket triaged, approved and owed to its reporter, a draft for another; all of it some time ago."""
    ticket, other = [await world.ticket(status=TicketStatus.RESOLVED, account_id=f"shop:{n}") for n in range(2)]
    agent = await world.agent()
    async with world.db.transaction() as session:
        await triage.request(session, ticket.id, model="gpt-5.1", by=agent)
        await changelog.request(session, other.id, model="gpt-5.1", by=agent)
        entry = await changelog.write(session, ticket.id, TEXT, by=agent)
        await changelog.approve(session, entry.id, by=agent, channels=CHANNELS, now=NOON)
    await pass_time(world)


async def pass_time(world: World) -> None:
    """Everything there is happened some time ago."""
    columns = await world.rows(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND data_type = 'timestamp with time zone' AND table_name IN"
        " ('tickets', 'notifications', 'changelog_entries', 'jobs', 'dead_letter_jobs')"
    )
    async with world.db.transaction() as session:
        for table in {row["table_name"] for row in columns}:
            names = [row["column_name"] for row in columns if row["table_name"] == table]
            aged = ", ".join(f"{name} = {name} - make_interval(secs => :seconds)" for name in names)
            await session.execute(text(f"UPDATE {table} SET {aged}"), {"seconds": LATER.total_seconds()})


async def test_where_everything_is_promised_nothing_is_found(world: World):
    await everything(world)
    assert await found(world) == {}


@pytest.mark.parametrize(
    ("broken", "kind"),
    [
        ("DELETE FROM jobs WHERE key LIKE 'notification:%'", "message_nobody_sends"),
        ("UPDATE notifications SET changelog_entry_id = NULL", "approved_and_told_to_nobody"),
        ("DELETE FROM jobs WHERE kind = 'triage'", "triage_nobody_runs"),
        ("DELETE FROM jobs WHERE kind = 'draft_changelog'", "draft_nobody_writes"),
        (
            "UPDATE jobs SET status = 'dead', done_at = now() - interval '1 hour' WHERE id = 1",
            "death_without_a_letter",
        ),
        (
            "UPDATE jobs SET status = 'running', lease_until = now() - interval '1 hour' WHERE id = 1",
            "lease_nobody_took_over",
        ),
    ],
)
async def test_what_was_lost_is_found(world: World, broken: str, kind: str):
    await everything(world)
    await world.rows(broken)
    assert await found(world) == {kind: 1}


async def test_a_ticket_without_a_history_is_found(world: World):
    await world.rows(
        "INSERT INTO tickets (title, description, ticket_type, priority, original_channel, created_at)"
        " VALUES ('T', 'D', 'bug', 2, 'in_app', now() - interval '1 hour')"
    )
    assert await found(world) == {"ticket_without_a_history": 1}


async def test_what_is_given_up_or_asks_an_agent_is_not_lost(world: World):
    await everything(world)
    await world.rows("DELETE FROM jobs WHERE key LIKE 'notification:%'")
    await world.rows("UPDATE notifications SET asks_agent = true, status = 'sending'")
    assert await found(world) == {}


async def test_keys_are_those_of_the_work(world: World):
    for kind, prefix in ((Work.DISPATCH, "notification"), (Work.TRIAGE, "triage"), (Work.DRAFT, "draft")):
        assert key_of(kind, "x") == f"{prefix}:x"


async def test_no_table_has_to_be_read_whole(world: World):
    async with world.db.express() as express:
        await express.connection.execute("SET LOCAL enable_seqscan = off")
        plan = [row[0] for row in await express.connection.fetch(f"EXPLAIN {reconciling._COUNT.text}")]
    assert [line for line in plan if "Index" in line]
    assert not [line for line in plan if "Seq Scan" in line]
