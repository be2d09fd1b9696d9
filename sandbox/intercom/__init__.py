"""Plays Intercom as its REST reference (2.16) and its webhook topics describe it."""

import time

from aiohttp import web

from sandbox.intercom.control import Control
from sandbox.intercom.conversation import Conversation
from sandbox.intercom.deliveries import Deliveries
from sandbox.intercom.failure import Failure
from sandbox.intercom.files import FileServer
from sandbox.intercom.limits import WINDOW_SECONDS, Rate, exceeded
from sandbox.intercom.reports import Reports
from sandbox.intercom.rest_api import RestApi
from sandbox.intercom.workspace import Workspace
from sandbox.world import Json, World


class Intercom:
    """One workspace with one app: ours."""

    name = "intercom"

    def __init__(self, world: World) -> None:
        self.workspace = Workspace(world.settings)
        deliveries = Deliveries(world, self.workspace)
        self._files = FileServer(world, self.workspace)
        self._reports = Reports(world, self.workspace, self._files, deliveries)
        self._rest_api = RestApi(self.workspace, world.limits)
        self._control = Control(self.workspace, deliveries)

    def talks(self) -> list[Conversation]:
        """Newest activity first."""
        return sorted(self.workspace.conversations.values(), key=lambda one: one.last_activity, reverse=True)

    def routes(self) -> list[web.RouteDef]:
        return [*self._files.routes(), *self._rest_api.routes()]

    def control_routes(self) -> list[web.RouteDef]:
        return self._control.routes()

    async def report(self, body: Json) -> tuple[int, str | None]:
        """conversation.user.created, or .user.replied in `thread`; `delete_of` redacts a part or a conversation."""
        return await self._reports.play(body)

    def rate_limited(self, retry_after: float | None) -> web.Response:
        limit = self._rest_api.window.limit
        answer = exceeded(limit).answer()
        answer.headers.update(Rate(limit, 0, int(time.time() + (retry_after or WINDOW_SECONDS))).headers())
        if retry_after is not None:
            answer.headers["Retry-After"] = f"{retry_after:g}"
        return answer

    def broken(self) -> web.Response:
        return Failure(500, "server_error", "Server Error").answer()

    def refused(self, code: str, status: int | None) -> web.Response:
        return Failure(status or 400, code, "A switch of the sandbox refuses this").answer()

    def state(self) -> Json:
        return self.workspace.state()

    def restore(self, state: Json) -> None:
        self.workspace.restore(state)
        self._rest_api.window.clear()
