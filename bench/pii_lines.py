"""Texts to scrub as JSON lines: `{"id", "text", "known": {"name", "email", "phone", "company"}?}`, one a line."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bench.lines import BadLine
from hub.pii import Known

KNOWN = ("name", "email", "phone", "company")


@dataclass(frozen=True, slots=True)
class Line:
    """`id` is written back as it was given; offsets count the characters of `text` as it was given."""

    id: str | int
    text: str
    known: Known | None = None


def read(lines: Iterable[str]) -> list[Line]:
    """All of them, or BadLine. Empty lines are passed over."""
    found = list(_read(lines))
    if not found:
        raise BadLine('There is nothing to read: give one text a line, as {"id": 1, "text": "…"}.')
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
        raise BadLine(f'Line {number} is no object; it should look like {{"id": 1, "text": "…"}}.')
    return Line(_id(number, given), _text(number, given), _known(number, given.get("known")))


def _id(number: int, given: dict[str, Any]) -> str | int:
    value = given.get("id")
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise BadLine(f'Line {number}: "id" should be a word or a whole number, and is {_shown(given, "id")}.')
    return value


def _text(number: int, given: dict[str, Any]) -> str:
    if not isinstance(given.get("text"), str):
        raise BadLine(f'Line {number}: "text" should be text, and is {_shown(given, "text")}.')
    return str(given["text"])


def _known(number: int, given: object) -> Known | None:
    if given is None:
        return None
    if not isinstance(given, dict) or set(given) - set(KNOWN):
        raise BadLine(
            f'Line {number}: "known" should have some of {", ".join(KNOWN)}, and is {_shown({"": given}, "")}.'
        )
    for name, value in given.items():
        if value is not None and not isinstance(value, str):
            raise BadLine(f'Line {number}: "{name}" in "known" should be text, and is {_shown(given, name)}.')
    return Known(**given)


def _shown(given: dict[str, Any], name: str) -> str:
    return json.dumps(given[name])[:40] if name in given else "missing"
