"""Two axes with the room between them: round numbers on the left, categories below."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from markupsafe import Markup

from sandbox.pages.svg import cut, element, folded, label, number, width
from sandbox.pages.ticks import Scale

WIDTH = 480.0
EDGE = 10.0
SMALL, LINE = 13.0, 16.0
BOLD = 600.0
BETWEEN = 8.0  # at least so much is free between two names
INSET = 14.0  # of the first and the last point of a line
NAMED = 3  # along a line it is enough to name every third category
SLANT = math.sqrt(0.5)  # how far words at 45 degrees reach, to the side as well as down
LONGEST = 82.0
SLANTED_FROM = 46.0


@dataclass(frozen=True)
class Axes:
    """`foot` is how far down they may reach; for `bars` each category has a slot, for lines a point."""

    scale: Scale
    categories: Sequence[str]
    bars: bool
    x_label: str
    y_label: str
    foot: float

    right = WIDTH - EDGE

    @property
    def left(self) -> float:
        return max(self._beside_numbers, SLANTED_FROM) if self.are_slanted else self._beside_numbers

    @property
    def top(self) -> float:
        return 32.0 if self.y_label else 12.0

    @cached_property
    def bottom(self) -> float:
        if self.are_slanted:
            names = SLANT * max(width(line, SMALL) for (line,) in self.names) + 20
        else:
            names = 9 + LINE * max(map(len, self.names))
        return self.foot - names - (19 if self.x_label else 0)

    @property
    def slot(self) -> float:
        return (self.right - self.left) / len(self.categories)

    @cached_property
    def centres(self) -> list[float]:
        return self._places(self.left, INSET if self.are_slanted else self._level_inset)

    def y(self, value: float) -> float:
        return self.bottom - self.scale.share(value) * (self.bottom - self.top)

    @property
    def are_slanted(self) -> bool:
        return not any(self._level_names)

    @cached_property
    def names(self) -> list[tuple[str, ...]]:
        """The lines of each category's name; long names are cut where they are slanted."""
        if not self.are_slanted:
            return self._level_names
        rooms = (min(LONGEST, (x - 4) / SLANT) for x in self.centres)
        return [(cut(name, room, SMALL),) for name, room in zip(self.categories, rooms, strict=True)]

    def draw(self) -> Iterator[Markup]:
        for tick, words in zip(self.scale.ticks, self.scale.words(), strict=True):
            y = self.y(tick)
            kind = "chart-grid" if tick else "chart-axis"
            yield element("line", class_=kind, x1=self.left, x2=self.right, y1=y, y2=y, stroke_width=1.0)
            yield label(words, self.left - 8, y + 5, text_anchor="end")
        for x, lines, whole in zip(self.centres, self.names, self.categories, strict=True):
            yield from [self._slanted(x, lines[0], whole)] if self.are_slanted else self._level(x, lines)
        if self.x_label:
            middle = (self.left + self.right) / 2
            yield label(
                self.x_label, middle, self.foot - 5, room=2 * (WIDTH - middle), text_anchor="middle", font_weight=BOLD
            )
        if self.y_label:
            yield label(self.y_label, EDGE, 15, room=WIDTH - 2 * EDGE, font_weight=BOLD)

    def _level(self, x: float, lines: Sequence[str]) -> Iterator[Markup]:
        for below, line in enumerate(lines):
            yield label(line, x, self.bottom + 19 + LINE * below, text_anchor="middle")

    def _slanted(self, x: float, name: str, whole: str) -> Markup:
        x, y = x + 4, self.bottom + 13
        turn = f"rotate(-45 {number(x)} {number(y)})"
        return label(whole, x, y, size=SMALL, room=width(name, SMALL), text_anchor="end", transform=turn)

    @cached_property
    def _beside_numbers(self) -> float:
        return max(width(words) for words in self.scale.words()) + 14

    @cached_property
    def _widest(self) -> float:
        return max(map(width, self.categories))

    @cached_property
    def _level_names(self) -> list[tuple[str, ...]]:
        """Names side by side: folded or, along a line, some left out; none at all where that does not help."""
        first, *others = self._places(self._beside_numbers, self._level_inset)
        apart = others[0] - first if others else WIDTH
        lines = [folded(name, apart - BETWEEN) for name in self.categories]
        if all(lines):
            return lines
        every = math.ceil((self._widest + BETWEEN) / apart)
        return [
            (name,) if not self.bars and every <= NAMED and index % every == 0 else ()
            for index, name in enumerate(self.categories)
        ]

    @property
    def _level_inset(self) -> float:
        return max(INSET, self._widest / 2 - BETWEEN)

    def _places(self, left: float, inset: float) -> list[float]:
        count, room = len(self.categories), self.right - left
        if count == 1:
            return [left + room / 2]
        inset = room / count / 2 if self.bars else inset
        return [left + inset + (room - 2 * inset) * index / (count - 1) for index in range(count)]
