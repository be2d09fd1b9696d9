"""What the Slack client puts on the wire, and what each of Slack's answers means, against a played Web API."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from hub.channel import File, Letter
from hub.errors import ChannelOff, Forged
from platforms.errors import CannotTell, Later, RateLimited, Refused, Unreachable, Unsure
from platforms.http import Http
from platforms.limits import Limits
from platforms.slack import SlackChannel, directory, open_channel

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
TOKEN, SECRET = "xoxb-1-token", "8f742231b10e8888abcd99yyyzzz85a5"


@dataclass
class Request:
    method: str
    path: str
    token: str | None
    sent: dict[str, Any]


@dataclass
class PlayedSlack:
    """Answers each API method with what a test set for it, and remembers what was asked."""

    url: str = ""
    asked: list[Request] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        sent = dict(request.query)
        if request.can_read_body:
            sent = await request.json()
        self.asked.append(Request(request.method, method, request.headers.get("Authorization"), sent))
        answer = self.answers.get(method, {"ok": True})
        if isinstance(answer, list):
            answer = answer.pop(0)
        return await answer(request) if callable(answer) else web.json_response(answer)

    def of(self, method: str) -> list[dict[str, Any]]:
        return [request.sent for request in self.asked if request.path == method]


@pytest.fixture
async def slack() -> AsyncIterator[PlayedSlack]:
    played = PlayedSlack()
    app = web.Application()
    app.router.add_route("*", "/api/{method}", played.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    played.url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    yield played
    await runner.cleanup()


def settings(url: str, **changed: Any) -> Any:
    given = {"slack_bot_token": TOKEN, "slack_app_token": "", "slack_signing_secret": SECRET, **changed}
    secrets = {name: SecretStr(value) for name, value in given.items()}
    return SimpleNamespace(
        slack_base_url=url, request_seconds=2, slack_posts_per_second=1, slack_updates_per_minute=50, **secrets
    )


@pytest.fixture
async def channel(slack: PlayedSlack) -> AsyncIterator[SlackChannel]:
    http = Http()
    opened = open_channel(settings(slack.url), http, Limits(None))
    yield opened
    await opened.aclose()
    await http.aclose()


def failing(status: int, body: str = "", headers: dict[str, str] | None = None, kind: str = "text/html") -> Answer:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, text=body, headers=headers, content_type=kind)

    return answer


async def cut_off(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def silent(_request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(5)
    return web.Response()


def letter(**place: str) -> Letter:
    return Letter(
        notification_id="n-1",
        channel="slack",
        recipient="T1:U2",
        text="**Done** & well",
        place=place,
        last_heard_at=None,
    )


POSTED = {"ok": True, "channel": "D9", "ts": "1758600000.000100"}


async def test_send_posts_once_with_the_token_and_returns_channel_and_ts(slack, channel):
    slack.answers["chat.postMessage"] = POSTED
    message = channel.compose(letter(channel="C1", thread_ts="1.2"), datetime.now(UTC))
    assert await channel.send(message) == "D9:1758600000.000100"
    (asked,) = slack.asked
    assert (asked.method, asked.token) == ("POST", f"Bearer {TOKEN}")
    assert asked.sent == {
        "channel": "C1",
        "thread_ts": "1.2",
        "text": "*Done* &amp; well",
        "metadata": {
            "event_type": "feedback_hub_notification",
            "event_payload": {"notification_id": "n-1"},
        },
        "unfurl_links": False,
        "unfurl_media": False,
        "link_names": False,
        "parse": "none",
    }


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"ok": False, "error": "channel_not_found"}, Refused),
        ({"ok": False, "error": "a_word_of_tomorrow"}, Refused),
        ({"ok": False, "error": "ratelimited"}, RateLimited),
        ({"ok": False, "error": "service_unavailable"}, Unreachable),
        ({"ok": False, "error": "internal_error"}, Unsure),
        ({"ok": True}, Unsure),
        ([1, 2], Unsure),
        (failing(500, "oops"), Unsure),
        (failing(502, '{"ok": false, "error": "x"}', kind="application/json"), Unsure),
        (failing(503, headers={"Retry-After": "7"}), RateLimited),
        (failing(429, headers={"Retry-After": "30"}), RateLimited),
        (failing(200, "<html>"), Unsure),
        (failing(200, "{half", kind="application/json"), Unsure),
        (failing(200, "hello", kind="text/plain"), Unsure),
        (failing(200, ""), Unsure),
        (failing(403, "a proxy says no"), Unreachable),
        (cut_off, Unsure),
        (silent, Unsure),
    ],
)
async def test_what_became_of_a_post_is_said_in_our_words(slack, channel, answer, error):
    slack.answers["chat.postMessage"] = answer
    with pytest.raises(error) as caught:
        await channel.client.post({"channel": "C1", "text": "x"})
    assert caught.value.platform == "slack"
    assert len(slack.asked) == 1


@pytest.mark.parametrize("answer", [failing(500), failing(200, "<html>"), cut_off, silent])
async def test_an_unknown_outcome_of_a_look_up_may_be_tried_again(slack, channel, answer):
    slack.answers["users.info"] = answer
    with pytest.raises(Unreachable):
        await channel.profile("T1:U2")


async def test_nobody_listening_is_unreachable_even_for_a_post():
    closed = open_channel(settings("http://127.0.0.1:9/api/"), Http(), Limits(None))
    with pytest.raises(Unreachable):
        await closed.client.post({"channel": "C1", "text": "x"})
    await closed.aclose()


async def test_without_a_token_slack_is_not_asked(slack):
    off = open_channel(settings(slack.url, slack_bot_token=""), Http(), Limits(None))
    with pytest.raises(Refused, match="SLACK_BOT_TOKEN"):
        await off.client.post({"channel": "C1", "text": "x"})
    assert slack.asked == []


async def test_known_refusals_carry_the_next_step(slack, channel):
    slack.answers["chat.postMessage"] = {"ok": False, "error": "not_in_channel"}
    with pytest.raises(Refused, match="invite it there") as caught:
        await channel.client.post({"channel": "C1", "text": "x"})
    assert caught.value.code == "not_in_channel"


async def test_a_429_closes_the_channel_for_as_long_as_slack_says(slack, channel):
    slack.answers["chat.postMessage"] = [failing(429, headers={"Retry-After": "30"}), POSTED]
    with pytest.raises(RateLimited) as limited:
        await channel.client.post({"channel": "C1", "text": "x"})
    assert limited.value.retry_after == 30
    with pytest.raises(Later) as later:
        await channel.client.post({"channel": "C1", "text": "x"})
    assert 25 < (later.value.until - datetime.now(UTC)).total_seconds() <= 30
    assert await channel.client.post({"channel": "C2", "text": "x"}) == ("D9", "1758600000.000100")


async def test_a_channel_takes_a_short_burst_and_then_one_a_second(slack, channel):
    slack.answers["chat.postMessage"] = POSTED
    for _ in range(4):
        await channel.client.post({"channel": "C1", "text": "x"})
    with pytest.raises(Later):
        await channel.client.post({"channel": "C1", "text": "x"})
    assert len(slack.asked) == 4


async def test_update_sends_text_and_blocks_together(slack, channel):
    blocks = [{"type": "divider"}]
    await channel.client.update(channel="C1", ts="1.2", text="now", blocks=blocks)
    assert slack.of("chat.update") == [{"channel": "C1", "ts": "1.2", "text": "now", "blocks": blocks}]


async def test_a_workspace_takes_a_burst_of_edits_and_then_fifty_a_minute(slack, channel):
    for number in range(25):
        await channel.client.update(channel=f"C{number}", ts="1.2", text="now", blocks=[])
    waits = []
    for number in range(3):
        with pytest.raises(Later) as later:
            await channel.client.update(channel="C1", ts=f"2.{number}", text="now", blocks=[])
        waits.append(later.value.until)
    assert all(1.0 < (after - before).total_seconds() < 1.4 for before, after in pairwise(waits))
    assert len(slack.of("chat.update")) == 25


async def test_a_429_of_an_edit_closes_edits_and_nothing_else(slack, channel):
    slack.answers["chat.update"] = failing(429, headers={"Retry-After": "30"})
    slack.answers["chat.postMessage"] = POSTED
    with pytest.raises(RateLimited):
        await channel.client.update(channel="C1", ts="1.2", text="now", blocks=[])
    with pytest.raises(Later):
        await channel.client.update(channel="C2", ts="1.2", text="now", blocks=[])
    assert await channel.client.post({"channel": "C1", "text": "x"}) == ("D9", "1758600000.000100")


async def test_ephemeral_leaves_out_what_is_not_given(slack, channel):
    await channel.client.post_ephemeral(channel="C1", user="U2", text="only you")
    assert slack.of("chat.postEphemeral") == [{"channel": "C1", "user": "U2", "text": "only you"}]


async def test_views_are_opened_pushed_updated_and_published_untouched(slack, channel):
    view = {"type": "modal", "blocks": [{"type": "data_visualization"}]}
    shown = {"ok": True, "view": {"id": "V1", "hash": "h"}}
    slack.answers.update({f"views.{verb}": shown for verb in ("open", "push", "update", "publish")})
    assert await channel.client.open_view("t1", view) == {"id": "V1", "hash": "h"}
    await channel.client.push_view("t2", view)
    await channel.client.update_view("V1", view, seen="h")
    await channel.client.publish_view("U2", view)
    assert slack.of("views.open") == [{"trigger_id": "t1", "view": view}]
    assert slack.of("views.push") == [{"trigger_id": "t2", "view": view}]
    assert slack.of("views.update") == [{"view_id": "V1", "view": view, "hash": "h"}]
    assert slack.of("views.publish") == [{"user_id": "U2", "view": view}]


def ours(ts: str, notification_id: str) -> dict[str, Any]:
    content = {"notification_id": notification_id}
    return {"ts": ts, "text": "x", "metadata": {"event_type": "feedback_hub_notification", "event_payload": content}}


async def test_a_sent_letter_is_found_in_its_thread_over_pages(slack, channel):
    first = {"ok": True, "messages": [{"ts": "1.2"}, ours("1.3", "n-0")], "response_metadata": {"next_cursor": "c2"}}
    slack.answers["conversations.replies"] = [first, {"ok": True, "messages": [ours("1.4", "n-1")]}]
    sent = letter(channel="C1", thread_ts="1.2")
    assert await channel.find_sent(sent, channel.compose(sent, datetime.now(UTC))) == "C1:1.4"
    asked, following = slack.of("conversations.replies")
    assert asked == {
        "channel": "C1",
        "ts": "1.2",
        "oldest": "1.2",
        "inclusive": "1",
        "include_all_metadata": "1",
        "limit": "200",
    }
    assert following["cursor"] == "c2"
    assert all(request.method == "GET" for request in slack.asked)


async def test_a_letter_to_a_person_is_looked_for_in_their_direct_messages(slack, channel):
    slack.answers["conversations.open"] = {"ok": True, "channel": {"id": "D7"}}
    slack.answers["conversations.history"] = {"ok": True, "messages": [{"ts": "1.9", "text": "other"}]}
    sent = letter()
    assert await channel.find_sent(sent, channel.compose(sent, datetime.now(UTC))) is None
    assert slack.of("conversations.history")[0]["channel"] == "D7"


@pytest.mark.parametrize(
    "answer",
    [
        {"ok": False, "error": "missing_scope"},
        {"ok": True, "messages": [{"ts": "1.3"}], "response_metadata": {"next_cursor": "more"}},
    ],
)
async def test_where_slack_does_not_let_us_look_we_cannot_tell(slack, channel, answer):
    slack.answers["conversations.history"] = answer
    sent = letter(channel="D1", ts="1.2")
    with pytest.raises(CannotTell):
        await channel.find_sent(sent, channel.compose(sent, datetime.now(UTC)))


def person(user: str, **fields: Any) -> dict[str, Any]:
    profile = {"real_name": f"Name {user}", "email": f"{user.lower()}@example.com", "phone": ""}
    return {"id": user, "team_id": "T1", "name": user.lower(), "locale": "es-ES", "profile": profile, **fields}


def everybody(*people: dict[str, Any]) -> Answer:
    async def answer(request: web.Request) -> web.Response:
        found = next((one for one in people if one["id"] == request.query["user"]), None)
        return web.json_response({"ok": True, "user": found} if found else {"ok": False, "error": "user_not_found"})

    return answer


async def test_profile_is_what_slack_says_of_the_account(slack, channel):
    slack.answers["users.info"] = everybody(person("U2"))
    profile = await channel.profile("T1:U2")
    assert profile is not None
    assert (profile.account_id, profile.name, profile.email) == ("T1:U2", "Name U2", "u2@example.com")
    assert (profile.handle, profile.language, profile.phone) == ("u2", "es", None)
    assert await channel.profile("T1:U404") is None


COLLEAGUES = (
    person("U1"),
    person("U2", is_bot=True),
    person("U3", deleted=True),
    person("U4", is_restricted=True),
    person("U5", team_id="T9"),
    person("U6"),
    person("USLACKBOT"),
)


@pytest.mark.parametrize("named", ["S1", "support", "@support"])
async def test_agents_are_the_group_s_people_without_bots_guests_and_strangers(slack, channel, named):
    slack.answers["auth.test"] = {"ok": True, "team_id": "T1", "user_id": "UB"}
    slack.answers["usergroups.list"] = {"ok": True, "usergroups": [{"id": "S0"}, {"id": "S1", "handle": "support"}]}
    slack.answers["usergroups.users.list"] = {"ok": True, "users": [one["id"] for one in COLLEAGUES]}
    slack.answers["users.info"] = everybody(*COLLEAGUES)
    found = await directory.agents(channel.client, agents_group=named, triage_channel="C1")
    assert [agent.account_id for agent in found] == ["T1:U1", "T1:U6"]
    assert slack.of("usergroups.users.list") == [{"usergroup": "S1"}]


async def test_without_a_group_agents_are_the_triage_channel_s_members(slack, channel):
    slack.answers["auth.test"] = {"ok": True, "team_id": "T1"}
    more = {"ok": True, "members": ["U1"], "response_metadata": {"next_cursor": "c2"}}
    slack.answers["conversations.members"] = [more, {"ok": True, "members": ["U6", "U1"]}]
    slack.answers["users.info"] = everybody(*COLLEAGUES)
    found = await directory.agents(channel.client, agents_group="", triage_channel="C1")
    assert [agent.name for agent in found] == ["Name U1", "Name U6"]


async def test_an_unknown_agents_group_names_the_setting(slack, channel):
    slack.answers["auth.test"] = {"ok": True, "team_id": "T1"}
    slack.answers["usergroups.list"] = {"ok": True, "usergroups": []}
    with pytest.raises(Refused, match="SLACK_AGENTS"):
        await directory.agents(channel.client, agents_group="@nobody", triage_channel="C1")


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://files.slack.com/files-pri/T1-F1/download/a.png", True),
        ("https://files.slack.com:443/a", True),
        ("http://files.slack.com/a", False),
        ("https://files.slack.com:8443/a", False),
        ("https://files.slack.com@evil.example/a", False),
        ("https://user:pw@files.slack.com/a", False),
        ("https://files.slack.com.evil.example/a", False),
        ("https://evil.example/files.slack.com", False),
        ("https://slack.com/a", False),
        ("http://169.254.169.254/latest", False),
        ("file:///etc/passwd", False),
        ("http://[::1", False),
        ("https://files.slack.com:port/a", False),
    ],
)
async def test_only_slack_s_file_host_gets_the_token(url, allowed):
    real = open_channel(settings("https://slack.com/api/"), Http(), Limits(None))
    assert real.may_fetch(url) is allowed
    if not allowed:
        with pytest.raises(Refused):
            await real.fetch(File(name="a", content_type="image/png", size=1, source=url), 10)


async def test_a_file_of_the_played_workspace_is_fetched_with_the_token(slack, channel):
    async def content(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        return web.Response(body=b"PNG!")

    slack.answers["file.png"] = content
    file = File(name="a.png", content_type="image/png", size=4, source=slack.url + "file.png")
    assert await channel.fetch(file, 10) == b"PNG!"
    with pytest.raises(Refused):
        await channel.fetch(file, 3)


def signed(body: bytes, now: datetime) -> dict[str, list[str]]:
    from slack_sdk.signature import SignatureVerifier

    timestamp = str(int(now.timestamp()))
    signature = SignatureVerifier(SECRET).generate_signature(timestamp=timestamp, body=body)
    return {"x-slack-request-timestamp": [timestamp], "x-slack-signature": [str(signature)]}


async def test_slack_s_own_signature_holds_and_another_body_does_not(channel):
    now, body = datetime.now(UTC), json.dumps({"type": "event_callback"}).encode()
    channel.verify(signed(body, now), body, now)
    with pytest.raises(Forged):
        channel.verify(signed(body, now), body + b" ", now)
    with pytest.raises(Forged):
        channel.verify({}, body, now)


async def test_an_app_token_stands_in_for_the_secret_but_lets_nothing_in_by_http():
    given = settings("https://slack.com/api/", slack_signing_secret="", slack_app_token="xapp-1")
    channel = open_channel(given, Http(), Limits(None))
    assert channel.off is None
    body, now = b"{}", datetime.now(UTC)
    with pytest.raises(ChannelOff, match="SLACK_SIGNING_SECRET"):
        channel.verify(signed(body, now), body, now)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"slack_signing_secret": " "}, "SLACK_SIGNING_SECRET"),
        ({"slack_bot_token": ""}, "SLACK_BOT_TOKEN"),
        ({"slack_bot_token": "", "slack_signing_secret": ""}, "SLACK_SIGNING_SECRET and SLACK_BOT_TOKEN"),
    ],
)
async def test_without_its_secret_or_token_the_channel_is_off_and_says_so(changed, named):
    off = open_channel(settings("https://slack.com/api/", **changed), Http(), Limits(None))
    assert off.off is not None
    assert named in off.off
    with pytest.raises(ChannelOff):
        off.verify({}, b"", datetime.now(UTC))


async def test_with_both_it_is_on(channel):
    assert channel.off is None
