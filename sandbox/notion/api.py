"""The data-source API as its reference describes it: the door, and an answer for every endpoint."""

import hmac
import json
import math
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox.notion import ids, queries, shown, values
from sandbox.notion.database import Database, Page, iso, minute
from sandbox.notion.refusal import Failure, invalid, not_found, rate_limited
from sandbox.notion.versions import check_version, knows_archived
from sandbox.notion.webhooks import Webhooks
from sandbox.world import Json, World

PER_SECOND, BURST = 3, 30
"""Request limits (reference): three requests a second on average, and some bursts, of a length it does not say."""
MAX_CHILDREN = 100
PAGE_KEYS = ("parent", "properties", "children", "markdown", "content", "template", "icon", "cover", "position")
UPDATE_KEYS = ("properties", "in_trash", "archived", "is_locked", "icon", "cover", "template", "erase_content")
QUERY_KEYS = ("filter", "sorts", "start_cursor", "page_size", "in_trash", "archived", "result_type")


class Api:
    """`/notion/v1/…`, as one connection sees the workspace."""

    def __init__(self, world: World, database: Database, webhooks: Webhooks) -> None:
        self.world = world
        self.database = database
        self.webhooks = webhooks

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/notion/v1/users/me", self._api(self._me)),
            web.get("/notion/v1/databases/{id}", self._api(self._database)),
            web.get("/notion/v1/data_sources/{id}", self._api(self._data_source)),
            web.patch("/notion/v1/data_sources/{id}", self._api(self._change_schema)),
            web.post("/notion/v1/data_sources/{id}/query", self._api(self._query)),
            web.post("/notion/v1/pages", self._api(self._create)),
            web.get("/notion/v1/pages/{id}", self._api(self._page)),
            web.patch("/notion/v1/pages/{id}", self._api(self._update)),
            web.post("/notion/v1/comments", self._api(self._comment)),
            web.get("/notion/v1/comments", self._api(self._comments)),
            web.route("*", "/notion/{tail:.*}", self._api(_unknown)),
        ]

    def _api(self, endpoint: Callable[[web.Request], Awaitable[Json]]) -> Callable[[web.Request], Any]:
        async def answer(request: web.Request) -> web.Response:
            try:
                self._check_token(request)
                self._check_pace()
                check_version(request)
                return web.json_response(await endpoint(request))
            except Failure as failure:
                return failure.answer()

        return answer

    def _check_token(self, request: web.Request) -> None:
        token = self.world.settings.notion_api_key.get_secret_value()
        given = request.headers.get("Authorization", "")
        if not token or not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            raise Failure(401, "unauthorized", "API token is invalid.")

    def _check_pace(self) -> None:
        wait = self.world.limits.take("notion", "connection", per_second=PER_SECOND, burst=BURST)
        if wait:
            raise rate_limited(math.ceil(wait))

    async def _me(self, _request: web.Request) -> Json:
        return shown.bot()

    async def _database(self, request: web.Request) -> Json:
        if ids.dashed(request.match_info["id"]) != self.database.id:
            raise not_found("database", request.match_info["id"])
        return shown.database(self.database)

    async def _data_source(self, request: web.Request) -> Json:
        self._check_data_source(request)
        return shown.data_source(self.database, request)

    async def _change_schema(self, request: web.Request) -> Json:
        """Update a data source (reference): properties by name or id."""
        self._check_data_source(request)
        changes = (await _body(request)).get("properties", {})
        if not isinstance(changes, dict):
            raise invalid("body.properties should be an object.")
        with self.webhooks.watching_schema(by=ids.BOT):
            for key, change in changes.items():
                self.database.change_property(key, change)
        self.database.made = minute(self.world.now())
        return shown.data_source(self.database, request)

    async def _query(self, request: web.Request) -> Json:
        self._check_data_source(request)
        body = await _body(request)
        _check_keys(body, QUERY_KEYS)
        found = queries.run(self.database, body)
        answer: Json = {
            "object": "list",
            "results": [shown.page(self.database, page, request) for page in found.pages],
            "next_cursor": found.next_cursor,
            "has_more": found.next_cursor is not None,
            "type": "page_or_data_source",
            "page_or_data_source": {},
            "request_id": str(uuid.uuid4()),
        }
        if found.is_cut:
            answer["request_status"] = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}
        return answer

    def _check_data_source(self, request: web.Request) -> None:
        if ids.dashed(request.match_info["id"]) != self.database.data_source_id:
            raise not_found("data source", request.match_info["id"])

    async def _create(self, request: web.Request) -> Json:
        body = await _body(request)
        _check_keys(body, PAGE_KEYS)
        self._check_parent(body.get("parent"))
        children = body.get("children", [])
        if not isinstance(children, list) or len(children) > MAX_CHILDREN:
            raise invalid(f"body.children should be an array of at most {MAX_CHILDREN} blocks.")
        given = values.read_all(self.database, body.get("properties", {}))
        now = minute(self.world.now())
        page = Page(str(uuid.uuid4()), now, now, ids.BOT, ids.BOT, given, children)
        self.database.pages[page.id] = page
        self.webhooks.page_created(page)
        return shown.page(self.database, page, request)

    def _check_parent(self, parent: object) -> None:
        if not isinstance(parent, dict):
            raise invalid("body.parent should be defined.")
        if "data_source_id" in parent:
            if ids.dashed(str(parent["data_source_id"])) != self.database.data_source_id:
                raise not_found("data source", str(parent["data_source_id"]))
        elif ids.dashed(str(parent.get("database_id"))) != self.database.id:
            raise not_found("database", str(parent.get("database_id") or parent.get("page_id")))

    async def _page(self, request: web.Request) -> Json:
        return shown.page(self.database, self.database.get_page(request.match_info["id"]), request)

    async def _update(self, request: web.Request) -> Json:
        """Update a page (reference): properties, trash and lock; a page in the trash has to be restored first."""
        page, body = self.database.get_page(request.match_info["id"]), await _body(request)
        _check_keys(body, UPDATE_KEYS)
        trash = body.get("in_trash", body.get("archived") if knows_archived(request) else None)
        if trash is not None and not isinstance(trash, bool):
            raise invalid("body.in_trash should be a boolean.")
        if page.in_trash and trash is not False:
            raise invalid("Can't edit block that is archived. You must unarchive the block before editing.")
        given = values.read_all(self.database, body.get("properties", {}))
        with self.webhooks.watching(page):
            page.values.update(given)
            page.in_trash = page.in_trash if trash is None else trash
            page.is_locked = bool(body.get("is_locked", page.is_locked))
            page.edited, page.edited_by = minute(self.world.now()), ids.BOT
        return shown.page(self.database, page, request)

    async def _comment(self, request: web.Request) -> Json:
        body = await _body(request)
        page, discussion = self._commented(body)
        text = values.read_rich_text(body.get("rich_text"), "body.rich_text")
        if not text:
            raise invalid("body.rich_text should not be empty.")
        comment = shown.comment(page, discussion, text, iso(minute(self.world.now())))
        self.database.comments.append(comment)
        return comment

    def _commented(self, body: Json) -> tuple[Page, str]:
        """The page a comment belongs to, and the discussion it opens there or goes on with."""
        parent = body.get("parent")
        if isinstance(parent, dict) and parent.get("page_id"):
            return self.database.get_page(str(parent["page_id"])), str(uuid.uuid4())
        known = self.database.comments
        first = next((one for one in known if one["discussion_id"] == body.get("discussion_id")), None)
        if first is None:
            raise invalid("body failed validation: body.parent or body.discussion_id should be defined.")
        return self.database.get_page(first["parent"]["page_id"]), first["discussion_id"]

    async def _comments(self, request: web.Request) -> Json:
        page = self.database.get_page(request.query.get("block_id", ""))
        return {
            "object": "list",
            "results": self.database.comments_on(page),
            "next_cursor": None,
            "has_more": False,
            "type": "comment",
            "comment": {},
        }


async def _unknown(_request: web.Request) -> Json:
    raise Failure(400, "invalid_request_url", "Invalid request URL.")


async def _body(request: web.Request) -> Json:
    raw = await request.read()
    try:
        body = json.loads(raw) if raw else {}
    except (ValueError, RecursionError):
        raise Failure(400, "invalid_json", "Error parsing JSON body.") from None
    if not isinstance(body, dict):
        raise invalid("body should be an object.")
    return body


def _check_keys(body: Json, known: tuple[str, ...]) -> None:
    for key in body:
        if key not in known:
            raise invalid(f"body failed validation: body.{key} should be not present.")
