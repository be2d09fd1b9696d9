"""Reports as JSON lines: `{"id", "title", "text", …}`, one a line."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

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
    return read_as(_line, lines, kind="report", example='{"id": 1, "title": "…", "text": "…"}')


class Named(Protocol):
    @property
    def id(self) -> str | int: ...


Row = TypeVar("Row", bound=Named)


def read_as(
    make: Callable[[int, dict[str, Any]], Row], lines: Iterable[str], *, kind: str, example: str
) -> list[Row]:
    """What `make` makes of each line's number and object, or BadLine; no id may come twice."""
    found: list[Row] = []
    seen: dict[str | int, int] = {}
    for number, words in enumerate(lines, 1):
        if not words.strip():
            continue
        row = make(number, _object(number, words, example))
        if row.id in seen:
            raise BadLine(f"Line {number}: the id {row.id!r} is that of line {seen[row.id]} already.")
        seen[row.id] = number
        found.append(row)
    if not found:
        raise BadLine(f"There is nothing to read: give one {kind} a line, as {example}.")
    return found


def _object(number: int, words: str, example: str) -> dict[str, Any]:
    try:
        given = json.loads(words)
    except (ValueError, RecursionError) as error:
        raise BadLine(f"Line {number} is not JSON: {error}.") from None
    if not isinstance(given, dict):
        raise BadLine(f"Line {number} is no object; it should look like {example}.")
    return given


def _line(number: int, given: dict[str, Any]) -> Line:
    return Line(
        id=id_of(number, given),
        title=_words(number, given, "title"),
        text=_words(number, given, "text") or "",
        query=_flag(number, given),
        problem=_words(number, given, "problem"),
    )


def id_of(number: int, given: dict[str, Any]) -> str | int:
    value = given.get("id")
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise BadLine(f'Line {number}: "id" should be a word or a whole number, and is {shown(given, "id")}.')
    return value


def _words(number: int, given: dict[str, Any], name: str) -> str | None:
    value = given.get(name)
    if value is not None and not isinstance(value, str):
        raise BadLine(f'Line {number}: "{name}" should be text, and is {shown(given, name)}.')
    return None if value is None else str(storable(value))


def _flag(number: int, given: dict[str, Any]) -> bool:
    value = given.get("query", False)
    if not isinstance(value, bool):
        raise BadLine(f'Line {number}: "query" should be true or false, and is {shown(given, "query")}.')
    return value


def shown(given: dict[str, Any], name: str) -> str:
    return json.dumps(given[name])[:40] if name in given else "missing"
