"""What a delivery of the toy says: its messages are reports and comments, its receipts tell of ours."""

from collections.abc import Callable, Iterator
from typing import Any

from hub.channel import Comment, File, Json, Profile, Reading, Receipt, Report, Unreadable
from platforms.payload import Unexpected, child, children, find_identifier, identifier, items, moment, whole, words

NAME = "toy"
ID = "[A-Za-z0-9-]{1,100}"
STATUSES = frozenset({"delivered", "read", "failed"})


def read(payload: Any) -> list[Reading]:
    """One broken event costs only itself; one of a kind that is none of ours is left out."""
    shop, events = find_identifier(payload, "shop", ID), items(payload, "events")
    if not shop or not events:
        return [_unreadable("it names no shop or brings no events")]
    return [reading for event in events for reading in _read_one(shop, event)]


def _read_one(shop: str, event: Any) -> Iterator[Reading]:
    if not isinstance(event, dict):
        yield _unreadable("an event is no object")
        return
    reader = READERS.get(words(event, "kind"))
    if reader is None:
        return
    try:
        yield reader(shop, event)
    except Unexpected as error:
        yield _unreadable(str(error))


def _unreadable(reason: str) -> Unreadable:
    return Unreadable(reason=f"Toy delivery: {reason}.")


def _message(shop: str, event: Json) -> Reading:
    """Ids are unique within a shop alone, so each is kept with it."""
    message_id, thread = identifier(event, "id", ID), find_identifier(event, "thread", ID)
    message = Report(
        platform=NAME,
        external_id=f"{shop}:{message_id}",
        author=_author(shop, child(event, "author")),
        sent_at=moment(event, "at"),
        text=words(event, "text"),
        raw=event,
        place={"thread": thread or message_id},
        files=tuple(map(_file, children(event, "files"))),
    )
    return Comment(parent=f"{shop}:{thread}", message=message, orphan_is_report=True) if thread else message


def _author(shop: str, author: Json) -> Profile:
    return Profile(account_id=f"{shop}:{identifier(author, 'id', ID)}", name=words(author, "name") or None)


def _file(item: Json) -> File:
    return File(
        name=words(item, "name") or "attachment",
        content_type=words(item, "type") or "application/octet-stream",
        size=whole(item, "size"),
        source=words(item, "url"),
    )


def _receipt(_shop: str, event: Json) -> Reading:
    """`reference` is what we gave when we sent it: the notification's id."""
    if words(event, "status") not in STATUSES:
        raise Unexpected("the field status is none we know")
    return Receipt(
        platform=NAME,
        provider_id=identifier(event, "message", ID),
        notification_id=words(event, "reference") or None,
        status=words(event, "status"),
        at=moment(event, "at"),
    )


READERS: dict[str, Callable[[str, Json], Reading]] = {"message": _message, "receipt": _receipt}
