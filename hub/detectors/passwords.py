"""Passwords, and whatever else is said as `key: secret`, in several languages."""

import itertools
import re
from collections.abc import Iterator

from hub.detectors.looks import NOT_A_VALUE, TRAILING, looks_drawn, looks_secret, whole_token
from hub.detectors.page import Found, Page, folded, words
from hub.redaction import Kind

_SAID_AS = (
    "password|passwd|passphrase|passcode|passwort|kennwort|losungswort|pwd|contraseña|contrasenia|clave|senha"
    "|mot de passe|mdp"
    "|palavra-passe|motdepasse|wachtwoord|lösenord|adgangskode|parola|hasło|şifre|пароль|密码|密碼|パスワード|비밀번호"
)
_KEYS_SAID_AS = (
    "secret|secreto|token|credential|credencial|apikey|api key|api-key|api_key|accesskey|access key|access-key"
    "|access_key|privatekey|private key|private_key|signing key|signing_key|encryption key|encryption_key|license key"
    "|license_key|session id|sessionid|session_id|session-id|cookie|authorization|auth key|auth_key|clave api"
    "|connection string|api secret|recovery code|backup code|clave de acceso|llave de api|chave de api|chave api"
    "|chave de acesso|chave secreta|clé api|clé d'api|clé d'accès|clé secrète|jeton|api-schlüssel|api schlüssel"
    "|schlüssel"
    "|lizenzschlüssel|licence key|product key|webhook key|master key|ssh key|auth code"
)
_ANY_KEY = re.compile(r"(?<![a-z])(?:[a-z0-9]{2,20}[_-]){0,3}(?:key|clave|chave|cle|llave|wi-?fi|wlan)(?![a-z0-9])")
"""A word that says secret only beside what looks drawn by chance."""
_NO_SECRET_KEY = re.compile(
    r"(?:primary|foreign|unique|cache|partition|sort|object|row|idempotency|routing|issue|index|storage"
    r"|lookup|hash|s3)[ _-]?$"
)
_PASSWORDS = tuple(folded(_SAID_AS).split("|"))
_SHORT_PASSWORDS = ("pass", "pw", "psw", "pin", "nip", "contra")
_SECRETS = tuple(folded(_KEYS_SAID_AS).split("|"))
_HINTS = (
    *("pass", "pw", "pwd", "psw", "pin", "nip", "contra", "clave", "senha", "mot", "mdp", "wort", "lavra", "code"),
    *(
        "secret",
        "token",
        "cred",
        "key",
        "sess",
        "cookie",
        "author",
        "string",
        "jeton",
        "cle",
        "chave",
        "llave",
        "schl",
    ),
    *(word for word in _PASSWORDS if not word.isascii()),
    *("losenord", "adgangskode", "parola", "haslo", "sifre", "wachtwoord"),
)
"""Every key has one of these in it."""
_KEY = re.compile(
    rf"(?P<password>(?:{'|'.join(_PASSWORDS)})(?! (?:primaria|foranea|unica|publica|del? exito))"
    rf"|(?<![a-z])(?:{'|'.join(_SHORT_PASSWORDS)})(?![a-z]))"
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
_NEXT = re.compile(r"[*_]{0,2}[ \t,]{1,4}[*_]{0,2}" + _VALUE)
_LINKS = words(
    "is was are es era son fue est était ist é eh era war to a as como por: set now ahora agora jetzt → -> para"
    " lautet lauten heißt zu called named something like algo parecido wie comme"
)
_SORTS = words(
    "temporary temp new old current initial default wifi wi-fi admin root user login temporal nueva nuevo antigua"
    " actual inicial temporária nova antiga neue neues altes temporäres temporaire nouveau provisoire"
)
"""What may stand between the word and the password."""
_CHANGED_TO = words("en auf in into with com con mit")
"""These lead to a password only where somebody speaks of changing it, and else to where it does not work."""
_CHANGING = re.compile(
    r"chang|cambi|mud(?:ei|ou|ar|o|amos)|alter|troc|ander|setz|modif|actuali|updat|reset|tried|us(?:e|o|ei)\b"
    r"|with the|mit dem|com a|con la"
)
_PAIR = re.compile(
    r"(?:credentials?|creds|credenciales|credenciais|log[ -]?in|acceso|acesso|zugangsdaten|anmeldedaten|logindaten"
    r"|identifiants?"
    r"|connexion|user(?:name)?[ /]{1,3}(?:pass(?:word)?|pw)"
    r"|usuario[ /y]{1,3}clave)[ \t]{0,2}(?:is|are|son|es|:|=)?[ \t]{1,2}[\w.@+-]{2,64}[ \t]?[/|:,][ \t]?"
    r"(?P<bare>[^\s\ue000]{4,100})"
)
_CURL = re.compile(r"(?<!\w)(?:-u|--user)[ =]{1,2}[\"']?[^\s:\"'\ue000]{1,64}:(?P<bare>[^\s\"'\ue000]{1,100})")
_MYSQL = re.compile(
    r"\b(?:mysql|mariadb)\w{0,10} [^\n\ue000]{0,80}?(?<= -p)(?P<bare>[^\s\"'\ue000-][^\s\"'\ue000]{2,100})"
)
_ARGUMENT = re.compile(r"--?(?:password|passwd|pass|token|secret|api-key)[ \t]+(?P<bare>[^\s\"'\ue000-]\S{2,100})")
_MASKED = re.compile(r"[*.•·xX_#?…\u25cf-]+")
_TEMPLATE = re.compile(
    r"\$[{(]|\{|<|%[({s]|\$[A-Z_]{3,}$|os\.|process\.|env[.(\[]|getenv|System\.|settings\.|config\."
)
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+/=.~-]{2,}")
_VALUE_LEAST, _TOKEN_LEAST, _LOOK_AHEAD, _AROUND = 3, 8, 6, 60
_KEY_REACH, _KEY_WORDS, _KEY_LEAST, _BEFORE = 80, 3, 10, 12


def passwords(page: Page) -> Iterator[Found]:
    if page.mentions(_HINTS):
        for key in _KEY.finditer(page.folded):
            kind = Kind.PASSWORD if key["password"] else Kind.SECRET
            yield from _value_after(page, key.end(), kind)
    if page.digits and page.mentions(("key", "cla", "cha", "cle", "lla", "wi", "wlan")):
        yield from _beside_keys(page)
    yield from _logins(page)


def _beside_keys(page: Page) -> Iterator[Found]:
    """What looks drawn by chance within two words of a key of any sort."""
    for key in _ANY_KEY.finditer(page.folded):
        if _NO_SECRET_KEY.search(page.before(key.start(), _BEFORE)):
            continue
        near = page.text[key.end() : key.end() + len(page.after(key.end(), _KEY_REACH))]
        for word in itertools.islice(_TOKEN.finditer(near), _KEY_WORDS):
            if looks_drawn(word[0], least=_KEY_LEAST):
                yield whole_token(page, key.end() + word.start())
                break


def _logins(page: Page) -> Iterator[Found]:
    if page.mentions(("cred", "log", "ace", "user", "usua", "daten", "identif", "conn")):
        for match in _PAIR.finditer(page.folded):
            if looks_secret(_bare(page, match)):
                yield page.found(match.start("bare"), match.start("bare") + len(_bare(page, match)), Kind.PASSWORD)
    if " -" in page.text:
        for pattern in (_CURL, _ARGUMENT, _MYSQL):
            for match in pattern.finditer(page.folded):
                yield page.found(*match.span("bare"), Kind.PASSWORD)


def _bare(page: Page, match: re.Match[str]) -> str:
    return page.text[slice(*match.span("bare"))].rstrip(TRAILING)


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
        linked = folded(value) in _LINKS or page.text[word.end() - 1] in ":=" or _leads_to(page, value, position)
        direct = direct and folded(value) in _SORTS
        position = word.end()


def _leads_to(page: Page, word: str, position: int) -> bool:
    if word.lower() not in _CHANGED_TO:
        return False
    around = page.before(position, _AROUND) + page.after(position, _AROUND)
    return _CHANGING.search(around) is not None


def _value(page: Page, match: re.Match[str]) -> tuple[int, str]:
    group = next(name for name in ("double", "single", "tick", "bare") if match[name] is not None)
    start, end = match.span(group)
    value = page.text[start:end]
    if group != "bare":
        return start, value
    opened = len(value) - len(value.lstrip("\"'`([{*"))
    return start + opened, value[opened:].rstrip(TRAILING if not value.endswith("!") else "\"'`")


def _is_value(value: str, kind: Kind, *, sure: bool) -> bool:
    low = value.lower().rstrip(TRAILING)
    if len(value) < _VALUE_LEAST or low in NOT_A_VALUE or _MASKED.fullmatch(value) or _TEMPLATE.match(value):
        return False
    if kind is Kind.PASSWORD and sure:
        return "://" not in value
    return looks_secret(value) and (kind is Kind.PASSWORD or len(value) >= _TOKEN_LEAST)
