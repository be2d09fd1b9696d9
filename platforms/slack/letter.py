"""A letter as Slack shows it: bold headings, everything else inert."""

import re

from hub.channel import Json, Letter, Message
from platforms.slack import markup

EVENT_TYPE = "feedback_hub_notification"
"""Names our messages in their metadata, so that they are found again when an answer was lost."""

TEXT_LIMIT = 3_900
"""Slack advises 4,000 characters for `text` (chat.postMessage) and breaks longer ones into several messages."""

_SECTION_LIMIT = 2_900
_WHOLE_LIMIT = 11_600
_HEADING = re.compile(r"\*\*(?=\S)([^*\n]+?)(?<=\S)\*\*")
_CUT = "\n…"


def compose(letter: Letter) -> Message:
    """One message: as text when it fits, else as sections of one message, so that nothing is sent in parts."""
    pieces = _pieces(markup.escape(_HEADING.sub(r"*\1*", letter.text)))
    request = {**_address(letter), **_inert(letter), "text": _summary(pieces)}
    if len(pieces) > 1:
        request["blocks"] = [_section(piece) for piece in pieces]
    kind = "thread" if "thread_ts" in request else "direct message"
    return Message(kind=kind, text=markup.unescape("\n".join(pieces)), request=request)


def _address(letter: Letter) -> Json:
    """The thread they wrote in, else their direct messages; an acknowledgement answers under the message itself."""
    channel = letter.place.get("channel") or letter.recipient.rpartition(":")[2]
    thread = letter.place.get("thread_ts")
    if thread is None and letter.purpose == "acknowledgement":
        thread = letter.place.get("ts")
    return {"channel": channel, "thread_ts": thread} if thread else {"channel": channel}


def _inert(letter: Letter) -> Json:
    return {
        "metadata": {"event_type": EVENT_TYPE, "event_payload": {"notification_id": letter.notification_id}},
        "unfurl_links": False,
        "unfurl_media": False,
        "link_names": False,
        "parse": "none",
    }


def _section(piece: str) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": piece, "verbatim": True}}


def _pieces(escaped: str) -> list[str]:
    """One piece when it fits in `text`, else section by section, at most as much as one message holds."""
    if len(escaped) <= TEXT_LIMIT:
        return [escaped]
    if len(escaped) > _WHOLE_LIMIT:
        escaped = escaped[: _cut(escaped, _WHOLE_LIMIT - len(_CUT))].rstrip() + _CUT
    pieces = []
    while len(escaped) > _SECTION_LIMIT:
        cut = _cut(escaped, _SECTION_LIMIT)
        pieces.append(escaped[:cut].rstrip())
        escaped = escaped[cut:].lstrip()
    return [piece for piece in (*pieces, escaped) if piece]


def _summary(pieces: list[str]) -> str:
    """What notifications and screen readers say: the whole text, or as much of it as `text` takes."""
    whole = "\n".join(pieces)
    if len(whole) <= TEXT_LIMIT:
        return whole
    return whole[: _cut(whole, TEXT_LIMIT - len(_CUT))].rstrip() + _CUT


def _cut(escaped: str, limit: int) -> int:
    """Where to break: after a paragraph, a line or a word if one ends in the second half; never in an entity."""
    for mark in ("\n\n", "\n", " "):
        if (at := escaped.rfind(mark, limit // 2, limit)) != -1:
            return at
    entity = escaped.rfind("&", limit - 4, limit)
    return entity if entity != -1 and ";" not in escaped[entity:limit] else limit
