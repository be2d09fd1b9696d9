"""The foot of every list: the page one is at, and the way to the next."""

from collections.abc import Iterator

from blocks import kit
from blocks.kit import Json
from hub.viewing import Choice

NEXT = "search.next"
PREVIOUS = "search.previous"


def turn(choice: Choice, next_cursor: str | None) -> Iterator[Json]:
    if choice.cursors or next_cursor:
        yield kit.context(f"Page {choice.page}")
    yield from buttons(choice, next_cursor)


def buttons(choice: Choice, next_cursor: str | None) -> Iterator[Json]:
    """The way alone, for a list that says itself which page it is at."""
    ways = [kit.button("Previous page", PREVIOUS, "previous")] if choice.cursors else []
    if next_cursor:
        ways.append(kit.button("Next page", NEXT, next_cursor))
    if ways:
        yield kit.actions(*ways)
