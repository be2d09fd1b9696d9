"""Dead letters as agents see them, and what they can do about them."""

import asyncio
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from hub import mending, recovery
from hub.channel import Unreadable
from hub.errors import Conflict, Invalid, NotFound
from hub.mending import Asked
from hub.work import KINDS, Kind, Work, promise
from storage import homes, jobs
from storage.enums import TicketStatus
from storage.models import DeadLetterJob, Notification
from storage.paging import BadCursor
from tests.build import ANA, NOON, World, later


async def letter(world: World, key: str = "card:x", kind: Kind = Work.CARD, **facts: object) -> UUID:
    async with world.db.transaction() as session:
        row = DeadLetterJob(
            **{
                "job_class": kind.name,
                "job_key": key,
                "job_args": {"subject": key.partition(":")[2]},
                "error_class": "Refused",
                "error_message": "No.",
                "failed_at": NOON,
            }
            | facts
        )
        session.add(row)
        await session.flush()
        return row.id


async def shown(world: World, **asked: str | None) -> mending.LetterList:
    async with world.db.transaction() as session:
        return await mending.letters(session, Asked(**asked))


async def resolve(world: World, letter_id: UUID, reason: str = "Known.") -> None:
    async with world.db.transaction() as session:
        await recovery.resolve(session, letter_id, by=ANA, resolution=reason)


async def run_again(world: World, letter_id: UUID) -> None:
    async with world.db.transaction() as session:
        await recovery.run_again(session, letter_id, by=ANA)


async def pending(world: World) -> list[str]:
    rows = await world.rows("SELECT kind FROM jobs WHERE status = 'pending' ORDER BY kind")
    return [row["kind"] for row in rows]


async def outcomes(*acts: Callable[[], object]) -> list[str]:
    """What each of several at once came to."""

    async def one(act) -> str:
        try:
            await act()
        except Conflict as refusal:
            return refusal.message
        return "done"

    return await asyncio.gather(*(one(act) for act in acts))


async def test_what_is_unresolved_comes_first_and_the_newest_before_the_others(world: World):
    ids = [await letter(world, f"card:{n}", failed_at=later(n)) for n in range(4)]
    await resolve(world, ids[3])
    found = await shown(world)
    assert [line.id for line in found.lines] == [ids[2], ids[1], ids[0], ids[3]]
    assert [line.is_resolved for line in found.lines] == [False, False, False, True]


async def test_pages_of_letters_of_one_moment_miss_none_and_repeat_none(world: World):
    ids = {await letter(world, f"card:{n}") for n in range(7)}
    await resolve(world, next(iter(ids)))
    seen: list[UUID] = []
    cursor = None
    while True:
        async with world.db.transaction() as session:
            page = await mending.letters(session, Asked(), cursor=cursor, limit=2)
        seen += [line.id for line in page.lines]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(seen) == 7
    assert set(seen) == ids


@pytest.mark.parametrize(
    "cursor", ["", "x", "unresolved|now|x", "gone|2026-11-23T12:00:00+00:00|" + str(UUID(int=7))]
)
async def test_a_cursor_of_another_list_is_refused(world: World, cursor: str):
    with pytest.raises(BadCursor):
        async with world.db.transaction() as session:
            await mending.letters(session, Asked(), cursor=cursor)


async def test_letters_are_found_by_state_and_kind(world: World):
    one, other = await letter(world, "card:1"), await letter(world, "notion:1", Work.PUSH)
    await resolve(world, one)
    assert [line.id for line in (await shown(world, status="unresolved")).lines] == [other]
    assert [line.id for line in (await shown(world, job_class="draw_card")).lines] == [one]
    assert (await shown(world, job_class="draw_card", status="unresolved")).lines == ()


def test_the_command_reads_a_kind_and_a_state_and_refuses_the_rest_with_an_example():
    assert mending.parse("") == Asked("unresolved")
    assert mending.parse("DISPATCH") == Asked("unresolved", "dispatch")
    assert mending.parse("resolved draw_card") == Asked("resolved", "draw_card")
    for example in mending.EXAMPLES:
        assert mending.parse(example)
    with pytest.raises(Invalid, match=r"“pigeon” is no kind of work\. For example: /dead-letters dispatch"):
        mending.parse("pigeon")


async def test_a_letter_names_the_ticket_its_key_is_about(world: World):
    ticket = await world.ticket()
    async with world.db.transaction() as session:
        owed = Notification(ticket_id=ticket.id, channel="toy", recipient="shop:rita", content="x")
        session.add(owed)
        await session.flush()
        source = (await world.rows("SELECT id FROM ticket_sources"))[0]["id"]
    about = [f"notion:{ticket.id}", f"notification:{owed.id}", f"source:{source}", f"triage:{ticket.id}"]
    for key in (*about, f"card:{uuid4()}", "homes:all", f"identity:{ticket.id}"):
        await letter(world, key)
    async with world.db.transaction() as session:
        found = await mending.letters(session, Asked())
        named = [await mending.details(session, line.id) for line in found.lines if line.ticket]
    assert {one.job_key for one in named} == set(about)
    assert {one.line.ticket.number for one in named if one.line.ticket} == {ticket.number}


async def test_the_details_hold_what_the_letter_keeps_and_who_resolved_it(world: World):
    await world.agent()
    one = await letter(world, backtrace=["a.py:1 f", "b.py:2 g"])
    await resolve(world, one, "  Known.  ")
    async with world.db.transaction() as session:
        details = await mending.details(session, one)
        with pytest.raises(NotFound):
            await mending.details(session, uuid4())
    assert (details.resolved_by, details.resolution) == ("Ana", "Known.")
    assert details.arguments == '{\n  "subject": "x"\n}'
    assert details.backtrace == "a.py:1 f\nb.py:2 g"


async def test_resolving_needs_a_reason(world: World):
    one = await letter(world)
    with pytest.raises(Invalid):
        await resolve(world, one, "  \n")
    assert not (await shown(world)).lines[0].is_resolved


async def test_of_many_who_deal_with_a_letter_at_once_one_does(world: World):
    one = await letter(world)
    acts = [lambda: run_again(world, one), lambda: resolve(world, one)] * 4
    said = await outcomes(*acts)
    assert said.count("done") == 1
    assert set(said) == {"done", "This dead letter was dealt with already."}
    assert len(await pending(world)) <= 1


async def given_up(world: World) -> tuple[UUID, UUID]:
    """A message given up together with its job, and the letter of that."""
    ticket = await world.ticket(status=TicketStatus.RESOLVED)
    async with world.db.transaction() as session:
        row = Notification(
            ticket_id=ticket.id,
            identity_id=ticket.identity_id,
            channel="toy",
            recipient="shop:rita",
            content="It is mended.",
            status="permanently_failed",
        )
        session.add(row)
        await session.flush()
    await world.rows("DELETE FROM jobs")
    return row.id, await letter(world, f"notification:{row.id}", Work.DISPATCH)


async def test_running_the_letter_of_a_message_again_sends_it(world: World):
    message, one = await given_up(world)
    said = await outcomes(*[lambda: run_again(world, one)] * 5)
    assert said.count("done") == 1
    assert await pending(world) == ["dispatch", "draw_card"]
    assert (await world.rows("SELECT status FROM notifications WHERE id = $1", message))[0]["status"] == "pending"
    assert (await world.rows("SELECT resolution FROM dead_letter_jobs"))[0]["resolution"] == "sent anew"


async def test_a_message_whose_reporter_was_told_meanwhile_is_not_sent_by_its_letter(world: World):
    _, one = await given_up(world)
    await world.rows(
        "INSERT INTO notifications (ticket_id, channel, recipient, content, status) "
        "SELECT ticket_id, channel, recipient, content, 'sent' FROM notifications"
    )
    with pytest.raises(Conflict, match="has been told already"):
        await run_again(world, one)
    assert await pending(world) == []
    assert not (await shown(world)).lines[0].is_resolved


async def test_what_is_run_again_later_waits_so_long(world: World):
    one = await letter(world)
    async with world.db.transaction() as session:
        await recovery.run_again(session, one, by=ANA, delay=60)
    (row,) = await world.rows("SELECT run_at > now() + interval '50 s' AS waits FROM jobs")
    assert row["waits"]


async def test_the_screen_shows_deliveries_nobody_could_read(world: World):
    for number in range(7):
        await world.receive(Unreadable(reason=f"what is {number}"))
    async with world.db.transaction() as session:
        found = await mending.overview(session)
    assert [one.error for one in found.unread] == [f"what is {n}" for n in (6, 5, 4, 3, 2)]
    assert found.more_unread


async def fail_next(world: World, kind: str = Work.UPKEEP.name) -> None:
    async with world.db.transaction() as session:
        await recovery.fail_next(session, kind, by=ANA)


async def claims(world: World, kind: Kind, number: int) -> list[bool]:
    """Whether each of `number` jobs that are claimed at once is to fail."""
    async with world.db.transaction() as session:
        for subject in range(number):
            promise(session, kind, str(subject))
    ids = [row["id"] for row in await world.rows("SELECT id FROM jobs WHERE status = 'pending' ORDER BY id")]

    async def claim(job_id: int) -> bool:
        async with world.db.statement() as session:
            held = await jobs.claim(session, job_id, kinds=list(KINDS), lease_seconds=30)
        assert held
        return held.is_forced

    return await asyncio.gather(*(claim(job_id) for job_id in ids))


async def test_of_many_runs_at_once_one_is_made_to_fail(world: World):
    await world.agent()
    for _ in range(2):
        await fail_next(world)
    async with world.db.transaction() as session:
        (forced,) = (await mending.overview(session)).forced
    assert (forced.kind, forced.by) == ("upkeep", "Ana")
    assert (await claims(world, Work.UPKEEP, 10)).count(True) == 1
    assert await world.count("forced_failures") == 0


async def test_work_of_another_kind_is_let_be(world: World):
    await fail_next(world)
    assert await claims(world, Work.COUNTS, 3) == [False] * 3
    assert await world.count("forced_failures") == 1


async def test_a_claim_that_is_not_had_uses_nothing_up(world: World):
    await fail_next(world)
    async with world.db.transaction() as session:
        assert await jobs.claim(session, 4711, kinds=list(KINDS), lease_seconds=30) is None
    assert await world.count("forced_failures") == 1


async def test_what_was_to_fail_can_be_taken_back_once(world: World):
    await fail_next(world)

    async def take_back() -> None:
        async with world.db.transaction() as session:
            await recovery.take_back(session, "upkeep")

    assert (await outcomes(*[take_back] * 3)).count("done") == 1
    assert await claims(world, Work.UPKEEP, 1) == [False]


async def test_only_work_there_is_can_be_made_to_fail(world: World):
    with pytest.raises(Invalid):
        await fail_next(world, "pigeon")
    for kind in KINDS:
        await fail_next(world, kind)
    assert await world.count("forced_failures") == len(KINDS)


async def test_homes_people_look_at_are_drawn_again_when_letters_are_dealt_with(world: World):
    one = await letter(world)
    await world.agent()
    async with world.db.transaction() as session:
        await homes.opened(session, ANA)
    await resolve(world, one)
    assert await pending(world) == ["publish_homes"]
