"""How dead letters are drawn."""

from blocks import dead_letters
from hub.mending import Forced
from hub.viewing import Choice
from hub.work import KINDS
from tests.blocks import make_dead_letters as make
from tests.blocks.limits import Json, action_ids, elements, words
from tests.blocks.make import AT, ENTRY, TICKET

HERE = Choice("dead_letters")


def drawn(*lines, is_development: bool = False, **facts) -> list[Json]:
    return list(dead_letters.section(make.listed(*lines, **facts), HERE, is_development=is_development))


def test_a_letter_says_what_broke_how_often_and_when():
    said = words(drawn(make.letter()))
    assert "dispatch · ticket #142 The export stops" in said
    assert "Refused: The platform refused it." in said
    assert "❌ Unresolved · queue jobs · 20 attempts · 2026-11-03 09:30 UTC" in said


def test_an_unresolved_letter_can_be_looked_into_run_again_and_resolved():
    assert action_ids(drawn(make.letter())) == [
        "dead_letter.details",
        "dead_letter.retry",
        "dead_letter.resolve",
        "ticket.open",
    ]
    opened = {element["action_id"]: element["value"] for element in elements(drawn(make.letter()))}
    assert (opened["dead_letter.retry"], opened["ticket.open"]) == (str(ENTRY), str(TICKET))


def test_a_resolved_letter_only_has_its_details():
    assert action_ids(drawn(make.letter(is_resolved=True, ticket=None))) == ["dead_letter.details"]


def test_running_again_asks_first_and_says_that_messages_leave():
    for element in elements(drawn(make.letter(), make.letter())):
        if element["action_id"] in {"dead_letter.retry", "dead_letter.retry_all"}:
            assert "sent to" in element["confirm"]["text"]["text"]


def test_all_shown_are_run_again_by_their_ids_when_there_are_several():
    assert "dead_letter.retry_all" not in action_ids(drawn(make.letter()))
    (button,) = (e for e in elements(drawn(*[make.letter()] * 3)) if e["action_id"] == "dead_letter.retry_all")
    assert dead_letters.ids_of(button["value"]) == [str(ENTRY)] * 3


def test_no_dead_letters_is_good_news():
    assert "Nothing is broken" in words(drawn())


def test_deliveries_nobody_could_read_can_be_read_again():
    shown = drawn(unread=(make.delivery(),), more_unread=True)
    assert action_ids(shown) == ["delivery.read_again", "delivery.read_all"]
    assert "📱 WhatsApp, 2026-11-03 09:30 UTC\nentry is missing" in words(shown)
    assert "older ones too" in words(shown)


def test_only_development_has_work_fail():
    forced = (Forced("dispatch", "Ana", AT),)
    assert "force_fail" not in str(drawn(forced=forced))
    shown = drawn(forced=forced, is_development=True)
    kinds = next(e for e in elements(shown) if e["action_id"] == "force_fail.kind")
    assert {option["value"] for option in kinds["options"]} == set(KINDS)
    assert "The next dispatch fails, said Ana" in words(shown)
    assert action_ids(shown)[-1] == "force_fail.take_back"


def test_what_was_chosen_to_fail_is_gone_from_the_select_once_it_is_to():
    blocks = [drawn(is_development=True, forced=forced) for forced in ((), (Forced("dispatch", "Ana", AT),))]
    before, after = (next(b["block_id"] for b in each if b["type"] == "input") for each in blocks)
    assert before != after


def test_the_window_shows_arguments_and_backtrace_to_the_letter():
    view = dead_letters.window(make.window())
    fixed = [block for block in view["blocks"] if "rich_text_preformatted" in str(block)]
    assert '"subject"' in words(fixed)
    assert "jobs/dispatch.py:41 dispatch" in words(fixed)


def test_the_window_of_a_resolved_letter_says_who_and_why():
    line = make.letter(is_resolved=True)
    view = dead_letters.window(
        make.window(line=line, resolved_by="Ana", resolved_at=AT, resolution="Mended by hand.")
    )
    assert "Resolved by Ana, 2026-11-03 09:30 UTC: Mended by hand." in words(view)
    assert action_ids(view["blocks"]) == ["ticket.open"]


def test_a_letter_without_a_backtrace_says_so():
    assert "No backtrace was kept" in words(dead_letters.window(make.window(backtrace="")))


def test_the_command_lists_the_same_and_says_it_aloud():
    message = dead_letters.answer(make.listed(make.letter(), next_cursor="x"), "dispatch")
    assert "Dead letters for “dispatch”: 1 or more" in message.text
    assert "dispatch · ticket #142 The export stops: The platform refused it. Unresolved." in message.text
    assert "dead_letter.retry" in action_ids(message.blocks)


def test_what_became_of_running_all_again_is_said():
    assert dead_letters.retried(1, ()) == "1 letter is run again."
    assert dead_letters.retried(2, ("No.",)) == "2 letters are run again, 2 seconds apart. 1 could not be: No."


def test_help_names_every_kind_of_work():
    said = dead_letters.usage(["", "dispatch"])
    assert "`/dead-letters`" in said
    assert all(kind in said for kind in KINDS)
