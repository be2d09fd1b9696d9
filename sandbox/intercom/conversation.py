"""A conversation: its contact, its parts, and the lines a messenger draws of them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from sandbox.world import Json


@dataclass(slots=True)
class Contact:
    id: str
    name: str | None
    email: str | None
    created_at: int

    @property
    def role(self) -> str:
        return "user" if self.email else "lead"

    def author(self) -> Json:
        return {"type": self.role, "id": self.id, "name": self.name, "email": self.email or ""}


class File(NamedTuple):
    name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Line:
    """A part without its HTML, which whoever wrote it could have filled with anything."""

    id: str
    mine: bool
    """Written by the conversation's own contact."""
    author: str
    """Name or else email; empty for a lead who gave neither."""
    text: str
    """Plain text: a `<` in it is a `<`."""
    at: datetime
    files: list[File]
    redacted: bool
    note: bool
    """Written among admins; the customer's messenger does not show it."""


@dataclass(slots=True)
class Part:
    id: str
    part_type: str
    author: Json
    text: str
    body: str
    created_at: int
    attachments: list[Json] = field(default_factory=list)
    app_package_code: str | None = None
    redacted: bool = False

    @property
    def is_by_contact(self) -> bool:
        return self.author["type"] in ("user", "lead")

    def redact(self) -> None:
        self.text, self.body, self.redacted, self.attachments = "", "", True, []


@dataclass(slots=True)
class Conversation:
    id: str
    contact: Contact
    opening: Part
    started_by: str
    parts: list[Part] = field(default_factory=list)

    @property
    def all_parts(self) -> tuple[Part, ...]:
        return (self.opening, *self.parts)

    @property
    def updated_at(self) -> int:
        return max(part.created_at for part in self.all_parts)

    @property
    def last_activity(self) -> tuple[int, int]:
        """To sort by: many parts may share a second, and ids go up as parts are written."""
        return max((part.created_at, int(part.id)) for part in self.all_parts)

    def lines(self) -> list[Line]:
        """Oldest first, also where a reply was dated back."""
        return [self._line(part) for part in sorted(self.all_parts, key=lambda part: part.created_at)]

    def _line(self, part: Part) -> Line:
        author = part.author
        return Line(
            id=part.id,
            mine=part.is_by_contact and author["id"] == self.contact.id,
            author=author["name"] or author["email"],
            text=part.text,
            at=datetime.fromtimestamp(part.created_at, UTC),
            files=[File(one["name"], one["content_type"], one["filesize"]) for one in part.attachments],
            redacted=part.redacted,
            note=part.part_type == "note",
        )
