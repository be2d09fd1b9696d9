"""What a period was like: every figure counted by hand beside it."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from hub import measurement, notifying, ticketing, triage, viewing
from hub.errors import Invalid
from hub.measurement import Confusion, Metrics, Period, percent, period_of
from hub.triage import Answer
from hub.viewing import Choice
from storage import ai_calls
from storage.enums import NotificationPurpose, Priority, TicketStatus, TicketType
from storage.measurements import Sent, Spend, Times
from storage.models import Notification, Ticket
from tests.build import ANA, Profile, World

DAY = timedelta(days=1)
SCRUBBED = {"rules": 2, "redactions": {}}
GROWING = {"tickets", "ticket_events", "notifications", "ai_calls"}


async def measured(world: World, period: Period = Period.WEEK, *, now: datetime | None = None) -> Metrics:
    async with world.db.transaction() as session:
        return await measurement.measure(session, period, now=now or datetime.now(UTC) + timedelta(seconds=5))


async def aged(world: World, ticket_id: UUID, age: timedelta) -> None:
    """The report came in so long ago."""
    await world.rows("UPDATE tickets SET created_at = now() - $2::interval WHERE id = $1", ticket_id, age)


async def test_an_empty_period_is_measured_too(world: World):
    found = await measured(world)
    assert (found.volume.total, found.open_now, found.reporters, found.models, found.sent) == (0, 0, (), (), ())
    assert found.to_triage == found.to_resolve == found.to_notify == Times(0, None, None)
    assert found.accuracy.percent is None
    assert found.volume.by_type == {"bug": 0, "feature_request": 0, "question": 0, "incident": 0}
    assert found.volume.by_priority == dict.fromkeys(range(6), 0)


async def test_tickets_are_counted_by_what_they_are_and_when_they_came(world: World):
    agent = await world.agent()
    rita = [await world.ticket(text=f"It crashes {number}") for number in range(3)]
    sam = await world.ticket(text="Another", author=Profile(account_id="shop:sam", name="Sam Stone"))
    old = await world.ticket(text="Long ago")
    await aged(world, old.id, 8 * DAY)
    await aged(world, sam.id, 2 * DAY)
    async with world.db.transaction() as session:
        await ticketing.change(
            session, rita[0].id, by=agent, priority=Priority.CRITICAL, ticket_type=TicketType.QUESTION
        )
        await ticketing.set_status(session, rita[1].id, TicketStatus.RESOLVED, by=agent)
        await ticketing.take(session, rita[2].id, by=agent)
        for ticket in (rita[1], rita[2], sam):
            await ticketing.change(
                session, ticket.id, by=agent, priority=Priority.LOW, ticket_type=TicketType.INCIDENT
            )
    found = await measured(world)
    assert found.volume.by_channel == {"toy": 4}
    assert found.volume.by_type == {"bug": 0, "feature_request": 0, "question": 1, "incident": 3}
    assert found.volume.by_priority == {0: 1, 1: 0, 2: 0, 3: 0, 4: 3, 5: 0}
    assert found.volume.by_status == {"open": 2, "in_progress": 1, "resolved": 1}
    assert found.open_now == 3, "the one from long ago is open, too"
    assert [(each.name, each.tickets) for each in found.reporters] == [("Rita Reyes", 3), ("Sam Stone", 1)]
    assert (await measured(world, Period.DAY)).volume.total == 3
    assert (await measured(world, Period.MONTH)).volume.total == 5


async def test_a_ticket_belongs_to_one_period_only(world: World):
    ticket = await world.ticket()
    begins = ticket.created_at
    assert (await measured(world, Period.DAY, now=begins)).volume.total == 0
    assert (await measured(world, Period.DAY, now=begins + DAY)).volume.total == 1


async def test_times_are_from_the_report_on(world: World):
    agent = await world.agent()
    hours = (1, 2, 3, 10)
    tickets = [await world.ticket(text=f"Report {number}") for number in hours]
    for ticket, hour in zip(tickets, hours, strict=True):
        await aged(world, ticket.id, timedelta(hours=hour))
        async with world.db.transaction() as session:
            for _ in range(2):
                await triage.record(session, ticket.id, suggestion(), model="m")
            for status in (TicketStatus.RESOLVED, TicketStatus.OPEN, TicketStatus.RESOLVED):
                await ticketing.set_status(session, ticket.id, status, by=agent)
    found = await measured(world)
    for times in (found.to_triage, found.to_resolve):
        assert times.number == 4, "what happened twice counts once"
        assert about(times.median, 2.5 * 3600)
        assert about(times.slowest_tenth, (3 + 0.7 * 7) * 3600)


async def test_what_was_opened_again_is_not_resolved(world: World):
    ticket = await world.ticket(status=TicketStatus.RESOLVED)
    assert (await measured(world)).to_resolve.number == 1
    async with world.db.transaction() as session:
        await ticketing.set_status(session, ticket.id, TicketStatus.OPEN, by=await world.agent())
    assert (await measured(world)).to_resolve.number == 0


async def test_a_second_triage_in_the_period_is_no_first_one(world: World):
    ticket = await world.ticket()
    for _ in range(2):
        async with world.db.transaction() as session:
            await triage.record(session, ticket.id, suggestion(), model="m")
    triaged = "SELECT created_at FROM ticket_events WHERE event_type = 'ai_triaged' ORDER BY position"
    first, second = [row["created_at"] for row in await world.rows(triaged)]
    assert (await measured(world, Period.DAY, now=first + DAY)).to_triage.number == 1
    assert (await measured(world, Period.DAY, now=second + DAY)).to_triage.number == 0


async def test_suggestions_are_held_against_what_agents_confirmed(world: World):
    await answered(world)
    await answered(world, priority=Priority.HIGH)
    await answered(world, priority=Priority.HIGH, ticket_type=TicketType.BUG)
    await answered(world, rejects=True)
    found = (await measured(world)).accuracy
    assert (found.accepted, found.modified, found.rejected, found.answered) == (1, 2, 1, 4)
    assert (found.right, found.percent) == (1, 25)
    assert found.types.confusions == (Confusion("incident", "bug", 2),)
    assert (found.types.right, found.types.number) == (2, 4)
    assert found.priorities.confusions == (Confusion(0, 1, 2), Confusion(0, 2, 1))
    assert (found.priorities.right, found.priorities.number) == (1, 4)


async def test_a_title_counts_as_changed_with_its_decision_only(world: World):
    await answered(world)
    await answered(world, title="Exports end early")
    await answered(world, priority=Priority.HIGH, title="Exports end early")
    await answered(world, priority=Priority.MEDIUM, ticket_type=TicketType.BUG)
    await world.rows(
        "INSERT INTO ticket_events (ticket_id, event_type, actor_type, data, created_at) "
        "SELECT ticket_id, 'fields_changed', 'user', $1, created_at + interval '2 seconds' "
        "FROM ticket_events WHERE event_type IN ('suggestion_modified', 'suggestion_accepted')",
        {"fields": ["title"]},
    )
    found = (await measured(world)).accuracy
    assert (found.accepted, found.modified, found.renamed) == (1, 3, 2)
    assert (found.types.right, found.priorities.right) == (3, 2)


def suggestion() -> Answer:
    return Answer(suggested_type=TicketType.INCIDENT, suggested_priority=0, summary="It ends early.")


async def answered(world: World, *, rejects: bool = False, **confirmed: Any) -> None:
    """A bug of priority 2 about which the model says incident, 0."""
    ticket, agent = await world.ticket(text="It crashes"), await world.agent()
    assert (ticket.ticket_type, ticket.priority) == ("bug", 2)
    async with world.db.transaction() as session:
        await triage.record(session, ticket.id, suggestion(), model="m")
        if rejects:
            await triage.reject(session, ticket.id, by=agent)
        else:
            await triage.accept(session, ticket.id, by=agent, **confirmed)


async def test_calls_are_counted_by_the_model_that_was_asked(world: World):
    async with world.db.transaction() as session:
        for milliseconds in (100, 300, 200, 401):
            ok = {"outcome": "ok", "prompt_tokens": 1000, "completion_tokens": 10, "milliseconds": milliseconds}
            ok |= {"cost": Decimal("0.0125")} if milliseconds > 100 else {}
            ai_calls.add(
                session, ticket_id=None, purpose="triage", model="big", answered="big-1", prompt="p", **SCRUBBED, **ok
            )
        ai_calls.add(
            session, ticket_id=None, purpose="triage", model="big", prompt="p", outcome="RateLimited", **SCRUBBED
        )
        ai_calls.add(
            session, ticket_id=None, purpose="triage", model="small", prompt="p", outcome="Refused", **SCRUBBED
        )
    assert (await measured(world)).models == (
        Spend("big", 5, 1, 4000, 40, Decimal("0.0375"), 250),
        Spend("small", 1, 1, 0, 0, None, None),
    )


async def test_messages_are_counted_by_channel_and_reporters_once(world: World):
    first, second = await world.ticket(text="One"), await world.ticket(text="Two")
    await aged(world, first.id, timedelta(hours=4))
    for ticket, channel, status, purpose in (
        (first, "toy", "read", "resolution"),
        (first, "toy", "sent", "resolution"),
        (second, "toy", "permanently_failed", "resolution"),
        (second, "toy", "failed", "resolution"),
        (second, "other", "channel_restricted", "resolution"),
        (second, "other", "delivered", "acknowledgement"),
        (second, "other", "sending", "resolution"),
    ):
        await owed(world, ticket, channel=channel, status=status, purpose=NotificationPurpose(purpose))
    found = await measured(world)
    assert found.sent == (
        became("toy", sent=1, read=1, failed=1, waiting=1),
        became("other", delivered=1, restricted=1, waiting=1),
    )
    assert [(each.told, each.given_up) for each in found.sent] == [(2, 1), (1, 1)]
    assert found.to_notify.number == 1
    assert about(found.to_notify.median, 4 * 3600)


def became(channel: str, **number: int) -> Sent:
    fates = ("sent", "delivered", "read", "failed", "restricted", "unsure", "waiting")
    return Sent(channel, **{fate: number.get(fate, 0) for fate in fates})


async def test_what_nobody_knows_is_unsure_and_what_overtook_us_is_told(world: World):
    ticket = await world.ticket()
    await aged(world, ticket.id, timedelta(hours=2))
    await owed(world, ticket, channel="toy", status="sending", unsure_since=datetime.now(UTC))
    await owed(world, ticket, channel="toy", status="delivered", delivered_at=datetime.now(UTC))
    await world.rows("UPDATE notifications SET sent_at = NULL")
    found = await measured(world)
    assert found.sent == (became("toy", delivered=1, unsure=1),)
    assert (found.to_notify.number, about(found.to_notify.median, 2 * 3600)) == (1, True)


async def owed(world: World, ticket: Ticket, *, status: str, **facts: Any) -> None:
    sent = datetime.now(UTC) if status in notifying.SEEN else None
    async with world.db.transaction() as session:
        session.add(
            Notification(ticket_id=ticket.id, recipient="r", content="Done.", status=status, sent_at=sent, **facts)
        )


def about(seconds: int | None, wanted: float) -> bool:
    """The test itself takes some seconds, perhaps a minute."""
    return isinstance(seconds, int) and wanted <= seconds < wanted + 120


@pytest.mark.parametrize(
    ("part", "whole", "shown"), [(0, 0, None), (0, 9, 0), (1, 1000, 1), (999, 1000, 99), (9, 9, 100), (1, 3, 33)]
)
def test_a_share_is_all_or_nothing_only_when_it_is(part, whole, shown):
    assert percent(part, whole) == shown


@pytest.mark.parametrize(("typed", "period"), [("", "24h"), ("24h", "24h"), (" 7D ", "7d"), ("30 d", "30d")])
def test_a_period_is_read_as_typed(typed, period):
    assert period_of(typed) == period


@pytest.mark.parametrize("typed", ["8d", "week", "7", "<@U1>", "x" * 9000])
def test_another_period_is_refused_with_an_example(typed):
    with pytest.raises(Invalid, match="For example: /metrics 7d") as refused:
        period_of(typed)
    assert len(refused.value.message) < 200


async def test_home_measures_once_in_half_a_minute_and_whenever_somebody_looks(world: World):
    at = datetime(2026, 11, 23, 12, 0, 10, tzinfo=UTC)

    async def open_after(seconds: float, period: Period = Period.MONTH, *, looked: float | None = None) -> int:
        now, looked_at = at + timedelta(seconds=seconds), None if looked is None else at + timedelta(seconds=looked)
        async with world.db.transaction() as session:
            return (await measurement.recent(session, period, now=now, looked_at=looked_at)).open_now

    await world.ticket()
    assert await open_after(0) == 1
    await world.ticket()
    assert await open_after(29, looked=-5) == 1
    assert await open_after(29, Period.WEEK) == 2, "another period is measured for itself"
    assert await open_after(30) == 2
    await world.ticket()
    assert await open_after(45, looked=20) == 2
    assert await open_after(45, looked=44) == 3


async def test_who_turns_to_metrics_sees_what_is_now(world: World):
    async with world.db.transaction() as session:
        await viewing.choose(session, ANA, Choice("metrics"))
        assert (await viewing.screen(session, Choice("metrics"))).content.open_now == 0
    await world.ticket()
    async with world.db.transaction() as session:
        assert (await viewing.screen(session, Choice("metrics"))).content.open_now == 0
    async with world.db.transaction() as session:
        await viewing.choose(session, ANA, Choice("metrics"))
        assert (await viewing.screen(session, Choice("metrics"))).content.open_now == 1


@pytest.mark.parametrize(("chosen", "period"), [("7d", Period.WEEK), ("1y", Period.DAY), (None, Period.DAY)])
async def test_a_home_that_shows_metrics_is_drawn_again_by_itself(world: World, chosen, period):
    async with world.db.transaction() as session:
        screen = await viewing.screen(session, Choice("metrics").narrowed(period=chosen))
    assert screen.content.period is period
    (job,) = await world.rows("SELECT run_at - now() AS wait FROM jobs WHERE kind = 'publish_homes'")
    assert timedelta(0) < job["wait"] <= measurement.FRESH


async def test_no_table_that_grows_is_read_whole(world: World):
    await world.rows(_TICKETS)
    for kind, data in (
        ("ai_triaged", "{}"),
        ("status_changed", '{"now": "resolved"}'),
        ("suggestion_accepted", '{"suggested": {"type": "bug", "priority": 1}}'),
    ):
        await world.rows(_EVENTS, kind, json.loads(data))
    await world.rows(_NOTIFICATIONS)
    await world.rows(_CALLS)
    for table in GROWING:
        await world.rows(f"ANALYZE {table}")
    for period in Period:
        statements = await asked(world, period)
        assert len(statements) > 6
        for statement, arguments in statements:
            plan = json.loads((await world.rows(f"EXPLAIN (FORMAT JSON) {statement}", *arguments))[0]["QUERY PLAN"])
            assert not read_whole(plan[0]["Plan"]) & GROWING, statement


def read_whole(plan: dict[str, Any]) -> set[str]:
    """The tables a plan goes through from end to end."""
    here = {plan["Relation Name"]} if plan["Node Type"] == "Seq Scan" else set()
    return here.union(*(read_whole(part) for part in plan.get("Plans", [])))


async def asked(world: World, period: Period) -> list[tuple[str, Any]]:
    """Every statement of a measurement, with what filled it."""
    with world.statements() as asked:
        assert (await measured(world, period)).volume.total > 0
    return asked


_TICKETS = """
INSERT INTO tickets (title, description, ticket_type, priority, original_channel, status, resolved_at, created_at)
SELECT 'A report', 'It crashes', 'bug', n % 6, 'slack', 'resolved', now(), now() - n * interval '2 hours'
FROM generate_series(1, 5000) AS n"""
_EVENTS = """
INSERT INTO ticket_events (ticket_id, event_type, actor_type, data, created_at)
SELECT id, $1, 'system', $2, created_at + interval '10 minutes' FROM tickets"""
_NOTIFICATIONS = """
INSERT INTO notifications (ticket_id, channel, recipient, content, status, sent_at, created_at)
SELECT id, 'slack', 'r', 'Done.', 'sent', created_at, created_at FROM tickets"""
_CALLS = """
INSERT INTO ai_calls (purpose, model_asked, prompt, outcome, created_at)
SELECT 'triage', 'm', 'p', 'ok', created_at FROM tickets"""
