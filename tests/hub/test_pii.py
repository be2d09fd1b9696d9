"""The scrubber: what it finds, what it leaves alone, and that it fails closed."""

import asyncio
import copy
import io
import json
import pickle

import phonenumbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub import hiding, pii
from hub.pii import Kind, Known, Scrubbed, ScrubbingFailed

VENDOR_KEYS = [
    "AKIAIOSFODNN7EXAMPLE",
    "ghp_" + "a1B2" * 9,
    "github_pat_" + "11ABCDEFG0_" + "x" * 40,
    "glpat-" + "AbCdEf123456_-xYz789",
    "xox" + "b-123456789012-abcdefghijkl",
    "sk-proj-" + "abcDEF123456" * 4,
    "sk-ant-api03-" + "abc123" * 8,
    "sk_live_" + "51H8abcdefgh",
    "whsec_" + "abcdef1234567890",
    "AIza" + "SyA1234567890abcdefghijklmnopqrstuv",
    "ya29." + "a0AfH6SMBabcdefghij",
    "SG." + "abcdefghijklmnop.qrstuvwxyz0123456789",
    "npm_" + "abcdefghij0123456789abcdefghij012345",
    "secret_" + "a1B2c3D4e5" * 4 + "abc",
    "ntn_" + "a1B2c3D4e5" * 4,
    "hf_" + "abcdefghijklmnopqrstuvwxyz",
    "EAA" + "BwzLixnjYBAabcdefghijk",
    "123456789:AA" + "Habcdefghijklmnopqrstuvwxyz01234567",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefghijklmnop",
    "shpat_" + "0123456789abcdef" * 2,
    "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
]

SECRETS = [
    ("password: hunter2", "hunter2"),
    ("Password: Sunshine!", "Sunshine!"),
    ("my password is Tr0ub4dor&3", "Tr0ub4dor&3"),
    ('the password is "correct horse battery"', "correct horse battery"),
    ("pwd=abc123", "abc123"),
    ("DB_PASSWORD=s3cr3t-value", "s3cr3t-value"),
    ("mi contraseña es Verano2024", "Verano2024"),
    ("mi contrasen\u0303a es Verano2024", "Verano2024"),
    ("Contraseña: gatito", "gatito"),
    ("clave: 123456", "123456"),
    ("mi clave es 99887766", "99887766"),
    ("la contraseña temporal es: Xk9#mm2", "Xk9#mm2"),
    ("I changed my password to Winter2024! and it fails", "Winter2024"),
    ("cambié la contraseña a Otoño2023", "Otoño2023"),
    ("user: bob pass: letmein99", "letmein99"),
    ("login: bob / Secret123", "Secret123"),
    ("credentials: admin:admin123", "admin123"),
    ('"password": "p@ss w0rd"', "p@ss w0rd"),
    ('{"user":"a","password":"abc,def"}', "abc,def"),
    ("password=foo&user=bar", "foo"),
    ("<password>hunter2</password>", "hunter2"),
    ("**Password:** hunter2", "hunter2"),
    ("Password:\nhunter2", "hunter2"),
    ("password for bob@example.com is Zx81!abc", "Zx81!abc"),
    ("mysql --password hunter2", "hunter2"),
    ("curl -u admin:s3cret https://x.example", "s3cret"),
    ("senha: futebol10", "futebol10"),
    ("mot de passe : azerty12", "azerty12"),
    ("Passwort: Geheim1!", "Geheim1"),
    ("пароль: qwerty123", "qwerty123"),
    ("パスワード：sakura88", "sakura88"),
    ("密码：abc12345", "abc12345"),
    ("PIN: 4821", "4821"),
    ("passcode 739201", "739201"),
    ("password hunter2 does not work", "hunter2"),
    ("el password que uso es Abc12345", "Abc12345"),
    ("Server=db;User Id=sa;Password=Str0ng!;Encrypt=true", "Str0ng!"),
    ("My verification code is 482913", "482913"),
    ("código de verificación: 482913", "482913"),
    ("token: 9f8a7b6c5d4e3f2a", "9f8a7b6c5d4e3f2a"),
    ("Authorization: Bearer abcdef123456ghij", "abcdef123456ghij"),
    ("Authorization: Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNzd29yZA=="),
    ('api_key = "A1b2C3d4E5f6"', "A1b2C3d4E5f6"),
    ("https://bob:pa%40ss@host.example/x", "pa%40ss"),
    ("https://x.example/cb?access_token=abcdef1234", "abcdef1234"),
    ("mysql://root:toor@localhost/db", "toor"),
    ("redis://:p4ss@10.0.0.1:6379/0", "p4ss"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIEabc\ndef\n-----END RSA PRIVATE KEY-----", "MIIEabc"),
    ("-----BEGIN PRIVATE KEY-----\nMIIEabc cut off", "MIIEabc cut off"),
    ("ich habe das Passwort auf Sommer2024! geändert", "Sommer2024"),
    ("j'ai changé le mot de passe en Soleil77 hier", "Soleil77"),
    ("mudei a senha para gatinho22 ontem", "gatinho22"),
    ("Zugangsdaten: demo / Blumentopf77", "Blumentopf77"),
    ("contraseña temporal Perro-2024", "Perro-2024"),
    ("it was my password, something like Fluffy99", "Fluffy99"),
    ("mysql -u root -pPa55word -h db", "Pa55word"),
    ("Your Acme code is 481920. Do not share it.", "481920"),
    ("482913 is your login code", "482913"),
    ("2FA code: 123 456", "123 456"),
    ("le code de vérification est 380887", "380887"),
    ("o código de verificação é 922103", "922103"),
    ("passphrase: correct horse battery staple", "horse battery"),
    ("heroku key 0f9d1a2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b", "0f9d1a2b"),
    ("mein API-Schlüssel ist gzfbsgub-74c650b676377", "gzfbsgub"),
    ("ma clé API est gzfbsgub-74c650b676377", "74c650b676377"),
    ("it gave me Ab+9kZDG32wY3Czlulwzlx0uHneciKblNlvsnncViIrXEd3A4xQ", "Ab+9"),
]

NOT_SECRETS = """password is incorrect
My password is not working
Password: required
I forgot my password: please help
the password reset page is broken
password must be at least 8 characters
la contraseña es incorrecta
olvidé mi contraseña y no puedo entrar
La clave es reiniciar el equipo
password: ********
password expired on 2024-01-01
token expired
the api key is missing
cookie banner hides the button
password hash uses sha256
password: string
The password was changed yesterday
basic authentication fails
Bearer token authentication is required
session id is null
pin the message to the top
Password = os.environ["X"]
password: ${DB_PASSWORD}
contraseña o usuario incorrectos
password policy requires 12 chars
bypass: true
http://localhost:3000/@fs/x
https://medium.com/@user/post
Passwort: falsch
mot de passe : incorrect
Senha: inválida
La clave primaria es 12345678
primary key 550e8400-e29b-41d4-a716-446655440000 duplicated
cache key 5d41402abc4b2a76b9719d911017c592
integrity: sha512-AbCdEf0123456789AbCdEf0123456789AbCdEf0123456789
AWS_SECRET_ACCESS_KEY is not set
your zip code 90210 is unknown
passphrase: must have at least four words"""

EMAILS = [
    "bob@example.com",
    "Bob.O'Neil+tag@mail.example.co.uk",
    '"john smith"@example.com',
    "bob＠example．com",
    "bob (at) example (dot) com",
    "bob [at] example [dot] com",
    "bob at example dot com",
    "ana arroba gmail punto com",
    "ana arroba gmail.com",
    "bob at gmail.com",
    "bob @ example.com",
    "bob%40example.com",
    "bo\u200bb@exam\u200bple.com",
    "josé@correo.es",
    "user_name@xn--bcher-kva.example",
    "BOB@EXAMPLE.COM",
    "bob_at_example.com",
    "bob{at}example.com",
    "a" * 80 + "@example.com",
    "joão37 [arroba] correo (punto) example (punto) es",
    "zsommer (at) outlook ponto fr",
    "hans (ät) firma punkt de",
    "luc arobase exemple point fr",
    "jane [dot] doe [at] example [dot] com",
]

NOT_EMAILS = """look at example.com
icon@2x.png
@types/node@18.0.0
git@github.com:org/repo.git
lodash@4.17.21
hi @bob.smith
@channel
meet @ 5pm
thanks @example
docker pull repo@sha256:abc
log in at this point fails
meet at point b at noon"""

NUMBERS = [
    ("4111-1111-1111-1111", Kind.CARD),
    ("4111.1111.1111.1111", Kind.CARD),
    ("4111\u00a01111\u00a01111\u00a01111", Kind.CARD),
    ("4111 1111\n1111 1111", Kind.CARD),
    ("４１１１１１１１１１１１１１１１", Kind.CARD),
    ("378282246310005", Kind.CARD),
    ("3782 822463 10005", Kind.CARD),
    ("30569309025904", Kind.CARD),
    ("6011111111111117", Kind.CARD),
    ("es9121000418450200051332", Kind.IBAN),
    ("ES91 2100 0418 4502 0005 1332", Kind.IBAN),
    ("GB29 NWBK 6016 1331 9268 19", Kind.IBAN),
    ("123-45-6789", Kind.SSN),
    ("123 45 6789", Kind.SSN),
    ("078.05.1120", Kind.SSN),
    ("10.20.30.40", Kind.IP),
    ("2001:0db8:85a3:0000:0000:8a2e:0370:7334", Kind.IP),
    ("fe80::1", Kind.IP),
    ("(948)555-1234", Kind.PHONE),
    ("948.555.1234x123", Kind.PHONE),
    ("001-948-555-1234x123", Kind.PHONE),
    ("+44(0)114 496 0123", Kind.PHONE),
    ("(0114) 4960123", Kind.PHONE),
    ("01144960123", Kind.PHONE),
    ("612 34 56 78", Kind.PHONE),
    ("55 1234 5678", Kind.PHONE),
    ("+56 9 8765 4321", Kind.PHONE),
    ("+1 555 123 4567", Kind.PHONE),
    ("555-123-4567", Kind.PHONE),
    ("555-1234", Kind.PHONE),
    ("0034 612 345 678", Kind.PHONE),
    ("+٣٤ ٦١٢ ٣٤٥ ٦٧٨", Kind.PHONE),
    ("06.12.34.56.78", Kind.PHONE),
    ("(11) 96123-8808", Kind.PHONE),
    ("+1-948-555-1234x333", Kind.PHONE),
    ("+52 1 55 1576 3663", Kind.PHONE),
    ("4111_1111_1111_1111", Kind.CARD),
    ("ch72719535y24dho4mqz4", Kind.IBAN),
]

NOT_NUMBERS = """Order 1234567890 was not delivered
Pedido n.º 612345678 sin entregar
Version 10.0.19041.1234 crashes
Chrome 120.0.6099.109 on Windows 10.0.22631.2861
timestamp 1700000000 in the log
2024-01-15T10:30:00.123Z ERROR
15/01/2024 10:30
Between 2019-2020 we had 12.345.678 users
Invoice 2024-0012345 is wrong
request id 550e8400-e29b-41d4-a716-446655440000
commit 1234567890abcdef1234567890abcdef12345678
Coordinates 40.416775, -3.703790
IMEI 356938035643809
The file has 10 000 000 rows and 1,234,567,890 bytes
The amount was $1,234,567.89 instead of 1.234.567,89 €
SELECT * FROM t WHERE id = 9876543210
user_id=6123456789 failed
/users/6123456789/edit returns 404
build 20240115.1234567
Error code 0x80070005 and 2147942405
ISBN 978-3-16-148410-0
tracking number 9400110898825022579493
ticket #1234567 and #7654321
ms: 1700000000123
range 65000-65535
100 200 300 400 500
1 2 3 4 5 6 7 8 9 10 11
The API call 1234567890 times out
phone number field accepts only 10 digits
mobile app version 5.12.3401 build 4512345
iPhone 15 with iOS 17.2.1 (21C66)
phone screen shows 404 since 2024-02-01
I called support on 2024-03-12 at 10:15
Contact form returns 500 after 1048576 bytes
[12345.678901] usb 1-1: new device
kernel 5.15.0-91-generic
connection to 127.0.0.1:8080 refused
MAC 00:1A:2B:3C:4D:5E at 12:30:45
std::vector<int> a::b
hash 5d41402abc4b2a76b9719d911017c592
from 01-02-2024 to 03-04-2024
20240115103000
3.141592653589793
UTC+02:00 and GMT-0300
diff @@ -1234,7 +1234,9 @@
Only 12 345 678 of 98 765 432 rows were imported
folio 123456789
código 612345678
transaction 9301234567 declined
part 123-45-6789
The CSV has columns 2021 2022 2023 2024
2023 2024 2025 2026
GET /api/orders/520711435 200 8634
build 20160913134340
ports 9280-32137 are closed
Bestellnummer 1234567890 fehlt
text 1234567 chars
x = + 1.497100113
version 1.2.3.4 vs 1.2.3.5
01.02.03.04"""

SENTENCES = [
    "Please call me at {} tomorrow.",
    "My number is {}, thanks",
    "Llámame al {} por favor",
    "Mi teléfono: {}",
    "tel. {}",
    "WhatsApp {}",
    "You can reach me on {} after 5pm",
    "mi celular es {}",
]

PERSON = Known(
    name="Ana María Pérez-Gómez",
    email="ana.perez@acme.example",
    phone="+34 612 345 678",
    company="Acme Robotics S.L.",
    handles=("anitap", "T1:U02ABCDEF"),
    agents=("Will Stone", "田中太郎"),
)


def hidden(text: str, known: Known | None = None) -> list[tuple[Kind, str]]:
    return pii.seen_originals(text, pii.scrub(text, known=known))


@pytest.mark.parametrize("key", VENDOR_KEYS)
def test_keys_of_vendors_are_hidden(key: str) -> None:
    assert key.removeprefix("https://") not in pii.scrub(f"it says {key}, why?").text


@pytest.mark.parametrize(("text", "value"), SECRETS)
def test_passwords_and_secrets_are_hidden(text: str, value: str) -> None:
    assert value not in pii.scrub(text).text


@pytest.mark.parametrize("text", NOT_SECRETS.splitlines())
def test_talk_about_passwords_is_left_alone(text: str) -> None:
    assert hidden(text) == []


@pytest.mark.parametrize("address", EMAILS)
def test_addresses_are_hidden_also_when_spelled_out(address: str) -> None:
    assert pii.scrub(f"write to {address} please").text == "write to [EMAIL_1] please"


@pytest.mark.parametrize("text", NOT_EMAILS.splitlines())
def test_other_things_with_an_at_sign_are_left_alone(text: str) -> None:
    assert hidden(text) == []


@pytest.mark.parametrize(("value", "kind"), NUMBERS)
def test_numbers_of_people_are_hidden_as_what_they_are(value: str, kind: Kind) -> None:
    assert hidden(f"It is {value} here") == [(kind, value)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("SSN 123456789", Kind.SSN),
        ("my card 4111111111111112", Kind.CARD),
        ("wa.me/34612345678", Kind.PHONE),
        ("123456789 is my SSN", Kind.SSN),
        ("IBAN DE00 3704 0044 0532 0130 00", Kind.IBAN),
        ("our server 8.8.4.4", Kind.IP),
    ],
)
def test_words_around_tell_what_a_bare_number_is(text: str, kind: Kind) -> None:
    assert [found for found, _ in hidden(text)] == [kind]


@pytest.mark.parametrize("text", NOT_NUMBERS.splitlines())
def test_other_numbers_are_left_alone(text: str) -> None:
    assert hidden(text) == []


def _telephones(form: int) -> list[str]:
    kinds = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
    examples = [
        phonenumbers.example_number_for_type(region, kind)
        for region in phonenumbers.SUPPORTED_REGIONS
        for kind in kinds
    ]
    return sorted(phonenumbers.format_number(number, form) for number in examples if number)


@pytest.mark.parametrize(
    ("form", "bar"),
    [
        (phonenumbers.PhoneNumberFormat.E164, 1.0),
        (phonenumbers.PhoneNumberFormat.INTERNATIONAL, 1.0),
        (phonenumbers.PhoneNumberFormat.NATIONAL, 0.92),
    ],
)
def test_telephones_of_every_region_are_found_in_sentences(form: int, bar: float) -> None:
    numbers = _telephones(form)
    texts = [(number, SENTENCES[index % len(SENTENCES)].format(number)) for index, number in enumerate(numbers)]
    found = [number for number, text in texts if any(number in value for _, value in hidden(text))]
    assert len(found) / len(numbers) >= bar


def test_same_value_has_the_same_number_and_others_another() -> None:
    text = "bob@x.com wrote to eve@x.com, BOB@X.COM answered from +34 612 345 678 (612 345 678)"
    assert pii.scrub(text).text == "[EMAIL_1] wrote to [EMAIL_2], [EMAIL_1] answered from [PHONE_1] ([PHONE_1])"


def test_texts_of_one_prompt_share_their_numbers() -> None:
    one, two = pii.scrub_together(["From bob@x.com", "eve@x.com and bob@x.com"])
    assert (one.text, two.text) == ("From [EMAIL_1]", "[EMAIL_2] and [EMAIL_1]")


def test_numbers_go_on_after_placeholders_that_are_there() -> None:
    assert pii.scrub("[EMAIL_3] and bob@x.com").text == "[EMAIL_3] and [EMAIL_4]"


def test_overlapping_findings_leave_no_tail() -> None:
    for text in (
        "https://bob:secret1@mail.example.com/x",
        "iban ES91 2100 0418 4502 0005 1332",
        "password: bob@example.com!x9",
    ):
        left = pii.scrub(text).text
        assert not any(piece in left for piece in ("secret1", "2100", "1332", "bob", "x9"))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("(+34 612 345 678)", "([PHONE_1])"),
        ("call me (612345678) now", "call me ([PHONE_1]) now"),
        ("+1 (212) 555-0147 2024", "[PHONE_1] 2024"),
        ("5555555555554444 12/25", "[CARD_1] 12/25"),
        ("ES91 2100 0418 4502 0005 1332 thanks", "[IBAN_1] thanks"),
        ("10.1.2.3:8080, fe80::1.", "[IP_1]:8080, [IP_2]."),
    ],
)
def test_finding_ends_where_the_value_ends(text: str, left: str) -> None:
    assert pii.scrub(text).text == left


def test_redactions_say_where_and_never_what() -> None:
    text = "ｍail ｂob@x.com\u200b now"
    scrubbed = pii.scrub(text)
    (redaction,) = scrubbed.redactions
    assert (redaction.kind, redaction.placeholder) == (Kind.EMAIL, "[EMAIL_1]")
    assert text[redaction.start : redaction.end].rstrip("\u200b") == "ｂob@x.com"
    assert "ob@x" not in repr(scrubbed) + repr(redaction)
    assert pii.kinds(scrubbed) == {"EMAIL": 1}
    assert str(scrubbed) == scrubbed.text == "ｍail [EMAIL_1] now"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("I am Ana María Pérez-Gómez.", "I am [NAME_1]."),
        ("ana maria perez gomez here", "[NAME_1] here"),
        ("Regards,\nAna", "Regards,\n[NAME_1]"),
        ("PÉREZ-GÓMEZ, ANA", "[NAME_1]"),
        ("Ana's invoice", "[NAME_1]'s invoice"),
        ("banana and analysis", "banana and analysis"),
        ("write to ana.perez@acme.example", "write to [EMAIL_1]"),
        ("user ana.perez cannot log in", "user [HANDLE_1] cannot log in"),
        ("@anitap said", "[HANDLE_1] said"),
        ("<@U02ABCDEF> said", "<[HANDLE_1]> said"),
        ("we at Acme Robotics use it", "we at [COMPANY_1] use it"),
        ("ACME ROBOTICS S.L. pays", "[COMPANY_1] pays"),
        ("id 612345678 fails", "id [PHONE_1] fails"),
        ("Thanks Will!", "Thanks [NAME_1]!"),
        ("it will stop", "it will stop"),
        ("will stone can help", "[NAME_1] can help"),
        ("thanks, A. Pérez-Gómez", "thanks, [NAME_1]"),
        ("acme-robotics and AcmeRobotics", "[COMPANY_1] and [COMPANY_1]"),
        ("Acme is down, the acme of it", "[COMPANY_1] is down, the acme of it"),
        ("田中太郎さんへ", "[NAME_1]さんへ"),
    ],
)
def test_known_people_are_found_however_they_are_written(text: str, left: str) -> None:
    assert pii.scrub(text, known=PERSON).text == left


@pytest.mark.parametrize("text", ["Müller & Söhne", "Mueller und Soehne GmbH", "MUELLERSOEHNE", "muller, sohne"])
def test_companies_are_found_in_the_spellings_of_their_language(text: str) -> None:
    assert (
        pii.scrub(f"bei {text} klemmt es", known=Known(company="Müller & Söhne GmbH")).text
        == "bei [COMPANY_1] klemmt es"
    )


@pytest.mark.parametrize(
    ("phone", "written"),
    [
        ("+45 32 12 34 56", "32123456"),
        ("4532123456", "32 12 34 56"),
        ("+34 612 345 678", "0034-612-345-678"),
        ("+39 06 698 12345", "06 69812345"),
        ("+1 212 555 0147", "212 5550147"),
        ("612345678", "612 345678"),
    ],
)
def test_known_telephone_is_found_as_it_is_dialled_at_home(phone: str, written: str) -> None:
    assert pii.scrub(f"id {written} fails", known=Known(phone=phone)).text == "id [PHONE_1] fails"


def test_letters_that_have_no_accent_to_drop_are_read_as_names_are_typed() -> None:
    known = Known(name="Søren Łukaszewski", company="Weiß AG")
    assert pii.scrub("Soren, LUKASZEWSKI, weiss", known=known).text == "[NAME_1], [COMPANY_1]"


def test_empty_profile_finds_nothing() -> None:
    nobody = Known(name="", email="", phone="", company=" ", handles=("",), agents=("", " "))
    assert pii.scrub("a b c", known=nobody).text == "a b c"


FRAGMENTS = (*"İﷺ1@:= \n\u200b\ue000", "[EMAIL_1]", "[PASSWORD_2]", "[NAME_", "password", "is", "call me", "Ana")
SAMPLES = [value for value, _ in NUMBERS] + [text for text, _ in SECRETS] + NOT_NUMBERS.splitlines()
PIECES = st.sampled_from([*EMAILS, *VENDOR_KEYS, *SAMPLES, *FRAGMENTS])
MIXED = st.lists(PIECES | st.text(max_size=6), max_size=8).flatmap(
    lambda parts: st.sampled_from([" ", "", ", "]).map(lambda sign: sign.join(parts))
)


def test_a_marker_of_random_letters_names_no_kind_of_card() -> None:
    text = "No formatting.\n\nreport-vhcxjqdwskrjcb\nTitle: report-Z4111 1111 1111 111110.1.2.3"
    assert pii.scrub(text).text == text


@settings(max_examples=150)
@given(MIXED)
@example("password: secret1 abc9 [PASSWORD_1]x1y2z3")
@example("[EMAIL_1]bob@x.com[EMAIL_1]")
@example("pass: 1@a.bc pass: 2 [CARD_1]4111111111111111")
def test_scrubbing_twice_finds_nothing_new(text: str) -> None:
    for known in (None, PERSON):
        once = pii.scrub(text, known=known)
        again = pii.scrub(once.text, known=known)
        assert again.text == once.text
        assert again.redactions == ()


@settings(max_examples=150)
@given(MIXED)
def test_offsets_lead_from_the_original_to_what_is_left(text: str) -> None:
    scrubbed = pii.scrub(text, known=PERSON)
    parts, position = [], 0
    for redaction in scrubbed.redactions:
        assert position <= redaction.start < redaction.end <= len(text)
        parts += [text[position : redaction.start], redaction.placeholder]
        position = redaction.end
    assert "".join([*parts, text[position:]]) == scrubbed.text


@settings(max_examples=100)
@given(
    before=st.text(max_size=12),
    after=st.text(max_size=12),
    value=st.sampled_from(["bob.smith@example.com", "4111 1111 1111 1111", "+34 612 345 678"]),
)
def test_value_is_hidden_whatever_stands_around_it(before: str, after: str, value: str) -> None:
    assert value not in pii.scrub(f"{before}\n\n {value} \n\n{after}").text


HOSTILE = ["12 ", "1", ".", "a", "@", "a@", "a@b.", "a (at) ", "a at b dot ", "password ", "password:", "pass is ", "+1 ", "+1234567 ", "4111 ",
           "ab12 ", "ES91", "1.2.3.4 ", ":", "a:", "://", "http://a:b@", "[", "-----BEGIN PRIVATE KEY-----", "eyJ", "Bearer ", "token=", "é", "１２ ",
           "(1", "tel 612345678 ", 'password "', "a-", "_", "[EMAIL_1]", "\u200b", "ﷺ"]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
async def test_text_as_long_as_a_report_is_scrubbed_whatever_its_shape(piece: str) -> None:
    text = piece * (30_000 // len(piece))
    assert (await pii.scrub_all([text], known=PERSON, seconds=60)) == [pii.scrub(text, known=PERSON)]


def test_nobody_else_can_make_or_change_scrubbed_text() -> None:
    scrubbed = pii.scrub("hello")
    with pytest.raises(TypeError):
        Scrubbed(object(), "my password", ())
    with pytest.raises(TypeError):
        type("Loose", (Scrubbed,), {})
    with pytest.raises(AttributeError):
        scrubbed.text = "my password"
    with pytest.raises(TypeError):
        pickle.dumps(scrubbed)
    with pytest.raises(TypeError):
        copy.copy(scrubbed)
    assert scrubbed == pii.scrub("hello")
    assert hash(scrubbed) == hash(pii.scrub("hello"))
    assert scrubbed != "hello"


async def test_scrubbing_away_from_the_loop_gives_the_same() -> None:
    texts = ["Ana, bob@x.com \ud800 ñ\n\x00 2", "+34 612 345 678 and bob@x.com", ""]
    assert await pii.scrub_all(texts, known=PERSON) == pii.scrub_together(texts, known=PERSON)
    assert await pii.scrub_all([]) == []


async def test_text_that_takes_too_long_fails_and_the_next_one_works() -> None:
    await pii.scrub_all(["warm"])
    with pytest.raises(ScrubbingFailed, match="nothing was sent"):
        await pii.scrub_all(["+1234567 " * 100_000], seconds=0.2)
    assert (await pii.scrub_all(["bob@x.com"]))[0].text == "[EMAIL_1]"


async def test_loop_runs_while_text_is_scrubbed() -> None:
    await pii.scrub_all(["warm"])
    turns = 0
    task = asyncio.ensure_future(pii.scrub_all(["+1234567 " * 2_000] * 4, seconds=20))
    while not task.done():
        await asyncio.sleep(0.005)
        turns += 1
    assert turns > 10
    await task


async def test_many_at_once_are_each_answered() -> None:
    answers = await asyncio.gather(*(pii.scrub_all([f"u{number}@x.com {number}"]) for number in range(40)))
    assert [answer[0].text for answer in answers] == [f"[EMAIL_1] {number}" for number in range(40)]


async def test_child_that_was_killed_is_started_again() -> None:
    await pii.scrub_all(["warm"])
    process = pii._CHILD._process
    assert process is not None
    process.kill()
    process.wait()
    assert (await pii.scrub_all(["bob@x.com"]))[0].text == "[EMAIL_1]"


async def test_child_that_cannot_be_started_lets_nothing_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    pii._CHILD.stop()
    monkeypatch.setattr(pii.sys, "executable", "/nowhere/python")
    with pytest.raises(ScrubbingFailed):
        await pii.scrub_all(["bob@x.com"])


@pytest.mark.parametrize("failure", [RuntimeError("bob@x.com"), ScrubbingFailed("no"), RecursionError()])
def test_whatever_fails_in_the_child_lets_nothing_pass(failure: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(hiding, "hide_all", fail)
    answer = hiding._answer(json.dumps({"texts": ["bob@x.com"], "known": None}))
    assert "bob" not in answer
    with pytest.raises(ScrubbingFailed):
        pii._answered(answer, 1)


def test_child_answers_a_line_for_a_line() -> None:
    said = io.StringIO()
    request = json.dumps({"texts": ["bob@x.com"], "known": {"name": "Bob", "handles": ["b"]}})
    hiding.serve(io.StringIO(f"{request}\nnonsense\n"), said)
    ready, answer, failed = said.getvalue().splitlines()
    assert ready == "ready"
    assert json.loads(answer) == [["[EMAIL_1]", [["EMAIL", 0, 9, "[EMAIL_1]"]]]]
    assert json.loads(failed) == "JSONDecodeError"


def test_attack_that_never_settles_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hiding, "ROUNDS", 1)
    with pytest.raises(ScrubbingFailed):
        pii.scrub("bob@x.com")
