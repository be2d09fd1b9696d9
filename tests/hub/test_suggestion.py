"""Groups are suggested, by words and by a model; people make them or say no, once."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from hub import grouping, membership, similarity, suggestion
from hub.errors import Conflict, Invalid, NotFound, Stale, TooFewTickets
from hub.membership import SuggestionList
from hub.suggestion import Found, Near
from hub.triage import NotUnderstood
from storage import suggestions
from storage.models import Analysis, GroupSuggestion, Ticket
from tests.build import World

REPORTS = (
    "The export to CSV stops at row one hundred and the file is cut off",
    "CSV export is cut off: the file stops at one hundred rows",
    "When I export to CSV the file stops, only one hundred rows are in it",
    "How do I change the colour of my avatar?",
    "The invoice shows the old address of our company",
)


async def reported(world: World, *texts: str) -> list[Ticket]:
    """Tickets whose words are learnt."""
    tickets = [await world.ticket(text=said, account_id=f"shop:{at}") for at, said in enumerate(texts or REPORTS)]
    async with world.db.transaction() as session:
        for ticket in tickets:
            await similarity.changed(session, ticket.id)
        while await similarity.learn(session, limit=100):
            pass
    return tickets


def ids(tickets: Sequence[Ticket]) -> list[UUID]:
    return [ticket.id for ticket in tickets]


async def analysis(world: World, **facts: Any) -> Analysis:
    agent = await world.agent()
    async with world.db.transaction() as session:
        return await suggestion.ask(session, by=agent, **{"model": None} | facts)


async def looked_through(world: World, analysis_id: UUID) -> list[Near]:
    async with world.db.transaction() as session:
        wanted = await suggestion.begin(session, analysis_id)
        return [await suggestion.look(session, ticket_id, wanted) for ticket_id in wanted]


async def suggested(world: World, *found: Found) -> list[GroupSuggestion]:
    """What is left of it once it is recorded."""
    asked = await analysis(world)
    async with world.db.transaction() as session:
        await suggestion.record(session, asked.id, found, {})
        await session.flush()
        return list(await suggestions.of_analysis(session, asked.id))


async def act(world: World, what: Any, suggestion_id: UUID) -> Any:
    agent = await world.agent()
    async with world.db.transaction() as session:
        return await what(session, suggestion_id, by=agent)


def found(tickets: Sequence[Ticket]) -> Found:
    return Found("Exports stop", "They all stop.", tuple(ids(tickets)))


async def test_words_alone_find_what_is_the_same_problem(world: World):
    tickets = await reported(world)
    looked = await looked_through(world, (await analysis(world)).id)
    (one,) = suggestion.by_words(looked)
    assert set(one.ticket_ids) == set(ids(tickets[:3]))
    assert "share these words" in one.reason


async def test_a_model_is_shown_what_is_near_together_and_nothing_twice(world: World):
    tickets = await reported(world)
    batches = suggestion.to_compare(await looked_through(world, (await analysis(world)).id))
    together = next(batch for batch in batches if tickets[0].id in batch)
    assert set(ids(tickets[:3])) <= set(together)
    everything = [ticket_id for batch in batches for ticket_id in batch]
    assert len(everything) == len(set(everything))


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([{"name": "A", "reason": "r", "tickets": [1, 2]}], [(0, 1)]),
        ([{"name": "A", "reason": "r", "tickets": [1, 2, 9, 0, -1]}], [(0, 1)]),
        ([{"name": "A", "reason": "r", "tickets": [1, 1]}], []),
        (
            [{"name": "A", "reason": "r", "tickets": [1, 2]}, {"name": "B", "reason": "r", "tickets": [2, 3]}],
            [(0, 1)],
        ),
        ([], []),
    ],
)
def test_of_a_models_answer_only_what_was_sent_counts_and_once(groups: list, expected: list):
    sent = [UUID(int=number) for number in range(3)]
    read = suggestion.parse(json.dumps({"groups": groups}), sent)
    assert [one.ticket_ids for one in read] == [tuple(sent[at] for at in places) for places in expected]


@pytest.mark.parametrize(
    "answer", ["", "[]", '{"groups": 1}', '{"groups": [{"name": "A"}]}', '{"groups": [], "x": 1}']
)
def test_what_is_no_answer_is_said_to_be_none(answer: str):
    with pytest.raises(NotUnderstood):
        suggestion.parse(answer, [])


async def test_a_suggestion_becomes_a_group_once(world: World):
    tickets = await reported(world)
    (one,) = await suggested(world, found(tickets[:3]))
    outcomes = await asyncio.gather(
        *(act(world, suggestion.create_group, one.id) for _ in range(10)), return_exceptions=True
    )
    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 1
    assert all(isinstance(outcome, Stale) for outcome in outcomes if isinstance(outcome, Exception))
    assert await world.count("ticket_groups") == 1


async def test_what_is_grouped_by_now_is_left_out_or_added_to(world: World):
    tickets = await reported(world)
    first, second = await suggested(world, found(tickets[:3])), await suggested(world, found(tickets[:4]))
    agent = await world.agent()
    async with world.db.transaction() as session:
        group = await grouping.create(session, name="Exports", ticket_ids=ids(tickets[:2]), by=agent)
    with pytest.raises(Stale):
        await act(world, suggestion.add_to_group, first[0].id)  # the larger one took its place
    assert (await act(world, suggestion.add_to_group, second[0].id)).id == group.id
    members = await world.rows("SELECT number FROM tickets WHERE ticket_group_id = $1 ORDER BY number", group.id)
    assert [row["number"] for row in members] == [1, 2, 3, 4]


async def test_what_cannot_be_made_of_a_suggestion_is_refused(world: World):
    tickets = await reported(world)
    (one,) = await suggested(world, found(tickets[:2]))
    with pytest.raises(Conflict, match="not in one group"):
        await act(world, suggestion.add_to_group, one.id)
    agent = await world.agent()
    async with world.db.transaction() as session:
        await grouping.create(session, name="Other", ticket_ids=[tickets[0].id, tickets[4].id], by=agent)
    with pytest.raises(TooFewTickets):
        await act(world, suggestion.create_group, one.id)
    with pytest.raises(NotFound):
        await act(world, suggestion.dismiss, UUID(int=1))


async def test_what_was_dismissed_is_not_suggested_again_in_any_company(world: World):
    tickets = await reported(world)
    (one,) = await suggested(world, found(tickets[:2]))
    await act(world, suggestion.dismiss, one.id)
    assert await suggested(world, found(tickets[:2])) == []
    (again,) = await suggested(world, found(tickets[:3]))
    assert again.ticket_ids == ids([tickets[0], tickets[2]])


async def test_the_same_is_not_suggested_twice(world: World):
    tickets = await reported(world)
    assert len(await suggested(world, found(tickets[:2]))) == 1
    assert await suggested(world, found(tickets[:2])) == []


async def test_all_that_an_analysis_says_it_found_is_listed_with_it(world: World):
    tickets = await reported(world)
    asked = await analysis(world)
    async with world.db.transaction() as session:
        await suggestion.record(session, asked.id, [found(tickets[:2])], {})
        await session.flush()
        await session.execute(text("LOCK TABLE analyses"))
        reading = asyncio.create_task(listed(world))
        while not await world.rows("SELECT 1 FROM pg_locks WHERE NOT granted"):
            await asyncio.sleep(0.01)
    shown = await reading
    assert (shown.analysis.found, len(shown.suggestions)) == (1, 1)


async def listed(world: World) -> SuggestionList:
    async with world.db.transaction() as session:
        return await membership.suggestion_list(session)


async def test_only_the_tickets_of_the_time_that_are_in_no_group_are_looked_through(world: World):
    tickets = await reported(world)
    agent = await world.agent()
    async with world.db.transaction() as session:
        await grouping.create(session, name="x", ticket_ids=ids(tickets[3:]), by=agent)
    await world.rows("UPDATE tickets SET created_at = now() - interval '31 minutes' WHERE number = 1")
    await world.rows("UPDATE tickets SET status = 'resolved', resolved_at = now() WHERE number = 2")
    for facts, numbers in (
        ({}, [3]),
        ({"start": datetime.now(UTC) - timedelta(days=1)}, [3, 1]),
        ({"start": datetime.now(UTC) - timedelta(days=1), "oldest_first": True}, [1, 3]),
        ({"start": datetime.now(UTC) - timedelta(days=1), "end": datetime.now(UTC) - timedelta(minutes=5)}, [1]),
    ):
        asked = await analysis(world, **facts)
        async with world.db.transaction() as session:
            wanted = await suggestion.begin(session, asked.id)
            await suggestion.failed(session, asked.id, "only a try")
        assert [next(t.number for t in tickets if t.id == each) for each in wanted] == numbers


async def test_one_analysis_runs_at_a_time_and_what_cannot_be_asked_is_refused(world: World):
    for facts in ({"most": 1}, {"most": 201}, {"start": datetime.now(UTC) + timedelta(hours=1)}):
        with pytest.raises(Invalid):
            await analysis(world, **facts)
    await analysis(world)
    with pytest.raises(Conflict, match="running already"):
        await analysis(world)


async def test_of_analyses_asked_for_at_once_one_runs(world: World):
    asked = await asyncio.gather(*(analysis(world) for _ in range(4)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in asked) == ["Analysis", *["Conflict"] * 3]


async def test_progress_and_failure_are_said(world: World):
    asked = await analysis(world)
    async with world.db.transaction() as session:
        await suggestion.progress(session, asked.id, 40)
    async with world.db.transaction() as session:
        await suggestion.failed(session, asked.id, "The model is retired.")
    (row,) = await world.rows("SELECT status, done, error FROM analyses")
    assert tuple(row.values()) == ("failed", 40, "The model is retired.")
