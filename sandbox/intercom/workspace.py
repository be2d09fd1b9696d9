"""The played workspace: its contacts, conversations and uploads, and the ids it gives."""

import time
from collections.abc import Sequence
from itertools import count

from runtime.settings import Settings
from sandbox.intercom.conversation import Contact, Conversation, Part
from sandbox.intercom.markup import Words
from sandbox.world import Json, Upload, row

PLAYED_APP = "sb0xplay"


class Workspace:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.app_id = settings.intercom_app_id or PLAYED_APP
        self.contacts: dict[str, Contact] = {}
        self.conversations: dict[str, Conversation] = {}
        self.uploads: dict[str, Upload] = {}
        # Ids go on from the clock, so that a sandbox started again never gives one twice.
        self._conversation_ids = count(time.time_ns() // 1000)
        self._part_ids = count(time.time_ns() // 10_000_000)

    def new_part(self, part_type: str, author: Json, words: Words, at: int, attachments: Sequence[Json] = ()) -> Part:
        part_id = str(next(self._part_ids))
        return Part(part_id, part_type, author, words.text, words.html, at, list(attachments))

    def open(self, contact: Contact, opening: Part, started_by: str) -> Conversation:
        conversation = Conversation(str(next(self._conversation_ids)), contact, opening, started_by)
        self.conversations[conversation.id] = conversation
        return conversation

    def external_id(self, conversation: Conversation, part: Part | None = None) -> str:
        """The key of a conversation, or of a part of it, among all workspaces."""
        key = f"{self.app_id}:{conversation.id}"
        return f"{key}:{part.id}" if part else key

    def ids_in(self, external_id: str) -> list[str]:
        """The conversation's id and, if there is one, the part's; the workspace may be left out."""
        return external_id.removeprefix(f"{self.app_id}:").split(":")

    def state(self) -> Json:
        return {
            "contacts": [row(contact) for contact in self.contacts.values()],
            "conversations": [_kept(conversation) for conversation in self.conversations.values()],
            "uploads": [{"id": key, **row(upload)} for key, upload in self.uploads.items()],
        }

    def restore(self, state: Json) -> None:
        self.contacts = {each["id"]: Contact(**each) for each in state["contacts"]}
        self.conversations = {each["id"]: self._recalled(each) for each in state["conversations"]}
        self.uploads = {each.pop("id"): Upload(**each) for each in state["uploads"]}
        # A part's id is a hundredth of a second: whoever made more of them in that time is ahead of the clock.
        last = max((int(part.id) for one in self.conversations.values() for part in one.all_parts), default=0)
        self._part_ids = count(max(last + 1, next(self._part_ids)))

    def _recalled(self, kept: Json) -> Conversation:
        opening, *parts = (Part(**each) for each in kept["parts"])
        return Conversation(kept["id"], self.contacts[kept["contact"]], opening, kept["started_by"], parts)


def _kept(conversation: Conversation) -> Json:
    return {
        "id": conversation.id,
        "contact": conversation.contact.id,
        "started_by": conversation.started_by,
        "parts": [row(part) for part in conversation.all_parts],
    }
