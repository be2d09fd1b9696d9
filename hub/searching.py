"""What agents type to find tickets: words, and filters written as name:value."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from hub.errors import Invalid
from storage.enums import Priority, TicketStatus, TicketType
from storage.tickets import Filters

EXAMPLES = (
    "invoice missing",
    "status:open priority:high",
    "channel:whatsapp assignee:me",
    "tag:billing",
    "from:rita",
    "#142",
)
NAMES = ("status", "channel", "priority", "type", "assignee", "tag", "from")
LONGEST = 200
_FILTER = re.compile(r'(\w+):(?:"([^"]*)"|(\S*))')
_NEARLY = re.compile(r'(?<!\S)([^\W\d_]+):("[^"]+"|@?[^\W\d][\w-]*|<@[^>\s]+>)(?!\S)')
"""What is written like a filter and could be no address, time or port."""
_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
_STATES = {"open": TicketStatus.OPEN, "in_progress": TicketStatus.IN_PROGRESS, "resolved": TicketStatus.RESOLVED}


def parse(text: str, *, me: str, channels: Collection[str]) -> Filters:
    """`me` is the account of who asks; Invalid for a filter there is not or that cannot be, with what there is."""
    for name, value in _NEARLY.findall(text):
        if name.lower() not in NAMES:
            raise _unknown(name, value)
    filters = Filters()
    for name, quoted, plain in _FILTER.findall(text):
        if name.lower() in NAMES:
            filters = _put(filters, name.lower(), (quoted or plain).strip(), me=me, channels=channels)
    words = " ".join(_FILTER.sub(_kept, text).split())[:LONGEST]
    number = re.fullmatch(r"#?(\d{1,9})", words)
    if number:
        return replace(filters, number=int(number[1]))
    return replace(filters, words=words or None)


def _kept(found: re.Match[str]) -> str:
    """What looks like a filter and is none, an address say, is words."""
    return "" if found[1].lower() in NAMES else found[0]


def _put(filters: Filters, name: str, value: str, *, me: str, channels: Collection[str]) -> Filters:
    if not value:
        raise _wrong(name, value, "a value")
    read: dict[str, Callable[[], Filters]] = {
        "status": lambda: replace(filters, status=_one(name, value, _STATES)),
        "channel": lambda: replace(filters, channel=_one(name, value, {each: each for each in channels})),
        "priority": lambda: replace(filters, priority=int(_one(name, value, _priorities()))),
        "type": lambda: replace(filters, ticket_type=_one(name, value, {each.value: each for each in TicketType})),
        "assignee": lambda: replace(filters, assignee=_assignee(value, me=me)),
        "tag": lambda: replace(filters, tag=value),
        "from": lambda: replace(filters, reporter=value),
    }
    return read[name]()


def _one(name: str, value: str, known: Mapping[str, Any]) -> Any:
    word = value.lower().replace("-", "_").replace(" ", "_")
    if word not in known:
        raise _wrong(name, value, f"one of {', '.join(known)}")
    return known[word]


def _priorities() -> dict[str, Priority]:
    """By name, by number, and as people say it: P1."""
    names = {each.name.lower(): each for each in Priority}
    return names | {str(int(each)): each for each in Priority} | {f"p{int(each)}": each for each in Priority}


def _assignee(value: str, *, me: str) -> str:
    if value.lower() == "me":
        return me
    if value.lower() in {"nobody", "none"}:
        return ""
    mention = _MENTION.fullmatch(value)
    if mention is None:
        raise _wrong("assignee", value, "me, nobody or a mention such as @ana")
    return f"{me.partition(':')[0]}:{mention[1]}"


def _unknown(name: str, value: str) -> Invalid:
    return Invalid(
        f"There is no filter “{name}”, so “{name}:{value}” finds nothing. The filters are {', '.join(NAMES)}. "
        f"For example: /tickets {EXAMPLES[1]}",
        field=name,
    )


def _wrong(name: str, value: str, wanted: str) -> Invalid:
    return Invalid(
        f"“{name}:{value}” is no filter: {name} takes {wanted}. For example: /tickets {EXAMPLES[1]}", field=name
    )
