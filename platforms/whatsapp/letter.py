"""A letter as WhatsApp allows it now: words inside 24 hours of the person's last message, else the template."""

import re
import unicodedata
from datetime import datetime, timedelta
from typing import Protocol

from hub.channel import Json, Letter, Message

WINDOW = timedelta(hours=24)
MARGIN = timedelta(minutes=2)
"""So that a window that closes on the way does not cost an attempt."""
SESSION_LENGTH = 4096
BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
PHONE = re.compile(r"\+?[0-9]{5,20}")


class Template(Protocol):
    @property
    def whatsapp_template(self) -> str: ...
    @property
    def whatsapp_template_language(self) -> str: ...
    @property
    def whatsapp_template_length(self) -> int: ...


def compose(letter: Letter, now: datetime, *, template: Template) -> Message:
    """Only the outcome has a template: an acknowledgement or a comment after the window is for a person to give."""
    if not letter.template_only and is_open(letter, now):
        return _session(letter)
    if letter.purpose == "resolution":
        return _template(letter, template)
    return Message(kind="by hand", text=BOLD.sub(r"\1", letter.text), request={})


def is_open(letter: Letter, now: datetime) -> bool:
    return letter.last_heard_at is not None and now < letter.last_heard_at + WINDOW - MARGIN


def _session(letter: Letter) -> Message:
    text = cut(BOLD.sub(r"*\1*", letter.text).strip(), SESSION_LENGTH)
    body = {"recipient_type": "individual", "type": "text", "text": {"body": text, "preview_url": False}}
    return Message(kind="session", text=text, request=_request(letter, body))


def _template(letter: Letter, template: Template) -> Message:
    """One body parameter; the template's own words around it are Meta's to show."""
    text = cut(clean(BOLD.sub(r"\1", letter.text)), template.whatsapp_template_length)
    language = _approved_language(template.whatsapp_template_language, letter.language)
    body = {
        "recipient_type": "individual",
        "type": "template",
        "template": {
            "name": template.whatsapp_template,
            "language": {"code": language, "policy": "deterministic"},
            "components": [{"type": "body", "parameters": [{"type": "text", "text": text}]}],
        },
    }
    return Message(kind="template", text=text, request=_request(letter, body))


def _request(letter: Letter, body: Json) -> Json:
    number, _, user = letter.recipient.partition(":")
    addressed = {
        "messaging_product": "whatsapp",
        **_address(letter, user),
        "biz_opaque_callback_data": letter.notification_id,
        **body,
    }
    return {"phone_number_id": number, "recipient": letter.recipient, "body": addressed}


def _address(letter: Letter, user: str) -> Json:
    """`to` is for phones only: a business-scoped user id there is dropped silently, `recipient` takes it."""
    phone = str(letter.attributes.get("phone") or "")
    if PHONE.fullmatch(phone):
        return {"to": phone}
    return {"to": user} if PHONE.fullmatch(user) else {"recipient": user}


def clean(text: str) -> str:
    """One line without invisible signs: Meta refuses parameters with line breaks, tabs or runs of spaces."""
    visible = "".join(sign for sign in text if sign.isspace() or unicodedata.category(sign) not in ("Cf", "Cc"))
    return " ".join(visible.split())


def cut(text: str, length: int) -> str:
    """At most `length` signs, ended at a word with an ellipsis when something is left out."""
    if len(text) <= length:
        return text
    kept = text[: length - 1]
    whole = kept if text[length - 1].isspace() else kept.rpartition(" ")[0] or kept
    return whole.rstrip() + "…"


def _approved_language(approved: str, wanted: str | None) -> str:
    """A template exists only in the languages it was approved in: the reporter's if it is one, else the first."""
    codes = [code.strip() for code in approved.split(",") if code.strip()]
    return next((code for code in codes if wanted and code.split("_")[0] == wanted[:2]), codes[0])
