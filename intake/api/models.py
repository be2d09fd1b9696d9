"""What endpoints that ask a model have in common: which one may be asked for, and what it is shown."""

from collections.abc import Iterable

from pydantic import Field

from hub.pii import Redaction
from intake.api.replies import Answer, Asked


class Model(Asked):
    model: str | None = Field(
        None, min_length=1, max_length=100, description="One of those the settings offer; without it the first."
    )


class Redacted(Answer):
    type: str
    placeholder: str
    original: str


def redacted(pairs: Iterable[tuple[Redaction, str]]) -> list[Redacted]:
    return [Redacted(type=each.kind, placeholder=each.placeholder, original=original) for each, original in pairs]
