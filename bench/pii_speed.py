"""How fast the scrubber is: short texts on one core, and what a megabyte of any shape does to the event loop."""

import asyncio
import os
import platform
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.pii_score import Text
from hub import pii
from hub.pii import Known, ScrubbingFailed

SHORT = 200
ROUNDS = 5
LENGTH = 1_000_000
TICK_SECONDS = 0.002
KNOWN = Known("Ana María Pérez-Gómez", "ana.perez@acme.example", "+34 612 345 678", "Acme Robotics S.L.")
SHAPES = {
    "numbers: `12 12 12 …`": "12 ",
    "dots": ".",
    "runs of `@`": "@",
    "one very long word": "aB",
    "one very long number": "1",
    "nested quotes": "password=\"'",
    "alternating scripts": "a\u0430",
    "combining marks": "e\u0301\u0327",
    "ligatures that grow": "\ufdfa",
    "invisible characters": "\u200b\u202e",
    "`token=token=…`": "token=",
    "almost telephones": "+1234567 ",
    "almost cards": "4111 ",
    "almost accounts": "ES91 2100 ",
    "addresses": "a@b.co ",
    "one line of words": "the export fails since Monday and nobody answers ",
    "many lines of a log": "2024-01-15T10:30:00.123Z ERROR [worker-3] 10.2.3.4 GET /a/b?x=1 500 12ms\n",
}


@dataclass(frozen=True, slots=True)
class Row:
    """What became of a text of one shape, and the longest the loop stood still meanwhile."""

    shape: str
    seconds: float
    refused: bool
    held_ms: float


def per_second(given: Sequence[Text]) -> float:
    """Short texts a second of CPU time: the median of some rounds, after one that warms up."""
    short = [text for text in given if len(text.text) <= SHORT]
    return statistics.median([len(short) / _seconds(short) for _ in range(ROUNDS + 1)][1:])


def _seconds(given: Sequence[Text]) -> float:
    started = time.process_time()
    for text in given:
        pii.scrub(text.text, known=text.known)
    return time.process_time() - started


async def worst(length: int = LENGTH) -> list[Row]:
    await pii.scrub_all(["warm"], seconds=20)
    return [await _one(shape, piece * (length // len(piece))) for shape, piece in SHAPES.items()]


async def _one(shape: str, text: str) -> Row:
    started = last = time.perf_counter()
    held, refused = 0.0, False
    task = asyncio.ensure_future(pii.scrub_all([text], known=KNOWN))
    while not task.done():
        await asyncio.sleep(TICK_SECONDS)
        held, last = max(held, time.perf_counter() - last), time.perf_counter()
    try:
        await task
    except ScrubbingFailed:
        refused = True
    seconds = last - started
    if refused:
        await pii.scrub_all(["warm"], seconds=20)
    return Row(shape, seconds, refused, held * 1000)


def where() -> str:
    return (
        f"{len(os.sched_getaffinity(0))} cores ({platform.machine()}), Python {platform.python_version()}; "
        f"load average before: {os.getloadavg()[0]:.1f}."
    )
