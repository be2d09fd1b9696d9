"""The model suggests, a person decides."""

import json
from uuid import UUID

import pytest
from sqlalchemy import select

from hub import pii, ticketing, triage
from hub.errors import Conflict, NotFound
from hub.triage import Answer, NotUnderstood
from storage.enums import Priority, TicketStatus, TicketType
from storage.models import Ticket, TicketEvent
from tests.build import World

ANSWER = Answer(suggested_type=TicketType.INCIDENT, suggested_priority=1, summary="Nobody can pay.")


async def suggested(world: World) -> UUID:
    ticket = await world.ticket()
    async with world.db.transaction() as session:
        await triage.record(session, ticket.id, ANSWER, model="gpt-5.1")
    return ticket.id


async def look(world: World, ticket_id: UUID) -> Ticket:
    async with world.db.transaction() as session:
        return await session.scalar(select(Ticket).where(Ticket.id == ticket_id))


async def test_a_suggestion_stands_beside_what_people_confirmed(world: World):
    ticket = await look(world, await suggested(world))
    assert (ticket.ai_suggested_type, ticket.ai_suggested_priority, ticket.ai_outcome) == ("incident", 1, "waiting")
    assert (ticket.ticket_type, ticket.enrichment_status) == ("bug", "completed")


async def test_accepting_confirms_it_and_pushes(world: World):
    ticket_id = await suggested(world)
    agent = await world.agent()
    async with world.db.transaction() as session:
        await triage.accept(session, ticket_id, by=agent)
    ticket = await look(world, ticket_id)
    assert (ticket.ticket_type, ticket.priority, ticket.ai_outcome) == ("incident", 1, "accepted")
    assert "suggestion_accepted" in await world.events(ticket_id)
    assert "push_to_notion" in [row["kind"] for row in await world.rows("SELECT kind FROM jobs")]


async def test_accepting_with_changes_records_both(world: World):
    ticket_id = await suggested(world)
    agent = await world.agent()
    async with world.db.transaction() as session:
        await triage.accept(session, ticket_id, by=agent, priority=Priority.CRITICAL, title="Paying fails")
    ticket = await look(world, ticket_id)
    assert (ticket.priority, ticket.title, ticket.ai_outcome) == (0, "Paying fails", "modified")
    async with world.db.transaction() as session:
        event = await session.scalar(select(TicketEvent).where(TicketEvent.event_type == "suggestion_modified"))
    assert event.data["suggested"] == {"type": "incident", "priority": 1}
    assert event.data["confirmed"] == {"type": "incident", "priority": 0}


async def test_rejecting_changes_nothing_else(world: World):
    ticket_id = await suggested(world)
    agent = await world.agent()
    async with world.db.transaction() as session:
        await triage.reject(session, ticket_id, by=agent)
    ticket = await look(world, ticket_id)
    assert (ticket.ticket_type, ticket.ai_outcome) == ("bug", "rejected")


@pytest.mark.parametrize("act", [triage.accept, triage.reject])
async def test_a_suggestion_is_dealt_with_once(world: World, act):
    ticket_id = await suggested(world)
    agent = await world.agent()
    async with world.db.transaction() as session:
        await act(session, ticket_id, by=agent)
    with pytest.raises(Conflict, match="dealt with already"):
        async with world.db.transaction() as session:
            await act(session, ticket_id, by=agent)
    ticket = await world.ticket()
    with pytest.raises(Conflict, match="run AI triage first"):
        async with world.db.transaction() as session:
            await act(session, ticket.id, by=agent)


async def test_asking_twice_is_asking_once(world: World):
    ticket = await world.ticket()
    agent = await world.agent()
    for _ in range(3):
        async with world.db.transaction() as session:
            await triage.request(session, ticket.id, model="gpt-5.1", by=agent)
    assert [row["kind"] for row in await world.rows("SELECT kind FROM jobs")].count("triage") == 1
    assert (await world.events(ticket.id)).count("triage_requested") == 1


async def test_a_failure_stands_on_the_ticket_and_can_be_repeated(world: World):
    ticket = await world.ticket()
    agent = await world.agent()
    async with world.db.transaction() as session:
        await triage.request(session, ticket.id, model="gone", by=agent)
        await triage.delayed(session, ticket.id, "OpenAI is busy.")
        await triage.failed(session, ticket.id, "The model is retired.")
    row = await look(world, ticket.id)
    assert (row.enrichment_status, row.enrichment_error) == ("failed", "The model is retired.")
    async with world.db.transaction() as session:
        again = await triage.request(session, ticket.id, model="gpt-5.1", by=agent)
        assert (again.enrichment_status, again.enrichment_error) == ("pending", None)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "{",
        "[]",
        json.dumps({"suggested_type": "disaster", "suggested_priority": 1, "summary": "x"}),
        json.dumps({"suggested_type": "bug", "suggested_priority": 9, "summary": "x"}),
        json.dumps({"suggested_type": "bug", "suggested_priority": 1, "summary": ""}),
        json.dumps({"suggested_type": "bug", "suggested_priority": 1, "summary": "x", "status": "resolved"}),
    ],
)
def test_an_answer_of_another_form_is_refused(answer: str):
    with pytest.raises(NotUnderstood):
        triage.parse(answer)


def test_the_schema_takes_what_the_answer_takes():
    schema = triage.schema()
    assert set(schema["properties"]) == set(schema["required"]) == set(Answer.model_fields)
    assert triage.parse(ANSWER.model_dump_json()) == ANSWER


async def test_the_prompt_knows_whom_to_hide(world: World):
    ticket = await world.ticket(text="I am Rita Reyes, call +34 600 111 222")
    async with world.db.transaction() as session:
        asked = await triage.question(session, ticket.id)
    prompt = await triage.prompt(asked)
    assert "Rita" not in prompt.whole
    assert "600 111 222" not in prompt.whole
    async with world.db.transaction() as session:
        triage.redacted(session, ticket.id, prompt.content)
        triage.redacted(session, ticket.id, pii.scrub("nothing here"))
    async with world.db.transaction() as session:
        events = (await session.scalars(select(TicketEvent).where(TicketEvent.event_type == "pii_redacted"))).all()
    assert [event.data["counts"] for event in events] == [{"NAME": 2, "PHONE": 2}], "title and text say the same"


async def test_an_unknown_ticket_is_not_found(world: World):
    agent = await world.agent()
    with pytest.raises(NotFound):
        async with world.db.transaction() as session:
            await ticketing.set_status(session, UUID(int=5), TicketStatus.OPEN, by=agent)
