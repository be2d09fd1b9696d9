"""Similar tickets: found by what people mean, in either language; near misses are not called alike."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from types import SimpleNamespace

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import classification, editing, ingestion, similarity, ticketing
from hub.channel import Edit
from hub.similarity import Candidate
from hub.terms import FINEST, LONGEST_WORD, MOST_TERMS, UNTITLED, Terms, terms_of
from jobs.__main__ import KINDS_LIVE_IN
from jobs.job import work
from jobs.likeness import BATCH
from storage import ticket_terms
from storage.migrations import config, upgrade
from storage.models import Ticket
from tests.build import NOON, World

LOGIN = "I type my password and get sent back to the login page, over and over"
SAME_IN_SPANISH = "Pongo la contraseña y me regresa a la pantalla de iniciar sesión, en bucle"
OTHERS = (
    "The invoice shows the wrong VAT rate",
    "Please add a dark mode, my eyes hurt at night",
    "Descargo el informe en PDF y sale en blanco",
    "Two customers booked the same hour",
    "How do I change my password?",
)


async def learned(world: World, *texts: str, **facts: str) -> list[Ticket]:
    """Tickets with these texts, whose words have been read."""
    tickets = [await world.ticket(text=text, **facts) for text in texts]
    async with world.db.transaction() as session:
        for ticket in tickets:
            await similarity.changed(session, ticket.id)
    await learn(world)
    return tickets


async def learn(world: World) -> None:
    while True:
        async with world.db.transaction() as session:
            if not await similarity.learn(session, limit=50):
                return


async def near(world: World, ticket: Ticket, **how: int) -> list[Candidate]:
    async with world.db.transaction() as session:
        return await similarity.candidates(session, ticket, **how)


async def alike(world: World, ticket: Ticket) -> list[Candidate]:
    async with world.db.transaction() as session:
        return await similarity.alike(session, ticket)


async def test_the_same_problem_in_other_words_and_another_language_comes_first(world: World):
    mine, spanish, *_ = await learned(world, LOGIN, SAME_IN_SPANISH, *OTHERS)
    assert (await near(world, mine))[0].ticket_id == spanish.id
    assert (await near(world, spanish))[0].ticket_id == mine.id


async def test_a_candidate_says_what_is_shared_as_people_wrote_it(world: World):
    mine, other, *_ = await learned(
        world, "WhatsApp reminders fail with E-4102", "error E-4102 sending a whatsapp", *OTHERS
    )
    first = (await near(world, mine))[0]
    assert (first.ticket_id, first.number, first.title) == (other.id, other.number, other.title)
    assert {"E-4102", "WhatsApp"} <= set(first.shared)
    assert "App" not in first.shared


async def test_alike_tells_of_the_same_problem_and_not_of_a_near_miss(world: World):
    mine, same, miss, *_ = await learned(
        world,
        "The tracking link that we send to customers opens a 404 page",
        "Our customers say the tracking link opens a 404 error page",
        "The tracking page says delivered but the parcel never came",
        *OTHERS,
    )
    assert miss.id in {one.ticket_id for one in await near(world, mine)}
    assert [one.ticket_id for one in await alike(world, mine)] == [same.id]


async def test_a_question_about_a_thing_is_less_like_a_problem_with_it(world: World):
    text = "exporting the yearly sales report to excel hangs"
    mine, bug, _ = await learned(world, f"{text} today", f"{text} again", OTHERS[0])
    before = (await alike(world, mine))[0].score
    async with world.db.transaction() as session:
        (await session.get_one(Ticket, bug.id)).ticket_type = "question"
    assert (await alike(world, mine))[0].score == pytest.approx(before * similarity.OTHER_KIND, abs=0.002)


async def test_a_ticket_is_never_its_own_candidate_and_the_order_is_always_the_same(world: World):
    tickets = await learned(world, *[LOGIN] * 6, *OTHERS)
    found = await near(world, tickets[3])
    assert [one.number for one in found[:5]] == [1, 2, 3, 5, 6]
    for _ in range(3):
        assert await near(world, tickets[3]) == found
    assert len(await near(world, tickets[3], limit=2)) == 2


async def test_a_ticket_that_was_not_read_yet_is_answered_too(world: World):
    known, *_ = await learned(world, LOGIN, *OTHERS)
    new = await world.ticket(text=SAME_IN_SPANISH)
    assert (await near(world, new))[0].ticket_id == known.id


async def test_words_that_are_no_ticket_find_tickets(world: World):
    mine, *_ = await learned(world, LOGIN, *OTHERS)
    async with world.db.transaction() as session:
        found = await similarity.candidates_for(session, "", "bucle al iniciar sesión con mi clave", language="es")
        nothing = await similarity.candidates_for(session, "", "zzz yyy")
        empty = await similarity.candidates_for(session, "", "")
    assert found[0].ticket_id == mine.id
    assert nothing == empty == []


async def test_reports_without_words_are_like_nothing(world: World):
    first, _ = await learned(world, "", "")
    assert first.title == UNTITLED == classification.title_of("")
    assert await near(world, first) == await alike(world, first) == []


async def test_an_edit_is_read_anew_and_the_counts_stay_right(world: World):
    mine, other = await learned(world, "Crash when exporting", LOGIN)
    edit = Edit(
        platform="toy",
        external_id=await message_of(world, mine),
        account_id="shop:rita",
        text=SAME_IN_SPANISH,
        at=NOON,
    )
    async with world.db.transaction() as session:
        await editing.apply(session, edit)
    async with world.db.transaction() as session:
        await ticketing.change(session, mine.id, by=await world.agent(), title="Bucle")
    await learn(world)
    async with world.db.transaction() as session:
        mine = await session.get_one(Ticket, mine.id)
    assert [one.ticket_id for one in await near(world, mine)] == [other.id]
    assert await counted(world) == await counts_by_hand(world)


async def message_of(world: World, ticket: Ticket) -> str:
    return (await world.rows("SELECT external_id FROM ticket_sources WHERE ticket_id = $1", ticket.id))[0][
        "external_id"
    ]


async def counted(world: World) -> dict[str, int]:
    return {row["term"]: row["number"] for row in await world.rows("SELECT * FROM term_counts")}


async def counts_by_hand(world: World) -> dict[str, int]:
    rows = await world.rows("SELECT tsvector_to_array(terms) AS terms FROM ticket_terms WHERE terms IS NOT NULL")
    return dict(Counter(term for row in rows for term in row["terms"])) | {ticket_terms.EVERY_TICKET: len(rows)}


async def test_a_ticket_made_by_hand_is_read_too(world: World):
    async with world.db.transaction() as session:
        made = await ingestion.create(session, title="Loop", description=LOGIN, by=await world.agent())
    assert await due(world) == [made.number]
    assert await world.rows("SELECT key FROM jobs WHERE kind = 'learn_words'") == [{"key": "words:all"}]


async def test_a_report_that_is_welcomed_is_to_be_read(world: World):
    assert KINDS_LIVE_IN
    ticket = await world.ticket(text=LOGIN)
    await run_job(world, "welcome")
    assert await due(world) == [ticket.number]


async def due(world: World) -> list[int]:
    return [row["number"] for row in await world.rows("SELECT number FROM ticket_terms WHERE due ORDER BY number")]


async def test_what_a_killed_worker_left_is_read_by_the_next(world: World):
    tickets = [await world.ticket(text=text) for text in (LOGIN, *OTHERS)]
    async with world.db.transaction() as session:
        for ticket in tickets:
            await similarity.changed(session, ticket.id)
    with pytest.raises(ZeroDivisionError):
        async with world.db.transaction() as session:
            await similarity.learn(session, limit=3)
            raise ZeroDivisionError
    assert len(await due(world)) == len(tickets)
    assert await counted(world) == {}
    await run_job(world)
    assert await due(world) == []
    assert await counted(world) == await counts_by_hand(world)


async def test_the_job_goes_on_until_everything_is_read(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("jobs.likeness.BATCH", 1)
    monkeypatch.setattr("jobs.likeness.BATCHES", 2)
    assert BATCH > 1
    tickets = [await world.ticket(text=text) for text in OTHERS[:3]]
    async with world.db.transaction() as session:
        for ticket in tickets:
            await similarity.changed(session, ticket.id)
    await run_job(world)
    assert await due(world)
    await run_job(world)
    assert await due(world) == []


async def run_job(world: World, kind: str = "learn_words") -> None:
    await world.rows("UPDATE jobs SET run_at = now() WHERE kind = $1 AND status = 'pending'", kind)
    rows = await world.rows("SELECT id FROM jobs WHERE kind = $1 AND status = 'pending'", kind)
    settings = SimpleNamespace(lease_seconds=20.0, retry_base_seconds=1.0, triage_automatic=False)
    runtime = SimpleNamespace(db=world.db, settings=settings, acknowledges=lambda platform: False)
    await work(runtime, rows[0]["id"])


async def test_two_workers_do_not_read_one_ticket_twice(world: World):
    tickets = [await world.ticket(text=text) for text in OTHERS]
    async with world.db.transaction() as session:
        for ticket in tickets:
            await similarity.changed(session, ticket.id)
    await asyncio.gather(learn(world), learn(world))
    assert await counted(world) == await counts_by_hand(world)


async def test_words_too_common_to_be_looked_behind_alone_are_looked_behind_in_pairs(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(similarity, "LOOKED_AT", 5)
    tickets = await learned(world, *["The export crashes"] * 4, *["The export is slow"] * 4, *["Crash on login"] * 4)
    assert {one.number for one in (await near(world, tickets[0]))[:3]} == {2, 3, 4}


async def test_a_search_goes_by_the_index(world: World):
    await learned(world, LOGIN, *OTHERS)
    asked = [ticket_terms.Asked(("login",), 0, 1.0)]
    parameters = ticket_terms._parameters(asked, asked, None, 10, 10, 10)
    async with world.db.transaction() as session:
        from sqlalchemy import text

        await session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = await session.execute(text(f"EXPLAIN {ticket_terms._FIND.text}"), parameters)
        assert "Bitmap Index Scan on ix_ticket_terms_terms" in "\n".join(row[0] for row in plan)


async def test_tickets_from_before_are_read_after_the_migration(database_url: str):
    from alembic import command

    await asyncio.to_thread(command.downgrade, config(database_url), "0006")
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "INSERT INTO tickets (title, description, ticket_type, priority, original_channel) "
        "VALUES ('Old', 'An old one', 'bug', 3, 'toy')"
    )
    await upgrade(database_url)
    assert [tuple(row) for row in await connection.fetch("SELECT number, due FROM ticket_terms")] == [(1, True)]
    await connection.close()


HOSTILE = {
    "one word": "a" * 100_000,
    "a long text": "the export of invoice crashes " * 4_000,
    "junk": "".join(chr(33 + n * 7 % 90) for n in range(1_000_000)),
    "different words": " ".join(f"word{n}x" for n in range(30_000)),
    "brackets": "![" * 50_000 + "<img " * 10_000 + "<!--" * 10_000,
    "dots": ".a" * 50_000 + "/b" * 50_000,
    "dashes": "-" * 100_000 + "at " * 50_000,
    "quotes": "'\\' | & ! (x) :* 'a':1A " * 5_000,
    "signs": "\u202e\U0001f600\u0301" * 30_000,
    "addresses": "http://a" * 20_000 + "a@b" * 20_000,
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_texts_cost_little_and_break_nothing(world: World, name: str):
    started = time.process_time()
    terms = terms_of(HOSTILE[name][:500], HOSTILE[name])
    assert time.process_time() - started < 1
    assert len(terms.weights) <= MOST_TERMS
    ticket, *_ = await learned(world, HOSTILE[name], LOGIN)
    assert isinstance(await near(world, ticket), list)


@given(st.text(max_size=200), st.text(max_size=2_000), st.sampled_from([None, "en", "es", "pt", ""]))
def test_any_text_gives_bounded_terms_that_postgresql_can_hold(title: str, text: str, language: str | None):
    terms = terms_of(title, text, language)
    assert len(terms.weights) <= MOST_TERMS
    assert all(1 <= weight <= FINEST for weight in terms.weights.values())
    assert terms.weights.keys() == terms.spelled.keys()
    assert terms.meant.keys() <= terms.weights.keys()
    for term in terms.weights:
        assert 0 < len(term) <= LONGEST_WORD + 1
        assert not set(term) & set("'\\\x00 ")
        term.encode()
    assert terms_of(title, text, language) == terms


async def test_terms_of_any_alphabet_come_back_from_postgresql_as_they_were(world: World):
    weights = terms_of("Ошибка 数据库 façade ß", "user_name a.b.C::d #12 $x node@18 c++ E-4102 w/o").weights
    ticket = await world.ticket()
    async with world.db.transaction() as session:
        await similarity.changed(session, ticket.id)
        await ticket_terms.write(session, {ticket.id: weights})
    rows = await world.rows("SELECT lexeme, positions FROM ticket_terms, unnest(terms)")
    assert {row["lexeme"]: row["positions"][0] for row in rows} == weights


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The application crashes", "crash of applications"),
        ("La aplicación falla", "fallan las aplicaciones"),
        ("NullPointerException in SessionWriter.java:88", "java.lang.NullPointerException at SessionWriter.java:91"),
        ("export failed", "EXPORT FAILED"),
        ("Notificación", "notificacion"),
    ],
)
def test_forms_of_a_word_are_one_term(one: str, other: str):
    assert bare(terms_of(one, "")) & bare(terms_of(other, ""))


def bare(terms: Terms) -> set[str]:
    return {term for term in terms.weights if not term.startswith("~")}


@pytest.mark.parametrize(
    ("english", "spanish", "meaning"),
    [
        ("the app freezes", "la app se queda colgada", "~freeze"),
        ("invoice", "factura", "~invoice"),
        ("cannot sign in", "no puedo iniciar sesión", "~signin"),
        ("download", "descargar", "~export"),
        ("my password", "mi contraseña", "~password"),
    ],
)
def test_both_languages_have_the_same_meanings(english: str, spanish: str, meaning: str):
    assert meaning in terms_of(english, "").weights
    assert meaning in terms_of(spanish, "").weights


def test_what_says_nothing_about_a_problem_is_not_read():
    issue = """<!-- please fill in -->
### Steps to reproduce
User-Agent: Mozilla/5.0 (X11; Linux x86_64)
- [x] I have searched for duplicates
![image](https://example.com/shot-8237423874.png)
Call me at ana@example.com, request 0x7fff6d2a3b4, id 550e8400-e29b-41d4-a716-446655440000
"""
    assert bare(terms_of("", issue)) == {"cal", "request"}


def test_of_a_stack_trace_the_top_is_read():
    trace = "\n".join(f"    at frame{'abcdefghij'[n]} (file.js:{n})" for n in range(10))
    found = bare(terms_of("It throws", trace))
    assert {"framea", "framef"} <= found
    assert "framej" not in found


def test_a_title_counts_the_same_however_long_the_text_is_and_more_than_what_a_log_repeats():
    short, long = (terms_of("Toolbar vanishes", text) for text in ("Bad.", "padding of a log " * 300))
    assert short.weights["toolbar"] == long.weights["toolbar"] > long.weights["log"]


def test_rankings_are_fused_by_their_places():
    assert similarity.fuse([["a", "b", "c"], ["c", "b", "d"]]) == ["c", "b", "a", "d"]
    assert similarity.fuse([[], ["x"]]) == ["x"]
    assert fused_is_fair([["a"], ["b"]])


def fused_is_fair(rankings: Sequence[Sequence[str]]) -> bool:
    return set(similarity.fuse(rankings)) == {item for ranking in rankings for item in ranking}
