"""Garbage at WhatsApp's door from four sides until SIGTERM: `python -m tests.stories.attackers PORT`.

A process of its own, so that whoever times good reports meanwhile shares no interpreter with it. It says a line when
it begins and, when it ends, as JSON what it was answered. `WHATSAPP_WEBHOOK_SECRET` signs what comes from those who
know it.
"""

import argparse
import hmac
import json
import os
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle

from tests.stories import hostile
from tests.stories.doors import CLOSE, MEGABYTE, WHATSAPP, exchange, request, written
from tests.stories.hostile import JSON_TYPE, Lines

SIDES = 4
FORGED: Lines = [(WHATSAPP.header.decode(), b"sha256=" + b"0" * 64)]
"""Of the right shape, so that only the body can tell."""


def small(_secret: bytes) -> list[bytes]:
    """What costs who sends it nothing."""
    body = json.dumps(WHATSAPP.good()).encode()
    misshapen: Lines = [(WHATSAPP.header.decode(), b"sha256=")]
    return [
        *(request(WHATSAPP, body, lines, close=True) for lines in (FORGED, [], misshapen)),
        request(WHATSAPP, body, FORGED, [("Content-Type", b"text/plain")], close=True),
        written("POST /webhooks/nobody", [*JSON_TYPE, *FORGED, CLOSE], body),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x07" * 200,
    ]


def large(_secret: bytes) -> list[bytes]:
    """As much as the door takes, and more."""
    most, more = b" " * WHATSAPP.largest, b" " * (WHATSAPP.largest + MEGABYTE)
    return [
        request(WHATSAPP, most, FORGED, close=True),
        chunked(most),
        request(WHATSAPP, most, [], close=True),
        request(WHATSAPP, more, FORGED, close=True),
        chunked(more),
    ]


def signed(secret: bytes) -> list[bytes]:
    """By somebody who knows the secret, and no JSON."""
    return [
        request(WHATSAPP, body, [(name, b"sha256=" + digest)], close=True)
        for body in hostile.malformed().values()
        for name, digest in [(WHATSAPP.header.decode(), hmac.new(secret, body, "sha256").hexdigest().encode())]
    ]


KINDS = {"small": (small,), "large": (large,), "signed": (signed,), "all": (small, large, signed)}


def chunked(body: bytes) -> bytes:
    """Whose length nobody knows before its end; forged."""
    size = 65_536
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    lines = [*JSON_TYPE, *FORGED, ("Transfer-Encoding", b"chunked"), CLOSE]
    head = b"".join(b"%b: %b\r\n" % (name.encode(), value) for name, value in lines)
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    return f"POST {WHATSAPP.path} HTTP/1.1\r\nHost: hub\r\n".encode() + head + b"\r\n" + chunks + b"0\r\n\r\n"


def attack(port: int, thrown: list[bytes], pause: float, stop: threading.Event) -> Counter[int]:
    """One after the other, each `pause` seconds after the one before or as soon as that is answered. Statuses."""
    answered: Counter[int] = Counter()
    due = time.monotonic()
    turns = cycle(thrown)
    while not stop.wait(max(0, due - time.monotonic())):
        answered[status(port, next(turns))] += 1
        due = max(due + pause, time.monotonic() - 1)
    return answered


def status(port: int, raw: bytes) -> int:
    """0 where nothing was answered."""
    try:
        return exchange(port, raw, seconds=10).status
    except OSError:
        return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--kind", choices=KINDS, default="all")
    parser.add_argument(
        "--per-second", type=float, help="all sides together; as fast as they are answered without it"
    )
    given = parser.parse_args()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    secret = os.environ["WHATSAPP_WEBHOOK_SECRET"].encode()
    thrown = [raw for make in KINDS[given.kind] for raw in make(secret)]
    pause = SIDES / given.per_second if given.per_second else 0
    print("attacking", flush=True)
    began = time.monotonic()
    with ThreadPoolExecutor(SIDES) as sides:
        begins = [side * len(thrown) // SIDES for side in range(SIDES)]
        turned = [thrown[begin:] + thrown[:begin] for begin in begins]
        answers = sides.map(lambda each: attack(given.port, each, pause, stop), turned)
        answered = sum(answers, Counter[int]())
    print(json.dumps({"seconds": time.monotonic() - began, "answered": answered}))


if __name__ == "__main__":
    main()
