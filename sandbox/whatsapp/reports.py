"""A person writes, edits or takes back: what is kept of it, and what the hub is sent."""

import secrets
from datetime import datetime, timedelta

from sandbox.whatsapp.account import DISPLAY_NUMBER, Account, Media
from sandbox.whatsapp.messages import FileShown, Incoming, new_id
from sandbox.whatsapp.people import BSUID, Person, address, contact, is_phone
from sandbox.whatsapp.webhooks import Webhooks, seconds
from sandbox.world import BadInput, Json, Upload, World, uploads


class Reports:
    def __init__(self, world: World, account: Account, webhooks: Webhooks) -> None:
        self.world = world
        self.account = account
        self.webhooks = webhooks

    async def play(self, body: Json) -> tuple[int, str | None]:
        person = self._person(body)
        at = self.world.now() - timedelta(seconds=body["ago_seconds"])
        touched = body.get("edit_of") or body.get("delete_of")
        messages = [self._change(person, at, body)] if touched else self._write(person, at, body)
        status = await self.webhooks.deliver({"contacts": [contact(person)], "messages": messages})
        return status, touched or messages[0]["id"]

    def _person(self, body: Json) -> Person:
        """`from` is a phone number or a business-scoped user id; `user_id` beside a phone gives both."""
        word = body["from"].strip()
        phone = None if BSUID.fullmatch(word) else address(word)
        if phone is not None and not is_phone(phone):
            raise BadInput('"from" has to be a phone number in digits, or a user id such as US.13491208655302741918.')
        user_id = word if phone is None else body.get("user_id")
        if user_id is not None and not BSUID.fullmatch(user_id):
            raise BadInput('"user_id" has to look like US.13491208655302741918.')
        find = self.account.find_person
        person = find(user_id) or find(phone) or Person(body.get("name") or word, phone, user_id)
        person.name = body.get("name") or person.name
        person.username = body.get("username") or person.username
        person.user_id = user_id or person.user_id
        known = {"name": person.name, "phone": person.phone, "user_id": person.user_id}
        for key in (phone, user_id):
            if key is not None:
                self.account.people[key] = person
                self.world.people.setdefault("whatsapp", {})[key] = dict(known)
        return person

    def _write(self, person: Person, at: datetime, body: Json) -> list[Json]:
        person.last_wrote = max(at, person.last_wrote or at)
        return [self._written(person, at, text, upload, body.get("thread")) for text, upload in _parts(body)]

    def _written(self, person: Person, at: datetime, text: str, upload: Upload | None, quoted: str | None) -> Json:
        if upload is None:
            kind, held = "text", {"body": text}
        else:
            kind = _media_type(upload)
            held = self._held(kind, upload, text)
        message = self._addressed(person, at, {"type": kind, kind: held}, quoted)
        file = FileShown.of(upload) if upload else None
        writer = self.account.known_by(person)[0]
        self.account.incoming[message["id"]] = Incoming(message["id"], writer, kind, text, at, file, quoted)
        return message

    def _held(self, kind: str, upload: Upload, caption: str) -> Json:
        media = Media(str(secrets.randbelow(9 * 10**14) + 10**14), upload, self.world.now())
        self.account.media[media.id] = media
        held: Json = {"mime_type": upload.content_type, "sha256": media.sha256, "id": media.id}
        if kind == "document":
            held["filename"] = upload.name
        if kind == "audio":
            held["voice"] = False
        if caption:
            held["caption"] = caption
        return held

    def _change(self, person: Person, at: datetime, body: Json) -> Json:
        """Edit and revoke (webhook reference): sent for numbers also used in the Business app."""
        kept = self.account.incoming.get(body.get("delete_of") or body["edit_of"])
        if kept is not None and kept.person in self.account.known_by(person):
            _touch(kept, body)
        return self._addressed(person, at, _edit_or_revoke(body), body.get("thread"))

    def _addressed(self, person: Person, at: datetime, content: Json, quoted: str | None) -> Json:
        who = {"from": person.phone} if person.phone else {}
        if person.user_id:
            who["from_user_id"] = person.user_id
        message: Json = {**who, "id": new_id(), "timestamp": seconds(at), **content}
        if quoted:
            author = self.account.authors.get(quoted, person.phone or DISPLAY_NUMBER)
            message["context"] = {"from": author, "id": quoted}
        self.account.authors[message["id"]] = person.phone or str(person.user_id)
        return message


def _parts(body: Json) -> list[tuple[str, Upload | None]]:
    """What each message of a report holds: text, or a file with the text as the first one's caption."""
    text: str = body["text"]
    parts: list[tuple[str, Upload | None]] = []
    for upload in uploads(body):
        if _media_type(upload) == "audio":
            parts.append(("", upload))
        else:
            parts.append((text, upload))
            text = ""
    return [(text, None), *parts] if text else parts


def _media_type(upload: Upload) -> str:
    family = upload.content_type.partition("/")[0]
    return family if family in ("image", "audio", "video") else "document"


def _touch(kept: Incoming, body: Json) -> None:
    if body.get("delete_of"):
        kept.deleted = True
    else:
        kept.text, kept.edited = body["text"], True


def _edit_or_revoke(body: Json) -> Json:
    if body.get("delete_of"):
        return {"type": "revoke", "revoke": {"original_message_id": body["delete_of"]}}
    original = body["edit_of"]
    inner = {"context": {"id": original}, "type": "text", "text": {"body": body["text"]}}
    return {"type": "edit", "edit": {"original_message_id": original, "message": inner}}
