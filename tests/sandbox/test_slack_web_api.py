"""The played Web API against request and response pairs written from Slack's documentation."""

import json
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.sandbox.slack_played import TOKEN, Played, actions, button, entry, modal, plain, played


@pytest.fixture(scope="module")
async def slack() -> AsyncIterator[Played]:
    async with played() as one:
        yield one


async def trigger(slack: Played, user: str = "U0ANA") -> str:
    """A trigger id as a slash command brings it."""
    await slack.act("command", user=user, command="/tickets", text="")
    return slack.bot.received[-1]["trigger_id"]


async def test_a_call_without_a_token_is_not_authed(slack: Played) -> None:
    assert await slack.api("auth.test", token=None) == {"ok": False, "error": "not_authed"}


async def test_a_call_with_another_token_is_refused(slack: Played) -> None:
    assert await slack.api("auth.test", token="xoxb-wrong") == {"ok": False, "error": "invalid_auth"}


async def test_an_unknown_method_is_named_so(slack: Played) -> None:
    assert (await slack.api("chat.shout"))["error"] == "unknown_method"


async def test_auth_test_names_team_and_bot(slack: Played) -> None:
    answer = await slack.query("auth.test", "POST")
    assert answer["ok"]
    assert (answer["team_id"], answer["user_id"], answer["bot_id"]) == ("T0SANDBOX", "U0HUB", "B0HUB")


async def test_arguments_are_read_from_query_form_and_json(slack: Played) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    url = f"{slack.url}/slack/api/users.info"
    by_query = await slack.query("users.info", user="U0RITA")
    async with slack.session.post(url, data={"user": "U0RITA", "token": TOKEN}) as answer:
        by_form = await answer.json()
    parts = aiohttp.FormData({"user": "U0RITA"}, default_to_multipart=True)
    async with slack.session.post(url, data=parts, headers=headers) as answer:
        assert await answer.json() == by_form
    async with slack.session.post(url, json={"user": "U0RITA"}, headers=headers) as answer:
        by_json = await answer.json()
    assert by_query == by_form == by_json
    assert by_query["user"]["profile"]["email"] == "rita@customer.example"


async def test_broken_json_is_refused(slack: Played) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    async with slack.session.post(f"{slack.url}/slack/api/chat.postMessage", data=b"{", headers=headers) as answer:
        assert (await answer.json())["error"] == "invalid_json"


async def test_unknown_channels_and_users_are_refused(slack: Played) -> None:
    assert (await slack.api("chat.postMessage", channel="C404", text="x"))["error"] == "channel_not_found"
    assert (await slack.query("users.info", user="U404"))["error"] == "user_not_found"
    assert (await slack.query("users.lookupByEmail", email="a@b.c"))["error"] == "users_not_found"
    assert (await slack.query("conversations.open", "POST", users="U404"))["error"] == "user_not_found"
    assert (await slack.query("usergroups.users.list", usergroup="S1"))["error"] == "no_such_subteam"


async def test_a_missing_argument_is_named(slack: Played) -> None:
    answer = await slack.api("chat.postMessage", text="x")
    assert answer["error"] == "invalid_arguments"
    assert "channel" in answer["response_metadata"]["messages"][0]


async def test_a_message_without_contents_is_refused(slack: Played) -> None:
    assert (await slack.api("chat.postMessage", channel="C0TRIAGE"))["error"] == "no_text"


async def test_a_post_names_its_blocks_and_elements(slack: Played) -> None:
    blocks = [actions(button("take")), {"type": "section", "text": plain("x"), "block_id": "mine"}]
    answer = await slack.api("chat.postMessage", channel="C0TRIAGE", text="card", blocks=blocks)
    drawn = answer["message"]["blocks"]
    assert drawn[0]["block_id"]
    assert drawn[1]["block_id"] == "mine"
    assert answer["message"]["bot_id"] == "B0HUB"


async def test_blocks_may_come_as_a_json_string(slack: Played) -> None:
    blocks = json.dumps([{"type": "divider"}])
    answer = await slack.query("chat.postMessage", "POST", channel="C0TRIAGE", text="x", blocks=blocks)
    assert answer["message"]["blocks"][0]["type"] == "divider"


async def test_posting_to_a_person_reaches_their_direct_message(slack: Played) -> None:
    assert (await slack.api("chat.postMessage", channel="U0RITA", text="hello"))["channel"] == "D0RITA"
    opened = await slack.query("conversations.open", "POST", users="U0RITA")
    assert opened["channel"]["id"] == "D0RITA"


async def test_an_update_without_blocks_removes_them(slack: Played) -> None:
    ts = await slack.post(blocks=[{"type": "divider"}])
    answer = await slack.api("chat.update", channel="C0TRIAGE", ts=ts, text="only words")
    assert answer["ok"]
    shown = next(m for m in await slack.shown("messages", channel="C0TRIAGE") if m["ts"] == ts)
    assert (shown["text"], shown["blocks"]) == ("only words", [])


async def test_an_update_keeps_metadata_unless_given(slack: Played) -> None:
    metadata = {"event_type": "ticket", "event_payload": {"id": "1"}}
    ts = await slack.post(metadata=metadata)
    assert (await slack.api("chat.update", channel="C0TRIAGE", ts=ts, text="x"))["message"]["metadata"] == metadata
    answer = await slack.api("chat.update", channel="C0TRIAGE", ts=ts, text="x", metadata={})
    assert "metadata" not in answer["message"]


async def test_updates_of_unknown_foreign_long_and_ephemeral_messages_are_refused(slack: Played) -> None:
    update = {"channel": "C0TRIAGE", "text": "x"}
    assert (await slack.api("chat.update", **update, ts="1.000001"))["error"] == "message_not_found"
    ts = await slack.post()
    answer = await slack.api("chat.update", channel="C0TRIAGE", ts=ts, text="x" * 4001)
    assert answer["error"] == "msg_too_long"
    hidden = await slack.api("chat.postEphemeral", channel="C0TRIAGE", user="U0ANA", text="psst")
    assert (await slack.api("chat.update", **update, ts=hidden["message_ts"]))["error"] == "message_not_found"
    await slack.slack.report({"channel": "slack", "from": "U0RITA", "text": "hers"})
    theirs = (await slack.shown("messages", channel="D0RITA"))[-1]["ts"]
    answer = await slack.api("chat.update", channel="D0RITA", ts=theirs, text="mine")
    assert answer["error"] == "cant_update_message"
    assert (await slack.api("chat.delete", channel="D0RITA", ts=theirs))["error"] == "cant_delete_message"


async def test_ephemerals_go_only_to_members(slack: Played) -> None:
    answer = await slack.api("chat.postEphemeral", channel="C0TRIAGE", user="U0RITA", text="psst")
    assert answer["error"] == "user_not_in_channel"


async def test_a_thread_can_be_read_with_its_metadata(slack: Played) -> None:
    ts = await slack.post()
    metadata = {"event_type": "notification", "event_payload": {"notification_id": "n1"}}
    await slack.post(thread_ts=ts, text="told", metadata=metadata)
    answer = await slack.query("conversations.replies", channel="C0TRIAGE", ts=ts, include_all_metadata="1")
    assert [message["text"] for message in answer["messages"]] == ["a card", "told"]
    assert answer["messages"][0]["reply_count"] == 1
    assert answer["messages"][1]["metadata"] == metadata
    bare = await slack.query("conversations.replies", channel="C0TRIAGE", ts=ts)
    assert "metadata" not in bare["messages"][1]
    missing = await slack.query("conversations.replies", channel="C0TRIAGE", ts="1.000001")
    assert missing["error"] == "thread_not_found"


async def test_history_is_newest_first_and_without_replies(slack: Played) -> None:
    first = await slack.post("C0SUPPORT", text="one")
    await slack.post("C0SUPPORT", text="in thread", thread_ts=first)
    await slack.post("C0SUPPORT", text="two")
    answer = await slack.query("conversations.history", channel="C0SUPPORT", oldest=first, inclusive="1")
    assert [message["text"] for message in answer["messages"]] == ["two", "one"]
    page = await slack.query("conversations.history", channel="C0SUPPORT", oldest=first, limit="1")
    assert [message["text"] for message in page["messages"]] == ["two"]


async def test_long_lists_come_in_pages(slack: Played) -> None:
    members: list[str] = []
    cursor = ""
    while True:
        page = await slack.query("conversations.members", channel="C0TRIAGE", limit="2", cursor=cursor)
        members += page["members"]
        cursor = page["response_metadata"]["next_cursor"]
        if not cursor:
            break
    assert sorted(members) == ["U0ANA", "U0BEN", "U0HUB"]
    bad = await slack.query("conversations.members", channel="C0TRIAGE", cursor="nonsense!")
    assert bad["error"] == "invalid_cursor"


async def test_permalinks_lead_to_the_sandbox(slack: Played) -> None:
    ts = await slack.post()
    answer = await slack.query("chat.getPermalink", channel="C0TRIAGE", message_ts=ts)
    assert answer["permalink"] == f"{slack.url}/slack/archives/C0TRIAGE/p{ts.replace('.', '')}"


async def test_the_bot_reacts_once(slack: Played) -> None:
    ts = await slack.post()
    reaction = {"channel": "C0TRIAGE", "timestamp": ts, "name": "eyes"}
    assert (await slack.query("reactions.add", "POST", **reaction)) == {"ok": True}
    assert (await slack.query("reactions.add", "POST", **reaction))["error"] == "already_reacted"


async def test_invalid_blocks_name_pointer_and_limit(slack: Played) -> None:
    blocks = [{"type": "header", "text": plain("x" * 151)}]
    answer = await slack.api("chat.postMessage", channel="C0TRIAGE", text="x", blocks=blocks)
    assert answer["error"] == "invalid_blocks"
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]"
    ]


async def test_a_trigger_opens_one_view(slack: Played) -> None:
    trigger_id = await trigger(slack)
    opened = await slack.api("views.open", trigger_id=trigger_id, view=modal(entry("title")))
    assert opened["view"]["id"].startswith("V")
    assert opened["view"]["root_view_id"] == opened["view"]["id"]
    again = await slack.api("views.open", trigger_id=trigger_id, view=modal())
    assert again["error"] == "exchanged_trigger_id"
    assert (await slack.api("views.open", trigger_id="1.2.abc", view=modal()))["error"] == "invalid_trigger_id"


async def test_a_trigger_lives_three_seconds(slack: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    trigger_id = await trigger(slack)
    late = time.monotonic() + 3.1
    monkeypatch.setattr("sandbox.slack.workspace.time.monotonic", lambda: late)
    answer = await slack.api("views.open", trigger_id=trigger_id, view=modal())
    monkeypatch.undo()
    assert answer["error"] == "expired_trigger_id"


async def test_three_views_lie_on_each_other_at_most(slack: Played) -> None:
    await slack.api("views.open", trigger_id=await trigger(slack), view=modal())
    for _ in range(2):
        assert (await slack.api("views.push", trigger_id=await trigger(slack), view=modal()))["ok"]
    answer = await slack.api("views.push", trigger_id=await trigger(slack), view=modal())
    assert answer["error"] == "push_limit_reached"
    views = await slack.shown("views", user="U0ANA")
    assert [view["previous_view_id"] for view in views] == [None, views[0]["id"], views[1]["id"]]


async def test_a_stale_hash_is_a_conflict(slack: Played) -> None:
    opened = (await slack.api("views.open", trigger_id=await trigger(slack), view=modal()))["view"]
    new = modal({"type": "header", "text": plain("loaded")})
    first = await slack.api("views.update", view_id=opened["id"], hash=opened["hash"], view=new)
    assert first["view"]["blocks"][0]["type"] == "header"
    again = await slack.api("views.update", view_id=opened["id"], hash=opened["hash"], view=new)
    assert again["error"] == "hash_conflict"
    assert (await slack.api("views.update", view_id="V404", view=new))["error"] == "not_found"


async def test_external_ids_are_unique(slack: Played) -> None:
    view = modal(external_id="ticket-7")
    await slack.api("views.open", trigger_id=await trigger(slack), view=view)
    again = await slack.api("views.open", trigger_id=await trigger(slack, "U0BEN"), view=view)
    assert again["error"] == "duplicate_external_id"
    assert (await slack.api("views.update", external_id="ticket-7", view=view))["ok"]


async def test_home_is_published_for_one_person(slack: Played) -> None:
    home = {"type": "home", "blocks": [{"type": "header", "text": plain("Tickets")}]}
    published = (await slack.api("views.publish", user_id="U0ANA", view=home))["view"]
    assert (await slack.shown("home", user="U0ANA"))["id"] == published["id"]
    assert await slack.shown("home", user="U0BEN") == {}
    stale = await slack.api("views.publish", user_id="U0ANA", view=home, hash="1.old")
    assert stale["error"] == "hash_conflict"
    assert (await slack.api("views.publish", user_id="U404", view=home))["error"] == "user_not_found"
    refused = await slack.api("views.publish", user_id="U0ANA", view=modal())
    assert refused["error"] == "invalid_arguments"


async def test_an_upload_becomes_a_shared_file(slack: Played) -> None:
    place = await slack.query("files.getUploadURLExternal", "POST", filename="a.png", length="3")
    async with slack.session.post(place["upload_url"], data=b"abc") as answer:
        assert answer.status == 200
    files = json.dumps([{"id": place["file_id"], "title": "A picture"}])
    done = await slack.query("files.completeUploadExternal", "POST", files=files, channel_id="C0TRIAGE")
    assert done["files"][0]["title"] == "A picture"
    shared = (await slack.shown("messages", channel="C0TRIAGE"))[-1]
    assert shared["files"][0]["id"] == place["file_id"]
    assert (await slack.query("files.info", file=place["file_id"]))["file"]["mimetype"] == "image/png"
    assert (await slack.query("files.info", file="F404"))["error"] == "file_not_found"


async def test_an_upload_may_be_a_form(slack: Played) -> None:
    place = await slack.query("files.getUploadURLExternal", "POST", filename="a.bin", length="4")
    form = aiohttp.FormData()
    form.add_field("file", b"\x00\xff\r\n", filename="a.bin")
    async with slack.session.post(place["upload_url"], data=form) as answer:
        assert await answer.text() == "OK - 4"


async def test_agents_are_the_members_of_the_group_and_of_the_triage_channel(slack: Played) -> None:
    groups = (await slack.query("usergroups.list", include_users="1"))["usergroups"]
    assert groups[0]["users"] == ["U0ANA", "U0BEN"]
    listed = await slack.query("usergroups.users.list", usergroup=groups[0]["id"])
    assert listed["users"] == ["U0ANA", "U0BEN"]
    users = {user["id"]: user["agent"] for user in await slack.shown("users")}
    assert users["U0ANA"]
    assert not users["U0RITA"]
    triage = [channel["id"] for channel in await slack.shown("channels") if channel["triage"]]
    assert triage == ["C0TRIAGE"]


async def test_a_rate_limit_is_429_with_retry_after(slack: Played) -> None:
    answer = slack.slack.rate_limited(30)
    assert (answer.status, answer.headers["Retry-After"]) == (429, "30")
    assert json.loads(answer.text or "") == {"ok": False, "error": "ratelimited"}


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("conversations.open", {}, "users_list_not_supplied"),
        ("conversations.open", {"users": "U0ANA,U0BEN"}, "invalid_user_combination"),
        ("conversations.open", {"users": "U0HUB"}, "cannot_dm_bot"),
        ("conversations.join", {"channel": "D0ANA"}, "method_not_supported_for_channel_type"),
        ("conversations.list", {"types": "everything"}, "invalid_types"),
        ("conversations.history", {"channel": "C0TRIAGE", "oldest": "yesterday"}, "invalid_ts_oldest"),
        ("conversations.history", {"channel": "C0TRIAGE", "limit": 0}, "invalid_limit"),
        ("team.info", {"team": "T404"}, "team_not_found"),
        ("chat.getPermalink", {"channel": "C0TRIAGE", "message_ts": "1.000001"}, "message_not_found"),
        ("chat.delete", {"channel": "C0TRIAGE", "ts": "1.000001"}, "message_not_found"),
        ("chat.postEphemeral", {"channel": "C0TRIAGE", "user": "U404", "text": "x"}, "user_not_found"),
        ("chat.postMessage", {"channel": "C0TRIAGE", "text": "x", "blocks": "["}, "invalid_blocks_format"),
        ("chat.postMessage", {"channel": "C0TRIAGE", "text": "x", "thread_ts": "soon"}, "invalid_thread_ts"),
        ("chat.postMessage", {"channel": "C0TRIAGE", "text": "x", "metadata": {"a": 1}}, "invalid_metadata_format"),
        ("chat.postMessage", {"channel": "C0TRIAGE", "text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
        ("chat.postMessage", {"channel": "C0TRIAGE", "attachments": [{}] * 101}, "too_many_attachments"),
        ("reactions.add", {"channel": "C0TRIAGE", "timestamp": "1.000001", "name": "eyes"}, "message_not_found"),
        ("reactions.add", {"channel": "C0TRIAGE", "timestamp": "1.000001", "name": "A B"}, "invalid_name"),
        ("views.open", {"trigger_id": "1.1.a"}, "invalid_arguments"),
        ("views.update", {"view": modal()}, "invalid_arguments"),
        ("files.completeUploadExternal", {"files": []}, "invalid_arguments"),
    ],
)
async def test_what_slack_refuses(slack: Played, method: str, arguments: dict[str, Any], error: str) -> None:
    assert (await slack.api(method, **arguments))["error"] == error


async def test_conversations_are_described(slack: Played) -> None:
    channel = (await slack.query("conversations.info", channel="C0TRIAGE"))["channel"]
    assert (channel["name"], channel["is_member"], channel["is_im"]) == ("feedback-triage", True, False)
    direct = (await slack.query("conversations.info", channel="D0RITA"))["channel"]
    assert (direct["is_im"], direct["user"]) == (True, "U0RITA")
    listed = (await slack.query("conversations.list"))["channels"]
    assert [one["id"] for one in listed] == ["C0TRIAGE", "C0SUPPORT"]
    assert (await slack.query("team.info"))["team"]["id"] == "T0SANDBOX"
    assert (await slack.query("users.list"))["members"][0]["id"] == "U0HUB"


async def test_a_deleted_message_is_gone(slack: Played) -> None:
    ts = await slack.post("#help", text="mistake")
    assert (await slack.api("chat.delete", channel="C0SUPPORT", ts=ts))["ok"]
    assert ts not in [message["ts"] for message in await slack.shown("messages", channel="C0SUPPORT")]


async def test_very_long_text_is_cut_off_when_posted(slack: Played) -> None:
    answer = await slack.api("chat.postMessage", channel="C0SUPPORT", text="x" * 40_001)
    assert len(answer["message"]["text"]) == 40_000
