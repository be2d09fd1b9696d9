"""Cards, bank accounts, social security numbers and IP addresses: numbers with a check or a fixed form."""

import ipaddress
import re
from collections.abc import Iterator

from stdnum import iban, luhn

from hub.detectors.page import Found, Page
from hub.redaction import Kind

_GROUPS = re.compile(r"(?<![\d+])\d(?:[ .\-\n\t/_]{0,2}\d){11,40}")
_CARD_WORD = re.compile(
    r"card|tarjeta|visa|mastercard|amex|american express|maestro|discover|diners|credit|debit|carte|karte|cartao"
    r"|\bjcb\b|\bcc\b|\bpan\b"
)
_NOT_CARD = re.compile(
    r"(?:imei|iccid|order|pedido|tracking|seguimiento|invoice|factura|serial|timestamp|uuid|sku|trace|event|request)"
    r"[\w ]{0,12}[#:=n.o° ]{0,6}$"
)
_CARD_LEAST, _CARD_MOST, _USUAL = 12, 19, 16
_GROUPED_AS_CARDS = re.compile(r"444[1-4]|4444[1-3]?|46[45]|6(?:[6-9]|1[0-3])|88|4(?:8|12)|\d\d")
"""The sizes of the groups a card's digits are printed in."""
_FIRST_DIGITS = {
    12: ("50", "56", "57", "58", "6"),
    13: ("4", "5", "6"),
    14: ("3",),
    15: ("34", "37", "2", "1800", "5", "6"),
}
_YEARS = re.compile(r"(?:(?:19|20)\d\d\D+){2,}(?:19|20)\d\d")
_MOMENT = re.compile(r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])")


def cards(page: Page) -> Iterator[Found]:
    if not page.digits:
        return
    for run in _GROUPS.finditer(page.text):
        groups = [(run.start() + g.start(), run.start() + g.end()) for g in re.finditer(r"\d+", run[0])]
        skip_to = 0
        for first, (start, _) in enumerate(groups):
            found = _card_from(page, groups[first:]) if start >= skip_to else None
            if found:
                yield found
                skip_to = found.end


def _card_from(page: Page, groups: list[tuple[int, int]]) -> Found | None:
    """The longest card number that begins with these groups, when they are grouped as cards are."""
    digits, ends = "", []
    for start, end in groups[:7]:
        size = end - start
        if (digits and size > 8) or (not digits and size < 4):
            break
        digits += page.text[start:end]
        ends.append((digits, end))
        if len(digits) > _CARD_MOST or size < 3:
            break
    for number, end in reversed(ends):
        if _is_card(page, number, groups[0][0], end, printed=_is_printed(page, groups, end)):
            return page.found(groups[0][0], end, Kind.CARD, number)
    return None


def _is_printed(page: Page, groups: list[tuple[int, int]], end: int) -> bool:
    sizes = "".join(str(last - first) for first, last in groups if last <= end)
    return _GROUPED_AS_CARDS.fullmatch(sizes) is not None and not _YEARS.fullmatch(page.text, groups[0][0], end)


def _is_card(page: Page, number: str, start: int, end: int, *, printed: bool) -> bool:
    """`printed`: whether it is grouped as cards are, which a number that nobody called a card has to be."""
    if not _CARD_LEAST <= len(number) <= _CARD_MOST or page.folded[end : end + 1].isalnum():
        return False
    before = page.before(start, 40)
    named = _CARD_WORD.search(before) is not None
    if not luhn.is_valid(number):
        return named and len(number) == _USUAL and number[0] in "23456"
    plain = end - start == len(number)
    return named or (printed and _is_issued(number) and not (plain and _NOT_CARD.search(before)))


def _is_issued(number: str) -> bool:
    """Whether cards begin so: few short ones are given out, and moments and IMEIs pass the check of cards too."""
    if _MOMENT.match(number) and len(number) < _USUAL:
        return False
    return number.startswith(_FIRST_DIGITS.get(len(number), ("2", "3", "4", "5", "6")))


_IBAN = re.compile(r"(?<![a-z0-9])[a-z]{2}[ -]?\d{2}(?:[ .-]?[a-z0-9]){11,32}")
_IBAN_LEAST, _IBAN_MOST = 15, 34


def ibans(page: Page) -> Iterator[Found]:
    if not page.digits:
        return
    position = 0
    while match := _IBAN.search(page.folded, position):
        found = _iban_in(page, *match.span())
        yield from (found,) if found else ()
        position = found.end if found else match.start() + 4


def _iban_in(page: Page, start: int, end: int) -> Found | None:
    """The account at the beginning of the match; the pattern may have swallowed the words behind it."""
    mistyped = None
    for cut in range(end, start + _IBAN_LEAST - 1, -1):
        if page.folded[cut - 1].isalnum() and not page.folded[cut : cut + 1].isalnum():
            number = re.sub(r"[ .-]", "", page.text[start:cut]).upper()
            if len(number) >= _IBAN_LEAST and _is_checked(number) and iban.is_valid(number, check_country=False):
                return page.found(start, cut, Kind.IBAN, number)
            if mistyped is None and _is_written_as_one(page, number, start):
                mistyped = page.found(start, cut, Kind.IBAN, number)
    return mistyped


def _is_written_as_one(page: Page, number: str, start: int) -> bool:
    """Mistyped, but called an account: hidden all the same."""
    return "iban" in page.before(start, 12) and len(number) <= _IBAN_MOST and number[4:].isalnum()


def _is_checked(number: str) -> bool:
    """The check digits of ISO 13616, forty times quicker than the whole validation that follows."""
    return int("".join(str(int(char, 36)) for char in number[4:] + number[:4])) % 97 == 1


_SSN = re.compile(
    r"(?<![\w.-])\d{3}(?:(?P<sign>[-. ])\d{2}(?P=sign)\d{4}|-\d{2} \d{4}| - \d{2} - \d{4})(?![\w]|[-.]\d)"
)
_SSN_BARE = re.compile(
    r"(?:ssn|social security|seguro social|seguridad social|itin|tax id|tin)[^\w\ue000]{0,4}"
    r"(?:(?:number|numero|no|num|is|es|was|#)[^\w\ue000]{1,3}){0,3}"
    r"(\d{9}|\d{3}[-. /]?\d{2}[-. /]?\d{4})(?!\d)"
    r"|(?<![\d.-])(\d{9})[^\w\ue000]{1,3}(?:(?:as|is|es|como|mi|my|a|an|un|the|el|numero de|it is) ){0,3}(?:ssn\b"
    r"|social security|seguro social)"
)
_SSN_HINTS = ("ssn", "social", "itin", "tax", "tin", "segur")
_NOT_SSN = re.compile(
    r"(?:part|item|sku|order|pedido|articulo|art|ref|model|modelo|ticket|version)[\w ]{0,8}[#:.=° ]{0,3}$"
)


def ssns(page: Page) -> Iterator[Found]:
    if not page.digits:
        return
    for match in _SSN.finditer(page.folded):
        if not _NOT_SSN.search(page.before(match.start(), 24)):
            yield page.found(*match.span(), Kind.SSN, re.sub(r"\D", "", match[0]))
    for match in _SSN_BARE.finditer(page.folded) if page.mentions(_SSN_HINTS) else ():
        yield page.found(*match.span(match.lastindex or 0), Kind.SSN, re.sub(r"\D", "", match[match.lastindex or 0]))


_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])(?=[0-9a-f.]{0,4}:)[0-9a-f:.]{2,45}(?![\w])")
_VERSION = re.compile(
    r"(?<![a-z])(?:versions?|versione[sn]|versao|versoes|ver|release|build|firmware|driver|chrome|chromium|safari"
    r"|firefox"
    r"|edge|opera|electron|app|sdk|windows|v)[ :/=.-]{0,3}(?:\d{1,4}(?:\.\d{1,5}){1,3} ?(?:vs\.?|to|and|or|y|o|und"
    r"|bis|et|e|a|,|->|/|-) ?)?$"
)
_NOBODY = frozenset({"0.0.0.0", "127.0.0.1", "::1", "::"})  # noqa: S104 - an address in a text, nothing binds to it
_FEW_GROUPS = 4


def machines(page: Page) -> Iterator[Found]:
    if page.digits and "." in page.text:
        for match in _IPV4.finditer(page.text):
            before = page.before(match.start(), 40)
            if _is_ipv4(match[0]) and not _VERSION.search(before):
                yield page.found(*match.span(), Kind.IP)
    if page.text.count(":") > 1:
        for match in _IPV6.finditer(page.folded):
            address = match[0].rstrip(".") if not match[0].endswith("::") else match[0]
            address = address[:-1] if address.endswith(":") and not address.endswith("::") else address
            if _is_ipv6(address):
                yield page.found(match.start(), match.start() + len(address), Kind.IP, address)


def _is_ipv4(text: str) -> bool:
    parts = text.split(".")
    return text not in _NOBODY and all(int(part) < 256 and str(int(part)) == part for part in parts)


def _is_ipv6(text: str) -> bool:
    if text in _NOBODY or not (text.count(":") >= _FEW_GROUPS or any(char.isdigit() for char in text)):
        return False
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True
