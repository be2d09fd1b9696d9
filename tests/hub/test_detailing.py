"""What the window of a ticket reads."""

from uuid import uuid4

import pytest

from hub import detailing, ingestion, ticketing
from hub.channel import Profile
from hub.detailing import Shown
from hub.errors import Conflict, NotFound
from hub.timeline import NOTION
from storage.enums import NotificationStatus, TicketStatus
from storage.models import Notification
from tests.build import ANA, Comment, Edit, World, later, report


async def read(world: World, ticket_id, tab: str, cursor: str | None = None):
    async with world.db.transaction() as session:
        return (await detailing.window(session, Shown(ticket_id, tab, cursor))).content


async def test_a_ticket_that_is_not_there_has_no_window(world: World):
    with pytest.raises(NotFound):
        await read(world, uuid4(), "overview")


async def test_the_overview_knows_who_has_the_ticket(world: World):
    ticket = await world.ticket()
    agent = await world.agent()
    async with world.db.transaction() as session:
        await ticketing.take(session, ticket.id, by=agent)
    shown = await read(world, ticket.id, "overview")
    assert (shown.assignee_id, shown.card.assignee, shown.card.number) == (ANA, "Ana", ticket.number)


async def test_the_original_has_earlier_versions_newest_first(world: World):
    ticket = await world.ticket(text="One", external_id="m-1", url="https://toy.example/1")
    for at, text in enumerate(("Two", "Three", "Four", "Five")):
        await world.receive(
            Edit(platform="toy", external_id="m-1", account_id="shop:rita", text=text, at=later(at + 1))
        )
    shown = await read(world, ticket.id, "original")
    assert (shown.report.text, shown.title, shown.report.url) == ("Five", "One", "https://toy.example/1")
    assert [version.text for version in shown.report.versions] == ["Four", "Three"]
    assert shown.report.has_more_versions


async def test_comments_come_in_pages_newest_first_and_none_twice(world: World):
    ticket = await world.ticket(text="It hangs", external_id="m-1")
    for number in range(7):
        await world.receive(
            Comment(
                parent="m-1",
                message=report(f"Comment {number}", external_id=f"c-{number}", sent_at=later(number + 1)),
            )
        )
    first = await read(world, ticket.id, "original")
    second = await read(world, ticket.id, "original", first.next_cursor)
    said = [comment.text for comment in (*first.comments, *second.comments)]
    assert said == [f"Comment {number}" for number in reversed(range(7))]
    assert second.next_cursor is None
    assert {comment.author for comment in first.comments} == {"Rita Reyes"}


async def test_a_ticket_made_by_hand_has_an_original_too(world: World):
    agent = await world.agent()
    async with world.db.transaction() as session:
        ticket = await ingestion.create(session, title="", description="Somebody rang", by=agent)
    shown = await read(world, ticket.id, "original")
    assert (shown.is_by_hand, shown.report.text, shown.report.author) == (True, "Somebody rang", "nobody named")
    assert await read(world, ticket.id, "reporter") is None


async def test_the_timeline_names_people_and_pages_without_gaps(world: World):
    ticket = await world.ticket()
    agent = await world.agent()
    async with world.db.transaction() as session:
        await ticketing.take(session, ticket.id, by=agent)
        locked = await ticketing.lock(session, ticket.id)
        for number in range(20):
            status = (TicketStatus.RESOLVED, TicketStatus.OPEN)[number % 2]
            ticketing.move(session, locked, status, by=NOTION)
    first = await read(world, ticket.id, "timeline")
    second = await read(world, ticket.id, "timeline", first.next_cursor)
    events = [*first.events, *second.events]
    assert [event.event for event in reversed(events)] == await world.events(ticket.id)
    assert {event.who for event in events} == {"Ana", "Notion", "The reporter"}
    assert [event.to for event in events if event.event == "assigned"] == ["Ana"]


async def test_what_somebody_else_said_is_told_by_their_name(world: World):
    ticket = await world.ticket(text="It hangs", external_id="m-1")
    other = Profile(account_id="shop:bo", name="Bo Berg")
    await world.receive(Comment(parent="m-1", message=report("Here too", external_id="c-1", author=other)))
    shown = await read(world, ticket.id, "timeline")
    assert [(event.event, event.who) for event in shown.events] == [
        ("commented", "Bo Berg"),
        ("created", "The reporter"),
    ]


async def test_the_reporter_has_accounts_and_other_tickets_but_not_this_one(world: World):
    tickets = [await world.ticket(text=f"Report {number}") for number in range(10)]
    first = await read(world, tickets[0].id, "reporter")
    second = await read(world, tickets[0].id, "reporter", first.next_cursor)
    assert [line.number for line in (*first.others, *second.others)] == list(range(10, 1, -1))
    assert [(account.platform, account.account) for account in first.accounts] == [("toy", "rita")]


async def test_deliveries_are_shown_with_their_receipts_newest_first(world: World):
    ticket = await world.ticket()
    async with world.db.transaction() as session:
        for number in range(6):
            session.add(
                Notification(
                    ticket_id=ticket.id,
                    channel="toy",
                    recipient="shop:rita",
                    content=f"Message {number}",
                    status=NotificationStatus.DELIVERED,
                    created_at=later(number),
                    sent_at=later(60),
                    delivered_at=later(61),
                )
            )
    first = await read(world, ticket.id, "deliveries")
    second = await read(world, ticket.id, "deliveries", first.next_cursor)
    shown = [*first.messages, *second.messages]
    assert [message.text for message in shown] == [f"Message {number}" for number in reversed(range(6))]
    assert {(message.recipient, message.delivered_at, message.read_at) for message in shown} == {
        ("rita", later(61), None)
    }


async def test_a_delivery_of_a_resolution_that_did_not_hold_is_past_as_on_the_card(world: World):
    ticket = await world.ticket(status=TicketStatus.RESOLVED)
    async with world.db.transaction() as session:
        message = Notification(ticket_id=ticket.id, channel="toy", recipient="shop:rita", content="It is mended.")
        message.status = NotificationStatus.PERMANENTLY_FAILED
        session.add(message)
    for status, is_past in ((None, False), (TicketStatus.OPEN, True), (TicketStatus.RESOLVED, True)):
        if status is not None:
            async with world.db.transaction() as session:
                await ticketing.set_status(session, ticket.id, status, by=NOTION)
        (shown,) = (await read(world, ticket.id, "deliveries")).messages
        (told,) = (await read(world, ticket.id, "overview")).card.told
        assert (shown.told, told.is_past) == (told, is_past)


async def test_the_form_holds_the_version_that_was_read_and_an_older_one_is_refused(world: World):
    ticket = await world.ticket()
    agent = await world.agent()
    async with world.db.transaction() as session:
        shown = await detailing.editable(session, ticket.id)
        await ticketing.change(session, ticket.id, by=agent, version=shown.version, title="A better title")
    with pytest.raises(Conflict, match="has changed since"):
        async with world.db.transaction() as session:
            await ticketing.change(session, ticket.id, by=agent, version=shown.version, title="Mine")
