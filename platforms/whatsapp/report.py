"""What a WhatsApp delivery says: any number of messages and receipts in any number of entries and changes."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from hub.channel import Edit, File, Json, Profile, Reading, Receipt, Report, Unreadable
from platforms.errors import ANOTHER_WAY
from platforms.payload import (
    Unexpected,
    child,
    children,
    find_identifier,
    identifier,
    items,
    moment,
    whole,
    words,
)
from platforms.whatsapp import refusals

NAME = "whatsapp"
ID = "[A-Za-z0-9_.-]{1,200}"
STATUSES = frozenset({"sent", "delivered", "read", "failed"})
SILENT_TYPES = frozenset({"reaction", "system"})
MEDIA = {"image": "Photo", "video": "Video", "audio": "Audio", "document": "Document", "sticker": "Sticker"}


def read(payload: Any, *, phone_number_id: str, burst_seconds: int) -> list[Reading]:
    """Shapes as in "Webhooks: messages". `phone_number_id`: the only number taken, "" for any."""
    if words(payload, "object") != "whatsapp_business_account":
        return [_unreadable("it is not about a WhatsApp business account")]
    readings: list[Reading] = []
    for change in _changes(payload):
        if isinstance(change, Unreadable):
            readings.append(change)
        elif words(change, "field") == "messages":
            readings.extend(_change(child(change, "value"), phone_number_id, burst_seconds))
    return readings


def _changes(payload: Any) -> Iterator[Json | Unreadable]:
    entries = items(payload, "entry")
    if not entries:
        yield _unreadable("it has no entry")
    for entry in entries:
        if not items(entry, "changes"):
            yield _unreadable("an entry has no changes")
        for change in items(entry, "changes"):
            yield change if isinstance(change, dict) else _unreadable("a change is no object")


def _change(value: Json, ours: str, burst_seconds: int) -> Iterator[Reading]:
    number = find_identifier(child(value, "metadata"), "phone_number_id", "[0-9]{1,40}")
    if not number:
        yield _unreadable("a change does not say for which number it is")
        return
    if ours and number != ours:
        yield _unreadable(f"it is for the number {number}; WHATSAPP_PHONE_NUMBER_ID is {ours}")
        return
    if not any(items(value, key) for key in ("messages", "statuses", "errors")):
        yield _unreadable("a change carries neither messages nor statuses")
    people = children(value, "contacts")
    for message in items(value, "messages"):
        yield from _read_one(lambda item: _message(item, number, people, burst_seconds), message)
    for status in items(value, "statuses"):
        yield from _read_one(_receipt, status)
    for error in items(value, "errors"):
        yield from _read_one(_reported_error, error)


def _read_one(reader: Callable[[Json], Reading | None], item: Any) -> Iterator[Reading]:
    if not isinstance(item, dict):
        yield _unreadable("an item is no object")
        return
    try:
        reading = reader(item)
    except Unexpected as error:
        reading = _unreadable(str(error))
    if reading:
        yield reading


def _unreadable(reason: str) -> Unreadable:
    return Unreadable(reason=f"WhatsApp delivery: {reason}.")


def _message(message: Json, number: str, people: list[Json], burst_seconds: int) -> Reading | None:
    kind = words(message, "type")
    if kind in SILENT_TYPES:
        return None
    author = _author(message, number, people)
    if kind in ("edit", "revoke"):
        return _edit(message, kind, author)
    text, files = _content(message, kind)
    return Report(
        platform=NAME,
        external_id=identifier(message, "id"),
        author=author,
        sent_at=moment(message, "timestamp"),
        text=text,
        raw=message,
        title=None if text else _untitled(kind, message),
        place={"phone_number_id": number},
        files=files,
        burst_seconds=burst_seconds,
    )


def _author(message: Json, number: str, people: list[Json]) -> Profile:
    """Keyed by the business-scoped user id where there is one ("Business-scoped user IDs"), else by the phone."""
    phone, user = find_identifier(message, "from", ID), find_identifier(message, "from_user_id", ID)
    contact = _contact(people, phone, user)
    user = user or find_identifier(contact, "user_id", ID)
    phone = phone or find_identifier(contact, "wa_id", ID)
    if not user and not phone:
        raise Unexpected("a message does not say who wrote it")
    profile = child(contact, "profile")
    return Profile(
        account_id=f"{number}:{user or phone}",
        name=words(profile, "name") or None,
        phone=phone or None,
        handle=words(profile, "username") or None,
    )


def _contact(people: list[Json], phone: str, user: str) -> Json:
    for person in people:
        if user and find_identifier(person, "user_id", ID) == user:
            return person
        if phone and find_identifier(person, "wa_id", ID) == phone:
            return person
    return {}


def _edit(message: Json, kind: str, author: Profile) -> Edit:
    """ "Message edits" and "Message revokes": what was changed is named inside."""
    change = child(message, kind)
    return Edit(
        platform=NAME,
        external_id=identifier(change, "original_message_id"),
        account_id=author.account_id,
        text=_edited_text(change) if kind == "edit" else None,
        at=moment(message, "timestamp"),
    )


def _edited_text(change: Json) -> str:
    edited = child(change, "message")
    text, _ = _content(edited, words(edited, "type"))
    return text


def _content(message: Json, kind: str) -> tuple[str, tuple[File, ...]]:
    if kind in MEDIA:
        return words(child(message, kind), "caption"), (_file(message, kind),)
    reader = TEXTS.get(kind)
    text = reader(message) if reader else ""
    if not text.strip():
        raise Unexpected(f"a message of type {_shown(kind)} has nothing that can be read{_why(message)}")
    return text, ()


def _shown(kind: str) -> str:
    return kind if kind.isidentifier() and len(kind) <= 40 else "unknown"


def _why(message: Json) -> str:
    try:
        return f" (error {refusals.first_error(message)[0]})"
    except Unexpected:
        return ""


def _file(message: Json, kind: str) -> File:
    media = child(message, kind)
    content_type = words(media, "mime_type") or "application/octet-stream"
    return File(
        name=words(media, "filename") or f"{kind}{_suffix(content_type)}",
        content_type=content_type,
        size=whole(media, "file_size"),
        source=identifier(media, "id", ID),
    )


def _suffix(content_type: str) -> str:
    ending = content_type.partition(";")[0].partition("/")[2]
    return f".{ending}" if ending.isalnum() else ""


def _untitled(kind: str, message: Json) -> str:
    """What a picture without a caption is called."""
    name = words(child(message, kind), "filename")
    if child(message, kind).get("voice") is True:
        return "Voice message"
    return f"{MEDIA[kind]}: {name}" if name else MEDIA[kind]


def _text(message: Json) -> str:
    return words(child(message, "text"), "body")


def _location(message: Json) -> str:
    place = child(message, "location")
    latitude, longitude = place.get("latitude"), place.get("longitude")
    coordinates = f"{latitude}, {longitude}" if _are_numbers(latitude, longitude) else ""
    said = [words(place, "name"), words(place, "address"), coordinates, words(place, "url")]
    return _lines("Location:", said)


def _are_numbers(*values: Any) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _contacts(message: Json) -> str:
    return "\n".join(_lines("Contact:", _card(card)) for card in children(message, "contacts"))


def _card(card: Json) -> list[str]:
    phones = [words(phone, "phone") or words(phone, "wa_id") for phone in children(card, "phones")]
    emails = [words(email, "email") for email in children(card, "emails")]
    return [words(child(card, "name"), "formatted_name"), *phones, *emails]


def _button(message: Json) -> str:
    return words(child(message, "button"), "text")


def _interactive(message: Json) -> str:
    interactive = child(message, "interactive")
    chosen = child(interactive, "button_reply") or child(interactive, "list_reply")
    if chosen:
        return "\n".join(filter(None, (words(chosen, "title"), words(chosen, "description"))))
    return _form(child(interactive, "nfm_reply"))


def _form(reply: Json) -> str:
    """A filled-in form (a flow): its answers are JSON inside a string."""
    try:
        answers = json.loads(words(reply, "response_json") or "{}")
    except (ValueError, RecursionError):
        answers = {}
    given = answers.items() if isinstance(answers, dict) else ()
    lines = [f"{key}: {value}" for key, value in given if isinstance(value, str | int) and key != "flow_token"]
    return "\n".join(filter(None, (words(reply, "body"), *lines)))


def _order(message: Json) -> str:
    order = child(message, "order")
    products = [_product(item) for item in children(order, "product_items")]
    return _lines("Order:", [words(order, "text"), *products])


def _product(item: Json) -> str:
    price, currency = item.get("item_price"), words(item, "currency")
    cost = f" at {price} {currency}" if isinstance(price, int | float) else ""
    return f"{whole(item, 'quantity') or 1} x {find_identifier(item, 'product_retailer_id') or '?'}{cost}"


def _lines(heading: str, said: list[str]) -> str:
    known = [line for line in said if line]
    return " ".join((heading, ", ".join(known))) if known else ""


TEXTS: dict[str, Callable[[Json], str]] = {
    "text": _text,
    "location": _location,
    "contacts": _contacts,
    "button": _button,
    "interactive": _interactive,
    "order": _order,
}


def _receipt(status: Json) -> Receipt | None:
    """ "Webhooks: statuses". Words beyond the four, such as `played`, tell nothing the hub keeps."""
    said = words(status, "status")
    if not said:
        raise Unexpected("a status does not say what happened")
    if said not in STATUSES:
        return None
    code, error, remedy = _failed(status) if said == "failed" else (None, None, None)
    return Receipt(
        platform=NAME,
        provider_id=identifier(status, "id"),
        status=said,
        at=moment(status, "timestamp"),
        notification_id=find_identifier(status, "biz_opaque_callback_data") or None,
        error_code=code,
        error=error,
        remedy=remedy,
    )


def _failed(status: Json) -> tuple[str | None, str, str | None]:
    """The code, a sentence, and what may be done about it."""
    try:
        code, said = refusals.first_error(status)
    except Unexpected:
        return None, f"WhatsApp could not deliver the message and gave no reason: {ANOTHER_WAY}.", None
    return str(code), refusals.sentence(code, said), refusals.remedy(code)


def _reported_error(error: Json) -> Reading:
    """An error of the number itself, outside any message ("Webhooks: errors")."""
    code = whole(error, "code")
    return _unreadable(f"it reports error {code}" if code is not None else "it reports an error")
