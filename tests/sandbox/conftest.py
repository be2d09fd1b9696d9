"""A running sandbox and, where the hub would listen, a server that keeps what it is sent."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from runtime.settings import Settings
from sandbox.world import KEPT
from tests import ports

DATABASE = "5b8e2f60-7d41-4c1a-9a53-0d6c1f2e4b7a"
KEYS = {
    "slack_bot_token": "xoxb-test",
    "slack_signing_secret": "slack-secret-of-the-test",
    "slack_triage_channel": "C0TRIAGE",
    "intercom_api_token": "intercom-token",
    "intercom_webhook_secret": "intercom-secret-of-the-test",
    "intercom_admin_id": "814860",
    "intercom_app_id": "abc123def",
    "whatsapp_api_token": "whatsapp-token",
    "whatsapp_webhook_secret": "whatsapp-secret-of-the-test",
    "whatsapp_verify_token": "verify-me",
    "whatsapp_phone_number_id": "106540352242922",
    "notion_api_key": "notion-key",
    "notion_database_id": DATABASE,
    "openai_api_key": "sk-test",
}


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes
    query: dict[str, str]


@dataclass
class Hub:
    """Stands where intake and bot listen; answers `statuses` in turn, then 200, and `answers`, then nothing.

    It takes its time until `gate` opens.
    """

    port: int = 0
    received: list[Received] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)
    gate: asyncio.Event | None = None

    async def take(self, request: web.Request) -> web.Response:
        headers = {key.lower(): value for key, value in request.headers.items()}
        self.received.append(Received(request.path, headers, await request.read(), dict(request.query)))
        if request.query.get("hub.verify_token") == "verify-me":
            return web.Response(text=request.query["hub.challenge"])
        if self.gate is not None:
            await self.gate.wait()
        if self.answers:
            return web.json_response(self.answers.pop(0))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    async def until(self, count: int) -> list[Received]:
        """What came in, as soon as it is `count` deliveries."""
        async with asyncio.timeout(60):
            while len(self.received) < count:
                await asyncio.sleep(0.01)
        return self.received


@dataclass
class Outside:
    url: str
    session: aiohttp.ClientSession

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, Any]:
        """Status, answer (JSON where it is JSON) and headers."""
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        sent = {"data": body} if isinstance(body, bytes | str) else {"json": body}
        async with self.session.request(method, self.url + path, headers=named, **sent) as answer:
            is_json = answer.content_type == "application/json"
            return answer.status, await (answer.json() if is_json else answer.text()), answer.headers

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        """The answer of a control endpoint that succeeds."""
        status, answer, _ = await self.ask(method, f"/_control{path}", body)
        assert status == 200, answer
        return answer

    async def refused(self, method: str, path: str, body: Any = None) -> str:
        """The sentence of a control endpoint that refuses."""
        status, answer, _ = await self.ask(method, f"/_control{path}", body)
        assert status == 400, answer
        assert list(answer) == ["error"]
        return answer["error"]

    async def sent(self, platform: str) -> list[dict[str, Any]]:
        return (await self.control("GET", f"/sent?platform={platform}"))["data"]


def make_settings(**given: Any) -> Settings:
    needed = {"database_url": "postgresql://none", "redis_url": "redis://none"}
    return Settings(_env_file=None, **{**needed, **KEYS, **given})


@pytest.fixture
def free_port() -> Callable[[], int]:
    return ports.free_port


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    listening = Hub()
    app = web.Application(client_max_size=30 * 1024 * 1024)
    app.add_routes([web.route("*", "/{path:.*}", listening.take)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    listening.port = runner.addresses[0][1]
    yield listening
    await runner.cleanup()


@asynccontextmanager
async def run_sandbox(*, unhurried: bool = False, kept: int = KEPT, **given: Any) -> AsyncIterator[Outside]:
    from sandbox.app import build_app

    port = ports.free_port()
    with TemporaryDirectory() as home:
        settings = make_settings(**{"sandbox_port": port, "hub_home": home, **given})
        app = build_app(settings, unhurried=unhurried, kept=kept)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        async with aiohttp.ClientSession() as session:
            yield Outside(f"http://127.0.0.1:{port}", session)
        await runner.cleanup()


@pytest.fixture
def playing() -> Callable[..., AbstractAsyncContextManager[Outside]]:
    """A sandbox with other settings than `outside` has."""
    return run_sandbox


@pytest.fixture
async def outside(hub: Hub) -> AsyncIterator[Outside]:
    async with run_sandbox(intake_port=hub.port, bot_port=hub.port) as outside:
        yield outside
