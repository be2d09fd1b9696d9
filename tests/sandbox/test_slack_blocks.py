"""What the played Slack refuses to draw, limit by limit, each against what it still accepts."""

from typing import Any

import pytest

from sandbox.slack.blocks import block_faults, option_faults, view_faults
from tests.sandbox.slack_played import actions, button, entry, modal, options, plain

Block = dict[str, Any]


def mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text}


def section(**more: Any) -> Block:
    return {"type": "section", "text": mrkdwn("x"), **more}


def select(**more: Any) -> Block:
    return {"type": "static_select", "action_id": "a", "options": options("open", "closed"), **more}


def many(count: int) -> list[Block]:
    return options(*(f"o{index}" for index in range(count)))


def confirm(**more: Any) -> Block:
    return {"title": plain("Sure?"), "text": mrkdwn("x"), "confirm": plain("Yes"), "deny": plain("No"), **more}


def image(**more: Any) -> Block:
    return {"type": "image", "image_url": "https://e.example/a.png", "alt_text": "a", **more}


def chart(points: int = 2, **more: Any) -> Block:
    labels = [f"d{index}" for index in range(points)]
    series = [{"name": "s", "data": [{"label": label, "value": 1} for label in labels]}]
    drawn = {"type": "bar", "series": series, "axis_config": {"categories": labels}, **more}
    return {"type": "data_visualization", "title": "Tickets", "chart": drawn}


def pie(**more: Any) -> Block:
    drawn = {"type": "pie", "segments": [{"label": "a", "value": 1, **more}]}
    return {"type": "data_visualization", "title": "Tickets", "chart": drawn}


def data_table(rows: int = 2, **more: Any) -> Block:
    cells = [[{"type": "raw_text", "text": "x"}]] * rows
    return {"type": "data_table", "caption": "Tickets", "rows": cells, **more}


ACCEPTED = [
    section(text=mrkdwn("x" * 3000)),
    section(fields=[plain("x" * 2000)] * 10),
    section(accessory=button("a", "x" * 75, value="v" * 2000, style="danger", confirm=confirm())),
    section(accessory=image()),
    {"type": "header", "text": plain("x" * 150)},
    {"type": "context", "elements": [mrkdwn("x")] * 9 + [image()]},
    actions(*(button(f"a{index}") for index in range(25))),
    actions(select(options=many(100), initial_option=many(100)[99])),
    actions(select(initial_option={**options("open")[0], "text": {**plain("Open"), "emoji": True}})),
    actions({"type": "overflow", "action_id": "a", "options": many(5)}),
    actions({"type": "checkboxes", "action_id": "a", "options": [{"text": mrkdwn("*x*"), "value": "x"}]}),
    actions({"type": "external_select", "action_id": "a", "min_query_length": 0, "placeholder": plain("x")}),
    actions({"type": "users_select", "action_id": "a", "initial_user": "U0ANA"}),
    actions({"type": "datepicker", "action_id": "a", "initial_date": "2026-11-23"}),
    actions({"type": "timepicker", "action_id": "a", "initial_time": "23:59"}),
    actions({"type": "datetimepicker", "action_id": "a", "initial_date_time": 1_795_000_000}),
    actions({"type": "conversations_select", "action_id": "a", "default_to_current_conversation": True}),
    actions({"type": "multi_external_select", "action_id": "a", "initial_options": many(2)}),
    actions({"type": "multi_channels_select", "action_id": "a", "max_selected_items": 2}),
    actions(select(options=None, option_groups=[{"label": plain("x"), "options": many(2)}])),
    actions({"type": "workflow_button", "action_id": "a", "text": plain("x"), "workflow": {}}),
    {"type": "context_actions", "elements": [{"type": "icon_button", "icon": "trash", "text": plain("x")}]},
    {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}]},
    {"type": "plan", "title": "x", "tasks": [{"task_id": "t", "title": "x", "status": "pending"}]},
    entry("a", "multi_static_select", element={"options": many(3), "initial_options": many(3)[:1]}),
    image(title=plain("x")),
    {"type": "markdown", "text": "x" * 12_000},
    {"type": "container", "title": plain("x"), "child_blocks": [section()], "width": "full"},
    {"type": "card", "title": plain("x"), "actions": [button("a")]},
    {"type": "carousel", "elements": [{"type": "card", "body": mrkdwn("x")}]},
    {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * 20] * 100},
    data_table(201),
    chart(20),
    pie(),
]


@pytest.mark.parametrize("block", ACCEPTED, ids=lambda block: block["type"])
def test_blocks_at_their_limits_are_drawn(block: Block) -> None:
    assert block_faults([block], "message") == []


REFUSED = [
    (section(text=mrkdwn("x" * 3001)), "less than 3001"),
    (section(text=mrkdwn("")), "more than 0"),
    (section(text="words"), "must provide an object"),
    (section(texts=1), "additional property: texts"),
    ({"type": "section"}, "text and fields"),
    (section(fields=[plain("x")] * 11), "no more than 10"),
    (section(fields=[plain("x" * 2001)]), "less than 2001"),
    (section(block_id="b" * 256), "less than 256"),
    ({"type": "header", "text": mrkdwn("x")}, "must be one of: plain_text"),
    ({"type": "header", "text": plain("x" * 151)}, "less than 151"),
    ({"type": "context", "elements": [mrkdwn("x")] * 11}, "no more than 10"),
    ({"type": "context", "elements": []}, "no fewer than 1"),
    (actions(), "no fewer than 1"),
    (actions(*(button(f"a{index}") for index in range(26))), "no more than 25"),
    (actions(button("a"), button("a")), "action_id already exists: a"),
    (actions(button("a" * 256)), "less than 256"),
    (actions(button("a", "x" * 76)), "less than 76"),
    (actions(button("a", "")), "more than 0"),
    (actions(button("a", value="v" * 2001)), "less than 2001"),
    (actions(button("a", value=7)), "must provide a string"),
    (actions(button("a", url="u" * 3001)), "less than 3001"),
    (actions(button("a", style="green")), "primary, danger"),
    (actions({**button("a"), "text": mrkdwn("x")}), "plain_text"),
    (actions(button("a", confirm=confirm(confirm=plain("x" * 31)))), "less than 31"),
    (actions(button("a", confirm=confirm(title=plain("x" * 101)))), "less than 101"),
    (actions(button("a", confirm=confirm(text=plain("x" * 301)))), "less than 301"),
    (actions(button("a", confirm={"title": plain("x")})), "missing required field: deny"),
    (actions(select(options=many(101))), "no more than 100"),
    (actions(select(options=[])), "no fewer than 1"),
    (actions(select(option_groups=[])), "exactly one of options and option_groups"),
    (actions(select(initial_option=options("gone")[0])), "must match one of the options"),
    (actions(select(options=[{"text": plain("x" * 76), "value": "v"}])), "less than 76"),
    (actions(select(options=[{"text": plain("x"), "value": "v" * 151}])), "less than 151"),
    (actions(select(options=[{"text": mrkdwn("x"), "value": "v"}])), "plain_text"),
    (actions(select(placeholder=plain("x" * 151))), "less than 151"),
    (actions({"type": "overflow", "action_id": "a", "options": many(6)}), "no more than 5"),
    (actions({"type": "checkboxes", "action_id": "a", "options": many(11)}), "no more than 10"),
    (actions({"type": "radio_buttons", "action_id": "a", "options": many(11)}), "no more than 10"),
    (actions({"type": "plain_text_input", "action_id": "a"}), "unsupported type: plain_text_input in actions"),
    (actions({"type": "datepicker", "action_id": "a", "initial_date": "tomorrow"}), "YYYY-MM-DD"),
    (entry("a", "button"), "unsupported type: button in input"),
    (entry("a", "file_input"), "not available in a message"),
    (entry("a", element={"max_length": 3001}), "between 1 and 3000"),
    (entry("a", label=plain("x" * 2001)), "less than 2001"),
    (entry("a", hint=plain("x" * 2001)), "less than 2001"),
    ({"type": "image", "image_url": "https://e.example/a.png"}, "missing required field: alt_text"),
    ({"type": "image", "alt_text": "a"}, "exactly one of image_url and slack_file"),
    (image(alt_text="a" * 2001), "less than 2001"),
    ({"type": "markdown", "text": "x" * 12_001}, "less than 12001"),
    ({"type": "alert", "text": plain("x")}, "not available in a message"),
    ({"type": "file", "external_id": "x", "source": "remote"}, "unsupported type: file"),
    ({"type": "dashboard"}, "unsupported type: dashboard"),
    ({"type": "card", "subtitle": plain("x")}, "hero_image, title, actions and body"),
    ({"type": "card", "body": plain("x" * 201)}, "less than 201"),
    ({"type": "carousel", "elements": [section()]}, "not available"),
    ({"type": "container", "child_blocks": [section()] * 11}, "no more than 10"),
    ({"type": "task_card", "task_id": "t", "title": "x", "status": "pending"}, "only be pending inside a plan"),
    ({"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * 21]}, "no more than 20"),
    (data_table(202), "no more than 201"),
    (data_table(1), "no fewer than 2"),
    ({**data_table(), "caption": None}, "missing required field: caption"),
    (data_table(page_size=101), "between 1 and 100"),
    (data_table(3) | {"rows": [[{"type": "raw_text", "text": "x"}], []]}, "same number of cells"),
    (chart(21), "no more than 20"),
    (chart(axis_config={"categories": ["other"]}), "exactly one point for every label"),
    (chart(type="radar"), "pie, bar, line, area"),
    (pie(value=0), "more than 0"),
    (pie(label="x" * 21), "less than 21"),
    (actions({"type": "timepicker", "action_id": "a", "initial_time": "24:00"}), "HH:mm"),
    (actions({"type": "datetimepicker", "action_id": "a", "initial_date_time": 5}), "between 1000000000"),
    (actions({"type": "conversations_select", "response_url_enabled": True}), "only available in a modal"),
    (actions({"type": "multi_users_select", "initial_users": []}), "no fewer than 1"),
    (actions(select(options=None, option_groups=[{"label": plain("x" * 76), "options": many(1)}])), "less than 76"),
    (actions(select(focus_on_load="yes")), "must provide a boolean"),
    (entry("a", element={"initial_value": "xx", "max_length": 1}), "less than 2"),
    (entry("a", element={"min_length": 9, "max_length": 1}), "not be more than max_length"),
    (entry("a", element={"dispatch_action_config": {"trigger_actions_on": ["blur"]}}), "on_enter_pressed"),
    ({"type": "rich_text", "elements": [{"type": "bold", "elements": []}]}, "rich_text_section"),
    ({"type": "video", "title": plain("x"), "alt_text": "x"}, "missing required field: video_url"),
    (chart(series=[{"name": "s", "data": [{"label": "d0", "value": "many"}]}]), "must provide a number"),
    ("words", "must provide an object"),
]


@pytest.mark.parametrize(("block", "sentence"), REFUSED, ids=[sentence for _, sentence in REFUSED])
def test_blocks_beyond_their_limits_are_refused(block: Any, sentence: str) -> None:
    faults = block_faults([block], "message")
    assert any(sentence in fault for fault in faults), faults
    assert all("[json-pointer:/blocks/0" in fault for fault in faults)


def test_a_message_has_fifty_blocks_at_most() -> None:
    assert block_faults([{"type": "divider"}] * 50, "message") == []
    assert "no more than 50 items" in block_faults([{"type": "divider"}] * 51, "message")[0]


def test_block_ids_are_unique() -> None:
    twice = [{"type": "divider", "block_id": "b"}] * 2
    assert block_faults(twice, "message") == ["block_id already exists: b [json-pointer:/blocks/1/block_id]"]


def test_markdown_charts_and_tables_are_counted_over_the_whole_message() -> None:
    assert "together" in block_faults([{"type": "markdown", "text": "x" * 7000}] * 2, "message")[0]
    assert "no more than 2 charts" in block_faults([chart()] * 3, "message")[0]
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}
    assert "only one table" in block_faults([table] * 2, "message")[0]


@pytest.mark.parametrize("kind", ["data_visualization", "data_table", "table", "card", "markdown", "container"])
def test_what_is_not_known_to_render_outside_messages_is_refused_there(kind: str) -> None:
    block = next(block for block in ACCEPTED if block["type"] == kind)
    for view in (modal(block), {"type": "home", "blocks": [block]}):
        assert "not available" in view_faults(view)[0]


def view_refused(**more: Any) -> str:
    return " ".join(view_faults(modal(entry("a")) | more))


def test_a_modal_keeps_slacks_limits() -> None:
    assert view_refused() == ""
    assert "less than 25" in view_refused(title=plain("x" * 25))
    assert "less than 25" in view_refused(submit=plain("x" * 25))
    assert "less than 25" in view_refused(close=plain("x" * 25))
    assert "less than 3001" in view_refused(private_metadata="x" * 3001)
    assert "less than 256" in view_refused(callback_id="x" * 256)
    assert "missing required field: submit" in view_refused(submit=None)
    assert "missing required field: title" in view_refused(title=None)
    assert "no more than 100 items" in view_refused(blocks=[{"type": "divider"}] * 101)
    assert "no fewer than 1 items" in view_refused(blocks=[])
    assert "additional property: colour" in view_refused(colour="red")
    assert "must be one of: modal, home" in view_refused(type="page")


def test_a_home_has_no_title_and_no_file_input() -> None:
    home = {"type": "home", "blocks": [section()]}
    assert view_faults(home) == []
    assert "additional property: title" in view_faults(home | {"title": plain("x")})[0]
    assert "not available in a home" in view_faults(home | {"blocks": [entry("a", "file_input")]})[0]


def test_only_one_element_is_focused() -> None:
    inputs = [entry(name, element={"focus_on_load": True}) for name in ("a", "b")]
    assert "only one element may have focus_on_load" in view_faults(modal(*inputs))[0]


def test_inputs_only_for_modals_are_drawn_there() -> None:
    inputs = [
        entry("file", "file_input", element={"max_files": 10, "filetypes": ["png"]}),
        entry("mail", "email_text_input"),
        entry("number", "number_input", element={"is_decimal_allowed": False}),
        entry("rich", "rich_text_input"),
        {"type": "alert", "text": mrkdwn("careful"), "level": "warning"},
    ]
    assert view_faults(modal(*inputs)) == []
    assert "between 1 and 10" in view_faults(modal(entry("f", "file_input", element={"max_files": 11})))[0]


def test_a_suggestion_offers_a_hundred_options_at_most() -> None:
    assert option_faults({"options": many(100)}) == []
    assert option_faults({"options": []}) == []
    assert "no more than 100" in option_faults({"options": many(101)})[0]
