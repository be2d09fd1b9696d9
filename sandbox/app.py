"""The sandbox's server: every platform under its own path, the switches in front, the page at the root."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

from aiohttp import web

from runtime.settings import Settings
from sandbox.control import Control, explained
from sandbox.faults import REFUSE, Fault
from sandbox.intercom import Intercom
from sandbox.memory import Memory
from sandbox.notion import Notion
from sandbox.openai import OpenAI
from sandbox.pages.page import Page
from sandbox.simulator import Simulator
from sandbox.slack import Slack
from sandbox.whatsapp import WhatsApp
from sandbox.world import KEPT, Platform, World, readable

MAX_BODY = 20 * 1024 * 1024
KEPT_BODY = 100_000
OWN = ("same-origin", "none")
BROKEN_JSON = b'{"ok": tru'

WORLD = web.AppKey("world", World)
CONTROL = web.AppKey("control", Control)
MEMORY = web.AppKey("memory", Memory)
KEEPING = web.AppKey("keeping", asyncio.Task[None])
STOPPING = web.AppKey("stopping", asyncio.Event)

Endpoint = Callable[[web.Request], Awaitable[web.StreamResponse]]


def build_app(settings: Settings, *, unhurried: bool = False, kept: int = KEPT) -> web.Application:
    """The whole outside as one application; it talks to the hub, and remembers, only while it runs."""
    world = World(settings, unhurried=unhurried, kept=kept)
    platforms: dict[str, Platform] = {
        one.name: one for one in (Slack(world), Intercom(world), WhatsApp(world), Notion(world), OpenAI(world))
    }
    app = web.Application(client_max_size=MAX_BODY, middlewares=[noticed, explained, own_page_only, played])
    memory = Memory(settings.hub_home / "sandbox", world, platforms)
    control = Control(world, platforms, memory)
    app[WORLD], app[CONTROL], app[MEMORY] = world, control, memory
    app[STOPPING] = asyncio.Event()
    simulator = Simulator(world, platforms, control.stories)
    page = Page(world, platforms, simulator, app[STOPPING])
    app.add_routes([web.get("/up", up), *page.routes(), *control.routes(), *simulator.routes()])
    for platform in platforms.values():
        app.add_routes(platform.routes())
        app.add_routes(platform.control_routes())
    app.on_startup.append(_open)
    app.on_shutdown.append(_stop)
    app.on_cleanup.append(_close)
    return app


async def up(_request: web.Request) -> web.Response:
    return web.json_response({"status": "up"})


@web.middleware
async def noticed(request: web.Request, handler: Endpoint) -> web.StreamResponse:
    """After a request that may have changed something, there is something to save."""
    try:
        return await handler(request)
    finally:
        if not _only_reads(request):
            request.app[WORLD].stir()


def _only_reads(request: web.Request) -> bool:
    """Slack's methods may come by GET, and the hub's polls of Notion and Intercom come by POST."""
    if request.method in ("GET", "HEAD"):
        return not request.path.startswith("/slack/api/")
    return request.path.endswith(("/query", "/search")) or request.path.startswith("/openai/")


@web.middleware
async def own_page_only(request: web.Request, handler: Endpoint) -> web.StreamResponse:
    """Pages from elsewhere, open in the same browser, may not press anything here; tools send no such header."""
    if request.method not in ("GET", "HEAD") and request.headers.get("Sec-Fetch-Site", "none") not in OWN:
        raise web.HTTPForbidden(reason="Only the sandbox's own page may do this")
    return await handler(request)


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
    answer = _answered(response)
    world.record(platform.name, request.method, request.path_qs, body, status, fault=mode, answer=answer)
    if fault is None or response is None or mode in ("429", "500", REFUSE):
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
    if fault is not None and fault.mode == REFUSE:
        return platform.refused(fault.code, fault.status)
    if fault is not None and fault.mode == "timeout":
        return None
    try:
        return await handler(request)
    except web.HTTPException as other:
        place = {"Location": other.headers["Location"]} if "Location" in other.headers else {}
        return web.Response(status=other.status, text=other.reason, headers=place)


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


def _answered(response: web.StreamResponse | None) -> object:
    """What the log keeps of an answer: JSON or short text, nothing of files."""
    if not isinstance(response, web.Response) or not isinstance(response.body, bytes):
        return None
    if not response.content_type.startswith(("application/json", "text/")) or len(response.body) > KEPT_BODY:
        return f"({len(response.body)} bytes of {response.content_type})"
    return readable(response.body)


def _loggable(request: web.Request, raw: bytes) -> object:
    """The body as the log keeps it: JSON, the fields of a form, or text; large ones only by their size."""
    if len(raw) > KEPT_BODY:
        return f"({len(raw)} bytes of {request.content_type})"
    if request.content_type == "application/x-www-form-urlencoded":
        return dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
    return readable(raw)


async def _open(app: web.Application) -> None:
    await app[WORLD].open()
    app[MEMORY].load()
    app[KEEPING] = asyncio.create_task(app[MEMORY].keep(app[STOPPING]))


async def _stop(app: web.Application) -> None:
    """Whoever waits, for an answer or for news, is let go."""
    app[STOPPING].set()
    app[WORLD].stir(changed=False)


async def _close(app: web.Application) -> None:
    await app[WORLD].close()
    await app[KEEPING]
    await app[MEMORY].save()
