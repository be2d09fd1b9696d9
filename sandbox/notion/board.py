"""The database as a board: a column for every status, in it a card for every page."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sandbox.notion import ids, values
from sandbox.notion.database import Database, Page


@dataclass(frozen=True, slots=True)
class Card:
    """A page; what its property does not say, or is no longer there to say, is None."""

    id: str
    title: str
    priority: str | None
    type: str | None
    channel: str | None
    status: str | None
    url: str
    external_id: str | None
    comments: list[str]
    edited: datetime


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    color: str
    cards: list[Card]


def draw(database: Database) -> list[Column]:
    """Columns in the order of the options, cards newest edited first; without a status to go by one column."""
    cards = _cards(database)
    status = database.properties.get("Status")
    if status is None or status.type != "status":
        return [Column("Pages", "default", cards)]
    columns = [
        Column(option["name"], option["color"], [card for card in cards if card.status == option["name"]])
        for option in status.options
    ]
    known = {column.name for column in columns}
    rest = [card for card in cards if card.status not in known]
    return [*columns, Column("No status", "default", rest)] if rest else columns


def _cards(database: Database) -> list[Card]:
    pages = [page for page in reversed(database.pages.values()) if not page.in_trash]
    comments = _comments(database)
    return [
        _card(database, page, comments.get(page.id, []))
        for page in sorted(pages, key=lambda page: page.edited, reverse=True)
    ]


def _comments(database: Database) -> Mapping[str, list[str]]:
    """What was said, by the id of its page."""
    said: dict[str, list[str]] = defaultdict(list)
    for comment in database.comments:
        said[comment["parent"]["page_id"]].append(values.plain_text(comment["rich_text"]))
    return said


def _card(database: Database, page: Page, comments: list[str]) -> Card:
    cells = {known.name: values.plain(known, page.values.get(known.id)) for known in database.properties.values()}
    title = next(name for name, known in database.properties.items() if known.type == "title")
    return Card(
        id=page.id,
        title=cells[title] or "",
        priority=cells.get("Priority") or None,
        type=cells.get("Type") or None,
        channel=cells.get("Channel") or None,
        status=cells.get("Status") or None,
        url=ids.url(page.id),
        external_id=cells.get("External ID") or None,
        comments=comments,
        edited=page.edited,
    )
