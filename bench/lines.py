"""Reports as JSON lines: `{"id", "title", "text", …}`, one a line."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from storage.text import storable


class BadLine(Exception):
    """A line that cannot be read; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Line:
    """`id` is written back as it was given; `query` asks for what is similar; `problem` is what people say it is."""

    id: str | int
    title: str | None
    text: str
    query: bool = False
    problem: str | None = None


def read(lines: Iterable[str]) -> list[Line]:
    """All of them, or BadLine. Empty lines are passed over."""
    found = list(_read(lines))
    if not found:
        raise BadLine('There is nothing to read: give one report a line, as {"id": 1, "title": "…", "text": "…"}.')
    return found


def _read(lines: Iterable[str]) -> Iterator[Line]:
    seen: dict[str | int, int] = {}
    for number, words in enumerate(lines, 1):
        if not words.strip():
            continue
        line = _line(number, words)
        if line.id in seen:
            raise BadLine(f"Line {number}: the id {line.id!r} is that of line {seen[line.id]} already.")
        seen[line.id] = number
        yield line


def _line(number: int, words: str) -> Line:
    try:
        given = json.loads(words)
    except (ValueError, RecursionError) as error:
        raise BadLine(f"Line {number} is not JSON: {error}.") from None
    if not isinstance(given, dict):
        raise BadLine(f'Line {number} is no object; it should look like {{"id": 1, "title": "…", "text": "…"}}.')
    return Line(
        id=_id(number, given),
        title=_words(number, given, "title"),
        text=_words(number, given, "text") or "",
        query=_flag(number, given),
        problem=_words(number, given, "problem"),
    )


def _id(number: int, given: dict[str, Any]) -> str | int:
    value = given.get("id")
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise BadLine(f'Line {number}: "id" should be a word or a whole number, and is {_shown(given, "id")}.')
    return value


def _words(number: int, given: dict[str, Any], name: str) -> str | None:
    value = given.get(name)
    if value is not None and not isinstance(value, str):
        raise BadLine(f'Line {number}: "{name}" should be text, and is {_shown(given, name)}.')
    return None if value is None else str(storable(value))


def _flag(number: int, given: dict[str, Any]) -> bool:
    value = given.get("query", False)
    if not isinstance(value, bool):
        raise BadLine(f'Line {number}: "query" should be true or false, and is {_shown(given, "query")}.')
    return value


def _shown(given: dict[str, Any], name: str) -> str:
    return json.dumps(given[name])[:40] if name in given else "missing"
