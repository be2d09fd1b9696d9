"""What a file is called where we keep it: at random, so that what outside people call it never becomes a path."""

import re
import secrets

NAME = re.compile(r"[0-9a-f]{32}(\.[a-z0-9]{1,8})?")
_SUFFIX = re.compile(r"\.([A-Za-z0-9]{1,8})$")


def invent(hint: str) -> str:
    """A name nobody has; only a short plain suffix of `hint` survives in it."""
    suffix = _SUFFIX.search(hint)
    return secrets.token_hex(16) + (f".{suffix[1].lower()}" if suffix else "")
