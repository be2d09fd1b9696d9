"""Elements, coordinates and lettering for drawings: text that fits its room, and nothing that could be markup."""

import re
from collections.abc import Iterable
from unicodedata import east_asian_width

from markupsafe import Markup

LETTERING = 14.0
NEVER_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NARROW = frozenset("iljtfrI.,:;'|![]() -")
BROAD = frozenset("mwMW@%&—…")


def element(name: str, *inside: str, **attributes: str | float) -> Markup:
    """`class_` is `class` and `stroke_width` is `stroke-width`."""
    given = (Markup(' {}="{}"').format(_key(key), _value(value)) for key, value in attributes.items())
    return Markup("<{0}{1}>{2}</{0}>").format(name, Markup().join(given), Markup().join(map(_legal, inside)))


def number(value: float) -> str:
    """A coordinate, two decimals at most."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def path(points: Iterable[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)


def label(
    text: str, x: float, y: float, *, size: float = LETTERING, room: float | None = None, **more: str | float
) -> Markup:
    """Words at a place, cut to `room`; whoever points at cut ones is shown all of them."""
    shown = text if room is None else cut(text, room, size)
    whole = () if shown == text else (element("title", text),)
    return element("text", shown, *whole, class_="chart-label", x=x, y=y, font_size=size, **more)


def width(text: str, size: float = LETTERING) -> float:
    """How wide words are in a sans-serif, rather guessed too wide than too narrow."""
    return size * sum(map(_share, text))


def cut(text: str, room: float, size: float = LETTERING) -> str:
    """The words with their middle left out, for names often differ only at their ends."""
    if width(text, size) <= room:
        return text
    kept = len(text) - 1
    while kept > 1 and width(_ends(text, kept), size) > room:
        kept -= 1
    return _ends(text, kept)


def folded(text: str, room: float, size: float = LETTERING) -> tuple[str, ...]:
    """The words on one line or, folded at a space, on two; none where they have no room so."""
    if width(text, size) <= room:
        return (text,)
    folds = ((text[:at], text[at + 1 :]) for at, letter in enumerate(text) if letter == " ")
    widest, lines = min(
        ((max(width(line, size) for line in lines), lines) for lines in folds), default=(room + 1, ())
    )
    return lines if widest <= room else ()


def _ends(text: str, kept: int) -> str:
    tail = kept * 2 // 5
    return text[: kept - tail].rstrip() + "…" + text[len(text) - tail :].lstrip()


def _share(letter: str) -> float:
    if east_asian_width(letter) in {"W", "F"}:
        return 1.05
    if letter in NARROW:
        return 0.36
    if letter in BROAD:
        return 0.95
    return 0.72 if letter.isupper() else 0.6


def _key(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _value(value: str | float) -> str:
    return _legal(value) if isinstance(value, str) else number(value)


def _legal(text: str) -> str:
    return text if isinstance(text, Markup) else NEVER_IN_XML.sub("\ufffd", text)
