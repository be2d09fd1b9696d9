"""The one database with its one data source: its properties, its pages and their comments."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from sandbox.notion import ids
from sandbox.notion.refusal import invalid, not_found
from sandbox.world import Json, row

COLORS = ("gray", "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "default")
STATUS_GROUPS = (("Open", "To-do", "gray"), ("In Progress", "In progress", "blue"), ("Done", "Complete", "green"))
STATUS_COLORS = {name: color for name, _, color in STATUS_GROUPS}
SEEDED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "Title": ("title", "title", ()),
    "Priority": ("select", "qP%3Br", ("Critical", "High", "Medium", "Normal", "Low", "Minimal")),
    "Type": ("select", "tY~p", ("Bug", "Feature request", "Question", "Incident")),
    "Status": ("status", "sT%40s", tuple(name for name, _, _ in STATUS_GROUPS)),
    "Channel": ("select", "cH%5Cn", ("Slack", "Intercom", "WhatsApp")),
    "External ID": ("rich_text", "xI_d", ()),
}
TYPES = ("title", "rich_text", "select", "status", "number", "checkbox", "url", "date")


@dataclass(slots=True)
class Property:
    id: str
    name: str
    type: str
    options: list[Json] = field(default_factory=list)

    def option(self, name: str) -> Json | None:
        return next((option for option in self.options if option["name"].lower() == name.lower()), None)

    def add(self, name: str) -> Json:
        usual = COLORS[len(self.options) % len(COLORS)]
        color = STATUS_COLORS.get(name, usual) if self.type == "status" else usual
        option: Json = {"id": ids.made(f"option:{self.id}:{name}"), "name": name, "color": color}
        self.options.append(option)
        return option

    def copy(self) -> "Property":
        return replace(self, options=list(self.options))


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

    def copy(self) -> "Page":
        return replace(self, values=dict(self.values))


class Database:
    """What the workspace holds; `database_id` is the one the hub is set to, if it is set to one."""

    def __init__(self, database_id: str, now: datetime) -> None:
        self.id = ids.dashed(database_id or ids.PLAYED_DATABASE)
        self.data_source_id = ids.made(f"data source of {self.id}")
        self.made = minute(now)
        self.properties = {name: _seeded(name) for name in SEEDED}
        self.pages: dict[str, Page] = {}
        self.comments: list[Json] = []

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

    def find_page(self, page_id: str) -> Page | None:
        return self.pages.get(ids.dashed(page_id))

    def get_page(self, page_id: str) -> Page:
        page = self.find_page(page_id)
        if page is None:
            raise not_found("page", page_id)
        return page

    def comments_on(self, page: Page) -> list[Json]:
        return [one for one in self.comments if one["parent"]["page_id"] == page.id]

    def find_property(self, key: object) -> Property | None:
        """A property by its name, or by its id as given or percent-decoded."""
        if key in self.properties:
            return self.properties[str(key)]
        return next((one for one in self.properties.values() if key in (one.id, unquote(one.id))), None)

    def change_property(self, key: str, change: object) -> None:
        """Update a data source (reference): null removes a property, `name` renames it, a type adds or retypes it."""
        known = self.find_property(key)
        if change is None and known is not None:
            if known.type == "title":
                raise invalid("Cannot delete title property.")
            del self.properties[known.name]
            return
        if not isinstance(change, dict):
            raise invalid(f"body.properties.{key} should be an object.")
        if isinstance(change.get("name"), str) and known is not None:
            del self.properties[known.name]
            known.name = change["name"]
            self.properties[known.name] = known
        kind = next((name for name in TYPES if name in change), None)
        if kind is not None:
            self._put_property(key, kind, change[kind], known)
        elif known is None:
            raise invalid(f"body.properties.{key} should have a type.")

    def _put_property(self, key: str, kind: str, config: object, known: Property | None) -> None:
        if kind == "title" and (known is None or known.type != "title"):
            raise invalid("Cannot create new title property.")
        if known is None or known.type != kind:
            new = Property(known.id if known else f"n{len(self.properties)}%3Aw", known.name if known else key, kind)
            _add_options(new, [name for name, _, _ in STATUS_GROUPS] if kind == "status" else [])
            self.properties[new.name] = known = new
        options = config.get("options") if isinstance(config, dict) else None
        for option in options or []:
            if not isinstance(option, dict) or not isinstance(option.get("name"), str):
                raise invalid(f"body.properties.{key}.{kind}.options should be an array of options.")
            if known.option(option["name"]) is None:
                known.add(option["name"])


def minute(at: datetime) -> datetime:
    """Notion's times are rounded down to the minute (changelog 2021)."""
    return at - timedelta(seconds=at.second, microseconds=at.microsecond)


def iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _seeded(name: str) -> Property:
    kind, key, options = SEEDED[name]
    new = Property(key, name, kind)
    _add_options(new, options)
    return new


def _add_options(new: Property, names: Iterable[str]) -> None:
    for name in names:
        new.add(name)


def _kept(page: Page) -> Json:
    times = {"created": page.created.isoformat(), "edited": page.edited.isoformat()}
    return {**row(page), **times, "values": dict(page.values)}


def _recalled(kept: Json) -> Page:
    times = {name: datetime.fromisoformat(kept[name]) for name in ("created", "edited")}
    return Page(**{**kept, **times})
