"""What PostgreSQL can hold and how it reads it: no NUL, no half of a surrogate pair. The one place that cleans."""

import re
from typing import Any

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(value: Any) -> Any:
    """`value` (anything JSON can be) with every string made storable; lists and dictionaries are copied."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("", value)
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [storable(item) for item in value]
    return value


def beginning(words: str) -> str:
    """The LIKE pattern of what begins so; wildcards in `words` mean themselves."""
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
