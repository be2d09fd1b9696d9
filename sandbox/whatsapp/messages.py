"""What is kept of a message, of ours and of theirs."""

import base64
import secrets
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.world import Json, Upload, row


@dataclass(slots=True)
class Message:
    """A message of ours as the person gets it. `status` is the platform's last word on it."""

    id: str
    to: str
    type: str
    text: str
    at: datetime
    status: str = "accepted"
    callback_data: str | None = None
    context: str | None = None
    request: Json = field(default_factory=dict)

    def state(self) -> Json:
        return {**row(self), "at": self.at.isoformat()}


@dataclass(frozen=True, slots=True)
class FileShown:
    """A file as the person's phone shows it: its name is not in the payload of every kind. `size` in bytes."""

    name: str
    content_type: str
    size: int

    @classmethod
    def of(cls, upload: Upload) -> "FileShown":
        return cls(upload.name, upload.content_type, len(upload.content))


@dataclass(slots=True)
class Incoming:
    """A message a person wrote, as it stands now. `person` is a phone or user id they are known by."""

    id: str
    person: str
    type: str
    text: str
    at: datetime
    file: FileShown | None = None
    quoted: str | None = None
    edited: bool = False
    deleted: bool = False

    def state(self) -> Json:
        return {**row(self), "at": self.at.isoformat(), "file": row(self.file) if self.file else None}


def recalled(kept: Json) -> Message:
    return Message(**{**kept, "at": datetime.fromisoformat(kept["at"])})


def recalled_incoming(kept: Json) -> Incoming:
    file = FileShown(**kept["file"]) if kept["file"] else None
    return Incoming(**{**kept, "at": datetime.fromisoformat(kept["at"]), "file": file})


def new_id() -> str:
    return "wamid." + base64.b64encode(b"\x1d\x05" + secrets.token_bytes(37)).decode()
