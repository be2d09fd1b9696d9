"""Finds what identifies people in texts and puts placeholders there.

`hub/pii.py` has it done in a process of its own, which imports little more than this.
"""

import json
import signal
import sys
import threading
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO

from hub.detectors import Found, apart, find
from hub.redaction import PLACEHOLDER, Kind, Known, Redaction, ScrubbingFailed, refuse_endless

ROUNDS = 8
"""Hiding one thing may bring out another (`password: a b`); more rounds than this is an attack."""
MOST_HIDDEN = 5_000
"""Places one text may have to hide; more of them is a data base, and no report."""


def hide_all(texts: Sequence[str], known: Known | None) -> list[tuple[str, tuple[Redaction, ...]]]:
    """Each text with placeholders, and what was hidden in it. ScrubbingFailed."""
    refuse_endless(texts)
    numbers = _Numbers()
    for text in texts:
        numbers.skip(text)
    return [_hide(text, known, numbers) for text in texts]


def serve(requests: IO[str], answers: IO[str]) -> None:
    """The child's loop: one request a line, one answer a line, until the parent is gone."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    print("ready", file=answers, flush=True)
    for line in requests:
        print(_answer(line), file=answers, flush=True)


def _answer(line: str) -> str:
    try:
        request = json.loads(line)
        known = _known_of(request["known"])
        return json.dumps([[text, list(_rows(rs))] for text, rs in hide_all(request["texts"], known)])
    except Exception as error:
        return json.dumps(type(error).__name__)


def _rows(redactions: Iterable[Redaction]) -> Iterator[tuple[str, int, int, str]]:
    return ((r.kind.value, r.start, r.end, r.placeholder) for r in redactions)


def _known_of(row: dict[str, object] | None) -> Known | None:
    if row is None:
        return None
    return Known(**{name: tuple(value) if isinstance(value, list) else value for name, value in row.items()})  # type: ignore[arg-type]


@dataclass(slots=True)
class _Numbers:
    """Numbers values by kind in order of appearance, after those that are in the texts already."""

    given: dict[tuple[Kind, str], int] = field(default_factory=dict)
    last: Counter[str] = field(default_factory=Counter)

    def skip(self, text: str) -> None:
        for kind, number in PLACEHOLDER.findall(text):
            self.last[kind] = max(self.last[kind], int(number))

    def placeholder(self, found: Found) -> str:
        value = (found.kind, found.key)
        if value not in self.given:
            self.last[found.kind] += 1
            self.given[value] = self.last[found.kind]
        return f"[{found.kind}_{self.given[value]}]"


def _hide(text: str, known: Known | None, numbers: _Numbers) -> tuple[str, tuple[Redaction, ...]]:
    hidden: list[Found] = []
    for _ in range(ROUNDS):
        draft = _Draft.of(text, hidden, numbers)
        more = find(draft.text, known)
        if not more:
            return draft.text, draft.redactions
        hidden = apart([*hidden, *(draft.in_original(found) for found in more)])
        if len(hidden) > MOST_HIDDEN:
            break
    raise ScrubbingFailed("This text could not be made safe to send, so nothing was sent.")


@dataclass(slots=True)
class _Draft:
    """The text as it stands after hiding, and where its untouched pieces come from."""

    text: str
    redactions: tuple[Redaction, ...]
    pieces: list[tuple[int, int]]

    @classmethod
    def of(cls, text: str, hidden: list[Found], numbers: _Numbers) -> "_Draft":
        parts: list[str] = []
        redactions: list[Redaction] = []
        pieces = [(0, 0)]
        length = position = 0
        for found in hidden:
            placeholder = numbers.placeholder(found)
            parts += (text[position : found.start], placeholder)
            length += found.start - position + len(placeholder)
            redactions.append(Redaction(found.kind, found.start, found.end, placeholder))
            position = found.end
            pieces.append((length, position))
        return cls("".join([*parts, text[position:]]), tuple(redactions), pieces)

    def in_original(self, found: Found) -> Found:
        here, there = self.pieces[bisect_right(self.pieces, (found.start, sys.maxsize)) - 1]
        return found._replace(start=found.start - here + there, end=found.end - here + there)
