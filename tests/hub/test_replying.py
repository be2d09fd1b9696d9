"""Words back to the reporter: exactly what was confirmed, and once."""

import asyncio
from uuid import UUID, uuid4

import pytest

from hub import changelog, ingestion, notifying, replying
from hub.errors import Conflict, Invalid, NotFound, Stale
from storage.enums import TicketStatus
from storage.models import Notification
from tests.build import CHANNELS, NOON, World

WORDS = "Which browser do you use?"


async def shown(world: World, ticket_id: UUID, text: str = WORDS, reply_id: UUID | None = None) -> str:
    """The hash of what the agent is shown."""
    async with world.db.transaction() as session:
        to = await replying.addressed(session, ticket_id)
        letter = await replying.outgoing(session, to, text, reply_id=reply_id or uuid4())
    return changelog.hash_of(letter.channel, letter, CHANNELS[letter.channel].compose(letter, NOON))


async def send(world: World, ticket_id: UUID, reply_id: UUID, text: str = WORDS, **facts) -> Notification:
    agent = await world.agent()
    seen = facts.pop("seen", None) or await shown(world, ticket_id, text)
    async with world.db.transaction() as session:
        return await replying.send(
            session, ticket_id, text, reply_id=reply_id, shown=seen, by=agent, channels=CHANNELS, now=NOON
        )


@pytest.mark.parametrize("status", TicketStatus)
async def test_a_reply_is_owed_in_every_state_of_the_ticket(world: World, status: TicketStatus):
    ticket = await world.ticket(status=status)
    reply = await send(world, ticket.id, reply_id := uuid4())
    assert (reply.id, reply.purpose, reply.content, reply.recipient) == (reply_id, "reply", WORDS, "shop:rita")
    assert reply.place == {"channel": "D1"}
    (event,) = await world.rows("SELECT actor_id, data FROM ticket_events WHERE event_type = 'reply_sent'")
    assert event == {"actor_id": "T1:UANA", "data": {"notification_id": str(reply_id)}}
    kinds = [row["kind"] for row in await world.rows("SELECT kind FROM jobs")]
    assert (kinds.count("dispatch"), kinds.count("draw_card")) == (1, 1)


async def test_several_replies_may_be_sent(world: World):
    ticket = await world.ticket()
    for text in (WORDS, "And which version?", WORDS):
        await send(world, ticket.id, uuid4(), text)
    assert await world.count("notifications") == 3


async def test_twenty_presses_at_once_send_one(world: World):
    ticket, reply_id = await world.ticket(), uuid4()
    seen = await shown(world, ticket.id)
    sent = await asyncio.gather(*(send(world, ticket.id, reply_id, seen=seen) for _ in range(20)))
    assert {reply.id for reply in sent} == {reply_id}
    assert await world.count("notifications") == 1
    assert (await world.events(ticket.id)).count("reply_sent") == 1
    assert len(await world.rows("SELECT 1 FROM jobs WHERE kind = 'dispatch'")) == 1


async def test_a_window_that_sent_cannot_send_other_words(world: World):
    ticket, reply_id = await world.ticket(), uuid4()
    await send(world, ticket.id, reply_id)
    with pytest.raises(Conflict, match="sent already"):
        await send(world, ticket.id, reply_id, "Something else")
    other = await world.ticket()
    with pytest.raises(Conflict, match="sent already"):
        await send(world, other.id, reply_id)
    assert await world.count("notifications") == 1


async def test_other_words_than_those_shown_are_not_sent(world: World):
    ticket = await world.ticket()
    with pytest.raises(Stale):
        await send(world, ticket.id, uuid4(), "Changed since", seen=await shown(world, ticket.id))
    assert await world.count("notifications") == 0


async def test_another_recipient_than_the_one_shown_is_not_written_to(world: World):
    ticket = await world.ticket()
    seen = await shown(world, ticket.id)
    await world.rows("UPDATE reporter_identities SET platform_user_id = 'shop:other'")
    with pytest.raises(Stale):
        await send(world, ticket.id, uuid4(), seen=seen)


@pytest.mark.parametrize("text", ["", " \n ", "x" * (replying.LONGEST + 1)])
async def test_words_that_are_none_or_too_many_are_refused(world: World, text: str):
    ticket = await world.ticket()
    with pytest.raises(Invalid):
        await shown(world, ticket.id, text)
    with pytest.raises(Invalid):
        await send(world, ticket.id, uuid4(), text, seen="f")


async def test_without_a_reporter_there_is_nobody_to_write_to(world: World):
    agent = await world.agent()
    async with world.db.transaction() as session:
        ticket = await ingestion.create(
            session,
            title="By hand",
            description="x",
            channel="in_app",
            reporter_name=None,
            reporter_email=None,
            by=agent,
        )
    for attempt in (shown(world, ticket.id), send(world, ticket.id, uuid4(), seen="f")):
        with pytest.raises(Conflict, match="nobody to write to"):
            await attempt
    with pytest.raises(NotFound):
        await shown(world, uuid4())


async def test_a_reply_nobody_can_say_arrived_asks_an_agent(world: World):
    ticket = await world.ticket()
    reply = await send(world, ticket.id, uuid4())
    async with world.db.transaction() as session:
        await notifying.begin(session, reply.id, wait=1)
        notifying.doubt(session, await notifying.lock(session, reply.id), delay=1)
        await notifying.ask_agent(session, reply.id)
        assert (await notifying.lock(session, reply.id)).asks_agent


async def test_a_reply_tells_nobody_that_it_is_fixed(world: World):
    ticket = await world.ticket(status=TicketStatus.RESOLVED)
    await send(world, ticket.id, uuid4())
    agent = await world.agent()
    async with world.db.transaction() as session:
        await changelog.request(session, ticket.id, model="m", by=agent)
    assert "changelog_requested" in await world.events(ticket.id)
