"""People who are known: the reporter, by what their profile says, and the agents."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from hub.detectors.page import Found, Kind, Page, canonical, folded, words
from hub.detectors.phones import LEAST, telephone


@dataclass(frozen=True, slots=True)
class Known:
    """Who is known to be speaking or spoken of; found wherever the text names them."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    company: str | None = None
    handles: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()


_ORDINARY = words(
    "will mark may grace rose hope faith joy dawn june april august summer bill rich frank drew chase grant dean earl"
    " art guy pat sue ray rob nick chip page brown green white black gray young king price long little short day case"
    " cook baker bush wood stone field fields law love moon sun cruz paz luz sol mar rosa blanco blanca rubio moreno"
    " leon flores campos calle rey reyes guerra rios vega prado pino torres iglesias bueno franco angel cielo alba"
    " pilar dolores mercedes gracia consuelo soledad clara claro serena linda bella perla marina nieves test user"
    " admin support team bot app customer cliente usuario guest visitor apple box target square stripe notion slack"
    " meta shell gap visa orange amazon oracle sage zoom signal linear first last new old the and for not"
)
"""Names that are words too; they count as names only with a capital."""
_PARTICLES = words("de la del las los da das do dos van von der den bin al el y e di du le")
_BETWEEN_NAMES = re.compile(r"[\s.,'\-]{1,3}(?:(?:de|la|del|las|los|da|dos|van|von|der|y)\s){0,3}")
_LEGAL_FORM = re.compile(
    r"[\s,]+(?:inc|llc|ltd|limited|corp|corporation|gmbh|ag|co|company|plc|bv|spa|s\.? ?a\.?(?: de c\.?v\.?)?"
    r"|s\.? ?l\.?(?:u\.?)?|s\.?r\.?l\.?)\.?$"
)
_NAME_LEAST, _JOINED_LEAST, _NATIONAL_DIGITS = 3, 7, 9
_CJK = "\u2e80"


class _Needle(NamedTuple):
    """One way in which a known person or company may be written."""

    kind: Kind
    key: str
    word: str
    pattern: re.Pattern[str]
    capital: bool


def known_people(page: Page, known: Known) -> list[Found]:
    found = [
        page.found(*match.span(), needle.kind, needle.key)
        for needle in _needles(known)
        if needle.word in page.folded
        for match in needle.pattern.finditer(page.folded)
        if not needle.capital or page.text[match.start()].isupper()
    ]
    if known.phone and page.digits:
        found += _known_phone(page, known.phone)
    return _whole_names(page, found)


def _whole_names(page: Page, found: list[Found]) -> list[Found]:
    """Parts of one person's name that stand together are one finding."""
    whole: list[Found] = []
    for finding in sorted(found):
        last = whole[-1] if whole else None
        gap = page.folded[last.end : finding.start] if last else ""
        same = last is not None and last.kind is finding.kind is Kind.NAME and last.key == finding.key
        if last and same and _BETWEEN_NAMES.fullmatch(gap):
            whole[-1] = last._replace(end=finding.end)
        else:
            whole.append(finding)
    return whole


@lru_cache(maxsize=64)
def _needles(known: Known) -> tuple[_Needle, ...]:
    needles: list[_Needle] = []
    for name in filter(None, (known.name, *known.agents)):
        needles += _name_needles(folded(name))
    if known.email and "@" in known.email:
        needles += _email_needles(folded(known.email).strip())
    for handle in known.handles:
        needles += _handle_needles(folded(handle).strip().removeprefix("@"))
    if known.company:
        needles += _company_needles(folded(known.company).strip())
    return tuple(needles)


def _name_needles(name: str) -> Iterator[_Needle]:
    if "@" in name:
        yield from _email_needles(name)
        return
    parts = [part for part in re.split(r"[^\w']+", name) if part and part not in _PARTICLES]
    for part in parts:
        short = len(part) < _NAME_LEAST and part < _CJK
        if len(part) > 1:
            yield _needle(Kind.NAME, name, part, capital=short or part in _ORDINARY)
    joined = "".join((parts[0], parts[-1])) if len(parts) > 1 else ""
    if len(joined) >= _JOINED_LEAST:
        yield _Needle(Kind.NAME, name, joined, re.compile(re.escape(joined)), capital=False)


def _email_needles(address: str) -> Iterator[_Needle]:
    yield _Needle(Kind.EMAIL, address, address, re.compile(re.escape(address)), capital=False)
    local = address.partition("@")[0]
    if len(local) >= _JOINED_LEAST or (len(local) > _NAME_LEAST and re.search(r"[._\d]", local)):
        yield _needle(Kind.HANDLE, local, local, capital=False)


def _handle_needles(handle: str) -> Iterator[_Needle]:
    for form in {handle, handle.rpartition(":")[2]}:
        if len(form) >= _NAME_LEAST:
            sign = "@" if form in _ORDINARY else "@?"
            pattern = re.compile(rf"{sign}(?<![^\W_]){re.escape(form)}(?![^\W_])")
            yield _Needle(Kind.HANDLE, handle, form, pattern, capital=False)


def _company_needles(company: str) -> Iterator[_Needle]:
    for form in {company, _LEGAL_FORM.sub("", company)}:
        if len(form) >= _NAME_LEAST or form >= _CJK:
            yield _needle(Kind.COMPANY, _LEGAL_FORM.sub("", company), form, capital=form in _ORDINARY)


def _needle(kind: Kind, key: str, form: str, *, capital: bool) -> _Needle:
    words = form.split()
    pattern = r"\s+".join(re.escape(word) for word in words)
    if form < _CJK:
        pattern = rf"(?<![^\W_]){pattern}(?![^\W_])"
    return _Needle(kind, key, max(words, key=len, default=form), re.compile(pattern), capital)


def _known_phone(page: Page, phone: str) -> Iterator[Found]:
    digits = re.sub(r"\D", "", canonical(phone)[0])
    tail = digits[-_NATIONAL_DIGITS:]
    if len(tail) >= LEAST:
        pattern = r"(?:\+?(?:\d[ .()/\-]{0,3}){1,5})?" + r"[ .()/\-]{0,3}".join(tail) + r"(?!\d)"
        for match in re.finditer(pattern, page.text):
            yield telephone(page, *match.span())
