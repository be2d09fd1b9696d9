"""How things are said to people, whoever says them."""

from collections.abc import Iterable


def listed(words: Iterable[str]) -> str:
    """`a, b and c`; there has to be one."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
