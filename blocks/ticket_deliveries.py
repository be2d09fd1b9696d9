"""The tab of a ticket's window that shows each message to the reporter, and what became of it."""

from collections.abc import Iterator, Sequence

from blocks import kit, notifications, passages
from blocks.kit import Json
from hub.detailing import Deliveries, Sent

_RECIPIENT = 120
_BLOCKS, _WEIGHT = 2, 40_000
"""Blocks, and bytes, that a text may take: it has 3,000 characters at most, 12 bytes each at worst."""


def tab(shown: Deliveries) -> Iterator[Json]:
    if not shown.messages:
        yield kit.sentence("Nothing has been sent to the reporter, and nothing is owed to them.")
    among = [message.told for message in shown.messages]
    for message in shown.messages:
        yield from notifications.told([message.told], among=among)
        yield kit.rich(kit.line(*_times(message)))
        yield from passages.whole(message.text, most=_BLOCKS, weight=_WEIGHT, shape=passages.written)


def _times(message: Sent) -> Sequence[Json]:
    elements = [kit.words(f"To {kit.cut(message.recipient, _RECIPIENT)}")]
    for word, at in (
        ("written", message.written_at),
        ("sent", message.sent_at),
        ("delivered", message.delivered_at),
        ("read", message.read_at),
    ):
        if at:
            elements += [kit.words(f" · {word} "), kit.moment(at)]
    return elements
