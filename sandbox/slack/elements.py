"""What the played Slack demands of block elements (docs.slack.dev, "Block elements")."""

import json
import re
from collections.abc import Callable
from typing import Any

from sandbox.slack.checks import ANY_TEXT, PLAIN, Check

Json = dict[str, Any]
Rule = Callable[[Check, Json, str], None]

SELECTS = frozenset(
    f"{many}{what}_select"
    for many in ("", "multi_")
    for what in ("static", "external", "users", "conversations", "channels")
)
CHOICES = SELECTS | {"checkboxes", "radio_buttons", "datepicker", "timepicker"}
PRESSED = frozenset({"button", "overflow", "workflow_button"})
TYPED = frozenset(
    {"plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input", "file_input"}
)
ALLOWED_IN = {
    "section": CHOICES | PRESSED | {"image"},
    "actions": CHOICES | PRESSED | {"datetimepicker", "rich_text_input"},
    "input": CHOICES | TYPED | {"datetimepicker"},
    "context_actions": frozenset({"feedback_buttons", "icon_button"}),
    "card": frozenset({"button"}),
}
ONLY_ON = {
    **dict.fromkeys(("file_input", "email_text_input", "number_input", "url_text_input"), ("modal",)),
    "datetimepicker": ("message", "modal"),
    "rich_text_input": ("modal", "home"),
    **dict.fromkeys(("workflow_button", "feedback_buttons", "icon_button"), ("message",)),
}
NAMED = frozenset({"type", "action_id"})
FOCUS = NAMED | {"confirm", "placeholder", "focus_on_load"}


def check_element(check: Check, element: Any, pointer: str, block: str) -> None:
    """One element in a block of type `block`."""
    if not check.dictionary(element, pointer):
        return
    kind = element.get("type")
    rule = RULES.get(kind) if isinstance(kind, str) else None
    if rule is None or kind not in ALLOWED_IN[block]:
        check.fault(pointer, f"unsupported type: {kind} in {block}")
        return
    if check.surface not in ONLY_ON.get(str(kind), ("message", "modal", "home")):
        check.fault(pointer, f"unsupported type: {kind} is not available in a {check.surface}")
    check.string(element, "action_id", pointer, 255, least=1)
    if element.get("confirm") is not None:
        _confirm(check, element["confirm"], f"{pointer}/confirm")
    check.text(element, "placeholder", pointer, 150)
    check.boolean(element, "focus_on_load", pointer)
    if element.get("focus_on_load") is True and check.count("focus_on_load") > 1:
        check.fault(f"{pointer}/focus_on_load", "only one element may have focus_on_load")
    rule(check, element, pointer)


def check_image(check: Check, element: Json, pointer: str) -> None:
    check.fields(element, pointer, frozenset({"type", "image_url", "slack_file", "alt_text"}), ("alt_text",))
    check.image(element, pointer)


def check_option(
    check: Check, option: Any, pointer: str, types: tuple[str, ...] = PLAIN, *, url: bool = False
) -> None:
    if not check.dictionary(option, pointer):
        return
    allowed = {"text", "value", "description"} | ({"url"} if url else set())
    check.fields(option, pointer, frozenset(allowed), ("text", "value"))
    check.text(option, "text", pointer, 75, types)
    check.string(option, "value", pointer, 150, least=1)
    check.text(option, "description", pointer, 75, types)
    check.string(option, "url", pointer, 3000)


def check_choices(check: Check, holder: Json, pointer: str) -> list[Json]:
    """`options` or `option_groups`, at most a hundred of each (docs.slack.dev, "Select menu element")."""
    if (holder.get("options") is None) == (holder.get("option_groups") is None):
        check.fault(pointer, "must provide exactly one of options and option_groups")
    options = list(_options(check, holder, pointer, 100))
    for index, group in enumerate(check.items(holder, "option_groups", pointer, 1, 100)):
        where = f"{pointer}/option_groups/{index}"
        if check.dictionary(group, where):
            check.fields(group, where, frozenset({"label", "options"}), ("label", "options"))
            check.text(group, "label", where, 75)
            options += _options(check, group, where, 100)
    return options


def _options(
    check: Check, holder: Json, pointer: str, most: int, types: tuple[str, ...] = PLAIN, *, url: bool = False
) -> list[Json]:
    options = check.items(holder, "options", pointer, 1, most)
    for index, option in enumerate(options):
        check_option(check, option, f"{pointer}/options/{index}", types, url=url)
    return [option for option in options if isinstance(option, dict)]


def _chosen(check: Check, element: Json, pointer: str, options: list[Json]) -> None:
    """What is chosen at first has to be among the options, exactly as drawn there."""
    known = {_written(option) for option in options}
    initial = element.get("initial_option")
    if initial is not None and _written(initial) not in known:
        check.fault(f"{pointer}/initial_option", "must match one of the options")
    for index, option in enumerate(check.items(element, "initial_options", pointer, 1, 100)):
        if _written(option) not in known:
            check.fault(f"{pointer}/initial_options/{index}", "must match one of the options")


def _written(option: Any) -> str:
    """An option as text to compare by; `emoji` is Slack's own addition."""
    if isinstance(option, dict) and isinstance(option.get("text"), dict):
        option = {**option, "text": {key: v for key, v in option["text"].items() if key in ("type", "text")}}
    return json.dumps(option, sort_keys=True)


def _confirm(check: Check, confirm: Any, pointer: str) -> None:
    if not check.dictionary(confirm, pointer):
        return
    needed = ("title", "text", "confirm", "deny")
    check.fields(confirm, pointer, frozenset({*needed, "style"}), needed)
    check.text(confirm, "title", pointer, 100)
    check.text(confirm, "text", pointer, 300, ANY_TEXT)
    check.text(confirm, "confirm", pointer, 30)
    check.text(confirm, "deny", pointer, 30)
    check.one_of(confirm, "style", pointer, ("primary", "danger"))


def _button(check: Check, element: Json, pointer: str) -> None:
    own = {"text", "value", "url", "style", "confirm", "accessibility_label", "visible_to_user_ids"}
    own |= {"agent_prompt", "agent_prompt_display"}
    check.fields(element, pointer, NAMED | own, ("text",))
    check.text(element, "text", pointer, 75)
    check.string(element, "value", pointer, 2000)
    check.string(element, "url", pointer, 3000, least=1)
    check.string(element, "accessibility_label", pointer, 75)
    check.string(element, "agent_prompt", pointer, 4000)
    check.one_of(element, "style", pointer, ("primary", "danger"))


def _workflow_button(check: Check, element: Json, pointer: str) -> None:
    own = {"text", "workflow", "style", "accessibility_label"}
    check.fields(element, pointer, NAMED | own, ("text", "workflow"))
    check.text(element, "text", pointer, 75)
    check.string(element, "accessibility_label", pointer, 75)


def _icon_button(check: Check, element: Json, pointer: str) -> None:
    own = {"icon", "text", "value", "confirm", "accessibility_label", "visible_to_user_ids"}
    check.fields(element, pointer, NAMED | own, ("icon", "text"))
    check.text(element, "text", pointer, 75)
    check.string(element, "value", pointer, 2000)
    check.string(element, "accessibility_label", pointer, 75)


def _feedback_buttons(check: Check, element: Json, pointer: str) -> None:
    both = ("positive_button", "negative_button")
    check.fields(element, pointer, NAMED | set(both), both)
    for key in both:
        if isinstance(element.get(key), dict):
            check.text(element[key], "text", f"{pointer}/{key}", 75)
            check.string(element[key], "value", f"{pointer}/{key}", 2000)


def _overflow(check: Check, element: Json, pointer: str) -> None:
    check.fields(element, pointer, NAMED | {"options", "confirm"}, ("options",))
    _options(check, element, pointer, 5, url=True)


def _ticked(check: Check, element: Json, pointer: str) -> None:
    """Checkboxes and radio buttons: at most ten options, which may be written in mrkdwn."""
    initial = "initial_option" if element["type"] == "radio_buttons" else "initial_options"
    own = NAMED | {"options", initial, "confirm", "focus_on_load"}
    check.fields(element, pointer, own, ("options",))
    _chosen(check, element, pointer, _options(check, element, pointer, 10, ANY_TEXT))


def _static_select(check: Check, element: Json, pointer: str) -> None:
    check.fields(element, pointer, FOCUS | {"options", "option_groups", "initial_option"}, ())
    _chosen(check, element, pointer, check_choices(check, element, pointer))


def _multi_static_select(check: Check, element: Json, pointer: str) -> None:
    own = {"options", "option_groups", "initial_options", "max_selected_items"}
    check.fields(element, pointer, FOCUS | own, ())
    check.number(element, "max_selected_items", pointer, 1, 100)
    _chosen(check, element, pointer, check_choices(check, element, pointer))


def _external_select(check: Check, element: Json, pointer: str) -> None:
    many = element["type"].startswith("multi_")
    own = (
        {"min_query_length", "initial_options", "max_selected_items"}
        if many
        else {"min_query_length", "initial_option"}
    )
    check.fields(element, pointer, FOCUS | own, ())
    check.number(element, "min_query_length", pointer, 0, 100)
    check.number(element, "max_selected_items", pointer, 1, 100)
    if element.get("initial_option") is not None:
        check_option(check, element["initial_option"], f"{pointer}/initial_option")
    for index, option in enumerate(check.items(element, "initial_options", pointer, 1, 100)):
        check_option(check, option, f"{pointer}/initial_options/{index}")


def _listed_select(check: Check, element: Json, pointer: str) -> None:
    """Selects that Slack fills itself: people, conversations, channels."""
    kind = element["type"]
    what = kind.removeprefix("multi_").removesuffix("s_select")
    own = {f"initial_{what}s", "max_selected_items"} if kind.startswith("multi_") else {f"initial_{what}"}
    if what == "conversation":
        own |= {"default_to_current_conversation", "filter"}
    if what != "user" and not kind.startswith("multi_"):
        own |= {"response_url_enabled"}
    check.fields(element, pointer, FOCUS | own, ())
    check.string(element, f"initial_{what}", pointer, 255, least=1)
    check.items(element, f"initial_{what}s", pointer, 1, 100)
    check.number(element, "max_selected_items", pointer, 1, 100)
    if element.get("response_url_enabled") and check.surface != "modal":
        check.fault(f"{pointer}/response_url_enabled", "is only available in a modal")


def _datepicker(check: Check, element: Json, pointer: str) -> None:
    check.fields(element, pointer, FOCUS | {"initial_date"}, ())
    _pattern(check, element, "initial_date", pointer, DATE)


def _timepicker(check: Check, element: Json, pointer: str) -> None:
    check.fields(element, pointer, FOCUS | {"initial_time", "timezone"}, ())
    _pattern(check, element, "initial_time", pointer, TIME)


def _datetimepicker(check: Check, element: Json, pointer: str) -> None:
    check.fields(element, pointer, NAMED | {"confirm", "focus_on_load", "initial_date_time"}, ())
    check.number(element, "initial_date_time", pointer, 1_000_000_000, 9_999_999_999)


DATE = (r"\d{4}-\d\d-\d\d", "a date as YYYY-MM-DD")
TIME = (r"([01]\d|2[0-3]):[0-5]\d", "a time as HH:mm")
NUMBER = (r"-?\d+(\.\d+)?", "a number as a string")


def _pattern(check: Check, element: Json, key: str, pointer: str, wanted: tuple[str, str]) -> None:
    pattern, words = wanted
    value = element.get(key)
    if value is not None and not (isinstance(value, str) and re.fullmatch(pattern, value)):
        check.fault(f"{pointer}/{key}", f"must provide {words}")


DISPATCH = "dispatch_action_config"
WRITTEN = NAMED | {"initial_value", DISPATCH, "focus_on_load", "placeholder"}


def _plain_text_input(check: Check, element: Json, pointer: str) -> None:
    check.fields(element, pointer, WRITTEN | {"multiline", "min_length", "max_length"}, ())
    check.number(element, "min_length", pointer, 0, 3000)
    check.number(element, "max_length", pointer, 1, 3000)
    most = element.get("max_length")
    most = most if isinstance(most, int) and 1 <= most <= 3000 else 3000
    check.string(element, "initial_value", pointer, most)
    check.boolean(element, "multiline", pointer)
    if isinstance(element.get("min_length"), int) and element["min_length"] > most:
        check.fault(f"{pointer}/min_length", "must not be more than max_length")
    _dispatch(check, element, pointer)


def _dispatch(check: Check, element: Json, pointer: str) -> None:
    config = element.get(DISPATCH)
    if config is None or not check.dictionary(config, f"{pointer}/{DISPATCH}"):
        return
    for trigger in check.items(config, "trigger_actions_on", f"{pointer}/{DISPATCH}", 1, 2):
        if trigger not in ("on_enter_pressed", "on_character_entered"):
            check.fault(f"{pointer}/{DISPATCH}", "must be one of: on_enter_pressed, on_character_entered")


def _address_input(check: Check, element: Json, pointer: str) -> None:
    check.fields(element, pointer, WRITTEN, ())
    check.string(element, "initial_value", pointer, 3000)


def _number_input(check: Check, element: Json, pointer: str) -> None:
    own = {"is_decimal_allowed", "min_value", "max_value"}
    check.fields(element, pointer, WRITTEN | own, ("is_decimal_allowed",))
    for key in ("initial_value", "min_value", "max_value"):
        _pattern(check, element, key, pointer, NUMBER)


def _rich_text_input(check: Check, element: Json, pointer: str) -> None:
    check.fields(element, pointer, WRITTEN | {"min_lines", "max_lines"}, ())
    check.number(element, "min_lines", pointer, 1, 100)
    check.number(element, "max_lines", pointer, 1, 100)
    if element.get("initial_value") is not None:
        check.dictionary(element["initial_value"], f"{pointer}/initial_value")


def _file_input(check: Check, element: Json, pointer: str) -> None:
    check.fields(element, pointer, NAMED | {"filetypes", "max_files"}, ())
    check.number(element, "max_files", pointer, 1, 10)
    check.items(element, "filetypes", pointer, 1, 100)


RULES: dict[str, Rule] = {
    "button": _button,
    "workflow_button": _workflow_button,
    "icon_button": _icon_button,
    "feedback_buttons": _feedback_buttons,
    "overflow": _overflow,
    "checkboxes": _ticked,
    "radio_buttons": _ticked,
    "static_select": _static_select,
    "multi_static_select": _multi_static_select,
    "external_select": _external_select,
    "multi_external_select": _external_select,
    **{kind: _listed_select for kind in SELECTS if "static" not in kind and "external" not in kind},
    "datepicker": _datepicker,
    "timepicker": _timepicker,
    "datetimepicker": _datetimepicker,
    "plain_text_input": _plain_text_input,
    "email_text_input": _address_input,
    "url_text_input": _address_input,
    "number_input": _number_input,
    "rich_text_input": _rich_text_input,
    "file_input": _file_input,
    "image": check_image,
}
