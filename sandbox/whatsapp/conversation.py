"""What a person's phone shows: both directions in one order."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.whatsapp.account import Account
from sandbox.whatsapp.messages import FileShown, Incoming, Message
from sandbox.whatsapp.people import Person

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Line:
    """`mine` was written by the person. `status` is of ours alone; `edited` and `deleted` of theirs."""

    id: str
    mine: bool
    text: str
    at: datetime
    kind: str
    file: FileShown | None
    status: str | None
    quoted: str | None
    edited: bool
    deleted: bool


def contacts(account: Account) -> list[Person]:
    """Everybody once, who wrote last first."""
    everybody = {id(person): person for person in account.people.values()}
    return sorted(everybody.values(), key=_last_wrote, reverse=True)


def lines(account: Account, person: Person) -> list[Line]:
    """What they wrote and what was sent to any number or id of theirs, oldest first."""
    known_by = account.known_by(person)
    theirs = [_theirs(one) for one in account.incoming.values() if one.person in known_by]
    ours = [_ours(one) for one in account.messages.values() if one.to in known_by]
    return sorted([*theirs, *ours], key=_at)


def _theirs(one: Incoming) -> Line:
    return Line(
        id=one.id,
        mine=True,
        text=one.text,
        at=one.at,
        kind=one.type,
        file=one.file,
        status=None,
        quoted=one.quoted,
        edited=one.edited,
        deleted=one.deleted,
    )


def _ours(one: Message) -> Line:
    return Line(
        id=one.id,
        mine=False,
        text=one.text,
        at=one.at,
        kind=one.type,
        file=None,
        status=one.status,
        quoted=one.context,
        edited=False,
        deleted=False,
    )


def _last_wrote(person: Person) -> datetime:
    return person.last_wrote or NEVER


def _at(line: Line) -> datetime:
    return line.at
