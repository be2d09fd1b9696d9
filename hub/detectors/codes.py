"""Codes sent to people to prove who they are, and phrases that give a wallet or a key back."""

import re
from collections.abc import Iterator

from hub.detectors.page import Found, Page
from hub.redaction import Kind

_CODE = re.compile(
    r"(?:\botp|one[- ]time (?:pass)?(?:code|word)|(?:verification|security|authentication|confirmation|login|access"
    r"|2fa|mfa|sms|auth"
    r"|pin|activation) ?code|cvv2?|cvc2?|\btan\b|codigo (?:de )?(?:verificac|seguranca|seguridad|acceso|acesso"
    r"|confirmac|activac|ativac|sms)\w*"
    r"|codigo secreto|geheimzahl|code (?:de |d')?(?:confidentiel|secret|verification|securite|confirmation|connexion"
    r"|validation|acces|activation|pin|sms)"
    r"|(?:bestatigungs|verifizierungs|sicherheits|anmelde|zugangs|freischalt|aktivierungs|sms-?)code"
    r"|(?:your|tu|su|seu|votre|ton|dein|ihr|mein|my|mi|meu|mon) "
    r"(?:(?!(?:zip|post|postal|order|promo|country|area|error|status|product|qr|discount|tracking"
    r"|source)\b)[\w-]{1,20} ){0,2}?"
    r"(?:code|codigo)"
    r"|codigo que [\w ]{0,30}?(?= (?:es|era|e) ))"
    r"[^\w\ue000]{0,4}(?:(?:is|es|e|est|ist|lautet|was|era|war|etait|number|numero)[^\w\ue000]{1,3})?(\d{3}[ -]\d{3}"
    r"|\d{3,8})(?!\d"
    r"|\.\d)"
    r"|(?:\b[a-z]-|\b)(?=\d{4,8} (?:is|es|e|est|ist) (?:your|tu|su|seu|votre|ton|dein|ihr)\b)(\d{4,8})"
)
_PHRASE = re.compile(
    r"(?:passphrase|seed(?: phrase)?|(?:recovery|secret|backup) (?:phrase|words)|mnemonic|frase (?:semilla"
    r"|de recuperacion))"
    r"[ \t]{0,2}(?:is|es|[:=])[ \t]{1,2}(?!(?:must|should|is|are|not|at|has|too|required"
    r"|missing)\b)([a-z]{3,12}(?: [a-z]{3,12}){3,23})"
)


def codes(page: Page) -> Iterator[Found]:
    if page.digits:
        yield from _short_codes(page)
    if page.mentions(("phrase", "seed", "words", "mnemonic", "frase")):
        for match in _PHRASE.finditer(page.folded):
            yield page.found(*match.span(1), Kind.PASSWORD)


def _short_codes(page: Page) -> Iterator[Found]:
    if page.mentions(("code", "codigo", "cv", "otp", "one", "tan", "your", " su ", " tu ", "votre", "ihr")):
        for match in _CODE.finditer(page.folded):
            yield page.found(*match.span(match.lastindex or 0), Kind.SECRET)
