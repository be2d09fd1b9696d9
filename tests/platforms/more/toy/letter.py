"""A letter as the toy wants it: plain text, into the thread where there is one."""

import re

from hub.channel import Letter, Message

BOLD = re.compile(r"\*\*([^*\n]+)\*\*")


def compose(letter: Letter) -> Message:
    text, thread = BOLD.sub(r"\1", letter.text), letter.place.get("thread")
    request = {
        "to": letter.recipient.rpartition(":")[2],
        "thread": thread,
        "text": text,
        "reference": letter.notification_id,
    }
    return Message(kind="reply" if thread else "direct message", text=text, request=request)
