"""Serve an aiohttp application until SIGTERM or SIGINT, letting requests under way finish."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus

import structlog
from aiohttp import web

from hub.channel import Channel, Headers
from hub.errors import Forged
from platforms.signature import MISMATCH
from runtime import ending, internal, requests
from runtime.connections import Connections
from runtime.garbage import spare_what_stays
from runtime.wiring import Runtime

FINISH_SECONDS = 10.0
LINGER_SECONDS = 2.0
"""Who is refused before all was sent has so long to send the rest, which nobody keeps, and to see why."""
HARDENED = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""OWASP, "REST security cheat sheet"."""
RUNTIME = web.AppKey("runtime", Runtime)
log = structlog.get_logger(__name__)


async def serve(app: web.Application, *, host: str, port: int) -> None:
    runtime = app[RUNTIME]
    stop = ending.asked(runtime.health)
    app.on_response_prepare.append(_harden)
    requests.watch(app, troubles=runtime.health.own)
    connections = Connections(app)
    _refuse_quietly()
    runner = web.AppRunner(
        app,
        access_log=None,
        shutdown_timeout=FINISH_SECONDS,
        keepalive_timeout=75,
        lingering_time=LINGER_SECONDS,
        handler_cancellation=False,
    )
    await runner.setup()
    async with internal.opened(runtime):
        setting = f"{runtime.service.upper()}_PORT"
        spare_what_stays()
        server = await internal.listen(connections.of(runner.server), host, port, setting=setting)
        log.info("serving", host=host, port=port)
        await stop.wait()
        server.close()
        await runner.cleanup()


def _refuse_quietly() -> None:
    """What is no HTTP is refused by aiohttp before any hook of ours, in words that quote it and name a version."""
    refuse = web.RequestHandler.handle_error

    def handle_error(
        self: web.RequestHandler,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        refused = refuse(self, request, status, exc, HTTPStatus(status).phrase)
        refused.headers.update(HARDENED | {"Server": ""})
        return refused

    web.RequestHandler.handle_error = handle_error  # type: ignore[method-assign]


async def _harden(_request: web.Request, response: web.StreamResponse) -> None:
    """Says nothing of what we run on, and is nothing a browser does anything with, unless the page says otherwise."""
    response.headers.popall("Server", None)
    for name, value in HARDENED.items():
        response.headers.setdefault(name, value)


BODY_SECONDS = 5.0
"""A sender that takes longer to send its body is cut off: aiohttp itself has no limit."""


LARGE = 64 * 1024
"""Bytes of a body whose signature is worked out beside the event loop: a megabyte takes milliseconds."""


async def read_delivery(request: web.Request, channel: Channel) -> bytes:
    """The raw bytes of what a channel sent, once its signature holds. None are read where the head already tells."""
    _look_at_head(request, limit=channel.max_body, accepts=channel.accepts)
    headers = headers_of(request)
    _refuse_without_body(channel, headers)
    body = await _read(request, limit=channel.max_body)
    if len(body) < LARGE:
        channel.verify(headers, body, datetime.now(UTC))
    else:
        await asyncio.to_thread(channel.verify, headers, body, datetime.now(UTC))
    return body


def _refuse_without_body(channel: Channel, headers: Headers) -> None:
    """No signature, one of another shape, an old one: it holds over no body, so over none at all either."""
    try:
        channel.verify(headers, b"", datetime.now(UTC))
    except Forged as error:
        if error.details.get("reason") != MISMATCH:
            raise


async def read_body(request: web.Request, *, limit: int, accepts: frozenset[str] = frozenset()) -> bytes:
    """The raw bytes, refused early (400, 408, 413, 415) when they cannot be right. `limit` in bytes; `accepts` are
    content types, all when there are none.
    """
    _look_at_head(request, limit=limit, accepts=accepts)
    return await _read(request, limit=limit)


def _look_at_head(request: web.Request, *, limit: int, accepts: frozenset[str]) -> None:
    if set(request.headers.getall("Content-Encoding", ())) - {"identity"}:
        raise web.HTTPUnsupportedMediaType(reason="Send the body without Content-Encoding.")
    if accepts and request.content_type not in accepts:
        raise web.HTTPBadRequest(reason=f"The content type must be {' or '.join(sorted(accepts))}.")
    if (request.content_length or 0) > limit:
        raise _too_large(limit, request.content_length or 0)


async def _read(request: web.Request, *, limit: int) -> bytes:
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout(reason="The body took too long.") from None
    if len(body) > limit:
        raise _too_large(limit, len(body))
    return body


def headers_of(request: web.Request) -> dict[str, list[str]]:
    """Names in lower case, every value that was sent."""
    return {name.lower(): request.headers.getall(name) for name in request.headers}


def _too_large(limit: int, size: int) -> web.HTTPRequestEntityTooLarge:
    return web.HTTPRequestEntityTooLarge(max_size=limit, actual_size=size, reason=f"The body may have {limit} bytes.")
