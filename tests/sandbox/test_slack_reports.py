"""The events the played Slack makes of what people write, and how it delivers them."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.slack.reports import typed_text
from sandbox.world import BadInput
from tests.sandbox.slack_played import TOKEN, Played, played


@pytest.fixture
async def slack() -> AsyncIterator[Played]:
    async with played() as one:
        yield one


async def write(slack: Played, sender: str = "U0RITA", text: str = "it broke", **more: Any) -> str:
    status, external_id = await slack.slack.report({"channel": "slack", "from": sender, "text": text, **more})
    assert status == 200
    assert external_id is not None
    return external_id


async def test_a_direct_message_is_an_event_in_an_envelope(slack: Played) -> None:
    external_id = await write(slack)
    envelope = slack.bot.received[0]
    event = envelope["event"]
    assert (envelope["type"], envelope["team_id"]) == ("event_callback", "T0SANDBOX")
    assert envelope["event_id"].startswith("Ev")
    assert envelope["authorizations"][0]["user_id"] == "U0HUB"
    assert (event["type"], event["channel_type"], event["channel"]) == ("message", "im", "D0RITA")
    assert (event["user"], event["text"]) == ("U0RITA", "it broke")
    assert event["client_msg_id"]
    assert "thread_ts" not in event
    assert external_id == f"T0SANDBOX:D0RITA:{event['ts']}"


async def test_a_mention_arrives_twice_under_two_event_ids(slack: Played) -> None:
    await write(slack, **{"in": "C0SUPPORT"})
    kinds = {one["event"]["type"]: one for one in slack.bot.received}
    assert set(kinds) == {"app_mention", "message"}
    assert kinds["app_mention"]["event"]["ts"] == kinds["message"]["event"]["ts"]
    assert kinds["app_mention"]["event_id"] != kinds["message"]["event_id"]
    assert kinds["app_mention"]["event"]["text"] == "<@U0HUB> it broke"
    assert "channel_type" not in kinds["app_mention"]["event"]
    assert kinds["message"]["event"]["channel_type"] == "channel"


async def test_a_reply_names_its_thread(slack: Played) -> None:
    parent = await write(slack)
    ts = parent.split(":")[-1]
    for reference in (ts, f"D0RITA:{ts}", parent):
        await write(slack, text="more", thread=reference)
        event = slack.bot.events()[-1]
        assert (event["thread_ts"], event["parent_user_id"], event["type"]) == (ts, "U0RITA", "message")
    thread = (await slack.shown("messages", channel="D0RITA"))[0]
    assert [reply["text"] for reply in thread["replies"]] == ["more"] * 3


async def test_an_old_message_carries_its_own_time(slack: Played) -> None:
    external_id = await write(slack, ago_seconds=86_400)
    assert abs(time.time() - 86_400 - float(external_id.split(":")[-1])) < 5


async def test_an_edit_and_a_deletion_are_events_of_their_own(slack: Played) -> None:
    external_id = await write(slack)
    ts = external_id.split(":")[-1]
    assert await write(slack, text="it broke & burns", edit_of=ts) == external_id
    changed = slack.bot.events()[-1]
    assert (changed["subtype"], changed["hidden"]) == ("message_changed", True)
    assert changed["message"]["text"] == "it broke &amp; burns"
    assert changed["message"]["edited"]["user"] == "U0RITA"
    assert changed["previous_message"]["text"] == "it broke"
    assert changed["ts"] != ts == changed["message"]["ts"]
    await write(slack, text="", delete_of=external_id)
    deleted = slack.bot.events()[-1]
    assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", ts)
    assert await slack.shown("messages", channel="D0RITA") == []


async def test_nobody_edits_what_another_wrote(slack: Played) -> None:
    external_id = await write(slack)
    with pytest.raises(BadInput, match="did not write"):
        await write(slack, sender="U0REX", edit_of=external_id)
    with pytest.raises(BadInput, match="no message"):
        await write(slack, edit_of="1.000001")


async def test_reporters_are_not_in_the_triage_channel(slack: Played) -> None:
    with pytest.raises(BadInput, match="not in feedback-triage"):
        await write(slack, **{"in": "C0TRIAGE"})
    await write(slack, sender="ana", text="a note", mention=False, **{"in": "C0TRIAGE"})
    assert [event["type"] for event in slack.bot.events()] == ["message"]


async def test_an_unknown_sender_joins_the_workspace_once(slack: Played) -> None:
    await write(slack, sender="Carla Conti", email="carla@new.example")
    await write(slack, sender="Carla Conti")
    first, second = (event["user"] for event in slack.bot.events())
    assert first == second
    known = (await slack.query("users.info", user=first))["user"]
    assert (known["real_name"], known["profile"]["email"]) == ("Carla Conti", "carla@new.example")
    await write(slack, sender="carla conti", name="Carla C.")
    await write(slack, sender="carla conti")
    assert {event["user"] for event in slack.bot.events()} == {first}
    await write(slack, sender="new@customer.example")
    known = (await slack.query("users.lookupByEmail", email="new@customer.example"))["user"]
    assert known["id"] == slack.bot.events()[-1]["user"]
    await write(slack, sender="U0NEW")
    assert "email" not in (await slack.query("users.info", user="U0NEW"))["user"]["profile"]


async def test_nobody_can_pose_as_the_bot(slack: Played) -> None:
    await write(slack, sender="U0HUB")
    assert slack.bot.events()[0]["user"] != "U0HUB"
    assert (await slack.query("users.info", user="U0HUB"))["user"]["is_bot"]


async def test_a_file_needs_the_token(slack: Played) -> None:
    files = [{"name": "log.txt", "content_type": "text/plain", "content": "boom"}]
    await write(slack, files=files)
    event = slack.bot.events()[0]
    file = event["files"][0]
    assert (event["subtype"], file["name"], file["size"]) == ("file_share", "log.txt", 4)
    async with slack.session.get(file["url_private_download"]) as answer:
        assert answer.content_type == "text/html"
        assert "Sign in" in await answer.text()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with slack.session.get(file["url_private_download"], headers=headers) as answer:
        assert (answer.content_type, await answer.text()) == ("text/plain", "boom")


async def test_a_failed_event_is_sent_again_with_the_same_id(slack: Played) -> None:
    statuses = iter([500, 503])

    async def answer(_payload: dict[str, Any]) -> int | None:
        return next(statuses, None)

    slack.bot.answer = answer
    status, _ = await slack.slack.report({"channel": "slack", "from": "U0RITA", "text": "x"})
    assert status == 500
    async with asyncio.timeout(30):
        while len(slack.bot.received) < 3:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    assert len({one["event_id"] for one in slack.bot.received}) == 1
    assert [headers.get("X-Slack-Retry-Num") for headers in slack.bot.headers] == [None, "1", "2"]
    assert slack.bot.headers[1]["X-Slack-Retry-Reason"] == "http_error"


async def test_a_dropped_event_is_not_sent_again(slack: Played) -> None:
    slack.world.faults.switch({"platform": "slack", "mode": "drop", "times": 1})
    status, _ = await slack.slack.report({"channel": "slack", "from": "U0RITA", "text": "x"})
    await asyncio.sleep(0.3)
    assert (status, slack.bot.received) == (0, [])


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("a < b && c > d", "a &lt; b &amp;&amp; c &gt; d"),
        ("<!channel>", "&lt;!channel&gt;"),
        ("see https://x.example/a?b=1&c=2.", "see <https://x.example/a?b=1&amp;c=2>."),
        ("write to me@x.example", "write to <mailto:me@x.example|me@x.example>"),
        ("<@U0HUB> hello", "<@U0HUB> hello"),
    ],
)
def test_typed_words_are_escaped_as_slack_does(typed: str, sent: str) -> None:
    assert typed_text(typed) == sent
