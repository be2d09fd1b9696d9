"""The foot of every list: the page one is at, and the way to the next."""

from collections.abc import Iterator

from blocks import kit, search
from blocks.kit import Json
from hub.viewing import Choice


def turn(choice: Choice, next_cursor: str | None) -> Iterator[Json]:
    buttons = [kit.button("Previous page", search.PREVIOUS, "previous")] if choice.cursors else []
    if next_cursor:
        buttons.append(kit.button("Next page", search.NEXT, next_cursor))
    if buttons:
        yield kit.context(f"Page {choice.page}")
        yield kit.actions(*buttons)
