"""Slack's texts as a browser shows them (docs.slack.dev, "Formatting message text")."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Protocol

from markupsafe import Markup, escape

from sandbox.pages.moments import moment_to_text
from sandbox.pages.shortcodes import with_emoji

__all__ = ["Names", "moment_to_text", "plain_to_html", "to_html"]

EMPTY = Markup()
BREAK = Markup("<br>")
PRE = Markup("<pre>{}</pre>")
QUOTED = Markup("<blockquote>{}</blockquote>")
CODE = Markup("<code>{}</code>")
LINK = Markup('<a href="{}" rel="noreferrer noopener" target="_blank">{}</a>')
MENTION = Markup('<span class="mention">{}</span>')
MARKS = {"*": Markup("<strong>{}</strong>"), "_": Markup("<em>{}</em>"), "~": Markup("<s>{}</s>")}
ASIDE = "\x00"  # stands for what was set aside; no browser shows this character, so no text is to hold it

FENCED = re.compile(r"```(.+?)```", re.DOTALL)
QUOTE = re.compile(r"(?:(?P<to_the_end>(?:>|&gt;){3})|>|&gt;) ?")
CONTROL = r"<(?P<control>[^<>]+)>"
BETWEEN_TICKS = r"(?<![^\W_])(?<![`/\\@|])`(?P<code>[^`]*[^`\s][^`]*)`(?!`)"
BARE = r"(?<![^\W_])(?P<bare>https?://(?:(?!&[lg]t;)[^\s<>`])+)"
SET_ASIDE = {True: re.compile(f"{CONTROL}|{BETWEEN_TICKS}"), False: re.compile(f"{CONTROL}|{BETWEEN_TICKS}|{BARE}")}
ANY_MARK = re.compile(r"[*_~]")
NO_BORDER = r"/\@|"  # beside these Slack takes a mark for a part of the word: /*no comment*/
ADDRESS = re.compile(r"(?:https?://|mailto:|tel:)\S+", re.IGNORECASE)
BROADCASTS = ("here", "channel", "everyone")


class Names(Protocol):
    """What people and channels are called; None for an id nobody knows."""

    def user(self, user_id: str, /) -> str | None: ...

    def channel(self, channel_id: str, /) -> str | None: ...


def to_html(text: str, *, names: Names, verbatim: bool = False, now: datetime | None = None) -> Markup:
    """mrkdwn as Slack shows it; unless `verbatim`, bare http(s) addresses become links too.

    Made of strong, em, s, code, pre, blockquote, br, span.mention and a.
    """
    text = _clean(text).strip("\n")
    return _Drawing(names, verbatim=verbatim, now=now or datetime.now(UTC)).of(text) if text else EMPTY


def plain_to_html(text: str, *, emoji: bool) -> Markup:
    """A plain_text object: only line breaks and, with `emoji`, shortcodes have a meaning in it."""
    clean = _clean(text)
    return BREAK.join((with_emoji(clean) if emoji else clean).split("\n"))


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").replace(ASIDE, "\ufffd")


@dataclass(frozen=True, slots=True)
class _Drawing:
    names: Names
    verbatim: bool
    now: datetime

    def of(self, text: str) -> Markup:
        fenced = (PRE.format(_bare_words(block).strip("\n")) for block in FENCED.findall(text))
        rows = groupby(_rows(FENCED.sub(ASIDE, text)), key=itemgetter(0))
        runs = ((quoted, self._run((row for _, row in run), fenced)) for quoted, run in rows)
        return EMPTY.join(QUOTED.format(drawn) if quoted else drawn for quoted, drawn in runs)

    def _run(self, rows: Iterable[str], fenced: Iterator[Markup]) -> Markup:
        """Lines with breaks between them; none beside a block, and one more where an empty line would vanish."""
        shown: list[Markup] = []
        before = ASIDE
        for row in rows:
            if ASIDE not in {before, row} or not before.strip():
                shown.append(BREAK)
            shown.append(next(fenced) if row == ASIDE else self._line(row))
            before = row
        return EMPTY.join(shown) + (EMPTY if before.strip() else BREAK)

    def _line(self, raw: str) -> Markup:
        aside: list[Markup] = []

        def set_aside(found: re.Match[str]) -> str:
            drawn, rest = self._apart(found)
            aside.extend(drawn)
            return ASIDE * len(drawn) + rest

        line = SET_ASIDE[self.verbatim].sub(set_aside, raw)
        return _Marked(with_emoji(_unescape(line)), aside).shown()

    def _apart(self, found: re.Match[str]) -> tuple[list[Markup], str]:
        """What marks and emoji do not reach into, drawn; and what of the match they do reach."""
        if found["control"]:
            drawn = self._control(_unescape(found["control"]))
            return ([drawn], "") if drawn else ([], f"&lt;{found['control']}&gt;")
        if found["code"]:
            return [CODE.format(_bare_words(found["code"]))], ""
        return _bare_address(found["bare"])

    def _control(self, content: str) -> Markup | None:
        """None for what Slack knows no meaning of."""
        target, _, label = content.partition("|")
        kind, name = target[:1], target[1:]
        if kind == "@" and name:
            return MENTION.format("@" + (self.names.user(name) or label or name))
        if kind == "#" and name:
            return MENTION.format("#" + (self.names.channel(name) or label or name))
        if kind == "!":
            return self._command(name, label)
        if ADDRESS.fullmatch(target):
            return LINK.format(target, with_emoji(label) or _shown_address(target))
        return None

    def _command(self, command: str, label: str) -> Markup | None:
        name, *arguments = command.split("^", 3)
        if name in BROADCASTS:
            return MENTION.format("@" + name)
        if name == "subteam" and arguments:
            return MENTION.format("@" + (label.removeprefix("@") or arguments[0]))
        if name == "date" and len(arguments) > 1:
            return self._date(*arguments, fallback=label)
        return escape(f"<{label}>") if label else None

    def _date(self, timestamp: str, template: str, address: str = "", *, fallback: str) -> Markup | None:
        try:
            shown = moment_to_text(int(timestamp), template, now=self.now)
        except ValueError:
            shown = fallback
        return LINK.format(address, shown) if shown and ADDRESS.fullmatch(address) else escape(shown)


def _rows(text: str) -> Iterator[tuple[bool, str]]:
    """Every line and whether it is quoted; a fenced block is a row of its own. `>>>` quotes all that follows."""
    to_the_end = False
    for line in text.split("\n"):
        mark = None if to_the_end else QUOTE.match(line)
        rest = line[mark.end() :] if mark else line
        to_the_end = to_the_end or bool(mark and mark["to_the_end"])
        for row in re.split(f"({ASIDE})", rest):
            if row or not rest:
                yield to_the_end or mark is not None, row


def _bare_address(raw: str) -> tuple[list[Markup], str]:
    """The address without the punctuation of the sentence it stands in, and that."""
    kept = raw.rstrip(".,:!?'\"*_~)]}")
    if kept.count("(") > kept.count(")") and raw.startswith(")", len(kept)):
        kept += ")"
    address = _unescape(kept)
    return ([LINK.format(address, address)], raw[len(kept) :]) if ADDRESS.fullmatch(address) else ([], raw)


class _Marked:
    """Bold, italic and struck words of a line; marks nest, but none in its like and none across another's end."""

    def __init__(self, line: str, aside: Iterable[Markup]) -> None:
        self.line, self.aside = line, iter(aside)
        self.ends = {mark: [at for at in _places(line, mark) if self._may_end(at)] for mark in MARKS}

    def shown(self) -> Markup:
        return self._between(0, len(self.line), frozenset(MARKS))

    def _between(self, start: int, end: int, marks: frozenset[str]) -> Markup:
        shown: list[Markup] = []
        at = seen = start
        while found := ANY_MARK.search(self.line, at, end):
            mark, at = found[0], found.end()
            last = self._end_of(found.start(), end) if mark in marks else None
            if last is not None:
                shown.append(self._words(seen, found.start()))
                shown.append(MARKS[mark].format(self._between(at, last, marks - {mark})))
                at = seen = last + 1
        return EMPTY.join([*shown, self._words(seen, end)])

    def _end_of(self, start: int, end: int) -> int | None:
        ends = self.ends[self.line[start]]
        nearest = bisect_left(ends, start + 2)
        return ends[nearest] if self._may_start(start) and nearest < len(ends) and ends[nearest] < end else None

    def _may_start(self, at: int) -> bool:
        before, after = self._beside(at)
        return _is_border(before) and not after.isspace() and self.line[at] not in {before, after}

    def _may_end(self, at: int) -> bool:
        before, after = self._beside(at)
        return not before.isspace() and _is_border(after) and self.line[at] not in {before, after}

    def _beside(self, at: int) -> tuple[str, str]:
        return self.line[at - 1 : at] or " ", self.line[at + 1 : at + 2] or " "

    def _words(self, start: int, end: int) -> Markup:
        first, *others = self.line[start:end].split(ASIDE)
        return escape(first) + EMPTY.join(next(self.aside) + escape(other) for other in others)


def _places(line: str, mark: str) -> Iterator[int]:
    return (at for at, letter in enumerate(line) if letter == mark)


def _is_border(letter: str) -> bool:
    return not letter.isalnum() and letter not in NO_BORDER


def _bare_words(raw: str) -> str:
    """Inside code a link is its words, and all else is as it was typed."""
    return _unescape(re.sub(CONTROL, _words_of_link, raw))


def _words_of_link(found: re.Match[str]) -> str:
    target, _, label = str(found["control"]).partition("|")
    return (label or _shown_address(target)) if ADDRESS.fullmatch(target) else str(found[0])


def _shown_address(address: str) -> str:
    return re.sub("^(mailto|tel):", "", address, flags=re.IGNORECASE)


def _unescape(raw: str) -> str:
    """The three characters Slack asks to be escaped, each once: `&amp;lt;` is `&lt;`."""
    return raw.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
