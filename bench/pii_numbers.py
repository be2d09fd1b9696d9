"""Made-up numbers and names that are nobody's: what a scrubber must leave alone."""

import random
import string
import uuid
from datetime import UTC, datetime, timedelta

from stdnum import luhn

HEX = "0123456789abcdef"


def slots(rng: random.Random) -> dict[str, str]:
    """One of each, by the names the sentences use."""
    return {
        **{f"digits{size}": _digits(rng, size) for size in range(2, 11)},
        **{f"hex{size}": _drawn(rng, HEX, size) for size in (7, 8)},
        **_names(rng),
        **_measures(rng),
        **_moments(rng),
    }


def _names(rng: random.Random) -> dict[str, str]:
    return {
        "order": rng.choice(["#", "", "PO-", "ORD-", "2024-", "A"]) + _digits(rng, rng.randrange(6, 12)),
        "invoice": rng.choice(["INV-2024-", "2024/", "F", "RE-", "FAC-2024-000"]) + _digits(rng, 6),
        "version": ".".join(str(rng.randrange(40)) for _ in range(3)) + rng.choice(["", "", "-rc.1", "-beta2"]),
        "version4": f"{rng.randrange(10, 130)}.0.{rng.randrange(1000, 23000)}.{rng.randrange(1, 3000)}",
        "sha1": _drawn(rng, HEX, 40),
        "sha256": _drawn(rng, HEX, 64),
        "md5": _drawn(rng, HEX, 32),
        "uuid": str(uuid.UUID(bytes=rng.randbytes(16), version=4)),
        "imei": _imei(rng),
        "isbn": f"978-{rng.randrange(1, 9)}-{_digits(rng, 2)}-{_digits(rng, 6)}-{rng.randrange(10)}",
        "tracking": rng.choice(["9400", "1Z", "JD0146", "RR"]) + _digits(rng, 16),
        "mac": ":".join(_drawn(rng, HEX, 2) for _ in range(6)),
        "hexcode": "0x" + _drawn(rng, HEX, 8).upper(),
        "branch": rng.choice(["main", "release/2024.11", "fix-1234567"]),
        "colour": "#" + _drawn(rng, HEX, 6),
        "part": f"{_digits(rng, 3)}-{_drawn(rng, string.ascii_uppercase, 2)}-{_digits(rng, 4)}",
        "serial": _drawn(rng, string.ascii_uppercase, 3) + _digits(rng, 8),
        "flight": rng.choice(["IB", "LH", "TP"]) + _digits(rng, 4),
    }  # fmt: skip


def _measures(rng: random.Random) -> dict[str, str]:
    whole, cents = rng.randrange(1000, 9_999_999), rng.randrange(100)
    dotted, spaced = f"{whole:,}".replace(",", "."), f"{whole:,}".replace(",", " ")
    amounts = [f"${whole:,}.{cents:02d}", f"{dotted},{cents:02d} €", f"{spaced} EUR", f"R$ {dotted},{cents:02d}"]
    return {
        "amount": rng.choice([*amounts, f"{whole}.{cents:02d} USD"]),
        "grouped": rng.choice([f"{whole:,}", dotted, spaced, str(whole)]),
        "coordinates": f"{rng.uniform(-90, 90):.6f}, {rng.uniform(-180, 180):.6f}",
        "range": f"{rng.randrange(1000, 30_000)}-{rng.randrange(30_001, 65_535)}",
        "resolution": rng.choice(["1920x1080", "2560 x 1440", "3840X2160"]),
        "percent": f"{rng.uniform(0, 100):.{rng.randrange(4)}f}%",
        "score": f"{rng.randrange(5)}-{rng.randrange(5)}",
    }  # fmt: skip


def _moments(rng: random.Random) -> dict[str, str]:
    moment = datetime(2015, 1, 1, tzinfo=UTC) + timedelta(seconds=rng.randrange(300_000_000))
    dates = ["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%m/%d/%y", "%d-%m-%Y", "%Y%m%d", "%b %d, %Y"]
    isos = ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.482+02:00", "%Y-%m-%d %H:%M:%S,123"]
    return {
        "date": moment.strftime(rng.choice(dates)),
        "time": moment.strftime(rng.choice(["%H:%M", "%H:%M:%S", "%H.%M", "%I:%M %p", "%H:%M:%S.123"])),
        "iso": moment.strftime(rng.choice(isos)),
        "epoch": str(int(moment.timestamp()) * rng.choice([1, 1000])),
        "stamp": moment.strftime(rng.choice(["%Y%m%d%H%M%S", "%Y%m%d.%H%M", "%y%j.1"])),
        "years": f"{moment.year}-{moment.year + 1}",
    }  # fmt: skip


def _imei(rng: random.Random) -> str:
    digits = rng.choice(["35", "86", "01"]) + _digits(rng, 12)
    return digits + luhn.calc_check_digit(digits)


def _digits(rng: random.Random, length: int) -> str:
    """Begins with no nought, as numbers do."""
    return rng.choice("123456789") + _drawn(rng, string.digits, length - 1)


def _drawn(rng: random.Random, alphabet: str, length: int) -> str:
    return "".join(rng.choices(alphabet, k=length))
