"""Models are asked so many times a day and no oftener; what would ask one more waits, or says what to do instead."""

import asyncio
from datetime import UTC, datetime, time, timedelta

import pytest

from hub import budget, changelog, drafting, grouping, similarity, suggestion, triage
from hub.errors import TooOften
from hub.pii import scrub
from hub.work import Work
from platforms.errors import Later
from storage import model_days
from storage.database import Database
from storage.enums import TicketStatus
from tests.build import World
from tests.hub.test_suggestion import reported
from tests.jobs.conftest import MOST, Desk

WHY = r"Today's budget of 3 requests to models is used up; it opens again at 00:00 UTC\."
RULES = scrub("Sort this.")


def midnight() -> datetime:
    return datetime.combine(datetime.now(UTC).date() + timedelta(days=1), time.min, UTC)


async def ask(desk: Desk) -> None:
    await desk.runtime.openai.complete(instructions=RULES, content=RULES, model="gpt-5.1")


async def test_so_many_are_asked_and_then_none_before_midnight(desk: Desk):
    for _ in range(MOST):
        await ask(desk)
    with pytest.raises(Later, match=WHY) as closed:
        await ask(desk)
    with pytest.raises(Later, match=WHY):
        await desk.runtime.openai.embed([RULES], model="text-embedding-3-small")
    assert closed.value.until == midnight()
    assert len(desk.asked) == MOST


async def test_of_many_at_once_exactly_so_many_are_let_through(desk: Desk):
    outcomes = await asyncio.gather(*(ask(desk) for _ in range(20)), return_exceptions=True)
    assert len([each for each in outcomes if each is None]) == len(desk.asked) == MOST
    assert {type(each) for each in outcomes if each is not None} == {Later}


async def test_what_costs_nothing_is_not_counted(desk: Desk):
    await desk.use_up()
    assert "gpt-5.1" in await desk.runtime.openai.served()


async def test_every_day_has_its_own(desk: Desk):
    await desk.use_up()
    await desk.world.rows("UPDATE model_days SET day = day - 1")
    await ask(desk)
    assert {row["asked"] for row in await desk.world.rows("SELECT asked FROM model_days")} == {1, MOST}


async def test_a_day_begins_at_midnight_in_utc_wherever_the_database_is(world_url: str, world: World):
    """As PostgreSQL counts, not as this machine or a session does."""
    zoned = Database(f"{world_url}{'&' if '?' in world_url else '?'}options=-c%20timezone%3DPacific/Kiritimati")
    async with zoned.transaction() as session:
        assert await model_days.take(session, most=1) is None
        until = await model_days.take(session, most=1)
    await zoned.close()
    assert until == midnight()
    (row,) = await world.rows("SELECT day FROM model_days")
    assert row["day"] == datetime.now(UTC).date()


async def test_nought_is_no_limit_and_is_counted_all_the_same(world: World):
    async with world.db.transaction() as session:
        for _ in range(5):
            assert await budget.take(session, most=0) is None
        assert await budget.used_up(session, most=0) is None
        await budget.require(session, most=0)
        assert await model_days.asked_today(session) == 5


async def test_whoever_asks_now_is_told_what_to_do_instead(desk: Desk):
    await desk.use_up()
    async with desk.runtime.db.transaction() as session:
        with pytest.raises(TooOften, match=f"{WHY} Do it by hand, or ask again then.") as refused:
            await desk.runtime.require_model(session)
        assert await desk.runtime.why_no_model(session) == refused.value.message.partition(" Do it")[0]
    seconds = (midnight() - datetime.now(UTC)).total_seconds()
    assert seconds - 5 < refused.value.retry_after < seconds + 5


async def test_triage_waits_for_the_new_day_at_no_attempt_and_its_card_says_so(desk: Desk):
    ticket = await desk.world.ticket()
    async with desk.world.db.transaction() as session:
        await triage.request(session, ticket.id, model="gpt-5.1", by=await desk.world.agent())
    await desk.use_up()
    job = await desk.run(Work.TRIAGE)
    assert (job["status"], job["attempts"], desk.asked) == ("pending", 0, [])
    assert abs((job["run_at"] - midnight()).total_seconds()) < 5
    row = await desk.ticket(ticket.id)
    assert row["enrichment_error"].endswith(
        "00:00 UTC. This goes on by itself then; type and priority can be set by hand meanwhile."
    )
    assert (row["enrichment_status"], row["triage_requested_at"] is not None) == ("pending", True)
    assert await desk.world.count("ai_calls") == 0
    await desk.world.rows("UPDATE model_days SET day = day - 1")
    assert (await desk.run(Work.TRIAGE))["status"] == "done"
    assert (await desk.ticket(ticket.id))["ai_outcome"] == "waiting"


async def test_a_draft_does_not_wait_and_can_be_written_by_hand_at_once(desk: Desk):
    ticket = await desk.world.ticket(status=TicketStatus.RESOLVED)
    agent = await desk.world.agent()
    async with desk.world.db.transaction() as session:
        await changelog.request(session, ticket.id, model="gpt-5.1", by=agent)
    await desk.use_up()
    assert (await desk.run(Work.DRAFT))["status"] == "done"
    row = await desk.ticket(ticket.id)
    assert row["draft_requested_at"] is None
    assert row["draft_error"].endswith("00:00 UTC. Write it by hand, or ask again then.")
    assert (await desk.world.count("dead_letter_jobs"), desk.asked) == (0, [])
    async with desk.world.db.transaction() as session:
        text = "**What happened:**\nA.\n\n**How we fixed it:**\nB.\n\n**Going forward:**\nC."
        assert (await changelog.write(session, ticket.id, text, by=agent)).content == text


async def test_the_text_of_a_group_does_not_wait_either(desk: Desk):
    agent = await desk.world.agent()
    tickets = [await desk.world.ticket(text=f"It hangs {number}") for number in range(2)]
    async with desk.world.db.transaction() as session:
        group = await grouping.create(session, name="It hangs", ticket_ids=[each.id for each in tickets], by=agent)
        await drafting.request(session, group.id, model="gpt-5.1", by=agent)
    await desk.use_up()
    assert (await desk.run(Work.GROUP_DRAFT))["status"] == "done"
    (row,) = await desk.world.rows("SELECT draft_requested_at, draft_error FROM ticket_groups")
    assert row["draft_requested_at"] is None
    assert row["draft_error"].endswith("Write it by hand, or ask again then.")


async def test_an_analysis_that_may_ask_no_more_is_left_to_words(desk: Desk):
    agent = await desk.world.agent()
    await reported(desk.world)
    async with desk.world.db.transaction() as session:
        asked = await suggestion.ask(session, by=agent, model="gpt-5.1")
    await desk.use_up()
    assert (await desk.run(Work.ANALYSE))["status"] == "done"
    (row,) = await desk.world.rows("SELECT * FROM analyses WHERE id = $1", asked.id)
    assert (row["status"], row["model"], row["found"], desk.asked) == ("done", None, 1, [])


async def test_vectors_wait_without_being_asked_for(desk: Desk):
    ticket = await desk.world.ticket()
    async with desk.world.db.transaction() as session:
        await similarity.changed(session, ticket.id)
    await desk.use_up()
    assert (await desk.run(Work.EMBED))["status"] == "done"
    assert desk.asked == []
    assert (await desk.world.rows("SELECT due_at FROM embeddings"))[0]["due_at"] is not None
