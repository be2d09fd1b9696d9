"""A pie, with a list beside it that says what each slice is."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from sandbox.pages.svg import element, label, number, width
from sandbox.pages.ticks import finite, written

MIDDLE = (112.0, 130.0)
RADIUS = 102.0
GAP = 1.2  # half of what is left free between two slices
LINE = 20.0
LETTERING = 15.0
SWATCH, NAMES, VALUES, SHARES = 232.0, 249.0, 424.0, 474.0
WIDEST_VALUE = 96.0


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the whole; `value` is as it was sent, above zero."""

    name: str
    value: float


def draw(slices: Sequence[Slice]) -> Iterator[Markup]:
    shares = shares_of(slices)
    start = 0.0
    for index, (one, share) in enumerate(zip(slices, shares, strict=True)):
        words = element("title", f"{one.name}: {written(one.value)} ({percent(share)})")
        yield _slice(words, index, start, start + share)
        start += share
    top = MIDDLE[1] - LINE * len(slices) / 2
    widest = min(WIDEST_VALUE, max(width(written(one.value), LETTERING) for one in slices))
    for index, (one, share) in enumerate(zip(slices, shares, strict=True)):
        yield from _line(index, one, percent(share), top + LINE * (index + 0.5), widest)


def shares_of(slices: Sequence[Slice]) -> list[float]:
    values = [max(0.0, finite(one.value)) for one in slices]
    whole = math.fsum(values)
    return [value / whole if whole else 1 / len(values) for value in values]


def percent(share: float) -> str:
    return "<1%" if share < 0.01 else ">99%" if 0.99 < share < 1 else f"{share:.0%}"


def _slice(words: Markup, index: int, start: float, end: float) -> Markup:
    shape = f"chart-series-{index}"
    if end - start > 1 - 1e-9:
        return element("circle", words, class_=shape, cx=MIDDLE[0], cy=MIDDLE[1], r=RADIUS)
    half = math.pi * (end - start)
    room = GAP / max(math.sin(half), 1e-9)
    free = room < RADIUS / 2
    tip = _place((start + end) / 2, min(room, RADIUS / 6) if free or half > 1 else 0.0)
    inset = math.asin(GAP / RADIUS) / math.tau if free or half > 1 else 0.0
    first, last = _place(start + inset, RADIUS), _place(end - inset, RADIUS)
    arc = f"A{number(RADIUS)} {number(RADIUS)} 0 {int(half > math.pi / 2)} 1 {_pair(last)}"
    return element("path", words, class_=shape, d=f"M{_pair(tip)}L{_pair(first)}{arc}Z")


def _place(turn: float, away: float) -> tuple[float, float]:
    """A point `away` from the middle, `turn` of the way round from the top."""
    return MIDDLE[0] + away * math.sin(math.tau * turn), MIDDLE[1] - away * math.cos(math.tau * turn)


def _pair(point: tuple[float, float]) -> str:
    return f"{number(point[0])} {number(point[1])}"


def _line(index: int, one: Slice, share: str, y: float, widest: float) -> Iterator[Markup]:
    room = VALUES - NAMES - widest - 10
    yield element("rect", class_=f"chart-series-{index}", x=SWATCH, y=y - 5.5, width=11.0, height=11.0, rx=3.0)
    yield label(one.name, NAMES, y + 5, size=LETTERING, room=room)
    yield label(written(one.value), VALUES, y + 5, size=LETTERING, room=widest, text_anchor="end")
    yield label(share, SHARES, y + 5, size=LETTERING, text_anchor="end")
