"""What an Intercom notification says: conversations and tickets are reports, their replies are comments."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hub.channel import Comment, File, Json, Profile, Reading, Report, Unreadable
from platforms.intercom import text
from platforms.payload import (
    Unexpected,
    child,
    children,
    identifier,
    items,
    moment,
    web_address,
    whole,
    words,
)

NAME = "intercom"
ID = "[A-Za-z0-9_-]{1,100}"
CUSTOMERS = frozenset({"user", "lead", "contact"})


def read(payload: Any, *, app_id: str) -> list[Reading]:
    """Shapes as in "Webhook models" for API 2.x. `app_id`: the only workspace taken, "" for any."""
    try:
        return _read(payload, app_id)
    except Unexpected as error:
        return [Unreadable(reason=f"Intercom notification: {error}.")]


def _read(payload: Any, app_id: str) -> list[Reading]:
    topic = words(payload, "topic")
    if not topic:
        raise Unexpected("it has no topic")
    reader = TOPICS.get(topic)
    if not reader:
        return []
    app = identifier(payload, "app_id", ID)
    if app_id and app != app_id:
        raise Unexpected(f"it is of another workspace, {app}; INTERCOM_APP_ID is {app_id}")
    return reader(app, child(child(payload, "data"), "item"))


def _conversation_created(app: str, item: Json) -> list[Reading]:
    return [_opening(app, item)]


def _conversation_replied(app: str, item: Json) -> list[Reading]:
    parts = items(child(item, "conversation_parts"), "conversation_parts")
    _check_version(item)
    if not parts:
        raise Unexpected("it tells of a reply and carries none")
    conversation = _key(app, item)
    place = {"conversation_id": identifier(item, "id", ID)}
    return _comments(app, conversation, place, parts, _if_told(_opening, app, item))


def _ticket_created(app: str, item: Json) -> list[Reading]:
    return [_ticket(app, item)]


def _ticket_replied(app: str, item: Json) -> list[Reading]:
    """The item is a `ticket_ticket_part`: the ticket and, beside it, the one part this is about."""
    ticket, part = child(item, "ticket"), item.get("ticket_part")
    if not part:
        raise Unexpected("it tells of a reply and carries none")
    place = {"ticket_id": identifier(ticket, "id", ID)}
    return _comments(app, _key(app, ticket), place, [part], _if_told(_ticket, app, ticket))


def _if_told(reader: Callable[[str, Json], Report], app: str, item: Json) -> Report | None:
    try:
        return reader(app, item)
    except Unexpected:
        return None


def _comments(
    app: str, parent: str, place: dict[str, str], parts: list[Any], opening: Report | None
) -> list[Reading]:
    """Where a teammate began the conversation, the customer's first words stand in for the opening."""
    readings: list[Reading] = []
    for part in parts:
        try:
            message = _message(app, parent, place, part)
        except Unexpected as error:
            readings.append(Unreadable(reason=f"Intercom reply: {error}."))
            continue
        if message:
            began = opening or replace(message, external_id=parent)
            readings.append(Comment(parent=parent, message=message, opening=began))
    return readings


def _message(app: str, parent: str, place: dict[str, str], part: Any) -> Report | None:
    """A customer's words; None for what teammates, bots and apps (we among them) wrote and for empty events."""
    if not isinstance(part, dict):
        raise Unexpected("a part is no object")
    author = child(part, "author")
    if part.get("app_package_code") or words(author, "type") not in CUSTOMERS:
        return None
    report = Report(
        platform=NAME,
        external_id=f"{parent}:{identifier(part, 'id', ID)}",
        author=_profile(app, author),
        sent_at=moment(part, "created_at"),
        text=text.plain(words(part, "body")),
        raw=part,
        place=place,
        files=_files(part),
    )
    return report if report.text or report.files else None


def _opening(app: str, item: Json) -> Report:
    _check_version(item)
    source = child(item, "source")
    author = child(source, "author")
    if words(author, "type") not in CUSTOMERS:
        raise Unexpected("its first message has no customer as author")
    return Report(
        platform=NAME,
        external_id=_key(app, item),
        author=_profile(app, author),
        sent_at=moment(item, "created_at"),
        text=text.plain(words(source, "body")),
        raw={key: value for key, value in item.items() if key != "conversation_parts"},
        title=text.plain(words(source, "subject")) or None,
        url=web_address(child(item, "links"), "conversation_web") or None,
        place={"conversation_id": identifier(item, "id", ID)},
        files=_files(source),
    )


def _ticket(app: str, item: Json) -> Report:
    people = children(child(item, "contacts"), "contacts")
    if not people:
        raise Unexpected("the ticket has no contact")
    attributes = child(item, "ticket_attributes")
    return Report(
        platform=NAME,
        external_id=_key(app, item),
        author=_profile(app, people[0]),
        sent_at=moment(item, "created_at"),
        text=text.plain(words(attributes, "_default_description_")),
        raw={key: value for key, value in item.items() if key not in ("ticket_parts", "ticket_type")},
        title=text.plain(words(attributes, "_default_title_")) or None,
        place={"ticket_id": identifier(item, "id", ID)},
        files=text.images(words(attributes, "_default_description_")),
    )


def _check_version(item: Json) -> None:
    if "source" in item:
        return
    if "conversation_message" in item:
        raise Unexpected("it has the shape of API 1.x; set the app's webhook version to 2.15 or later in Intercom")
    raise Unexpected("the conversation has no source")


def _key(app: str, item: Json) -> str:
    return f"{app}:{identifier(item, 'id', ID)}"


def _profile(app: str, author: Json) -> Profile:
    return Profile(
        account_id=f"{app}:{identifier(author, 'id', ID)}",
        name=words(author, "name") or None,
        email=words(author, "email") or None,
    )


def _files(message: Json) -> tuple[File, ...]:
    attached = [_file(item) for item in children(message, "attachments") if web_address(item, "url")]
    known = {file.source for file in attached}
    pasted = [file for file in text.images(words(message, "body")) if file.source not in known]
    return (*attached, *pasted)


def _file(item: Json) -> File:
    return File(
        name=words(item, "name") or "attachment",
        content_type=words(item, "content_type") or "application/octet-stream",
        size=whole(item, "filesize"),
        source=words(item, "url"),
    )


TOPICS: dict[str, Callable[[str, Json], list[Reading]]] = {
    "conversation.user.created": _conversation_created,
    "conversation.user.replied": _conversation_replied,
    "ticket.created": _ticket_created,
    "ticket.contact.replied": _ticket_replied,
}
"""Every other topic, `ping` among them, is kept and ignored."""
