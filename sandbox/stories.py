"""What customers write: stories and incidents, who tells them, and the particulars some give away."""

import json
from collections import defaultdict
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from random import Random
from string import Formatter

from sandbox.world import Json

TEXTS: Json = json.loads(Path(__file__).with_name("stories.json").read_bytes())
"""By language: people, stories, and the sentences in which contact data and secrets are given away."""
INCIDENTS: list[Json] = json.loads(Path(__file__).with_name("incidents.json").read_bytes())
"""Each is one problem, told on every channel by people who know nothing of each other."""

AREAS = ("212", "305", "415", "617", "773")
PASSWORDS = ("Summer2024!", "blue-kettle-94", "Tr0ub4dor&3", "qwerty1987", "S3villa#Norte")
SSNS = ("078-05-1120", "219-09-9999", "987-65-4320", "987-65-4325", "987-65-4329")
"""Printed in advertisements or set aside for them: they are nobody's."""
CARDS = ("4111 1111 1111 1111", "5555 5555 5555 4444")
"""What payment providers publish for trying."""


@dataclass(frozen=True, slots=True)
class Person:
    language: str
    name: str
    email: str
    phone: str

    @property
    def handle(self) -> str:
        return self.email.partition("@")[0]


@dataclass(frozen=True, slots=True)
class Story:
    language: str
    title: str
    body: str


PEOPLE = tuple(Person(language, **one) for language, texts in TEXTS.items() for one in texts["people"])
STORIES = tuple(Story(language, **one) for language, texts in TEXTS.items() for one in texts["stories"])


class Stories:
    """Deals stories out, shuffled: on no channel does one come again before every other one has."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._decks: defaultdict[str, _Deck] = defaultdict(lambda: _Deck(dice))
        self._incidents = cycle(dice.sample(INCIDENTS, len(INCIDENTS)))
        self._witnesses = _Crowd(dice)

    def choose(self, *, channel: str, pii: bool) -> Json:
        """A report on `channel`, with the kinds of particulars its text holds in `pii`."""
        story, person = self._decks[channel].deal()
        texts = TEXTS[person.language]
        secrets = f" {self._dice.choice(texts['contact'])} {self._dice.choice(texts['secret'])}" if pii else ""
        return self._told(person, channel, f"{story.title}\n{story.body}{secrets}")

    def incident(self) -> list[Json]:
        """Reports of one problem by different people, the next problem every time."""
        return [
            self._told(self._witnesses.next(one["language"]), one["channel"], one["text"])
            for one in next(self._incidents)["reports"]
        ]

    def _told(self, person: Person, channel: str, text: str) -> Json:
        return {
            "channel": channel,
            "from": person.phone if channel == "whatsapp" else person.handle,
            "name": person.name,
            "email": person.email,
            "text": text.format_map(_particulars(self._dice, person)),
            "pii": [kind for _, kind, _, _ in Formatter().parse(text) if kind],
        }


class _Deck:
    """What is dealt goes to the bottom."""

    def __init__(self, dice: Random) -> None:
        self._stories = dice.sample(STORIES, len(STORIES))
        self._people = _Crowd(dice)

    def deal(self) -> tuple[Story, Person]:
        story = self._stories.pop(0)
        self._stories.append(story)
        return story, self._people.next(story.language)


class _Crowd:
    def __init__(self, dice: Random) -> None:
        self._people = dice.sample(PEOPLE, len(PEOPLE))

    def next(self, language: str) -> Person:
        """Who of the language has been silent for the longest time."""
        person = next(one for one in self._people if one.language == language)
        self._people.remove(person)
        self._people.append(person)
        return person


def _particulars(dice: Random, person: Person) -> dict[str, str]:
    return {
        "email": f"{person.handle}@example.net",
        "phone": f"{dice.choice(AREAS)}-555-01{dice.randrange(100):02}",
        "ssn": dice.choice(SSNS),
        "password": dice.choice(PASSWORDS),
        "card": dice.choice(CARDS),
    }
