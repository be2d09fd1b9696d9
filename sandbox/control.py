"""The control endpoints: what tools and tests read here, and what they have the outside do."""

import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from random import Random
from typing import Any, TypeGuard

from aiohttp import web

from sandbox.faults import BadFault
from sandbox.limits import LIMITED
from sandbox.memory import Memory
from sandbox.stories import Stories
from sandbox.world import BadInput, Delivery, Json, Platform, World, readable, row

CHANNELS = ("slack", "intercom", "whatsapp")
MAX_FILE = 20 * 1024 * 1024
TEN_YEARS = 10 * 366 * 86_400
MOST_TIMES = 1_000_000
Endpoint = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Control:
    """What concerns every platform; a platform's own control endpoints are in its file."""

    def __init__(self, world: World, platforms: Mapping[str, Platform], memory: Memory) -> None:
        self.world = world
        self.platforms = platforms
        self.memory = memory
        self.stories = Stories(Random())

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/_control/sent", self.sent),
            web.get("/_control/delivered", self.delivered),
            web.post("/_control/redeliver", self.redeliver),
            web.post("/_control/report", self.report),
            web.get("/_control/clock", self.clock),
            web.post("/_control/clock", self.advance),
            web.post("/_control/reset", self.reset),
            web.get("/_control/faults", self.faults),
            web.post("/_control/faults", self.switch),
            web.get("/_control/limits", self.limits),
            web.post("/_control/limits", self.limit),
        ]

    async def sent(self, request: web.Request) -> web.Response:
        """Every request the hub made, oldest first, of one platform or of all; `?faulty`: that met a switch."""
        platform, every = self._platform(request), "faulty" not in request.query
        wanted = (one for one in self.world.sent if platform in (None, one.platform) and (every or one.fault))
        return web.json_response({"data": [row(one) for one in wanted]})

    async def delivered(self, request: web.Request) -> web.Response:
        """Every request made to the hub, oldest first, with its headers and what the hub answered."""
        platform = self._platform(request)
        rows = [_shown(one) for one in self.world.delivered if platform in (None, one.platform)]
        return web.json_response({"data": rows})

    async def redeliver(self, request: web.Request) -> web.Response:
        """`{"id"}` sends one delivery again, byte for byte; without it everything not yet answered 2xx."""
        wanted = (await read_json(request)).get("id")
        known = list(self.world.delivered)
        if wanted is None:
            chosen = [one for one in known if not 200 <= one.status < 300]
        else:
            chosen = [one for one in known if one.id == wanted]
            if not chosen:
                raise BadInput('"id" has to be the id of a delivery in GET /_control/delivered.')
        for delivery in chosen:
            await self.world.send(delivery)
        return web.json_response({"data": [{"id": one.id, "status": one.status} for one in chosen]})

    async def report(self, request: web.Request) -> web.Response:
        """`{"channel", "story": true, "pii"?}` leaves it to the stories who writes what, and the answer says it."""
        body = await read_json(request)
        told = self._story(body) if read_flag(body, "story") else {}
        report = read_report({**body, **told})
        status, external_id = await self.platforms[report["channel"]].report(report)
        return web.json_response({"status": status, "external_id": external_id, **told})

    async def clock(self, _request: web.Request) -> web.Response:
        now, advanced = self.world.now().isoformat(), self.world.advanced.total_seconds()
        return web.json_response({"now": now, "advanced_seconds": advanced})

    async def advance(self, request: web.Request) -> web.Response:
        seconds = (await read_json(request)).get("advance_seconds")
        if not is_number(seconds) or abs(seconds) > TEN_YEARS:
            raise BadInput('"advance_seconds" has to be a number of seconds, at most ten years of them.')
        self.world.advance(seconds)
        return await self.clock(request)

    async def reset(self, request: web.Request) -> web.Response:
        """`{}` empties everything: people, messages, pages, clock, switches and log are as on the first start."""
        await read_json(request)
        self.memory.reset()
        return web.json_response({"reset": True})

    async def faults(self, _request: web.Request) -> web.Response:
        return web.json_response({"data": [asdict(fault) for fault in self.world.faults.on]})

    async def switch(self, request: web.Request) -> web.Response:
        try:
            self.world.faults.switch(await read_json(request))
        except BadFault as refusal:
            raise BadInput(str(refusal)) from None
        return await self.faults(request)

    async def limits(self, _request: web.Request) -> web.Response:
        return web.json_response({"data": self.world.limits.factors})

    async def limit(self, request: web.Request) -> web.Response:
        """`{"factor", "platform"?}`: that one, or all, take so many times what the real ones take."""
        body = await read_json(request)
        platform, factor = body.get("platform"), body.get("factor")
        if platform is not None and platform not in LIMITED:
            raise BadInput(f'"platform" has to be one of {", ".join(LIMITED)}.')
        if not is_number(factor) or not 0 < factor <= MOST_TIMES:
            raise BadInput(f'"factor" has to be a number above 0, {MOST_TIMES} at most.')
        self.world.limits.switch([platform] if platform else LIMITED, factor)
        return await self.limits(request)

    def _story(self, body: Json) -> Json:
        if body.get("from") is not None or body.get("text") is not None:
            raise BadInput('A "story" brings its own "from" and "text".')
        return self.stories.choose(channel=read_channel(body), pii=read_flag(body, "pii"))

    def _platform(self, request: web.Request) -> str | None:
        platform = request.query.get("platform")
        if platform is not None and platform not in self.platforms:
            raise BadInput(f'"platform" has to be one of {", ".join(self.platforms)}.')
        return platform


@web.middleware
async def explained(request: web.Request, handler: Endpoint) -> web.StreamResponse:
    """Errors of control endpoints are JSON with a sentence."""
    if not request.path.startswith("/_control/"):
        return await handler(request)
    try:
        return await handler(request)
    except BadInput as refusal:
        return web.json_response({"error": str(refusal)}, status=400)
    except web.HTTPException as refusal:
        return web.json_response(
            {"error": f"{request.method} {request.path}: {refusal.reason}."}, status=refusal.status
        )


async def read_json(request: web.Request) -> Json:
    """The request's JSON object; BadInput when it is none."""
    try:
        body = json.loads(await request.read() or b"{}")
    except (ValueError, RecursionError):
        raise BadInput("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise BadInput("The body has to be a JSON object.")
    return body


def read_report(body: Json) -> Json:
    """A report as every platform may take it for granted; BadInput names the first thing that is wrong."""
    read_channel(body)
    for name in ("from", "text", "name", "email", "thread", "edit_of", "delete_of", "user_id", "username"):
        if body.get(name) is not None and not isinstance(body[name], str):
            raise BadInput(f'"{name}" has to be text.')
    if not (body.get("from") or "").strip():
        raise BadInput('"from" says who reports: a user id, a phone number or a name.')
    if body.get("edit_of") and body.get("delete_of"):
        raise BadInput('Give either "edit_of" or "delete_of".')
    if not isinstance(body.get("files") or [], list):
        raise BadInput('"files" has to be a list of {"name", "content_type", "content" or "size"}.')
    for file in body.get("files") or []:
        _check_file(file)
    if not (body.get("text") or body.get("files") or body.get("delete_of")):
        raise BadInput('"text" is missing: a report needs words or files.')
    ago = body.get("ago_seconds")
    if ago is not None and not (is_number(ago) and 0 <= ago <= TEN_YEARS):
        raise BadInput('"ago_seconds" has to be a number of seconds, 0 or more.')
    return {**body, "text": body.get("text") or "", "ago_seconds": ago or 0}


def read_channel(body: Json) -> str:
    if body.get("channel") not in CHANNELS:
        raise BadInput(f'"channel" has to be one of {", ".join(CHANNELS)}.')
    return str(body["channel"])


def read_flag(body: Json, name: str) -> bool:
    flag = body.get(name)
    if flag is not None and not isinstance(flag, bool):
        raise BadInput(f'"{name}" has to be true or false.')
    return bool(flag)


def _check_file(file: Any) -> None:
    if not isinstance(file, dict) or not isinstance(file.get("name"), str) or not file["name"]:
        raise BadInput('Every file needs a "name".')
    if not isinstance(file.setdefault("content_type", "application/octet-stream"), str):
        raise BadInput('"content_type" of a file has to be text.')
    given = [key for key in ("content", "content_base64", "size") if file.get(key) is not None]
    if len(given) != 1:
        raise BadInput('Every file needs one of "content" (text), "content_base64" or "size" (bytes).')
    value = file[given[0]]
    if given[0] == "size":
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_FILE:
            raise BadInput(f'"size" of a file has to be a number of bytes up to {MAX_FILE}.')
        return
    if not isinstance(value, str):
        raise BadInput(f'"{given[0]}" of a file has to be text.')
    if given[0] == "content_base64":
        try:
            base64.b64decode(value, validate=True)
        except ValueError:
            raise BadInput('"content_base64" of a file is not base64.') from None


def _shown(delivery: Delivery) -> Json:
    return {**asdict(delivery), "body": readable(delivery.body), "raw": delivery.body.decode("utf-8", "replace")}


def is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
