"""Notion owns the status once the page exists; the hub believes what differs from what it last saw."""

from datetime import timedelta

from hub import tracking
from hub.tracking import Seen
from tests.build import NOON, World

MEANS = {"Done": "resolved", "In Progress": "in_progress", "Open": "open"}


async def pushed(world: World, status: str | None = "Open"):
    ticket = await world.ticket()
    async with world.db.transaction() as session:
        await tracking.pushed(session, ticket.id, page_id="page", url="https://notion/page", status=status)
    return ticket


async def saw(world: World, status: str | None, *, trashed: bool = False, page_id: str = "page") -> None:
    seen = Seen(page_id=page_id, status=status, trashed=trashed)
    async with world.db.transaction() as session:
        await tracking.saw(session, seen, means=MEANS)


async def look(world: World) -> dict:
    return (await world.rows("SELECT * FROM tickets"))[0]


async def test_done_resolves_once(world: World):
    ticket = await pushed(world)
    await saw(world, "Done")
    await saw(world, "Done")
    assert (await look(world))["status"] == "resolved"
    assert (await world.events(ticket.id)).count("status_changed") == 1
    event = (await world.rows("SELECT * FROM ticket_events WHERE event_type = 'status_changed'"))[0]
    assert event["actor_type"] == "notion_sync"


async def test_what_an_agent_changed_since_stands_until_notion_changes(world: World):
    await pushed(world)
    await saw(world, "Done")
    await world.rows("UPDATE tickets SET status = 'open', resolved_at = NULL")
    await saw(world, "Done")
    assert (await look(world))["status"] == "open"
    await saw(world, "In Progress")
    assert (await look(world))["status"] == "in_progress"


async def test_a_word_that_means_nothing_to_us_is_remembered_and_changes_nothing(world: World):
    await pushed(world)
    await saw(world, "Waiting for parts")
    row = await look(world)
    assert (row["status"], row["notion_status"]) == ("open", "Waiting for parts")
    await saw(world, None)
    assert (await look(world))["notion_status"] == "Waiting for parts"


async def test_a_page_in_the_trash_is_reported_not_followed(world: World):
    ticket = await pushed(world)
    await saw(world, "Open", trashed=True)
    await saw(world, "Open", trashed=True)
    assert (await look(world))["notion_trashed"]
    assert (await world.events(ticket.id)).count("notion_page_trashed") == 1
    await saw(world, "Open", trashed=False)
    assert not (await look(world))["notion_trashed"]


async def test_pages_of_nobody_are_ignored(world: World):
    await pushed(world)
    await saw(world, "Done", page_id="foreign")
    assert (await look(world))["status"] == "open"


async def test_what_is_pushed_is_the_ticket_as_it_is(world: World):
    ticket = await world.ticket(text="The list is empty")
    async with world.db.transaction() as session:
        wanted = await tracking.to_push(session, ticket.id)
        assert (wanted.title, wanted.page_id, wanted.status) == (f"#{ticket.number} The list is empty", None, "open")
        from uuid import UUID

        assert await tracking.to_push(session, UUID(int=3)) is None
        await tracking.push_failed(session, ticket.id, "Notion is away.")
    assert (await look(world))["notion_error"] == "Notion is away."
    async with world.db.transaction() as session:
        await tracking.pushed(session, ticket.id, page_id="page", url=None, status=None)
    assert (await look(world))["notion_error"] is None


async def test_the_cursor_never_goes_back(world: World):
    for moment in (NOON, NOON - timedelta(hours=1), NOON + timedelta(hours=1)):
        async with world.db.transaction() as session:
            await tracking.remember(session, "source", until=moment, now=NOON)
    async with world.db.transaction() as session:
        assert await tracking.read_until(session, "source") == NOON + timedelta(hours=1)
        assert await tracking.read_until(session, "other") is None
