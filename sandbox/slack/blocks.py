"""What the played Slack demands of blocks and views (docs.slack.dev, "Blocks", "Views")."""

import json
from collections.abc import Callable
from typing import Any

from sandbox.slack.charts import check_chart, check_data_table, check_table
from sandbox.slack.checks import ANY_TEXT, Check
from sandbox.slack.elements import check_choices, check_element, check_image

Json = dict[str, Any]
Rule = Callable[[Check, Json, str], None]

MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}
EVERYWHERE = frozenset({"actions", "context", "divider", "header", "image", "input", "rich_text", "section", "video"})
SURFACES = {
    "message": EVERYWHERE
    | {
        "card",
        "carousel",
        "container",
        "context_actions",
        "data_table",
        "data_visualization",
        "markdown",
        "plan",
        "table",
        "task_card",
    },
    "modal": EVERYWHERE | {"alert"},
    "home": EVERYWHERE,
}
"""Where sources disagree (tables, charts and cards outside messages) a block is refused: it needs a live check."""
IN_CONTAINER = SURFACES["message"] - {"container", "input"}
PLACE = frozenset({"type", "block_id"})
VIEW_BYTES = 250_000


def block_faults(blocks: Any, surface: str, pointer: str = "/blocks") -> list[str]:
    """Everything Slack would refuse in `blocks` on `surface` (message, modal or home), with JSON pointers."""
    check = Check(surface)
    listed = check.items({"blocks": blocks}, "blocks", pointer.removesuffix("/blocks"), 0, MOST_BLOCKS[surface])
    _all(check, listed, pointer, SURFACES[surface])
    return check.faults


def view_faults(view: Any, pointer: str = "/view") -> list[str]:
    """Everything Slack would refuse in a view."""
    if not isinstance(view, dict):
        return [f"must provide an object [json-pointer:{pointer}]"]
    surface = view.get("type")
    if surface not in ("modal", "home"):
        return [f"must be one of: modal, home [json-pointer:{pointer}/type]"]
    check = Check(surface)
    (_modal if surface == "modal" else _home)(check, view, pointer)
    for key, limit in (("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)):
        check.string(view, key, pointer, limit)
    _all(check, check.items(view, "blocks", pointer, 1, 100), f"{pointer}/blocks", SURFACES[surface])
    return check.faults


def view_is_too_large(view: Json) -> bool:
    return len(json.dumps(view).encode()) > VIEW_BYTES


def option_faults(answer: Json) -> list[str]:
    """What is wrong with the answer to a block_suggestion."""
    check = Check("message")
    if answer.get("options") != []:
        check_choices(check, answer, "")
    return check.faults


BOTH = frozenset({"type", "blocks", "private_metadata", "callback_id", "external_id"})


def _modal(check: Check, view: Json, pointer: str) -> None:
    own = {"title", "close", "submit", "clear_on_close", "notify_on_close", "submit_disabled"}
    check.fields(view, pointer, BOTH | own, ("title", "blocks"))
    for key in ("title", "close", "submit"):
        check.text(view, key, pointer, 24)
    for key in ("clear_on_close", "notify_on_close"):
        check.boolean(view, key, pointer)
    blocks = view.get("blocks")
    inputs = isinstance(blocks, list) and any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
    if inputs and not view.get("submit"):
        check.fault(f"{pointer}/submit", "missing required field: submit, as the view has an input block")


def _home(check: Check, view: Json, pointer: str) -> None:
    check.fields(view, pointer, BOTH, ("blocks",))


def _all(check: Check, blocks: list[Any], pointer: str, allowed: frozenset[str]) -> None:
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        where = f"{pointer}/{index}"
        if not check.dictionary(block, where):
            continue
        block_id = block.get("block_id")
        if isinstance(block_id, str) and block_id in seen:
            check.fault(f"{where}/block_id", f"block_id already exists: {block_id}")
        if isinstance(block_id, str):
            seen.add(block_id)
        _block(check, block, where, allowed)


def _block(check: Check, block: Json, pointer: str, allowed: frozenset[str]) -> None:
    kind = block.get("type")
    rule = RULES.get(kind) if isinstance(kind, str) else None
    if rule is None:
        check.fault(pointer, f"unsupported type: {kind}")
        return
    if kind not in allowed:
        check.fault(pointer, f"unsupported type: {kind} is not available in a {check.surface}")
        return
    check.string(block, "block_id", pointer, 255, least=1)
    rule(check, block, pointer)


def _section(check: Check, block: Json, pointer: str) -> None:
    check.fields(block, pointer, PLACE | {"text", "fields", "accessory", "expand"}, ())
    if block.get("text") is None and block.get("fields") is None:
        check.fault(pointer, "must provide at least one of text and fields")
    check.text(block, "text", pointer, 3000, ANY_TEXT)
    for index, text in enumerate(check.items(block, "fields", pointer, 1, 10)):
        check.text_object(text, f"{pointer}/fields/{index}", 2000, ANY_TEXT)
    if block.get("accessory") is not None:
        check_element(check, block["accessory"], f"{pointer}/accessory", "section")


def _header(check: Check, block: Json, pointer: str) -> None:
    check.fields(block, pointer, PLACE | {"text", "level"}, ("text",))
    check.text(block, "text", pointer, 150)


def _divider(check: Check, block: Json, pointer: str) -> None:
    check.fields(block, pointer, PLACE, ())


def _context(check: Check, block: Json, pointer: str) -> None:
    check.fields(block, pointer, PLACE | {"elements"}, ("elements",))
    for index, element in enumerate(check.items(block, "elements", pointer, 1, 10)):
        where = f"{pointer}/elements/{index}"
        if isinstance(element, dict) and element.get("type") == "image":
            check_image(check, element, where)
        else:
            check.text_object(element, where, 3000, ANY_TEXT)


def _actions(check: Check, block: Json, pointer: str) -> None:
    check.fields(block, pointer, PLACE | {"elements"}, ("elements",))
    _pressable(check, block, "elements", pointer, 25)


def _context_actions(check: Check, block: Json, pointer: str) -> None:
    check.fields(block, pointer, PLACE | {"elements"}, ("elements",))
    _pressable(check, block, "elements", pointer, 5)


def _pressable(check: Check, block: Json, key: str, pointer: str, most: int) -> None:
    """Elements whose action_id has to be theirs alone within the block."""
    seen: set[str] = set()
    for index, element in enumerate(check.items(block, key, pointer, 1, most)):
        where = f"{pointer}/{key}/{index}"
        check_element(check, element, where, block["type"])
        action_id = element.get("action_id") if isinstance(element, dict) else None
        if isinstance(action_id, str) and action_id in seen:
            check.fault(f"{where}/action_id", f"action_id already exists: {action_id}")
        if isinstance(action_id, str):
            seen.add(action_id)


def _input(check: Check, block: Json, pointer: str) -> None:
    own = {"label", "element", "hint", "optional", "dispatch_action"}
    check.fields(block, pointer, PLACE | own, ("label", "element"))
    check.text(block, "label", pointer, 2000)
    check.text(block, "hint", pointer, 2000)
    check.boolean(block, "optional", pointer)
    check.boolean(block, "dispatch_action", pointer)
    if block.get("element") is not None:
        check_element(check, block["element"], f"{pointer}/element", "input")


def _image(check: Check, block: Json, pointer: str) -> None:
    own = {"image_url", "slack_file", "alt_text", "title"}
    check.fields(block, pointer, PLACE | own, ("alt_text",))
    check.image(block, pointer)
    check.text(block, "title", pointer, 2000)


def _rich_text(check: Check, block: Json, pointer: str) -> None:
    check.fields(block, pointer, PLACE | {"elements"}, ("elements",))
    known = ("rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote")
    for index, element in enumerate(check.items(block, "elements", pointer, 0, 1000)):
        where = f"{pointer}/elements/{index}"
        if check.dictionary(element, where):
            check.fields(element, where, frozenset({*element}), ("type", "elements"))
            check.one_of(element, "type", where, known)


def _video(check: Check, block: Json, pointer: str) -> None:
    needed = ("alt_text", "title", "thumbnail_url", "video_url")
    own = {"title_url", "description", "provider_icon_url", "provider_name", "author_name"}
    check.fields(block, pointer, PLACE | {*needed} | own, needed)
    check.text(block, "title", pointer, 200)
    check.text(block, "description", pointer, 200)
    check.string(block, "alt_text", pointer, 2000, least=1)


def _markdown(check: Check, block: Json, pointer: str) -> None:
    check.fields(block, pointer, PLACE | {"text"}, ("text",))
    check.string(block, "text", pointer, 12_000, least=1)
    text = block.get("text")
    if isinstance(text, str) and len(text) <= 12_000 < check.count("markdown", len(text)):
        check.fault(f"{pointer}/text", "all markdown blocks together must be less than 12001 characters")


def _alert(check: Check, block: Json, pointer: str) -> None:
    check.fields(block, pointer, PLACE | {"text", "level"}, ("text",))
    check.text(block, "text", pointer, 200, ANY_TEXT)
    check.one_of(block, "level", pointer, ("default", "info", "warning", "error", "success"))


def _card(check: Check, block: Json, pointer: str) -> None:
    own = {"hero_image", "icon", "title", "subtitle", "body", "subtext", "actions", "slack_icon"}
    check.fields(block, pointer, PLACE | own, ())
    if not any(block.get(key) for key in ("hero_image", "title", "actions", "body")):
        check.fault(pointer, "must provide at least one of hero_image, title, actions and body")
    for key, limit in (("title", 150), ("subtitle", 150), ("body", 200), ("subtext", 150)):
        check.text(block, key, pointer, limit, ANY_TEXT)
    for key in ("hero_image", "icon"):
        if block.get(key) is not None and check.dictionary(block[key], f"{pointer}/{key}"):
            check_image(check, block[key], f"{pointer}/{key}")
    _pressable(check, block, "actions", pointer, 3)


def _carousel(check: Check, block: Json, pointer: str) -> None:
    check.fields(block, pointer, PLACE | {"elements"}, ("elements",))
    cards = check.items(block, "elements", pointer, 1, 10)
    _all(check, cards, f"{pointer}/elements", frozenset({"card"}))


def _container(check: Check, block: Json, pointer: str) -> None:
    own = {"title", "rich_text_title", "subtitle", "child_blocks", "width", "icon"}
    own |= {"is_collapsible", "default_collapsed", "has_header_divider"}
    check.fields(block, pointer, PLACE | own, ("child_blocks",))
    check.text(block, "title", pointer, 150, ANY_TEXT)
    check.text(block, "subtitle", pointer, 150, ANY_TEXT)
    check.one_of(block, "width", pointer, ("narrow", "standard", "wide", "full"))
    for key in ("is_collapsible", "default_collapsed", "has_header_divider"):
        check.boolean(block, key, pointer)
    children = check.items(block, "child_blocks", pointer, 1, 10)
    _all(check, children, f"{pointer}/child_blocks", IN_CONTAINER)


def _plan(check: Check, block: Json, pointer: str) -> None:
    check.fields(block, pointer, PLACE | {"title", "tasks"}, ("title",))
    for index, task in enumerate(check.items(block, "tasks", pointer, 0, 50)):
        if check.dictionary(task, f"{pointer}/tasks/{index}"):
            _task(check, task, f"{pointer}/tasks/{index}")


def _task_card(check: Check, block: Json, pointer: str) -> None:
    _task(check, block, pointer)
    if block.get("status") == "pending":
        check.fault(f"{pointer}/status", "may only be pending inside a plan")


def _task(check: Check, task: Json, pointer: str) -> None:
    own = {"task_id", "title", "details", "output", "sources", "status"}
    check.fields(task, pointer, PLACE | own, ("task_id", "title"))
    check.one_of(task, "status", pointer, ("pending", "in_progress", "complete", "error"))


RULES: dict[str, Rule] = {
    "section": _section,
    "header": _header,
    "divider": _divider,
    "context": _context,
    "actions": _actions,
    "context_actions": _context_actions,
    "input": _input,
    "image": _image,
    "rich_text": _rich_text,
    "video": _video,
    "markdown": _markdown,
    "alert": _alert,
    "card": _card,
    "carousel": _carousel,
    "container": _container,
    "plan": _plan,
    "task_card": _task_card,
    "table": check_table,
    "data_table": check_data_table,
    "data_visualization": check_chart,
}
