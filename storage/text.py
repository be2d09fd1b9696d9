"""What PostgreSQL can hold and how it reads it: no NUL, no half of a surrogate pair. The one place that cleans."""

import re
from typing import Any

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_ESCAPED = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
FEW_BRACKETS = 200
"""Too few to nest deeper than storable() can follow."""


def storable(value: Any) -> Any:
    """`value` (anything JSON can be) with every string made storable; lists and dictionaries are copied."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("", value)
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [storable(item) for item in value]
    return value


def is_storable(text: str) -> bool:
    """Whether the well-formed JSON in `text`, decoded from UTF-8, is storable as it stands; most of it is.

    Raw control characters are no JSON and raw surrogates no UTF-8, so only an escape can bring them.
    """
    return not _ESCAPED.search(text) and text.count("[") + text.count("{") < FEW_BRACKETS


def beginning(words: str) -> str:
    """The LIKE pattern of what begins so; wildcards in `words` mean themselves."""
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
