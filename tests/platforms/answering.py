"""Has a platform's own client meet an answer over a real socket, and gives the error it makes of it."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from hub import pii
from hub.channel import Channel, Letter
from platforms import intercom, notion, slack, whatsapp
from platforms.errors import PlatformError
from platforms.http import Http
from platforms.limits import Limits
from platforms.openai import client as openai_client
from platforms.openai.client import OpenAI
from tests.platforms.conftest import settings
from tests.platforms.vendors import Named

Ask = Callable[[str], Awaitable[object]]
NUMBER = "106540352242922"
MODEL = "gpt-5.1"
RULES, TEXT = pii.scrub("Sort this report."), pii.scrub("The export fails.")


_MET: dict[tuple[str, Named], PlatformError] = {}
"""Asked once for all tests."""


async def met(platform: str, named: Named) -> PlatformError:
    """The error of a request that tells somebody something and is answered so."""
    if (platform, named) not in _MET:
        _MET[platform, named] = await error_of(SENDS[platform], body_of(platform, named), named.status)
    return _MET[platform, named]


async def error_of(ask: Ask, body: object, status: int) -> PlatformError:
    """What `ask`, given the address of a platform that answers so, raises."""
    async with _answering(body, status) as url:
        try:
            await ask(url)
        except PlatformError as error:
            return error
    raise AssertionError("That answer was taken for a success.")


@asynccontextmanager
async def _answering(body: object, status: int) -> AsyncIterator[str]:
    async def answer(_: web.Request) -> web.Response:
        if body is None:
            return web.Response(status=status, text="<html>", content_type="text/html")
        return web.Response(status=status, text=json.dumps(body), content_type="application/json")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def body_of(platform: str, named: Named) -> object:
    return None if named.code is None else BODIES[platform](named.code, named.status)


BODIES: dict[str, Callable[[str, int], dict[str, Any]]] = {
    "slack": lambda code, _: {"ok": False, "error": code},
    "intercom": lambda code, _: {"type": "error.list", "errors": [{"code": code, "message": "No"}]},
    "whatsapp": lambda code, _: {"error": {"message": f"(#{code}) No", "type": "OAuthException", "code": int(code)}},
    "notion": lambda code, status: {"object": "error", "status": status, "code": code, "message": "No"},
    "openai": lambda code, _: {"error": {"message": "No", "type": "invalid_request_error", "code": code}},
}
"""What a platform answers with this code."""


@asynccontextmanager
async def _channel(module: Any, **known: str) -> AsyncIterator[Channel]:
    http = Http(seconds=5.0, trust_env=False)
    channel: Channel = module.open_channel(settings(**known), http, Limits(None))
    try:
        yield channel
    finally:
        await channel.aclose()
        await http.aclose()


async def _send(channel: Channel, place: dict[str, str]) -> None:
    now = datetime.now(UTC)
    recipient = f"{NUMBER}:US.55" if channel.name == "whatsapp" else "T1:U2"
    letter = Letter(
        notification_id="n-1",
        channel=channel.name,
        recipient=recipient,
        text="It is fixed.",
        place=place,
        last_heard_at=now,
    )
    await channel.send(channel.compose(letter, now))


async def _slack_sends(url: str) -> None:
    async with _channel(slack, slack_base_url=f"{url}/api/") as channel:
        await _send(channel, {"channel": "C1", "thread_ts": "1.2"})


async def _slack_reads(url: str) -> None:
    async with _channel(slack, slack_base_url=f"{url}/api/") as channel:
        await channel.check()


async def _intercom_sends(url: str) -> None:
    async with _channel(intercom, intercom_base_url=url) as channel:
        await _send(channel, {"conversation_id": "101"})


async def _intercom_reads(url: str) -> None:
    async with _channel(intercom, intercom_base_url=url) as channel:
        await channel.check()


async def _whatsapp_sends(url: str) -> None:
    async with _channel(whatsapp, whatsapp_base_url=url) as channel:
        await _send(channel, {"phone_number_id": NUMBER})


async def _whatsapp_reads(url: str) -> None:
    async with _channel(whatsapp, whatsapp_base_url=url) as channel:
        await channel.check()


@asynccontextmanager
async def _notion(url: str) -> AsyncIterator[notion.Notion]:
    opened = notion.open_notion(
        settings(notion_base_url=url, notion_api_key="ntn_1", notion_database_id="5b8e2f607d414c1a9a530d6c1f2e4b7a"),
        Limits(None),
    )
    try:
        yield opened
    finally:
        await opened.aclose()


async def _notion_sends(url: str) -> None:
    async with _notion(url) as opened:
        await opened.comment("p-1", "It is fixed.")


async def _notion_reads(url: str) -> None:
    async with _notion(url) as opened:
        await opened.check()


async def _openai_asks(url: str) -> None:
    openai_client.BACKOFF_SECONDS = 0.001
    client = OpenAI(key="sk-test", base_url=f"{url}/v1", seconds=5.0, limits=Limits(None))
    try:
        await client.complete(instructions=RULES, content=TEXT, model=MODEL)
    finally:
        await client.aclose()


SENDS: dict[str, Ask] = {
    "slack": _slack_sends,
    "intercom": _intercom_sends,
    "whatsapp": _whatsapp_sends,
    "notion": _notion_sends,
    "openai": _openai_asks,
}
"""A request that tells somebody something, or makes something that must not be made twice."""
READS: dict[str, Ask] = {
    "slack": _slack_reads,
    "intercom": _intercom_reads,
    "whatsapp": _whatsapp_reads,
    "notion": _notion_reads,
    "openai": _openai_asks,
}
