"""The text as detectors read it: in as few different characters as possible, with the way back."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple


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


class Found(NamedTuple):
    """A finding: where, what, and the value in the form in which equal values are equal."""

    start: int
    end: int
    kind: Kind
    key: str


PLACEHOLDER = re.compile(rf"\[({'|'.join(Kind)})_(\d{{1,5}})\]")
_MASK = "\ue000"
_ODD = re.compile(r"[^\t\n\r -~]+")
_LOOK_ALIKE = str.maketrans(
    {0x201C: '"', 0x201D: '"', 0x201E: '"', 0xAB: '"', 0xBB: '"', 0x2018: "'", 0x2019: "'", 0x201A: "'"}
    | {0x2212: "-", 0x3002: ".", 0xFF61: ".", 0x2028: "\n", 0x2029: "\n", 0x2044: "/"}
)


@dataclass(slots=True)
class Page:
    """A text in canonical form, again in lower case, and the way back to the offsets of the text itself."""

    text: str
    folded: str
    origins: list[int] | None
    placeholders: list[tuple[int, int]]
    digits: bool

    @classmethod
    def of(cls, text: str) -> "Page":
        plain, origins = canonical(text)
        placeholders: list[tuple[int, int]] = []
        if "[" in plain:
            placeholders = [match.span() for match in PLACEHOLDER.finditer(plain)]
            plain = PLACEHOLDER.sub(lambda match: _MASK * len(match[0]), plain)
        folded = plain.lower()
        if len(folded) != len(plain):
            folded = "".join(low if len(low := char.lower()) == 1 else char for char in plain)
        return cls(plain, folded, origins, placeholders, any(digit in plain for digit in "0123456789"))

    def found(self, start: int, end: int, kind: Kind, key: str | None = None) -> Found:
        return Found(start, end, kind, self.text[start:end] if key is None else key)

    def around_placeholders(self, found: Found) -> Iterator[Found]:
        start = found.start
        for left, right in self.placeholders:
            if right <= start or left >= found.end:
                continue
            yield from self._piece(found, start, left)
            start = right
        yield from self._piece(found, start, found.end)

    def _piece(self, found: Found, start: int, end: int) -> Iterator[Found]:
        if any(char.isalnum() for char in self.text[start:end]):
            whole = (start, end) == (found.start, found.end)
            yield found if whole else self.found(start, end, found.kind)

    def in_text(self, found: Found) -> Found:
        if self.origins is None:
            return found
        end = max(self.origins[found.end], self.origins[found.end - 1] + 1)
        return found._replace(start=self.origins[found.start], end=end)


def canonical(text: str) -> tuple[str, list[int] | None]:
    """The text without invisible characters, accents and variants of digits, and where each character was."""
    if _ODD.search(text) is None:
        return text, None
    parts: list[str] = []
    origins: list[int] = []
    position = 0
    for odd in _ODD.finditer(text):
        parts.append(text[position : odd.start()])
        origins += range(position, odd.start())
        for offset, char in enumerate(odd[0], odd.start()):
            plain = _plain(char)
            parts.append(plain)
            origins += [offset] * len(plain)
        position = odd.end()
    parts.append(text[position:])
    origins += range(position, len(text) + 1)
    return "".join(parts), origins


@lru_cache(maxsize=4096)
def _plain(char: str) -> str:
    return "".join(_simplest(part) for part in unicodedata.normalize("NFKD", char))


def _simplest(char: str) -> str:
    category = unicodedata.category(char)
    if category in {"Cf", "Mn", "Me", "Cc"}:
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if category == "Zs":
        return " "
    return "-" if category == "Pd" else char.translate(_LOOK_ALIKE)


def folded(word: str) -> str:
    return canonical(word)[0].lower()


def words(text: str) -> frozenset[str]:
    """A table of words, as they stand on a page."""
    return frozenset(folded(text).split())
