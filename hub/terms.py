"""What a report is known by: words by their stems, identifiers, what words mean, what the title says.

Pure, and the same for reports and for questions. Any text gives at most MOST_TERMS terms. A bare term is a word or an
identifier, `~` begins a meaning out of hub/vocabulary.py. Pairs of neighbours and marks for words of titles were
tried and found no more.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from snowballstemmer import stemmer

from hub.classification import UNTITLED, infer_language
from hub.vocabulary import MEANINGS, SAYING_NOTHING

READ = 20_000
"""Characters that are read of a text: what follows is a log."""
MOST_WORDS = 1_000
"""Words of it that are read."""
MOST_TERMS = 300
LONGEST_WORD = 40
FINEST = 1_000
"""A term weighs a whole number up to this: PostgreSQL keeps it as the term's position."""

IN_TITLE, PART = 6.0, 0.8
"""How much a word of the title, and a part of an identifier, counts beside a word of the text."""
MOST_IN_TEXT = 3.0
"""How much a word counts at most that a text, such as a log, repeats."""
FIRST_WORDS = 40
LATER = 0.3
"""How much a word counts that comes after the first ones."""
FRAMES = 6
"""Lines of a stack trace that are read: what lies below is every program's."""
SATURATION, LENGTH_COUNTS, USUAL_LENGTH = 2.5, 0.5, 50.0
"""BM25's k1 and b, and the length it compares with."""

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_IMAGE = re.compile(r"!\[[^\]\n]{0,200}\]\([^)\n]{0,500}\)|<img\b[^>\n]{0,500}>", re.IGNORECASE)
_ADDRESS = re.compile(r"\b(?:https?|ftp)://([^\s/)>\]\"']{1,200})([^\s)>\]\"']{0,500})|\S{1,100}@\S{1,100}\.\S{2,20}")
_TEMPLATE = re.compile(
    r"^\W*(?:(?:user-agent|build identifier|reproducible|os|browser|url)\s*:.*"
    r"|- \[[ x]\].*"
    r"|(?:(?:the )?steps to reproduce|(?:to )?reproduc(?:e|tion)(?: steps)?|repro|describe the (?:bug|problem|issue)|"
    r"bug(?: report| description)|description|details|summary|what (?:happened|did you expect.*|actually happens)|"
    r"(?:current|expected|actual|observed)(?: and \w+)?(?: behaviou?r| results?)?|additional (?:context|info\w*)|"
    r"screenshots?|environment|system info|versions?|logs?|pasos para reproducir|resultado (?:esperado|actual))\W*)$",
    re.IGNORECASE,
)
_FRAME = re.compile(r"^\s*(?:at\s+\S+|File \"|#\d+\s|\d+:\s+0x|from \S+:\d+:in|\S+\.\w{1,4}:\d+:? in )")
_TOKEN = re.compile(r"[^\W_][\w.:/\\@#$+'\u2019-]*")
_EDGE = ".:/\\@#$+'\u2019-_"
_PLACE = re.compile(r"(?::\d+)+$|\(\)$")
_JUNK = re.compile(
    r"0x[0-9a-f]+|(?=.*\d)[0-9a-f-]{8,}|\d{5,}|[\d.,:/-]*\d{6,}[\d.,:/-]*|\d{1,4}([-/:.])\d{1,2}\1\d{1,4}(?:t\d.*)?"
)
_HUMP = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")


@dataclass(frozen=True, slots=True)
class Terms:
    """`weights` go from 1 to FINEST; `spelled` is how somebody wrote a term, `meant` the meaning of a word.

    A word and its meaning say one thing: they are compared together, in the `place` of the meaning.
    """

    weights: dict[str, int]
    spelled: dict[str, str]
    meant: dict[str, str]

    def place(self, term: str) -> str:
        return self.meant.get(term, term)


def terms_of(title: str, text: str, language: str | None = None) -> Terms:
    """The terms of a report or of a question; `language` counts only where the words do not tell."""
    reading = _Reading(infer_language(f"{title}\n{text}") or language or "en")
    reading.read_title(title if title != UNTITLED else "")
    reading.read_text(_after_title(title, text))
    return reading.terms()


def _after_title(title: str, text: str) -> str:
    """A message's first line is its title already."""
    said = title.removesuffix("\u2026").rstrip()
    return text.lstrip()[len(said) :] if said and text.lstrip().startswith(said) else text


class _Reading:
    """Counts terms while it reads. What the title says counts the same however long the text is (BM25F)."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._in_title: defaultdict[str, float] = defaultdict(float)
        self._in_text: defaultdict[str, float] = defaultdict(float)
        self._spelled: dict[str, str] = {}
        self._meant: dict[str, str] = {}
        self._length = 0.0

    def read_title(self, title: str) -> None:
        self._count_all(_words(title[:READ])[:MOST_WORDS], self._in_title, IN_TITLE)

    def read_text(self, text: str) -> None:
        left = FIRST_WORDS
        for words in _few_at_a_time(_lines(text[:READ])):
            self._count_all(words[:left], self._in_text, 1.0)
            self._count_all(words[left:], self._in_text, LATER)
            left = max(0, left - len(words))

    def _count_all(self, words: Sequence["_Word"], counts: defaultdict[str, float], factor: float) -> None:
        for word in words:
            if not word.says_nothing:
                self._count(word, counts, factor)
                self._length += factor if counts is self._in_text else 0
        for meaning, written in _meanings(words):
            self._add(f"~{meaning}", counts, factor, written)

    def _count(self, word: "_Word", counts: defaultdict[str, float], factor: float) -> None:
        stem = _stem(word.folded, self._language) if word.folded.isalpha() else word.folded
        self._add(stem, counts, factor, word.written)
        alone, _ = _meant_by(word.folded)
        if alone:
            self._meant.setdefault(stem, f"~{alone[0]}")
        for part in word.parts:
            self._add(_stem(part, self._language), counts, factor * PART, part)

    def _add(self, term: str, counts: defaultdict[str, float], factor: float, written: str) -> None:
        counts[term] += factor
        self._spelled.setdefault(term, written)

    def terms(self) -> Terms:
        usual = 1 - LENGTH_COUNTS + LENGTH_COUNTS * self._length / USUAL_LENGTH
        counts = {
            term: self._in_title[term] + min(self._in_text[term] / usual, MOST_IN_TEXT) for term in self._spelled
        }
        most = sorted(counts.items(), key=lambda item: -item[1])[:MOST_TERMS]
        weights = {term: max(1, round(FINEST * count / (count + SATURATION))) for term, count in most}
        spelled = {term: self._spelled[term] for term in weights}
        return Terms(weights, spelled, {term: self._meant[term] for term in weights if term in self._meant})


@dataclass(frozen=True, slots=True)
class _Word:
    """`folded` is in lower case without accents; `parts` are what an identifier is made of."""

    written: str
    folded: str
    parts: tuple[str, ...] = ()

    @property
    def says_nothing(self) -> bool:
        return self.folded in _NOTHING or "'" in self.folded  # what is shortened is a small word: can't, l'heure


def _lines(text: str) -> Iterator[str]:
    """What people wrote: without what a tracker's form, a link or a deep stack trace adds."""
    frames = 0
    for line in _IMAGE.sub(" ", _COMMENT.sub(" ", text)).splitlines():
        if _FRAME.match(line):
            frames += 1
        if (frames <= FRAMES or not _FRAME.match(line)) and not _TEMPLATE.match(line):
            yield _ADDRESS.sub(_last_of_address, line)


def _few_at_a_time(lines: Iterator[str]) -> Iterator[list["_Word"]]:
    """The words of each line, until they are MOST_WORDS."""
    read = 0
    for line in lines:
        words = _words(line)[: MOST_WORDS - read]
        yield words
        read += len(words)
        if read >= MOST_WORDS:
            return


def _last_of_address(found: re.Match[str]) -> str:
    """Of a link the words of its path; of an e-mail address nothing."""
    path = (found[2] or "").partition("?")[0]
    return " " + " ".join(re.findall(r"[^\W\d_]{3,20}", path)[:6]) + " "


def _words(line: str) -> list[_Word]:
    return [word for token in _TOKEN.findall(line) if (word := _word(token)) is not None]


@lru_cache(maxsize=50_000)
def _word(token: str) -> _Word | None:
    """None for what is no word: addresses in memory, times, long numbers."""
    written = _PLACE.sub("", token.strip(_EDGE)).strip(_EDGE)
    if written.isalpha() and (written.islower() or written.istitle() or written.isupper()):
        return _Word(written, _fold(written)) if len(written) <= LONGEST_WORD else None
    folded = _fold(written.replace("\u2019", "'"))
    if not written or _JUNK.fullmatch(folded):
        return None
    if "'" in folded and folded.replace("'", "").isalpha():
        return _Word(written, _shortened(folded))
    return _identifier(written)


def _shortened(folded: str) -> str:
    """Without 's; anything else stays whole for the phrases."""
    return folded.removesuffix("'s")[:LONGEST_WORD]


def _identifier(written: str) -> _Word | None:
    name = re.split(r"[/\\]", written)[-1].strip(_EDGE) or written
    pieces = [piece for piece in re.split(r"[\W_]+", written) if piece]
    humps = [hump for piece in pieces for hump in _HUMP.findall(piece)]
    wholes = [_fold(piece) for piece in pieces] if len(pieces) > 1 else []
    whole = _fold(name)
    found = dict.fromkeys([*wholes, *map(_fold, humps)])
    parts = tuple(part for part in found if part != whole and _is_part(part))[:12]
    if len(whole) > LONGEST_WORD:
        whole = parts[-1] if parts else ""
    return _Word(written[:LONGEST_WORD], _plain(whole), parts) if whole else None


def _is_part(part: str) -> bool:
    return 2 < len(part) <= LONGEST_WORD and not part.isdigit() and part not in _NOTHING and not _JUNK.fullmatch(part)


def _plain(whole: str) -> str:
    """Without what PostgreSQL reads as a sign in a vector of terms."""
    return re.sub(r"[^\w.:#@/$+-]", "", whole).strip("+")


@lru_cache(maxsize=50_000)
def _fold(word: str) -> str:
    lower = word.lower()
    if lower.isascii():
        return lower
    return "".join(char for char in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(char))


_STEMMERS = {"en": stemmer("english"), "es": stemmer("spanish")}


@lru_cache(maxsize=100_000)
def _stem(folded: str, language: str) -> str:
    """The stem as both languages would write it: `application` and `aplicacion` are one."""
    stem = _STEMMERS.get(language, _STEMMERS["en"]).stemWord(folded)
    stem = re.sub(r"([b-df-hj-np-tv-z])\1", r"\1", stem).replace("ph", "f")
    return _plain(stem.replace("y", "i")) or folded[:LONGEST_WORD]


def _meanings(words: Sequence[_Word]) -> Iterator[tuple[str, str]]:
    """Each meaning the words express, as often as they do, with the word that begins saying it."""
    folded = [word.folded for word in words]
    for index, word in enumerate(words):
        alone, phrases = _meant_by(word.folded)
        said = dict.fromkeys(alone)
        said |= dict.fromkeys(meaning for phrase, meaning in phrases if folded[index : index + len(phrase)] == phrase)
        for meaning in said:
            yield meaning, word.written


@lru_cache(maxsize=50_000)
def _meant_by(word: str) -> tuple[tuple[str, ...], tuple[tuple[list[str], str], ...]]:
    """What a word means by itself, and the phrases it may begin."""
    beginnings = (word[:length] for length in range(2, len(word) + 1))
    begun = [meaning for beginning in beginnings for meaning in _BEGINNINGS.get(beginning, ())]
    return (*_WHOLES.get(word, ()), *begun), tuple(_PHRASES.get(word, ()))


def _turned_round() -> None:
    for meaning, entries in MEANINGS.items():
        for entry in entries.split(","):
            words = entry.split()
            if len(words) > 1:
                _PHRASES.setdefault(words[0], []).append(([word.rstrip("*") for word in words], meaning))
            elif words[0].endswith("*"):
                _BEGINNINGS.setdefault(words[0][:-1], []).append(meaning)
            else:
                _WHOLES.setdefault(words[0], []).append(meaning)


_NOTHING = frozenset(SAYING_NOTHING.split())
_WHOLES: dict[str, list[str]] = {}
_BEGINNINGS: dict[str, list[str]] = {}
_PHRASES: dict[str, list[tuple[list[str], str]]] = {}
_turned_round()
