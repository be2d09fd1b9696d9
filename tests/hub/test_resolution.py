"""A group is resolved: every ticket closed, the right people told once."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from hub import changelog, drafting, grouping, membership, merging, resolution, ticketing
from hub.channel import Profile
from hub.errors import Conflict, Invalid, Stale
from hub.membership import Answer
from hub.resolution import Notify, Outcome, Plan
from storage.enums import TicketStatus
from storage.models import Ticket, TicketGroup
from tests.build import CHANNELS, NOON, World, later

TEXT = "**What happened:**\nIt broke.\n\n**How we fixed it:**\nMended.\n\n**Going forward:**\nAll well."
BEN = "T1:UBEN"


async def reported(world: World, *accounts: str) -> list[Ticket]:
    """A ticket from each of these accounts."""
    return [
        await world.ticket(text=f"It hangs for {name}", author=Profile(account_id=f"shop:{name}", name=name))
        for name in accounts
    ]


async def grouped(world: World, *accounts: str, primary: int = 0) -> TicketGroup:
    tickets = await reported(world, *accounts)
    agent = await world.agent()
    async with world.db.transaction() as session:
        return await grouping.create(
            session,
            name="Hangs",
            ticket_ids=[ticket.id for ticket in tickets],
            primary_ticket_id=tickets[primary].id,
            by=agent,
        )


async def resolve(world: World, group_id: UUID, plan: Plan | None = None, **facts: Any) -> Outcome:
    agent = await world.agent()
    given = {"by": agent, "channels": CHANNELS, "now": NOON} | facts
    async with world.db.transaction() as session:
        return await resolution.resolve(session, group_id, plan or Plan(TEXT), **given)


async def told(world: World) -> list[str]:
    """Whom a resolution is owed to."""
    rows = await world.rows("SELECT recipient FROM notifications WHERE purpose = 'resolution' ORDER BY recipient")
    return [row["recipient"] for row in rows]


async def ids(world: World) -> list[UUID]:
    return [row["id"] for row in await world.rows("SELECT id FROM tickets ORDER BY number")]


async def test_every_ticket_is_resolved_and_one_message_leaves_on_the_primary_ones_channel(world: World):
    group = await grouped(world, "ana", "bea", "cid", primary=1)
    await world.rows("DELETE FROM jobs")
    outcome = await resolve(world, group.id, Plan(TEXT, note="The queue was full"))
    assert (outcome.is_done, outcome.told) == (True, 1)
    assert await told(world) == ["shop:bea"]
    assert {row["status"] for row in await world.rows("SELECT status FROM tickets")} == {"resolved"}
    for ticket_id in await ids(world):
        assert {"status_changed", "group_resolved"} <= set(await world.events(ticket_id))
    (row,) = await world.rows("SELECT status, resolved_via_channel, resolution_note FROM ticket_groups")
    assert tuple(row.values()) == ("resolved", "toy", "The queue was full")
    kinds = [row["kind"] for row in await world.rows("SELECT kind FROM jobs")]
    assert sorted(kinds) == ["dispatch", "draw_card", "draw_card", "draw_card"]


async def test_whose_reports_are_from_before_a_restore_is_known_before_they_are_told(world: World):
    group = await grouped(world, "ana", "bea")
    await world.rows("UPDATE tickets SET reported_at = reported_at + interval '1 hour' WHERE number = 2")
    await world.rows("INSERT INTO schedules (name, ran_at) VALUES ('restored', $1)", later(60))
    async with world.db.transaction() as session:
        found = await resolution.outgoing(session, group.id, Plan(TEXT, Notify.EVERYONE), channels=CHANNELS, now=NOON)
    assert {one.to.ticket.number: one.to.restored_at for one in found} == {1: later(60), 2: None}


async def test_everybody_is_told_once_however_many_tickets_they_have(world: World):
    group = await grouped(world, "ana", "bea", "ana", "ana")
    assert (await resolve(world, group.id, Plan(TEXT, Notify.EVERYONE))).told == 2
    assert await told(world) == ["shop:ana", "shop:bea"]
    (row,) = await world.rows(
        "SELECT number FROM tickets JOIN notifications ON ticket_id = tickets.id WHERE recipient = 'shop:ana'"
    )
    assert row["number"] == 1, "the primary ticket is where its reporter is told"


async def test_a_resolved_group_knows_how_many_were_told_by_which_channels_and_what(world: World):
    group = await grouped(world, "ana", "bea", "cid", "ana")
    assert (await answer(world, group.id)) is None
    await resolve(world, group.id, Plan(TEXT, Notify.EVERYONE))
    assert (await answer(world, group.id)) == Answer(TEXT, {"toy": 3}, 0)
    await world.rows("UPDATE notifications SET channel = 'in_app' WHERE recipient = 'shop:bea'")
    await world.rows("UPDATE notifications SET status = 'permanently_failed' WHERE recipient = 'shop:cid'")
    assert (await answer(world, group.id)) == Answer(TEXT, {"in_app": 1, "toy": 1}, 1)


async def answer(world: World, group_id: UUID) -> Answer | None:
    async with world.db.transaction() as session:
        return (await membership.window(session, group_id)).answer


async def test_the_languages_of_a_group_are_those_of_its_reports(world: World):
    spoken = [
        ("ana", "It hangs when I save and I do not know why"),
        ("bea", "No funciona cuando guardo y no sé por qué"),
        ("cid", "The page is empty and it does not load"),
    ]
    tickets = [
        await world.ticket(text=text, author=Profile(account_id=f"shop:{name}", name=name)) for name, text in spoken
    ]
    async with world.db.transaction() as session:
        group = await grouping.create(
            session, name="Hangs", ticket_ids=[each.id for each in tickets], by=await world.agent()
        )
        assert await resolution.languages_of(session, group) == {"en": 2, "es": 1}


async def test_two_accounts_of_one_person_are_one_person(world: World):
    group = await grouped(world, "ana", "bea")
    agent = await world.agent()
    rows = await world.rows("SELECT reporter_id FROM reporter_identities ORDER BY platform_user_id")
    async with world.db.transaction() as session:
        await merging.merge(session, rows[1]["reporter_id"], into_id=rows[0]["reporter_id"], by=agent)
    assert (await resolve(world, group.id, Plan(TEXT, Notify.EVERYONE))).told == 1


async def test_who_was_told_already_is_not_told_by_the_group(world: World):
    group = await grouped(world, "ana", "bea")
    first, _ = await ids(world)
    await tell(world, first)
    found = await shown(world, group.id, Plan(TEXT, Notify.EVERYONE))
    assert [one.to.refusal is not None for one in found] == [True, False]
    assert (await resolve(world, group.id, Plan(TEXT, Notify.EVERYONE))).told == 1
    assert await told(world) == ["shop:ana", "shop:bea"]


async def test_whom_the_group_told_no_ticket_of_it_tells_again(world: World):
    group = await grouped(world, "ana", "ana", "bea")
    await resolve(world, group.id)
    _, second, third = await ids(world)
    with pytest.raises(Conflict, match="with ticket #1 of the same group"):
        await tell(world, second)
    await tell(world, third)
    assert await told(world) == ["shop:ana", "shop:bea"]


async def test_of_two_tickets_of_one_person_in_a_group_one_tells_also_at_the_same_time(world: World):
    for _ in range(5):
        group = await grouped(world, "ana", "ana", "bea")
        first, second = [
            row["id"]
            for row in await world.rows(
                "SELECT id FROM tickets WHERE ticket_group_id = $1 ORDER BY number LIMIT 2", group.id
            )
        ]
        await settle(world, first, second)
        entries = [await write(world, ticket_id) for ticket_id in (first, second)]
        outcomes = await asyncio.gather(*(approve(world, entry) for entry in entries), return_exceptions=True)
        assert sorted(type(one).__name__ for one in outcomes) == ["Conflict", "Notification"]


async def tell(world: World, ticket_id: UUID) -> None:
    await settle(world, ticket_id)
    await approve(world, await write(world, ticket_id))


async def settle(world: World, *ticket_ids: UUID) -> None:
    agent = await world.agent()
    for ticket_id in ticket_ids:
        async with world.db.transaction() as session:
            await ticketing.set_status(session, ticket_id, TicketStatus.RESOLVED, by=agent)


async def write(world: World, ticket_id: UUID) -> UUID:
    agent = await world.agent()
    async with world.db.transaction() as session:
        return (await changelog.write(session, ticket_id, TEXT, by=agent)).id


async def approve(world: World, entry_id: UUID) -> Any:
    agent = await world.agent()
    async with world.db.transaction() as session:
        return await changelog.approve(session, entry_id, by=agent, channels=CHANNELS, now=NOON)


async def shown(world: World, group_id: UUID, plan: Plan) -> list[resolution.Outgoing]:
    async with world.db.transaction() as session:
        return await resolution.outgoing(session, group_id, plan, channels=CHANNELS, now=NOON)


async def test_what_leaves_is_what_was_shown_or_nothing_does(world: World):
    group = await grouped(world, "ana", "bea")
    plan = Plan(TEXT, Notify.EVERYONE)
    confirmed = resolution.hash_of(resolution.leaving(await shown(world, group.id, plan)))
    (late,) = await reported(world, "cid")
    agent = await world.agent()
    async with world.db.transaction() as session:
        await grouping.add(session, group.id, [late.id], by=agent)
    with pytest.raises(Stale, match="Read it again"):
        await resolve(world, group.id, plan, shown=confirmed)
    assert await told(world) == []
    confirmed = resolution.hash_of(resolution.leaving(await shown(world, group.id, plan)))
    assert (await resolve(world, group.id, plan, shown=confirmed)).told == 3


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        (Plan("**What happened:** It broke."), "A heading is missing"),
        (Plan(" "), "empty"),
        (Plan(TEXT, channel="in_app"), "no account on in_app"),
        (Plan(TEXT, Notify.EVERYONE, channel="in_app"), "only be chosen for one"),
    ],
)
async def test_what_cannot_be_told_is_refused_and_nothing_is_resolved(world: World, plan: Plan, why: str):
    group = await grouped(world, "ana", "bea")
    with pytest.raises(Invalid, match=why):
        await resolve(world, group.id, plan)
    assert {row["status"] for row in await world.rows("SELECT status FROM tickets")} == {"open"}


async def test_the_reporter_can_be_told_on_another_channel_where_they_have_an_account(world: World):
    group = await grouped(world, "ana", "bea")
    await world.rows(
        "INSERT INTO reporter_identities (reporter_id, platform, platform_user_id, account_digest) "
        "SELECT reporter_id, 'in_app', 'in_app:ana', sha256('in_app:ana') FROM reporter_identities WHERE platform_user_id = 'shop:ana'"
    )
    await resolve(world, group.id, Plan(TEXT, channel="in_app"))
    (row,) = await world.rows("SELECT channel, place FROM notifications")
    assert tuple(row.values()) == ("in_app", {})


async def test_a_group_is_resolved_once_however_often_at_once(world: World):
    group = await grouped(world, "ana", "bea")
    outcomes = await asyncio.gather(*(resolve(world, group.id) for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(one, Outcome) for one in outcomes) == 1
    assert all(isinstance(one, Outcome | Conflict) for one in outcomes)
    assert len(await told(world)) == 1


async def test_so_many_people_are_told_only_when_a_second_person_agrees(world: World):
    group = await grouped(world, "ana", "bea", "cid")
    plan = Plan(TEXT, Notify.EVERYONE)
    assert not (await resolve(world, group.id, plan, second_above=2)).is_done
    assert await told(world) == []
    ana, ben = await world.agent(), await world.agent(BEN)
    with pytest.raises(Conflict, match="second person"):
        await agree(world, group.id, by=ana)
    assert (await agree(world, group.id, by=ben)).told == 3
    (entry,) = await world.rows("SELECT created_by, approved_by FROM changelog_entries")
    assert tuple(entry.values()) == (ana.id, ben.id)
    assert (await resolve(world, (await grouped(world, "dan", "eva")).id, plan, second_above=2)).is_done


async def test_who_proposes_the_very_same_agrees(world: World):
    group = await grouped(world, "ana", "bea", "cid")
    plan, ben = Plan(TEXT, Notify.EVERYONE), await world.agent(BEN)
    assert not (await resolve(world, group.id, plan, second_above=1)).is_done
    assert not (await resolve(world, group.id, plan, second_above=1)).is_done, "not by asking twice"
    other = Plan(TEXT.replace("Mended", "Replaced"), Notify.EVERYONE)
    assert not (await resolve(world, group.id, other, second_above=1, by=ben)).is_done
    assert (await resolve(world, group.id, other, second_above=1)).is_done


async def test_what_was_proposed_falls_when_the_group_changes_or_somebody_declines(world: World):
    group = await grouped(world, "ana", "bea", "cid")
    plan, ben = Plan(TEXT, Notify.EVERYONE), await world.agent(BEN)
    await resolve(world, group.id, plan, second_above=1)
    async with world.db.transaction() as session:
        await grouping.remove(session, group.id, (await ids(world))[2], by=ben)
    with pytest.raises(Stale):
        await agree(world, group.id, by=ben)
    await resolve(world, group.id, plan, second_above=1)
    async with world.db.transaction() as session:
        await resolution.decline(session, group.id)
    with pytest.raises(Stale):
        await agree(world, group.id, by=ben)


async def agree(world: World, group_id: UUID, **facts: Any) -> Outcome:
    async with world.db.transaction() as session:
        return await resolution.agree(session, group_id, channels=CHANNELS, now=NOON, **facts)


async def test_approved_texts_are_gathered_and_each_thing_said_once(world: World):
    group = await grouped(world, "ana", "bea", "cid")
    with pytest.raises(Conflict, match="nothing to gather"):
        async with world.db.transaction() as session:
            await resolution.gathered(session, group.id)
    for ticket_id in (await ids(world))[:2]:
        await tell(world, ticket_id)
    async with world.db.transaction() as session:
        text = await resolution.gathered(session, group.id)
    assert text == TEXT
    assert changelog.lacks(text) == []


async def test_a_page_in_notion_is_told_and_keeps_its_status(world: World):
    group = await grouped(world, "ana", "bea")
    await world.rows("UPDATE tickets SET notion_page_id = 'p-1', notion_status = 'In Progress' WHERE number = 1")
    await world.rows("DELETE FROM jobs")
    await resolve(world, group.id)
    kinds = sorted(row["kind"] for row in await world.rows("SELECT kind FROM jobs"))
    assert kinds == ["comment_on_page", "dispatch", "draw_card", "draw_card"]


async def test_what_a_model_is_sent_of_a_group_is_scrubbed_report_by_report(world: World):
    tickets = [
        await world.ticket(
            text="Write to rita@example.com, it hangs", author=Profile(account_id="shop:rita", name="Rita Rossi")
        ),
        await world.ticket(
            text="Rita Rossi told me it hangs: +34 600 111 222", author=Profile(account_id="shop:bo", name="Bo")
        ),
    ]
    agent = await world.agent()
    async with world.db.transaction() as session:
        group = await grouping.create(session, name="Hangs", ticket_ids=[each.id for each in tickets], by=agent)
        asked = await drafting.questions(session, group.id)
    prompt, reports = await drafting.prompt(asked)
    for secret in ("rita@example.com", "Rita Rossi", "600 111 222"):
        assert secret not in prompt.whole
    assert {original for _, original in drafting.redactions(asked, reports)} >= {"rita@example.com", "Rita Rossi"}
    assert "report" in prompt.content.text


async def test_a_text_is_written_once_and_kept_until_it_is_asked_for_anew(world: World):
    group = await grouped(world, "ana", "bea")
    agent = await world.agent()

    async def ask(**facts: Any) -> int:
        async with world.db.transaction() as session:
            await drafting.request(session, group.id, model="m", by=agent, **facts)
        return len(await world.rows("SELECT FROM jobs WHERE kind = 'draft_group_text'"))

    assert [await ask(), await ask()] == [1, 1]
    async with world.db.transaction() as session:
        await drafting.drafted(session, group.id, TEXT, model="m", prompt_tokens=1, completion_tokens=2)
    assert [await ask(), await ask(anew=True)] == [1, 2]
