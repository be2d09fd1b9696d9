"""Slack's own charts, within their limits, and the same as text: a chart has no words for who cannot see it.

Charts stand in messages only, at most two in one (docs.slack.dev, "Data visualization block").
"""

from collections.abc import Mapping, Sequence

from blocks import kit
from blocks.kit import Json

TITLE, LABEL = 50, 20
SEGMENTS, CATEGORIES = 12, 20
_ROWS = 20
_BAR = 16
_FULL = "▇"
_OTHERS = "Others"


def pie(title: str, parts: Mapping[str, int]) -> list[Json]:
    """No chart of nothing: each segment is more than 0."""
    segments = [_point(label, number) for label, number in _fitting(parts, SEGMENTS).items() if number > 0]
    return [_chart(title, {"type": "pie", "segments": segments})] if segments else []


def columns(title: str, parts: Mapping[str, int], *, of: str) -> list[Json]:
    """One column a part, 0 or more high; `of` is what is counted. No chart of nothing."""
    points = [_point(label, number) for label, number in _fitting(parts, CATEGORIES).items()]
    if not any(point["value"] for point in points):
        return []
    series = {"name": kit.cut(of, LABEL), "data": points}
    axis = {"categories": [point["label"] for point in points], "y_label": kit.cut(of, TITLE)}
    return [_chart(title, {"type": "bar", "series": [series], "axis_config": axis})]


def bars(parts: Mapping[str, int]) -> str:
    """A line a part: what, how many, and a bar as long as its share of the largest."""
    shown = _fitting(parts, _ROWS)
    most = max(shown.values(), default=0)
    width = max((len(label) for label in shown), default=0)
    numbers = {label: f"{number:,}" for label, number in shown.items()}
    wide = max((len(number) for number in numbers.values()), default=0)
    return "\n".join(
        f"{label:<{width}}  {numbers[label]:>{wide}}  {_FULL * _length(number, most)}".rstrip()
        for label, number in shown.items()
    )


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns beside each other, the first to the left and the others to the right."""
    shown = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*shown, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in shown
    )


def one_line(text: str) -> str:
    return kit.cut(" ".join(text.split()), LABEL) or kit.BLANK


def _length(number: int, most: int) -> int:
    """Whatever is not nothing can be seen."""
    return max(1, round(_BAR * number / most)) if number else 0


def _fitting(parts: Mapping[str, int], most: int) -> dict[str, int]:
    """In the order given, under labels that fit and differ; what is too much together."""
    fitting: dict[str, int] = {}
    for label, number in parts.items():
        name = one_line(label)
        place = name if name in fitting or len(fitting) < most - 1 else _OTHERS
        fitting[place] = fitting.get(place, 0) + number
    return fitting


def _point(label: str, value: int) -> Json:
    return {"label": label, "value": value}


def _chart(title: str, chart: Json) -> Json:
    return {"type": "data_visualization", "title": kit.cut(title, TITLE), "chart": chart}
