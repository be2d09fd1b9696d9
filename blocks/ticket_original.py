"""The tab of a ticket's window that shows what arrived, and what we made of it."""

from collections.abc import Iterator, Sequence

from blocks import badges, kit, passages, tickets
from blocks.kit import Json
from hub.tracing import Arrived, Original, Version

_NAME = 120
_URL = 600
_FILES = 20
_REPORT = (20, 70_000)
_COMMENT = (2, 8_000)
_VERSION = (1, 6_000)
"""Blocks, and bytes, that a text may take: a view may have 100 blocks and 250 kB."""


def tab(shown: Original) -> Iterator[Json]:
    yield from _made(shown)
    yield passages.label("What arrived" if not shown.is_by_hand else "What an agent wrote down")
    yield from _message(shown.report, _REPORT)
    yield from tickets.attachments(shown.attachments, most=_FILES)
    if shown.comments:
        yield kit.divider()
        yield passages.label("What was said after it, newest first")
    for comment in shown.comments:
        yield from _message(comment, _COMMENT)


def _made(shown: Original) -> Iterator[Json]:
    yield passages.label("What we made of it")
    yield kit.fields(
        [
            ("Type", badges.ticket_type(shown.ticket_type)),
            ("Priority", badges.priority(shown.priority)),
            ("Language", badges.LANGUAGE.get(shown.language or "", "not recognised")),
        ]
    )
    yield kit.rich(kit.line(kit.words("Title: ", bold=True), kit.words(shown.title)))


def _message(said: Arrived, room: tuple[int, int]) -> Iterator[Json]:
    yield kit.rich(kit.line(*_head(said)))
    yield from _text(said.text, room)
    for version in said.versions:
        yield from _version(version)
    if said.has_more_versions:
        yield kit.context("There are still earlier versions; they are kept and not shown here.")


def _head(said: Arrived) -> Sequence[Json]:
    head = [
        kit.words(f"{badges.channel(said.platform)} ", limit=kit.LABEL),
        kit.words(f"{kit.cut(said.author, _NAME)}, ", bold=True),
        kit.moment(said.sent_at),
    ]
    if said.is_deleted:
        head.append(kit.words(" (🗑️ deleted by its author)"))
    if said.url and len(said.url) <= _URL and kit.is_address(said.url):
        head += [kit.words(" · "), kit.link(said.url, "Open")]
    return head


def _version(version: Version) -> Iterator[Json]:
    yield kit.rich(kit.line(kit.words("✏️ Before it was changed, "), kit.moment(version.replaced_at), kit.words(":")))
    yield from _text(version.text, _VERSION)


def _text(text: str, room: tuple[int, int]) -> Iterator[Json]:
    most, weight = room
    yield from passages.whole(text, most=most, weight=weight)
