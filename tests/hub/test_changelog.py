"""The release valve: nothing leaves that a person has not approved to the letter."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from hub import changelog, ticketing, triage
from hub.channel import Letter, Message
from hub.errors import Conflict, Invalid, NotADraft, NotFound, NotResolved, Stale
from storage import served_models
from storage.enums import TicketStatus
from storage.models import ChangelogEntry, Ticket
from tests.build import CHANNELS, NOON, Toy, World, later

GOOD = "**What happened:**\nIt broke.\n\n**How we fixed it:**\nMended.\n\n**Going forward:**\nAll well."


async def resolved(world: World) -> Ticket:
    return await world.ticket(status=TicketStatus.RESOLVED)


async def written(world: World, ticket: Ticket, content: str = GOOD) -> UUID:
    agent = await world.agent()
    async with world.db.transaction() as session:
        return (await changelog.write(session, ticket.id, content, by=agent)).id


async def approve(world: World, entry_id: UUID, **facts):
    agent = await world.agent()
    async with world.db.transaction() as session:
        return await changelog.approve(session, entry_id, by=agent, **({"channels": CHANNELS, "now": NOON} | facts))


async def test_only_a_resolved_ticket_can_be_told_about(world: World):
    ticket = await world.ticket()
    agent = await world.agent()
    with pytest.raises(NotResolved, match="is open"):
        await written(world, ticket)
    with pytest.raises(NotResolved):
        async with world.db.transaction() as session:
            await changelog.request(session, ticket.id, model="m", by=agent)


async def test_a_ticket_has_one_live_draft(world: World):
    ticket = await resolved(world)
    await written(world, ticket)
    with pytest.raises(Conflict, match="draft already"):
        await written(world, ticket)


async def test_twenty_drafts_written_at_once_are_one(world: World):
    ticket = await resolved(world)
    results = await asyncio.gather(*(written(world, ticket) for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(result, UUID) for result in results) == 1
    assert all(isinstance(result, UUID | Conflict) for result in results)


async def test_approving_owes_the_reporter_exactly_the_text(world: World):
    ticket = await resolved(world)
    notification = await approve(world, await written(world, ticket))
    assert (notification.content, notification.recipient, notification.channel) == (GOOD, "shop:rita", "toy")
    assert (await world.events(ticket.id))[-1] == "changelog_approved"
    kinds = [row["kind"] for row in await world.rows("SELECT kind FROM jobs")]
    assert kinds.count("dispatch") == 1


async def test_twenty_approvals_at_once_are_one(world: World):
    entry = await written(world, await resolved(world))
    results = await asyncio.gather(*(approve(world, entry) for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(result, NotADraft) for result in results) == 19
    assert await world.count("notifications") == 1


async def test_a_report_from_before_a_restore_may_have_been_answered_already(world: World):
    before, after = await world.ticket(sent_at=later(-5)), await world.ticket(sent_at=later(5))
    assert [await restored_since(world, ticket) for ticket in (before, after)] == [None, None]
    await world.rows("INSERT INTO schedules (name, ran_at) VALUES ('restored', $1)", NOON)
    assert [await restored_since(world, ticket) for ticket in (before, after)] == [NOON, None]


async def restored_since(world: World, ticket: Ticket) -> datetime | None:
    async with world.db.transaction() as session:
        return await changelog.restored_since(session, ticket)


async def test_what_was_approved_can_no_longer_be_changed(world: World):
    entry = await written(world, await resolved(world))
    await approve(world, entry)
    agent = await world.agent()
    with pytest.raises(NotADraft):
        async with world.db.transaction() as session:
            await changelog.edit(session, entry, "other", by=agent)


@pytest.mark.parametrize("heading", changelog.HEADINGS)
async def test_a_draft_that_lacks_a_heading_cannot_be_approved(world: World, heading: str):
    entry = await written(world, await resolved(world), GOOD.replace(heading, "**Something:**"))
    with pytest.raises(Invalid, match="A heading is missing"):
        await approve(world, entry)


@pytest.mark.parametrize("content", ["", "  \n", "x" * 3001])
async def test_a_text_that_is_empty_or_too_long_is_refused(world: World, content: str):
    with pytest.raises(Invalid):
        await written(world, await resolved(world), content)


async def test_what_was_shown_is_what_is_sent_or_nothing_is(world: World):
    ticket = await resolved(world)
    entry_id = await written(world, ticket)
    shown = await fingerprint(world, entry_id)
    agent = await world.agent()
    async with world.db.transaction() as session:
        await changelog.edit(session, entry_id, GOOD + "\nPS", by=agent)
    with pytest.raises(Stale):
        await approve(world, entry_id, shown=shown)
    await approve(world, entry_id, shown=await fingerprint(world, entry_id))


async def test_a_window_that_closed_since_is_shown_again(world: World):
    class Windowed(Toy):
        def compose(self, letter: Letter, now) -> Message:
            kind = "session" if now - letter.last_heard_at < timedelta(hours=24) else "template"
            return Message(kind=kind, text=letter.text, request={})

    channels = CHANNELS | {"toy": Windowed()}
    entry_id = await written(world, await resolved(world))
    shown = await fingerprint(world, entry_id, channel=Windowed())
    with pytest.raises(Stale):
        await approve(world, entry_id, shown=shown, channels=channels, now=NOON + timedelta(hours=25))
    await approve(world, entry_id, shown=shown, channels=channels, now=NOON + timedelta(hours=1))


async def fingerprint(world: World, entry_id: UUID, channel: Toy | None = None) -> str:
    async with world.db.transaction() as session:
        entry = await session.get_one(ChangelogEntry, entry_id)
        ticket = await session.get_one(Ticket, entry.ticket_id)
        letter, name = await changelog.outgoing(session, entry, ticket)
        return changelog.hash_of(name, letter, (channel or Toy()).compose(letter, NOON))


async def test_a_reopened_ticket_cannot_be_approved(world: World):
    ticket = await resolved(world)
    entry = await written(world, ticket)
    agent = await world.agent()
    async with world.db.transaction() as session:
        await ticketing.set_status(session, ticket.id, TicketStatus.OPEN, by=agent)
    with pytest.raises(NotResolved):
        await approve(world, entry)


async def test_a_ticket_nobody_is_named_on_is_recorded_for_by_hand(world: World):
    from hub import ingestion

    agent = await world.agent()
    async with world.db.transaction() as session:
        ticket = await ingestion.create(session, title="By hand", description="", by=agent)
        await ticketing.set_status(session, ticket.id, TicketStatus.RESOLVED, by=agent)
    notification = await approve(world, await written(world, ticket))
    assert (notification.channel, notification.identity_id) == ("in_app", None)


async def test_who_approved_on_whose_behalf_stands_beside_the_key(world: World):
    entry_id = await written(world, await resolved(world))
    await approve(world, entry_id, on_behalf_of="Maria")
    (row,) = await world.rows("SELECT approved_by, metadata FROM changelog_entries")
    assert (row["approved_by"], row["metadata"]) == ("T1:UANA", {"on_behalf_of": "Maria"})


async def test_asking_twice_for_a_draft_is_asking_once(world: World):
    ticket = await resolved(world)
    agent = await world.agent()
    for _ in range(3):
        async with world.db.transaction() as session:
            await changelog.request(session, ticket.id, model="m", by=agent)
    assert [row["kind"] for row in await world.rows("SELECT kind FROM jobs")].count("draft_changelog") == 1


async def test_a_live_draft_is_kept_unless_it_is_wanted_anew(world: World):
    ticket = await resolved(world)
    await written(world, ticket)
    agent = await world.agent()
    for anew, asked in ((False, False), (True, True)):
        async with world.db.transaction() as session:
            asked_for = await changelog.request(session, ticket.id, model="m", by=agent, anew=anew)
            assert (asked_for.draft_requested_at is not None) is asked


async def test_words_that_would_be_replaced_soon_are_not_taken(world: World):
    ticket = await resolved(world)
    entry_id = await written(world, ticket)
    agent = await world.agent()
    async with world.db.transaction() as session:
        await changelog.request(session, ticket.id, model="m", by=agent, anew=True)
    with pytest.raises(Conflict, match="would replace yours"):
        async with world.db.transaction() as session:
            await changelog.edit(session, entry_id, GOOD + "\nMine.", by=agent)


async def drafted(world: World, ticket: Ticket, content: str = GOOD) -> ChangelogEntry | None:
    agent = await world.agent()
    async with world.db.transaction() as session:
        return await changelog.drafted(
            session, ticket.id, content, model="m", prompt_tokens=10, completion_tokens=5, by=agent
        )


async def test_what_a_model_wrote_takes_the_place_of_the_live_draft(world: World):
    ticket = await resolved(world)
    entry_id = await written(world, ticket)
    entry = await drafted(world, ticket, GOOD + "\nBy a model.")
    assert entry is not None
    assert (entry.id, entry.ai_model, entry.ai_prompt_tokens) == (entry_id, "m", 10)


async def test_a_draft_for_a_ticket_reopened_meanwhile_is_not_kept(world: World):
    ticket = await world.ticket()
    assert await drafted(world, ticket) is None
    assert await world.count("changelog_entries") == 0


async def test_a_failed_draft_says_why_and_can_be_asked_for_again(world: World):
    ticket = await resolved(world)
    agent = await world.agent()
    async with world.db.transaction() as session:
        await changelog.request(session, ticket.id, model="m", by=agent)
        await changelog.draft_failed(session, ticket.id, "The model is retired.")
    async with world.db.transaction() as session:
        row = await session.scalar(select(Ticket).where(Ticket.id == ticket.id))
        assert (row.draft_requested_at, row.draft_error) == (None, "The model is retired.")


async def test_a_prompt_hides_what_the_preview_lists(world: World):
    ticket = await world.ticket(text="Write to rita@example.com, I am Rita Reyes")
    async with world.db.transaction() as session:
        asked = await triage.question(session, ticket.id)
    prompt = await changelog.prompt(asked)
    assert "rita@example.com" not in prompt.whole
    assert "Rita Reyes" not in prompt.whole
    assert "rita@example.com" in [original for _, original in changelog.redactions(asked, prompt)]


async def test_an_unknown_entry_is_not_found(world: World):
    with pytest.raises(NotFound):
        await approve(world, UUID(int=1))


async def test_nothing_is_sent_while_a_new_text_is_being_written(world: World):
    ticket = await resolved(world)
    entry = await written(world, ticket)
    agent = await world.agent()
    async with world.db.transaction() as session:
        await changelog.request(session, ticket.id, model="m", by=agent, anew=True)
    with pytest.raises(Conflict, match="being written"):
        await approve(world, entry)


async def test_approving_editing_and_drafting_at_once_do_not_deadlock(world: World):
    agent = await world.agent()
    for _ in range(4):
        ticket = await resolved(world)
        entry = await written(world, ticket)

        async def by_ticket(ticket_id=ticket.id) -> None:
            async with world.db.transaction() as session:
                draft = await changelog.draft_of(session, ticket_id)
                await changelog.approve(session, draft.id, by=agent, channels=CHANNELS, now=NOON)

        async def edit(entry_id=entry) -> None:
            async with world.db.transaction() as session:
                await changelog.edit(session, entry_id, GOOD, by=agent)

        acts = [act for _ in range(5) for act in (by_ticket(), approve(world, entry), edit(), drafted(world, ticket))]
        results = await asyncio.gather(*acts, return_exceptions=True)
        broken = [one for one in results if isinstance(one, Exception) and not isinstance(one, Conflict)]
        assert broken == []


async def test_a_reporter_is_told_once_for_one_resolution(world: World):
    ticket = await resolved(world)
    await approve(world, await written(world, ticket))
    with pytest.raises(Conflict, match="told already"):
        await written(world, ticket)
    agent = await world.agent()
    for status in (TicketStatus.OPEN, TicketStatus.RESOLVED):
        async with world.db.transaction() as session:
            await ticketing.set_status(session, ticket.id, status, by=agent)
    await approve(world, await written(world, ticket))
    assert await world.count("notifications") == 2


async def test_the_empty_template_cannot_be_approved(world: World):
    entry = await written(world, await resolved(world), changelog.TEMPLATE)
    with pytest.raises(Invalid, match="under “What happened”, “How we fixed it” and “Going forward”") as refused:
        await approve(world, entry)
    assert "*" not in refused.value.message


def test_only_the_headings_without_words_are_named():
    content = "**What happened:** It broke.\n\n**How we fixed it:**\n \n**Going forward:** We watch it."
    assert changelog.why_not_whole(content) == "Write something under “How we fixed it”: there are no words yet."


async def test_models_that_are_not_served_are_not_offered(world: World):
    configured = ("gpt-5.1", "o3-mini")
    for served, offered in (
        ([], ["gpt-5.1", "o3-mini"]),
        (["local"], ["gpt-5.1", "o3-mini"]),
        (["gpt-5.1", "gpt-6-luna"], ["gpt-5.1"]),
        (["o3-mini"], ["o3-mini"]),
    ):
        async with world.db.transaction() as session:
            await served_models.replace(session, served)
            assert await changelog.models(session, configured) == offered


@pytest.mark.parametrize("left", ["[EMAIL_1]", "[NAME_2]"])
def test_a_placeholder_never_reaches_a_reporter(left: str):
    assert changelog.why_not_whole(GOOD) is None
    refusal = changelog.why_not_whole(GOOD + f" Ask {left}, or {left}.")
    assert refusal == f"{left} stands for something the model was not shown. Write what it is, or leave it out."
    assert changelog.why_not_whole(GOOD + " Press [SAVE_1] or [EMAIL].") is None
