"""What agents change, and what is said of it."""

import asyncio
from datetime import timedelta

import pytest

from hub import agents, ticketing
from hub.errors import Conflict, Invalid, NotAnAgent
from storage import agents as agent_rows
from storage import homes
from storage.enums import Priority, TicketStatus, TicketType
from tests.build import ANA, World


async def change(world: World, ticket_id, **facts):
    agent = await world.agent()
    async with world.db.transaction() as session:
        return await ticketing.change(session, ticket_id, by=agent, **facts)


async def test_taking_assigns_and_begins(world: World):
    ticket = await world.ticket()
    agent = await world.agent()
    for _ in range(2):
        async with world.db.transaction() as session:
            taken = await ticketing.take(session, ticket.id, by=agent)
    assert (taken.assignee_id, taken.status) == (ANA, "in_progress")
    assert await world.events(ticket.id) == ["created", "assigned", "status_changed"]


async def test_a_ticket_a_colleague_has_is_not_taken_from_them(world: World):
    ticket = await world.ticket()
    ana, ben = await world.agent(), await world.agent("T1:UBEN")
    async with world.db.transaction() as session:
        await ticketing.take(session, ticket.id, by=ana)
    with pytest.raises(Conflict, match="Ana has taken"):
        async with world.db.transaction() as session:
            await ticketing.take(session, ticket.id, by=ben)
    assert (await world.events(ticket.id)).count("assigned") == 1


async def test_reopening_is_allowed_and_recorded(world: World):
    ticket = await world.ticket(status=TicketStatus.RESOLVED)
    agent = await world.agent()
    async with world.db.transaction() as session:
        again = await ticketing.set_status(session, ticket.id, TicketStatus.OPEN, by=agent)
        assert again.resolved_at is None
    assert await world.events(ticket.id) == ["created", "status_changed", "status_changed"]


async def test_the_state_it_is_in_already_changes_nothing(world: World):
    ticket = await world.ticket()
    agent = await world.agent()
    async with world.db.transaction() as session:
        await ticketing.set_status(session, ticket.id, TicketStatus.OPEN, by=agent)
    assert await world.events(ticket.id) == ["created"]


async def test_changes_are_recorded_by_field_and_never_by_value(world: World):
    ticket = await world.ticket()
    await change(
        world,
        ticket.id,
        title="A better title",
        ticket_type=TicketType.INCIDENT,
        priority=Priority.CRITICAL,
        tags=["b", " a ", "", "b"],
        status=TicketStatus.IN_PROGRESS,
    )
    rows = await world.rows("SELECT event_type, data FROM ticket_events ORDER BY position")
    assert rows[1]["data"] == {"fields": ["title", "ticket_type", "priority", "tags"]}
    assert rows[2]["data"] == {"was": "open", "now": "in_progress"}
    assert (await world.rows("SELECT tags FROM tickets"))[0]["tags"] == ["a", "b"]


async def test_a_change_is_pushed_only_when_there_is_a_page(world: World):
    ticket = await world.ticket()
    await change(world, ticket.id, priority=Priority.CRITICAL)
    await world.rows("UPDATE tickets SET notion_page_id = 'p'")
    await change(world, ticket.id, priority=Priority.MINIMAL)
    await change(world, ticket.id, status=TicketStatus.RESOLVED)
    assert [row["kind"] for row in await world.rows("SELECT kind FROM jobs")].count("push_to_notion") == 1


async def test_a_version_that_moved_on_is_refused_only_when_given(world: World):
    ticket = await world.ticket()
    changed = await change(world, ticket.id, version=ticket.version, priority=Priority.CRITICAL)
    with pytest.raises(Conflict, match="has changed since"):
        await change(world, ticket.id, version=ticket.version, priority=Priority.LOW)
    await change(world, ticket.id, priority=Priority.LOW)
    assert changed.version == ticket.version + 1


async def test_an_empty_title_is_refused(world: World):
    ticket = await world.ticket()
    with pytest.raises(Invalid):
        await change(world, ticket.id, title="  ")


async def test_changes_made_at_once_all_count(world: World):
    ticket = await world.ticket()
    await asyncio.gather(*(change(world, ticket.id, tags=[str(n)]) for n in range(10)))
    assert (await world.events(ticket.id)).count("fields_changed") == 10


async def test_only_agents_are_let_in(world: World):
    await world.agent()
    for stranger in ("T1:UNOBODY", "", "T2:UANA"):
        with pytest.raises(NotAnAgent):
            async with world.db.transaction() as session:
                await agents.require(session, stranger)


async def test_nobody_is_let_in_while_slack_cannot_be_asked_who_the_agents_are(world: World):
    await world.agent()
    async with world.db.transaction() as session:
        await homes.opened(session, ANA)
    await world.rows("UPDATE agents SET seen_at = seen_at - interval '14 minutes'")
    assert await let_in(world) == [ANA]
    await world.rows("UPDATE agents SET seen_at = seen_at - interval '2 minutes'")
    with pytest.raises(NotAnAgent, match="last read from Slack"):
        await let_in(world)
    async with world.db.transaction() as session:
        assert not await homes.watched(session, within=timedelta(hours=1)), "their Home is not drawn either"
        await agent_rows.replace(session, {ANA: ("Ana", None)})
    assert await let_in(world) == [ANA]


async def let_in(world: World) -> list[str]:
    """Whose Home is drawn; raises where Ana's click would be refused."""
    async with world.db.transaction() as session:
        await agents.require(session, ANA)
        return [home.account_id for home in await homes.watched(session, within=timedelta(hours=1))]


async def test_somebody_who_left_is_no_agent_but_keeps_a_name(world: World):
    await world.agent()
    async with world.db.transaction() as session:
        await agent_rows.replace(session, {"T1:UBEN": ("Ben", None)})
    with pytest.raises(NotAnAgent):
        async with world.db.transaction() as session:
            await agents.require(session, ANA)
    async with world.db.transaction() as session:
        assert await agent_rows.names(session, [ANA, None]) == {ANA: "Ana"}
        assert await agent_rows.names(session, [None]) == {}
