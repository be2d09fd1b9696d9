"""Telephone numbers, told from a technical report's other numbers by their form and the words around them."""

import re
from collections.abc import Iterator

import phonenumbers

from hub.detectors.page import Found, Page
from hub.redaction import Kind

REGIONS = ("ES", "MX", "AR", "CL")
"""Whose national numbers are recognised without a word that says telephone; North America's are by their shape."""

_PLUS = re.compile(r"(?<![\w+])\(?\+ ?\(?(?!\d\.\d{5})\d(?:[ .()/\-]{0,3}\d){6,19}")
_NORTH_AMERICAN = re.compile(
    r"(?<![\w.])(?:(?:\+|00)?1[ .-]?)?(?:\([2-9]\d{2}\) ?-?|[2-9]\d{2}(?P<sign>[ .-]))\d{3}[ .-]\d{4}"
    r"(?:(?: ?x| ext\.?)[ :]?\d{1,6})?(?!\w|[-.]\d)"
)
_LINK = re.compile(r"(?:wa\.me/|whatsapp\.com/send/?\?phone=|tel:)\+?(\d[\d-]{6,18})")
_RUN = re.compile(r"(?<![\w+])\(?\d(?:[ .()/\-]{0,3}\d){6,40}(?:(?: ?x| ext\.?| int\.?| anexo)[ :]?\d{1,6})?")
_PHONE_WORD = re.compile(
    r"\b(?:fones?\b|tel(?:e?fono?s?|ephone|efone)?\b|tfno|tlf|fax|sms\b|dial|handy(?:nummer|nr)?\b"
    r"|mobil(?:nummer|funk|nr)?\b|rufnummer|rufen\b|(?:zu)?ruck?ruf|anruf|durchwahl"
    r"|erreich\w* .{0,20}(?:unter|auf)|movil|mobile(?: (?:phone|number|no|is))?\s*[:#.]?\s*$"
    r"|mobile (?:phone|number|no|is)|cel(?:ular(?:es)?|u)?\b|cell(?: ?phone| is| number|:)|my cell|whats?app|wsp\b"
    r"|wasap|zap\b|extension\b"
    r"|(?:call|ring|text|reach|phone|contact)(?:ing|ed)? (?:me|us|him|her|them|back|on|at|the customer)\b|call:"
    r"|callback\b|(?:text|ring|whatsapp|phone) (?:to )?$|llam\w+|marca\w*|escrib\w+ al"
    r"|(?:re)?lig(?:ue|uem|ar|a|ou)\b|(?:r?appel\w*|joindre|joignable)\b|portable\b|fixe\b"
    r"|contact(?:o|arme|ame|alo|ala|ar|ez)\b|contact\s*:"
    r"|(?:my|his|her|our|your|contact) (?:new |old |other )?(?:number|no|nr)\b"
    r"|(?:mi|su|nuestro) (?:nuevo |otro )?(?:numero|nro|n°|no\.)|(?:meu|minha|seu|nosso) (?:novo |outro )?numero"
    r"|(?:mon|son|notre|votre) (?:nouveau |autre )?numero"
    r"|(?:meine?|seine?|ihre?|unsere?) (?:neue |andere )?(?:nummer|nr)\b"
    r"|numero de (?:tel|contacto|movil|cel|contato)|registered (?:at |on |with |under )?$|messages? (?:to|on|at) $"
    r"|mensajes? (?:a|al) $|number on file|number is|numero es|numero e\b|caller|number (?:has )?changed)"
    r"|(?<!i)phones?\b|telefon|telephon|☎|📞|📱|(?<!api )(?<!function )(?<!system )\bcall \(?$"
)
_OTHER_WORD = re.compile(
    r"(?:\b(?:order|pedido|encomenda|orden|ticket|issue|bug|case|caso|invoice|factura|fatura|facture|rechnung"
    r"|commande"
    r"|bestellung|dossier|protocolo|folio|ref(?:erence|erencia)?|u?u?id|user_?id|pid|sku|item|part|serial|imei|imsi"
    r"|iccid|isbn|ean"
    r"|tracking|seguimiento|suivi|batch|lote|version|build|commit|hash|error|fehler|erreur|erro|code|codigo|port"
    r"|porta|puerto"
    r"|line|linea|linha|ligne|zeile|row|fila|offset|range|index|size|byte|timestamp|date|fecha|datum|log|trace|event"
    r"|session"
    r"|request|job|process|thread|api|function|transaction|transaccion|amount|importe|monto|total|price|precio|preis"
    r"|prix"
    r"|account|cuenta|konto|coordinate|lat|lon|lng|zip|dni|nif|rfc|curp|cuit|cpf|cnpj|vat|score|page|seite|pagina"
    r"|chapter)"
    r"(?:e?s|e?n|nummern?)?|\b(?:kunden|bestell|rechnungs|auftrags|sendungs|artikel|serien|vorgangs|vertrags"
    r"|fehler)(?:nummer|nr))"
    r"\b|[#$€£]\s?$"
)
_PHONE_AFTER = re.compile(
    r"[\s,(-]{1,3}(?:is|es|-)?\s?(?:the|my|mi|our|el|un|a)?\s?"
    r"(?:phone|cell|mobile|tel\b|telef|movil|celular|whatsapp|numero|number|handy|portable)"
)
_SAYS = re.compile(r"[^\W\d_]|[#$€£☎📞📱]")
_UNIT_AFTER = re.compile(
    r" ?(?:char(?:acter)?s?|zeichen|caracteres|bytes?|[kmgt]i?b|m?s|px|rows?|lines?|users?|items?|records?|times|usd"
    r"|eur|mxn|pesos|filas|lineas|usuarios"
    r"|registros|veces)\b"
)
_DATE = re.compile(
    r"(?<!\d)(?:(?:19|20)\d{2}[-/. ](?:0?[1-9]|1[0-2])[-/. ](?:0?[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])[-/. ](?:0?[1-9]|[12]\d|3[01])[-/. ](?:19|20)\d{2})(?!\d)"
    r"|(?<!\d)(?:19|20)\d{2} ?[-/] ?(?:19|20)\d{2}(?!\d)"
)
_AMOUNT = re.compile(r"\d{1,3}(?:\.\d{3})+|\d+\.\d+|\d{1,3}(?: 000)+")
_TRUNK = re.compile(
    r"\(?0\d{1,4}\)?[ /-]{1,3}\d{2,8}(?:[ -]\d{2,5}){0,4}|0[1-9](?:([ .-])\d\d)(?:\1\d\d){3}"
    r"|\(\d{2,4}\)[ .-]{0,2}\d{3,5}[ .-]?\d{3,5}|\d{2} 9?\d{4}-\d{4}|0[89]00[ -]\d{3}[ -]?\d{3,4}|0[1-9]\d{8}|07\d{9}"
)
"""With a trunk prefix, in French pairs, with an area in brackets, or as Brazilians write them."""
_EXTENSION = re.compile(r"(?: ?x| ext\.?| int\.?| anexo)[ :]?\d{1,6}\b")
_GROUPED = re.compile(r"\(?\d{1,5}\)?(?:[ -]{1,3}\d{2,5}){1,4}")
_GLUE = "=_/#$€£.-:@&%*"
LEAST, _MOST, _NATIONAL_LEAST = 7, 15, 9
_CONTEXT, _NEAR = 48, 28


def phones(page: Page) -> Iterator[Found]:
    if not page.digits:
        return
    said = list(_international_ones(page))
    yield from said
    rest = _without(page.folded, said)
    for match in _NORTH_AMERICAN.finditer(rest):
        if _context(page, *match.span()) is not False and _is_dialled(match):
            yield telephone(page, *match.span())
    for match in _RUN.finditer(rest):
        yield from _national(page, match)


def _international_ones(page: Page) -> Iterator[Found]:
    if "+" in page.text:
        for match in _PLUS.finditer(page.text):
            yield from _international(page, match)
    if page.mentions(("tel:", "wa.me", "whatsapp.com")):
        for match in _LINK.finditer(page.folded):
            yield telephone(page, *match.span(1))


def _without(text: str, found: list[Found]) -> str:
    """As long as it was; what was found is not looked at again."""
    parts: list[str] = []
    position = 0
    for finding in sorted(found):
        start = max(position, finding.start)
        parts += (text[position:start], "x" * (finding.end - start))
        position = max(position, finding.end)
    return "".join([*parts, text[position:]])


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
    if fitting:
        end = fitting[0] if len(ends) == 1 else _end_of(page, match.start(), fitting)
        extension = _EXTENSION.match(page.folded, end)
        yield telephone(page, match.start(), _closed(page.text, match.start(), extension.end() if extension else end))
    elif len(ends) == 1:
        yield telephone(page, match.start(), match.end())


def _end_of(page: Page, start: int, ends: list[int]) -> int:
    """The last of the ends, or an earlier one when only that makes a number: rather too much than a tail left."""
    if _is_possible(page, page.text[start : ends[-1]]):
        return ends[-1]
    valid = (end for end in reversed(ends[:-1]) if _is_valid(page, page.text[start:end], None))
    return next(valid, ends[-1])


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
        said = digits <= _MOST and not _is_glued(page, *match.span()) and _has_phone_shape(page, text)
    elif said:
        said = not re.fullmatch(r"(?:0|[1-9]\d*)\.\d+", text)
    if said:
        yield telephone(page, match.start(), _closed(page.text, *match.span()))


def _context(page: Page, start: int, end: int) -> bool | None:
    """What the words around say: a telephone, something else, or nothing. The nearest word wins."""
    if _UNIT_AFTER.match(page.folded, end):
        return False
    before = page.before(start, _CONTEXT)
    if _SAYS.search(before) is None:
        return True if _PHONE_AFTER.match(page.after(end, 30)) else None
    phone = max((match.end() for match in _PHONE_WORD.finditer(before)), default=-1)
    other = max((match.end() for match in _OTHER_WORD.finditer(before, max(0, len(before) - _NEAR))), default=-1)
    if phone >= 0 or other >= 0:
        return phone >= other
    return True if _PHONE_AFTER.match(page.after(end, 30)) else None


def _is_glued(page: Page, start: int, end: int) -> bool:
    after = page.folded[end : end + 2]
    joined = after[:1] in set("_/=%°@") or (after[:1] in set("-.:") and after[1:].isalnum())
    return joined or (start > 0 and page.text[start - 1] in _GLUE)


def _has_phone_shape(page: Page, text: str) -> bool:
    """A number nobody called a telephone: in groups that a known region uses, or with a trunk or country prefix."""
    text = _EXTENSION.sub("", text)
    if _AMOUNT.fullmatch(text):
        return False
    if text.startswith("00"):
        return _is_possible(page, "+" + text[2:])
    if _digits(text) < _NATIONAL_LEAST:
        return text.startswith("555-") and len(text) == len("555-1234")
    if _TRUNK.fullmatch(text) and _digits(text) <= 11:
        return True
    grouped = _GROUPED.fullmatch(text) is not None
    return (grouped or text.startswith(("0", "(0"))) and any(_is_valid(page, text, region) for region in REGIONS)


def _is_possible(page: Page, text: str) -> bool:
    """Whether its country has numbers as long as this."""
    if not page.may_ask():
        return True
    try:
        return bool(phonenumbers.is_possible_number(phonenumbers.parse(text)))
    except phonenumbers.NumberParseException:
        return False


def _is_valid(page: Page, text: str, region: str | None) -> bool:
    """As libphonenumber says; it takes long, so it is not asked for ever about one text."""
    if not page.may_ask():
        return True
    try:
        return bool(phonenumbers.is_valid_number(phonenumbers.parse(text, region)))
    except phonenumbers.NumberParseException:
        return False


def _digits(text: str) -> int:
    return sum(char.isdigit() for char in text)
