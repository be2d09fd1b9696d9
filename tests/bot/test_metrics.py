"""Metrics where Slack takes no charts: the numbers are still told."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from bot import metrics
from bot.listener import Click
from runtime.settings import Settings
from runtime.wiring import open_runtime
from tests.build import World


@dataclass
class OldSlack:
    """A Web API that refuses every message with blocks, and remembers what it was asked to post."""

    url: str = ""
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def serve(self, request: web.Request) -> web.Response:
        sent = await request.json()
        self.asked.append((request.match_info["method"], sent))
        if sent.get("blocks"):
            return web.json_response({"ok": False, "error": "invalid_blocks"})
        return web.json_response({"ok": True, "channel": "D1", "ts": "1.2"})


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


@pytest.mark.parametrize(
    ("press", "method", "payload"),
    [
        (metrics.post, "chat.postEphemeral", {"channel_id": "C1", "text": "7d"}),
        (metrics.send, "chat.postMessage", {"actions": [{"value": "7d"}]}),
    ],
)
async def test_where_charts_are_refused_the_text_alone_is_posted(
    world: World, world_url: str, redis_url: str, slack: OldSlack, press: Any, method: str, payload: dict[str, Any]
):
    await world.ticket()
    settings = Settings(
        _env_file=None,
        database_url=world_url,
        redis_url=redis_url,
        slack_base_url=slack.url,
        slack_bot_token="xoxb-1",
        slack_signing_secret="secret",
    )
    async with open_runtime(settings) as runtime:
        await press(Click(runtime, {"team_id": "T1", "user_id": "UANA"} | payload, await world.agent()))
    (first, charted), (second, plain) = slack.asked
    assert (first, second) == (method, method)
    assert any(block["type"] == "data_visualization" for block in charted["blocks"])
    assert not plain.get("blocks")
    assert plain["text"].startswith("Metrics of the last 7 days. New tickets 1, Open now 1")
