"""Only the right signature, given once and written as senders write it, is let through."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import ChannelOff, Forged
from platforms import signature

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SECRET = "shhh-this-is-ours"
BODY = b'{"text":"caf\xc3\xa9"}'
ALGORITHMS = {"sha1": "sha1=", "sha256": "sha256="}


def signed(body: bytes = BODY, algorithm: str = "sha256", secret: str = SECRET) -> str:
    return ALGORITHMS[algorithm] + hmac.new(secret.encode(), body, algorithm).hexdigest()


def verify(given: list[str], body: bytes = BODY, algorithm: str = "sha256", secret: str = SECRET) -> None:
    signature.verify(
        body, given, secret=secret, algorithm=algorithm, prefix=ALGORITHMS[algorithm], setting="X_SECRET"
    )


def slack_signed(timestamp: str, body: bytes = BODY, secret: str = SECRET) -> str:
    return "v0=" + hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()


def stamp(seconds: float = 0) -> str:
    return str(int((NOW + timedelta(seconds=seconds)).timestamp()))


def verify_slack(given: list[str], timestamps: list[str], secret: str = SECRET, body: bytes = BODY) -> None:
    signature.verify_slack(body, given, timestamps, secret=secret, now=NOW)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_right_signature_is_let_through(algorithm):
    verify([signed(algorithm=algorithm)], algorithm=algorithm)


def test_known_answer_of_the_rfc_is_let_through():
    """RFC 2202, test case 2 of HMAC-SHA-1."""
    signature.verify(
        b"what do ya want for nothing?",
        ["sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"],
        secret="Jefe",
        algorithm="sha1",
        prefix="sha1=",
        setting="X",
    )


def wrong_spellings() -> dict[str, list[str]]:
    right = signed()
    return {
        "missing": [],
        "empty": [""],
        "prefix only": ["sha256="],
        "without prefix": [right.removeprefix("sha256=")],
        "upper-case hex": [right.replace("sha256=", "").upper()],
        "upper-case with prefix": ["sha256=" + right.removeprefix("sha256=").upper()],
        "upper-case prefix": [right.replace("sha256", "SHA256")],
        "sha1 where sha256 is due": [signed(algorithm="sha1")],
        "other prefix": [right.replace("sha256=", "sha1=")],
        "trailing space": [right + " "],
        "trailing newline": [right + "\n"],
        "leading space": [" " + right],
        "too long": [right + "0"],
        "too short": [right[:-1]],
        "a megabyte": ["sha256=" + "0" * 2**20],
        "not ascii": ["sha256=" + "é" * 64],
        "other digits": ["sha256=" + "٣" * 64],
        "surrogate": ["sha256=\udc80" + "0" * 63],
        "nul": ["sha256=" + "\0" * 64],
        "right and wrong": [right, "sha256=" + "0" * 64],
        "wrong and right": ["sha256=" + "0" * 64, right],
        "right twice": [right, right],
        "joined": [f"{right}, {right}"],
        "one bit off": [right[:-1] + ("0" if right[-1] != "0" else "1")],
        "other secret": [signed(secret="another")],
        "other body": [signed(body=BODY + b" ")],
    }


@pytest.mark.parametrize("given", wrong_spellings().values(), ids=wrong_spellings().keys())
def test_wrong_spelling_is_forged(given):
    with pytest.raises(Forged):
        verify(given)


@pytest.mark.parametrize("several", [f"{SECRET},next", f"next,{SECRET}", f" next , {SECRET} ", f",{SECRET},,next,"])
def test_each_of_several_secrets_lets_in_and_nothing_else(several):
    for secret in (SECRET, "next"):
        verify([signed(secret=secret)], secret=several)
        verify_slack([slack_signed(stamp(), secret=secret)], [stamp()], secret=several)
    for secret in (several, f"{SECRET},", "nex"):
        with pytest.raises(Forged):
            verify([signed(secret=secret)], secret=several)
        with pytest.raises(Forged):
            verify_slack([slack_signed(stamp(), secret=secret)], [stamp()], secret=several)


@pytest.mark.parametrize("secret", ["", " ", "\t\n", "\u00a0", ",", " ,"])
def test_blank_secret_switches_the_channel_off(secret):
    with pytest.raises(ChannelOff, match="X_SECRET"):
        verify([signed(secret=secret)], secret=secret)
    with pytest.raises(ChannelOff, match="SLACK_SIGNING_SECRET"):
        verify_slack([slack_signed(stamp(), secret=secret)], [stamp()], secret=secret)


@pytest.mark.parametrize("seconds", [-300, -1, 0, 299, 300])
def test_slack_timestamp_within_five_minutes_is_let_through(seconds):
    verify_slack([slack_signed(stamp(seconds))], [stamp(seconds)])


@pytest.mark.parametrize("seconds", [-100_000, -301, 301, 10**9])
def test_slack_timestamp_beyond_five_minutes_is_forged(seconds):
    with pytest.raises(Forged) as refusal:
        verify_slack([slack_signed(stamp(seconds))], [stamp(seconds)])
    assert refusal.value.details == {"reason": "stale"}


@pytest.mark.parametrize(
    "timestamp",
    ["", "-1", "1.5", "0x10", "1e9", " 1", "1\n", "9" * 13, "1" + "0" * 30, "١٢٣", "１２３", "now", "\udc80"],
)
def test_slack_timestamp_that_is_no_number_is_forged(timestamp):
    with pytest.raises(Forged):
        verify_slack(["v0=" + "0" * 64], [timestamp])


@pytest.mark.parametrize("timestamps", [[], [stamp(), stamp()]])
def test_slack_timestamp_is_given_exactly_once(timestamps):
    with pytest.raises(Forged):
        verify_slack([slack_signed(stamp())], timestamps)


def test_slack_signature_of_another_time_is_forged():
    with pytest.raises(Forged):
        verify_slack([slack_signed(stamp())], [stamp(1)])


def test_all_forgeries_read_the_same():
    messages = set()
    for wrong in wrong_spellings().values():
        with pytest.raises(Forged) as refusal:
            verify(wrong)
        messages.add(refusal.value.message)
    assert len(messages) == 1


@given(
    body=st.binary(max_size=300),
    secret=st.text(st.characters(exclude_categories=["Cs"], exclude_characters=","), min_size=1).filter(str.strip),
)
def test_what_we_sign_ourselves_always_holds(body, secret):
    """Nobody's secret has a comma; blanks around one do not count."""
    verify([signed(body, secret=secret.strip())], body=body, secret=secret)


@given(given_value=st.text(max_size=90), body=st.binary(max_size=50))
def test_no_made_up_value_is_let_through_or_crashes(given_value, body):
    with pytest.raises(Forged):
        verify([given_value], body=body)
    with pytest.raises(Forged):
        verify_slack([given_value], [stamp()], body=body)


@given(body=st.binary(min_size=1, max_size=100), at=st.integers(min_value=0), bit=st.integers(0, 7))
def test_one_changed_bit_of_the_body_is_forged(body, at, bit):
    changed = bytearray(body)
    changed[at % len(body)] ^= 1 << bit
    with pytest.raises(Forged):
        verify([signed(body)], body=bytes(changed))


@given(given_value=st.text(), timestamp=st.text(max_size=20))
def test_no_made_up_timestamp_crashes(given_value, timestamp):
    with pytest.raises(Forged):
        verify_slack([given_value], [timestamp])
