"""Telephone numbers, told from a technical report's other numbers by their form and the words around them."""

import re
from collections.abc import Iterator

import phonenumbers

from hub.detectors.page import Found, Kind, Page

REGIONS = ("ES", "MX", "AR", "CL")
"""Whose national numbers are recognised without a word that says telephone; North America's are by their shape."""

_PLUS = re.compile(r"(?<![\w+])\(?\+ ?\(?\d(?:[ .()/\-]{0,3}\d){6,19}")
_NORTH_AMERICAN = re.compile(
    r"(?<![\w.])(?:(?:\+|00)?1[ .-]?)?(?:\([2-9]\d{2}\) ?-?|[2-9]\d{2}(?P<sign>[ .-]))\d{3}[ .-]\d{4}"
    r"(?:(?: ?x| ext\.?)[ :]?\d{1,6})?(?!\w|[-.]\d)"
)
_LINK = re.compile(r"(?:wa\.me/|whatsapp\.com/send/?\?phone=|tel:)\+?(\d[\d-]{6,18})")
_RUN = re.compile(r"(?<![\w])\(?\d(?:[ .()/\-]{0,3}\d){6,40}(?:(?: ?x| ext\.?| int\.?| anexo)[ :]?\d{1,6})?")
_PHONE_WORD = re.compile(
    r"(?<!i)phones?\b|\btel(?:e?fono?s?|ephone|efone)?\b|\btelefon|\btfno|\btlf|\bfax|\bsms\b|\bhandy\b|\bdial|☎|📞|📱"
    r"|\bmovil|\bmobile(?: (?:phone|number|no|is))?\s*[:#.]?\s*$|\bmobile (?:phone|number|no|is)"
    r"|\bcel(?:ular(?:es)?|u)?\b|\bcell(?: ?phone| is| number|:)|\bmy cell|\bwhats?app|\bwsp\b|\bwasap|\bextension\b"
    r"|\b(?:call|ring|text|reach|phone|contact)(?:ing|ed)? (?:me|us|him|her|them|back|on|at|the customer)\b|\bcall:"
    r"|(?<!api )(?<!function )(?<!system )\bcall \(?$|\bllam\w+|\bmarca\w*|\bescrib\w+ al"
    r"|\bcontact(?:o|arme|ame|alo|ala|ar)\b|\bcontact\s*:|\b(?:my|his|her|our|your|contact) (?:number|no|nr)\b"
    r"|\b(?:mi|su|nuestro) (?:numero|nro|n°|no\.)|\bnumero de (?:tel|contacto|movil|cel)|\bnumber is|\bnumero es"
)
_OTHER_WORD = re.compile(
    r"\b(?:order|pedido|orden|ticket|issue|bug|case|caso|invoice|factura|ref(?:erence|erencia)?|u?u?id|user_?id|pid|sku"
    r"|item|part|serial|imei|iccid|isbn|tracking|seguimiento|batch|lote|version|build|commit|hash|error|code|codigo"
    r"|port|line|linea|row|fila|offset|range|index|size|bytes|timestamp|date|fecha|log|trace|event|session|request|job"
    r"|process|thread|api|function|transaction|transaccion|amount|importe|monto|total|price|precio|account|cuenta"
    r"|coordinates?|lat|lon|lng|zip|dni|nif|rfc|curp|cuit|vat)\b|[#$€£]\s?$"
)
_PHONE_AFTER = re.compile(
    r"[\s,(-]{1,3}(?:is|es|-)?\s?(?:the|my|mi|our|el|un|a)?\s?"
    r"(?:phone|cell|mobile|tel\b|telef|movil|celular|whatsapp|numero|number)"
)
_UNIT_AFTER = re.compile(
    r" ?(?:bytes?|[kmgt]i?b|m?s|px|rows?|lines?|users?|items?|records?|times|usd|eur|mxn|pesos|filas|lineas|usuarios"
    r"|registros|veces)\b"
)
_DATE = re.compile(
    r"(?<!\d)(?:(?:19|20)\d{2}[-/. ](?:0?[1-9]|1[0-2])[-/. ](?:0?[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])[-/. ](?:0?[1-9]|[12]\d|3[01])[-/. ](?:19|20)\d{2})(?!\d)"
    r"|(?<!\d)(?:19|20)\d{2} ?[-/] ?(?:19|20)\d{2}(?!\d)"
)
_AMOUNT = re.compile(r"\d{1,3}(?:\.\d{3})+|\d+\.\d+|\d{1,3}(?: 000)+")
_TRUNK = re.compile(r"\(?0\d{1,4}\)?[ /-]{1,3}\d{2,8}(?:[ -]\d{2,5}){0,4}")
_GROUPED = re.compile(r"\(?\d{1,5}\)?(?:[ -]{1,3}\d{2,5}){1,4}")
_GLUE = "=_/#$€£.-:@&%*"
LEAST, _MOST, _NATIONAL_LEAST = 7, 15, 9
_CONTEXT = 48


def phones(page: Page) -> Iterator[Found]:
    if not page.digits:
        return
    if "+" in page.text:
        for match in _PLUS.finditer(page.text):
            yield from _international(page, match)
    if "tel:" in page.folded or "wa.me" in page.folded or "whatsapp.com" in page.folded:
        for match in _LINK.finditer(page.folded):
            yield telephone(page, *match.span(1))
    for match in _NORTH_AMERICAN.finditer(page.folded):
        if _context(page, *match.span()) is not False and _is_dialled(match):
            yield telephone(page, *match.span())
    for match in _RUN.finditer(page.folded):
        yield from _national(page, match)


def telephone(page: Page, start: int, end: int) -> Found:
    """Keyed by its last digits, which are the same with and without the country's code."""
    if page.text[start] == "(" and page.text.find(")", start, end) in {-1, end - 1}:
        start, end = start + 1, end - (page.text[end - 1] == ")")
    digits = re.sub(r"\D", "", page.text[start:end])
    return page.found(start, end, Kind.PHONE, digits[-_NATIONAL_LEAST:])


def _international(page: Page, match: re.Match[str]) -> Iterator[Found]:
    """`+` and digits is a telephone; the pattern may have swallowed a number behind it."""
    ends = [match.start() + group.end() for group in re.finditer(r"\d+", match[0])]
    fitting = [end for end in ends if LEAST <= _digits(page.text[match.start() : end]) <= _MOST]
    valid = [end for end in reversed(fitting) if _is_valid(page.text[match.start() : end], None)]
    if fitting:
        yield telephone(page, match.start(), _closed(page.text, match.start(), valid[0] if valid else fitting[-1]))
    elif len(ends) == 1:
        yield telephone(page, match.start(), match.end())


def _closed(text: str, start: int, end: int) -> int:
    open_still = text.count("(", start, end) > text.count(")", start, end)
    return end + 1 if open_still and text[end : end + 1] == ")" else end


def _is_dialled(match: re.Match[str]) -> bool:
    """Three groups with blanks between them are telephones only where the exchange can exist."""
    if match["sign"] != " ":
        return True
    return re.sub(r"\D", "", match[0].split("x")[0])[-7] in "23456789"


def _national(page: Page, match: re.Match[str]) -> Iterator[Found]:
    text = match[0]
    digits = _digits(text)
    if not LEAST <= digits <= _MOST + 6 or page.text[match.end() : match.end() + 1].isalnum() or _DATE.search(text):
        return
    said = _context(page, *match.span())
    if said is None:
        said = digits <= _MOST and not _is_glued(page, *match.span()) and _has_phone_shape(text)
    elif said:
        said = not re.fullmatch(r"\d+\.\d+", text)
    if said:
        yield telephone(page, match.start(), _closed(page.text, *match.span()))


def _context(page: Page, start: int, end: int) -> bool | None:
    """What the words around say: a telephone, something else, or nothing. The nearest word wins."""
    if _UNIT_AFTER.match(page.folded, end):
        return False
    before = page.folded[max(0, start - _CONTEXT) : start]
    phone = max((match.end() for match in _PHONE_WORD.finditer(before)), default=-1)
    other = max((match.end() for match in _OTHER_WORD.finditer(before)), default=-1)
    if phone >= 0 or other >= 0:
        return phone >= other
    return True if _PHONE_AFTER.match(page.folded[end : end + 30]) else None


def _is_glued(page: Page, start: int, end: int) -> bool:
    after = page.folded[end : end + 2]
    joined = after[:1] in set("_/=%°@") or (after[:1] in set("-.:") and after[1:].isalnum())
    return joined or (start > 0 and page.text[start - 1] in _GLUE)


def _has_phone_shape(text: str) -> bool:
    """A number nobody called a telephone: in groups that a known region uses, or with a trunk or country prefix."""
    if _AMOUNT.fullmatch(text):
        return False
    if text.startswith("00"):
        return _is_valid("+" + text[2:], None)
    if _digits(text) < _NATIONAL_LEAST:
        return text.startswith("555-") and len(text) == len("555-1234")
    if _TRUNK.fullmatch(text) and _digits(text) <= 11:
        return True
    grouped = _GROUPED.fullmatch(text) is not None
    return (grouped or text.startswith(("0", "(0"))) and any(_is_valid(text, region) for region in REGIONS)


def _is_valid(text: str, region: str | None) -> bool:
    try:
        return bool(phonenumbers.is_valid_number(phonenumbers.parse(text, region)))
    except phonenumbers.NumberParseException:
        return False


def _digits(text: str) -> int:
    return sum(char.isdigit() for char in text)
