"""Tickets that are one problem: no ticket in two groups, no group of one, whoever acts at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub import grouping
from hub.errors import AlreadyGrouped, Conflict, HubError, Invalid, NotFound, TooFewTickets
from storage.models import Ticket, TicketGroup
from tests.build import World


async def reported(world: World, count: int) -> list[Ticket]:
    return [await world.ticket(text=f"Problem {number}") for number in range(count)]


def ids(tickets: Sequence[Ticket]) -> list[UUID]:
    return [ticket.id for ticket in tickets]


async def act(world: World, what: Callable[..., Awaitable[Any]], *given: Any, **facts: Any) -> Any:
    agent = await world.agent()
    async with world.db.transaction() as session:
        return await what(session, *given, by=agent, **facts)


async def create(world: World, tickets: Sequence[Ticket], **facts: Any) -> TicketGroup:
    return await act(world, grouping.create, **{"name": "Export", "ticket_ids": ids(tickets), **facts})


async def members(world: World) -> dict[UUID, set[int]]:
    """Ticket numbers by group."""
    found: dict[UUID, set[int]] = {}
    for row in await world.rows("SELECT ticket_group_id, number FROM tickets WHERE ticket_group_id IS NOT NULL"):
        found.setdefault(row["ticket_group_id"], set()).add(row["number"])
    return found


async def test_a_group_is_made_of_tickets_and_said_on_each(world: World):
    tickets = await reported(world, 3)
    group = await create(world, tickets[:2])
    assert await members(world) == {group.id: {1, 2}}
    assert group.primary_ticket_id == tickets[0].id
    for ticket in tickets[:2]:
        assert (await world.events(ticket.id))[-1] == "ticket_grouped"
    assert "ticket_grouped" not in await world.events(tickets[2].id)


async def test_what_cannot_be_a_group_is_refused(world: World):
    tickets = await reported(world, 4)
    for refusal, facts in (
        (TooFewTickets, {"ticket_ids": ids(tickets[:1])}),
        (TooFewTickets, {"ticket_ids": [tickets[0].id, tickets[0].id]}),
        (Invalid, {"primary_ticket_id": tickets[3].id}),
        (Invalid, {"name": "  "}),
        (Invalid, {"name": "x" * 121}),
        (Invalid, {"ticket_ids": [uuid4() for _ in range(101)]}),
        (NotFound, {"ticket_ids": [tickets[0].id, uuid4()]}),
    ):
        with pytest.raises(refusal):
            await create(world, tickets[:2], **facts)
    await create(world, tickets[:2])
    with pytest.raises(AlreadyGrouped, match="#2 is in another group"):
        await create(world, tickets[1:3])
    assert await world.count("ticket_groups") == 1


async def test_tickets_are_added_and_the_same_ones_once(world: World):
    tickets = await reported(world, 4)
    group = await create(world, tickets[:2])
    await act(world, grouping.add, group.id, ids(tickets[1:3]))
    assert await members(world) == {group.id: {1, 2, 3}}
    assert (await world.events(tickets[1].id)).count("ticket_grouped") == 1
    other = await create(world, await reported(world, 2))
    with pytest.raises(AlreadyGrouped):
        await act(world, grouping.add, group.id, [tickets[3].id, other.primary_ticket_id])
    with pytest.raises(NotFound):
        await act(world, grouping.add, uuid4(), [tickets[3].id])
    assert await world.events(tickets[3].id) == await world.events(tickets[3].id)
    assert tickets[3].number not in (await members(world))[group.id]


async def test_when_the_primary_leaves_the_next_one_is(world: World):
    tickets = await reported(world, 3)
    group = await create(world, tickets, primary_ticket_id=tickets[1].id)
    await act(world, grouping.remove, group.id, tickets[1].id)
    (row,) = await world.rows("SELECT primary_ticket_id FROM ticket_groups")
    assert row["primary_ticket_id"] == tickets[0].id
    with pytest.raises(NotFound):
        await act(world, grouping.remove, group.id, tickets[1].id)


async def test_a_group_of_one_is_dissolved_and_its_history_stays(world: World):
    tickets = await reported(world, 2)
    group = await create(world, tickets)
    assert await act(world, grouping.remove, group.id, tickets[0].id) is None
    assert (await members(world), await world.count("ticket_groups")) == ({}, 0)
    left = await world.rows("SELECT data FROM ticket_events WHERE event_type = 'ticket_ungrouped' ORDER BY position")
    assert ["group_dissolved" in str(row["data"]) for row in left] == [False, True]
    again = await create(world, tickets)
    assert await members(world) == {again.id: {1, 2}}
    assert (await world.events(tickets[0].id))[-3:] == ["ticket_grouped", "ticket_ungrouped", "ticket_grouped"]


async def test_a_resolved_group_stays_as_it_is(world: World):
    tickets = await reported(world, 3)
    group = await create(world, tickets[:2])
    await world.rows("UPDATE ticket_groups SET status = 'resolved', resolved_at = now()")
    for refused in ((grouping.add, group.id, ids(tickets[2:])), (grouping.remove, group.id, tickets[0].id)):
        with pytest.raises(Conflict, match="resolved"):
            await act(world, *refused)


async def test_twenty_agents_grouping_the_same_tickets_leave_each_in_one_group_at_most(world: World):
    tickets = await reported(world, 8)
    chosen = [[tickets[(turn * 3 + step) % 8] for step in range(2 + turn % 3)] for turn in range(20)]
    outcomes = await asyncio.gather(*(create(world, each) for each in chosen), return_exceptions=True)
    made = [outcome for outcome in outcomes if isinstance(outcome, TicketGroup)]
    assert made
    assert all(isinstance(outcome, TicketGroup | AlreadyGrouped) for outcome in outcomes)
    found = await members(world)
    assert set(found) == {group.id for group in made}
    assert all(len(numbers) >= 2 for numbers in found.values())
    assert sum(map(len, found.values())) == len(set().union(*found.values()))


async def test_adding_and_removing_at_once_keeps_every_group_whole(world: World):
    tickets = await reported(world, 6)
    group = await create(world, tickets[:3])
    acts = [act(world, grouping.remove, group.id, ticket.id) for ticket in tickets[:3]]
    acts += [act(world, grouping.add, group.id, [ticket.id]) for ticket in tickets[3:]]
    outcomes = await asyncio.gather(*acts, return_exceptions=True)
    assert all(not isinstance(one, Exception) or isinstance(one, HubError) for one in outcomes)
    found = await members(world)
    rows = await world.rows("SELECT id, primary_ticket_id FROM ticket_groups")
    assert {row["id"] for row in rows} == set(found)
    by_id = {ticket.id: ticket.number for ticket in tickets}
    assert all(by_id[row["primary_ticket_id"]] in found[row["id"]] and len(found[row["id"]]) >= 2 for row in rows)


PLACES = 5
"""Tickets in a random history."""
places = st.integers(0, PLACES - 1)
histories = st.lists(
    st.one_of(
        st.tuples(st.just("create"), st.lists(places, min_size=1, max_size=4), places),
        st.tuples(st.just("add"), st.lists(places, min_size=1, max_size=3), places),
        st.tuples(st.just("remove"), st.just([]), places),
    ),
    max_size=12,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories)
async def test_after_any_history_the_groups_are_what_a_plain_reading_of_the_rules_says(world: World, history: list):
    """A model in a few lines beside the real thing: sets of places, the first one of which is primary."""
    tickets = await reported(world, PLACES)
    at = {ticket.id: place for place, ticket in enumerate(tickets)}
    expected: dict[UUID, set[int]] = {}
    for verb, chosen, place in history:
        group_id = next((group for group, members in expected.items() if place in members), None)
        taken = {member for members in expected.values() for member in members}
        try:
            if verb == "create":
                made = await create(world, [tickets[each] for each in chosen])
                assert len(set(chosen)) >= 2
                assert not taken & set(chosen)
                expected[made.id] = set(chosen)
            elif verb == "add" and group_id:
                await act(world, grouping.add, group_id, [tickets[each].id for each in chosen])
                assert not taken & set(chosen) - expected[group_id]
                expected[group_id] |= set(chosen)
            elif verb == "remove" and group_id:
                await act(world, grouping.remove, group_id, tickets[place].id)
                expected[group_id].discard(place)
                if len(expected[group_id]) < 2:
                    del expected[group_id]
        except (TooFewTickets, AlreadyGrouped):
            assert len(set(chosen)) < 2 or taken & set(chosen)
        rows = await world.rows("SELECT id, ticket_group_id FROM tickets WHERE id = ANY($1)", list(at))
        found: dict[UUID, set[int]] = {}
        for row in rows:
            if row["ticket_group_id"]:
                found.setdefault(row["ticket_group_id"], set()).add(at[row["id"]])
        assert found == expected
        primaries = await world.rows(
            "SELECT id, primary_ticket_id FROM ticket_groups WHERE id = ANY($1)", list(found)
        )
        assert all(at[row["primary_ticket_id"]] in found[row["id"]] for row in primaries)
        assert len(primaries) == len(found)
