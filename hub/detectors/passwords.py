"""Passwords, and whatever else is said as `key: secret`, in several languages."""

import itertools
import re
from collections.abc import Iterator

from hub.detectors.page import Found, Kind, Page, folded, words

_SAID_AS = (
    "password|passwd|passphrase|passcode|passwort|kennwort|pwd|contraseña|contrasenia|clave|senha|mot de passe|mdp"
    "|wachtwoord|lösenord|adgangskode|parola|hasło|şifre|пароль|密码|密碼|パスワード|비밀번호"
)
_KEYS_SAID_AS = (
    "secret|secreto|token|credential|credencial|apikey|api key|api-key|api_key|accesskey|access key|access-key"
    "|access_key|privatekey|private key|private_key|signing key|signing_key|encryption key|encryption_key|license key"
    "|license_key|session id|sessionid|session_id|session-id|cookie|authorization|auth key|auth_key|clave api"
    "|connection string|api secret|recovery code|backup code|clave de acceso"
)
_PASSWORDS = tuple(folded(_SAID_AS).split("|"))
_SHORT_PASSWORDS = ("pass", "pw", "psw", "pin", "nip", "contra")
_SECRETS = tuple(folded(_KEYS_SAID_AS).split("|"))
_KEY = re.compile(
    rf"(?P<password>{'|'.join(_PASSWORDS)}|(?<![a-z])(?:{'|'.join(_SHORT_PASSWORDS)})(?![a-z]))"
    rf"|(?P<secret>{'|'.join(sorted(_SECRETS, key=len, reverse=True))})"
)
_VALUE = (
    r'(?:\\?"(?P<double>(?:\\.|[^"\\\n\ue000]){1,200})"|\'(?P<single>[^\'\n\ue000]{1,200})\'|`(?P<tick>[^`\n\ue000]{1,200})`'
    r"|(?P<bare>(?:(?!</|[;,&](?:\s|$|[\w .-]{1,30}[=:]))[^\s\ue000]){1,200}))"
)
_STRONG = re.compile(
    r"s?(?:[_-]?\w{1,20}|\[\w{0,20}\])?[\"'*_`\]]{0,4}[ \t]{0,4}(?P<filler>\([^()\n]{1,30}\)[ \t]?)?"
    r"(?:=>|->|:=|==?|[:>|])[*_]{0,2}(?P<gap>[ \t]{0,8}\n?[ \t]{0,8})[*_]{0,2}" + _VALUE
)
_NEXT = re.compile(r"[ \t,*_]{1,4}" + _VALUE)
_LINKS = words("is was are es era son fue est ist é war to a as como por: set now ahora → ->")
_CODE = re.compile(
    r"(?:otp|one[- ]time (?:pass)?code|(?:verification|security|authentication|login|2fa|mfa|sms|auth) code"
    r"|cvv2?|cvc2?|codigo de (?:verificacion|seguridad|acceso|confirmacion))"
    r"\W{0,4}(?:(?:is|es|was|era|number|numero)\W{1,3})?(\d{3,8}|\d{3} \d{3})(?!\d)"
)
_PAIR = re.compile(
    r"(?:credentials?|creds|credenciales|log[ -]?in|acceso|user(?:name)?[ /]{1,3}(?:pass(?:word)?|pw)"
    r"|usuario[ /y]{1,3}clave)[ \t]{0,2}(?:is|are|son|es|:|=)?[ \t]{1,2}[\w.@+-]{2,64}[ \t]?[/|:,][ \t]?"
    r"(?P<bare>[^\s\ue000]{4,100})"
)
_CURL = re.compile(r"(?<!\w)(?:-u|--user)[ =]{1,2}[\"']?[^\s:\"'\ue000]{1,64}:(?P<bare>[^\s\"'\ue000]{1,100})")
_ARGUMENT = re.compile(r"--?(?:password|passwd|pass|token|secret|api-key)[ \t]+(?P<bare>[^\s\"'\ue000-]\S{2,100})")
_NOT_A_VALUE = words(
    "a an and are as be been being but by can cannot changed char chars characters correct could desconocida did"
    " digitos does empty en error es esta expired fails failed false field for forgot from has have help in"
    " incorrect incorrecta incorrecto input invalid inválida is it its la lost malformed manager max min minimum"
    " missing mismatch must my n/a nil no none not null number of olvidada on or por please policy prompt que"
    " required requerida requerido reset same should string strong text the this to too true undefined unknown"
    " valid vacía was weak when will with wrong your tu su mi y o el los las una un con sin para obligatorio"
    " obligatoria secret token password contraseña here aquí hidden oculta masked redacted removed changeme?"
    " sha1 sha256 sha512 md5 bcrypt argon2 base64 utf8 utf-8 oauth2 http2 2fa mfa x509 rs256 hs256 es256 aes256"
    " ipv4 ipv6 v1 v2 v3 s3 ec2 k8s"
)
_MASKED = re.compile(r"[*.•·xX_#?…\u25cf-]+")
_TEMPLATE = re.compile(
    r"\$[{(]|\{|<|%[({s]|\$[A-Z_]{3,}$|os\.|process\.|env[.(\[]|getenv|System\.|settings\.|config\."
)
_MEASURE = re.compile(
    r"v?\d+(?:[.:,/-]\d+)*(?:[a-z]|px|ms|[kmgt]b|am|pm|st|nd|rd|th|min|mins|sec|hrs?|days?|chars?|bits?|bytes?|%)?"
)
_TRAILING = ".,;:!?)]}>\"'`*_"
_STRONG_LEAST, _TOKEN_LEAST, _LOOK_AHEAD = 3, 8, 6


def passwords(page: Page) -> Iterator[Found]:
    if any(word in page.folded for word in (*_PASSWORDS, *_SHORT_PASSWORDS, *_SECRETS)):
        for key in _KEY.finditer(page.folded):
            kind = Kind.PASSWORD if key["password"] else Kind.SECRET
            yield from _value_after(page, key.end(), kind)
    if page.digits and any(word in page.folded for word in ("code", "codigo", "cv", "otp")):
        for match in _CODE.finditer(page.folded):
            yield page.found(*match.span(1), Kind.SECRET)
    yield from _logins(page)


def _logins(page: Page) -> Iterator[Found]:
    if any(word in page.folded for word in ("cred", "log", "acceso", "user", "usuario")):
        for match in _PAIR.finditer(page.folded):
            if looks_secret(_bare(page, match)):
                yield page.found(match.start("bare"), match.start("bare") + len(_bare(page, match)), Kind.PASSWORD)
    if " -" in page.text:
        for pattern in (_CURL, _ARGUMENT):
            for match in pattern.finditer(page.folded):
                yield page.found(*match.span("bare"), Kind.PASSWORD)


def _bare(page: Page, match: re.Match[str]) -> str:
    return page.text[slice(*match.span("bare"))].rstrip(_TRAILING)


def _value_after(page: Page, position: int, kind: Kind) -> Iterator[Found]:
    """The value of a key that ends at `position`: right after a sign, or said within the next few words."""
    strong = _STRONG.match(page.folded, position)
    if strong:
        start, value = _value(page, strong)
        if _is_value(value, kind, sure="\n" not in strong["gap"]):
            yield page.found(start, start + len(value), kind)
        return
    if page.folded[position : position + 1].isalnum():
        return
    yield from _said_after(page, position, kind)


def _said_after(page: Page, position: int, kind: Kind) -> Iterator[Found]:
    linked, direct = False, True
    for _ in range(_LOOK_AHEAD):
        word = _NEXT.match(page.folded, position)
        if word is None:
            return
        start, value = _value(page, word)
        quoted = word["bare"] is None
        if (linked or direct) and (quoted or looks_secret(value)) and _is_value(value, kind, sure=quoted):
            yield page.found(start, start + len(value), kind)
            return
        if page.text[word.end() - 1] in ".!?;":
            return
        linked = value.lower() in _LINKS or page.text[word.end() - 1] in ":="
        direct = False
        position = word.end()


def _value(page: Page, match: re.Match[str]) -> tuple[int, str]:
    group = next(name for name in ("double", "single", "tick", "bare") if match[name] is not None)
    start, end = match.span(group)
    value = page.text[start:end]
    if group != "bare":
        return start, value
    opened = len(value) - len(value.lstrip("\"'`([{*"))
    return start + opened, value[opened:].rstrip(_TRAILING if not value.endswith("!") else "\"'`")


def _is_value(value: str, kind: Kind, *, sure: bool) -> bool:
    low = value.lower().rstrip(_TRAILING)
    if len(value) < _STRONG_LEAST or low in _NOT_A_VALUE or _MASKED.fullmatch(value) or _TEMPLATE.match(value):
        return False
    if kind is Kind.PASSWORD and sure:
        return "://" not in value
    return looks_secret(value) and (kind is Kind.PASSWORD or len(value) >= _TOKEN_LEAST)


def looks_secret(value: str) -> bool:
    """No word of a language: digits among letters, signs inside, capitals in the middle, or four digits and more."""
    value = value.rstrip(_TRAILING)
    low = value.lower()
    if len(value) <= _STRONG_LEAST or low in _NOT_A_VALUE or "://" in value or value.startswith(("/", "./", "@")):
        return False
    if value.isdigit():
        return True
    digit = any(char.isdigit() for char in value)
    letter = any(char.isalpha() for char in value)
    if digit and letter:
        return _MEASURE.fullmatch(low) is None
    if letter and any(char in "!@#$%^&*+=~?" for char in value):
        return True
    return len(value) >= _TOKEN_LEAST and any(a.islower() and b.isupper() for a, b in itertools.pairwise(value))
