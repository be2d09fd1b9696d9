"""A letter as Intercom wants it: HTML, as a reply where there is a conversation or ticket."""

import re
from html import escape

from hub.channel import Json, Letter, Message

BOLD = re.compile(r"\*\*([^*\n]+)\*\*")


def compose(letter: Letter, *, admin_id: str) -> Message:
    body = _html(letter.text)
    reply = _reply(letter, body, admin_id)
    return Message(
        kind="reply" if reply else "direct message",
        text=BOLD.sub(r"\1", letter.text),
        request=reply or _new_message(letter, body, admin_id),
    )


def _reply(letter: Letter, body: str, admin_id: str) -> Json | None:
    for kind, key in (("conversations", "conversation_id"), ("tickets", "ticket_id")):
        if letter.place.get(key):
            answer = {"message_type": "comment", "type": "admin", "admin_id": admin_id, "body": body}
            return {"path": f"/{kind}/{letter.place[key]}/reply", "body": answer}
    return None


def _new_message(letter: Letter, body: str, admin_id: str) -> Json:
    """A conversation of its own, opened at once so that the message can be found again."""
    contact = letter.recipient.rpartition(":")[2]
    message = {
        "message_type": "in_app",
        "body": body,
        "from": {"type": "admin", "id": int(admin_id) if admin_id.isdecimal() else admin_id},
        "to": {"type": letter.attributes.get("role") or "user", "id": contact},
        "create_conversation_without_contact_reply": True,
    }
    return {"path": "/messages", "body": message}


def _html(text: str) -> str:
    paragraphs = [part.strip("\n") for part in re.split(r"\n[ \t]*\n", text) if part.strip()]
    return "".join(f"<p>{_lines(part)}</p>" for part in paragraphs)


def _lines(paragraph: str) -> str:
    return BOLD.sub(r"<b>\1</b>", escape(paragraph)).replace("\n", "<br>")
