"""A ticket as a Notion page and back. Pure: no network."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hub.channel import Json
from platforms.payload import child, children, words

PRIORITIES = ("Critical", "High", "Medium", "Normal", "Low", "Minimal")
TYPES = ("Bug", "Feature request", "Question", "Incident")
CHANNELS = ("Slack", "Intercom", "WhatsApp", "E-mail", "In-app")
STATUSES = ("Open", "In Progress", "Done")

TITLE, PRIORITY, TYPE, STATUS, CHANNEL, EXTERNAL_ID = "Title", "Priority", "Type", "Status", "Channel", "External ID"

_KINDS: Mapping[str, tuple[str, ...]] = {
    PRIORITY: ("select",),
    TYPE: ("select",),
    STATUS: ("status", "select"),
    CHANNEL: ("select",),
    EXTERNAL_ID: ("rich_text",),
}
_OPTIONS = {PRIORITY: PRIORITIES, TYPE: TYPES, STATUS: STATUSES, CHANNEL: CHANNELS}
_KIND_WORDS = {"rich_text": "text", "status": "status or select"}
_CHANNEL_NAMES = {"whatsapp": "WhatsApp", "email": "E-mail", "in_app": "In-app"}

TEXT_LIMIT = 2_000
"""Notion's "Request limits": characters of one text.content, counted as JavaScript counts them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPage:
    """What a page says of a ticket: `priority` 0 Critical … 5 Minimal; `status` is written only on creation."""

    external_id: str
    title: str
    priority: int | None
    ticket_type: str | None
    channel: str
    status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageState:
    """What Notion says of a page; `last_edited_at` is rounded down to the minute by Notion."""

    page_id: str
    external_id: str | None
    status: str | None
    last_edited_at: datetime
    in_trash: bool
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The columns of the data source that holds our tickets."""

    data_source_id: str
    title: str
    """What the title column is called: there is always exactly one, under any name."""
    status_kind: str
    """`status` or `select`."""
    statuses: tuple[str, ...]
    missing: tuple[str, ...] = ()
    mistyped: tuple[str, ...] = ()

    @property
    def fault(self) -> str | None:
        """What is wrong, in one sentence with the next step; None when pages can be written."""
        if self.mistyped:
            names = ", ".join(_asked(name) for name in self.mistyped)
            return f"The Notion database has columns of the wrong kind, it needs {names}: change or rename them."
        if self.missing:
            names = ", ".join(_asked(name) for name in self.missing)
            return f"The Notion database lacks {names}: run `python -m jobs notion-setup` to add what is missing."
        return None


def schema_of(data_source: Json) -> Schema:
    """Read a data source as GET /v1/data_sources/{id} answers it."""
    columns = {name: column for name, column in child(data_source, "properties").items() if isinstance(column, dict)}
    types = {name: str(column.get("type")) for name, column in columns.items()}
    status = columns.get(STATUS, {})
    status_kind = "status" if types.get(STATUS) == "status" else "select"
    return Schema(
        data_source_id=str(data_source.get("id", "")),
        title=next((name for name, kind in types.items() if kind == "title"), TITLE),
        status_kind=status_kind,
        statuses=tuple(str(option.get("name")) for option in _options(status, status_kind)),
        missing=tuple(name for name in _KINDS if name not in types),
        mistyped=tuple(name for name, kinds in _KINDS.items() if name in types and types[name] not in kinds),
    )


def missing_columns(schema: Schema) -> Json:
    """The `properties` of an update that adds what is missing."""
    return {name: _column(name) for name in schema.missing}


def written(page: TicketPage, schema: Schema, *, creating: bool) -> Json:
    """The `properties` of a create or update; Notion owns the status after the page was made.

    A column of the kind `status` takes only names it has (an unknown one is refused), so that an unknown name
    is left out and Notion's own first status stands; a select makes the option.
    """
    values: Json = {
        schema.title: {"title": text(page.title)},
        EXTERNAL_ID: {"rich_text": text(page.external_id)},
        PRIORITY: _select(None if page.priority is None else PRIORITIES[page.priority]),
        TYPE: _select(page.ticket_type and page.ticket_type.replace("_", " ").capitalize()),
        CHANNEL: _select(_CHANNEL_NAMES.get(page.channel, page.channel.capitalize())),
    }
    if creating and page.status and (schema.status_kind == "select" or page.status in schema.statuses):
        values[STATUS] = {schema.status_kind: {"name": page.status}}
    return values


def with_external_id(external_id: str) -> Json:
    """The filter of the query that finds a ticket's page."""
    return {"property": EXTERNAL_ID, "rich_text": {"equals": external_id}}


def page_state(page: Any) -> PageState | None:
    """A page as Notion answers it; None for a partial page or another object among query results."""
    if not isinstance(page, dict) or page.get("object") != "page" or not isinstance(page.get("id"), str):
        return None
    edited, values = _moment(page.get("last_edited_time")), page.get("properties")
    if edited is None or not isinstance(values, dict):
        return None
    return PageState(
        page_id=page["id"],
        external_id=_plain(child(values, EXTERNAL_ID)),
        status=_chosen(child(values, STATUS)),
        last_edited_at=edited,
        in_trash=bool(page.get("in_trash") or page.get("archived")),
        url=page.get("url"),
    )


def _moment(written: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(written).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def text(written: str) -> list[Json]:
    """Rich text without links or mentions, in parts that Notion takes (at most 100 of them)."""
    return [{"type": "text", "text": {"content": part}} for part in _parts(written)][:100]


def _parts(written: str) -> Iterator[str]:
    part, length = "", 0
    for character in written:
        width = 2 if ord(character) > 0xFFFF else 1
        if length + width > TEXT_LIMIT:
            yield part
            part, length = "", 0
        part, length = part + character, length + width
    if part:
        yield part


def _select(name: str | None) -> Json:
    return {"select": {"name": name} if name else None}


def _column(name: str) -> Json:
    if name == EXTERNAL_ID:
        return {"rich_text": {}}
    return {"select": {"options": [{"name": option} for option in _OPTIONS[name]]}}


def _asked(name: str) -> str:
    kind = _KINDS[name][0]
    return f"{name} ({_KIND_WORDS.get(kind, kind)})"


def _options(column: Json, kind: str) -> list[Json]:
    return children(child(column, kind), "options")


def _plain(value: Json) -> str | None:
    return "".join(words(part, "plain_text") for part in children(value, "rich_text")) or None


def _chosen(value: Json) -> str | None:
    option = value.get("status") or value.get("select")
    return option.get("name") if isinstance(option, dict) else None
