"""What Slack refuses, written down from its own pages and apart from the drawings (docs.slack.dev, "Block Kit")."""

import json
import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

BLOCKS = {"message": 50, "modal": 100, "home": 100}
EVERYWHERE = {"actions", "context", "divider", "header", "image", "input", "rich_text", "section"}
IN_ACTIONS = {"button", "static_select", "external_select", "overflow"}
IN_INPUTS = {
    "static_select",
    "external_select",
    "plain_text_input",
    "file_input",
    "checkboxes",
    "radio_buttons",
    "datetimepicker",
}
RICH_PARTS = {"rich_text_section", "rich_text_quote", "rich_text_preformatted", "rich_text_list"}
RICH_LEAVES = {
    "text": {"text"},
    "link": {"url", "text"},
    "date": {"timestamp", "format", "fallback"},
    "channel": {"channel_id"},
}
ESCAPED = re.compile(r"(?:[^&<>]|&(?:amp|lt|gt);)*")


def message_faults(text: str, blocks: list[Json]) -> list[str]:
    """An empty list when chat.postMessage and chat.update would take it and a screen reader can read it."""
    faults = [*_length("text", text, 1, 4000), *_blocks(blocks, "message")]
    if not ESCAPED.fullmatch(text):
        faults.append("text: something is not escaped")
    return faults


def view_faults(view: Json) -> list[str]:
    kind = view["type"]
    faults = list(_blocks(view["blocks"], kind))
    if len(json.dumps(view).encode()) > 250_000:
        faults.append("the view has more than 250 kB")
    for key, limit in (("private_metadata", 3000), ("callback_id", 255)):
        faults += _length(key, view.get(key, "x"), 1, limit)
    if kind == "modal":
        faults += _modal(view)
    return faults


def elements(blocks: list[Json]) -> Iterator[Json]:
    """Everything that can be pressed or filled in."""
    for block in blocks:
        yield from block.get("elements", []) if block["type"] == "actions" else []
        yield from (block[key] for key in ("element", "accessory") if key in block)


def action_ids(blocks: list[Json]) -> list[str]:
    return [element["action_id"] for element in elements(blocks)]


def texts(value: Any) -> Iterator[Json]:
    """Every text object and rich_text text, wherever it stands."""
    if isinstance(value, dict):
        if value.get("type") in ("mrkdwn", "plain_text", "text"):
            yield value
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)


def words(value: Any) -> str:
    """All that is written on a drawing, without what is bold or where it stands."""
    return "\n".join(each["text"] for each in texts(value))


def _modal(view: Json) -> Iterator[str]:
    for key in ("title", "submit", "close"):
        if key in view:
            yield from _text(key, view[key], 24, plain=True)
    if "title" not in view:
        yield "a modal needs a title"
    if any(block["type"] == "input" for block in view["blocks"]) and "submit" not in view:
        yield "a modal with inputs needs submit"


def _blocks(blocks: list[Json], surface: str) -> Iterator[str]:
    if not 1 <= len(blocks) <= BLOCKS[surface]:
        yield f"{len(blocks)} blocks in a {surface}"
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        yield "a block_id appears twice"
    for block_id in ids:
        yield from _length("block_id", block_id, 1, 255)
    if sum(block["type"] == "data_visualization" for block in blocks) > 2:
        yield "more than two charts"
    for block in blocks:
        if block["type"] == "data_visualization" and surface == "message":
            yield from _chart(block)
        elif block["type"] not in EVERYWHERE or (block["type"] == "input" and surface == "message"):
            yield f"{block['type']} in a {surface}"
        else:
            yield from RULES[block["type"]](block)


def _section(block: Json) -> Iterator[str]:
    if "text" not in block and "fields" not in block:
        yield "a section with neither text nor fields"
    if "text" in block:
        yield from _text("section", block["text"], 3000)
    yield from _count("fields", block.get("fields", [None]), 1, 10)
    for field in block.get("fields", []):
        yield from _text("field", field, 2000)
    if "accessory" in block:
        yield from _element(block["accessory"], IN_ACTIONS | {"image"})


def _header(block: Json) -> Iterator[str]:
    yield from _text("header", block["text"], 150, plain=True)


def _context(block: Json) -> Iterator[str]:
    yield from _count("context", block["elements"], 1, 10)
    for element in block["elements"]:
        yield from _text("context", element, 3000)


def _actions(block: Json) -> Iterator[str]:
    yield from _count("actions", block["elements"], 1, 25)
    ids = [element["action_id"] for element in block["elements"]]
    if len(ids) != len(set(ids)):
        yield f"an action_id appears twice in one row: {ids}"
    for element in block["elements"]:
        yield from _element(element, IN_ACTIONS)


def _input(block: Json) -> Iterator[str]:
    yield from _text("label", block["label"], 2000, plain=True)
    if "hint" in block:
        yield from _text("hint", block["hint"], 2000, plain=True)
    yield from _element(block["element"], IN_INPUTS)


def _image(block: Json) -> Iterator[str]:
    yield from _length("alt_text", block.get("alt_text", ""), 1, 2000)
    yield from _length("image_url", block.get("image_url", ""), 1, 3000)


def _chart(block: Json) -> Iterator[str]:
    yield from _length("chart title", block["title"], 1, 50)
    yield from CHARTS[block["chart"]["type"]](block["chart"])


def _pie(chart: Json) -> Iterator[str]:
    yield from _count("segments", chart["segments"], 1, 12)
    for segment in chart["segments"]:
        yield from _point(segment)
        if segment["value"] == 0:
            yield "a segment of nothing"


def _bar(chart: Json) -> Iterator[str]:
    axis, names = chart["axis_config"], [series["name"] for series in chart["series"]]
    yield from _count("series", names, 1, 12)
    yield from _count("categories", axis["categories"], 1, 20)
    for label in ("x_label", "y_label"):
        yield from _length(label, axis.get(label, "x"), 1, 50)
    if len(set(names)) != len(names) or len(set(axis["categories"])) != len(axis["categories"]):
        yield "two series or categories of one name"
    for series in chart["series"]:
        yield from _length("series", series["name"], 1, 20)
        for point in series["data"]:
            yield from _point(point)
        if sorted(point["label"] for point in series["data"]) != sorted(axis["categories"]):
            yield "not one point for every category"


def _point(point: Json) -> Iterator[str]:
    yield from _length("chart label", point["label"], 1, 20)
    if type(point["value"]) not in (int, float) or point["value"] < 0:
        yield f"a value of {point['value']!r}"


def _rich_text(block: Json) -> Iterator[str]:
    yield from _count("rich_text", block["elements"], 1, 1000)
    for part in block["elements"]:
        yield from _rich_part(part)


def _rich_part(part: Json) -> Iterator[str]:
    if part["type"] not in RICH_PARTS:
        yield f"{part['type']} in rich_text"
        return
    yield from _count(part["type"], part["elements"], 1, 1000)
    for element in part["elements"]:
        yield from _rich_part(element) if part["type"] == "rich_text_list" else _leaf(element)


def _leaf(element: Json) -> Iterator[str]:
    known = RICH_LEAVES.get(element["type"])
    if known is None or set(element) - {"type", "style"} != known:
        yield f"{element} in rich_text"
        return
    if "text" in element:
        yield from _length("rich_text", element["text"], 1, 3000)
    if element["type"] == "link" and not re.fullmatch(r"https?://\S+", element["url"]):
        yield f"a link to {element['url']}"
    if element["type"] == "link":
        yield from _length("url", element["url"], 1, 3000)
    if element["type"] == "date" and not isinstance(element["timestamp"], int):
        yield "a date without seconds"


def _element(element: Json, allowed: set[str]) -> Iterator[str]:
    if element["type"] not in allowed:
        yield f"{element['type']} where it may not stand"
        return
    yield from _length("action_id", element["action_id"], 1, 255)
    if "placeholder" in element:
        yield from _text("placeholder", element["placeholder"], 150, plain=True)
    if "confirm" in element:
        yield from _confirm(element["confirm"])
    yield from ELEMENTS[element["type"]](element)


def _confirm(dialog: Json) -> Iterator[str]:
    for key, limit in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        yield from _text(f"confirm {key}", dialog[key], limit, plain=True)


def _button(element: Json) -> Iterator[str]:
    yield from _text("button", element["text"], 75, plain=True)
    yield from _length("value", element["value"], 1, 2000)
    yield from _length("accessibility_label", element.get("accessibility_label", "x"), 1, 75)
    if element.get("style", "primary") not in ("primary", "danger"):
        yield f"a button in style {element['style']}"


def _options(element: Json, most: int) -> Iterator[str]:
    yield from _count("options", element["options"], 1, most)
    for option in element["options"]:
        yield from _text("option", option["text"], 75, plain=True)
        yield from _length("option value", option["value"], 1, 150)
        if "description" in option:
            yield from _text("option description", option["description"], 75, plain=True)
    values = [option["value"] for option in element["options"]]
    if len(values) != len(set(values)):
        yield "an option's value appears twice"


def _select(element: Json) -> Iterator[str]:
    yield from _options(element, 100)
    if "initial_option" in element and element["initial_option"] not in element["options"]:
        yield "initial_option is none of the options"


def _ticks(element: Json) -> Iterator[str]:
    yield from _options(element, 10)
    for option in element.get("initial_options", []):
        if option not in element["options"]:
            yield "an initial option is none of the options"
    if "initial_options" in element and not element["initial_options"]:
        yield "initial_options is empty"


def _radio(element: Json) -> Iterator[str]:
    yield from _options(element, 10)
    if "initial_option" in element and element["initial_option"] not in element["options"]:
        yield "initial_option is none of the options"


def _picker(element: Json) -> Iterator[str]:
    if not 0 <= element["min_query_length"] <= 100:
        yield f"min_query_length {element['min_query_length']}"
    if "initial_option" in element:
        yield from _options({"options": [element["initial_option"]]}, 1)


def _overflow(element: Json) -> Iterator[str]:
    yield from _options(element, 5)


def _text_input(element: Json) -> Iterator[str]:
    if not 1 <= element["max_length"] <= 3000:
        yield f"max_length {element['max_length']}"
    yield from _length("initial_value", element.get("initial_value", "x"), 1, element["max_length"])


def _file_input(element: Json) -> Iterator[str]:
    if not 1 <= element["max_files"] <= 10:
        yield f"max_files {element['max_files']}"


def _text(where: str, text: Json, limit: int, *, plain: bool = False) -> Iterator[str]:
    yield from _length(where, text["text"], 1, limit)
    if text["type"] == "plain_text":
        return
    if plain or text["type"] != "mrkdwn":
        yield f"{where}: {text['type']}"
    if not ESCAPED.fullmatch(text["text"]):
        yield f"{where}: something is not escaped"


def _length(where: str, text: str, least: int, most: int) -> Iterator[str]:
    if not least <= len(text) <= most:
        yield f"{where}: {len(text)} characters"
    if least and text == "":
        yield f"{where}: empty"


def _count(where: str, items: list[Any], least: int, most: int) -> Iterator[str]:
    if not least <= len(items) <= most:
        yield f"{where}: {len(items)} of them"


RULES = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "image": _image,
    "rich_text": _rich_text,
    "divider": lambda _: iter(()),
}
ELEMENTS = {
    "button": _button,
    "static_select": _select,
    "external_select": _picker,
    "overflow": _overflow,
    "checkboxes": _ticks,
    "radio_buttons": _radio,
    "datetimepicker": lambda element: iter(()),
    "plain_text_input": _text_input,
    "file_input": _file_input,
    "image": _image,
}
CHARTS = {"pie": _pie, "bar": _bar}
