"""E-mail addresses, also spelled out to hide them from machines."""

import re
from collections.abc import Iterator

from hub.detectors.page import Found, Page
from hub.redaction import Kind

_AT = re.compile(r"@|%40")
_DOMAIN = re.compile(r"(?:[\w-]{1,63}\.){1,8}(?:xn--[\w-]{2,59}|[^\W\d_]{2,24})(?!\w)")
_LOCAL = frozenset(".+-_%'~!#$&*")
_LOCAL_LENGTH = 254
_COMMON_TLDS = (
    r"com|net|org|edu|gov|info|biz|io|co|me|dev|app|ai|eu|es|mx|ar|cl|pe|br|ve|uy|ec|us|ca|uk|ie|fr|de|it|pt|nl|be|ch"
    r"|at|se|no|dk|fi|pl|cz|ru|ua|tr|in|jp|cn|kr|au|nz|za|il"
)
_COMMON = re.compile(rf"[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{0,4}}\.(?:{_COMMON_TLDS})(?!\w)")
_MAILERS = r"(?:gmail|hotmail|outlook|yahoo|icloud|proton(?:mail)?|live|msn|aol|gmx)"
_DOT_WORD = "(?:dot|punto|ponto|punkt|point)"
_AT_WORD = "(?:at|arroba|arobase|@)"
_DOT = rf"(?:\.|\s{{0,2}}[\[({{<]\s?(?:{_DOT_WORD}|\.)\s?[\])}}>]\s{{0,2}}|\s{{1,2}}{_DOT_WORD}\s{{1,2}}|_dot_)"
_SPELLED_AT = (
    rf"(?:\s{{0,2}}[\[({{<]\s?{_AT_WORD}\s?[\])}}>]\s{{0,2}}|\s{{1,2}}(?:at|arroba|arobase)\s{{1,2}}|_at_|-at-)"
)
_OBFUSCATED = re.compile(
    rf"(?<![\w.+-])([\w+-]{{1,64}}(?:{_DOT}[\w+-]{{1,64}}){{0,3}}){_SPELLED_AT}"
    rf"([\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{0,4}}{_DOT}(?P<tld>{_COMMON_TLDS}|[a-z]{{2,12}}))(?!\w)"
)
_AT_HINT = re.compile(
    rf"arroba|arobase|[\[({{<]\s?(?:at|@)\s?[\])}}>]|\b(?:dot|punkt)\b|[_-]at[_-]|\bat\s+{_MAILERS}\."
)
_AT_HINTS = (
    " at ",
    "arroba",
    "arobase",
    "(at",
    "[at",
    "{at",
    "<at",
    "at)",
    "at]",
    "_at_",
    "-at-",
    "@)",
    "@]",
    "at\n",
    "at  ",
)
_WORDY_AT = re.compile(r"\sat\s")
_WORDY_DOT = re.compile(r"\b(?:dot|punkt)\b")
_COMMON_END = re.compile(rf"(?:{_COMMON_TLDS}|example)")
_RETINA = re.compile(r"[1-4]x\.[a-z]{3,4}")
_NOT_PEOPLE = frozenset({"git", "hg", "svn"})


def emails(page: Page) -> Iterator[Found]:
    for at in _AT.finditer(page.text) if "@" in page.text or "%40" in page.text else ():
        found = _address(page, *at.span())
        if found:
            yield found
    if page.mentions(_AT_HINTS) and _AT_HINT.search(page.folded):
        for match in _OBFUSCATED.finditer(page.folded):
            if _is_spelled_out(match):
                yield page.found(*match.span(), Kind.EMAIL, _unspelled(match[1], match[2]))


def _address(page: Page, left: int, right: int) -> Found | None:
    spaced = page.text[right : right + 1] == " "
    domain = (_COMMON if spaced else _DOMAIN).match(page.folded, right + spaced)
    if domain is None or _RETINA.fullmatch(domain[0]):
        return None
    end = left - (page.text[left - 1 : left] == " " and spaced)
    start = _local_start(page.text, end)
    local = page.text[start:end].lower()
    if not local or local in _NOT_PEOPLE:
        return None
    return page.found(start, domain.end(), Kind.EMAIL, f"{local}@{domain[0]}")


def _local_start(text: str, end: int) -> int:
    if text[end - 1 : end] == '"':
        opening = text.rfind('"', max(0, end - 66), end - 1)
        return opening if opening >= 0 else end
    start = end
    least = max(0, end - _LOCAL_LENGTH)
    while start > least and (text[start - 1].isalnum() or text[start - 1] in _LOCAL):
        start -= 1
    while start < end and not text[start].isalnum():
        start += 1
    return start


def _is_spelled_out(match: re.Match[str]) -> bool:
    """`look at example.com` is no address; `bob at example dot com` and `bob at gmail.com` are."""
    if _WORDY_AT.search(match[0]) is None:
        return True
    said = _WORDY_DOT.search(match[2]) is not None or re.match(_MAILERS, match[2]) is not None
    return said and _COMMON_END.fullmatch(match["tld"]) is not None


def _unspelled(local: str, domain: str) -> str:
    return re.sub(_DOT, ".", local) + "@" + re.sub(_DOT, ".", domain)
