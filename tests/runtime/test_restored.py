"""A database from a backup is taken up: nothing that may have been sent is sent again, no number is given twice."""

import os
import subprocess

from hub import notifying
from storage.models import Card, Home, Notification, Ticket
from tests.build import World, later, report
from tests.conftest import opened
from tests.stories.processes import finished


def run(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    ours = {"DATABASE_URL": url, "REDIS_URL": "redis://unused"}
    return finished(["runtime.restored", *arguments], env=os.environ | ours)


async def test_what_was_to_be_sent_is_looked_up_and_numbers_are_left_out(database_url: str):
    async with opened(database_url) as world:
        ticket = await world.ticket()
        facts = {"ticket_id": ticket.id, "channel": "toy", "recipient": "shop:rita", "content": "It is fixed."}
        async with world.db.transaction() as session:
            for status in ("pending", "failed", "sending", "sent", "permanently_failed"):
                session.add(Notification(**facts, status=status))
    done = run(database_url, "--numbers", "50")
    assert done.returncode == 0, done.stderr
    assert "looked up first: 2." in done.stdout
    async with opened(database_url) as world:
        found = await world.rows("SELECT status FROM notifications ORDER BY status")
        following = await world.ticket()
    assert [row["status"] for row in found] == ["permanently_failed", "sending", "sending", "sending", "sent"]
    assert following.number > ticket.number + 50
    assert f"The next ticket is #{following.number}." in done.stdout


async def test_cards_and_homes_are_drawn_again_whatever_they_look_like(database_url: str):
    async with opened(database_url) as world:
        ticket = await world.ticket()
        async with world.db.transaction() as session:
            session.add(Card(kind="ticket", subject_id=ticket.id, ticket_id=ticket.id, ts="1.1", drawn="so"))
            session.add(Home(account_id="T1:U1", drawn="so"))
    assert run(database_url).returncode == 0
    async with opened(database_url) as world:
        assert await world.rows("SELECT ts, drawn FROM cards") == [{"ts": "1.1", "drawn": None}]
        assert await world.rows("SELECT drawn FROM homes") == [{"drawn": None}]


async def test_it_is_refused_while_somebody_works(database_url: str):
    async with opened(database_url) as world:
        ticket = await world.ticket()
        done = run(database_url)
        assert (done.returncode, done.stdout) == (1, "")
        assert "Stop bot, intake and workers first" in done.stderr
        assert (await world.ticket()).number == ticket.number + 1


async def test_only_what_is_written_after_a_restore_is_acknowledged(world: World):
    for external_id, sent_at in (("before", later(-5)), ("after", later(5))):
        await world.receive(report(external_id=external_id, sent_at=sent_at))
    await world.rows("INSERT INTO schedules (name, ran_at) VALUES ('restored', $1)", later(0))
    tickets = await world.rows("SELECT ticket_id, external_id FROM ticket_sources")
    for row in tickets:
        async with world.db.transaction() as session:
            await notifying.acknowledge(session, await session.get_one(Ticket, row["ticket_id"]))
    answered = {row["ticket_id"] for row in await world.rows("SELECT ticket_id FROM notifications")}
    assert answered == {row["ticket_id"] for row in tickets if row["external_id"] == "after"}
