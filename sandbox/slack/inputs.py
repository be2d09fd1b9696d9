"""What a person does to an element: the state Slack keeps of it, the action it sends, what its client refuses."""

import copy
import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from sandbox.slack.refusal import Json, NotThere
from sandbox.slack.workspace import walk

Typed = dict[str, dict[str, Json]]

VALUE_KEYS = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "file_input": ("files", ""),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}
"""Per element that keeps a value: its key in `state.values` and the drawn initial one."""
LISTS = frozenset(kind for kind, (key, _) in VALUE_KEYS.items() if key.endswith("s"))


class Rejected(Exception):
    """Slack's client does not let this be submitted; the message is a sentence."""


def state_values(blocks: Iterable[Json], typed: Typed) -> Json:
    """`state.values`: every element that keeps a value, as touched or as drawn at first."""
    values: Json = {}
    for block, element in walk(blocks):
        if element["type"] in VALUE_KEYS:
            entered = typed.get(block["block_id"], {}).get(element["action_id"])
            values.setdefault(block["block_id"], {})[element["action_id"]] = entered or untouched(element)
    return copy.deepcopy(values)


def untouched(element: Json) -> Json:
    key, initial = VALUE_KEYS[element["type"]]
    value = element.get(initial)
    state = {"type": element["type"], key: [] if value is None and element["type"] in LISTS else value}
    if element["type"] == "timepicker" and element.get("timezone"):
        state["timezone"] = element["timezone"]
    return state


def find(
    blocks: Iterable[Json], action_id: object, block_id: object = None, value: object = None
) -> tuple[Json, Json]:
    """The element a person means: of several with one action_id the one whose drawn value fits."""
    found = [
        (block, element)
        for block, element in walk(blocks)
        if element.get("action_id") == action_id and block_id in (None, block.get("block_id"))
    ]
    if not found:
        raise NotThere(f'Nothing with the action_id "{action_id}" is drawn there.')
    return next((pair for pair in found if value is not None and _fits(pair[1], value)), found[0])


def _fits(element: Json, value: object) -> bool:
    if element["type"] in ("button", "icon_button"):
        return bool(element.get("value") == value)
    return any(option["value"] == value for option in drawn_options(element))


def drawn_options(element: Json) -> list[Json]:
    options = list(element.get("options") or [])
    for group in element.get("option_groups") or []:
        options += group["options"]
    return options


def entered(element: Json, value: Any, offered: list[Json]) -> Json:
    """The element's state after a person chose or typed `value`; `offered` is what an external select listed."""
    kind = element["type"]
    key = VALUE_KEYS[kind][0]
    if kind in LISTS:
        chosen = [] if value is None else value if isinstance(value, list) else [value]
        value = [_one(element, one, offered) for one in chosen]
        if len(value) > element.get("max_selected_items", 100):
            raise Rejected(f"At most {element['max_selected_items']} can be chosen.")
    elif value is not None:
        value = _one(element, value, offered)
    return untouched(element) | {key: value}


def _one(element: Json, value: Any, offered: list[Json]) -> Any:
    kind = element["type"]
    if kind in CHECKED:
        return CHECKED[kind](element, value)
    if "option" in VALUE_KEYS[kind][0]:
        return _option(element, value, offered)
    return value


def _option(element: Json, value: Any, offered: list[Json]) -> Json:
    known = [*drawn_options(element), *offered]
    for initial in (element.get("initial_option"), *(element.get("initial_options") or [])):
        known += [initial] if initial else []
    wanted = value.get("value") if isinstance(value, dict) else value
    for option in known:
        if option["value"] == wanted:
            return copy.deepcopy(option)
    raise NotThere(f'"{element.get("action_id")}" offers no option with the value "{wanted}".')


def _written(element: Json, value: Any) -> str | None:
    """Text within the lengths of its element; Slack counts nothing typed as no value."""
    text = str(value)
    most, least = element.get("max_length", 3000), element.get("min_length", 0)
    if len(text) > most:
        raise Rejected(f'"{element.get("action_id")}" takes at most {most} characters.')
    if text and len(text) < least:
        raise Rejected(f'"{element.get("action_id")}" takes at least {least} characters.')
    return text or None


def _email(element: Json, value: Any) -> str | None:
    return _matching(element, value, r"[^@\s]+@[^@\s]+\.[^@\s]+", "an e-mail address")


def _url(element: Json, value: Any) -> str | None:
    return _matching(element, value, r"[a-z][a-z0-9+.-]*://\S+", "an address")


def _number(element: Json, value: Any) -> str | None:
    pattern = r"-?\d+(\.\d+)?" if element.get("is_decimal_allowed") else r"-?\d+"
    text = _matching(element, value, pattern, "a number")
    least, most = float(element.get("min_value", "-inf")), float(element.get("max_value", "inf"))
    if text and not least <= float(text) <= most:
        raise Rejected(f'"{element.get("action_id")}" takes a number from {least:g} to {most:g}.')
    return text


def _matching(element: Json, value: Any, pattern: str, words: str) -> str | None:
    text = str(value)
    if text and not re.fullmatch(pattern, text):
        raise Rejected(f'"{element.get("action_id")}" takes {words}.')
    return text or None


def _date(element: Json, value: Any) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise Rejected(f'"{element.get("action_id")}" takes a date as YYYY-MM-DD.') from None


def _time(element: Json, value: Any) -> str | None:
    return _matching(element, value, r"([01]\d|2[0-3]):[0-5]\d", "a time as HH:mm")


def _moment(element: Json, value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise Rejected(f'"{element.get("action_id")}" takes seconds since 1970.')


def _rich(_element: Json, value: Any) -> Json | None:
    if isinstance(value, dict):
        return value
    return rich_text(str(value)) if value else None


CHECKED: dict[str, Callable[[Json, Any], Any]] = {
    "plain_text_input": _written,
    "email_text_input": _email,
    "url_text_input": _url,
    "number_input": _number,
    "datepicker": _date,
    "timepicker": _time,
    "datetimepicker": _moment,
    "rich_text_input": _rich,
}


def rich_text(text: str) -> Json:
    """Plain words as the rich_text block a client makes of what is typed."""
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


def action(block: Json, element: Json, state: Json | None, value: object, ts: str) -> Json:
    """One entry of `actions` (docs.slack.dev, "block_actions payload")."""
    made: Json = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": ts,
    }
    for key in ("placeholder", "text", "style", "url", "confirm"):
        if key in element:
            made[key] = copy.deepcopy(element[key])
    if state is not None:
        made |= {key: content for key, content in state.items() if key != "type"}
        initial = VALUE_KEYS[element["type"]][1]
        if initial and initial in element:
            made[initial] = copy.deepcopy(element[initial])
    elif element["type"] == "overflow":
        made["selected_option"] = _option(element, value, [])
    elif element["type"] == "feedback_buttons":
        made |= _feedback(element, value)
    elif value is not None or "value" in element:
        made["value"] = str(value if value is not None else element["value"])
    return made


def _feedback(element: Json, value: object) -> Json:
    for key in ("positive_button", "negative_button"):
        if element[key].get("value") == value:
            return {"value": value, "text": copy.deepcopy(element[key]["text"])}
    raise NotThere(f'"{element.get("action_id")}" has no button with the value "{value}".')


def is_empty(state: Json) -> bool:
    value = state[VALUE_KEYS[state["type"]][0]]
    return value is None or value in ([], "")


def missing(blocks: Iterable[Json], values: Json) -> str | None:
    """The label of the first input that must not be left empty."""
    for block in blocks:
        if block["type"] != "input" or block.get("optional"):
            continue
        if is_empty(values[block["block_id"]][block["element"]["action_id"]]):
            return str(block["label"]["text"])
    return None
