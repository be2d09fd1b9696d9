"""Socket Mode as the played Slack has it: who gets a connection, what goes by it, and how it ends."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.sandbox.slack_played import TOKEN, Played, actions, button, played

APP_TOKEN = "xapp-for-tests"


@pytest.fixture
async def slack() -> AsyncIterator[Played]:
    async with played(slack_app_token=APP_TOKEN) as one:
        yield one


async def address(slack: Played) -> str:
    answer = await slack.api("apps.connections.open", token=APP_TOKEN)
    assert answer["ok"], answer
    return str(answer["url"])


async def connect(slack: Played) -> aiohttp.ClientWebSocketResponse:
    socket = await slack.session.ws_connect(await address(slack))
    assert (await socket.receive_json())["type"] == "hello"
    return socket


async def acknowledge(socket: aiohttp.ClientWebSocketResponse, payload: Any = None) -> dict[str, Any]:
    """The next envelope, acknowledged."""
    envelope = await socket.receive_json(timeout=5)
    answer = {"envelope_id": envelope["envelope_id"]} | ({} if payload is None else {"payload": payload})
    await socket.send_json(answer)
    return dict(envelope)


async def write(slack: Played, text: str = "it broke") -> int:
    return (await slack.slack.report({"channel": "slack", "from": "U0RITA", "text": text}))[0]


@pytest.mark.parametrize(
    ("token", "error"), [(None, "not_authed"), (TOKEN, "not_allowed_token_type"), ("xapp-other", "invalid_auth")]
)
async def test_only_the_app_token_opens_a_connection(slack: Played, token: str | None, error: str):
    assert await slack.api("apps.connections.open", token=token) == {"ok": False, "error": error}


async def test_a_token_among_the_arguments_is_none_and_neither_is_a_get(slack: Played):
    assert (await slack.query("apps.connections.open"))["error"] == "insecure_request"
    async with slack.session.post(
        f"{slack.url}/slack/api/apps.connections.open", json={"token": APP_TOKEN}
    ) as answer:
        assert (await answer.json())["error"] == "not_authed"


async def test_the_app_token_does_nothing_else(slack: Played):
    assert (await slack.api("auth.test", token=APP_TOKEN))["error"] == "invalid_auth"


async def test_an_address_is_good_once(slack: Played):
    url = await address(slack)
    async with slack.session.ws_connect(url) as socket:
        hello = await socket.receive_json()
        assert (hello["connection_info"]["app_id"], hello["num_connections"]) == ("A0SANDBOX", 1)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await slack.session.ws_connect(url)
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await slack.session.ws_connect(f"{slack.url}/slack/link?ticket=made-up")


async def test_an_event_is_an_envelope_with_what_would_be_posted(slack: Played):
    assert await write(slack, "by http") == 200
    socket = await connect(slack)
    said = asyncio.create_task(write(slack))
    envelope = await acknowledge(socket)
    assert await said == 200
    posted = slack.bot.received[0]
    assert envelope["type"] == "events_api"
    assert envelope["accepts_response_payload"] is False
    assert (envelope["retry_attempt"], envelope["retry_reason"]) == (0, "")
    assert envelope["payload"].keys() == posted.keys()
    assert envelope["payload"]["event"]["text"] == "it broke"
    assert len(slack.bot.received) == 1


async def test_interactions_and_commands_are_answered_in_the_acknowledgement(slack: Played):
    socket = await connect(slack)
    ts = await slack.post(blocks=[actions(button("take"))])
    pressing = asyncio.create_task(slack.act("click", user="U0ANA", channel="C0TRIAGE", ts=ts, action_id="take"))
    pressed = await acknowledge(socket)
    assert (pressed["type"], pressed["payload"]["type"]) == ("interactive", "block_actions")
    assert pressed["accepts_response_payload"] is True
    assert "retry_attempt" not in pressed
    assert (await pressing)["status"] == 200

    asking = asyncio.create_task(slack.act("command", user="U0RITA", command="/feedback", text="a & b"))
    asked = await acknowledge(socket, {"text": "Thank you."})
    assert (asked["type"], asked["payload"]["command"], asked["payload"]["text"]) == (
        "slash_commands",
        "/feedback",
        "a & b",
    )
    shown = await asking
    assert (shown["status"], shown["body"]) == (200, {"text": "Thank you."})


async def test_an_event_nobody_acknowledges_comes_again_and_says_so(slack: Played, monkeypatch):
    monkeypatch.setattr("sandbox.slack.sockets.ANSWER_SECONDS", 0.5)
    socket = await connect(slack)
    said = asyncio.create_task(write(slack))
    first = await socket.receive_json(timeout=5)
    again = await acknowledge(socket)
    assert await said == 0
    assert (again["retry_attempt"], again["retry_reason"]) == (1, "timeout")
    assert again["payload"]["event_id"] == first["payload"]["event_id"]
    assert again["envelope_id"] != first["envelope_id"]
    with pytest.raises(TimeoutError):
        await socket.receive_json(timeout=1)


async def test_of_several_connections_one_gets_each(slack: Played):
    sockets = [await connect(slack) for _ in range(3)]
    for _ in range(6):
        said = asyncio.create_task(write(slack))
        waiting = [asyncio.create_task(acknowledge(socket)) for socket in sockets]
        done, others = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        assert await said == 200
        assert len(done) == 1
        for other in others:
            other.cancel()
        await asyncio.gather(*others, return_exceptions=True)
    assert [row["delivered"] for row in await slack.shown("sockets")] == [2, 2, 2]


async def test_who_was_bidden_goodbye_gets_nothing_new_and_is_closed(slack: Played):
    first = await connect(slack)
    await slack.act("disconnect", reason="refresh_requested")
    goodbye = await first.receive_json()
    assert (goodbye["type"], goodbye["reason"]) == ("disconnect", "refresh_requested")
    second = await connect(slack)
    said = asyncio.create_task(write(slack))
    await acknowledge(second)
    assert await said == 200
    assert (await first.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE


async def test_an_eleventh_connection_is_too_many(slack: Played):
    sockets = [await connect(slack) for _ in range(10)]
    one_more = await slack.session.ws_connect(await address(slack))
    assert (await one_more.receive_json())["reason"] == "too_many_websockets"
    for socket in sockets:
        await socket.close()


async def test_an_app_that_connected_once_gets_nothing_by_http_any_more(slack: Played):
    socket = await connect(slack)
    await slack.act("disconnect")
    assert (await socket.receive(timeout=5)).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
    async with asyncio.timeout(5):
        while await slack.shown("sockets"):
            await asyncio.sleep(0.01)
    said = await slack.slack.report({"channel": "slack", "from": "U0RITA", "text": "hello"})
    assert said[0] == 0
    assert slack.bot.received == []


async def test_a_goodbye_has_one_of_slacks_reasons(slack: Played):
    assert "refresh_requested" in (await slack.act("disconnect", 400, reason="tired"))["error"]


async def test_every_answer_names_the_scopes_the_app_was_installed_with(slack: Played):
    async def scopes(token: str = TOKEN) -> str:
        headers = {"Authorization": f"Bearer {token}"}
        async with slack.session.post(f"{slack.url}/slack/api/auth.test", headers=headers) as answer:
            return answer.headers["x-oauth-scopes"]

    assert "users:read.email" in (await scopes()).split(",")
    await slack.act("grant", scopes=["chat:write", "commands"])
    assert await scopes() == "chat:write,commands"
    assert "list" in (await slack.act("grant", 400, scopes="chat:write"))["error"]


async def test_the_app_can_be_removed_from_a_channel(slack: Played):
    assert "U0HUB" not in (await slack.act("remove", channel="C0TRIAGE"))["members"]
    assert (await slack.api("conversations.info", channel="C0TRIAGE"))["channel"]["is_member"] is False
    await slack.act("remove", 404, channel="C0NOWHERE")


async def test_what_went_by_a_socket_is_in_the_log_as_that(slack: Played):
    socket = await connect(slack)
    said = asyncio.create_task(write(slack))
    await acknowledge(socket)
    await said
    delivery = slack.world.delivered[-1]
    assert (delivery.way, delivery.status) == ("SOCKET events_api", 200)
    assert json.loads(delivery.body)["event"]["text"] == "it broke"
