"""The checker that holds the drawings sees what Slack would refuse."""

import pytest

from tests.blocks.limits import message_faults, view_faults

BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go", "value": "1"}


def section(text, kind="mrkdwn"):
    return {"type": "section", "text": {"type": kind, "text": text}}


@pytest.mark.parametrize(
    "block",
    [
        section(""),
        section("x" * 3001),
        section("<!channel>"),
        section("a & b"),
        section("cut in an entity &am"),
        section("x", "markdown"),
        {"type": "section"},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "x"}] * 11},
        {"type": "header", "text": {"type": "mrkdwn", "text": "x"}},
        {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}},
        {"type": "context", "elements": []},
        {"type": "data_table"},
        {"type": "actions", "elements": [BUTTON, BUTTON]},
        {"type": "actions", "elements": [BUTTON | {"action_id": f"go{n}"} for n in range(26)]},
        {"type": "actions", "elements": [BUTTON | {"value": ""}]},
        {"type": "actions", "elements": [BUTTON | {"accessibility_label": "x" * 76}]},
        {"type": "actions", "elements": [{"type": "static_select", "action_id": "s", "options": []}]},
        {"type": "image", "image_url": "https://x.example/a.png"},
        {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": [{"type": "text", "text": ""}]}]},
        {
            "type": "rich_text",
            "elements": [
                {"type": "rich_text_section", "elements": [{"type": "link", "url": "javascript:1", "text": "x"}]}
            ],
        },
    ],
)
def test_a_bad_block_is_seen(block):
    assert message_faults("text", [block])


def test_a_good_message_has_no_faults():
    assert message_faults("a &amp; b", [section("*x* &lt;"), {"type": "actions", "elements": [BUTTON]}]) == []


@pytest.mark.parametrize("text", ["", "x" * 4001, "<!here>"])
def test_a_bad_text_is_seen(text):
    assert message_faults(text, [section("x")])


def test_too_many_blocks_are_seen():
    assert message_faults("x", [section("x")] * 51)
    assert view_faults({"type": "home", "blocks": [section("x")] * 101})


def test_a_modal_with_inputs_and_no_submit_is_seen():
    field = {"type": "plain_text_input", "action_id": "a", "max_length": 10}
    block = {"type": "input", "label": {"type": "plain_text", "text": "A"}, "element": field}
    view = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": [block]}
    assert view_faults(view)
    assert view_faults(view | {"submit": {"type": "plain_text", "text": "Go"}}) == []


def test_a_view_that_is_too_heavy_is_seen():
    heavy = [section("é" * 3000) for _ in range(50)]
    assert view_faults({"type": "home", "blocks": heavy})
