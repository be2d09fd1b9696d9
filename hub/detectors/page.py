"""The text as detectors read it: in as few different characters as possible, with the way back."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from hub.redaction import MARKER_LENGTH, MARKER_LETTERS, PLACEHOLDER, Kind


class Found(NamedTuple):
    """A finding: where, what, and the value in the form in which equal values are equal."""

    start: int
    end: int
    kind: Kind
    key: str


_DIGIT = re.compile("[0-9]")
_MASK, _END = "\ue000", "\ue001"
_PARAGRAPH_ENDS = re.compile(
    rf"\n[ \t\r]*\n|\n[ \t]*report-[{MARKER_LETTERS}]{{{MARKER_LENGTH}}}[^\n]{{0,20}}\n"
    rf"|^report-[{MARKER_LETTERS}]{{{MARKER_LENGTH}}}"
)
"""Empty lines, and the lines between which reports stand in prompts: nothing on one side says what the other side is.

So what was scrubbed alone has nothing left to scrub where it stands in a prompt.
"""
_ODD = re.compile(r"[^\t\n\r -~]+")
_LOOK_ALIKE = str.maketrans(
    {0x201C: '"', 0x201D: '"', 0x201E: '"', 0xAB: '"', 0xBB: '"', 0x2018: "'", 0x2019: "'", 0x201A: "'"}
    | {0x2212: "-", 0x3002: ".", 0xFF61: ".", 0x2028: "\n", 0x2029: "\n", 0x2044: "/"}
    | {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i"}  # noqa: RUF001 - letters of names
    | {"ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe"}
)


@dataclass(slots=True)
class Page:
    """A text in canonical form, again in lower case, and the way back to the offsets of the text itself."""

    text: str
    folded: str
    origins: list[int] | None
    placeholders: list[tuple[int, int]]
    digits: bool
    questions: int = 1_000
    """How often a slow check may still be asked; what is asked after counts as found."""

    @classmethod
    def of(cls, text: str) -> "Page":
        plain, origins = canonical(text)
        placeholders: list[tuple[int, int]] = []
        if "[" in plain:
            placeholders = [match.span() for match in PLACEHOLDER.finditer(plain)]
            plain = PLACEHOLDER.sub(lambda match: _MASK * len(match[0]), plain)
        if "\n" in plain:
            plain = _PARAGRAPH_ENDS.sub(lambda match: _MASK * (len(match[0]) - 1) + _END, plain)
        folded = plain.lower()
        if len(folded) != len(plain):
            folded = "".join(low if len(low := char.lower()) == 1 else char for char in plain)
        return cls(plain, folded, origins, placeholders, _DIGIT.search(plain) is not None)

    def mentions(self, hints: tuple[str, ...]) -> bool:
        """Whether any of them is there: a quick look before a slow search."""
        for hint in hints:  # noqa: SIM110 - twice as quick as any(), and asked of every text
            if hint in self.folded:
                return True
        return False

    def before(self, position: int, reach: int) -> str:
        """What is said before, in the same paragraph."""
        return self.folded[max(0, position - reach) : position].rpartition(_END)[2]

    def after(self, position: int, reach: int) -> str:
        return self.folded[position : position + reach].partition(_END)[0]

    def may_ask(self) -> bool:
        self.questions -= 1
        return self.questions >= 0

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
    if category in {"Cf", "Mn", "Me", "Cc", "Co"}:
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
