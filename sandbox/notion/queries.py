"""Queries of a data source: filters, sorts and pages of results."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.notion import ids, values
from sandbox.notion.database import Database, Page, Property
from sandbox.notion.refusal import invalid
from sandbox.world import Json

MAX_PAGE_SIZE = 100
RESULT_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Found:
    """One page of the results; `is_cut` when there are more than a query may see."""

    pages: list[Page]
    next_cursor: str | None
    is_cut: bool


def run(database: Database, body: Json) -> Found:
    size = body.get("page_size", MAX_PAGE_SIZE)
    if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= MAX_PAGE_SIZE:
        raise invalid(f"body.page_size should be at least 1 and at most {MAX_PAGE_SIZE}.")
    trashed = body.get("in_trash", False) is True
    found = [page for page in database.pages.values() if page.in_trash == trashed]
    if body.get("filter") is not None:
        found = [page for page in found if _matches(database, page, body["filter"], 0)]
    found = _sorted(database, found, body.get("sorts") or [])
    start = _position(found, body.get("start_cursor"))
    limit = min(len(found), RESULT_LIMIT)
    end = min(start + size, limit)
    return Found(found[start:end], found[end].id if end < limit else None, len(found) > RESULT_LIMIT)


def _matches(database: Database, page: Page, wanted: object, depth: int) -> bool:
    """Filters (reference): `and` and `or` two levels deep, timestamps, and properties by name or id."""
    if not isinstance(wanted, dict):
        raise invalid("body.filter should be an object.")
    for group in ("and", "or"):
        if group in wanted:
            parts = wanted[group]
            if not isinstance(parts, list) or depth >= 2:
                raise invalid(f"body.filter.{group} should be an array, nested at most two levels deep.")
            results = [_matches(database, page, part, depth + 1) for part in parts]
            return all(results) if group == "and" else any(results)
    if "timestamp" in wanted:
        return _time_matches(page, wanted)
    known = database.find_property(wanted.get("property"))
    if known is None:
        raise invalid(f"Could not find property with name or id: {wanted.get('property')}")
    condition = wanted.get(known.type)
    if not isinstance(condition, dict) or len(condition) != 1:
        raise invalid(f"database property {known.type} does not match filter")
    return _value_matches(known, page.values.get(known.id), *next(iter(condition.items())))


def _time_matches(page: Page, wanted: Json) -> bool:
    name = wanted["timestamp"]
    condition = wanted.get(name) if name in ("created_time", "last_edited_time") else None
    if not isinstance(condition, dict) or len(condition) != 1:
        raise invalid("body.filter.timestamp should be `created_time` or `last_edited_time`, with one condition.")
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
        raise invalid(f"body.filter.{name}.{operator} should be not present.")
    return results[operator]


def _read_time(value: object) -> datetime:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        raise invalid(f"body.filter: {value} should be a valid ISO 8601 date string.") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _value_matches(known: Property, value: Any, operator: str, wanted: object) -> bool:
    have = (values.plain(known, value) or "").lower()
    if operator in ("is_empty", "is_not_empty"):
        return (have == "") == (operator == "is_empty")
    if not isinstance(wanted, str):
        raise invalid(f"body.filter.{known.type}.{operator} should be a string.")
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
        raise invalid(f"body.filter.{known.type}.{operator} should be not present.")
    return results[operator]


def _sorted(database: Database, pages: list[Page], sorts: object) -> list[Page]:
    """Newest first unless sorted; the last of several sorts weighs least."""
    if not isinstance(sorts, list):
        raise invalid("body.sorts should be an array.")
    ordered = sorted(pages, key=lambda page: page.created, reverse=True) if not sorts else list(pages)
    for sort in reversed(sorts):
        direction = sort.get("direction") if isinstance(sort, dict) else None
        if direction not in ("ascending", "descending"):
            raise invalid("body.sorts.direction should be `ascending` or `descending`.")
        ordered.sort(key=_sort_key(database, sort), reverse=direction == "descending")
    return ordered


def _sort_key(database: Database, sort: Json) -> Callable[[Page], Any]:
    if sort.get("timestamp") == "last_edited_time":
        return lambda page: page.edited
    if sort.get("timestamp") == "created_time":
        return lambda page: page.created
    known = database.find_property(sort.get("property"))
    if known is None:
        raise invalid(f"Could not find sort property with name or id: {sort.get('property')}")
    return lambda page: values.plain(known, page.values.get(known.id)) or ""


def _position(found: list[Page], cursor: object) -> int:
    if cursor is None:
        return 0
    for position, page in enumerate(found):
        if page.id == ids.dashed(str(cursor)):
            return position
    raise invalid(f"The start_cursor provided is invalid: {cursor}")
