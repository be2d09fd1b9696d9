"""Exactly one ticket per report, whatever is delivered how often and in what order."""

import asyncio
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import ingestion
from hub.channel import Comment, Edit, File, Profile, Receipt, Unreadable
from hub.classification import title_of
from hub.errors import Invalid
from platforms.slack.report import as_form
from storage.enums import TicketStatus
from storage.text import storable
from tests.build import NOON, World, later, report


async def test_a_report_becomes_one_ticket_with_its_source_event_and_promise(world: World):
    taken = await world.receive(report("No puedo entrar, es urgente", external_id="a:1"))
    assert taken.numbers == (1,)
    ticket = (await world.rows("SELECT * FROM tickets"))[0]
    assert (ticket["status"], ticket["original_channel"], ticket["language"]) == ("open", "toy", "es")
    source = (await world.rows("SELECT * FROM ticket_sources"))[0]
    assert (source["external_id"], source["raw_payload"]) == ("a:1", {"text": "No puedo entrar, es urgente"})
    assert await world.events(ticket["id"]) == ["created"]
    job = (await world.rows("SELECT * FROM jobs"))[0]
    assert (job["kind"], job["key"]) == ("welcome", f"source:{source['id']}")
    assert [bell.job_id for bell in world.rung] == [job["id"]]


async def test_the_same_report_delivered_forty_times_in_parallel_makes_one_ticket(world: World):
    one = report(external_id="same")
    taken = await asyncio.gather(*(world.receive(one) for _ in range(40)))
    assert sum(len(each.numbers) for each in taken) == 1
    assert await world.count("tickets") == 1
    assert await world.count("reporters") == 1
    assert await world.count("ticket_events") == 1
    assert await world.count("webhook_deliveries") == 40


async def test_different_reports_of_one_new_person_in_parallel_make_one_person(world: World):
    await asyncio.gather(*(world.receive(report(f"problem {n}", external_id=f"r{n}")) for n in range(20)))
    assert await world.count("tickets") == 20
    assert await world.count("reporters") == 1
    assert await world.count("reporter_identities") == 1


async def test_two_accounts_with_one_email_in_parallel_are_one_person(world: World):
    def of(n: int):
        return report(author=Profile(account_id=f"shop:{n}", email="Rita@Example.com"), external_id=f"e{n}")

    await asyncio.gather(*(world.receive(of(n)) for n in range(10)))
    assert await world.count("reporters") == 1
    assert await world.count("reporter_identities") == 10


async def test_a_burst_joins_one_ticket_also_when_its_messages_arrive_at_once(world: World):
    burst = [report(f"part {n}", external_id=f"b{n}", sent_at=later(n), burst_seconds=120) for n in range(10)]
    await asyncio.gather(*(world.receive(one) for one in burst))
    assert await world.count("tickets") == 1
    assert await world.count("ticket_comments") == 9
    assert await world.count("ticket_sources") == 10


async def test_a_message_after_the_window_is_a_ticket_of_its_own(world: World):
    await world.receive(report("one", sent_at=NOON, burst_seconds=120))
    await world.receive(report("two", sent_at=later(121), burst_seconds=120))
    assert await world.count("tickets") == 2


async def test_a_burst_does_not_join_a_ticket_that_is_resolved(world: World):
    first = await world.ticket(text="it broke", burst_seconds=120, status=TicketStatus.RESOLVED)
    taken = await world.receive(report("it broke again", sent_at=later(5), burst_seconds=120))
    assert taken.numbers == (first.number + 1,)


async def test_a_window_of_zero_switches_bursts_off(world: World):
    await world.receive(report("one", burst_seconds=0), report("two", burst_seconds=0))
    assert await world.count("tickets") == 2


async def test_a_comment_joins_the_ticket_of_its_thread(world: World):
    opening = report(external_id="thread")
    await world.receive(opening)
    taken = await world.receive(Comment(parent="thread", message=report("and also this", external_id="c1")))
    assert (taken.numbers, taken.comments) == ((), 1)
    ticket = (await world.rows("SELECT id FROM tickets"))[0]
    assert await world.events(ticket["id"]) == ["created", "commented"]


async def test_a_comment_whose_conversation_was_never_seen_brings_its_opening(world: World):
    opening = report("first words", external_id="conversation")
    comment = Comment(parent="conversation", message=report("second", external_id="c2"), opening=opening)
    taken = await world.receive(comment)
    assert (len(taken.numbers), taken.comments) == (1, 1)
    again = await world.receive(opening)
    assert again.numbers == ()
    assert (await world.rows("SELECT description FROM tickets"))[0]["description"] == "first words"


async def test_an_opening_and_its_comment_in_parallel_make_one_ticket_and_one_comment(world: World):
    opening = report("first words", external_id="conversation")
    comment = Comment(parent="conversation", message=report("second", external_id="c2"), opening=opening)
    await asyncio.gather(*(world.receive(one) for one in [opening, comment] * 10))
    assert await world.count("tickets") == 1
    assert await world.count("ticket_comments") == 1


async def test_a_comment_on_nothing_is_kept_but_makes_nothing(world: World):
    taken = await world.receive(Comment(parent="nowhere", message=report()))
    assert taken == ingestion.Taken()
    assert await world.count("webhook_deliveries") == 1


async def test_an_orphan_that_is_a_report_becomes_a_ticket(world: World):
    taken = await world.receive(Comment(parent="nowhere", message=report(), orphan_is_report=True))
    assert len(taken.numbers) == 1


async def test_a_batch_with_one_bad_message_costs_only_that_message(world: World):
    taken = await world.receive(report("good"), Unreadable(reason="what is this"), body=b"raw bytes \xff")
    assert (len(taken.numbers), taken.unreadable) == (1, ("what is this",))
    delivery = (await world.rows("SELECT * FROM webhook_deliveries"))[0]
    assert (delivery["status"], delivery["body"]) == ("unreadable", b"raw bytes \xff")
    letter = (await world.rows("SELECT * FROM dead_letter_jobs"))[0]
    assert letter["job_args"] == {"subject": str(delivery["id"])}


async def test_an_id_longer_than_any_platforms_is_unreadable_not_an_error(world: World):
    taken = await world.receive(report(external_id="x" * 5000))
    assert taken.unreadable
    assert await world.count("tickets") == 0


async def test_a_batch_of_several_people_makes_a_ticket_each(world: World):
    batch = [report(account_id=f"shop:{n % 3}", external_id=f"x{n}") for n in range(6)]
    taken = await asyncio.gather(world.receive(*batch), world.receive(*reversed(batch)))
    assert sum(len(each.numbers) for each in taken) == 6


async def test_a_report_costs_one_trip_and_a_comment_two(world: World):
    await world.receive(report(external_id="thread"))
    seen: list[str] = []
    async with world.db.express_statement() as express:
        express.connection.add_query_logger(lambda query: seen.append(query.query.split(maxsplit=1)[0]))
    await world.receive(report())
    assert seen == ["WITH"]
    await world.receive(Comment(parent="thread", message=report("more")))
    assert seen == ["WITH", "SELECT", "WITH"]


async def test_attachments_are_recorded_with_where_they_are(world: World):
    files = (File(name="a.png", content_type="image/png", size=10, source="media-1"),)
    await world.receive(report(files=files))
    row = (await world.rows("SELECT * FROM attachments"))[0]
    assert (row["file_name"], row["source"], row["status"]) == ("a.png", "media-1", "pending")


async def test_an_edit_keeps_what_was_said_before(world: World):
    await world.receive(report("before", external_id="m1"))
    edit = Edit(platform="toy", external_id="m1", account_id="shop:rita", text="after", at=NOON)
    await world.receive(edit)
    await world.receive(edit)
    ticket = (await world.rows("SELECT id, description FROM tickets"))[0]
    assert ticket["description"] == "after"
    assert [row["text"] for row in await world.rows("SELECT text FROM message_versions")] == ["before"]
    assert await world.events(ticket["id"]) == ["created", "message_edited"]


async def test_an_edit_the_database_refuses_is_kept_for_later_and_costs_nothing_else(world: World):
    cannot_be = Edit(platform="toy", external_id="m1", account_id="shop:rita", text="a\x00b", at=NOON)
    taken = await world.receive(report("before", external_id="m1"), cannot_be)
    assert (taken.numbers, taken.unreadable) == ((1,), ("the database refused an edit or a receipt",))
    (kept,) = await world.rows("SELECT status, error FROM webhook_deliveries")
    assert kept["status"] == "unreadable"
    assert await world.count("dead_letter_jobs") == 1


async def test_a_deleted_report_keeps_its_words_and_says_so_once(world: World):
    await world.receive(report("words", external_id="m1"))
    gone = Edit(platform="toy", external_id="m1", account_id="shop:rita", text=None, at=NOON)
    await world.receive(gone)
    await world.receive(gone)
    ticket = (await world.rows("SELECT id, description FROM tickets"))[0]
    assert ticket["description"] == "words"
    assert await world.events(ticket["id"]) == ["created", "message_deleted"]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_is_parsed_is_storable(value: object):
    assert ingestion.parse(json.dumps(value).encode(), "application/json") == storable(value)


def test_what_nests_deeper_than_anything_can_follow_is_refused_and_nothing_worse():
    for depth in range(100, 1100, 50):
        with suppress(Invalid):
            json.dumps(ingestion.parse(b"[" * depth + b"]" * depth, "application/json"))


@pytest.mark.parametrize("text", ["a\x00b", "\ud800half", "e" * 100_000, "\u202ertl", "🎉" * 1000, ""])
async def test_any_text_is_storable(world: World, text: str):
    taken = await world.receive(report(storable(text)))
    assert len(taken.numbers) == 1


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[" * 200_000, b'{"a": NaN}', b'{"a": ' + b"1" * 6000 + b"}", b"\xff\xfe", b'"\xed\xa0\x80"']
)
def test_a_malformed_body_is_refused(body: bytes):
    with pytest.raises(Invalid):
        ingestion.parse(body, "application/json")


def test_a_title_is_cut_at_a_word():
    title = title_of("word " * 60)
    assert len(title) <= 120
    assert title.endswith("word…")
    assert title_of("x" * 500) == "x" * 119 + "…"
    assert title_of("") == "(no text)"


async def test_the_same_report_through_the_orm_writes_the_same_ticket(world: World):
    await world.receive(report("The export is broken", external_id="fast"))
    agent = await world.agent()
    async with world.db.transaction() as session:
        await ingestion.create(
            session, title="", description="The export is broken", channel="toy", by=agent, reporter_name="Rita Reyes"
        )
    columns = (
        "title, description, ticket_type, priority, status, original_channel, language, tags, metadata, "
        "enrichment_status, version, notion_page_id, ai_outcome, assignee_id"
    )
    fast, slow = await world.rows(f"SELECT {columns} FROM tickets ORDER BY number")
    assert fast == slow


def test_a_form_is_read_and_one_with_a_payload_is_that_payload():
    assert ingestion.parse(b"command=%2Ffeedback&text=hi", ingestion.FORM) == {"command": "/feedback", "text": "hi"}
    assert ingestion.parse(as_form({"a": ["b\x00"]}).encode(), ingestion.FORM) == {"a": ["b"]}
    with pytest.raises(Invalid):
        ingestion.parse(b"payload=%7B", ingestion.FORM)


async def test_a_ticket_by_hand_needs_words(world: World):
    agent = await world.agent()
    with pytest.raises(Invalid):
        async with world.db.transaction() as session:
            await ingestion.create(session, title=" ", description="", by=agent)


async def test_a_comment_can_be_edited_and_deleted_too(world: World):
    await world.receive(report(external_id="o"))
    await world.receive(Comment(parent="o", message=report("first", external_id="c")))
    for text in ("second", "second", None, None):
        await world.receive(Edit(platform="toy", external_id="c", account_id="shop:rita", text=text, at=NOON))
    await world.receive(Edit(platform="toy", external_id="unknown", account_id="shop:rita", text="x", at=NOON))
    (comment,) = await world.rows("SELECT text, is_deleted FROM ticket_comments")
    assert (comment["text"], comment["is_deleted"]) == ("second", True)
    assert [row["text"] for row in await world.rows("SELECT text FROM message_versions")] == ["first", "second"]


async def test_what_the_database_refuses_is_kept_with_its_dead_letter(world: World):
    taken = await world.receive(report("half\x00", raw={"text": "nul \x00"}))
    assert taken.unreadable == ("the database refused it: 22021",) or "22P05" in taken.unreadable[0]
    assert await world.count("dead_letter_jobs") == 1
    assert await world.count("tickets") == 0


async def test_a_message_the_database_refuses_costs_only_itself(world: World):
    taken = await world.receive(report("good"), report("bad", raw={"text": "nul \x00"}), report("fine"))
    assert (len(taken.numbers), len(taken.unreadable)) == (2, 1)
    assert await world.count("webhook_deliveries") == 1


async def test_who_writes_in_a_thread_that_is_no_tickets_is_none_of_our_business(world: World):
    await world.receive(Comment(parent="nowhere", message=report(account_id="shop:stranger")))
    assert await world.count("reporters") == 0


async def test_receipts_in_opposite_orders_do_not_deadlock(world: World):
    from tests.hub.test_notifying import owed

    both = [await owed(world), await owed(world)]
    receipts = [
        Receipt(platform="toy", provider_id=f"p-{one}", status="delivered", at=NOON, notification_id=str(one))
        for one in both
    ]
    await asyncio.gather(*(world.receive(*order) for order in [receipts, receipts[::-1]] * 8))
    assert {row["status"] for row in await world.rows("SELECT status FROM notifications")} == {"delivered"}


async def test_a_stranger_cannot_edit_what_somebody_else_wrote(world: World):
    await world.receive(report("words", external_id="m1"))
    await world.receive(report("other", account_id="shop:mallory"))
    for text in ("defaced", None):
        await world.receive(Edit(platform="toy", external_id="m1", account_id="shop:mallory", text=text, at=NOON))
    assert (await world.rows("SELECT description FROM tickets ORDER BY number"))[0]["description"] == "words"
    assert await world.count("message_versions") == 0


@pytest.mark.parametrize("email", ["x" * 9000 + "@a.b", "<!channel>", "@", "a b@c.d", ""])
async def test_what_is_no_address_is_not_kept_as_one(world: World, email: str):
    taken = await world.receive(report(author=Profile(account_id="shop:x", name="n" * 9000, email=email)))
    assert len(taken.numbers) == 1
    (person,) = await world.rows("SELECT email, length(name) AS long FROM reporters")
    assert (person["email"], person["long"]) == (None, 200)


async def test_a_time_in_the_future_does_not_keep_a_window_open(world: World):
    await world.receive(report(sent_at=NOON.replace(year=2099)))
    (row,) = await world.rows(
        "SELECT last_message_at < now() + interval '6 minutes' AS sane FROM reporter_identities"
    )
    assert row["sane"]
