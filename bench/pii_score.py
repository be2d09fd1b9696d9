"""How good the scrubber is on labelled texts: what it finds of each kind, and what it leaves alone."""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from hub import pii
from hub.pii import Known, Scrubbed

TEXTS = Path(__file__).parent / "pii-texts.jsonl"
SEED = "13"
"""Which sentences are kept aside is drawn from this, so it is the same ones for ever."""
KINDS = ("EMAIL", "PHONE", "CARD", "IBAN", "SSN", "IP", "PASSWORD", "SECRET")
HALVES = ("tuned on", "kept aside")


@dataclass(frozen=True, slots=True)
class Span:
    """Something of somebody, and what it is."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Text:
    """`about` is what its sentence is about; texts of one sentence are in the same half."""

    id: str
    about: str
    text: str
    spans: tuple[Span, ...]
    known: Known | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A share of so many."""

    name: str
    number: int
    share: float


def texts() -> list[Text]:
    return [_text(json.loads(line)) for line in TEXTS.read_text().splitlines()]


def _text(row: dict[str, Any]) -> Text:
    known = Known(**row["known"]) if "known" in row else None
    return Text(row["id"], row["about"], row["text"], tuple(Span(**span) for span in row["spans"]), known)


def halves(given: Iterable[Text]) -> dict[str, list[Text]]:
    """What was looked at while rules were written, and what was not."""
    found: dict[str, list[Text]] = {half: [] for half in HALVES}
    for text in given:
        drawn = hashlib.sha256(f"{SEED}:{text.id.partition('.')[0]}".encode()).digest()[0]
        found[HALVES[drawn % 2]].append(text)
    return found


def figures(given: Sequence[Text]) -> list[Figure]:
    """Recall and precision a row of the table each, in the same order for any half."""
    negatives = [text for text in given if text.about == "negative"]
    technical = [text for text in given if text.about == "technical"]
    nobodys = [text for text in given if not text.spans]
    return [
        *(_recall(name, given, belongs) for name, belongs in ROWS.items()),
        *(_precision(kind, given) for kind in KINDS),
        _share("hard negatives untouched", negatives, lambda text: not _scrubbed(text).redactions),
        _share("technical texts untouched", technical, lambda text: not _scrubbed(text).redactions),
        _share("of these and those, a telephone seen in", nobodys, _sees_telephone),
    ]


Belongs = Callable[[Text, Span], bool]


def _of(kind: str) -> Belongs:
    return lambda text, span: span.kind == kind and not text.about.startswith("known-")


ROWS: dict[str, Belongs] = {
    "e-mail": _of("EMAIL"),
    "telephone": _of("PHONE"),
    "payment card": _of("CARD"),
    "IBAN": _of("IBAN"),
    "social security number": _of("SSN"),
    "IP address": _of("IP"),
    "password": _of("PASSWORD"),
    "key of a known maker": lambda text, _: text.about == "vendor",
    "other key, token or code": lambda text, span: span.kind == "SECRET" and text.about not in {"vendor", "url"},
    "credential in a URL": lambda text, _: text.about == "url",
    "**all of these**": lambda text, _: not text.about.startswith("known-"),
    "known person or company": lambda text, _: text.about.startswith("known-"),
}


def _recall(name: str, given: Iterable[Text], belongs: Belongs) -> Figure:
    wanted = [(text, span) for text in given for span in text.spans if belongs(text, span)]
    return _share(f"{name} hidden", wanted, lambda each: is_hidden(*each))


def _precision(kind: str, given: Iterable[Text]) -> Figure:
    seen = [(text, found) for text in given for found in _scrubbed(text).redactions if found.kind == kind]
    return _share(f"{kind} that is one", seen, lambda each: _is_right(*each))


def _is_right(text: Text, found: pii.Redaction) -> bool:
    return any(span.kind == found.kind and span.start < found.end and found.start < span.end for span in text.spans)


def _share(name: str, given: Sequence[Any], counts: Callable[[Any], bool]) -> Figure:
    return Figure(name, len(given), sum(map(counts, given)) / max(len(given), 1))


def is_hidden(text: Text, span: Span) -> bool:
    """Every letter and digit of it: signs at its ends say nothing of anybody."""
    hidden = {at for found in _scrubbed(text).redactions for at in range(found.start, found.end)}
    return all(at in hidden or not text.text[at].isalnum() for at in range(span.start, span.end))


def _sees_telephone(text: Text) -> bool:
    return any(found.kind == "PHONE" for found in _scrubbed(text).redactions)


@lru_cache(maxsize=8192)
def _scrubbed(text: Text) -> Scrubbed:
    return pii.scrub(text.text, known=text.known)
