"""Nobody is told twice, and a status only ever moves up."""

import asyncio
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from hub import notifying
from hub.channel import Receipt
from hub.errors import Conflict, NotFound
from storage.enums import NotificationStatus
from storage.models import Notification, ReporterIdentity, Ticket
from tests.build import NOON, World, later, report


async def owed(world: World, **facts) -> UUID:
    """A message owed to Rita."""
    ticket = await world.ticket()
    async with world.db.transaction() as session:
        row = Notification(
            ticket_id=ticket.id,
            identity_id=ticket.identity_id,
            channel="toy",
            recipient="shop:rita",
            content="It is mended.",
            **facts,
        )
        session.add(row)
        await session.flush()
        return row.id


async def look(world: World, notification_id: UUID) -> Notification:
    async with world.db.transaction() as session:
        return await session.get_one(Notification, notification_id)


async def begin(world: World, notification_id: UUID):
    async with world.db.transaction() as session:
        return await notifying.begin(session, notification_id, wait=60)


async def receive(
    world: World, notification_id: UUID | None, status: str, *, provider_id: str = "p-1", **facts
) -> None:
    seen = Receipt(
        platform="toy",
        provider_id=provider_id,
        status=status,
        at=NOON,
        notification_id=str(notification_id) if notification_id else None,
        **facts,
    )
    async with world.db.transaction() as session:
        await notifying.receipt(session, seen)


async def sent(world: World, notification_id: UUID, provider_id: str = "p-1") -> None:
    async with world.db.transaction() as session:
        await notifying.sent(session, notification_id, provider_id=provider_id, kind="session")


async def ask(world: World, notification_id: UUID) -> None:
    """Nobody but an agent can tell."""
    async with world.db.transaction() as session:
        await notifying.ask_agent(session, notification_id)


async def test_beginning_commits_sending_and_gives_the_letter(world: World):
    one = await owed(world)
    letter = await begin(world, one)
    assert (letter.recipient, letter.text, letter.last_heard_at) == ("shop:rita", "It is mended.", NOON)
    assert (await look(world, one)).status == "sending"


async def test_a_second_beginning_never_sends_but_looks_it_up_later(world: World):
    one = await owed(world)
    await begin(world, one)
    assert await begin(world, one) is None
    assert (await look(world, one)).unsure_since is not None
    kinds = [row["kind"] for row in await world.rows("SELECT kind FROM jobs WHERE run_at > now() + interval '50 s'")]
    assert kinds == ["reconcile"]


@pytest.mark.parametrize("status", ["sent", "delivered", "read", "permanently_failed", "channel_restricted"])
async def test_what_is_settled_is_not_sent_again(world: World, status: str):
    assert await begin(world, await owed(world, status=status)) is None


async def test_five_retries_and_then_it_is_given_up(world: World):
    one = await owed(world)
    outcomes = []
    for _ in range(6):
        assert await begin(world, one) is not None
        async with world.db.transaction() as session:
            outcomes.append(await notifying.failed(session, one, error="Busy.", code="500", may_retry=True))
    assert outcomes == [True] * 5 + [False]
    row = await look(world, one)
    assert (row.status, row.retry_count, row.last_error) == ("permanently_failed", 5, "Busy.")
    assert await begin(world, one) is None


async def test_what_can_never_succeed_is_not_retried(world: World):
    one = await owed(world)
    await begin(world, one)
    async with world.db.transaction() as session:
        assert not await notifying.failed(session, one, error="No.", code="131026", may_retry=False)
    assert (await look(world, one)).status == "permanently_failed"


async def test_a_receipt_before_our_own_commit_is_found_by_our_id(world: World):
    one = await owed(world)
    await begin(world, one)
    await receive(world, one, "delivered")
    await sent(world, one)
    row = await look(world, one)
    assert (row.status, row.provider_id) == ("delivered", "p-1")
    assert (await world.events(row.ticket_id)).count("notification_sent") == 0


async def test_a_receipt_is_found_by_the_providers_id_too(world: World):
    one = await owed(world)
    await begin(world, one)
    await sent(world, one)
    await receive(world, None, "read")
    assert (await look(world, one)).status == "read"


async def test_a_receipt_of_nobody_we_know_is_ignored(world: World):
    await receive(world, None, "read", provider_id="unknown")
    await receive(world, UUID(int=7), "read")


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.lists(st.sampled_from(["sent", "delivered", "read", "failed", "committed"]), max_size=8))
async def test_in_any_order_the_status_never_goes_back(world: World, order: list[str]):
    one = await owed(world)
    await begin(world, one)
    best = 0
    for word in order:
        if word == "committed":
            await sent(world, one)
        else:
            await receive(world, one, word)
        status = NotificationStatus((await look(world, one)).status)
        if best >= notifying.RANK[NotificationStatus.DELIVERED]:
            assert notifying.RANK[status] >= best
        best = max(best, notifying.RANK[status])


async def test_a_closed_window_falls_back_to_the_template_once(world: World):
    one = await owed(world)
    await begin(world, one)
    await sent(world, one)
    refusal = {"remedy": "template", "error_code": "131047", "error": "Too late."}
    await receive(world, one, "failed", **refusal)
    await receive(world, one, "failed", **refusal)
    row = await look(world, one)
    assert (row.status, row.template_only, row.past_provider_ids) == ("pending", True, ["p-1"])
    letter = await begin(world, one)
    assert letter.template_only
    await receive(world, one, "failed", **refusal)
    assert (await look(world, one)).status == "sending", "about the first attempt: ignored"
    await sent(world, one, "p-2")
    await receive(world, one, "failed", provider_id="p-2", **refusal)
    assert (await look(world, one)).status == "permanently_failed"


async def test_a_passing_refusal_after_the_fact_is_sent_again(world: World):
    one = await owed(world)
    await begin(world, one)
    await sent(world, one)
    await receive(world, one, "failed", remedy="retry")
    row = await look(world, one)
    assert (row.status, row.retry_count, row.provider_id) == ("failed", 1, None)
    assert await begin(world, one) is not None


async def test_a_refusal_to_this_person_after_the_fact_is_for_an_agent(world: World):
    one = await owed(world)
    await begin(world, one)
    await sent(world, one)
    await receive(world, one, "failed", remedy="another_way", error_code="131026", error="Reach them another way.")
    row = await look(world, one)
    assert (row.status, row.error_code, row.last_error) == ("channel_restricted", "131026", "Reach them another way.")
    assert (row.provider_id, row.past_provider_ids) == (None, ["p-1"])


async def test_an_agent_settles_what_is_unsure_once(world: World):
    agent = await world.agent()
    one = await owed(world)
    with pytest.raises(Conflict):
        async with world.db.transaction() as session:
            await notifying.settle(session, one, arrived=True, by=agent)
    await begin(world, one)
    await begin(world, one)
    with pytest.raises(Conflict, match="known by now"):
        async with world.db.transaction() as session:
            await notifying.settle(session, one, arrived=False, by=agent)
    await ask(world, one)

    async def settle(*, arrived: bool) -> str:
        try:
            async with world.db.transaction() as session:
                await notifying.settle(session, one, arrived=arrived, by=agent)
        except Conflict:
            return "refused"
        return "done"

    answers = await asyncio.gather(*(settle(arrived=False) for _ in range(5)))
    assert sorted(answers) == ["done", *["refused"] * 4]
    row = await look(world, one)
    assert row.status == "pending"
    assert (await world.events(row.ticket_id)).count("notification_retried") == 1, "who had it sent twice is known"


async def test_an_agent_says_it_arrived(world: World):
    agent = await world.agent()
    one = await owed(world)
    await begin(world, one)
    await begin(world, one)
    await ask(world, one)
    async with world.db.transaction() as session:
        await notifying.settle(session, one, arrived=True, by=agent)
    row = await look(world, one)
    assert (row.status, row.unsure_since) == ("sent", None)


@pytest.mark.parametrize(("status", "becomes"), [("sent", "sent"), ("delivered", "delivered"), ("failed", "pending")])
async def test_nobody_is_asked_any_more_once_the_platform_has_said(world: World, status: str, becomes: str):
    one = await owed(world)
    await begin(world, one)
    await begin(world, one)
    await ask(world, one)
    await receive(world, one, status, remedy="template" if status == "failed" else None)
    row = await look(world, one)
    assert (row.status, row.asks_agent, row.unsure_since) == (becomes, False, None)


async def test_a_closed_bucket_costs_nothing(world: World):
    one = await owed(world)
    await begin(world, one)
    async with world.db.transaction() as session:
        await notifying.release(session, one)
    row = await look(world, one)
    assert (row.status, row.retry_count) == ("pending", 0)


async def test_what_is_surely_not_there_is_sent_after_all(world: World):
    one = await owed(world)
    await begin(world, one)
    await begin(world, one)
    async with world.db.transaction() as session:
        assert await notifying.to_reconcile(session, one) is not None
        await notifying.surely_not_sent(session, one)
    assert (await look(world, one)).status == "failed"
    async with world.db.transaction() as session:
        assert await notifying.to_reconcile(session, one) is None


async def test_an_acknowledgement_is_owed_once_and_let_go_when_unsure(world: World):
    ticket = await world.ticket(text="No puedo pagar")
    for _ in range(2):
        async with world.db.transaction() as session:
            await notifying.acknowledge(session, await session.get_one(Ticket, ticket.id))
    (row,) = await world.rows("SELECT * FROM notifications")
    assert (
        row["content"]
        == f"Gracias por avisarnos. Es el ticket #{ticket.number}; te escribiremos por aquí cuando haya novedades."
    )
    await begin(world, row["id"])
    await begin(world, row["id"])
    await ask(world, row["id"])
    assert (await look(world, row["id"])).status == "permanently_failed"


async def test_an_answer_is_shown_under_way_at_once_and_an_acknowledgement_with_what_follows(world: World):
    ticket = await world.ticket(text="The page stays empty")
    async with world.db.transaction() as session:
        await notifying.acknowledge(session, await session.get_one(Ticket, ticket.id))
    (row,) = await world.rows("SELECT id FROM notifications")
    await world.rows("DELETE FROM jobs")
    await begin(world, row["id"])
    await sent(world, row["id"])
    drawn = "SELECT extract(epoch FROM run_at - created_at)::int AS delay FROM jobs WHERE kind = 'draw_card'"
    assert [job["delay"] for job in await world.rows(drawn)] == [notifying.SHOWN_SECONDS]
    await begin(world, await owed(world))
    assert 0 in [job["delay"] for job in await world.rows(drawn)]


async def test_a_channel_that_does_not_allow_it_is_shown(world: World):
    one = await owed(world)
    await begin(world, one)
    async with world.db.transaction() as session:
        await notifying.restrict(session, one, error="The template is paused.", code="132015")
    row = await look(world, one)
    assert (row.status, row.last_error) == ("channel_restricted", "The template is paused.")
    await receive(world, one, "failed", remedy="retry")
    assert (await look(world, one)).status == "channel_restricted"


async def test_the_window_counts_for_every_id_a_phone_has_had(world: World):
    ticket = await world.ticket()
    async with world.db.transaction() as session:
        old = await session.get_one(ReporterIdentity, ticket.identity_id)
        old.attributes = {"phone": "34600"}
        session.add(
            ReporterIdentity(
                reporter_id=old.reporter_id,
                platform="toy",
                platform_user_id="shop:US.1",
                attributes={"phone": "34600"},
                last_message_at=later(3600),
            )
        )
    one = await owed(world)
    async with world.db.transaction() as session:
        row = await session.scalar(select(Notification).where(Notification.id == one))
        row.identity_id = ticket.identity_id
        letter = await notifying.letter_of(session, row)
    assert letter.last_heard_at == later(3600)


async def test_an_unknown_notification_is_not_found(world: World):
    with pytest.raises(NotFound):
        await begin(world, UUID(int=1))


async def test_a_report_gives_its_place_to_the_acknowledgement(world: World):
    await world.receive(report(place={"channel": "D9", "ts": "1.1"}))
    ticket_id = (await world.rows("SELECT id FROM tickets"))[0]["id"]
    async with world.db.transaction() as session:
        await notifying.acknowledge(session, await session.get_one(Ticket, ticket_id))
    assert (await world.rows("SELECT place FROM notifications"))[0]["place"] == {"channel": "D9", "ts": "1.1"}


async def test_a_refusal_that_overtakes_our_own_commit_is_not_undone_by_it(world: World):
    states = {"template": "pending", "another_way": "channel_restricted", None: "permanently_failed"}
    for remedy, expected in states.items():
        one = await owed(world)
        await begin(world, one)
        await receive(world, one, "failed", remedy=remedy)
        await sent(world, one)
        await receive(world, one, "sent")
        assert (await look(world, one)).status == expected
        await world.rows("DELETE FROM notifications")


async def test_good_news_about_an_attempt_that_was_given_up_still_counts(world: World):
    one = await owed(world)
    await begin(world, one)
    await receive(world, one, "failed")
    await receive(world, one, "delivered")
    assert (await look(world, one)).status == "delivered"


async def test_what_an_agent_settled_while_we_looked_is_not_sent_again(world: World):
    agent = await world.agent()
    one = await owed(world)
    await begin(world, one)
    await begin(world, one)
    await ask(world, one)
    async with world.db.transaction() as session:
        await notifying.settle(session, one, arrived=True, by=agent)
    async with world.db.transaction() as session:
        await notifying.surely_not_sent(session, one)
    assert (await look(world, one)).status == "sent"


async def test_there_is_no_doubt_about_what_was_delivered(world: World):
    one = await owed(world)
    await begin(world, one)
    await receive(world, one, "delivered")
    async with world.db.transaction() as session:
        notifying.doubt(session, await notifying.lock(session, one), delay=1)
    assert (await look(world, one)).unsure_since is None
