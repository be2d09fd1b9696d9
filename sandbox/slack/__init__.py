"""Plays Slack: the Web API, signed events and interactions, files, and the people of one workspace."""

from urllib.parse import urlencode

from aiohttp import web

from sandbox.slack.acting import Acting
from sandbox.slack.control import Control
from sandbox.slack.deliveries import Deliveries
from sandbox.slack.files import FileServer
from sandbox.slack.refusal import Json, Refusal
from sandbox.slack.reports import Reports
from sandbox.slack.responses import Responses
from sandbox.slack.sockets import Sockets
from sandbox.slack.web_api import WebApi, rate_limited
from sandbox.slack.workspace import Workspace
from sandbox.world import World


class Slack:
    """One workspace with one app: ours."""

    name = "slack"

    def __init__(self, world: World) -> None:
        self.workspace = Workspace(world.settings)
        deliveries = Deliveries(world, self.workspace)
        self._reports = Reports(world, self.workspace, deliveries)
        self._sockets = Sockets(world)
        self._web_api = WebApi(world, self.workspace, self._sockets)
        self._files = FileServer(world, self.workspace)
        self._responses = Responses(self.workspace)
        self.acting = Acting(world, self.workspace, deliveries)
        self._control = Control(self.workspace, self.acting, self._sockets)

    def routes(self) -> list[web.RouteDef]:
        archives = web.get("/slack/archives/{channel}/{message}", self._archives)
        parts = (self._web_api, self._sockets, self._files, self._responses)
        return [*(route for part in parts for route in part.routes()), archives]

    def control_routes(self) -> list[web.RouteDef]:
        return self._control.routes()

    async def report(self, body: Json) -> tuple[int, str | None]:
        """`in` names a channel to be mentioned in (`mention: false`: only written there); default is a DM."""
        return await self._reports.play(body)

    def rate_limited(self, retry_after: float | None) -> web.Response:
        return rate_limited(retry_after)

    def broken(self) -> web.Response:
        return self.refused("internal_error", 500)

    def refused(self, code: str, status: int | None) -> web.Response:
        return web.json_response(Refusal(code).body(), status=status or 200)

    def state(self) -> Json:
        return self.workspace.state()

    def restore(self, state: Json) -> None:
        self.workspace.restore(state)

    async def _archives(self, request: web.Request) -> web.Response:
        """A permalink leads to the message on the sandbox's page."""
        channel, thread = request.match_info["channel"], request.query.get("thread_ts", "")
        digits = request.match_info["message"].removeprefix("p")
        place = {"in": channel} | ({"thread": thread} if thread else {})
        raise web.HTTPFound(f"/?{urlencode(place)}#m-{channel}-{digits[:-6]}-{digits[-6:]}")
