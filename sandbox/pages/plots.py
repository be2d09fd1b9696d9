"""Bars, lines and areas over two axes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from sandbox.pages import legends
from sandbox.pages.axes import Axes
from sandbox.pages.svg import element, number, path
from sandbox.pages.ticks import finite, scale_over, written

HEIGHT = 260.0
STEPS = 4
FILLED = 0.74  # of a category's slot, by its bars
WIDEST_BAR = 44.0
ROUNDING = 4.0
FEW = 12

Point = tuple[float, float, Markup]


@dataclass(frozen=True, slots=True)
class Series:
    """One value, as it was sent, for each category."""

    name: str
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Plot:
    kind: str
    categories: Sequence[str]
    series: Sequence[Series]
    x_label: str
    y_label: str


def draw(plot: Plot) -> Iterator[Markup]:
    legend = legends.lay_out([series.name for series in plot.series])
    axes = axes_of(plot, HEIGHT - legends.height(legend))
    yield from axes.draw()
    shape = {"bar": _bars, "line": _line, "area": _area}[plot.kind]
    for index, series in enumerate(plot.series):
        yield element("g", *shape(plot, axes, index, series), class_=f"chart-series-{index}")
    yield from legends.draw(legend, HEIGHT)


def axes_of(plot: Plot, foot: float) -> Axes:
    values = (finite(value) for series in plot.series for value in series.values)
    scale = scale_over(values, STEPS)
    return Axes(scale, plot.categories, plot.kind == "bar", plot.x_label, plot.y_label, foot)


def _bars(plot: Plot, axes: Axes, index: int, series: Series) -> Iterator[Markup]:
    count = len(plot.series)
    each = min(WIDEST_BAR, axes.slot * FILLED / count)
    gap = min(2.0, each / 5) if count > 1 else 0.0
    for middle, value, words in _points(plot, axes, series):
        x = middle + each * (index - count / 2) + gap / 2
        if value:
            yield element("path", words, d=_bar(x, x + each - gap, axes.y(0), axes.y(value)))


def _bar(left: float, right: float, foot: float, head: float) -> str:
    """Round where it ends, square where it stands; a bar below zero hangs."""
    round_ = min(ROUNDING, (right - left) / 2, abs(head - foot))
    shoulder = head + round_ if head < foot else head - round_
    x0, x1, y0, y1, y2 = map(number, (left, right, foot, head, shoulder))
    inner0, inner1 = number(left + round_), number(right - round_)
    return f"M{x0} {y0}L{x0} {y2}Q{x0} {y1} {inner0} {y1}L{inner1} {y1}Q{x1} {y1} {x1} {y2}L{x1} {y0}Z"


def _line(plot: Plot, axes: Axes, index: int, series: Series) -> Iterator[Markup]:
    points = [(x, axes.y(value), words) for x, value, words in _points(plot, axes, series)]
    yield _stroke(index, points)
    yield from _dots(points, 3.2 if len(points) <= FEW else 2.4)


def _area(plot: Plot, axes: Axes, index: int, series: Series) -> Iterator[Markup]:
    points = [(x, axes.y(value), words) for x, value, words in _points(plot, axes, series)]
    foot = axes.y(0)
    edge = [(points[0][0], foot), *((x, y) for x, y, _ in points), (points[-1][0], foot)]
    yield element("path", d=path(edge) + "Z", fill_opacity=0.22)
    yield _stroke(index, points)
    yield from _dots(points, 2.0 if len(points) > 1 else 4.0)


def _stroke(index: int, points: Iterable[Point]) -> Markup:
    colour = f"var(--chart-{index})"
    ends = {"stroke_linecap": "round", "stroke_linejoin": "round"}
    return element("path", d=path((x, y) for x, y, _ in points), fill="none", stroke=colour, stroke_width=2.2, **ends)


def _dots(points: Iterable[Point], radius: float) -> Iterator[Markup]:
    return (element("circle", words, cx=x, cy=y, r=radius) for x, y, words in points)


def _points(plot: Plot, axes: Axes, series: Series) -> Iterator[Point]:
    """Where on the x axis, which value that can be drawn, and what to say of it to who points there."""
    for x, category, value in zip(axes.centres, plot.categories, series.values, strict=True):
        yield x, finite(value), element("title", f"{series.name}, {category}: {written(value)}")
