"""What the lists and windows of messages and texts say, read from the database."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from hub import changelog, grouping, reviewing
from hub.errors import NotFound
from hub.viewing import SECTIONS, Choice
from storage.enums import TicketStatus
from storage.models import Notification, Ticket
from tests.build import CHANNELS, World

CONTENT = "\n".join(f"{heading}\nWords." for heading in changelog.HEADINGS)


async def approved(world: World) -> Notification:
    ticket = await world.ticket(status=TicketStatus.RESOLVED, text="The map stays empty")
    agent = await world.agent()
    async with world.db.transaction() as session:
        entry = await changelog.write(session, ticket.id, CONTENT, by=agent)
        return await changelog.approve(session, entry.id, by=agent, channels=CHANNELS, now=datetime.now(UTC))


async def add(world: World, ticket: Ticket, **facts: object) -> UUID:
    async with world.db.transaction() as session:
        row = Notification(
            **{"ticket_id": ticket.id, "identity_id": ticket.identity_id, "channel": "toy", "recipient": "shop:rita"}
            | {"content": "Mended.", "status": "sent"}
            | facts
        )
        session.add(row)
        await session.flush()
        return row.id


async def listed(world: World, **filters: object) -> reviewing.NotificationList:
    async with world.db.transaction() as session:
        return await SECTIONS["notifications"](session, Choice("notifications").narrowed(**filters))


async def test_messages_are_listed_by_state_and_channel_the_newest_first(world: World):
    ticket = await world.ticket(text="The export stops")
    first = await add(world, ticket)
    second = await add(world, ticket, status="permanently_failed", last_error="No.", retry_count=5)
    third = await add(world, ticket, channel="email", identity_id=None, recipient="li@shop.test")
    assert [line.id for line in (await listed(world)).lines] == [third, second, first]
    assert [line.id for line in (await listed(world, status="sent")).lines] == [third, first]
    assert [line.id for line in (await listed(world, status="sent", channel="email")).lines] == [third]
    (line,) = (await listed(world, status="permanently_failed")).lines
    assert (line.recipient, line.number, line.title) == ("Rita Reyes", ticket.number, "The export stops")
    assert (line.error, line.retry_count, line.is_unsure) == ("No.", 5, False)
    assert {line.recipient for line in (await listed(world, channel="email")).lines} == {"li@shop.test"}


async def test_messages_come_in_pages(world: World):
    ticket = await world.ticket()
    for _ in range(reviewing.ON_PAGE + 2):
        await add(world, ticket)
    first = await listed(world)
    async with world.db.transaction() as session:
        second = await SECTIONS["notifications"](session, Choice("notifications").turned(first.next_cursor))
    assert (len(first.lines), len(second.lines), second.next_cursor) == (reviewing.ON_PAGE, 2, None)
    assert not {line.id for line in first.lines} & {line.id for line in second.lines}


async def window(world: World, notification_id: UUID) -> reviewing.NotificationWindow:
    async with world.db.transaction() as session:
        return await reviewing.notification(session, notification_id, channels=CHANNELS)


async def test_a_message_is_shown_with_its_ticket_and_the_text_it_was_made_of(world: World):
    notification = await approved(world)
    shown = await window(world, notification.id)
    assert (shown.ticket.title, shown.ticket.reporter) == ("The map stays empty", "Rita Reyes")
    assert shown.entry is not None
    assert (shown.entry.content, shown.entry.approved_by, shown.text) == (CONTENT, "Ana", CONTENT)
    assert (shown.may_retry, shown.stays, shown.sent_at) == (False, None, None)


async def test_it_says_whether_what_was_given_up_may_be_sent_anew_and_why_not(world: World):
    notification = await approved(world)
    await world.rows("UPDATE notifications SET status = 'permanently_failed'")
    assert (await window(world, notification.id)).may_retry
    async with world.db.transaction() as session:
        ticket = await session.get_one(Ticket, notification.ticket_id)
    await add(world, ticket, status="read")
    shown = await window(world, notification.id)
    assert (shown.may_retry, "told already" in (shown.stays or "")) == (False, True)


async def test_a_message_on_a_channel_that_is_gone_can_still_be_read(world: World):
    one = await add(world, await world.ticket(), channel="pigeon")
    assert (await window(world, one)).text == "Mended."


async def test_what_does_not_exist_is_not_found(world: World):
    with pytest.raises(NotFound):
        await window(world, UUID(int=1))


async def test_texts_are_listed_as_drafts_and_as_approved(world: World):
    await approved(world)
    other = await world.ticket(status=TicketStatus.RESOLVED, text="The export stops")
    agent = await world.agent()
    async with world.db.transaction() as session:
        await changelog.drafted(
            session, other.id, CONTENT, model="gpt-5.1", prompt_tokens=12, completion_tokens=3, by=agent
        )
    drafts, done, every = await entries(world, "draft"), await entries(world, "approved"), await entries(world, None)
    assert [line.ticket.title for line in every] == ["The export stops", "The map stays empty"]
    (draft,), (text,) = drafts, done
    assert (draft.is_approved, draft.model, draft.prompt_tokens, draft.completion_tokens) == (False, "gpt-5.1", 12, 3)
    assert (text.is_approved, text.approved_by, text.model) == (True, "Ana", None)
    async with world.db.transaction() as session:
        assert (await reviewing.changelog(session, text.id)).line == text


async def entries(world: World, status: str | None) -> tuple[reviewing.ChangelogLine, ...]:
    async with world.db.transaction() as session:
        found = await SECTIONS["changelogs"](session, Choice("changelogs").narrowed(status=status))
    return found.lines


async def test_a_text_that_does_not_exist_is_not_found(world: World):
    with pytest.raises(NotFound):
        async with world.db.transaction() as session:
            await reviewing.changelog(session, UUID(int=1))


async def test_beside_a_message_and_a_text_stand_the_others_of_the_group(world: World):
    told = await approved(world)
    others = [await world.ticket(text=f"Other {number}") for number in range(2)]
    agent = await world.agent()
    async with world.db.transaction() as session:
        ids = [told.ticket_id, *(each.id for each in others)]
        await grouping.create(session, name="Map", ticket_ids=ids, by=agent)
    async with world.db.transaction() as session:
        message = await reviewing.notification(session, told.id, channels=CHANNELS)
        text = await reviewing.changelog(session, told.changelog_entry_id)
    assert [line.number for line in message.related] == [each.number for each in others]
    assert text.related == message.related
