"""Every HTTP request of bot and intake: given an id, timed, counted, traced, and logged when it is worth a line."""

import logging
import re
import time
from collections.abc import Awaitable, Callable
from uuid import uuid4

import structlog
from aiohttp import hdrs, web

from hub.errors import Forged
from runtime import tracing
from runtime.metrics import ACK_SECONDS, HTTP_REQUESTS, HTTP_SECONDS, WEBHOOKS
from runtime.unsigned import Unsigned

REQUEST_ID = "X-Request-Id"
SLOW_SECONDS = 1.0
CHANNELS = "/webhooks/{channel}"
SOURCES = {"/webhooks/notion": "notion", "/slack/events": "slack"}
"""Routes of deliveries besides."""
OUTCOMES = {200: "accepted", 401: "bad_signature", 413: "too_large", 503: "unavailable"}
METHODS = frozenset({*hdrs.METH_ALL} - {hdrs.METH_ANY})

FORGED = web.RequestKey("forged", str)
"""Why the signature did not hold."""
UNSIGNED = web.AppKey("unsigned", Unsigned)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
log = structlog.get_logger(__name__)


def watch(app: web.Application, *, troubles: dict[str, str]) -> None:
    """Around everything the app does itself; to be called before it is frozen. `troubles` are this process' own."""
    app[UNSIGNED] = Unsigned(troubles)
    app.middlewares.insert(0, _watched)
    app.middlewares.append(_noted)


def id_of(request: web.Request) -> str:
    """The caller's own where it is harmless in logs and headers, else a new one."""
    given = request.headers.get(REQUEST_ID, "")
    return given if re.fullmatch(r"[A-Za-z0-9._-]{1,64}", given) else uuid4().hex


@web.middleware
async def _watched(request: web.Request, handler: Handler) -> web.StreamResponse:
    started, request_id = time.perf_counter(), id_of(request)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)
    method, route = _method(request), _route(request)
    facts = {"http.request.method": method, "http.route": route}
    with tracing.span(f"{method} {route}", "SERVER", facts, headers=request.headers) as told:
        response = await _answered(request, handler)
        told["http.response.status_code"] = response.status
    response.headers[REQUEST_ID] = request_id
    _count(request, method, route, response.status, time.perf_counter() - started)
    structlog.contextvars.clear_contextvars()
    if isinstance(response, web.HTTPException):
        raise response
    return response


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as raised:
        return raised


@web.middleware
async def _noted(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Innermost: why a signature did not hold is not said to who sent it, only counted."""
    try:
        return await handler(request)
    except Forged as error:
        request[FORGED] = str(error.details.get("reason"))
        raise


def _count(request: web.Request, method: str, route: str, status: int, seconds: float) -> None:
    HTTP_REQUESTS.labels(route, method, status).inc()
    HTTP_SECONDS.labels(route).observe(seconds)
    source = _source(request, route, status)
    if source is not None:
        WEBHOOKS.labels(source, _outcome(request, status)).inc()
        ACK_SECONDS.labels(source).observe(seconds)
        _compare(request, source, status)
    _say(method, route, status, seconds)


def _compare(request: web.Request, source: str, status: int) -> None:
    if reason := request.get(FORGED):
        request.app[UNSIGNED].refused(source, reason)
    elif status == web.HTTPOk.status_code:
        request.app[UNSIGNED].signed(source)


def _say(method: str, route: str, status: int, seconds: float) -> None:
    """Ordinary ones only when everything is wanted: most of what arrives is logged by its own door."""
    unusual = logging.INFO if status >= 400 or seconds > SLOW_SECONDS else logging.DEBUG
    level = logging.WARNING if status >= 500 else unusual
    if logging.getLogger(__name__).isEnabledFor(level):
        told = {"method": method, "route": route, "status": status, "duration_ms": round(seconds * 1000)}
        log.log(level, "request_answered", **told)


def _source(request: web.Request, route: str, status: int) -> str | None:
    """Whose delivery it is; None for what is none, or of a channel there is not."""
    if request.method != hdrs.METH_POST:
        return None
    if route == CHANNELS and status != web.HTTPNotFound.status_code:
        return request.match_info["channel"]
    return SOURCES.get(route)


def _outcome(request: web.Request, status: int) -> str:
    if request.get(FORGED) == "stale":
        return "stale"
    return OUTCOMES.get(status) or ("failed" if status >= 500 else "unparseable")


def _route(request: web.Request) -> str:
    """The pattern, never the path: a path may hold anything."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unmatched"


def _method(request: web.Request) -> str:
    return request.method if request.method in METHODS else "other"
