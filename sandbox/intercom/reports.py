"""What a person does in the messenger: write, answer, and have it deleted."""

import hashlib
import re
import time

from sandbox.intercom import markup, shown
from sandbox.intercom.conversation import Contact, Conversation, Part
from sandbox.intercom.deliveries import Deliveries
from sandbox.intercom.files import FileServer
from sandbox.intercom.workspace import Workspace
from sandbox.world import BadInput, Json, World, uploads

Played = tuple[int, str]
"""The status the hub answered, and the external id of what was written or deleted."""


class Reports:
    def __init__(self, world: World, workspace: Workspace, files: FileServer, deliveries: Deliveries) -> None:
        self.world = world
        self.workspace = workspace
        self.files = files
        self.deliveries = deliveries

    async def play(self, body: Json) -> Played:
        if body.get("edit_of"):
            raise BadInput("Nobody can edit a message on Intercom; there is no topic for it.")
        if body.get("delete_of"):
            return await self._delete(body["delete_of"])
        return await self._write(body)

    async def _write(self, body: Json) -> Played:
        conversation = self._thread(body.get("thread") or "")
        contact = self._person(body)
        part = self._part(contact, body)
        plain = self._is_plain(body)
        if conversation is None:
            conversation = self.workspace.open(contact, part, "customer_initiated")
            item = shown.conversation(conversation, plain=plain, parts=[])
            status = await self.deliveries.notify("conversation.user.created", item)
            return status, self.workspace.external_id(conversation)
        conversation.parts.append(part)
        item = shown.conversation(conversation, plain=plain, parts=[part])
        status = await self.deliveries.notify("conversation.user.replied", item)
        return status, self.workspace.external_id(conversation, part)

    def _thread(self, thread: str) -> Conversation | None:
        """The conversation a report answers in; None for a new one."""
        conversation_id, *_ = self.workspace.ids_in(thread)
        conversation = self.workspace.conversations.get(conversation_id)
        if conversation_id and conversation is None:
            raise BadInput('"thread" has to be the id of a conversation, as answered by an earlier report.')
        return conversation

    def _person(self, body: Json) -> Contact:
        """`from` is a contact's id, or any word: the same word is always the same contact."""
        word = body["from"].strip()
        is_id = re.fullmatch(r"[0-9a-f]{24}", word) is not None
        contact_id = word if is_id else hashlib.sha256(word.encode("utf-8", "replace")).hexdigest()[:24]
        contact = self.workspace.contacts.get(contact_id)
        if contact is None:
            contact = Contact(contact_id, None if is_id else word, body.get("email"), int(time.time()))
            self.workspace.contacts[contact_id] = contact
        contact.name = body.get("name") or contact.name
        contact.email = body.get("email") or contact.email
        known = self.world.people.setdefault("intercom", {})
        known[contact.id] = {"name": contact.name, "email": contact.email}
        return contact

    def _part(self, contact: Contact, body: Json) -> Part:
        at = int(time.time() - body["ago_seconds"])
        attachments = [self.files.attach(upload) for upload in uploads(body)]
        return self.workspace.new_part("comment", contact.author(), markup.typed(body["text"]), at, attachments)

    def _is_plain(self, body: Json) -> bool:
        """Bodies in webhooks are plain text from 2.15 on (changelog); `"html": true` plays an older app."""
        if body.get("html") is True:
            return False
        minor = self.workspace.settings.intercom_version.partition(".")[2]
        return not minor.isdigit() or int(minor) >= 15

    async def _delete(self, target: str) -> Played:
        """A conversation is deleted (only its id is sent), a part is redacted (the part without its text)."""
        conversation_id, *part_ids = self.workspace.ids_in(target)
        conversation = self.workspace.conversations.get(conversation_id)
        if conversation is None:
            raise BadInput('"delete_of" has to be the id of a conversation, or of a part as <conversation>:<part>.')
        if part_ids:
            return await self._redact(conversation, part_ids[0])
        del self.workspace.conversations[conversation.id]
        status = await self.deliveries.notify("conversation.deleted", {"type": "conversation", "id": conversation.id})
        return status, self.workspace.external_id(conversation)

    async def _redact(self, conversation: Conversation, part_id: str) -> Played:
        part = next((one for one in conversation.parts if one.id == part_id), None)
        if part is None:
            raise BadInput('"delete_of" names a part that is not in this conversation.')
        part.redact()
        item = shown.conversation(conversation, plain=True, parts=[part])
        status = await self.deliveries.notify("conversation_part.redacted", item)
        return status, self.workspace.external_id(conversation, part)
