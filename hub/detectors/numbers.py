"""Cards, bank accounts, social security numbers and IP addresses: numbers with a check or a fixed form."""

import ipaddress
import re
from collections.abc import Iterator

from stdnum import iban, luhn

from hub.detectors.page import Found, Kind, Page

_GROUPS = re.compile(r"(?<![\d+])\d(?:[ .\-\n\t/]{0,2}\d){11,40}")
_CARD_WORD = re.compile(r"card|tarjeta|visa|master|amex|credit|debit|credito|debito|carte|karte|cartao")
_NOT_CARD = re.compile(
    r"(?:imei|iccid|order|pedido|tracking|seguimiento|invoice|factura|serial|timestamp|uuid|sku|trace|event|request)"
    r"[\w ]{0,12}[#:=n.o° ]{0,6}$"
)
_CARD_LEAST, _CARD_MOST, _USUAL, _MAESTRO, _IMEI_LENGTH = 12, 19, 16, 12, 15
_IMEI = ("35", "86", "01", "99")


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
        if _is_card(page, number, groups[0][0], end):
            return page.found(groups[0][0], end, Kind.CARD, number)
    return None


def _is_card(page: Page, number: str, start: int, end: int) -> bool:
    if not _CARD_LEAST <= len(number) <= _CARD_MOST or page.folded[end : end + 1].isalnum():
        return False
    before = page.folded[max(0, start - 40) : start]
    named = _CARD_WORD.search(before) is not None
    if not luhn.is_valid(number):
        return named and len(number) == _USUAL and number[0] in "23456"
    plain = end - start == len(number)
    return named or (_is_issued(number) and not (plain and _NOT_CARD.search(before)))


def _is_issued(number: str) -> bool:
    """Whether cards begin so: Maestro may be short, and IMEIs of phones pass the check of cards too."""
    if len(number) == _MAESTRO:
        return number.startswith(("50", "56", "57", "58", "6"))
    if len(number) == _IMEI_LENGTH and number.startswith(_IMEI):
        return False
    return number[0] in "23456" or number.startswith("1800")


_IBAN = re.compile(r"(?<![a-z0-9])[a-z]{2}[ -]?\d{2}(?:[ .-]?[a-z0-9]){11,32}")
_IBAN_LEAST = 15


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
    for cut in range(end, start + _IBAN_LEAST - 1, -1):
        if page.folded[cut - 1].isalnum() and not page.folded[cut : cut + 1].isalnum():
            number = re.sub(r"[ .-]", "", page.text[start:cut]).upper()
            if len(number) >= _IBAN_LEAST and _is_checked(number) and iban.is_valid(number):
                return page.found(start, cut, Kind.IBAN, number)
    return None


def _is_checked(number: str) -> bool:
    """The check digits of ISO 13616, forty times quicker than the whole validation that follows."""
    return int("".join(str(int(char, 36)) for char in number[4:] + number[:4])) % 97 == 1


_SSN = re.compile(
    r"(?<![\w.-])\d{3}(?:(?P<sign>[-. ])\d{2}(?P=sign)\d{4}|-\d{2} \d{4}| - \d{2} - \d{4})(?![\w]|[-.]\d)"
)
_SSN_BARE = re.compile(
    r"(?:ssn|social security|seguro social|seguridad social|itin|tax id|tin)\W{0,4}"
    r"(?:(?:number|numero|no|num|is|es|was|#)\W{1,3}){0,3}"
    r"(\d{9}|\d{3}[-. /]?\d{2}[-. /]?\d{4})(?!\d)"
)
_NOT_SSN = re.compile(
    r"(?:part|item|sku|order|pedido|articulo|art|ref|model|modelo|ticket|version)[\w ]{0,8}[#:.=° ]{0,3}$"
)


def ssns(page: Page) -> Iterator[Found]:
    if not page.digits:
        return
    for match in _SSN.finditer(page.folded):
        if not _NOT_SSN.search(page.folded[max(0, match.start() - 24) : match.start()]):
            yield page.found(*match.span(), Kind.SSN, re.sub(r"\D", "", match[0]))
    for match in _SSN_BARE.finditer(page.folded):
        yield page.found(*match.span(1), Kind.SSN, re.sub(r"\D", "", match[1]))


_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])(?=[0-9a-f.]{0,4}:)[0-9a-f:.]{2,45}(?![\w])")
_VERSION = re.compile(
    r"(?:version|ver|release|build|firmware|driver|chrome|safari|firefox|edge|app|sdk|v)[ :/=.-]{0,3}$"
)
_NOBODY = frozenset({"0.0.0.0", "127.0.0.1", "::1", "::"})  # noqa: S104 - an address in a text, nothing binds to it
_FEW_GROUPS = 4


def machines(page: Page) -> Iterator[Found]:
    if page.digits and "." in page.text:
        for match in _IPV4.finditer(page.text):
            before = page.folded[max(0, match.start() - 16) : match.start()]
            if _is_ipv4(match[0]) and not _VERSION.search(before):
                yield page.found(*match.span(), Kind.IP)
    if page.text.count(":") > 1:
        for match in _IPV6.finditer(page.folded):
            address = match[0].rstrip(".") if not match[0].endswith("::") else match[0]
            address = address[:-1] if address.endswith(":") and not address.endswith("::") else address
            if _is_ipv6(address):
                yield page.found(match.start(), match.start() + len(address), Kind.IP, address)


def _is_ipv4(text: str) -> bool:
    return text not in _NOBODY and all(int(part) < 256 for part in text.split("."))


def _is_ipv6(text: str) -> bool:
    if text in _NOBODY or not (text.count(":") >= _FEW_GROUPS or any(char.isdigit() for char in text)):
        return False
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True
