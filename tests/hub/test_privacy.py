"""A person is exported whole and forgotten whole: nothing of them is left in any table, and nothing of others goes."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub import changelog, grouping, merging, privacy, resolution, viewing
from hub.channel import Edit, Profile
from hub.errors import Invalid, NotAnAgent, NotFound
from hub.viewing import Choice
from storage import agents, ai_calls, erasures, webhook_deliveries
from storage.enums import TicketStatus
from storage.models import Attachment, Base, DeadLetterJob
from tests.build import ANA, CHANNELS, Comment, World, later, report

NAME, EMAIL, PHONE, WORD = "Zorvatha Quillmere", "zorvatha@quillmere.example", "447700900931", "xylocanary"
ACCOUNT, MESSAGE = "shop:zorvatha", "wamid.zorvatha-1"
CANARIES = (NAME, EMAIL, PHONE, WORD, "zorvatha")
TEXT = f"**What happened:**\nThe {WORD} broke.\n\n**How we fixed it:**\nMended.\n\n**Going forward:**\nAll well."
ZORVATHA = Profile(account_id=ACCOUNT, name=NAME, email=EMAIL, phone=PHONE)


def said(text: str = f"The {WORD} export crashes", **facts: Any) -> Any:
    return report(text, author=ZORVATHA, **{"external_id": MESSAGE} | facts)


async def forget(world: World, reporter_id: UUID) -> dict[str, int]:
    """What the worker does."""
    async with world.db.transaction() as session:
        erasure = await privacy.ask(session, reporter_id, by=await world.agent())
    async with world.db.transaction() as session:
        to_erase = await privacy.begin(session, erasure.id)
        at, after = privacy.BEGINNING
        gone, _, _ = await erasures.forget_deliveries(
            session, to_erase.marks, at=at, after=after, until=datetime.now(UTC)
        )
    async with world.db.transaction() as session:
        await privacy.finish(session, erasure.id, deliveries=gone, files=len(to_erase.files))
    async with world.db.transaction() as session:
        return dict((await privacy.get(session, erasure.id)).receipt)


async def whole(world: World) -> dict[str, str]:
    """Every table as text."""
    return {
        table.name: "\n".join(str(row) for row in await world.rows(f"SELECT t::text FROM {table.name} t"))
        + "\n".join(str(row) for row in await world.rows("SELECT convert_from(body, 'UTF8') FROM webhook_deliveries"))
        for table in Base.metadata.sorted_tables
    }


async def left(world: World) -> dict[str, list[str]]:
    tables = await whole(world)
    found = {name: [each for each in CANARIES if each.lower() in text.lower()] for name, text in tables.items()}
    return {name: each for name, each in found.items() if each}


async def person(world: World) -> UUID:
    (row,) = await world.rows("SELECT id FROM reporters WHERE email = $1", EMAIL)
    return UUID(str(row["id"]))


async def everything(world: World) -> tuple[UUID, UUID]:
    """A person with a bit of everything, and somebody else who shares a group with them; the two tickets' ids."""
    agent = await world.agent()
    await world.receive(said(), body=f'{{"id": "{MESSAGE}", "text": "{WORD}"}}'.encode())
    await world.receive(
        Comment(message=said("And the " + WORD, external_id="wamid.zorvatha-2"), parent=MESSAGE), body=b'"zorvatha"'
    )
    await world.receive(
        Edit(platform="toy", external_id=MESSAGE, account_id=ACCOUNT, text=f"Now {WORD}", at=later(5))
    )
    other = await world.ticket(text="The export crashes too", account_id="shop:otto")
    await world.receive(
        Comment(
            message=said(f"{WORD} there too", external_id="wamid.zorvatha-3"), parent=await source_of(world, other.id)
        )
    )
    mine = UUID(str((await world.rows("SELECT id FROM tickets ORDER BY number"))[0]["id"]))
    async with world.db.transaction() as session:
        for ticket_id in (mine, None):
            ai_calls.add(
                session,
                ticket_id=ticket_id,
                purpose="triage",
                model="m",
                prompt=WORD,
                rules=2,
                redactions={},
                outcome="ok",
                answer=WORD,
            )
        source = (await world.rows("SELECT id FROM ticket_sources WHERE ticket_id = $1", mine))[0]["id"]
        session.add(
            Attachment(
                ticket_id=mine,
                source_id=source,
                position=1,
                file_name=f"{NAME}.png",
                file_type="image/png",
                source="https://files.example/zorvatha",
                source_platform="toy",
                storage_url="file:zorvatha",
            )
        )
        group = await grouping.create(
            session, name=f"The {WORD} export crashes", ticket_ids=[mine, other.id], primary_ticket_id=mine, by=agent
        )
        group.draft = TEXT
        await viewing.choose(session, ANA, Choice("tickets").narrowed(reporter=NAME.lower()))
    async with world.db.transaction() as session:
        told = TEXT.replace(WORD, "export")  # what others were told stays theirs
        plan = resolution.Plan(told, resolution.Notify.EVERYONE, None, None)
        await resolution.resolve(session, group.id, plan, by=agent, channels=CHANNELS, now=datetime.now(UTC))
    return mine, other.id


async def letters(world: World, mine: UUID, other: UUID) -> dict[str, UUID]:
    """Work that failed for everything of theirs, and for somebody else's ticket, with what a platform said; by name."""
    told = (await world.rows("SELECT id FROM notifications WHERE ticket_id = $1", mine))[0]["id"]
    subjects = {
        "ticket": mine,
        "message": told,
        "account": (await world.rows("SELECT id FROM reporter_identities WHERE platform_user_id = $1", ACCOUNT))[0][
            "id"
        ],
        "source": (await world.rows("SELECT id FROM ticket_sources WHERE external_id = 'wamid.zorvatha-3'"))[0]["id"],
        "file": (await world.rows("SELECT id FROM attachments"))[0]["id"],
        "group": (await world.rows("SELECT ticket_group_id AS id FROM tickets WHERE id = $1", mine))[0]["id"],
        "delivery": (
            await world.rows(
                "SELECT id FROM webhook_deliveries WHERE position($1 IN encode(body, 'escape')) > 0", MESSAGE
            )
        )[0]["id"],
        "somebody else's": other,
    }
    for name, subject in subjects.items():
        said = "No." if name == "somebody else's" else f"Notion says: {WORD} of {NAME}"
        await bury(
            world, name, {"subject": str(subject)}, error=said, resolution=f"Asked {NAME}" if name == "file" else None
        )
    await bury(
        world, "fetched", {"subject": "wamid.zorvatha-2", "place": {"team": "T1", "channel": "C1", "by": "U2"}}
    )
    await bury(
        world, "pointed at", {"subject": "T1:C1:1.2", "place": {"team": "shop", "channel": "C1", "by": "zorvatha"}}
    )
    await bury(world, "pointed at by another", {"subject": "T1:C1:1.3", "place": {"team": "shop", "by": "otto"}})
    await world.rows(
        "INSERT INTO jobs (kind, key, args, max_attempts, status, error)"
        " SELECT 'push_to_notion', status, jsonb_build_object('subject', $1::text), 8, status, $2"
        " FROM unnest(ARRAY['pending', 'dead']) status",
        str(mine),
        f"Notion says: {WORD}",
    )
    return subjects


async def bury(
    world: World, name: str, args: dict[str, Any], *, error: str = "No.", resolution: str | None = None
) -> None:
    async with world.db.transaction() as session:
        session.add(
            DeadLetterJob(
                job_class=name,
                job_key=f"{name}:{args['subject']}",
                job_args=args,
                error_class="Refused",
                error_message=error,
                resolution=resolution,
                status="resolved" if resolution else "unresolved",
            )
        )


async def source_of(world: World, ticket_id: UUID) -> str:
    return str(
        (await world.rows("SELECT external_id FROM ticket_sources WHERE ticket_id = $1", ticket_id))[0]["external_id"]
    )


async def test_nothing_of_a_person_is_left_and_nothing_of_others_goes(world: World):
    mine, other = await everything(world)
    assert {"tickets", "reporters", "notifications", "ai_calls", "homes", "webhook_deliveries"} <= set(
        await left(world)
    )
    before = await world.rows("SELECT title, description, reporter_id FROM tickets WHERE id = $1", other)
    receipt = await forget(world, await person(world))
    assert await left(world) == {}
    assert await world.rows("SELECT title, description, reporter_id FROM tickets WHERE id = $1", other) == before
    assert receipt["tickets"] == 1
    assert receipt["accounts"] == 1
    assert receipt["messages"] == 3
    assert receipt["files"] == receipt["attachments"] == 1
    assert receipt["deliveries"] == 2
    assert (await world.events(mine))[-1] == "reporter_erased"
    (row,) = await world.rows("SELECT * FROM tickets WHERE id = $1", mine)
    assert (row["title"], row["reporter_id"], row["identity_id"]) == (erasures.GONE, None, None)
    due = {row["kind"] for row in await world.rows("SELECT kind FROM jobs WHERE key LIKE '%' || $1", str(mine))}
    assert {"draw_card", "push_to_notion"} <= due


async def test_what_failed_for_a_person_does_not_quote_them_any_more_and_can_still_be_dealt_with(world: World):
    subjects = await letters(world, *await everything(world))
    assert {"dead_letter_jobs", "jobs"} <= set(await left(world))
    receipt = await forget(world, await person(world))
    assert await left(world) == {}
    rows = {row["job_class"]: row for row in await world.rows("SELECT * FROM dead_letter_jobs")}
    assert set(rows) == {*subjects, "pointed at by another"}, "what was made of a platform's ids alone is gone"
    said = {name: row["error_message"] for name, row in rows.items()}
    assert said.pop("somebody else's") == said.pop("pointed at by another") == "No."
    assert set(said.values()) == {erasures.GONE}
    assert {name: row["resolution"] for name, row in rows.items() if row["resolution"]} == {"file": erasures.GONE}
    assert {name for name, row in rows.items() if row["status"] == "resolved"} == {"file"}
    assert receipt["dead_letters"] == 8, "the delivery's is counted with the delivery"


async def test_asking_many_times_at_once_is_asking_once(world: World):
    await world.receive(said())
    (person,) = await world.rows("SELECT id FROM reporters")
    agent = await world.agent()

    async def ask() -> UUID:
        async with world.db.transaction() as session:
            return (await privacy.ask(session, person["id"], by=agent)).id

    assert len(set(await asyncio.gather(*(ask() for _ in range(8))))) == 1


async def test_a_message_that_comes_again_does_not_bring_its_author_back(world: World):
    await everything(world)
    await forget(world, await person(world))
    kept = await world.count("webhook_deliveries")
    for again in (
        said(),
        Comment(message=said("And the " + WORD, external_id="wamid.zorvatha-2"), parent=MESSAGE),
        Edit(platform="toy", external_id=MESSAGE, account_id=ACCOUNT, text=f"Now {WORD}", at=later(5)),
    ):
        taken = await world.receive(again, body=WORD.encode())
        assert not taken.numbers
        assert not taken.comments
    assert await left(world) == {}
    assert await world.count("webhook_deliveries") == kept
    taken = await world.receive(said(f"A new {WORD}", external_id="wamid.zorvatha-9"))
    assert len(taken.numbers) == 1, "what they write anew is a report like any other"


async def test_what_was_not_sent_yet_is_given_up(world: World):
    ticket = await world.ticket(author=ZORVATHA, status=TicketStatus.RESOLVED)
    agent = await world.agent()
    async with world.db.transaction() as session:
        draft = await changelog.write(session, ticket.id, TEXT, by=agent)
        await changelog.approve(session, draft.id, by=agent, channels=CHANNELS, now=datetime.now(UTC))
    await forget(world, await person(world))
    (row,) = await world.rows("SELECT status, error_code, content FROM notifications WHERE purpose = 'resolution'")
    assert (row["status"], row["error_code"], row["content"]) == ("permanently_failed", "erased", erasures.GONE)


async def test_whoever_was_merged_into_them_goes_too(world: World):
    await world.receive(said())
    second = await world.ticket(text=f"{WORD} by another account", account_id="shop:zorvatha-2")
    agent = await world.agent()
    async with world.db.transaction() as session:
        assert second.reporter_id is not None
        await merging.merge(session, second.reporter_id, into_id=await person(world), by=agent)
    receipt = await forget(world, second.reporter_id)
    assert (receipt["accounts"], receipt["tickets"]) == (2, 2)
    assert await left(world) == {}


async def test_an_export_has_everything_and_nothing_of_others(world: World):
    mine, _ = await everything(world)
    async with world.db.transaction() as session:
        found = await privacy.export(session, await person(world))
    assert [row["id"] for row in found["tickets"]] == [mine]
    assert [row["email"] for row in found["profiles"]] == [EMAIL]
    assert [row["platform_user_id"] for row in found["accounts"]] == [ACCOUNT]
    assert {row["external_id"] for row in found["messages"]} == {MESSAGE, "wamid.zorvatha-2", "wamid.zorvatha-3"}
    assert [row["text"] for row in found["comments"]] == [f"And the {WORD}", f"{WORD} there too"]
    assert "otto" not in str(found)
    assert found["ai_calls"]
    assert found["notifications"]
    assert found["earlier_versions"]


async def offered(world: World) -> str:
    """The word an agent was given."""
    agent = await world.agent()
    async with world.db.transaction() as session:
        return await privacy.offer(session, await person(world), by=agent)


async def take(world: World, word: str, *, minutes: float = 0) -> privacy.Taken:
    """So many minutes after it was offered."""
    async with world.db.transaction() as session:
        return await privacy.take(session, word, now=datetime.now(UTC) + timedelta(minutes=minutes))


async def test_what_was_offered_is_taken_once_and_it_is_kept_who_took_it(world: World):
    mine, _ = await everything(world)
    word = await offered(world)
    assert not [name for name, text in (await whole(world)).items() if word in text]
    taken = await take(world, word)
    async with world.db.transaction() as session:
        assert taken.content == await privacy.export(session, await person(world))
    assert ([row["id"] for row in taken.content["tickets"]], taken.by.id) == ([mine], ANA)
    with pytest.raises(NotFound, match=r"was used already.* Press Export"):
        await take(world, word)
    (kept,) = await world.rows("SELECT * FROM exports")
    assert (kept["reporter_id"], kept["asked_by"]) == (taken.reporter_id, ANA) == (await person(world), ANA)
    assert kept["created_at"] < kept["taken_at"]


async def test_of_two_who_take_it_at_once_one_has_it(world: World):
    await world.receive(said())
    word = await offered(world)
    both = await asyncio.gather(take(world, word), take(world, word), return_exceptions=True)
    assert {type(each) for each in both} == {privacy.Taken, NotFound}


async def test_what_was_offered_long_ago_is_not_to_be_had(world: World):
    await world.receive(said())
    word = await offered(world)
    with pytest.raises(NotFound, match="older than 10 minutes"):
        await take(world, word, minutes=10.1)
    assert (await take(world, word, minutes=9.9)).content["profiles"]
    with pytest.raises(NotFound):
        await take(world, "")


async def test_more_than_one_waits_for_is_not_offered_and_where_to_have_it_is_said(world: World, monkeypatch):
    await everything(world)
    monkeypatch.setattr(privacy, "LARGEST_OFFER", 2)
    with pytest.raises(Invalid, match=f"more than 2 messages.* GET /api/reporters/{await person(world)}/export"):
        await offered(world)
    monkeypatch.setattr(privacy, "LARGEST_OFFER", 3)
    assert await offered(world)


async def test_whoever_is_no_agent_any_more_takes_nothing(world: World):
    await world.receive(said())
    word = await offered(world)
    async with world.db.transaction() as session:
        await agents.replace(session, {"T1:UBEN": ("Ben", None)})
    with pytest.raises(NotAnAgent):
        await take(world, word)
    assert [row["taken_at"] for row in await world.rows("SELECT taken_at FROM exports")] == [None]


async def test_whoever_is_to_be_forgotten_is_not_exported_any_more(world: World):
    await world.receive(said())
    word, reporter_id, agent = await offered(world), await person(world), await world.agent()
    async with world.db.transaction() as session:
        await privacy.ask(session, reporter_id, by=agent)
    with pytest.raises(NotFound, match="is being erased"):
        await take(world, word)
    with pytest.raises(NotFound, match="is being erased"):
        await offered(world)
    await forget(world, reporter_id)
    with pytest.raises(NotFound, match="no such person"):
        await take(world, word)


async def test_asking_twice_is_asking_once_and_then_there_is_nobody(world: World):
    await world.receive(said())
    reporter_id, agent = await person(world), await world.agent()
    async with world.db.transaction() as session:
        first = await privacy.ask(session, reporter_id, by=agent)
        assert (await privacy.ask(session, reporter_id, by=agent)).id == first.id
        with pytest.raises(NotFound, match="being erased"):
            await privacy.export(session, reporter_id)
    await forget(world, reporter_id)
    for act in (
        privacy.export(session, reporter_id),
        privacy.ask(session, uuid4(), by=agent),
        privacy.get(session, uuid4()),
    ):
        with pytest.raises(NotFound):
            await act
    await session.close()


async def test_deliveries_are_looked_through_some_at_a_time(world: World, monkeypatch):
    monkeypatch.setattr(erasures, "LOOKED_THROUGH", 2)
    for number in range(5):
        await world.receive(
            report(external_id=f"m{number}"), body=b"about zorvatha" if number in {0, 3, 4} else b"other"
        )
    at, after = privacy.BEGINNING
    gone, rounds = 0, 0
    while True:
        async with world.db.transaction() as session:
            number, last_at, last_id = await erasures.forget_deliveries(
                session, ["zorvatha"], at=at, after=after, until=datetime.now(UTC)
            )
        gone, rounds = gone + number, rounds + 1
        if last_at is None or last_id is None:
            break
        at, after = last_at, last_id
    assert (gone, rounds) == (3, 3)
    assert await world.count("webhook_deliveries") == 2


async def test_what_is_old_goes_and_what_is_not_stays(world: World):
    await world.receive(said())
    await world.receive(report())
    await world.rows(
        "UPDATE webhook_deliveries SET received_at = now() - interval '91 days' WHERE ctid = (SELECT min(ctid) FROM webhook_deliveries)"
    )
    async with world.db.transaction() as session:
        for _ in range(3):
            ai_calls.add(
                session, ticket_id=None, purpose="triage", model="m", prompt="p", rules=2, redactions={}, outcome="ok"
            )
    await world.rows(
        "UPDATE ai_calls SET created_at = now() - interval '91 days' WHERE ctid IN (SELECT ctid FROM ai_calls LIMIT 2)"
    )
    async with world.db.transaction() as session:
        assert await webhook_deliveries.drop_old(session, days=90, limit=10) == 1
        assert await ai_calls.drop_old(session, days=90, limit=1) == 1
        assert await ai_calls.drop_old(session, days=90, limit=10) == 1
    assert (await world.count("webhook_deliveries"), await world.count("ai_calls")) == (1, 1)
    assert await world.count("tickets") == 2


async def test_a_word_kept_as_a_telephone_number_takes_nobody_elses_deliveries_along(world: World):
    await world.receive(said(), body=b"{}")
    await world.rows("""UPDATE reporter_identities SET metadata = '{"phone": "type"}'""")
    await world.receive(report("Somebody else's", account_id="shop:otto"), body=b'{"type": "message"}')
    await forget(world, await person(world))
    left = await world.rows("SELECT body FROM webhook_deliveries ORDER BY received_at")
    assert [row["body"] for row in left] == [b"{}", b'{"type": "message"}']
