"""Everything the played WhatsApp knows: a number, its people, what went both ways, and its switches."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.whatsapp import messages, people
from sandbox.whatsapp.messages import Incoming, Message
from sandbox.whatsapp.people import Person
from sandbox.world import Json, Upload, World, row

PLAYED_PHONE_ID = "106540352242922"
BUSINESS_ID = "102290129340398"
DISPLAY_NUMBER = "15550783881"
WINDOW = timedelta(hours=24)


@dataclass(slots=True)
class Media:
    id: str
    upload: Upload
    at: datetime

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.upload.content).hexdigest()


@dataclass(slots=True)
class Switches:
    window_error: str = "async"
    receipts: str = "all"
    template: str = "approved"
    permissions: str = "all"


class Account:
    """People are kept under every phone and user id they are known by, the rest by id."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.phone_id = world.settings.whatsapp_phone_number_id or PLAYED_PHONE_ID
        self.people: dict[str, Person] = {}
        self.messages: dict[str, Message] = {}
        self.incoming: dict[str, Incoming] = {}
        self.media: dict[str, Media] = {}
        self.authors: dict[str, str] = {}
        self._forget()

    def _forget(self) -> None:
        """What a restart loses: the switches, and the addresses that live five minutes."""
        self.urls: dict[str, tuple[Media, datetime]] = {}
        self.switches = Switches()

    def find_person(self, word: str | None) -> Person | None:
        """Whoever is known by that phone number or user id."""
        return self.people.get(people.address(word)) if word is not None else None

    def known_by(self, person: Person) -> list[str]:
        return [key for key, one in self.people.items() if one is person]

    def window_left(self, person: Person) -> timedelta | None:
        """What is left of the customer service window, 24 hours from the person's last message."""
        if person.last_wrote is None:
            return None
        left = person.last_wrote + WINDOW - self.world.now()
        return left if left > timedelta() else None

    def is_closed(self, to: str) -> bool:
        """Outside the customer service window."""
        person = self.find_person(to)
        return person is None or self.window_left(person) is None

    def state(self) -> Json:
        return {
            "people": people.state(self.people),
            "messages": [one.state() for one in self.messages.values()],
            "incoming": [one.state() for one in self.incoming.values()],
            "media": [{"id": one.id, "at": one.at.isoformat(), **row(one.upload)} for one in self.media.values()],
            "authors": dict(self.authors),
        }

    def restore(self, state: Json) -> None:
        self._forget()
        self.people = {key: person for each in state["people"] for key, person in people.recalled(each)}
        self.messages = {each["id"]: messages.recalled(each) for each in state["messages"]}
        # What people wrote was not always kept: older files are without it.
        self.incoming = {each["id"]: messages.recalled_incoming(each) for each in state.get("incoming", [])}
        self.media = {each["id"]: _recalled_media(each) for each in state["media"]}
        self.authors = state["authors"]


def _recalled_media(kept: Json) -> Media:
    upload = Upload(kept["name"], kept["content_type"], kept["content"])
    return Media(kept["id"], upload, datetime.fromisoformat(kept["at"]))
