"""A long text to the letter, over as many blocks as it takes."""

import re
from collections.abc import Callable, Iterator

from blocks import kit
from blocks.kit import Json

Shape = Callable[[str], Json]
_KEPT_BOLD = re.compile(r"\*\*(?=\S)([^*\n]+?)(?<=\S)\*\*")
_SENT_BOLD = re.compile(r"^\*(?=\S)([^*\n]+?)(?<=\S)\*", re.MULTILINE)
ALL_COUNTS = "belong to it but do not fit here"
"""Said where the reader has to know that what they approve or look for goes on."""


def quoted(page: str) -> Json:
    """As somebody's words."""
    return kit.rich(kit.quoted(kit.words(page)))


def read(page: str) -> Json:
    """As its reader sees it: channels show what stands between asterisks as bold."""
    return kit.rich(kit.quoted(*kit.emphasized(page, _SENT_BOLD)))


def written(page: str) -> Json:
    """As it is kept: what stands between two asterisks, the headings above all, is bold."""
    return kit.rich(kit.quoted(*kit.emphasized(page, _KEPT_BOLD)))


def label(text: str) -> Json:
    return kit.rich(kit.line(kit.words(text, bold=True)))


def whole(
    text: str, *, most: int, weight: int, shape: Shape = quoted, missing: str = "do not fit here"
) -> Iterator[Json]:
    """At most `most` blocks of `weight` bytes together (see `kit.pages`); what is `missing` is counted below them."""
    shown, left = kit.pages(text if text.strip() else kit.BLANK, most=most, weight=weight)
    yield from (shape(page) for page in shown)
    if left:
        yield kit.context(f"{left:,} more characters {missing}.")
