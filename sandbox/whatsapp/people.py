"""The people who write to the number, by phone or by business-scoped user id."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sandbox.world import Json, row

BSUID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")


@dataclass(slots=True)
class Person:
    name: str
    phone: str | None
    user_id: str | None
    username: str | None = None
    last_wrote: datetime | None = None


def address(word: str) -> str:
    """A user id as it is, a phone number without what people write between its digits."""
    return word if BSUID.fullmatch(word) else re.sub(r"[\s()+-]", "", word)


def is_phone(word: str) -> bool:
    return re.fullmatch(r"\d{6,15}", word) is not None


def contact(person: Person) -> Json:
    """The person as a webhook introduces them."""
    profile = {"name": person.name} | ({"username": person.username} if person.username else {})
    shown: Json = {"profile": profile}
    if person.phone:
        shown["wa_id"] = person.phone
    if person.user_id:
        shown["user_id"] = person.user_id
    return shown


def state(people: Mapping[str, Person]) -> list[Json]:
    """Everybody once, with the numbers and ids they are known by."""
    known_by: dict[int, list[str]] = {}
    for key, person in people.items():
        known_by.setdefault(id(person), []).append(key)
    return [
        {**row(person), "last_wrote": person.last_wrote and person.last_wrote.isoformat(), "known_by": keys}
        for keys in known_by.values()
        for person in (people[keys[0]],)
    ]


def recalled(kept: Json) -> list[tuple[str, Person]]:
    keys, wrote = kept.pop("known_by"), kept.pop("last_wrote")
    person = Person(**kept, last_wrote=datetime.fromisoformat(wrote) if wrote else None)
    return [(key, person) for key in keys]
