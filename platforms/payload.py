"""Reaching into JSON that somebody else wrote: what is of another kind than expected counts as missing."""

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from hub.channel import Json

IDENTIFIER = "[!-~]{1,400}"
LATEST = 4_102_444_800
"""The year 2100 in Unix seconds; anything later is no time of ours (milliseconds, most likely)."""

LARGEST = 2**63
"""Whole numbers from here on are nobody's size or code, and no column holds them."""


class Unexpected(Exception):
    """A part of a payload is not what its platform documents; the message says which."""


def words(parent: Any, key: str) -> str:
    value = parent.get(key) if isinstance(parent, dict) else None
    return value if isinstance(value, str) else ""


def child(parent: Any, key: str) -> Json:
    value = parent.get(key) if isinstance(parent, dict) else None
    return value if isinstance(value, dict) else {}


def items(parent: Any, key: str) -> list[Any]:
    """The list as it is: what in it is no object must not vanish unseen."""
    value = parent.get(key) if isinstance(parent, dict) else None
    return value if isinstance(value, list) else []


def children(parent: Any, key: str) -> list[Json]:
    return [item for item in items(parent, key) if isinstance(item, dict)]


def identifier(parent: Any, key: str, shape: str = IDENTIFIER) -> str:
    """An id, which some write as a number. Raises Unexpected."""
    found = find_identifier(parent, key, shape)
    if not found:
        raise Unexpected(f"the field {key} is missing or no id")
    return found


def find_identifier(parent: Any, key: str, shape: str = IDENTIFIER) -> str:
    value = parent.get(key) if isinstance(parent, dict) else None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**30:
        value = str(value)
    return value if isinstance(value, str) and re.fullmatch(shape, value) else ""


def whole(parent: Any, key: str) -> int | None:
    value = parent.get(key) if isinstance(parent, dict) else None
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if abs(value) < LARGEST else None


def moment(parent: Any, key: str) -> datetime:
    """Unix seconds, as a number or as digits. Raises Unexpected."""
    value = parent.get(key) if isinstance(parent, dict) else None
    if isinstance(value, str) and re.fullmatch("[0-9]{1,12}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < LATEST:
        raise Unexpected(f"the field {key} is missing or no time")
    return datetime.fromtimestamp(value, UTC)


def web_address(parent: Any, key: str) -> str:
    """An http(s) URL, else ""."""
    value = words(parent, key)
    return value if is_web_address(value) else ""


def is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)
