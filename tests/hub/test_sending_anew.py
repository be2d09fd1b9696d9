"""What was given up an agent may have sent anew or tell by hand, and nobody is told twice by it."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from hub import notifying, ticketing
from hub.errors import Conflict, NotFound
from storage.enums import NotificationPurpose, NotificationStatus, TicketStatus
from storage.models import Notification, Ticket
from tests.build import World

GIVEN_UP = ("permanently_failed", "channel_restricted")


async def resolved(world: World) -> Ticket:
    return await world.ticket(status=TicketStatus.RESOLVED)


async def owed(world: World, ticket: Ticket, status: str, **facts: object) -> UUID:
    async with world.db.transaction() as session:
        row = Notification(
            ticket_id=ticket.id,
            identity_id=ticket.identity_id,
            channel="toy",
            recipient="shop:rita",
            content="It is mended.",
            status=status,
            **facts,
        )
        session.add(row)
        await session.flush()
        return row.id


async def retry(world: World, notification_id: UUID) -> None:
    agent = await world.agent()
    async with world.db.transaction() as session:
        await notifying.retry(session, notification_id, by=agent)


async def told(world: World, one: UUID) -> None:
    agent = await world.agent()
    async with world.db.transaction() as session:
        await notifying.tell_by_hand(session, one, by=agent)


async def look(world: World, notification_id: UUID) -> Notification:
    async with world.db.transaction() as session:
        return await session.get_one(Notification, notification_id)


async def dispatches(world: World) -> int:
    return len(await world.rows("SELECT 1 FROM jobs WHERE kind = 'dispatch' AND status = 'pending'"))


@pytest.mark.parametrize("status", GIVEN_UP)
async def test_what_was_given_up_is_sent_anew_with_all_its_attempts(world: World, status: str):
    ticket = await resolved(world)
    one = await owed(world, ticket, status, retry_count=5, last_error="No.", provider_id="p-1")
    await retry(world, one)
    row = await look(world, one)
    assert (row.status, row.retry_count, row.past_provider_ids) == ("pending", 0, ["p-1"])
    assert await dispatches(world) == 1
    assert (await world.events(ticket.id))[-1] == "notification_retried"


@pytest.mark.parametrize("way", [retry, told])
@pytest.mark.parametrize("status", [each for each in NotificationStatus if each not in GIVEN_UP])
async def test_what_was_not_given_up_is_left_alone(
    world: World, status: str, way: Callable[[World, UUID], Awaitable[None]]
):
    one = await owed(world, await resolved(world), status)
    with pytest.raises(Conflict, match="This message"):
        await way(world, one)
    assert (await look(world, one)).status == status
    assert await dispatches(world) == 0


async def test_what_may_have_been_sent_anew_before_the_database_was_restored_is_looked_up_first(world: World):
    ticket = await resolved(world)
    one = await owed(world, ticket, "permanently_failed", retry_count=5)
    await world.rows("INSERT INTO schedules (name, ran_at) VALUES ('restored', now())")
    await retry(world, one)
    row = await look(world, one)
    assert (row.status, row.unsure_since is not None) == ("sending", True)
    assert await dispatches(world) == 0
    assert await world.rows("SELECT 1 FROM jobs WHERE kind = 'reconcile' AND status = 'pending'")


async def test_a_double_click_sends_once(world: World):
    one = await owed(world, await resolved(world), "permanently_failed")

    async def press() -> str:
        try:
            await retry(world, one)
        except Conflict:
            return "refused"
        return "done"

    assert sorted(await asyncio.gather(*(press() for _ in range(6)))) == ["done", *["refused"] * 5]
    assert await dispatches(world) == 1


async def test_a_reporter_who_was_told_by_another_message_is_not_told_again(world: World):
    ticket = await resolved(world)
    first = await owed(world, ticket, "channel_restricted")
    await owed(world, ticket, "delivered")
    with pytest.raises(Conflict, match="told already"):
        await retry(world, first)


async def test_of_two_messages_given_up_only_one_is_sent_anew(world: World):
    ticket = await resolved(world)
    both = [await owed(world, ticket, "permanently_failed") for _ in range(2)]

    async def press(one: UUID) -> str:
        try:
            await retry(world, one)
        except Conflict:
            return "refused"
        return "done"

    assert sorted(await asyncio.gather(*(press(one) for one in both))) == ["done", "refused"]
    assert await dispatches(world) == 1


async def test_what_is_told_of_a_resolution_that_did_not_hold_is_not_sent(world: World):
    ticket = await resolved(world)
    one = await owed(world, ticket, "permanently_failed")
    agent = await world.agent()
    for status in (TicketStatus.OPEN, TicketStatus.RESOLVED):
        async with world.db.transaction() as session:
            await ticketing.set_status(session, ticket.id, status, by=agent)
        with pytest.raises(Conflict, match="reopened since"):
            await retry(world, one)


async def test_an_acknowledgement_is_not_repeated(world: World):
    ticket = await resolved(world)
    one = await owed(world, ticket, "permanently_failed", purpose=NotificationPurpose.ACKNOWLEDGEMENT)
    with pytest.raises(Conflict, match="acknowledgement"):
        await retry(world, one)


async def test_late_news_of_the_attempt_that_failed_does_not_stop_the_new_one(world: World):
    ticket = await resolved(world)
    one = await owed(world, ticket, "permanently_failed", provider_id="p-1")
    await retry(world, one)
    async with world.db.transaction() as session:
        assert await notifying.begin(session, one, wait=60) is not None
    async with world.db.transaction() as session:
        await notifying.sent(session, one, provider_id="p-1")
    assert (await look(world, one)).status == "sending"
    async with world.db.transaction() as session:
        await notifying.sent(session, one, provider_id="p-2")
    assert (await look(world, one)).status == "sent"


async def test_what_does_not_exist_is_not_found(world: World):
    with pytest.raises(NotFound):
        await retry(world, UUID(int=1))


@pytest.mark.parametrize("status", GIVEN_UP)
async def test_what_an_agent_has_told_by_hand_counts_and_is_never_sent(world: World, status: str):
    ticket = await resolved(world)
    one = await owed(world, ticket, status, error_code=notifying.BY_HAND, last_error="Give it to them yourself.")
    other = await owed(world, ticket, "permanently_failed")
    await told(world, one)
    row = await look(world, one)
    assert (row.status, row.message_kind, row.sent_at is not None) == ("sent", "by hand", True)
    assert (row.last_error, row.error_code) == (None, None), "nothing is left to do"
    assert (await world.events(ticket.id))[-1] == "notification_sent"
    with pytest.raises(Conflict, match="sent already"):
        await told(world, one)
    for refused in (told, retry):
        with pytest.raises(Conflict, match="told already"):
            await refused(world, other)
    assert await dispatches(world) == 0


async def test_an_acknowledgement_nobody_tells_by_hand(world: World):
    purpose = NotificationPurpose.ACKNOWLEDGEMENT
    one = await owed(world, await resolved(world), "permanently_failed", purpose=purpose)
    with pytest.raises(Conflict, match="let go"):
        await told(world, one)


async def test_of_telling_by_hand_and_sending_anew_at_once_one_is_done(world: World):
    ticket = await resolved(world)
    one = await owed(world, ticket, "permanently_failed")

    async def press(way: Callable[[World, UUID], Awaitable[None]]) -> str:
        try:
            await way(world, one)
        except Conflict:
            return "refused"
        return "done"

    ways = [told, retry, told, retry]
    assert sorted(await asyncio.gather(*map(press, ways))) == ["done", *["refused"] * 3]
    sent = (await look(world, one)).status == "sent"
    assert await dispatches(world) == (0 if sent else 1)
