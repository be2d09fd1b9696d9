"""Whether a delivery was signed by who holds our secret: HMAC over the raw bytes, clock and secret as arguments."""

import hmac
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from hub.errors import ChannelOff, Forged

SLACK_WINDOW_SECONDS = 300
HEX_LENGTH = {"sha1": 40, "sha256": 64}
MISMATCH = "mismatch"
"""The reason of Forged that the body has a part in; all others are told by the head alone."""


def verify(
    body: bytes,
    given: Sequence[str],
    *,
    secret: str,
    algorithm: Literal["sha1", "sha256"],
    prefix: str,
    setting: str,
) -> None:
    """Raise ChannelOff without a secret (`setting` names it), Forged unless `given` is the one value of one of them.

    Senders write lower-case hexadecimal after `prefix` (`sha1=`, `sha256=`); any other spelling is refused.
    """
    keys = _keys(secret, setting)
    signature = _only(given, f"{prefix}[0-9a-f]{{{HEX_LENGTH[algorithm]}}}")
    _compare(signature, [prefix + hmac.new(key, body, algorithm).hexdigest() for key in keys])


def verify_slack(
    body: bytes,
    given: Sequence[str],
    timestamps: Sequence[str],
    *,
    secret: str,
    now: datetime,
    setting: str = "SLACK_SIGNING_SECRET",
) -> None:
    """The v0 scheme of Slack's "Verifying requests from Slack": `v0:timestamp:body`, five minutes either way."""
    keys = _keys(secret, setting)
    timestamp = _only(timestamps, "[0-9]{1,12}")
    signature = _only(given, "v0=[0-9a-f]{64}")
    if abs(now.timestamp() - int(timestamp)) > SLACK_WINDOW_SECONDS:
        raise _forged("stale")
    signed = b"v0:" + timestamp.encode() + b":" + body
    _compare(signature, ["v0=" + hmac.new(key, signed, "sha256").hexdigest() for key in keys])


def is_set(secret: str) -> bool:
    """Whether a secret is one: an empty or blank one would let anybody sign."""
    return bool(secrets_in(secret))


def secrets_in(given: str) -> list[str]:
    """Comma-separated, since a platform takes its new one and its last old deliveries to us at no one moment."""
    return [part.strip() for part in given.split(",") if part.strip()]


def _keys(secret: str, setting: str) -> list[bytes]:
    if not is_set(secret):
        raise ChannelOff(f"{setting} is not set, so no delivery can be checked; set it and start again.")
    return [each.encode("utf-8", "surrogateescape") for each in secrets_in(secret)]


def _only(values: Sequence[str], shape: str) -> str:
    if not values:
        raise _forged("missing")
    if len(values) > 1:
        raise _forged("repeated")
    if not re.fullmatch(shape, values[0]):
        raise _forged("malformed")
    return values[0]


def _compare(given: str, expected: list[str]) -> None:
    """Against every one, so that the time does not tell which secret held."""
    matches = [hmac.compare_digest(given.encode("ascii"), each.encode("ascii")) for each in expected]
    if not any(matches):
        raise _forged(MISMATCH)


def _forged(reason: str) -> Forged:
    return Forged("The signature of this delivery does not hold.", reason=reason)
