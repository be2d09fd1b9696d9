"""Slack's text: what people typed made plain, and plain text made inert."""

import re

from hub.channel import Json
from platforms.payload import children, words

_TOKEN = re.compile(r"<([^<>]*)>")
_ENTITY = re.compile(r"&(amp|lt|gt);")
_CHARACTERS = {"amp": "&", "lt": "<", "gt": ">"}
_DEEPEST = 12


def plain(text: str, bot: str | None = None) -> str:
    """Mentions, channels and links as a person reads them; mentions of `bot` are left out.

    Slack's "Formatting text for app surfaces": `& < >` are the only escaped characters, everything between
    `<` and `>` is a token.
    """
    if bot:
        text = re.sub(rf"<@{re.escape(bot)}(\|[^<>]*)?>[ \t]?", "", text)
    return unescape(_TOKEN.sub(lambda token: _spoken(token[1]), text)).strip()


def escape(text: str) -> str:
    """Text that Slack shows and never interprets as a mention, a link or a command."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    return _ENTITY.sub(lambda entity: _CHARACTERS[entity[1]], text)


def _spoken(token: str) -> str:
    target, _, label = token.partition("|")
    if target.startswith(("@", "#")):
        return target[0] + (label.lstrip("@#") or target[1:])
    if target.startswith("!"):
        return label or "@" + target[1:].split("^")[0]
    return _link(target, label)


def _link(target: str, label: str) -> str:
    address = re.sub(r"^(mailto|tel):", "", target)
    if label in ("", target, address) or re.sub(r"^https?://", "", target).rstrip("/") == label.rstrip("/"):
        return address
    return f"{label} ({address})"


def rich_text(message: Json) -> str:
    """The words of the message's `rich_text` blocks, whose text is not escaped; other blocks say nothing."""
    written = (block for block in children(message, "blocks") if block.get("type") == "rich_text")
    return "\n".join(_lines(block, _DEEPEST) for block in written).strip()


def _lines(block: Json, deepest: int) -> str:
    if deepest == 0:
        return ""
    parts = children(block, "elements")
    if any(str(part.get("type", "")).startswith("rich_text_") for part in parts):
        return "\n".join(_lines(part, deepest - 1) for part in parts)
    return "".join(_word(part) for part in parts)


def _word(element: Json) -> str:
    kind = element.get("type")
    if kind == "text":
        return words(element, "text")
    if kind == "link":
        return _link(words(element, "url"), words(element, "text"))
    if kind == "emoji":
        return f":{words(element, 'name')}:"
    if kind == "date":
        return words(element, "fallback")
    if kind == "channel":
        return "#" + words(element, "channel_id")
    return _mention(element)


def _mention(element: Json) -> str:
    name = words(element, "user_id") or words(element, "usergroup_id") or words(element, "range")
    return f"@{name}" if name else ""
