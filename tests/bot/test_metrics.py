"""Metrics where Slack takes no charts: the numbers are still told."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from bot import metrics
from bot.listener import Click
from runtime.settings import Settings
from runtime.wiring import open_runtime
from tests.build import World

Press = Callable[..., Click]


@dataclass
class OldSlack:
    """A Web API that refuses every message with blocks, and remembers what it was asked to post."""

    url: str = ""
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)

    async def serve(self, request: web.Request) -> web.Response:
        method, sent = request.match_info["method"], await request.json()
        self.asked.append((method, sent))
        refusal = self.refuses.get(method) or ("invalid_blocks" if sent.get("blocks") else None)
        if refusal:
            return web.json_response({"ok": False, "error": refusal})
        return web.json_response({"ok": True, "channel": "D1", "ts": "1.2", "view": {"id": "V1"}})


@pytest.fixture
async def slack() -> AsyncIterator[OldSlack]:
    played = OldSlack()
    app = web.Application()
    app.add_routes([web.post("/api/{method}", played.serve)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    played.url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    yield played
    await runner.cleanup()


@pytest.fixture
async def click(world: World, world_url: str, redis_url: str, slack: OldSlack) -> AsyncIterator[Press]:
    """Presses as Ana, in a world with a ticket."""
    await world.ticket()
    agent = await world.agent()
    settings = Settings(
        _env_file=None,
        database_url=world_url,
        redis_url=redis_url,
        slack_base_url=slack.url,
        slack_bot_token="xoxb-1",
        slack_signing_secret="signing-secret-of-the-test",
    )
    async with open_runtime(settings) as runtime:
        yield lambda **payload: Click(runtime, {"team_id": "T1", "user_id": "UANA"} | payload, agent)


async def test_where_charts_are_refused_the_answer_is_the_text_alone(slack: OldSlack, click: Press):
    await metrics.post(click(channel_id="C1", text="7d"))
    assert [method for method, _ in slack.asked] == ["chat.postEphemeral"] * 2
    _are_charts_then_words(*(sent for _, sent in slack.asked))


async def test_where_charts_are_refused_the_text_alone_is_sent(slack: OldSlack, click: Press):
    await metrics.send(click(actions=[{"value": "7d"}]))
    assert [method for method, _ in slack.asked] == ["views.open", "chat.postMessage", "chat.postMessage"]
    _are_charts_then_words(*(sent for _, sent in slack.asked[1:]))


async def test_where_the_app_is_not_the_answer_comes_as_a_message(slack: OldSlack, click: Press):
    slack.refuses["chat.postEphemeral"] = "not_in_channel"
    await metrics.post(click(channel_id="C1", text="7d"))
    assert [(method, sent["channel"]) for method, sent in slack.asked] == [
        ("chat.postEphemeral", "C1"),
        ("chat.postMessage", "UANA"),
        ("chat.postMessage", "UANA"),
    ]


async def test_the_window_says_why_no_charts_come(slack: OldSlack, click: Press):
    slack.refuses["chat.postMessage"] = "messages_tab_disabled"
    await metrics.send(click(actions=[{"value": "30d"}]))
    (first, opened), _, (last, changed) = slack.asked
    assert (first, last, changed["view_id"]) == ("views.open", "views.update", "V1")
    assert "on their way" in str(opened["view"])
    assert "Messages tab is switched off" in str(changed["view"])


def _are_charts_then_words(charted: dict[str, Any], plain: dict[str, Any]) -> None:
    assert any(block["type"] == "data_visualization" for block in charted["blocks"])
    assert not plain.get("blocks")
    assert plain["text"].startswith("Metrics of the last 7 days. New tickets 1, Open now 1")
