"""Texts to scrub as JSON lines: `{"id", "text", "known": {"name", "email", "phone", "company"}?}`, one a line."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bench.lines import BadLine, id_of, read_as, shown
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
    return read_as(_line, lines, kind="text", example='{"id": 1, "text": "…"}')


def _line(number: int, given: dict[str, Any]) -> Line:
    return Line(id_of(number, given), _text(number, given), _known(number, given.get("known")))


def _text(number: int, given: dict[str, Any]) -> str:
    if not isinstance(given.get("text"), str):
        raise BadLine(f'Line {number}: "text" should be text, and is {shown(given, "text")}.')
    return str(given["text"])


def _known(number: int, given: object) -> Known | None:
    if given is None:
        return None
    if not isinstance(given, dict) or set(given) - set(KNOWN):
        raise BadLine(
            f'Line {number}: "known" should have some of {", ".join(KNOWN)}, and is {shown({"": given}, "")}.'
        )
    for name, value in given.items():
        if value is not None and not isinstance(value, str):
            raise BadLine(f'Line {number}: "{name}" in "known" should be text, and is {shown(given, name)}.')
    return Known(**given)
