"""Notion's data-source API as its reference describes it: one database with one data source."""

import hmac
import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from sandbox.world import BadInput, Json, World, readable, row

VERSIONS = ("2025-09-03", "2026-03-11")
PLAYED_DATABASE = "5b8e2f60-7d41-4c1a-9a53-0d6c1f2e4b7a"
MAX_PAGE_SIZE = 100
RESULT_LIMIT = 10_000
MAX_CONTENT = 2000
MAX_RICH_TEXT = 100
MAX_CHILDREN = 100
COLORS = ("gray", "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "default")
PLAIN = {
    "bold": False,
    "italic": False,
    "strikethrough": False,
    "underline": False,
    "code": False,
    "color": "default",
}
STATUS_GROUPS = (("Open", "To-do", "gray"), ("In Progress", "In progress", "blue"), ("Done", "Complete", "green"))
SEEDED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "Title": ("title", "title", ()),
    "Priority": ("select", "qP%3Br", ("Critical", "High", "Medium", "Normal", "Low", "Minimal")),
    "Type": ("select", "tY~p", ("Bug", "Feature request", "Question", "Incident")),
    "Status": ("status", "sT%40s", tuple(name for name, _, _ in STATUS_GROUPS)),
    "Channel": ("select", "cH%5Cn", ("Slack", "Intercom", "WhatsApp")),
    "External ID": ("rich_text", "xI_d", ()),
}
TYPES = ("title", "rich_text", "select", "status", "number", "checkbox", "url", "date")
PAGE_KEYS = ("parent", "properties", "children", "markdown", "content", "template", "icon", "cover", "position")
UPDATE_KEYS = ("properties", "in_trash", "archived", "is_locked", "icon", "cover", "template", "erase_content")
QUERY_KEYS = ("filter", "sorts", "start_cursor", "page_size", "in_trash", "archived", "result_type")


class Failure(Exception):
    """An error Notion answers: HTTP status, code and message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass(slots=True)
class Property:
    id: str
    name: str
    type: str
    options: list[Json] = field(default_factory=list)

    def shown(self) -> Json:
        config: Json = {}
        if self.type == "number":
            config = {"format": "number"}
        if self.type in ("select", "status"):
            config["options"] = [{**option, "description": None} for option in self.options]
        if self.type == "status":
            config["groups"] = self._groups()
        return {"id": self.id, "name": self.name, "description": None, "type": self.type, self.type: config}

    def option(self, name: str) -> Json | None:
        return next((option for option in self.options if option["name"].lower() == name.lower()), None)

    def add(self, name: str) -> Json:
        color = COLORS[len(self.options) % len(COLORS)]
        option: Json = {"id": str(_id(f"option:{self.id}:{name}")), "name": name, "color": color}
        self.options.append(option)
        return option

    def _groups(self) -> list[Json]:
        grouped = {name: group for name, group, _ in STATUS_GROUPS}
        return [
            {
                "id": str(_id(f"group:{group}")),
                "name": group,
                "color": color,
                "option_ids": [one["id"] for one in self.options if grouped.get(one["name"], "To-do") == group],
            }
            for _, group, color in STATUS_GROUPS
        ]


@dataclass(slots=True)
class Page:
    """`values` are keyed by property id; times are kept to the minute, as Notion does."""

    id: str
    created: datetime
    edited: datetime
    created_by: str
    edited_by: str
    values: dict[str, Any] = field(default_factory=dict)
    children: list[Any] = field(default_factory=list)
    in_trash: bool = False
    is_locked: bool = False


class Notion:
    """A workspace as one connection sees it."""

    name = "notion"

    def __init__(self, world: World) -> None:
        self.world = world
        self.database_id = _dashed(world.settings.notion_database_id or PLAYED_DATABASE)
        self.data_source_id = str(_id(f"data source of {self.database_id}"))
        self.bot_id, self.person_id = str(_id("bot")), str(_id("person"))
        self.made = _minute(world.now())
        self.properties = {name: _seeded(name) for name in SEEDED}
        self.pages: dict[str, Page] = {}
        self.comments: list[Json] = []

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

    def control_routes(self) -> list[web.RouteDef]:
        return [
            web.get("/_control/notion/pages", self._control_pages),
            web.patch("/_control/notion/pages/{id}", self._control_edit),
            web.patch("/_control/notion/schema", self._control_schema),
            web.get("/_control/notion/comments", self._control_comments),
        ]

    async def report(self, body: Json) -> tuple[int, str | None]:
        raise BadInput(f"Nobody reports on Notion, so there is nothing to send for {body.get('from')!r}.")

    def rate_limited(self, retry_after: float | None) -> web.Response:
        answer = self._error(
            Failure(429, "rate_limited", "You have been rate limited. Please try again in a few minutes.")
        )
        if retry_after is not None:
            answer.headers["Retry-After"] = f"{retry_after:g}"
        return answer

    def broken(self) -> web.Response:
        return self._error(Failure(500, "internal_server_error", "An unexpected error occurred."))

    def state(self) -> Json:
        return {
            "made": self.made.isoformat(),
            "properties": [{**row(known), "options": list(known.options)} for known in self.properties.values()],
            "pages": [_kept(page) for page in self.pages.values()],
            "comments": list(self.comments),
        }

    def restore(self, state: Json) -> None:
        self.made = datetime.fromisoformat(state["made"])
        self.properties = {each["name"]: Property(**each) for each in state["properties"]}
        self.pages = {each["id"]: _recalled(each) for each in state["pages"]}
        self.comments = state["comments"]

    def _api(self, endpoint: Callable[[web.Request], Awaitable[Json]]) -> Callable[[web.Request], Any]:
        async def answer(request: web.Request) -> web.Response:
            try:
                self._check_token(request)
                _check_version(request)
                return web.json_response(await endpoint(request))
            except Failure as failure:
                return self._error(failure)

        return answer

    def _check_token(self, request: web.Request) -> None:
        token = self.world.settings.notion_api_key.get_secret_value()
        given = request.headers.get("Authorization", "")
        if not token or not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            raise Failure(401, "unauthorized", "API token is invalid.")

    async def _me(self, _request: web.Request) -> Json:
        return {
            "object": "user",
            "id": self.bot_id,
            "name": "Feedback Hub (sandbox)",
            "avatar_url": None,
            "type": "bot",
            "bot": {
                "owner": {"type": "workspace", "workspace": True},
                "workspace_name": "Sandbox",
                "workspace_id": str(_id("workspace")),
                "workspace_limits": {"max_file_upload_size_in_bytes": 5_242_880},
            },
        }

    async def _database(self, request: web.Request) -> Json:
        """Retrieve a database (reference, 2025-09-03): its data sources, no properties."""
        if _dashed(request.match_info["id"]) != self.database_id:
            raise _not_found("database", request.match_info["id"])
        return {
            "object": "database",
            "id": self.database_id,
            "title": [_rich("Tickets")],
            "description": [],
            "parent": {"type": "workspace", "workspace": True},
            "is_inline": False,
            "is_locked": False,
            "in_trash": False,
            "created_time": _iso(self.made),
            "last_edited_time": _iso(self.made),
            "data_sources": [{"id": self.data_source_id, "name": "Tickets"}],
            "icon": None,
            "cover": None,
            "url": _url(self.database_id),
            "public_url": None,
            "request_id": str(uuid.uuid4()),
        }

    async def _data_source(self, request: web.Request) -> Json:
        self._check_data_source(request)
        return self._data_source_shown(request)

    async def _change_schema(self, request: web.Request) -> Json:
        """Update a data source (reference): properties by name or id; null removes, `name` renames."""
        self._check_data_source(request)
        body = await _body(request)
        changes = body.get("properties", {})
        if not isinstance(changes, dict):
            raise _invalid("body.properties should be an object.")
        for key, change in changes.items():
            self._change_property(key, change)
        self.made = _minute(self.world.now())
        return self._data_source_shown(request)

    async def _query(self, request: web.Request) -> Json:
        self._check_data_source(request)
        body = await _body(request)
        _known_keys(body, QUERY_KEYS)
        size = body.get("page_size", MAX_PAGE_SIZE)
        if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= MAX_PAGE_SIZE:
            raise _invalid(f"body.page_size should be at least 1 and at most {MAX_PAGE_SIZE}.")
        trashed = body.get("in_trash", False) is True
        found = [page for page in self.pages.values() if page.in_trash == trashed]
        if body.get("filter") is not None:
            found = [page for page in found if self._matches(page, body["filter"], 0)]
        found = self._sorted(found, body.get("sorts") or [])
        start = _position(found, body.get("start_cursor"))
        limit = min(len(found), RESULT_LIMIT)
        rows = found[start : min(start + size, limit)]
        more = start + len(rows) < limit
        answer: Json = {
            "object": "list",
            "results": [self._page_shown(page, request) for page in rows],
            "next_cursor": found[start + len(rows)].id if more else None,
            "has_more": more,
            "type": "page_or_data_source",
            "page_or_data_source": {},
            "request_id": str(uuid.uuid4()),
        }
        if len(found) > RESULT_LIMIT:
            answer["request_status"] = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}
        return answer

    async def _create(self, request: web.Request) -> Json:
        body = await _body(request)
        _known_keys(body, PAGE_KEYS)
        parent = body.get("parent")
        if not isinstance(parent, dict):
            raise _invalid("body.parent should be defined.")
        if "data_source_id" in parent:
            if _dashed(str(parent["data_source_id"])) != self.data_source_id:
                raise _not_found("data source", str(parent["data_source_id"]))
        elif _dashed(str(parent.get("database_id"))) != self.database_id:
            raise _not_found("database", str(parent.get("database_id") or parent.get("page_id")))
        children = body.get("children", [])
        if not isinstance(children, list) or len(children) > MAX_CHILDREN:
            raise _invalid(f"body.children should be an array of at most {MAX_CHILDREN} blocks.")
        values = self._read_values(body.get("properties", {}))
        now = _minute(self.world.now())
        page = Page(str(uuid.uuid4()), now, now, self.bot_id, self.bot_id, values, children)
        self.pages[page.id] = page
        return self._page_shown(page, request)

    async def _page(self, request: web.Request) -> Json:
        return self._page_shown(self._find(request.match_info["id"]), request)

    async def _update(self, request: web.Request) -> Json:
        """Update a page (reference): properties, trash and lock; a page in the trash has to be restored first."""
        page, body = self._find(request.match_info["id"]), await _body(request)
        _known_keys(body, UPDATE_KEYS)
        trash = body.get("in_trash", body.get("archived") if _version(request) == VERSIONS[0] else None)
        if trash is not None and not isinstance(trash, bool):
            raise _invalid("body.in_trash should be a boolean.")
        if page.in_trash and trash is not False:
            raise _invalid("Can't edit block that is archived. You must unarchive the block before editing.")
        values = self._read_values(body.get("properties", {}))
        page.values.update(values)
        page.in_trash = page.in_trash if trash is None else trash
        page.is_locked = bool(body.get("is_locked", page.is_locked))
        page.edited, page.edited_by = _minute(self.world.now()), self.bot_id
        return self._page_shown(page, request)

    async def _comment(self, request: web.Request) -> Json:
        body = await _body(request)
        parent = body.get("parent")
        if isinstance(parent, dict) and parent.get("page_id"):
            page, discussion = self._find(str(parent["page_id"])), str(uuid.uuid4())
        else:
            first = next((one for one in self.comments if one["discussion_id"] == body.get("discussion_id")), None)
            if first is None:
                raise _invalid("body failed validation: body.parent or body.discussion_id should be defined.")
            page, discussion = self._find(first["parent"]["page_id"]), first["discussion_id"]
        text = _read_rich_text(body.get("rich_text"), "body.rich_text")
        if not text:
            raise _invalid("body.rich_text should not be empty.")
        now = _iso(_minute(self.world.now()))
        comment: Json = {
            "object": "comment",
            "id": str(uuid.uuid4()),
            "parent": {"type": "page_id", "page_id": page.id},
            "discussion_id": discussion,
            "created_time": now,
            "last_edited_time": now,
            "created_by": {"object": "user", "id": self.bot_id},
            "rich_text": text,
            "display_name": {"type": "integration", "resolved_name": "Feedback Hub (sandbox)"},
        }
        self.comments.append(comment)
        return comment

    async def _comments(self, request: web.Request) -> Json:
        page = self._find(request.query.get("block_id", ""))
        found = [one for one in self.comments if one["parent"]["page_id"] == page.id]
        return {
            "object": "list",
            "results": found,
            "next_cursor": None,
            "has_more": False,
            "type": "comment",
            "comment": {},
        }

    def _check_data_source(self, request: web.Request) -> None:
        if _dashed(request.match_info["id"]) != self.data_source_id:
            raise _not_found("data source", request.match_info["id"])

    def _find(self, page_id: str) -> Page:
        page = self.pages.get(_dashed(page_id))
        if page is None:
            raise _not_found("page", page_id)
        return page

    def _property(self, key: object) -> Property | None:
        """A property by its name, or by its id as given or percent-decoded."""
        if key in self.properties:
            return self.properties[str(key)]
        return next((one for one in self.properties.values() if key in (one.id, unquote(one.id))), None)

    def _change_property(self, key: str, change: object) -> None:
        known = self._property(key)
        if change is None and known is not None:
            if known.type == "title":
                raise _invalid("Cannot delete title property.")
            del self.properties[known.name]
            return
        if not isinstance(change, dict):
            raise _invalid(f"body.properties.{key} should be an object.")
        if isinstance(change.get("name"), str) and known is not None:
            del self.properties[known.name]
            known.name = change["name"]
            self.properties[known.name] = known
        kind = next((name for name in TYPES if name in change), None)
        if kind is None:
            if known is None:
                raise _invalid(f"body.properties.{key} should have a type.")
            return
        self._put_property(key, kind, change[kind], known)

    def _put_property(self, key: str, kind: str, config: object, known: Property | None) -> None:
        if kind == "title" and (known is None or known.type != "title"):
            raise _invalid("Cannot create new title property.")
        if known is None or known.type != kind:
            new = Property(known.id if known else f"n{len(self.properties)}%3Aw", known.name if known else key, kind)
            for name in [name for name, _, _ in STATUS_GROUPS] if kind == "status" else []:
                new.add(name)
            self.properties[new.name] = known = new
        options = config.get("options") if isinstance(config, dict) else None
        for option in options or []:
            if not isinstance(option, dict) or not isinstance(option.get("name"), str):
                raise _invalid(f"body.properties.{key}.{kind}.options should be an array of options.")
            if known.option(option["name"]) is None:
                known.add(option["name"])

    def _read_values(self, given: object) -> dict[str, Any]:
        """Property values of a request by property id; Failure unless every one fits the schema."""
        if not isinstance(given, dict):
            raise _invalid("body.properties should be an object.")
        read: dict[str, Any] = {}
        for key, value in given.items():
            known = self._property(key)
            if known is None:
                raise _invalid(f"{key} is not a property that exists.")
            if not isinstance(value, dict) or known.type not in value:
                raise _invalid(f"{key} is expected to be {known.type}.")
            read[known.id] = self._read_value(known, key, value[known.type])
        return read

    def _read_value(self, known: Property, key: str, value: object) -> Any:
        where = f"body.properties.{key}.{known.type}"
        if known.type in ("title", "rich_text"):
            return _read_rich_text(value, where)
        if known.type in ("select", "status"):
            return self._read_option(known, where, value)
        fits = {
            "number": isinstance(value, int | float) and not isinstance(value, bool),
            "checkbox": isinstance(value, bool),
            "url": isinstance(value, str) and len(value) <= MAX_CONTENT,
            "date": isinstance(value, dict),
        }
        if value is not None and not fits[known.type]:
            raise _invalid(f"{where} is not a valid value.")
        return value

    def _read_option(self, known: Property, where: str, value: object) -> Json | None:
        """Unknown select names become options; unknown status names are refused."""
        if value is None:
            return None
        name = value.get("name") if isinstance(value, dict) else None
        wanted = value.get("id") if isinstance(value, dict) else None
        by_id = next((one for one in known.options if one["id"] == wanted), None)
        if by_id is not None:
            return by_id
        if not isinstance(name, str) or not name:
            raise _invalid(f"{where}.name should be defined.")
        option = known.option(name)
        if option is not None:
            return option
        if known.type == "status":
            raise _invalid(f'Status option "{name}" does not exist.')
        if "," in name or len(name) > 100:
            raise _invalid(f"{where}.name: a select option is at most 100 characters and holds no commas.")
        return known.add(name)

    def _matches(self, page: Page, wanted: object, depth: int) -> bool:
        """Filters (reference): `and` and `or` two levels deep, timestamps, and properties by name or id."""
        if not isinstance(wanted, dict):
            raise _invalid("body.filter should be an object.")
        for group in ("and", "or"):
            if group in wanted:
                parts = wanted[group]
                if not isinstance(parts, list) or depth >= 2:
                    raise _invalid(f"body.filter.{group} should be an array, nested at most two levels deep.")
                results = [self._matches(page, part, depth + 1) for part in parts]
                return all(results) if group == "and" else any(results)
        if "timestamp" in wanted:
            return _time_matches(page, wanted)
        known = self._property(wanted.get("property"))
        if known is None:
            raise _invalid(f"Could not find property with name or id: {wanted.get('property')}")
        condition = wanted.get(known.type)
        if not isinstance(condition, dict) or len(condition) != 1:
            raise _invalid(f"database property {known.type} does not match filter")
        return _value_matches(known, page.values.get(known.id), *next(iter(condition.items())))

    def _sorted(self, pages: list[Page], sorts: object) -> list[Page]:
        """Newest first unless sorted; the last of several sorts weighs least."""
        if not isinstance(sorts, list):
            raise _invalid("body.sorts should be an array.")
        ordered = sorted(pages, key=lambda page: page.created, reverse=True) if not sorts else list(pages)
        for sort in reversed(sorts):
            direction = sort.get("direction") if isinstance(sort, dict) else None
            if direction not in ("ascending", "descending"):
                raise _invalid("body.sorts.direction should be `ascending` or `descending`.")
            ordered.sort(key=self._sort_key(sort), reverse=direction == "descending")
        return ordered

    def _sort_key(self, sort: Json) -> Callable[[Page], Any]:
        if sort.get("timestamp") == "last_edited_time":
            return lambda page: page.edited
        if sort.get("timestamp") == "created_time":
            return lambda page: page.created
        known = self._property(sort.get("property"))
        if known is None:
            raise _invalid(f"Could not find sort property with name or id: {sort.get('property')}")
        return lambda page: _plain(known, page.values.get(known.id)) or ""

    def _data_source_shown(self, request: web.Request) -> Json:
        shown: Json = {
            "object": "data_source",
            "id": self.data_source_id,
            "title": [_rich("Tickets")],
            "description": [],
            "parent": {"type": "database_id", "database_id": self.database_id},
            "database_parent": {"type": "workspace", "workspace": True},
            "is_inline": False,
            "in_trash": False,
            "created_time": _iso(self.made),
            "last_edited_time": _iso(self.made),
            "created_by": {"object": "user", "id": self.person_id},
            "last_edited_by": {"object": "user", "id": self.person_id},
            "properties": {name: known.shown() for name, known in self.properties.items()},
            "icon": None,
            "cover": None,
            "url": _url(self.data_source_id),
            "public_url": None,
        }
        if _version(request) == VERSIONS[0]:
            shown["archived"] = False
        return shown

    def _page_shown(self, page: Page, request: web.Request) -> Json:
        wanted = request.query.getall("filter_properties", []) + request.query.getall("filter_properties[]", [])
        shown = [
            known
            for known in self.properties.values()
            if not wanted or {known.id, unquote(known.id), known.name} & set(wanted)
        ]
        answer: Json = {
            "object": "page",
            "id": page.id,
            "created_time": _iso(page.created),
            "last_edited_time": _iso(page.edited),
            "created_by": {"object": "user", "id": page.created_by},
            "last_edited_by": {"object": "user", "id": page.edited_by},
            "cover": None,
            "icon": None,
            "parent": {
                "type": "data_source_id",
                "data_source_id": self.data_source_id,
                "database_id": self.database_id,
            },
            "in_trash": page.in_trash,
            "is_archived": page.in_trash,
            "is_locked": page.is_locked,
            "properties": {known.name: _value_shown(known, page.values.get(known.id)) for known in shown},
            "url": _url(page.id),
            "public_url": None,
        }
        if _version(request) == VERSIONS[0]:
            answer["archived"] = page.in_trash
        return answer

    def _error(self, failure: Failure) -> web.Response:
        body = {
            "object": "error",
            "status": failure.status,
            "code": failure.code,
            "message": failure.message,
            "request_id": str(uuid.uuid4()),
        }
        return web.json_response(body, status=failure.status)

    async def _control_pages(self, request: web.Request) -> web.Response:
        """Every page, trashed ones too, as a person sees its row; `page` is what the API answers."""
        return web.json_response({"data": [self._row(page, request) for page in self.pages.values()]})

    async def _control_edit(self, request: web.Request) -> web.Response:
        """A person edits a page: `status`, `title`, `priority`, `type`, `channel`, `external_id`, `in_trash`."""
        page = self.pages.get(_dashed(request.match_info["id"]))
        if page is None:
            raise BadInput("There is no page with this id; GET /_control/notion/pages lists them.")
        body = _object(await request.read())
        changes = {name: self._typed(name, value) for name, value in body.items() if name != "in_trash"}
        if not isinstance(body.get("in_trash", False), bool):
            raise BadInput('"in_trash" has to be true or false.')
        page.values.update(changes.values())
        page.in_trash = body.get("in_trash", page.in_trash)
        page.edited, page.edited_by = _minute(self.world.now()), self.person_id
        return web.json_response(self._row(page, request))

    def _typed(self, name: str, value: object) -> tuple[str, Any]:
        """What a person types into a cell, as the value of that property."""
        known = next((one for one in self.properties.values() if _label(one.name) == _label(name)), None)
        if known is None:
            raise BadInput(f"This database has no property {name!r}.")
        if not isinstance(value, str | None):
            raise BadInput(f'"{name}" has to be text.')
        if known.type in ("title", "rich_text"):
            return known.id, [_rich(value)] if value else []
        if known.type not in ("select", "status"):
            raise BadInput(f"{known.name} cannot be typed here.")
        try:
            return known.id, self._read_option(known, known.name, {"name": value} if value else None)
        except Failure as failure:
            raise BadInput(failure.message) from None

    async def _control_schema(self, request: web.Request) -> web.Response:
        """`{"properties": {name: null | "select" | "status" | …}}` removes properties or gives them a type."""
        changes = _object(await request.read()).get("properties")
        if not isinstance(changes, dict):
            raise BadInput('"properties" has to be an object of names and types.')
        for name, kind in changes.items():
            if kind is not None and kind not in TYPES:
                raise BadInput(f"The type of a property is null or one of {', '.join(TYPES)}.")
            try:
                self._change_property(name, None if kind is None else {kind: {}})
            except Failure as failure:
                raise BadInput(failure.message) from None
        return web.json_response({"properties": {name: one.type for name, one in self.properties.items()}})

    async def _control_comments(self, _request: web.Request) -> web.Response:
        return web.json_response({"data": self.comments})

    def _row(self, page: Page, request: web.Request) -> Json:
        cells = {_label(one.name): _plain(one, page.values.get(one.id)) for one in self.properties.values()}
        return {
            "id": page.id,
            **cells,
            "in_trash": page.in_trash,
            "created_time": _iso(page.created),
            "last_edited_time": _iso(page.edited),
            "url": _url(page.id),
            "page": self._page_shown(page, request),
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
        raise _invalid("body should be an object.")
    return body


def _object(raw: bytes) -> Json:
    body = readable(raw) if raw else {}
    if not isinstance(body, dict):
        raise BadInput("The body has to be a JSON object.")
    return body


def _check_version(request: web.Request) -> None:
    version = request.headers.get("Notion-Version")
    if not version:
        said = "Notion-Version header failed validation: Notion-Version header should be defined."
        raise Failure(400, "missing_version", said)
    if version not in VERSIONS:
        known = '", "'.join(VERSIONS)
        raise _invalid(f'Notion-Version header failed validation: should be "{known}", instead was "{version}".')


def _version(request: web.Request) -> str:
    return request.headers.get("Notion-Version", VERSIONS[0])


def _known_keys(body: Json, known: tuple[str, ...]) -> None:
    for key in body:
        if key not in known:
            raise _invalid(f"body failed validation: body.{key} should be not present.")


def _position(found: list[Page], cursor: object) -> int:
    if cursor is None:
        return 0
    for position, page in enumerate(found):
        if page.id == _dashed(str(cursor)):
            return position
    raise _invalid(f"The start_cursor provided is invalid: {cursor}")


def _read_rich_text(value: object, where: str) -> list[Json]:
    """Request limits (reference): 100 objects of at most 2,000 characters."""
    if not isinstance(value, list) or len(value) > MAX_RICH_TEXT:
        raise _invalid(f"{where} should be an array of at most {MAX_RICH_TEXT} rich text objects.")
    return [_read_text(item, f"{where}[{position}]") for position, item in enumerate(value)]


def _read_text(item: object, where: str) -> Json:
    text = item.get("text") if isinstance(item, dict) else None
    content = text.get("content") if isinstance(text, dict) else None
    if not isinstance(text, dict) or not isinstance(content, str):
        raise _invalid(f"body failed validation: {where}.text.content should be defined.")
    if len(content) > MAX_CONTENT:
        raise _invalid(
            f"body failed validation: {where}.text.content.length should be ≤ `{MAX_CONTENT}`, "
            f"instead was `{len(content)}`."
        )
    link = text.get("link")
    if link is not None and not (isinstance(link, dict) and isinstance(link.get("url"), str)):
        raise _invalid(f"{where}.text.link.url should be defined.")
    rich = _rich(content)
    if link is not None:
        rich["text"]["link"], rich["href"] = {"url": link["url"]}, link["url"]
    return rich


def _rich(content: str) -> Json:
    return {
        "type": "text",
        "text": {"content": content, "link": None},
        "annotations": dict(PLAIN),
        "plain_text": content,
        "href": None,
    }


def _value_shown(known: Property, value: Any) -> Json:
    empty: Any = [] if known.type in ("title", "rich_text") else False if known.type == "checkbox" else None
    return {"id": known.id, "type": known.type, known.type: empty if value is None else value}


def _plain(known: Property, value: Any) -> str | None:
    if value is None:
        return None if known.type in ("select", "status") else ""
    if known.type in ("title", "rich_text"):
        return "".join(item["plain_text"] for item in value)
    return str(value["name"]) if known.type in ("select", "status") else str(value)


def _time_matches(page: Page, wanted: Json) -> bool:
    name = wanted["timestamp"]
    condition = wanted.get(name) if name in ("created_time", "last_edited_time") else None
    if not isinstance(condition, dict) or len(condition) != 1:
        raise _invalid("body.filter.timestamp should be `created_time` or `last_edited_time`, with one condition.")
    operator, value = next(iter(condition.items()))
    have = page.created if name == "created_time" else page.edited
    at = _read_time(value)
    results = {
        "on_or_after": have >= at,
        "after": have > at,
        "on_or_before": have <= at,
        "before": have < at,
        "equals": have == at,
    }
    if operator not in results:
        raise _invalid(f"body.filter.{name}.{operator} should be not present.")
    return results[operator]


def _read_time(value: object) -> datetime:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        raise _invalid(f"body.filter: {value} should be a valid ISO 8601 date string.") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _value_matches(known: Property, value: Any, operator: str, wanted: object) -> bool:
    have = (_plain(known, value) or "").lower()
    if operator in ("is_empty", "is_not_empty"):
        return (have == "") == (operator == "is_empty")
    if not isinstance(wanted, str):
        raise _invalid(f"body.filter.{known.type}.{operator} should be a string.")
    text = wanted.lower()
    results = {"equals": have == text, "does_not_equal": have != text}
    if known.type in ("title", "rich_text"):
        results |= {
            "contains": text in have,
            "does_not_contain": text not in have,
            "starts_with": have.startswith(text),
            "ends_with": have.endswith(text),
        }
    if operator not in results:
        raise _invalid(f"body.filter.{known.type}.{operator} should be not present.")
    return results[operator]


def _kept(page: Page) -> Json:
    times = {"created": page.created.isoformat(), "edited": page.edited.isoformat()}
    return {**row(page), **times, "values": dict(page.values)}


def _recalled(kept: Json) -> Page:
    times = {name: datetime.fromisoformat(kept[name]) for name in ("created", "edited")}
    return Page(**{**kept, **times})


def _seeded(name: str) -> Property:
    kind, key, options = SEEDED[name]
    new = Property(key, name, kind)
    for option in options:
        new.add(option)
    return new


def _invalid(message: str) -> Failure:
    return Failure(400, "validation_error", message)


def _not_found(what: str, wanted: str) -> Failure:
    said = (
        f"Could not find {what} with ID: {_dashed(wanted)}. Make sure the relevant pages and databases are shared "
        "with your integration."
    )
    return Failure(404, "object_not_found", said)


def _minute(at: datetime) -> datetime:
    """Notion's times are rounded down to the minute (changelog 2021)."""
    return at - timedelta(seconds=at.second, microseconds=at.microsecond)


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _label(name: str) -> str:
    return name.strip().lower().replace(" ", "_")


def _dashed(value: str) -> str:
    try:
        return str(uuid.UUID(value))
    except ValueError:
        return value


def _id(name: str) -> uuid.UUID:
    return uuid.uuid5(uuid.UUID(PLAYED_DATABASE), name)


def _url(value: str) -> str:
    return f"https://www.notion.so/{value.replace('-', '')}"
