"""Emoji by the names Slack has for them, such as :tada: and :flag-es:."""

import re
from collections.abc import Iterator
from functools import cache

import emoji

SHORTCODE = re.compile(r"(?=:([a-z0-9_'+-]+):)")
FLAG = re.compile(r"flag-([a-z]{2})")
TONE = re.compile(r"skin-tone-([2-6])")
TONES = "🏻🏼🏽🏾🏿"


def with_emoji(text: str) -> str:
    """Known shortcodes as emoji; unknown ones stay as typed."""
    return "".join(_parts(text))


def _parts(text: str) -> Iterator[str]:
    at = 0
    for found in SHORTCODE.finditer(text):
        shown = _emoji(found[1]) if found.start() >= at else None
        if shown:
            yield text[at : found.start()]
            yield shown
            at = found.end(1) + 1
    yield text[at:]


@cache
def _emoji(name: str) -> str | None:
    if flag := FLAG.fullmatch(name):
        return "".join(chr(ord(letter) - ord("a") + ord("🇦")) for letter in flag[1])
    if tone := TONE.fullmatch(name):
        return TONES[int(tone[1]) - 2]
    return next(filter(None, map(_listed, _spellings(name))), None)


def _spellings(name: str) -> Iterator[str]:
    """Slack's names and the package's differ in little: `large_green_circle`, `man-shrugging`, `male-cook`."""
    yield name
    yield name.removeprefix("large_")
    yield name.replace("-", "_")
    yield re.sub("^(fe)?male-", lambda found: "woman_" if found[1] else "man_", name).replace("-", "_")


def _listed(name: str) -> str | None:
    code = f":{name}:"
    shown = emoji.emojize(code, language="alias")
    return None if shown == code else shown
