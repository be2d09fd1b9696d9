"""What the played Slack demands of tables and charts (docs.slack.dev, the pages of those blocks)."""

from typing import Any

from sandbox.slack.checks import Check

Json = dict[str, Any]
PLACE = frozenset({"type", "block_id"})


def check_table(check: Check, block: Json, pointer: str) -> None:
    check.fields(block, pointer, PLACE | {"rows", "column_settings"}, ("rows",))
    if check.count("table") > 1:
        check.fault(pointer, "only one table allowed in a message")
    for index, row in enumerate(check.items(block, "rows", pointer, 1, 100)):
        _row(check, row, f"{pointer}/rows/{index}", ("raw_text", "raw_number", "rich_text"))


def check_data_table(check: Check, block: Json, pointer: str) -> None:
    """Up to 201 rows, the first of them the headings; a caption is required for screen readers."""
    own = {"rows", "caption", "page_size", "row_header_column_index"}
    check.fields(block, pointer, PLACE | own, ("rows", "caption"))
    check.number(block, "page_size", pointer, 1, 100)
    check.number(block, "row_header_column_index", pointer, 0, 19)
    if isinstance(block.get("caption"), dict):
        check.text(block, "caption", pointer, 2000)
    else:
        check.string(block, "caption", pointer, 2000, least=1)
    rows = check.items(block, "rows", pointer, 2, 201)
    for index, row in enumerate(rows):
        kinds = ("raw_text", "raw_number") if index == 0 else ("raw_text", "raw_number", "rich_text")
        _row(check, row, f"{pointer}/rows/{index}", kinds)
    if len({len(row) for row in rows if isinstance(row, list)}) > 1:
        check.fault(f"{pointer}/rows", "all rows must have the same number of cells")
    if sum(_length(cell) for row in rows if isinstance(row, list) for cell in row) > 20_000:
        check.fault(f"{pointer}/rows", "must be less than 20001 characters in total")


def _row(check: Check, row: Any, pointer: str, kinds: tuple[str, ...]) -> None:
    if not isinstance(row, list):
        check.fault(pointer, "must provide a list")
        return
    if not 1 <= len(row) <= 20:
        check.fault(pointer, "no more than 20 items allowed" if row else "no fewer than 1 items allowed")
    for index, cell in enumerate(row):
        if check.dictionary(cell, f"{pointer}/{index}") and cell.get("type") not in kinds:
            check.fault(f"{pointer}/{index}/type", f"must be one of: {', '.join(kinds)}")


def _length(cell: Any) -> int:
    if isinstance(cell, dict):
        return sum(_length(value) for key, value in cell.items() if key != "type")
    if isinstance(cell, list):
        return sum(_length(value) for value in cell)
    return len(cell) if isinstance(cell, str) else len(str(cell)) if isinstance(cell, int | float) else 0


def check_chart(check: Check, block: Json, pointer: str) -> None:
    check.fields(block, pointer, PLACE | {"title", "chart"}, ("title", "chart"))
    check.string(block, "title", pointer, 50, least=1)
    if check.count("data_visualization") > 2:
        check.fault(pointer, "no more than 2 charts allowed in a message")
    chart, where = block.get("chart"), f"{pointer}/chart"
    if chart is None or not check.dictionary(chart, where):
        return
    check.one_of({"type": chart.get("type") or ""}, "type", where, ("pie", "bar", "line", "area"))
    if chart.get("type") == "pie":
        _pie(check, chart, where)
    else:
        _series(check, chart, where)


def _pie(check: Check, chart: Json, pointer: str) -> None:
    check.fields(chart, pointer, frozenset({"type", "segments"}), ("segments",))
    for index, segment in enumerate(check.items(chart, "segments", pointer, 1, 12)):
        where = f"{pointer}/segments/{index}"
        if check.dictionary(segment, where):
            check.fields(segment, where, frozenset({"label", "value"}), ("label", "value"))
            check.string(segment, "label", where, 20, least=1)
            _value(check, segment, where, above_zero=True)


def _series(check: Check, chart: Json, pointer: str) -> None:
    check.fields(chart, pointer, frozenset({"type", "series", "axis_config"}), ("series", "axis_config"))
    axis = chart.get("axis_config")
    categories = _categories(check, axis, f"{pointer}/axis_config") if axis is not None else []
    names: list[Any] = []
    for index, series in enumerate(check.items(chart, "series", pointer, 1, 12)):
        where = f"{pointer}/series/{index}"
        if check.dictionary(series, where):
            names.append(series.get("name"))
            _one_series(check, series, where, categories)
    if len({str(name) for name in names}) != len(names):
        check.fault(f"{pointer}/series", "names of series must be unique")


def _categories(check: Check, axis: Any, pointer: str) -> list[Any]:
    if not check.dictionary(axis, pointer):
        return []
    check.fields(axis, pointer, frozenset({"categories", "x_label", "y_label"}), ("categories",))
    check.string(axis, "x_label", pointer, 50)
    check.string(axis, "y_label", pointer, 50)
    categories = check.items(axis, "categories", pointer, 1, 20)
    for index, _ in enumerate(categories):
        check.string({str(index): categories[index]}, str(index), f"{pointer}/categories", 20, least=1)
    return categories


def _one_series(check: Check, series: Json, pointer: str, categories: list[Any]) -> None:
    check.fields(series, pointer, frozenset({"name", "data"}), ("name", "data"))
    check.string(series, "name", pointer, 20, least=1)
    points = check.items(series, "data", pointer, 1, 20)
    for index, point in enumerate(points):
        where = f"{pointer}/data/{index}"
        if check.dictionary(point, where):
            check.fields(point, where, frozenset({"label", "value"}), ("label", "value"))
            check.string(point, "label", where, 20, least=1)
            _value(check, point, where)
    labels = sorted(str(point.get("label")) for point in points if isinstance(point, dict))
    if labels != sorted(str(category) for category in categories):
        check.fault(f"{pointer}/data", "must have exactly one point for every label in axis_config.categories")


def _value(check: Check, point: Json, pointer: str, *, above_zero: bool = False) -> None:
    value = point.get("value")
    if value is None:
        return
    if not isinstance(value, int | float) or isinstance(value, bool):
        check.fault(f"{pointer}/value", "must provide a number")
    elif above_zero and value <= 0:
        check.fault(f"{pointer}/value", "must be more than 0")
