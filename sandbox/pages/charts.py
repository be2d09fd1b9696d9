"""Slack's charts (docs.slack.dev, "Data visualization block") as drawings, with their numbers in a table.

A drawing has no style of its own, for the page's Content-Security-Policy forbids it: the style sheet gives
`chart-series-0` … `chart-series-11` their `fill`, `--chart-0` … `--chart-11` the same colours for lines, `chart-grid`
and `chart-axis` their `stroke` and `chart-label` its `fill`.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup

from sandbox.pages import pies, plots
from sandbox.pages.pies import Slice
from sandbox.pages.plots import Plot, Series
from sandbox.pages.svg import element
from sandbox.pages.ticks import written

Json = dict[str, Any]
WIDTH, HEIGHT = 480, 260


def chart_to_svg(block: Json) -> Markup:
    """A data_visualization block but for its title, which is the page's; after it a table for who cannot see it."""
    chart, title = block["chart"], str(block["title"])
    if chart["type"] == "pie":
        slices = [Slice(str(segment["label"]), segment["value"]) for segment in chart["segments"]]
        return _svg(f"{title}, pie chart", pies.draw(slices)) + _pie_table(title, slices)
    plot = _plot(chart)
    return _svg(f"{title}, {plot.kind} chart", plots.draw(plot)) + _plot_table(title, plot)


def _svg(words: str, inside: Iterable[Markup]) -> Markup:
    return element("svg", *inside, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=words)


def _plot(chart: Json) -> Plot:
    axes = chart["axis_config"]
    categories = [str(category) for category in axes["categories"]]
    series = [Series(str(one["name"]), _values(one["data"], categories)) for one in chart["series"]]
    return Plot(chart["type"], categories, series, axes.get("x_label") or "", axes.get("y_label") or "")


def _values(points: Iterable[Json], categories: Iterable[str]) -> list[float]:
    """In the order of the categories, whatever the order of the points; a category may be there twice."""
    waiting = defaultdict(list)
    for point in points:
        waiting[str(point["label"])].append(point["value"])
    return [waiting[category].pop(0) for category in categories]


def _pie_table(title: str, slices: Sequence[Slice]) -> Markup:
    shares = map(pies.percent, pies.shares_of(slices))
    rows = [[one.name, written(one.value), share] for one, share in zip(slices, shares, strict=True)]
    return _table(title, ["Name", "Value", "Share"], rows)


def _plot_table(title: str, plot: Plot) -> Markup:
    values = zip(*(map(written, series.values) for series in plot.series), strict=True)
    rows = [[category, *row] for category, row in zip(plot.categories, values, strict=True)]
    return _table(title, [plot.x_label or "Category", *(series.name for series in plot.series)], rows)


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Markup:
    head = element("tr", *(element("th", words, scope="col") for words in heads))
    body = (
        element("tr", element("th", name, scope="row"), *(element("td", words) for words in values))
        for name, *values in rows
    )
    table = element("table", element("caption", title), element("thead", head), element("tbody", *body))
    return element("div", table, class_="sr-only")  # a table alone does not let itself be made small
