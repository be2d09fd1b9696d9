"""The played Slack alone, and a bot of twenty lines that checks signatures with its own code."""

import contextlib
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import aiohttp
from aiohttp import web

from runtime.settings import Settings
from sandbox.slack import Slack
from sandbox.world import World
from tests.ports import free_port

TOKEN = "xoxb-for-tests"
SECRET = "a secret of the tests"
Answer = Callable[[dict[str, Any]], Awaitable[Any]]


async def silent(_payload: dict[str, Any]) -> Any:
    return None


@dataclass
class Bot:
    """Keeps every delivery; `answer` gives the body to acknowledge with, or a status."""

    received: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answer: Answer = silent

    async def take(self, request: web.Request) -> web.Response:
        raw = await request.read()
        stamp = request.headers["X-Slack-Request-Timestamp"]
        assert abs(time.time() - int(stamp)) < 5
        signed = hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + raw, hashlib.sha256).hexdigest()
        if request.headers["X-Slack-Signature"] != f"v0={signed}":
            return web.Response(status=401)
        payload = _read(request.content_type, raw)
        self.received.append(payload)
        self.headers.append(dict(request.headers))
        answer = await self.answer(payload)
        if isinstance(answer, int):
            return web.Response(status=answer)
        return web.Response() if answer is None else web.json_response(answer)

    def last(self, kind: str) -> dict[str, Any]:
        return [one for one in self.received if one.get("type") == kind][-1]

    def events(self) -> list[dict[str, Any]]:
        return [one["event"] for one in self.received if one.get("type") == "event_callback"]


def _read(content_type: str, raw: bytes) -> dict[str, Any]:
    if content_type == "application/json":
        return json.loads(raw)
    fields = {key: values[0] for key, values in parse_qs(raw.decode(), keep_blank_values=True).items()}
    return json.loads(fields["payload"]) if "payload" in fields else fields


@dataclass
class Played:
    """The sandbox as the bot and as a control tool reach it."""

    url: str
    session: aiohttp.ClientSession
    slack: Slack
    world: World
    bot: Bot

    async def api(self, method: str, *, token: str | None = TOKEN, **arguments: Any) -> dict[str, Any]:
        """A Web API call with a JSON body."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self.session.post(f"{self.url}/slack/api/{method}", json=arguments, headers=headers) as answer:
            assert answer.status == 200
            return await answer.json()

    async def query(self, method: str, verb: str = "GET", **arguments: str) -> dict[str, Any]:
        """A Web API call with its arguments in the query, as slack_sdk sends many."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with self.session.request(
            verb, f"{self.url}/slack/api/{method}", params=arguments, headers=headers
        ) as answer:
            return await answer.json()

    async def act(self, act: str, expect: int = 200, /, **body: Any) -> dict[str, Any]:
        async with self.session.post(f"{self.url}/_control/slack/{act}", json=body) as answer:
            shown = await answer.json()
            assert answer.status == expect, shown
            return shown

    async def shown(self, name: str, **query: str) -> Any:
        async with self.session.get(f"{self.url}/_control/slack/{name}", params=query) as answer:
            assert answer.status == 200
            return (await answer.json())["data"]

    async def post(self, channel: str = "C0TRIAGE", **more: Any) -> str:
        answer = await self.api("chat.postMessage", channel=channel, **({"text": "a card"} | more))
        assert answer["ok"], answer
        return answer["ts"]


@contextlib.asynccontextmanager
async def played(**given: Any) -> AsyncIterator[Played]:
    bot = Bot()
    port = free_port()
    async with _serving([web.post("/slack/events", bot.take)], free_port()) as bot_port:
        settings = Settings(
            _env_file=None,
            database_url="postgresql://none",
            redis_url="redis://none",
            slack_bot_token=TOKEN,
            slack_signing_secret=SECRET,
            bot_port=bot_port,
            sandbox_port=port,
            **given,
        )
        world = World(settings)
        slack = Slack(world)
        await world.open()
        try:
            async with (
                _serving([*slack.routes(), *slack.control_routes()], port),
                aiohttp.ClientSession() as session,
            ):
                yield Played(f"http://127.0.0.1:{port}", session, slack, world, bot)
        finally:
            await world.close()


@web.middleware
async def logged(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Any:
    """The sandbox's log reads every body before the platform does."""
    await request.read()
    return await handler(request)


@contextlib.asynccontextmanager
async def _serving(routes: list[web.RouteDef], port: int) -> AsyncIterator[int]:
    app = web.Application(middlewares=[logged])
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield port
    finally:
        await runner.cleanup()


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "modal",
        "title": plain("Ticket"),
        "submit": plain("Save"),
        "blocks": list(blocks) or [{"type": "divider"}],
        **more,
    }


def button(action_id: str, text: str = "Take", **more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": action_id, "text": plain(text), **more}


def actions(*elements: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements), **more}


def entry(action_id: str, kind: str = "plain_text_input", **more: Any) -> dict[str, Any]:
    element = {"type": kind, "action_id": action_id, **more.pop("element", {})}
    return {"type": "input", "block_id": f"{action_id}_block", "label": plain(action_id), "element": element, **more}


def options(*values: str) -> list[dict[str, Any]]:
    return [{"text": plain(value.title()), "value": value} for value in values]
