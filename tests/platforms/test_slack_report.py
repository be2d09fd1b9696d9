"""What Slack sends becomes reports, comments and edits; broken parts are kept, noise is ignored."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.channel import Comment, Edit, Pointed, Reading, Report, Unreadable
from platforms.slack import markup, report

SAMPLES = Path(report.__file__).parent / "samples"
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def sample(name: str) -> dict[str, Any]:
    return json.loads((SAMPLES / f"{name}.json").read_text())


def one(payload: Any) -> Any:
    readings = report.read(payload, NOW)
    assert len(readings) == 1
    return readings[0]


def changed(name: str, **fields: Any) -> dict[str, Any]:
    payload = sample(name)
    payload["event"].update(fields)
    return payload


def test_direct_message_is_a_report_keyed_by_team_channel_and_ts():
    read = one(sample("message_im"))
    assert isinstance(read, Report)
    assert read.external_id == "T061EG9R6:D024BE91L:1758600000.000100"
    assert read.author.account_id == "T061EG9R6:U2147483697"
    assert read.place == {"channel": "D024BE91L", "ts": "1758600000.000100"}
    assert read.sent_at == datetime(2025, 9, 23, 4, 0, 0, 100, tzinfo=UTC)


def test_escaped_characters_and_links_are_read_as_people_see_them():
    read = one(sample("message_im"))
    assert read.text == "Export fails with <500> & no hint, see the status page (https://status.example.com/i/9)"


def test_a_message_of_only_a_file_takes_its_words_from_the_rich_text():
    read = one(sample("message_im_file_share"))
    assert read.text == "This is what I see :point_down:"


def test_only_files_kept_by_slack_are_attachments():
    read = one(sample("message_im_file_share"))
    assert [file.name for file in read.files] == ["screen shot.png"]
    assert read.files[0].source.endswith("/download/screen_shot.png")
    assert read.files[0].size == 48213


def test_reply_in_a_direct_message_thread_is_a_comment_that_may_become_a_report():
    read = one(sample("message_im_thread"))
    assert isinstance(read, Comment)
    assert read.parent == "T061EG9R6:D024BE91L:1758600000.000100"
    assert read.orphan_is_report
    assert read.message.place == {"channel": "D024BE91L", "thread_ts": "1758600000.000100"}


def test_the_first_message_of_a_thread_is_still_a_report():
    assert isinstance(one(changed("message_im", thread_ts="1758600000.000100")), Report)


def test_mention_is_a_report_without_the_mention_of_us():
    read = one(sample("app_mention"))
    assert isinstance(read, Report)
    assert read.text == "the invoice of @U0OTHER77 is in #billing, write to pay@example.com"
    assert read.place == {"channel": "C0GENERAL", "thread_ts": "1758600360.000800"}


def test_mention_in_a_thread_is_a_comment_and_never_a_report():
    read = one(sample("app_mention_thread"))
    assert isinstance(read, Comment)
    assert read.parent == "T061EG9R6:C0GENERAL:1758600360.000800"
    assert not read.orphan_is_report


def test_the_same_mention_seen_twice_has_one_key():
    as_message = changed("app_mention_thread", type="message", channel_type="channel")
    assert one(as_message).message.external_id == one(sample("app_mention_thread")).message.external_id


@pytest.mark.parametrize("name", ["message_channel_thread", "message_channel_thread_broadcast"])
def test_reply_in_a_channel_thread_is_a_comment(name: str):
    read = one(sample(name))
    assert isinstance(read, Comment)
    assert not read.orphan_is_report


@pytest.mark.parametrize(
    "name",
    [
        "message_channel",
        "message_channel_join",
        "message_im_bot",
        "message_changed_unfurl",
        "member_joined_channel",
        "slash_command_empty",
        "ssl_check",
        "url_verification",
    ],
)
def test_what_nobody_reported_is_ignored(name: str):
    assert report.read(sample(name), NOW) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"user": "U0HUBBOT1"},
        {"user": "USLACKBOT"},
        {"bot_id": "B1"},
        {"hidden": True},
        {"subtype": "bot_message"},
        {"subtype": "message_replied"},
        {"subtype": "channel_topic"},
    ],
)
def test_messages_of_apps_and_of_slack_itself_are_ignored(fields: dict[str, Any]):
    assert report.read(changed("message_im", **fields), NOW) == []


@pytest.mark.parametrize("subtype", ["me_message", "thread_broadcast", "file_share"])
def test_subtypes_that_people_write_are_read(subtype: str):
    assert isinstance(one(changed("message_im", subtype=subtype)), Report)


@pytest.mark.parametrize(
    "fields",
    [
        {"ts": None},
        {"ts": 1758600000.0001},
        {"ts": "yesterday"},
        {"ts": "1758600000.٠٠٠١٠٠"},
        {"ts": "99999999999999.1"},
        {"user": None},
        {"user": {"id": "U1"}},
        {"channel": 7},
        {"channel": "C1:evil"},
        {"text": ["a"]},
        {"thread_ts": 5},
    ],
)
def test_a_message_with_broken_fields_is_unreadable_and_says_why(fields: dict[str, Any]):
    read = one(changed("message_im", **fields))
    assert isinstance(read, Unreadable)
    assert read.reason


def test_a_delivery_without_its_event_or_team_is_unreadable():
    assert isinstance(one({**sample("message_im"), "event": "gone"}), Unreadable)
    assert isinstance(one({**sample("message_im"), "team_id": None}), Unreadable)
    assert isinstance(one(["not", "an", "object"]), Unreadable)


def test_changed_text_is_an_edit_of_the_original_message():
    read = one(sample("message_changed"))
    assert isinstance(read, Edit)
    assert read.external_id == one(sample("message_im")).external_id
    assert read.account_id == "T061EG9R6:U2147483697"
    assert read.text == "Export fails with 502"
    assert read.at == datetime(2025, 9, 23, 4, 3, 0, 500, tzinfo=UTC)


@pytest.mark.parametrize("name", ["message_deleted", "message_changed_tombstone"])
def test_a_deleted_message_is_an_edit_without_text(name: str):
    read = one(sample(name))
    assert isinstance(read, Edit)
    assert read.text is None
    assert read.account_id == "T061EG9R6:U2147483697"
    assert read.external_id.endswith(":1758600000.000100")


def test_a_deleted_message_of_ours_is_ignored():
    payload = sample("message_deleted")
    payload["event"]["previous_message"]["bot_id"] = "B0HUB0001"
    assert report.read(payload, NOW) == []


def test_feedback_command_is_a_report_dated_by_its_arrival():
    read = one(sample("slash_command"))
    assert read.external_id == "T061EG9R6:trigger:13345224609.738474920.8088930838d88f008e0"
    assert read.text == "The search is slow & empty"
    assert read.author.handle == "steve"
    assert read.place == {}
    assert read.sent_at == NOW


def test_other_commands_are_not_reports():
    assert report.read({**sample("slash_command"), "command": "/tickets"}, NOW) == []


def test_what_is_kept_of_a_command_cannot_be_used_to_answer_it():
    raw = one(sample("slash_command")).raw
    assert "token" not in raw
    assert "response_url" not in raw


def test_submitted_form_is_a_report_with_urgency_and_files():
    read = one(sample("view_submission"))
    assert read.external_id == "T061EG9R6:view:VNHU13V36"
    assert read.text == "The totals are wrong\nsince Monday"
    assert read.priority == 1
    assert [file.name for file in read.files] == ["totals.csv"]


def test_an_urgency_that_is_no_priority_is_left_to_the_words():
    payload = sample("view_submission")
    payload["view"]["state"]["values"]["b2"]["report.urgency"]["selected_option"]["value"] = "9"
    assert one(payload).priority is None


def test_an_interaction_is_read_out_of_its_form_field():
    form = {"payload": json.dumps(sample("view_submission"))}
    assert one(form).external_id == "T061EG9R6:view:VNHU13V36"
    assert isinstance(one({"payload": "{half"}), Unreadable)
    assert isinstance(one({"payload": "[]"}), Unreadable)
    assert isinstance(one({"payload": None}), Unreadable)


def test_without_a_team_object_the_submitter_s_team_counts():
    assert one({**sample("view_submission"), "team": None}).external_id == "T061EG9R6:view:VNHU13V36"


def test_a_form_without_its_id_is_unreadable():
    assert isinstance(one({**sample("view_submission"), "view": {"callback_id": "report.submit"}}), Unreadable)


def test_talk_in_a_channel_is_ignored_whatever_it_looks_like():
    assert report.read(changed("message_channel", text=["odd"], user=None), NOW) == []


def test_other_forms_and_shortcuts_are_ignored():
    form = sample("view_submission")
    form["view"]["callback_id"] = "changelog.edit"
    assert report.read(form, NOW) == []
    assert report.read({**sample("message_action"), "callback_id": "other"}, NOW) == []


def test_shortcut_reports_the_message_for_its_author_under_the_message_s_own_key():
    read = one(sample("message_action"))
    assert read.external_id == "T061EG9R6:C0GENERAL:1758600480.001000"
    assert read.author.account_id == "T061EG9R6:U2147483697"
    assert read.place == {"channel": "C0GENERAL", "thread_ts": "1758600480.001000"}


def test_shortcut_on_a_direct_message_has_the_key_of_that_message():
    payload = sample("message_action")
    message = sample("message_im")["event"]
    payload.update(channel={"id": message["channel"]}, message_ts=message["ts"], message=message)
    assert one(payload).external_id == one(sample("message_im")).external_id


def test_shortcut_on_an_app_s_message_reports_for_who_chose_it():
    payload = sample("message_action")
    payload["message"]["bot_id"] = "B1"
    assert one(payload).author.account_id == "T061EG9R6:U0AGENT001"


def test_workflow_payload_with_an_issue_is_a_report():
    read = one(sample("workflow_issue"))
    assert read.external_id == "workflow:WF-2031"
    assert read.title == "Login loop"
    assert read.author.account_id == "T061EG9R6:U2147483697"
    assert read.author.email == "steve@example.com"


def test_workflow_payload_with_a_trigger_and_a_user_object_is_a_report():
    read = one(sample("workflow_trigger"))
    assert read.external_id == "workflow:13345224609.738474920.bb"
    assert read.author.account_id == "T061EG9R6:U2147483697"
    assert read.author.name == "Steve Miller"


def test_workflow_payload_with_only_an_address_is_known_by_it():
    read = one({"issue_id": 17, "text": "It hangs", "email": "Steve@Example.com"})
    assert read.external_id == "workflow:17"
    assert read.author.account_id == "email:steve@example.com"


@pytest.mark.parametrize(
    "payload",
    [
        {"issue_id": "1", "text": "Who am I"},
        {"issue_id": "1", "user_id": "U1"},
        {"issue_id": ["1"], "text": "x", "user_id": "U1"},
        {"trigger_id": "t" * 500, "text": "x", "user_id": "U1"},
    ],
)
def test_workflow_payload_without_an_author_words_or_a_key_is_unreadable(payload: dict[str, Any]):
    assert isinstance(one(payload), Unreadable)


def test_a_forwarded_message_says_what_it_passes_on():
    forwarded = [{"is_share": True, "text": "The &lt;b&gt; tag shows"}, {"text": "an unfurl"}]
    read = one(changed("message_im", text="", blocks=None, attachments=forwarded))
    assert read.text == "The <b> tag shows"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<@U1|ann> and <@U2>", "@ann and @U2"),
        ("<#C1|> <#C2|help>", "#C1 #help"),
        ("<!here> <!channel> <!subteam^S1|@support>", "@here @channel @support"),
        ("<!date^1392734382^{date}|Feb 18>", "Feb 18"),
        ("<https://a.example/x?a=1&amp;b=2>", "https://a.example/x?a=1&b=2"),
        ("<http://a.example|a.example>", "http://a.example"),
        ("<tel:+4915112345|0151 12345>", "0151 12345 (+4915112345)"),
        ("&amp;lt;", "&lt;"),
    ],
)
def test_tokens_are_read_as_plain_text(written: str, read: str):
    assert markup.plain(written) == read


def test_rich_text_lists_and_quotes_are_lines():
    def section(words: str) -> dict[str, Any]:
        return {"type": "rich_text_section", "elements": [{"type": "text", "text": words}]}

    block = {
        "type": "rich_text",
        "elements": [
            section("Steps:"),
            {"type": "rich_text_list", "style": "ordered", "elements": [section("open"), section("close")]},
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "user", "user_id": "U1"},
                    {"type": "broadcast", "range": "here"},
                    {"type": "channel", "channel_id": "C1"},
                    {"type": "date", "fallback": "today"},
                    {"type": "link", "url": "https://a.example", "text": "here"},
                    {"type": "color", "value": "#fff"},
                ],
            },
        ],
    }
    assert markup.rich_text({"blocks": [block]}) == "Steps:\nopen\nclose\n@U1@here#C1todayhere (https://a.example)"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
NAMES = [path.stem for path in sorted(SAMPLES.glob("*.json")) if not path.stem.endswith(".expected")]
KINDS = (Report, Comment, Edit, Pointed, Unreadable)


def spoil(value: Any, draw: Any) -> Any:
    """The value with some parts replaced by anything at all."""
    if draw(st.integers(0, 15)) == 0:
        return draw(anything)
    if isinstance(value, dict):
        return {key: spoil(part, draw) for key, part in value.items()}
    if isinstance(value, list):
        return [spoil(part, draw) for part in value]
    return value


@given(anything)
def test_reading_any_json_never_raises(payload: Any):
    assert all(isinstance(read, KINDS) for read in report.read(payload, NOW))


@given(st.data())
def test_reading_a_spoiled_delivery_never_raises(data: st.DataObject):
    payload = spoil(sample(data.draw(st.sampled_from(NAMES))), data.draw)
    readings: list[Reading] = report.read(payload, NOW)
    assert all(isinstance(read, KINDS) for read in readings)


def test_deeply_nested_rich_text_is_cut_off():
    block: dict[str, Any] = {"type": "rich_text_section", "elements": [{"type": "text", "text": "deep"}]}
    for _ in range(500):
        block = {"type": "rich_text_list", "elements": [block]}
    read = one(changed("message_im", text="", blocks=[{"type": "rich_text", "elements": [block]}]))
    assert isinstance(read, Report)
