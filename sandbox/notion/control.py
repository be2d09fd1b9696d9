"""The control endpoints of the played Notion: a person who edits pages and the schema, and the handshake."""

from typing import Any

from aiohttp import web

from sandbox.notion import ids, shown, values
from sandbox.notion.database import TYPES, Database, Page, iso, minute
from sandbox.notion.refusal import Failure
from sandbox.notion.webhooks import Webhooks
from sandbox.world import BadInput, Json, World, readable


class Control:
    """`/_control/notion/…`"""

    def __init__(self, world: World, database: Database, webhooks: Webhooks) -> None:
        self.world = world
        self.database = database
        self.webhooks = webhooks

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/_control/notion/pages", self._pages),
            web.patch("/_control/notion/pages/{id}", self._edit),
            web.patch("/_control/notion/schema", self._change_schema),
            web.get("/_control/notion/comments", self._comments),
            web.post("/_control/notion/verify", self._verify),
        ]

    async def _pages(self, request: web.Request) -> web.Response:
        """Every page, trashed ones too, as a person sees its row; `page` is what the API answers."""
        return web.json_response({"data": [self._row(page, request) for page in self.database.pages.values()]})

    async def _edit(self, request: web.Request) -> web.Response:
        """A person edits a page: `status`, `title`, `priority`, `type`, `channel`, `external_id`, `in_trash`."""
        page = self.database.find_page(request.match_info["id"])
        if page is None:
            raise BadInput("There is no page with this id; GET /_control/notion/pages lists them.")
        body = _object(await request.read())
        changes = [self._typed(name, value) for name, value in body.items() if name != "in_trash"]
        if not isinstance(body.get("in_trash", False), bool):
            raise BadInput('"in_trash" has to be true or false.')
        with self.webhooks.watching(page):
            page.values.update(changes)
            page.in_trash = body.get("in_trash", page.in_trash)
            page.edited, page.edited_by = minute(self.world.now()), ids.PERSON
        return web.json_response(self._row(page, request))

    def _typed(self, name: str, value: object) -> tuple[str, Any]:
        """What a person types into a cell, as the value of that property."""
        properties = self.database.properties.values()
        known = next((one for one in properties if _label(one.name) == _label(name)), None)
        if known is None:
            raise BadInput(f"This database has no property {name!r}.")
        if not isinstance(value, str | None):
            raise BadInput(f'"{name}" has to be text.')
        if known.type in ("title", "rich_text"):
            return known.id, [values.rich(value)] if value else []
        if known.type not in ("select", "status"):
            raise BadInput(f"{known.name} cannot be typed here.")
        try:
            return known.id, values.read_option(known, known.name, {"name": value} if value else None)
        except Failure as failure:
            raise BadInput(failure.message) from None

    async def _change_schema(self, request: web.Request) -> web.Response:
        """`{"properties": {name: null | "select" | "status" | …}}` removes properties or gives them a type."""
        changes = _object(await request.read()).get("properties")
        if not isinstance(changes, dict):
            raise BadInput('"properties" has to be an object of names and types.')
        with self.webhooks.watching_schema(by=ids.PERSON):
            for name, kind in changes.items():
                self._change_property(name, kind)
        return web.json_response({"properties": {name: one.type for name, one in self.database.properties.items()}})

    def _change_property(self, name: str, kind: object) -> None:
        if kind is not None and kind not in TYPES:
            raise BadInput(f"The type of a property is null or one of {', '.join(TYPES)}.")
        try:
            self.database.change_property(name, None if kind is None else {kind: {}})
        except Failure as failure:
            raise BadInput(failure.message) from None

    async def _comments(self, _request: web.Request) -> web.Response:
        return web.json_response({"data": self.database.comments})

    async def _verify(self, _request: web.Request) -> web.Response:
        """The handshake a person starts by saving the subscription; the status the hub answered it with."""
        if not self.webhooks.token:
            raise BadInput("There is no subscription: NOTION_WEBHOOK_SECRET is not set.")
        return web.json_response({"status": await self.webhooks.verify()})

    def _row(self, page: Page, request: web.Request) -> Json:
        properties = self.database.properties.values()
        return {
            "id": page.id,
            **{_label(one.name): values.plain(one, page.values.get(one.id)) for one in properties},
            "in_trash": page.in_trash,
            "created_time": iso(page.created),
            "last_edited_time": iso(page.edited),
            "url": ids.url(page.id),
            "page": shown.page(self.database, page, request),
        }


def _object(raw: bytes) -> Json:
    body = readable(raw) if raw else {}
    if not isinstance(body, dict):
        raise BadInput("The body has to be a JSON object.")
    return body


def _label(name: str) -> str:
    return name.strip().lower().replace(" ", "_")
