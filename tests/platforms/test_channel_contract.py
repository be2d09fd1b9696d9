"""What every channel owes the hub, held against its recorded samples; the toy is one of them."""

import hashlib
import hmac
import json
import tomllib
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import platforms
from hub.channel import Comment, Edit, File, Letter, Pointed, Receipt, Report, Unreadable
from hub.errors import ChannelOff, Forged
from platforms.errors import CannotTell, Refused
from runtime.settings import SIGNING, Settings
from tests.platforms.conftest import CHANNELS

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ROOT = Path(platforms.__file__).parent
SAMPLES = sorted(
    path
    for folder in platforms.__path__
    for path in Path(folder).glob("*/samples/*.json")
    if not path.name.endswith(".expected.json")
)
KINDS = (Report, Comment, Edit, Receipt, Pointed, Unreadable)


def by_hub_signature(header: str, algorithm: str, secret: str):
    def sign(body: bytes, *, secret: str = secret) -> dict[str, list[str]]:
        return {header: [f"{algorithm}={hmac.new(secret.encode(), body, algorithm).hexdigest()}"]}

    return sign


def by_slack(body: bytes, *, secret: str = "slack-secret-for-tests") -> dict[str, list[str]]:
    stamp = str(int(NOW.timestamp()))
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"x-slack-request-timestamp": [stamp], "x-slack-signature": [f"v0={digest}"]}


SIGNERS = {
    "slack": (by_slack, "slack_signing_secret"),
    "intercom": (
        by_hub_signature("x-hub-signature", "sha1", "intercom-secret-for-tests"),
        "intercom_webhook_secret",
    ),
    "whatsapp": (
        by_hub_signature("x-hub-signature-256", "sha256", "whatsapp-secret-for-tests"),
        "whatsapp_webhook_secret",
    ),
    "toy": (by_hub_signature("x-toy-signature", "sha256", "toy-secret-for-tests"), "toy_webhook_secret"),
}
"""How each platform signs, written here a second time."""

every_channel = pytest.mark.parametrize("name", CHANNELS)
every_receiver = pytest.mark.parametrize("name", SIGNERS)
every_sample = pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")


def letter(**changes: Any) -> Letter:
    known = {
        "notification_id": "5b2f7a1c-8f58-4f0e-9a53-0b7f6a0c1d2e",
        "recipient": "account:person",
        "text": "**What happened:**\nIt broke.\n\n**How we fixed it:**\nWe fixed it.",
        "place": {},
        "last_heard_at": NOW,
    }
    return Letter(**{"channel": "any", **known, **changes})


def as_json(value: Any) -> Any:
    if is_dataclass(value):
        return {item.name: as_json(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    return value


def holds(expected: Any, actual: Any) -> bool:
    """Every key that is expected is there with its value; lists are expected whole."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return all(key in actual and holds(value, actual[key]) for key, value in expected.items())
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(holds, expected, actual))
    return expected == actual


def reports(reading: Any) -> list[Report]:
    if isinstance(reading, Comment):
        return [report for report in (reading.message, reading.opening) if report]
    return [reading] if isinstance(reading, Report) else []


@every_channel
def test_channel_says_who_it_is(channel, name):
    opened = channel(name)
    assert opened.name == name
    assert opened.off is None or opened.off.endswith(".")


def test_every_receiving_channel_has_a_signer_here(channel):
    assert {name for name in CHANNELS if channel(name).accepts} == set(SIGNERS)


def test_no_signing_secret_may_be_short():
    secrets = {name for name in Settings.model_fields if name.endswith(("_webhook_secret", "_signing_secret"))}
    assert set(SIGNING) == secrets


def test_the_import_rule_keeps_every_platform_from_the_others():
    rules = tomllib.loads((ROOT.parent / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (apart,) = (rule["modules"] for rule in rules if rule["type"] == "independence")
    assert set(apart) == {f"platforms.{path.parent.name}" for path in ROOT.glob("*/__init__.py")}


@every_receiver
def test_right_signature_is_let_through(channel, name):
    sign, _ = SIGNERS[name]
    for body in (b"{}", b"", b"\xff\x00 any bytes", "é".encode()):
        channel(name).verify(sign(body), body, NOW)


@every_receiver
def test_forged_delivery_is_refused(channel, name):
    sign, _ = SIGNERS[name]
    right = sign(b"{}")
    signature_header = next(header for header in right if "signature" in header)
    forgeries = [
        {},
        sign(b"{ }"),
        sign(b"{}", secret="another secret"),
        {**right, signature_header: []},
        {**right, signature_header: right[signature_header] * 2},
        {**right, signature_header: [right[signature_header][0].upper()]},
        {**right, signature_header: [right[signature_header][0] + " "]},
        {**right, signature_header: ["é" * 64]},
    ]
    for headers in forgeries:
        with pytest.raises(Forged):
            channel(name).verify(headers, b"{}", NOW)


@every_receiver
def test_of_several_secrets_each_lets_in(channel, name):
    sign, setting = SIGNERS[name]
    opened = channel(name, **{setting: "the-new-secret-of-all, another-secret-of-all"})
    for secret in ("the-new-secret-of-all", "another-secret-of-all"):
        opened.verify(sign(b"{}", secret=secret), b"{}", NOW)
    with pytest.raises(Forged):
        opened.verify(sign(b"{}", secret="the-new-secret-of-all, another-secret-of-all"), b"{}", NOW)


@every_receiver
@pytest.mark.parametrize("secret", ["", "   ", "\n", ",", " , ,"])
def test_channel_without_a_secret_is_off(channel, name, secret):
    sign, setting = SIGNERS[name]
    opened = channel(name, **{setting: secret})
    assert setting.upper() in opened.off
    with pytest.raises(ChannelOff):
        opened.verify(sign(b"{}", secret=secret), b"{}", NOW)


@every_receiver
def test_there_are_samples(name):
    assert [path for path in SAMPLES if path.parent.parent.name == name]


@every_sample
def test_sample_reads_as_expected(channel, path):
    expected = json.loads(path.with_name(f"{path.stem}.expected.json").read_text())
    readings = channel(path.parent.parent.name).read(json.loads(path.read_text()))
    actual = [{"kind": type(reading).__name__, **as_json(reading)} for reading in readings]
    assert holds(expected, actual), json.dumps(actual, indent=2, ensure_ascii=False, default=str)


@every_sample
def test_what_a_sample_reads_into_is_fit_to_store(channel, path):
    name = path.parent.parent.name
    for reading in channel(name).read(json.loads(path.read_text())):
        assert isinstance(reading, KINDS)
        for report in reports(reading):
            assert report.platform == name
            assert report.sent_at.tzinfo is not None
            assert ":" in report.author.account_id
            assert isinstance(report.raw, dict)
            assert report.raw
            assert len(report.external_id) < 1000


@every_sample
def test_damaged_sample_never_raises(channel, path):
    opened, whole = channel(path.parent.parent.name), json.loads(path.read_text())
    for number in range(40):
        dice, payload = Random(f"{path.stem} {number}"), whole
        for _ in range(dice.randint(1, 3)):
            payload = damaged(payload, dice)
        for reading in opened.read(payload):
            assert isinstance(reading, KINDS), number


SCALARS = (None, True, False, 0, -1, 1.5, 10**30, 1e300, "", "0", "x", "\x00", "\ud800", "🎉" * 3, "1.2", "x" * 2000)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def damaged(value: Any, dice: Random) -> Any:
    """The same payload with something, somewhere, replaced or removed."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    if not keys or dice.random() < 0.2:
        return any_json(dice)
    key = dice.choice(keys)
    if dice.random() < 0.17:
        return [v for k, v in enumerate(value) if k != key] if isinstance(value, list) else without(value, key)
    changed = value.copy()
    changed[key] = damaged(value[key], dice)
    return changed


def any_json(dice: Random, depth: int = 2) -> Any:
    if depth and dice.random() < 0.3:
        inner = [any_json(dice, depth - 1) for _ in range(dice.randint(0, 3))]
        return inner if dice.random() < 0.5 else {f"k{at}": each for at, each in enumerate(inner)}
    return dice.choice(SCALARS)


def without(value: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: item for name, item in value.items() if name != key}


@every_channel
@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payload=ANY_JSON)
def test_reading_any_json_never_raises(channel, name, payload):
    for reading in channel(name).read(payload):
        assert isinstance(reading, KINDS)


@every_channel
@pytest.mark.parametrize("place", [{}, {"conversation_id": "1"}, {"channel": "D1", "thread_ts": "1.2"}])
def test_letter_is_composed_without_the_marks_it_is_stored_with(channel, name, place):
    opened, wanted = channel(name), letter(place=place)
    message = opened.compose(wanted, NOW)
    assert message == opened.compose(wanted, NOW)
    assert "**" not in message.text
    assert "What happened:" in message.text
    assert "We fixed it." in message.text
    assert message.kind in {"direct message", "thread", "reply", "session", "template", "by hand"}
    json.dumps(message.request)


@every_channel
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x",
        "http://169.254.169.254/",
        "https://evil.example/x",
        "ftp://files.slack.com/x",
        "",
        "x",
        "https://evil.example@files.slack.com/x",
        "https://files.slack.com.evil.example/x",
        "https://[bad/x",
    ],
)
async def test_attachment_of_a_foreign_host_is_refused(channel, name, url):
    opened = channel(name)
    assert not opened.may_fetch(url)


async def test_only_what_can_be_looked_up_is_looked_up(channel):
    for name in ("whatsapp", "email", "in_app"):
        opened = channel(name)
        with pytest.raises(CannotTell):
            await opened.find_sent(letter(), opened.compose(letter(), NOW))


async def test_attachment_from_nowhere_is_refused_by_channels_sent_by_hand(channel):
    for name in ("email", "in_app"):
        with pytest.raises(Refused):
            await channel(name).fetch(File(name="f", content_type="x", size=1, source="https://x.example"), 10)
