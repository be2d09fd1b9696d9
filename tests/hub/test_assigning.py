"""Giving a ticket to somebody."""

import asyncio
from itertools import pairwise

import pytest

from hub import ticketing
from hub.errors import Invalid, NotFound
from hub.timeline import Actor
from storage import agents as agent_rows
from tests.build import ANA, World

BEN = "T1:UBEN"
PEOPLE = {ANA: ("Ana", None), BEN: ("Ben", None)}


async def assign(world: World, ticket_id, assignee):
    agent = await world.agent()
    async with world.db.transaction() as session:
        await agent_rows.replace(session, PEOPLE)
    async with world.db.transaction() as session:
        return await ticketing.assign(session, ticket_id, assignee, by=agent)


async def facts(world: World) -> list:
    rows = await world.rows("SELECT data FROM ticket_events WHERE event_type = 'assigned' ORDER BY position")
    return [row["data"]["to"] for row in rows]


async def test_a_ticket_is_given_to_a_colleague_and_given_back(world: World):
    ticket = await world.ticket()
    assert (await assign(world, ticket.id, BEN)).assignee_id == BEN
    assert (await assign(world, ticket.id, ANA)).assignee_id == ANA
    assert (await assign(world, ticket.id, None)).assignee_id is None
    assert await facts(world) == [BEN, ANA, None]
    drawn = await world.rows("SELECT 1 FROM jobs WHERE kind = 'draw_card'")
    assert len(drawn) == 1


async def test_giving_it_to_who_has_it_changes_nothing(world: World):
    ticket = await world.ticket()
    for _ in range(2):
        given = await assign(world, ticket.id, BEN)
    assert given.version == ticket.version + 1
    assert await facts(world) == [BEN]


@pytest.mark.parametrize("nobody", ["T1:UGONE", "T1:UCARL"])
async def test_only_agents_of_today_are_given_tickets(world: World, nobody: str):
    ticket = await world.ticket()
    await world.agent("T1:UGONE")
    with pytest.raises(Invalid, match="not an agent"):
        await assign(world, ticket.id, nobody)
    assert await facts(world) == []


async def test_a_ticket_that_does_not_exist_is_given_to_nobody(world: World):
    with pytest.raises(NotFound):
        await assign(world, "11111111-1111-4111-8111-111111111111", BEN)


async def test_two_agents_assign_at_once_and_the_last_word_holds(world: World):
    ticket = await world.ticket()
    ana, ben = await world.agent(ANA), await world.agent(BEN)
    async with world.db.transaction() as session:
        await agent_rows.replace(session, PEOPLE)

    async def give(to: str, by: Actor) -> None:
        async with world.db.transaction() as session:
            await ticketing.assign(session, ticket.id, to, by=by)

    await asyncio.gather(*(give(to, by) for to, by in [(ANA, ben), (BEN, ana)] * 4))
    told = await facts(world)
    (row,) = await world.rows("SELECT assignee_id, version FROM tickets")
    assert row["assignee_id"] == told[-1]
    assert row["version"] == ticket.version + len(told)
    assert all(before != after for before, after in pairwise(told))
