"""The builders cut at words, escape once, and refuse our own mistakes."""

import html

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from blocks import kit
from tests.blocks import make
from tests.blocks.limits import message_faults, view_faults


def test_a_text_is_cut_after_a_word():
    assert kit.cut("The export stops at row one hundred", 20) == "The export stops at…"


def test_a_text_that_fits_is_left_alone():
    assert kit.cut("exactly", 7) == "exactly"


def test_a_long_word_is_cut_where_it_must_be():
    assert kit.cut("x" * 30, 10) == "x" * 9 + "…"


@pytest.mark.parametrize("limit", range(6, 30))
def test_a_cut_never_divides_an_entity(limit):
    text = kit.inert("a&b<c>" * 10, limit)
    assert len(text) <= limit
    assert html.unescape(text).removesuffix("…").replace("a", "").strip("b&c<>") == ""
    assert text.count("&") == text.count(";")


@given(make.outside, st.integers(6, 4000))
def test_inert_text_says_the_same_and_nothing_more(text, limit):
    shown = kit.inert(text, limit)
    assert len(shown) <= limit
    assert "<" not in shown
    assert ">" not in shown
    spoken = shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert spoken == text or text.startswith(spoken.removesuffix("…"))


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_nothing_to_say_is_shown_as_a_dash(text):
    assert kit.sentence(text)["text"]["text"] == "—"
    assert kit.section(text)["text"]["text"] == "—"
    assert kit.message(text, [kit.divider()]).text == "—"
    assert kit.quote(text, 10)["elements"][0]["elements"][0]["text"] == "—"


def test_mrkdwn_is_always_escaped_and_never_looked_through():
    assert kit.section("*a* <!channel>")["text"] == {
        "type": "mrkdwn",
        "text": "*a* &lt;!channel&gt;",
        "verbatim": True,
    }


def test_a_quote_holds_the_words_as_they_were_typed():
    assert kit.quote("*a* <!channel>\n> b", 100) == {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": "*a* <!channel>\n> b"}]},
        ],
    }


@given(make.outside)
def test_pages_joined_are_the_text(text):
    shown, left = kit.pages(text, most=200, weight=10_000_000)
    assert "".join(shown) == text
    assert left == 0
    assert all(0 < len(page) <= 3000 for page in shown)


def test_pages_stop_at_their_number_and_say_what_is_left():
    shown, left = kit.pages("x" * 7000, most=2, weight=1_000_000)
    assert [len(page) for page in shown] == [3000, 3000]
    assert left == 1000


def test_pages_stop_at_their_weight():
    shown, left = kit.pages("😀" * 9000, most=10, weight=80_000)
    assert len(shown) == 2
    assert left == 3000


def test_pages_break_after_a_line():
    shown, _ = kit.pages("a" * 2000 + "\n" + "b" * 2000, most=2, weight=1_000_000)
    assert shown == ["a" * 2000 + "\n", "b" * 2000]


def test_too_many_blocks_end_in_how_many_are_missing():
    blocks = kit.message("x", [kit.divider()] * 60).blocks
    assert len(blocks) == 50
    assert blocks[-1]["elements"][0]["text"] == "11 more parts do not fit here."


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://", "https://a b", "https://x.example/" + "y" * 3000])
def test_what_is_no_address_is_not_linked(url):
    assert kit.link(url, "Open")["type"] == "text"


def test_an_address_is_linked():
    assert kit.link("https://x.example/a?b=1&c=2", "Open") == {
        "type": "link",
        "url": "https://x.example/a?b=1&c=2",
        "text": "Open",
    }


def test_a_moment_carries_its_seconds_and_words_for_old_clients():
    assert kit.moment(make.AT) == {
        "type": "date",
        "timestamp": 1793698200,
        "format": "{date_short_pretty}, {time}",
        "fallback": "2026-11-03 09:30 UTC",
    }


@pytest.mark.parametrize("metadata", ["x" * 3001])
def test_metadata_is_refused_rather_than_cut(metadata):
    with pytest.raises(ValueError, match="3001 characters"):
        kit.modal("T", [kit.divider()], private_metadata=metadata)


def test_an_empty_value_is_refused():
    with pytest.raises(ValueError, match="0 characters"):
        kit.button("Go", "go", "")


def test_a_modal_with_inputs_needs_a_submit_button():
    with pytest.raises(ValueError, match="submit"):
        kit.modal("T", [kit.entry("A", kit.text_input("a"))])


def test_what_is_entered_is_found_under_the_action_id():
    assert kit.entry("A", kit.text_input("report.description"))["block_id"] == "report.description"


def test_a_select_shows_nothing_chosen_when_there_is_no_such_option():
    options = [kit.option("A", "a")]
    assert "initial_option" not in kit.select("s", options, chosen="b")
    assert kit.select("s", options, chosen="a")["initial_option"] == options[0]


def test_an_overflow_has_five_options_at_most_and_its_question():
    asked = kit.confirmation("Sure?", "It is gone then.", confirm="Delete")
    made = kit.overflow("more", [kit.option(str(n), str(n)) for n in range(9)], confirm=asked)
    assert len(made["options"]) == 5
    assert made["confirm"]["deny"]["text"] == "Cancel"


def test_a_section_takes_something_beside_it():
    assert kit.section("x", accessory=kit.button("Go", "go", "1"))["accessory"]["value"] == "1"


def test_an_option_can_be_described():
    assert kit.option("A", "a", description="x" * 80)["description"]["text"] == "x" * 74 + "…"


def test_a_select_can_ask_first():
    asked = kit.confirmation("Sure?", "Really?", confirm="Yes", style="danger")
    assert kit.select("s", [kit.option("A", "a")], confirm=asked)["confirm"]["style"] == "danger"


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
@given(make.outside)
@example("word & <more> " * 2000)
@example("x" * 10_000)
def test_every_builder_keeps_its_limit(text):
    options = [kit.option(text, str(n), description=text) for n in range(150)]
    asked = kit.confirmation(text, text, confirm=text, deny=text)
    buttons = [kit.button(text, f"b{n}", "1", confirm=asked, accessibility_label=text) for n in range(30)]
    blocks = [
        kit.header(text),
        kit.section(text, accessory=kit.overflow("o", options, confirm=asked)),
        kit.sentence(text),
        kit.fields([(text, text)] * 12),
        kit.context(*[text] * 12),
        kit.quote(text, 600),
        kit.preformatted(text),
        kit.rich(kit.line(kit.words(text, bold=True), kit.link("https://x.example", text), kit.moment(make.AT))),
        kit.actions(*buttons),
        kit.actions(kit.select("s", options, chosen="0", placeholder=text, confirm=asked), block_id="row"),
    ]
    inputs = [
        kit.entry(text, kit.text_input("t", initial=text, longest=9000, placeholder=text), hint=text),
        kit.entry(text, kit.file_input("f", most=99)),
    ]
    drawn = kit.message(kit.inert(text), blocks)
    assert message_faults(drawn.text, drawn.blocks) == []
    assert view_faults(kit.modal(text, inputs, submit=text, close=text)) == []
    assert view_faults(kit.home([kit.divider()] * 101)) == []


def test_a_message_says_no_more_than_an_edit_takes():
    assert len(kit.message("x" * 9000, [kit.divider()]).text) == 3500
