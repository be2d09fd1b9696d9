"""Which colour is which series: names with swatches, in as few lines as they need."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from sandbox.pages.svg import element, label, width

LINE, LINES = 20.0, 3
LEFT, RIGHT = 10.0, 474.0
COLUMNS = 4
SWATCH, FREE = 16.0, 16.0
FOOT = 6.0

Entry = tuple[int, str, float]


def lay_out(names: Sequence[str]) -> list[list[Entry]]:
    """Lines of series, each with where it begins; where whole names would need too many, columns of cut ones."""
    lines: list[list[Entry]] = [[]]
    x = LEFT
    for index, name in enumerate(names):
        needed = SWATCH + width(name)
        if lines[-1] and x + needed > RIGHT:
            lines.append([])
            x = LEFT
        lines[-1].append((index, name, x))
        x += needed + FREE
    return lines if len(lines) <= LINES else _in_columns(names)


def _in_columns(names: Sequence[str]) -> list[list[Entry]]:
    column = (RIGHT - LEFT) / COLUMNS
    placed = [(index, name, LEFT + column * (index % COLUMNS)) for index, name in enumerate(names)]
    return [placed[start : start + COLUMNS] for start in range(0, len(placed), COLUMNS)]


def draw(lines: Sequence[Sequence[Entry]], bottom: float) -> Iterator[Markup]:
    for above, line in enumerate(reversed(lines)):
        y = bottom - FOOT - LINE * above
        ends = [x - FREE / 2 for _, _, x in line[1:]]
        for (index, name, x), end in zip(line, [*ends, RIGHT], strict=True):
            yield element("rect", class_=f"chart-series-{index}", x=x, y=y - 10, width=10.5, height=10.5, rx=3.0)
            yield label(name, x + SWATCH, y, room=end - x - SWATCH)


def height(lines: Sequence[Sequence[Entry]]) -> float:
    return LINE * len(lines) + FOOT
