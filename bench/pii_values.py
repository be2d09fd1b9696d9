"""Made-up particulars of people, and numbers that are none, in the forms people write them in.

None of it is anybody's: addresses are of example domains, telephones are libphonenumber's examples with other last
digits, cards and accounts only pass their checks.
"""

import base64
import json
import random
import re
import string
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import phonenumbers
from stdnum import luhn

# fmt: off
NAMES = (
    "Ana María Pérez-Gómez", "João Gonçalves", "Jürgen Müller", "François Lefèvre", "Siobhán O'Connor",
    "John Smith", "Priya Raghunathan", "Łukasz Kowalski", "Carlos de la Fuente", "Mark Rose", "Nguyễn Văn An",
    "Søren Kjær", "Inés Ibáñez", "Ludwig van der Berg", "Thomas Weiß", "Élodie Dubois", "Beatriz dos Santos",
    "Will Young", "Oluwaseun Adeyemi", "Zoë Carter", "Kevin McDonald", "Hye-jin Park", "Mehmet Yılmaz",  # noqa: RUF001 - a letter of Turkish
    "Dmitri Sokolov", "Emma Brown",
)
COMPANIES = (
    "Acme Robotics S.L.", "Müller & Söhne GmbH", "Blue Heron Inc.", "Panadería López S.A. de C.V.",
    "Boulangerie Petit SARL", "Northwind Traders Ltd", "Café Aurora Ltda", "Kite-Works LLC", "Grupo Ándale",
    "Vereinigte Ziegelwerke AG", "O'Hara Shipping Co.", "Quantum Leaf", "Sunbeam", "Transportes del Norte",
    "Delta Four Pty Ltd",
)
DOMAINS = (
    "example.com", "example.org", "mail.example.net", "acme.example", "correo.example.es", "beispiel-firma.de",
    "exemplo.com.br", "gmail.com", "outlook.fr", "example.co.uk", "web.de", "my-shop.io",
)
WORDS = (
    "dragon", "sunshine", "baseball", "football", "monkey", "shadow", "princesa", "mariposa", "schmetterling",
    "soleil", "butterfly", "banana", "Michael", "hunter", "Sommer", "verano", "inverno",
)
# fmt: on
SPELLED = {
    "en": (" (at) | [at] | at |{at}|(at)|_at_", " (dot) | [dot] | dot |.|."),
    "es": (" arroba |(arroba)| [arroba] | (at) ", " punto |.| (punto) "),
    "pt": (" arroba |(arroba)| (at) ", " ponto |.| (ponto) "),
    "de": ("(ät)| (at) |[at]| at ", " punkt |.| (punkt) |[dot]"),
    "fr": (" arobase |(arobase)| (at) ", " point |.| (point) "),
}


@dataclass(frozen=True, slots=True)
class Value:
    """What is written, and which part of it is somebody's: the same, unless a form brings more along."""

    kind: str | None
    written: str
    own: str | None = None


def email(rng: random.Random, language: str) -> Value:
    local, domain = _local(rng), rng.choice(DOMAINS)
    plain = f"{local}@{domain}"
    ats, dots = SPELLED[language]
    form = rng.choice(["plain"] * 8 + ["spelled"] * 3 + ["upper", "encoded", "wide", "invisible", "spaced", "mailto"])
    if form == "spelled":
        at, dot = rng.choice(ats.split("|")), rng.choice(dots.split("|"))
        if at.strip() == "at" and dot == ".":
            dot = " dot "
        return Value("EMAIL", local.replace("+", ".") + at + domain.replace(".", dot))
    written = {
        "plain": plain,
        "upper": plain.upper(),
        "encoded": plain.replace("@", "%40"),
        "wide": "".join(_wide(char) if char in "@." or rng.random() < 0.4 else char for char in plain),
        "invisible": plain[:2] + "\u200b" + plain[2:-3] + rng.choice("\u200d\u2060\ufeff") + plain[-3:],
        "spaced": plain.replace("@", " @ "),
        "mailto": f"mailto:{plain}",
    }[form]
    return Value("EMAIL", written, plain if form == "mailto" else None)


def _local(rng: random.Random) -> str:
    first, last = re.sub(r"[^\w ]", "", rng.choice(NAMES)).lower().split()[0], rng.choice(WORDS).lower()
    one = rng.choice([f"{first}.{last}", f"{first}{rng.randrange(1, 99)}", f"{first[0]}{last}", f"{first}_{last}"])
    two = rng.choice([f"{last}-{first}", f"{first}.{last}.{rng.randrange(1950, 2010)}", f"{first}+{last}"])
    return rng.choice([one, two])


REGIONS = {
    "en": ("US", "GB", "CA", "AU", "IN", "IE", "NZ", "ZA", "US"),
    "es": ("ES", "MX", "AR", "CL", "CO", "PE", "ES", "MX"),
    "pt": ("BR", "PT", "BR"),
    "de": ("DE", "AT", "CH"),
    "fr": ("FR", "BE", "CH", "CA"),
}


def phone(rng: random.Random, language: str) -> Value:
    """As somebody of these parts would write it who says it is a telephone."""
    number = _number(rng, rng.choice(REGIONS[language]))
    forms = phonenumbers.PhoneNumberFormat
    national = phonenumbers.format_number(number, forms.NATIONAL)
    plain = re.sub(r"\D", "", national)
    pairs = " ".join(re.findall("..?", plain))
    threes = " ".join(re.findall("..?.?", plain))
    written = rng.choice(
        [national] * 4
        + [
            plain,
            pairs,
            threes,
            national.replace(" ", "-"),
            national.replace(" ", "."),
            national.replace(" ", "\u00a0"),
        ]
        + [phonenumbers.format_number(number, forms.E164), phonenumbers.format_number(number, forms.INTERNATIONAL)]
        + [_wide(national), national.replace(" ", "  ", 1)]
    )
    return Value("PHONE", written)


def international(rng: random.Random, language: str) -> Value:
    """With the country's code, so that no word has to say what it is."""
    number = _number(rng, rng.choice(sorted(phonenumbers.SUPPORTED_REGIONS)))
    forms = phonenumbers.PhoneNumberFormat
    spaced = phonenumbers.format_number(number, forms.INTERNATIONAL)
    plain = phonenumbers.format_number(number, forms.E164)
    code = str(number.country_code)
    link = phonenumbers.format_number(number, forms.RFC3966)
    return rng.choice(
        [Value("PHONE", spaced)] * 3
        + [Value("PHONE", plain)] * 2
        + [Value("PHONE", spaced.replace(" ", sign)) for sign in ("-", ".", "\u00a0", "\u2009")]
        + [Value("PHONE", f"(+{code}) {spaced.partition(' ')[2]}"), Value("PHONE", "+ " + spaced[1:])]
        + [Value("PHONE", _wide(spaced)), Value("PHONE", spaced.replace("-", "\u2011"))]
        + [Value("PHONE", link, link.removeprefix("tel:")), Value("PHONE", f"wa.me/{plain[1:]}", plain[1:])]
    )


def _number(rng: random.Random, region: str) -> phonenumbers.PhoneNumber:
    """An example of libphonenumber's with other last digits, if that is one too."""
    kinds = [phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE]
    examples = filter(None, (phonenumbers.example_number_for_type(region, kind) for kind in kinds))
    example = rng.choice([*examples] or [phonenumbers.parse("+34612345678")])
    code, digits = f"+{example.country_code}", phonenumbers.national_significant_number(example)
    for _ in range(20):
        other = phonenumbers.parse(f"{code}{digits[:-4]}{rng.randrange(10_000):04d}")
        if phonenumbers.is_valid_number(other):
            return other
    return example


HOSTS = ("db.example.com:5432", "git.example.org", "localhost:6379")
FIELDS = ("token", "api_key", "access_token", "key", "sig", "password", "X-Amz-Signature", "auth")
MAKERS = Path(__file__).parent / "pii-makers.jsonl"
LOWER, UPPER, MIXED, HEX = string.ascii_lowercase, string.ascii_uppercase, string.ascii_letters, "0123456789abcdef"
ALPHABETS = {
    "A": UPPER + "234567",
    "B": MIXED + string.digits + "_-",
    "D": string.digits,
    "H": HEX,
    "L": MIXED,
    "M": MIXED + string.digits,
    "S": LOWER + string.digits,
    "U": UPPER + string.digits,
}
BRANDS = [("4", 16)] * 4 + [("4", 13), ("51", 16), ("55", 16), ("2221", 16), ("2720", 16), ("34", 15), ("37", 15)] + [
    ("36", 14), ("3056", 14), ("6011", 16), ("65", 16), ("3528", 16), ("3589", 16), ("62", 16), ("62", 19),
    ("5018", 16), ("6304", 16), ("6759", 16), ("6759", 18), ("50", 16), ("4", 19),
]  # fmt: skip


def card(rng: random.Random, language: str) -> Value:
    prefix, length = rng.choice(BRANDS)
    digits = prefix + _digits(rng, length - len(prefix) - 1)
    digits += luhn.calc_check_digit(digits)
    groups = [digits[:4], digits[4:10], digits[10:]] if length in {14, 15} else re.findall("..?.?.?", digits)
    sign = rng.choice([""] * 4 + [" "] * 4 + ["-", "-", ".", "\u00a0", "\u2009", "\n", "  ", "\u2013", "wide"])
    return Value("CARD", _wide(digits) if sign == "wide" else sign.join(groups))


ACCOUNTS = {
    "DE": "18n", "ES": "20n", "FR": "10n11c2n", "GB": "4a14n", "PT": "21n", "IT": "1a10n12c", "NL": "4a10n",
    "BE": "12n", "AT": "16n", "CH": "5n12c", "IE": "4a14n", "PL": "24n", "SE": "20n", "NO": "11n", "LU": "3n13c",
    "MT": "4a5n18c",
    "BR": "23n1a1c", "TR": "5n1n16c", "SA": "2n18c", "AE": "19n", "GR": "7n16c", "CZ": "20n", "HU": "24n",
    "FI": "14n",
}  # fmt: skip


def iban(rng: random.Random, language: str) -> Value:
    """With a right check of the whole; that of the bank within it is left to chance, as made-up data do."""
    country = rng.choice(sorted(ACCOUNTS))
    alphabets = {"n": string.digits, "a": string.ascii_uppercase, "c": string.digits + string.ascii_uppercase}
    parts = re.findall(r"(\d+)([nac])", ACCOUNTS[country])
    account = "".join(_drawn(rng, alphabets[kind], int(size)) for size, kind in parts)
    check = 98 - int("".join(str(int(char, 36)) for char in f"{account}{country}00")) % 97
    plain = f"{country}{check:02d}{account}"
    spaced = " ".join(re.findall("..?.?.?", plain))
    forms = [plain, plain, spaced, spaced, plain.lower(), spaced.replace(" ", "-"), spaced.replace(" ", "\u00a0")]
    return Value("IBAN", rng.choice([*forms, _wide(plain), spaced.replace(" ", ".")]))


def ssn(rng: random.Random, language: str) -> Value:
    parts = f"{rng.randrange(1, 899):03d}", f"{rng.randrange(1, 99):02d}", f"{rng.randrange(1, 9999):04d}"
    return Value("SSN", rng.choice(["-", "-", "-", " ", ".", "", "\u2013", "\u2011"]).join(parts))


def shaped_ssn(rng: random.Random, language: str) -> Value:
    """Told by its form alone."""
    parts = f"{rng.randrange(100, 665)}", f"{rng.randrange(10, 99)}", f"{rng.randrange(1000, 9999)}"
    return Value("SSN", rng.choice(["-", "-", "-", " ", "\u2011", "\u2212"]).join(parts))


def ip(rng: random.Random, language: str) -> Value:
    four = ".".join(str(rng.randrange(11, 254)) for _ in range(4))
    groups = [f"{rng.randrange(1, 65_535):x}" for _ in range(8)]
    six = ":".join(groups)
    short = f"{groups[0]}:{groups[1]}::{groups[2]}"
    return rng.choice(
        [Value("IP", four)] * 6
        + [Value("IP", f"{four}:{rng.randrange(80, 9000)}", four), Value("IP", f"{four}/24", four)]
        + [
            Value("IP", f"http://{four}/admin", four),
            Value("IP", six),
            Value("IP", short),
            Value("IP", f"fe80::{short[-3:]}1"),
        ]
        + [Value("IP", f"[{short}]:443", short), Value("IP", six.upper()), Value("IP", f"::ffff:{four}")]
    )


def password(rng: random.Random, language: str) -> Value:
    """As people choose them when they have to: a word with digits or signs, or what a machine made."""
    word, number = rng.choice(WORDS), rng.randrange(10, 2030)
    forms = [
        f"{word}{number}",
        f"{word.capitalize()}{number}!",
        f"{word[:4]}@{number}",
        f"{number}{word}",
        f"{word}_{number}",
        f"{_leet(word)}{number % 100}",
        f"#{word.title()}{number % 10}",
        f"{word.title()}-{number}-{word[:3]}",
        _drawn(rng, ALPHABETS["M"], 10) + "7a",
        _drawn(rng, MIXED + "!#$%&*+?", 9) + "!q9",
    ]
    return Value("PASSWORD", rng.choice(forms))


def word_password(rng: random.Random, language: str) -> Value:
    return Value("PASSWORD", rng.choice(WORDS))


def pin(rng: random.Random, language: str) -> Value:
    return Value(
        "SECRET", str(rng.randrange(1000, 9999)) if rng.random() < 0.4 else str(rng.randrange(100_000, 999_999))
    )


def vendor(rng: random.Random, language: str) -> Value:
    form = rng.choice(_forms())
    return Value("SECRET", re.sub(r"\{(.)(\d+)\}", lambda slot: _drawn(rng, ALPHABETS[slot[1]], int(slot[2])), form))


@lru_cache(maxsize=1)
def _forms() -> tuple[str, ...]:
    """How makers write their keys; `{M36}` is 36 characters of the alphabet M."""
    return tuple(json.loads(line)["form"] for line in MAKERS.read_text().splitlines())


def token(rng: random.Random, language: str) -> Value:
    """Of no known maker: a word beside it says what it is."""
    forms = [
        _drawn(rng, HEX, 32),
        _drawn(rng, HEX, 40),
        str(uuid.UUID(bytes=rng.randbytes(16), version=4)),
        _drawn(rng, ALPHABETS["M"], 24) + "9",
        base64.b64encode(rng.randbytes(32)).decode(),
        base64.urlsafe_b64encode(rng.randbytes(24)).decode() + "_1",
        f"{_drawn(rng, LOWER, 8)}-{_drawn(rng, HEX, 12)}7",
    ]
    return Value("SECRET", rng.choice(forms))


def bare_token(rng: random.Random, language: str) -> Value:
    """Nothing but chance says that it is a key: long, in capitals and small letters and digits, no word in it."""
    return Value("SECRET", _drawn(rng, ALPHABETS["M"], 44) + "4xQ")


def url(rng: random.Random, language: str) -> Value:
    user, host = _local(rng).replace("+", "."), rng.choice(HOSTS)
    drawn = rng.choice([password(rng, language), token(rng, language)]).written.rstrip("=")
    secret = re.sub(r"[/?#%&+$]", "x", drawn)
    scheme, field = (
        rng.choice(["postgres", "mysql", "mongodb+srv", "redis", "amqp", "https", "ftp"]),
        rng.choice(FIELDS),
    )
    place = f"T{_drawn(rng, UPPER, 8)}/B{_drawn(rng, UPPER, 8)}"
    forms = [
        f"{scheme}://{user}:{secret}@{host}/app",
        f"{scheme}://{user}:{secret}@{host}",
        f"redis://:{secret}@{host}/0",
        f"https://{secret}@{host}/x.git",
        f"https://app.example.com/cb?id=7&{field}={secret}&x=1",
        f"https://app.example.com/cb?{field}={secret}",
        f"https://hooks.slack.com/services/{place}/{secret}",
    ]
    return Value("SECRET", rng.choice(forms), secret)


def name_forms(name: str) -> Iterator[str]:
    """How a person of this name may be written."""
    parts = name.split()
    yield from (name, name, name.upper(), name.lower(), parts[0], parts[-1], f"{parts[-1]}, {parts[0]}")
    yield from (
        _bare(name),
        f"{parts[0]} {parts[-1]}",
        "  ".join(parts),
        name.replace("-", " "),
        f"{parts[0]}\n{parts[-1]}",
    )
    yield from (f"{parts[0][0]}. {parts[-1]}", f"{parts[0]}\u00a0{parts[-1]}")


def company_forms(company: str) -> Iterator[str]:
    core = re.sub(r"[ ,]+(?:S\.L\.|GmbH|Inc\.|S\.A\. de C\.V\.|SARL|Ltd|Ltda|LLC|AG|Co\.|Pty Ltd)$", "", company)
    yield from (company, company, core, core, core.upper(), core.lower(), _bare(core), core.replace("-", " "))
    yield from (core.replace(" & ", " and "), core.replace(" ", "  "), core.replace(" ", ""))


def _bare(words: str) -> str:
    return words.translate(str.maketrans("áàâãäéèêëíïóôõöúüçñŁłøßıþěễă", "aaaaaeeeeiioooouucnLlosipeea")).replace(
        "ae", "ae"
    )


def _leet(word: str) -> str:
    return word.translate(str.maketrans("aeios", "43105"))


def _wide(text: str) -> str:
    return "".join(
        chr(ord(char) + 0xFEE0) if char.isascii() and char.isprintable() and char != " " else char for char in text
    )


def _digits(rng: random.Random, length: int) -> str:
    return _drawn(rng, string.digits, length)


def _drawn(rng: random.Random, alphabet: str, length: int) -> str:
    return "".join(rng.choices(alphabet, k=length))


def known_phone(rng: random.Random) -> str:
    number = _number(rng, rng.choice(["ES", "MX", "US", "GB", "DE", "FR", "BR", "AR"]))
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL))
