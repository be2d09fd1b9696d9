"""Charts as drawings: well-formed, inside their frame and readable, whatever numbers and names are in them."""

import re
from collections.abc import Iterator
from itertools import pairwise
from math import isfinite
from typing import Any
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.pages.charts import chart_to_svg
from sandbox.pages.svg import cut, folded, width
from sandbox.pages.ticks import scale_over, written
from sandbox.slack.charts import check_chart
from sandbox.slack.checks import Check

Block = dict[str, Any]
Box = tuple[float, float]

WIDTH, HEIGHT = 480, 260
TAGS = {"svg", "g", "line", "path", "circle", "rect", "text", "title"}
SERIES = {f"chart-series-{index}" for index in range(12)}
PLACES = {"x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "width", "height"}
LOOKS = {
    "class",
    "d",
    "fill",
    "fill-opacity",
    "stroke",
    "stroke-width",
    "stroke-linecap",
    "stroke-linejoin",
    "font-size",
    "font-weight",
    "text-anchor",
    "transform",
    "viewBox",
    "role",
    "aria-label",
}
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def axes_chart(kind: str, categories: list[str], series: dict[str, list[Any]], **labels: str) -> Block:
    drawn = [
        {
            "name": name,
            "data": [{"label": label, "value": value} for label, value in zip(categories, values, strict=True)],
        }
        for name, values in series.items()
    ]
    chart = {"type": kind, "series": drawn, "axis_config": {"categories": categories, **labels}}
    return {"type": "data_visualization", "title": "Tickets", "chart": chart}


def pie(**segments: Any) -> Block:
    parts = [{"label": label, "value": value} for label, value in segments.items()]
    return {"type": "data_visualization", "title": "Tickets", "chart": {"type": "pie", "segments": parts}}


def drawn(block: Block) -> tuple[Element, Element]:
    """The drawing and the table."""
    check = Check("message")
    check_chart(check, block, "/blocks/0")
    assert check.faults == []
    svg, table = ET.fromstring(f"<main>{chart_to_svg(block)}</main>")
    return svg, table


def words(svg: Element) -> list[str]:
    return [text.text or "" for text in svg.iter("text")]


def cells(table: Element) -> list[list[str]]:
    return [[cell.text or "" for cell in row] for row in table.iter("tr")]


def test_bars_stand_side_by_side_on_the_axis():
    svg, _ = drawn(axes_chart("bar", ["Mon", "Tue"], {"Slack": [10, 20], "Intercom": [5, 0]}))
    bars = [shape(path) for path in svg.iter("path")]
    assert len(bars) == 3
    (monday, tuesday, beside) = bars
    assert {max(ys) for _, ys in bars} == {y_of_zero(svg)}
    assert height(tuesday) == pytest.approx(2 * height(monday), abs=0.1)
    assert max(monday[0]) <= min(beside[0])
    assert max(beside[0]) < min(tuesday[0])


def test_bars_below_zero_hang_from_the_axis():
    svg, _ = drawn(axes_chart("bar", ["Q1", "Q2"], {"Net": [-12, 7]}))
    below, above = (shape(path) for path in svg.iter("path"))
    assert min(below[1]) == max(above[1]) == y_of_zero(svg)
    assert [word for word in words(svg) if NUMBER.fullmatch(word)] == ["-15", "-10", "-5", "0", "5", "10"]


def test_a_line_goes_through_the_points_of_its_series():
    svg, _ = drawn(axes_chart("line", ["a", "b", "c"], {"Up": [0, 5, 10], "Down": [10, 5, 0]}))
    up, down = (shape(path) for path in svg.iter("path"))
    assert up[0] == down[0] == sorted(up[0])
    assert up[1] == list(reversed(down[1])) == sorted(up[1], reverse=True)
    assert [path.get("stroke") for path in svg.iter("path")] == ["var(--chart-0)", "var(--chart-1)"]
    assert len(list(svg.iter("circle"))) == 6


def test_an_area_is_filled_down_to_zero():
    svg, _ = drawn(axes_chart("area", ["a", "b"], {"Load": [3, 4]}))
    area, edge = (shape(path) for path in svg.iter("path"))
    assert max(area[1]) == y_of_zero(svg)
    assert set(edge[1]) < set(area[1])


@pytest.mark.parametrize("kind", ["line", "area"])
def test_one_point_is_seen(kind: str):
    svg, _ = drawn(axes_chart(kind, ["now"], {"Load": [3]}))
    assert len(list(svg.iter("circle"))) == 1


@pytest.mark.parametrize("kind", ["bar", "line", "area"])
def test_nothing_but_zeros_has_an_axis_too(kind: str):
    svg, _ = drawn(axes_chart(kind, ["a", "b"], {"Load": [0, 0]}))
    assert words(svg)[:2] == ["0", "1"]


def test_a_pie_says_of_each_slice_what_it_is():
    svg, table = drawn(pie(Bug=41, Question=28.5, Rest=0.01))
    assert words(svg) == ["Bug", "41", "59%", "Question", "28.5", "41%", "Rest", "0.01", "<1%"]
    assert [path.get("class") for path in svg.iter("path")] == ["chart-series-0", "chart-series-1", "chart-series-2"]
    assert cells(table) == [
        ["Name", "Value", "Share"],
        ["Bug", "41", "59%"],
        ["Question", "28.5", "41%"],
        ["Rest", "0.01", "<1%"],
    ]


def test_a_pie_of_one_slice_is_round():
    svg, _ = drawn(pie(All=3))
    assert len(list(svg.iter("circle"))) == 1


def test_the_drawing_says_in_words_what_it_is():
    svg, table = drawn(axes_chart("bar", ["Mon"], {"Slack": [1], "Intercom": [2]}, x_label="Day", y_label="New"))
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == "Tickets, bar chart"
    assert {"Slack", "Intercom", "Mon", "Day", "New"} <= set(words(svg))
    assert table.get("class") == "sr-only"
    assert table.findtext(".//caption") == "Tickets"
    assert cells(table) == [["Day", "Slack", "Intercom"], ["Mon", "1", "2"]]


def test_who_points_at_a_bar_reads_its_number():
    svg, _ = drawn(axes_chart("bar", ["Mon"], {"Slack": [1234567]}))
    assert [path.findtext("title") for path in svg.iter("path")] == ["Slack, Mon: 1,234,567"]


def test_points_are_read_by_their_label_in_whatever_order():
    block = axes_chart("line", ["a", "b", "a"], {"x": [1, 2, 3]})
    block["chart"]["series"][0]["data"].reverse()
    assert cells(drawn(block)[1])[1:] == [["a", "3"], ["b", "2"], ["a", "1"]]


def test_names_without_room_side_by_side_are_folded_else_slanted():
    folding, _ = drawn(axes_chart("bar", ["Customer Success", "Sales", "Research", "Marketing"], {"x": [1, 2, 3, 4]}))
    assert {"Customer", "Success"} <= set(words(folding))
    accounts = [f"Customer account {index}" for index in range(1, 21)]
    slanted, _ = drawn(axes_chart("bar", accounts, {"x": [1] * 20}))
    assert len([text for text in slanted.iter("text") if text.get("transform")]) == 20
    assert [title.text for text in slanted.iter("text") for title in text] == accounts


def test_along_a_line_some_dates_are_enough():
    dates = [f"Nov {day}" for day in range(9, 29)]
    svg, _ = drawn(axes_chart("line", dates, {"x": [1] * 20}))
    assert [word for word in words(svg) if word in dates] == dates[::3]


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([7, 3], ["0", "2", "4", "6", "8"]),
        ([1], ["0", "1"]),
        ([-40, 60], ["-50", "-25", "0", "25", "50", "75"]),
        ([0.003], ["0", "0.001", "0.002", "0.003"]),
        ([82_000], ["0", "25K", "50K", "75K", "100K"]),
        ([1_234_567], ["0", "0.5M", "1.0M", "1.5M"]),
        ([9_000], ["0", "2,500", "5,000", "7,500", "10,000"]),
        ([-3, -1], ["-3", "-2", "-1", "0"]),
        ([0], ["0", "1"]),
    ],
)
def test_axes_go_in_round_steps(values: list[float], ticks: list[str]):
    assert scale_over(map(float, values), 4).words() == ticks


@pytest.mark.parametrize(
    ("value", "shown"), [(1234, "1,234"), (0.1 + 0.2, "0.3"), (-1234.5, "-1,234.5"), (2.0, "2"), (float("nan"), "–")]
)
def test_numbers_are_written_in_full(value: float, shown: str):
    assert written(value) == shown


def test_what_is_too_long_keeps_its_ends():
    assert cut("Customer account 12", 90) == "Custom…12"
    assert cut("short", 90) == "short"
    assert folded("Customer Success", 80) == ("Customer", "Success")
    assert folded("Customersuccesses", 80) == ()


def names(most: int) -> st.SearchStrategy[str]:
    return st.text(min_size=1, max_size=most) | st.sampled_from(
        ["W" * most, "Customer accounts 12"[:most], "顧" * most, "<b>&\"'"]
    )


def fractions(numbers: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(-100, 100) | st.integers(-(10**30), 10**30) | st.floats() | numbers


@st.composite
def charts(draw: st.DrawFn) -> Block:
    kind = draw(st.sampled_from(["bar", "line", "area"]))
    categories = draw(st.lists(names(20), min_size=1, max_size=20))
    count = len(categories)
    values = st.lists(fractions(st.just(0)), min_size=count, max_size=count)
    series = draw(st.dictionaries(names(20), values, min_size=1, max_size=12))
    labels = draw(st.dictionaries(st.sampled_from(["x_label", "y_label"]), names(50)))
    return axes_chart(kind, categories, series, **labels) | {"title": draw(names(50))}


@st.composite
def pies(draw: st.DrawFn) -> Block:
    above_zero = st.integers(1, 10**30) | st.floats(0, exclude_min=True)
    segments = draw(st.lists(st.tuples(names(20), above_zero), min_size=1, max_size=12))
    parts = [{"label": label, "value": value} for label, value in segments]
    return {"type": "data_visualization", "title": draw(names(50)), "chart": {"type": "pie", "segments": parts}}


@settings(max_examples=60)
@given(charts() | pies())
def test_every_chart_slack_takes_is_drawn_within_its_frame(block: Block):
    svg, table = drawn(block)
    for one in svg.iter():
        assert one.tag in TAGS
        assert set(one.attrib) <= PLACES | LOOKS
        assert one.tag != "g" or one.get("class") in SERIES
        assert all(isfinite(value) and -0.01 <= value <= WIDTH for value in coordinates(one))
    assert_words_are_apart(svg)
    if block["chart"]["type"] == "bar":
        assert_bars_are_inside(svg)
    rows = cells(table)
    assert {len(row) for row in rows} == {len(rows[0])}


def coordinates(one: Element) -> Iterator[float]:
    for name in PLACES & set(one.attrib):
        yield float(one.attrib[name])
    for text in NUMBER.findall(one.get("d", "")):
        yield float(text)
    assert not re.search("[a-z]{2}", one.get("d", ""))


def assert_bars_are_inside(svg: Element) -> None:
    lines = list(svg.iter("line"))
    left, right = float(lines[0].attrib["x1"]), float(lines[0].attrib["x2"])
    heights = [float(line.attrib["y1"]) for line in lines]
    for path in svg.iter("path"):
        xs, ys = shape(path)
        assert left - 0.01 <= min(xs)
        assert max(xs) <= right + 0.01
        assert min(heights) - 0.01 <= min(ys)
        assert max(ys) <= max(heights) + 0.01


def assert_words_are_apart(svg: Element) -> None:
    level: dict[str, list[Box]] = {}
    slanted = []
    for text in svg.iter("text"):
        start, end = span(text)
        if text.get("transform"):
            slanted.append(float(text.attrib["x"]))
            assert slanted[-1] - (end - start) * 0.7071 >= -0.1
            assert float(text.attrib["y"]) + (end - start) * 0.7071 <= HEIGHT
        else:
            assert start >= -0.1
            assert end <= WIDTH + 0.1
            assert 10 <= float(text.attrib["y"]) <= HEIGHT
            level.setdefault(text.attrib["y"], []).append((start, end))
    assert all(one[1] <= other[0] for line in level.values() for one, other in pairwise(sorted(line)))
    assert all((other - one) * 0.7071 >= 13 for one, other in pairwise(slanted))


def span(text: Element) -> Box:
    room = width(text.text or "", float(text.attrib["font-size"]))
    x = float(text.attrib["x"])
    start = x - room * {"end": 1, "middle": 0.5}.get(text.get("text-anchor", ""), 0)
    return start, start + room


def shape(path: Element) -> tuple[list[float], list[float]]:
    numbers = [float(text) for text in NUMBER.findall(path.attrib["d"])]
    return numbers[::2], numbers[1::2]


def height(bar: tuple[list[float], list[float]]) -> float:
    return max(bar[1]) - min(bar[1])


def y_of_zero(svg: Element) -> float:
    return next(float(line.attrib["y1"]) for line in svg.iter("line") if line.get("class") == "chart-axis")
