"""What is hidden in texts and how that is written: all that who has a text scrubbed need know of the detectors.

They and their libraries (`hub/detectors/`) are loaded in the scrubber's own process (`hub/hiding.py`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from hub.errors import HubError

RULES = 2
"""The version of what is found; raise it with every change of that, and measure again (`python -m bench.pii`)."""
LONGEST = 2_000_000
"""Characters one prompt's texts may have; nobody reports that much, and reading it as JSON would hold the loop."""
MARKER_LENGTH = 14
MARKER_LETTERS = "bcdfghjkmnpqrstvwxz"
"""No vowels and no digits: a marker is neither a word nor taken for something of a person."""


class ScrubbingFailed(HubError):
    """The text could not be scrubbed in time; nothing of it may be sent."""

    code = "scrubbing_failed"


class Kind(StrEnum):
    """What is hidden; the value is the placeholder's word. When findings overlap, the earlier kind names them."""

    SECRET = "SECRET"  # noqa: S105 - a placeholder word
    PASSWORD = "PASSWORD"  # noqa: S105 - a placeholder word
    EMAIL = "EMAIL"
    IBAN = "IBAN"
    CARD = "CARD"
    SSN = "SSN"
    IP = "IP"
    PHONE = "PHONE"
    HANDLE = "HANDLE"
    NAME = "NAME"
    COMPANY = "COMPANY"


PLACEHOLDER = re.compile(rf"\[({'|'.join(Kind)})_(\d{{1,5}})\]")


@dataclass(frozen=True, slots=True)
class Known:
    """Who is known to be speaking or spoken of; found wherever the text names them."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    company: str | None = None
    handles: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Redaction:
    """One place that was hidden: offsets into the original text, never the value."""

    kind: Kind
    start: int
    end: int
    placeholder: str


def refuse_endless(texts: Sequence[str]) -> None:
    """ScrubbingFailed when they are longer than LONGEST together."""
    if sum(map(len, texts)) > LONGEST:
        raise ScrubbingFailed("This text is too long to be made safe to send, so nothing was sent.")
