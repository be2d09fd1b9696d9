"""People who are known: the reporter, by what their profile says, and the agents."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import phonenumbers

from hub.detectors.page import Found, Page, canonical, folded, words
from hub.detectors.phones import LEAST, telephone
from hub.redaction import Kind, Known

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
_PARTICLES = words("de la del las los da das do dos van von vom der den bin al el y e di du le ter ten zu")
_BETWEEN_NAMES = re.compile(
    r"[\s.,'_\-]{1,3}(?:(?:de|la|del|las|los|da|das|do|dos|van|von|vom|der|den|bin|al|el|y|e|di|du|le|ter|ten|zu)"
    r"[\s._-]{1,3}){0,3}"
)
_LEGAL_FORM = re.compile(
    r"[\s,]+(?:inc|llc|llp|ltd|limited|ltda|pty ltd|pvt ltd|pvt|corp|corporation|gmbh|mbh|ag|kg|ohg|ug"
    r"|gmbh & co\.? kg|co|company|plc"
    r"|bv|nv|spa|sarl|sas|sasu|eirl|oy|ab|as|aps|e\.? ?v\.?|s\.? ?a\.?(?: de c\.? ?v\.?)?|s\.? ?l\.?(?: ?u\.?)?"
    r"|s\.? ?r\.? ?l\.?|b\.? ?v\.?"
    r"|n\.? ?v\.?)\.?$"
)
_COMMON_FIRST = words(
    "group grupo groupe gruppe global blue red green black white first national united general international digital"
    " data cloud tech systems solutions services consulting studio studios labs media north south east west new nueva"
    " nuevo the los las grand great smart super open free home house work team world city state royal american"
    " european business software transportes servicios vereinigte deutsche societe banco bank hotel cafe restaurant"
    " panaderia boulangerie clinica centro escuela universidad university instituto fundacion asociacion agencia casa"
    " delta quantum pacific atlantic central"
)
"""A company of several words is called by the first alone, where that says which company."""
_NAME_LEAST, _JOINED_LEAST, _NATIONAL_DIGITS = 3, 7, 9
_CJK = "\u2e80"
_INITIAL = re.compile(r"(?<![^\W_])([^\W\d_]\.\s?|[A-Z]\s)$")
_WORD = re.compile(r"[\w']+")
_AND = frozenset({"and", "und", "y", "e", "et"})
_BETWEEN_WORDS = r"[^\w\n]{0,6}(?:(?:and|und|et|[ye])[^\w\n]{1,3})?[\s_]?"
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


class _Needle(NamedTuple):
    """One way in which a known person or company may be written: a word, or a pattern where that word is.

    `inside` is a word that counts within a longer one, too.
    """

    kind: Kind
    key: str
    word: str
    pattern: str | None = None
    capital: bool = False
    inside: bool = False
    initials: str = ""


class _Place(NamedTuple):
    """Where a needle is; `unsure` is a name that is a word too and has no capital here."""

    found: Found
    unsure: bool


def known_people(page: Page, known: Known) -> list[Found]:
    places = [
        _Place(
            page.found(start, end, needle.kind, needle.key),
            needle.capital and not _is_written_as_name(page, start, end),
        )
        for needle in _needles(known)
        if needle.word in page.folded
        for start, end in _spans(page, needle)
    ]
    found = [place.found for place in places if place.found.kind is not Kind.NAME and not place.unsure]
    found += _whole_names(page, sorted(place for place in places if place.found.kind is Kind.NAME))
    if known.phone and page.digits:
        found += _known_phone(page, known.phone)
    return found


def _spans(page: Page, needle: _Needle) -> Iterator[tuple[int, int]]:
    if needle.pattern is not None:
        yield from (match.span() for match in re.finditer(needle.pattern, page.folded))
        return
    end = 0
    while (start := page.folded.find(needle.word, end)) >= 0:
        end = start + len(needle.word)
        if needle.inside or needle.word >= _CJK or _stands_alone(page.folded, start, end):
            yield _with_initial(page, start, needle.initials), end


def _is_written_as_name(page: Page, start: int, end: int) -> bool:
    """With a capital, or after an initial."""
    return page.text[start].isupper() or "." in page.text[start:end]


def _stands_alone(text: str, start: int, end: int) -> bool:
    return not (start and text[start - 1].isalnum()) and not text[end : end + 1].isalnum()


def _with_initial(page: Page, start: int, initials: str) -> int:
    """Where `J. Smith` begins."""
    match = _INITIAL.search(page.text[max(0, start - 4) : start]) if initials else None
    return start - len(match[1]) if match and match[1][0].lower() in initials else start


def _whole_names(page: Page, places: list[_Place]) -> Iterator[Found]:
    """Parts of one person's name that stand together are one finding, and then surely a name."""
    last: _Place | None = None
    for place in places:
        if last and _are_one_name(page, last.found, place.found):
            end = max(last.found.end, place.found.end)
            last = _Place(last.found._replace(end=end), unsure=False)
            continue
        if last and not last.unsure:
            yield last.found
        last = place
    if last and not last.unsure:
        yield last.found


def _are_one_name(page: Page, one: Found, other: Found) -> bool:
    return one.key == other.key and _BETWEEN_NAMES.fullmatch(page.folded[one.end : other.start]) is not None


@lru_cache(maxsize=64)
def _needles(known: Known) -> tuple[_Needle, ...]:
    needles: list[_Needle] = []
    for name in filter(None, (known.name, *known.agents)):
        for form in _spellings(name):
            needles += _name_needles(folded(name), form)
    if known.email and "@" in known.email:
        needles += _email_needles(folded(known.email).strip())
    for handle in known.handles:
        needles += _handle_needles(folded(handle).strip().removeprefix("@"))
    for form in _spellings(known.company) if known.company else ():
        needles += _company_needles(_core(folded(known.company or "")), form)
    return tuple(needles)


def _spellings(name: str) -> list[str]:
    """As folding leaves it, and as Germans write it where there are no umlauts."""
    return list(dict.fromkeys((folded(name).strip(), folded(name.translate(_UMLAUTS)).strip())))


def _name_needles(key: str, name: str) -> Iterator[_Needle]:
    if "@" in name:
        yield from _email_needles(name)
        return
    parts = [part for part in re.split(r"[^\w']+", name) if part and part not in _PARTICLES]
    for number, part in enumerate(parts):
        short = len(part) < _NAME_LEAST and part < _CJK
        if len(part) > 1:
            initials = "".join(other[0] for other in parts[:number])
            yield _Needle(Kind.NAME, key, part, capital=short or part in _ORDINARY, initials=initials)
    if len(parts) > 1:
        for joined in dict.fromkeys((parts[0] + parts[-1], re.sub(r"[\s.]+", "", name))):
            yield _Needle(Kind.NAME, key, joined, inside=len(joined) >= _JOINED_LEAST)


def _email_needles(address: str) -> Iterator[_Needle]:
    yield _Needle(Kind.EMAIL, address, address, inside=True)
    local = address.partition("@")[0]
    if len(local) >= _JOINED_LEAST or (len(local) > _NAME_LEAST and re.search(r"[._\d]", local)):
        yield _Needle(Kind.HANDLE, local, local)


def _handle_needles(handle: str) -> Iterator[_Needle]:
    for form in {handle, handle.rpartition(":")[2]}:
        if len(form) >= _NAME_LEAST:
            sign = "@" if form in _ORDINARY else "@?"
            yield _Needle(Kind.HANDLE, handle, form, rf"{sign}(?<![^\W_]){re.escape(form)}(?![^\W_])")


def _company_needles(key: str, company: str) -> Iterator[_Needle]:
    core = _core(company)
    for form in (company, core):
        if len(form) >= _NAME_LEAST or form >= _CJK:
            yield _company_needle(key, form)
    first = _WORD.match(core)
    if first and first[0] != core and len(first[0]) > _NAME_LEAST and first[0] not in _COMMON_FIRST | _ORDINARY:
        yield _Needle(Kind.COMPANY, key, first[0], capital=True)


def _core(company: str) -> str:
    return _LEGAL_FORM.sub("", company.strip())


def _company_needle(key: str, form: str) -> _Needle:
    """With other signs between its words, or none, and `and` for `&`."""
    words = [word for word in _WORD.findall(form) if word not in _AND]
    if words in ([], [form]):
        return _Needle(Kind.COMPANY, key, form, capital=form in _ORDINARY)
    end = r"\.?" if form.endswith(".") else ""
    pattern = rf"(?<![^\W_]){_BETWEEN_WORDS.join(map(re.escape, words))}(?![^\W_]){end}"
    return _Needle(Kind.COMPANY, key, max(words, key=len), pattern)


def _known_phone(page: Page, phone: str) -> Iterator[Found]:
    digits = _dialled_at_home(phone)
    if len(digits) >= LEAST:
        pattern = r"(?:\+?(?:\d[ .()/\-]{0,3}){1,5})?" + r"[ .()/\-]{0,3}".join(digits) + r"(?!\d)"
        for match in re.finditer(pattern, page.text):
            yield telephone(page, *match.span())


@lru_cache(maxsize=64)
def _dialled_at_home(phone: str) -> str:
    """Its digits without the country's code, as far as that can be told."""
    digits = re.sub(r"\D", "", canonical(phone)[0])
    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return digits[-_NATIONAL_DIGITS:]
    if phonenumbers.is_valid_number(number):
        return str(phonenumbers.national_significant_number(number))
    return digits[-_NATIONAL_DIGITS:]
