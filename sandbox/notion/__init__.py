"""Plays Notion: one workspace with one database, its API as one connection sees it, and its webhook."""

from aiohttp import web

from sandbox.notion import board
from sandbox.notion.api import Api
from sandbox.notion.board import Column
from sandbox.notion.control import Control
from sandbox.notion.database import Database
from sandbox.notion.refusal import Failure, rate_limited
from sandbox.notion.webhooks import Webhooks
from sandbox.world import BadInput, Json, World


class Notion:
    """A workspace, empty but for the schema of our database."""

    name = "notion"

    def __init__(self, world: World) -> None:
        self.database = Database(world.settings.notion_database_id, world.now())
        self._webhooks = Webhooks(world, self.database)
        self._api = Api(world, self.database, self._webhooks)
        self._control = Control(world, self.database, self._webhooks)

    def routes(self) -> list[web.RouteDef]:
        return self._api.routes()

    def control_routes(self) -> list[web.RouteDef]:
        return self._control.routes()

    def board(self) -> list[Column]:
        """What a person sees of the database: its pages as cards, by status; those in the trash left out."""
        return board.draw(self.database)

    async def report(self, body: Json) -> tuple[int, str | None]:
        raise BadInput(f"Nobody reports on Notion, so there is nothing to send for {body.get('from')!r}.")

    def rate_limited(self, retry_after: float | None) -> web.Response:
        return rate_limited(retry_after).answer()

    def broken(self) -> web.Response:
        return Failure(500, "internal_server_error", "An unexpected error occurred.").answer()

    def refused(self, code: str, status: int | None) -> web.Response:
        return Failure(status or 400, code, "A switch of the sandbox refuses this.").answer()

    def state(self) -> Json:
        return self.database.state()

    def restore(self, state: Json) -> None:
        self._webhooks.forget()
        self.database.restore(state)
