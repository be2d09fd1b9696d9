"""A letter keeps its words, shows its headings in bold, and cannot make Slack do anything."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.channel import Letter, Message
from platforms.slack import letter as letters
from platforms.slack import markup

TEXT = "**What happened:**\nExports failed & timed out.\n\n**How we fixed it:**\nA <queue>.\n\n**Going forward:**\nNothing to do."


def letter(text: str = TEXT, **fields: Any) -> Letter:
    given_fields = {"notification_id": "n-1", "recipient": "T1:U2", "place": {}, "last_heard_at": None, **fields}
    return Letter(channel="slack", text=text, **given_fields)


def shown(message: Message) -> str:
    """Everything in the request that Slack would interpret."""
    blocks = message.request.get("blocks", [])
    return "\n".join([message.request["text"], *(block["text"]["text"] for block in blocks)])


def test_headings_are_bold_and_the_rest_is_escaped():
    message = letters.compose(letter())
    assert message.request["text"].startswith("*What happened:*\nExports failed &amp; timed out.")
    assert "*How we fixed it:*\nA &lt;queue&gt;." in message.request["text"]
    assert "**" not in message.request["text"]


def test_the_confirmation_shows_what_the_reader_sees():
    assert letters.compose(letter()).text == TEXT.replace("**", "*")


def test_without_a_place_it_goes_to_the_person():
    message = letters.compose(letter())
    assert message.kind == "direct message"
    assert message.request["channel"] == "U2"
    assert "thread_ts" not in message.request


def test_a_direct_message_is_answered_in_the_same_conversation():
    message = letters.compose(letter(place={"channel": "D1", "ts": "1.2"}))
    assert (message.kind, message.request["channel"]) == ("direct message", "D1")
    assert "thread_ts" not in message.request


def test_an_acknowledgement_answers_under_the_message():
    message = letters.compose(letter(place={"channel": "D1", "ts": "1.2"}, purpose="acknowledgement"))
    assert (message.kind, message.request["thread_ts"]) == ("thread", "1.2")


def test_a_mention_is_answered_in_its_thread():
    message = letters.compose(letter(place={"channel": "C1", "thread_ts": "1.2"}))
    assert (message.kind, message.request["channel"], message.request["thread_ts"]) == ("thread", "C1", "1.2")


def test_the_notification_travels_in_the_metadata_and_nothing_unfurls():
    request = letters.compose(letter()).request
    assert request["metadata"] == {
        "event_type": "feedback_hub_notification",
        "event_payload": {"notification_id": "n-1"},
    }
    assert request["unfurl_links"] is request["unfurl_media"] is request["link_names"] is False
    assert request["parse"] == "none"


@pytest.mark.parametrize(
    "hostile",
    ["<!channel>", "<!here|x>", "<@U1>", "<https://evil.example|bank>", "&lt;!channel&gt;", "**<!channel>**"],
)
def test_outside_text_cannot_call_mention_or_link(hostile: str):
    message = letters.compose(letter(f"Hello {hostile} there"))
    assert "<" not in message.request["text"]
    assert message.text == f"Hello {hostile} there".replace("**", "*")


def test_a_long_letter_is_one_message_of_sections():
    text = "\n\n".join(f"Paragraph {number} " + "word " * 60 for number in range(25))
    message = letters.compose(letter(text))
    sections = [block["text"]["text"] for block in message.request["blocks"]]
    assert len(message.request["text"]) <= letters.TEXT_LIMIT
    assert all(0 < len(section) <= 3000 for section in sections)
    assert message.text.split() == text.split()
    assert all(section.startswith("Paragraph") for section in sections)


def test_what_no_message_can_hold_is_cut_and_the_confirmation_shows_it():
    message = letters.compose(letter("word " * 20_000))
    assert message.text.endswith("…")
    assert len(message.text) < 12_000
    assert len(message.request["blocks"]) <= 50


def test_no_break_falls_inside_an_escaped_character():
    message = letters.compose(letter("x" + "&" * 6_000))
    pieces = [message.request["text"], *(block["text"]["text"] for block in message.request["blocks"])]
    for piece in pieces:
        assert re.fullmatch(r"x?(&amp;|\n|…)+", piece)


@given(st.text(alphabet=st.sampled_from("<>&!@|*#; \nab…😀"), max_size=400), st.integers(1, 60))
def test_no_unescaped_bracket_ever_leaves(text: str, times: int):
    message = letters.compose(letter(text * times))
    written = shown(message)
    assert "<" not in written
    assert ">" not in written
    assert not re.search(r"&(?!(amp|lt|gt);)", written)
    assert all(len(block["text"]["text"]) <= 3000 for block in message.request.get("blocks", []))
    assert len(message.request["text"]) <= letters.TEXT_LIMIT


@given(st.text())
def test_escaping_is_undone_by_unescaping(text: str):
    assert markup.unescape(markup.escape(text)) == text
