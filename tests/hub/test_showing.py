"""What the screens show."""

import re
from uuid import UUID

import pytest

from hub import changelog, showing
from hub.channel import Comment, File, Profile
from hub.errors import NotFound
from storage.enums import TicketStatus
from tests.build import CHANNELS, NOON, World, report
from tests.hub.test_changelog import GOOD


async def test_a_card_shows_all_there_is(world: World):
    files = (File(name="a.png", content_type="image/png", size=3, source="m"),)
    opening = report("It hangs", external_id="o", files=files, url="https://example.com/1")
    await world.receive(opening)
    for number in range(5):
        author = Profile(account_id="shop:sam", name="Sam")
        await world.receive(
            Comment(parent="o", message=report(f"comment {number}", author=author, external_id=f"c{number}"))
        )
    ticket_id = (await world.rows("SELECT id FROM tickets"))[0]["id"]
    async with world.db.transaction() as session:
        card = await showing.card(session, ticket_id)
    assert (card.reporter, card.source_url, card.comment_count) == ("Rita Reyes", "https://example.com/1", 5)
    assert [said.author for said in card.comments] == ["Sam"] * 3
    assert [file.name for file in card.attachments] == ["a.png"]
    assert (card.suggestion, card.draft, card.told) == (None, None, ())


async def test_a_card_asks_for_its_people_and_their_message_once(world: World):
    await world.receive(report())
    ticket_id = (await world.rows("SELECT id FROM tickets"))[0]["id"]
    with world.statements() as asked:
        async with world.db.transaction() as session:
            await showing.card(session, ticket_id)
    for table in ("reporter_identities", "reporters", "ticket_sources"):
        assert len([statement for statement, _ in asked if re.search(rf"(FROM|JOIN) {table}\b", statement)]) == 1


async def test_a_draft_shows_what_it_lacks_and_who_approved_it(world: World):
    ticket = await world.ticket(status=TicketStatus.RESOLVED)
    agent = await world.agent()
    async with world.db.transaction() as session:
        entry = await changelog.write(session, ticket.id, "nothing of it", by=agent)
        draft = await showing.draft(session, entry.id)
        assert draft.unfit == changelog.why_not_whole("nothing of it")
        assert draft.unfit
        await changelog.edit(session, entry.id, GOOD, by=agent)
        await changelog.approve(session, entry.id, by=agent, channels=CHANNELS, now=NOON)
    async with world.db.transaction() as session:
        draft = await showing.draft(session, entry.id)
        card = await showing.card(session, ticket.id)
    assert (draft.is_approved, draft.approved_by, draft.unfit) == (True, "Ana", None)
    assert [(told.channel, told.status) for told in card.told] == [("toy", "pending")]


async def test_a_person_sees_their_own_reports(world: World):
    await world.receive(report("mine"))
    await world.receive(report("theirs", account_id="shop:sam"))
    async with world.db.transaction() as session:
        assert [line.title for line in await showing.reports_of(session, "toy", "shop:rita")] == ["mine"]


async def test_what_does_not_exist_is_not_found(world: World):
    for show in (showing.card, showing.draft):
        with pytest.raises(NotFound):
            async with world.db.transaction() as session:
                await show(session, UUID(int=9))
