"""The sandbox's server: every platform under its own path, the switches in front, the log at the root."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from urllib.parse import parse_qsl

import jinja2
from aiohttp import web

from runtime.settings import Settings
from sandbox.control import Control, explained
from sandbox.faults import Fault
from sandbox.intercom import Intercom
from sandbox.memory import Memory
from sandbox.notion import Notion
from sandbox.openai import OpenAI
from sandbox.simulator import Simulator
from sandbox.slack import Slack
from sandbox.whatsapp import WhatsApp
from sandbox.world import Json, Platform, World, readable

MAX_BODY = 20 * 1024 * 1024
SHOWN = 200
KEPT_BODY = 100_000
BROKEN_JSON = b'{"ok": tru'

WORLD = web.AppKey("world", World)
CONTROL = web.AppKey("control", Control)
MEMORY = web.AppKey("memory", Memory)
KEEPING = web.AppKey("keeping", asyncio.Task[None])
PAGES = web.AppKey("pages", jinja2.Environment)
STOPPING = web.AppKey("stopping", asyncio.Event)

Endpoint = Callable[[web.Request], Awaitable[web.StreamResponse]]


def build_app(settings: Settings) -> web.Application:
    """The whole outside as one application; it talks to the hub, and remembers, only while it runs."""
    world = World(settings)
    platforms: dict[str, Platform] = {
        one.name: one for one in (Slack(world), Intercom(world), WhatsApp(world), Notion(world), OpenAI(world))
    }
    app = web.Application(client_max_size=MAX_BODY, middlewares=[noticed, explained, played])
    memory = Memory(settings.hub_home / "sandbox", world, platforms)
    control = Control(world, platforms, memory)
    app[WORLD], app[CONTROL], app[MEMORY] = world, control, memory
    app[PAGES], app[STOPPING] = _pages(), asyncio.Event()
    app.add_routes([web.get("/", front), web.get("/up", up)])
    app.add_routes([*control.routes(), *Simulator(world, platforms, control.stories).routes()])
    for platform in platforms.values():
        app.add_routes(platform.routes())
        app.add_routes(platform.control_routes())
    app.on_startup.append(_open)
    app.on_shutdown.append(_stop)
    app.on_cleanup.append(_close)
    return app


async def front(request: web.Request) -> web.Response:
    """The log of both directions, newest first; `?platform=` shows one platform."""
    world, chosen = request.app[WORLD], request.query.get("platform")
    rows = [_sent_row(asdict(one)) for one in world.sent] + [
        _delivered_row({**asdict(one), "body": readable(one.body)}) for one in world.delivered
    ]
    rows = sorted((row for row in rows if chosen in (None, row["platform"])), key=_at, reverse=True)
    page = (
        request.app[PAGES]
        .get_template("log.html")
        .render(
            rows=rows[:SHOWN],
            total=len(rows),
            chosen=chosen,
            platforms=list(request.app[CONTROL].platforms),
            faults=[asdict(fault) for fault in world.faults.on],
            now=world.now(),
            advanced=world.advanced,
        )
    )
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    return web.Response(
        text=page,
        content_type="text/html",
        headers={"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff"},
    )


async def up(_request: web.Request) -> web.Response:
    return web.json_response({"status": "up"})


@web.middleware
async def noticed(request: web.Request, handler: Endpoint) -> web.StreamResponse:
    """After a request that may have changed something, there is something to save."""
    try:
        return await handler(request)
    finally:
        if not _only_reads(request):
            request.app[WORLD].changed = True


def _only_reads(request: web.Request) -> bool:
    """Slack's methods may come by GET, and the hub's polls of Notion and Intercom come by POST."""
    if request.method == "GET":
        return not request.path.startswith("/slack/api/")
    return request.path.endswith(("/query", "/search")) or request.path.startswith("/openai/")


@web.middleware
async def played(request: web.Request, handler: Endpoint) -> web.StreamResponse:
    """Whatever the hub asks a platform: let a switch interfere, and keep it in the log."""
    platform = request.app[CONTROL].platforms.get(request.path.split("/")[1])
    if platform is None:
        return await handler(request)
    world = request.app[WORLD]
    try:
        body = _loggable(request, await request.read())
    except web.HTTPRequestEntityTooLarge as refusal:
        world.record(platform.name, request.method, request.path_qs, "(too large)", refusal.status)
        raise
    fault = world.faults.for_request(platform.name, request.path)
    response = await _answer(request, handler, platform, fault)
    status = response.status if response is not None else 0
    mode = fault.mode if fault else None
    world.record(platform.name, request.method, request.path_qs, body, status, fault=mode)
    if fault is None or response is None or mode in ("429", "500"):
        return response if response is not None else await _hang(request)
    if mode == "reset_after":
        return _reset(request, response)
    return web.Response(body=BROKEN_JSON, content_type="application/json")


async def _answer(
    request: web.Request, handler: Endpoint, platform: Platform, fault: Fault | None
) -> web.StreamResponse | None:
    """What the platform answers; None for a request that a time-out switch never lets it see."""
    if fault is not None and fault.mode == "429":
        return platform.rate_limited(fault.retry_after)
    if fault is not None and fault.mode == "500":
        return platform.broken()
    if fault is not None and fault.mode == "timeout":
        return None
    try:
        return await handler(request)
    except web.HTTPException as refusal:
        return web.Response(status=refusal.status, text=refusal.reason)


async def _hang(request: web.Request) -> web.StreamResponse:
    """Hold the connection until the caller gives up or the sandbox stops."""
    stopping = request.app[STOPPING]
    while not stopping.is_set() and request.transport is not None and not request.transport.is_closing():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), 0.1)
    return web.Response(status=504)


def _reset(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return response


def _loggable(request: web.Request, raw: bytes) -> object:
    """The body as the log keeps it: JSON, the fields of a form, or text; large ones only by their size."""
    if len(raw) > KEPT_BODY:
        return f"({len(raw)} bytes of {request.content_type})"
    if request.content_type == "application/x-www-form-urlencoded":
        return dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
    return readable(raw)


def _sent_row(one: Json) -> Json:
    notes = [f"switch: {one['fault']}"] if one["fault"] else []
    title = f"{one['method']} {one['path']}"
    return {**one, "direction": "from the hub", "title": title, "notes": notes, "body": _pretty(one["body"])}


def _delivered_row(one: Json) -> Json:
    signatures = [f"{key}: {value}" for key, value in one["headers"].items() if "signature" in key.lower()]
    notes = [*signatures, *([f"switch: {one['fault']}"] if one["fault"] else [])]
    if one["attempts"] != 1:
        notes.append(f"sent {one['attempts']} times")
    if one["answer"]:
        notes.append(f"answer: {one['answer'][:500]}")
    return {
        **one,
        "direction": "to the hub",
        "title": f"POST {one['url']}",
        "notes": notes,
        "body": _pretty(one["body"]),
    }


def _pretty(body: object) -> str:
    if body is None:
        return ""
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, indent=2)
    return text.encode("utf-8", "replace").decode()[:20_000]


def _at(row: Json) -> str:
    return str(row["at"])


def _pages() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "pages"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


async def _open(app: web.Application) -> None:
    await app[WORLD].open()
    app[MEMORY].load()
    app[KEEPING] = asyncio.create_task(app[MEMORY].keep(app[STOPPING]))


async def _stop(app: web.Application) -> None:
    app[STOPPING].set()


async def _close(app: web.Application) -> None:
    await app[WORLD].close()
    await app[KEEPING]
    await app[MEMORY].save()
