"""The one page: drawn whole on the server for one look, told by server-sent events when there is more to see."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web

from sandbox.faults import ANSWERING, DELIVERING
from sandbox.intercom import Intercom
from sandbox.notion import Notion
from sandbox.pages import drawing, log, slack
from sandbox.pages.look import PANES, Look
from sandbox.pages.steps import STEPS
from sandbox.pages.tour import Tour
from sandbox.simulator import Simulator
from sandbox.slack import Slack
from sandbox.slack.blocks import block_faults, view_faults
from sandbox.slack.inputs import state_values
from sandbox.slack.workspace import named
from sandbox.whatsapp import WhatsApp
from sandbox.world import BadInput, Json, Platform, World

Played = TypeVar("Played")

COALESCE_SECONDS = 0.2
"""What happens within this time is told as one piece of news."""
STILL_THERE_SECONDS = 15.0
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
THEMES = ("light", "dark")
MANIFEST = Path(__file__).parents[2] / "manifest.json"
SIMULATE = {
    "command": "/simulate",
    "usage_hint": "[channel] [pii] or incident",
    "description": "Have customers write",
}
"""The command of a development app, which no manifest for production declares."""


@dataclass(frozen=True, slots=True)
class App:
    """The app as it is configured at Slack: what its manifest declares."""

    commands: list[Json]
    global_shortcuts: list[Json]
    message_shortcuts: list[Json]


class Page:
    def __init__(
        self, world: World, platforms: Mapping[str, Platform], simulator: Simulator, stopping: asyncio.Event
    ) -> None:
        self.world = world
        self.stopping = stopping
        self.simulator = simulator
        self.slack, self.whatsapp = _one(platforms, Slack), _one(platforms, WhatsApp)
        self.intercom, self.notion = _one(platforms, Intercom), _one(platforms, Notion)
        self.tour = Tour(world, self.slack.workspace, STEPS)
        self.app = read_manifest()
        self._names = list(platforms)
        self._templates = drawing.environment(world, self.slack.workspace)
        self._drawing: Json = {"blocks": []}

    def routes(self) -> list[web.RouteDef | web.StaticDef]:
        return [
            web.get("/", self.front),
            web.get("/events", self.events),
            web.get("/drawing", self.show_drawing),
            web.post("/_control/drawing", self.draw),
            web.post("/_control/tour", self.restart_tour),
            web.post("/_control/slack/refused", self.dismiss),
            web.static("/static", drawing.HERE / "static"),
        ]

    async def front(self, request: web.Request) -> web.Response:
        look = Look(request.query)
        self.tour.go_on()
        self.tour.arrive(look.pane, look.beside)
        return self._page("page.html", request, look=look, **self._shown(look))

    def _shown(self, look: Look) -> dict[str, Any]:
        """The values of everything that is on the page, Slack and the pane beside it."""
        shown = {
            "panes": PANES,
            "slack": slack.screen(self.slack, look),
            "app": self.app,
            "tour": self.tour,
            "press": self.tour.step.press,
            "now": self.world.now(),
            "advanced": self.world.advanced.total_seconds(),
            "faults": self.world.faults.on,
        }
        beside = {
            "whatsapp": self._whatsapp,
            "intercom": self._intercom,
            "notion": self._notion,
            "log": self._log,
            "controls": self._controls,
        }
        return shown | beside[look.beside](look)

    def _whatsapp(self, look: Look) -> dict[str, Any]:
        people = self.whatsapp.contacts()
        phone = self.whatsapp.account.find_person(look.get("phone")) or next(iter(people), None)
        if look.get("phone") == "new":
            phone = None
        left = self.whatsapp.window_left(phone) if phone else None
        return {
            "people": people,
            "phone": phone,
            "lines": self.whatsapp.conversation(phone) if phone else [],
            "left": left.total_seconds() if left is not None else None,
        }

    def _intercom(self, look: Look) -> dict[str, Any]:
        talks = self.intercom.talks()
        wanted = look.get("talk")
        talk = next((one for one in talks if wanted in ("", one.id)), None)
        return {"talks": talks, "talk": None if wanted == "new" else talk}

    def _notion(self, _look: Look) -> dict[str, Any]:
        return {"columns": self.notion.board()}

    def _log(self, look: Look) -> dict[str, Any]:
        return {"log": log.read(self.world, look), "platforms": self._names}

    def _controls(self, _look: Look) -> dict[str, Any]:
        return {
            "platforms": self._names,
            "modes": (*ANSWERING, *DELIVERING),
            "trickle": self.simulator.shown(),
            "switches": asdict(self.whatsapp.account.switches),
        }

    async def events(self, request: web.Request) -> web.StreamResponse:
        """A `news` event whenever there is something new, and a sign of life in between."""
        response = web.StreamResponse(headers=HEADERS | {"Content-Type": "text/event-stream"})
        await response.prepare(request)
        with suppress(ConnectionError):  # whoever listened has closed the page
            await self._tell(response)
        return response

    async def _tell(self, response: web.StreamResponse) -> None:
        await response.write(b"retry: 1000\n\n")
        news = self.world.stirred
        while not self.stopping.is_set():
            try:
                async with asyncio.timeout(STILL_THERE_SECONDS):
                    await news.wait()
            except TimeoutError:
                await response.write(b": still there\n\n")
                continue
            await asyncio.sleep(COALESCE_SECONDS)
            news = self.world.stirred
            await response.write(b"event: news\ndata: \n\n")

    async def draw(self, request: web.Request) -> web.Response:
        """Takes `{"surface", "blocks"}` or `{"view"}` to be looked at under GET /drawing; answers its faults."""
        body = await _object(request)
        if not isinstance(body.get("view"), dict) and not isinstance(body.get("blocks"), list):
            raise BadInput('Give "blocks" (a list, with "surface": message, modal or home) or "view" (an object).')
        self._drawing = body
        return web.json_response({"faults": faults_of(body)})

    async def show_drawing(self, request: web.Request) -> web.Response:
        """What was drawn last, as it would be seen; or what Slack would say against it."""
        view = self._drawing.get("view") or {}
        surface = view.get("type") or self._drawing.get("surface", "message")
        faults = faults_of(self._drawing)
        blocks = [] if faults else named(view.get("blocks") or self._drawing.get("blocks") or [])
        values = state_values(blocks, {})
        return self._page(
            "drawing.html", request, view=view, surface=surface, blocks=blocks, values=values, faults=faults
        )

    async def restart_tour(self, _request: web.Request) -> web.Response:
        self.tour.restart()
        return web.json_response({"step": 1})

    async def dismiss(self, _request: web.Request) -> web.Response:
        """Somebody has read what Slack refused."""
        self.slack.workspace.refused = None
        return web.json_response({})

    def _page(self, template: str, request: web.Request, **shown: Any) -> web.Response:
        theme = request.query.get("theme") or request.cookies.get("theme")
        given = {"theme": theme if theme in THEMES else "", "touring": request.cookies.get("tour") != "off"}
        text = self._templates.get_template(template).render(**given, **shown)
        body = text.encode("utf-8", "replace")  # what people sent may hold half a character
        return web.Response(body=body, content_type="text/html", charset="utf-8", headers=HEADERS)


def _one(platforms: Mapping[str, Platform], kind: type[Played]) -> Played:
    return next(each for each in platforms.values() if isinstance(each, kind))


def read_manifest(file: Path = MANIFEST) -> App:
    features = json.loads(file.read_text())["features"]
    shortcuts = features["shortcuts"]
    return App(
        commands=[*features["slash_commands"], SIMULATE],
        global_shortcuts=[one for one in shortcuts if one["type"] == "global"],
        message_shortcuts=[one for one in shortcuts if one["type"] == "message"],
    )


def faults_of(body: Json) -> list[str]:
    if "view" in body:
        return view_faults(body["view"])
    return block_faults(body["blocks"], body.get("surface", "message"))


async def _object(request: web.Request) -> Json:
    try:
        body = await request.json()
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise BadInput("The body has to be a JSON object.")
    return body
