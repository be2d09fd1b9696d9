"""What a value says of itself: whether it looks like a secret, or as if drawn by chance."""

import itertools
import re

from hub.detectors.page import Found, Page, words
from hub.redaction import Kind

NOT_A_VALUE = words(
    "a an and are as be been being but by can cannot changed char chars characters correct could desconocida did"
    " digitos does empty en error es esta expired fails failed false field for forgot from has have help in"
    " incorrect incorrecta incorrecto input invalid inválida is it its la lost malformed manager max min minimum"
    " missing mismatch must my n/a nil no none not null number of olvidada on or por please policy prompt que"
    " required requerida requerido reset same should string strong text the this to too true undefined unknown valid"
    " vacía was weak when will with wrong your tu su mi y o el los las una un con sin para obligatorio obligatoria"
    " secret token password contraseña here aquí hidden oculta masked redacted removed changeme? sha1 sha256 sha512"
    " md5 bcrypt argon2 base64 utf8 utf-8 oauth2 http2 2fa mfa x509 rs256 hs256 es256 aes256 ipv4 ipv6 v1 v2 v3 s3"
    " ec2 k8s i je ich eu yo wurde wird kann muss nicht falsch ungültig vergessen erforderlich fehlt leer abgelaufen"
    " geändert zurückgesetzt unbekannt ist não é incorreta inválido esqueci obrigatória obrigatório vazia expirou"
    " alterada expirada olvidé olvidado caducada no-válida est pas ne oublié incorrecte invalide requis manquant"
    " vide expiré modifié perdu faux see above below wie oben"
)
"""What is said of a password, or stands in its place, and is none."""
TRAILING = ".,;:!?)]}>\"'`*_"
_MEASURE = re.compile(
    r"v?\d+(?:[.:,/-]\d+)*(?:[a-z]|px|ms|[kmgt]b|am|pm|st|nd|rd|th|min|mins|sec|hrs?|days?|chars?|bits?|bytes?|%)?"
)
_SECRET_LEAST, _MIXED_LEAST = 4, 8
_RUN = re.compile(r"[A-Za-z0-9]+")
_CLASS = str.maketrans(
    {**dict.fromkeys("abcdefghijklmnopqrstuvwxyz", "a"), **dict.fromkeys("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "A")}
    | dict.fromkeys("0123456789", "0")
)
_CHANGES = 0.3
_TOKEN_LONGEST = 512
_TOKEN_BEFORE = re.compile(r"[A-Za-z0-9_+~-]+$")
_TOKEN_AFTER = re.compile(r"[A-Za-z0-9_+/=.~-]{0,4096}(?<!\.)")


def looks_secret(value: str) -> bool:
    """No word of a language: digits among letters, signs inside, capitals in the middle, or four digits and more."""
    value = value.rstrip(TRAILING)
    low = value.lower()
    if len(value) < _SECRET_LEAST or low in NOT_A_VALUE or "://" in value or value.startswith(("/", "./", "@")):
        return False
    if value.isdigit():
        return True
    digit = any(char.isdigit() for char in value)
    letter = any(char.isalpha() for char in value)
    if digit and letter:
        return _MEASURE.fullmatch(low) is None
    if letter and any(char in "!@#$%^&*+=~?" for char in value):
        return True
    return len(value) >= _MIXED_LEAST and any(a.islower() and b.isupper() for a, b in itertools.pairwise(value))


def looks_drawn(value: str, *, least: int) -> bool:
    """Letters and digits in turn, as no word, name, date or version has them."""
    classes = [run[0].translate(_CLASS) for run in _RUN.finditer(value)]
    length = sum(map(len, classes))
    if length < least or not any("0" in run and run.strip("0") for run in classes):
        return False
    changes = sum(one != other for run in classes for one, other in itertools.pairwise(run))
    return changes >= length * _CHANGES


def whole_token(page: Page, start: int) -> Found:
    """The secret that has a letter or digit at `start`, with the signs that secrets are written with."""
    before = _TOKEN_BEFORE.search(page.text, max(0, start - _TOKEN_LONGEST), start)
    after = _TOKEN_AFTER.match(page.text, start)
    return page.found(before.start() if before else start, after.end() if after else start, Kind.SECRET)
