"""Slack's door: the raw bytes are verified and, for events, kept and read before Bolt acknowledges anything."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest

from bot import changelog, home, reports, tickets, triage
from hub import ingestion, pii
from hub.errors import ChannelOff, Forged, Invalid
from runtime.serving import headers_of, read_body
from runtime.wiring import Runtime
from storage.arrivals import Delivery

log = structlog.get_logger(__name__)


def make_app(runtime: Runtime) -> web.Application:
    channel = runtime.channels["slack"]
    bolt = make_bolt(runtime)

    async def events(request: web.Request) -> web.Response:
        if channel.off:
            return _refused(ChannelOff(channel.off))
        try:
            body = await read_body(request, accepts=channel.accepts, limit=channel.max_body)
            channel.verify(headers_of(request), body, datetime.now(UTC))
            payload = ingestion.parse(body, request.content_type)
        except (Forged, ChannelOff, Invalid) as refusal:
            return _refused(refusal)
        if _is_event(payload):
            await ingestion.receive(runtime.db, channel, Delivery("slack", request.content_type, body), payload)
        return await _dispatch(bolt, request, body)

    async def up(_request: web.Request) -> web.Response:
        return web.json_response({"status": "up"})

    app = web.Application(client_max_size=channel.max_body)
    app.on_startup.append(_warm)
    app.add_routes([web.post("/slack/events", events), web.get("/up", up)])
    return app


async def _warm(_app: web.Application) -> None:
    """The scrubber's process starts with us, not with the first click."""
    await pii.scrub_all(["warm"], seconds=20)


def make_bolt(runtime: Runtime) -> AsyncApp:
    """Bolt only routes: signatures are ours to check, and answers go out by our own client."""
    app = AsyncApp(
        client=runtime.slack().web,
        signing_secret="checked-before-bolt",  # noqa: S106 - the door verifies the raw bytes itself
        request_verification_enabled=False,
        raise_error_for_unhandled_request=False,
    )
    for screen in (tickets, triage, changelog, reports, home):
        screen.register(app, runtime)

    @app.event(re.compile(".*"))
    async def taken_in_already() -> None:
        """An event without a listener would be answered 404, which Slack counts as a failed delivery."""

    return app


async def _dispatch(bolt: AsyncApp, request: web.Request, body: bytes) -> web.Response:
    headers: dict[str, str | Sequence[str]] = {
        name: values for name, values in headers_of(request).items() if "slack-bolt" not in name
    }
    answer = await bolt.async_dispatch(
        AsyncBoltRequest(body=body.decode(), query=request.query_string, headers=headers)
    )
    response: web.Response = await to_aiohttp_response(answer)
    return response


def _is_event(payload: Any) -> bool:
    return isinstance(payload, dict) and payload.get("type") == "event_callback"


def _refused(refusal: Forged | ChannelOff | Invalid) -> web.Response:
    status = {Forged: 401, ChannelOff: 503}.get(type(refusal), 400)
    error = {"code": refusal.code, "message": refusal.message, "details": {}}
    return web.json_response({"error": error}, status=status)
