"""What many people write, and its signed deliveries: several copies each, out of order, again until they are taken."""

import asyncio
import hashlib
import hmac
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from sandbox.stories import STORIES
from tests.stories.processes import SECRETS, Story

VOCABULARY = sorted({word for story in STORIES for word in re.findall(r"\w+", story.body.lower())})
WORDS = 12
"""So many has a message: with the same ones in all of them, every ticket would be like every other."""
CHANNELS = ("whatsapp", "intercom", "slack")
MOST_COPIES = 5
AT_ONCE = 24
BATCH = 600
"""The sandbox remembers so many deliveries that a batch is read in good time."""
LATE_SECONDS = 4.0
"""How much later than the first a copy may come."""
ANSWER_SECONDS = 5.0


@dataclass(slots=True)
class Delivery:
    """A message as its platform delivers it. `taken` counts copies that were answered 200."""

    channel: str
    external_id: str
    person: str
    urls: tuple[str, ...]
    """Where it can be delivered: any of the processes that take it."""
    body: bytes
    headers: dict[str, str]
    taken: int = 0

    @property
    def key(self) -> tuple[str, str]:
        return self.channel, self.external_id

    def signed(self) -> dict[str, str]:
        """Slack signs every attempt anew, with the time of day; the others sign the body alone."""
        if self.channel != "slack":
            return self.headers
        stamp = str(int(time.time()))
        secret = SECRETS["SLACK_SIGNING_SECRET"].encode()
        digest = hmac.new(secret, b"v0:" + stamp.encode() + b":" + self.body, hashlib.sha256).hexdigest()
        return self.headers | {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


@dataclass(slots=True)
class Post:
    """What was sent: copies, attempts, and how long those that were answered 200 took."""

    copies: int = 0
    attempts: int = 0
    answers: dict[str, int] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    def count(self, answer: str) -> None:
        self.attempts += 1
        self.answers[answer] = self.answers.get(answer, 0) + 1


def write(story: Story, number: int, *, each: int = 1) -> list[Delivery]:
    """Have so many messages written, `each` by one person: a report, then more about it.

    The platforms know them then, and drop their deliveries: we send those ourselves.
    """
    for channel in CHANNELS:
        story.faults(channel, "drop")
    seen: set[str] = set()
    written: list[Delivery] = []
    for first in range(0, number, BATCH):
        written += _write_batch(story, range(first, min(first + BATCH, number)), each, seen)
    for channel in CHANNELS:
        story.faults(channel, "off")
    return written


def _write_batch(story: Story, numbers: Sequence[int], each: int, seen: set[str]) -> list[Delivery]:
    said: dict[str, list[tuple[str, str]]] = {channel: [] for channel in CHANNELS}
    for number in numbers:
        channel, person = _author(number // each)
        is_reply = number % each and channel != "whatsapp"
        thread = {"thread": said[channel][-1][0]} if is_reply else {}
        external_id = story.report(channel, person, _text(number), **thread)["external_id"]
        said[channel].append((external_id, person))
    return [delivery for channel, messages in said.items() for delivery in _dropped(story, channel, messages, seen)]


def _author(number: int) -> tuple[str, str]:
    channel = CHANNELS[number % len(CHANNELS)]
    return channel, f"346{number:08}" if channel == "whatsapp" else f"person{number}"


def _text(number: int) -> str:
    return f"Message {number}: {' '.join(Random(number).sample(VOCABULARY, WORDS))}"


def _dropped(story: Story, channel: str, messages: Sequence[tuple[str, str]], seen: set[str]) -> list[Delivery]:
    """What the platform would have delivered for these, in their order; Slack tries each several times."""
    rows = story.control("GET", f"delivered?platform={channel}")["data"]
    fresh = {row["raw"]: row for row in rows if row["raw"] not in seen}
    seen.update(fresh)
    return [
        Delivery(channel, external_id, person, _doors(story, row["url"]), row["raw"].encode(), row["headers"])
        for (external_id, person), row in zip(messages, fresh.values(), strict=True)
    ]


def _doors(story: Story, url: str) -> tuple[str, ...]:
    """The address, and the same with the port of every other process of its kind."""
    parts = urlsplit(url)
    setting = next(name for name, port in story.ports.items() if port == parts.port)
    others = [settings[setting] for settings in story.own.values() if setting in settings]
    return url, *(parts._replace(netloc=f"{parts.hostname}:{port}").geturl() for port in others)


async def send_all(deliveries: Sequence[Delivery], random: Random, *, seconds: float, patience: float) -> Post:
    """Send every copy within `seconds`, and again what is not answered 200 until `patience` seconds later."""
    post, begin = Post(), time.monotonic()
    limit = asyncio.Semaphore(AT_ONCE)
    timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as group:
        for delivery in deliveries:
            at = random.uniform(0, max(0.0, seconds - LATE_SECONDS))
            for _ in range(random.randint(1, MOST_COPIES)):
                post.copies += 1
                begins = begin + at + random.uniform(0, LATE_SECONDS)
                pauses = Random(random.random())
                group.create_task(_send(session, limit, post, delivery, begins, begin + seconds + patience, pauses))
    return post


async def _send(
    session: aiohttp.ClientSession,
    limit: asyncio.Semaphore,
    post: Post,
    delivery: Delivery,
    begins: float,
    ends: float,
    pauses: Random,
) -> None:
    await asyncio.sleep(max(0.0, begins - time.monotonic()))
    while time.monotonic() < ends:
        async with limit:
            if await _is_taken(session, post, delivery, pauses.choice(delivery.urls)):
                delivery.taken += 1
                return
        await asyncio.sleep(pauses.uniform(0.2, 1.5))


async def _is_taken(session: aiohttp.ClientSession, post: Post, delivery: Delivery, url: str) -> bool:
    began = time.monotonic()
    try:
        async with session.post(url, data=delivery.body, headers=delivery.signed()) as answer:
            await answer.read()
            status: Any = answer.status
    except (aiohttp.ClientError, OSError, TimeoutError):
        status = "none"
    post.count(str(status))
    if status == 200:
        post.seconds.append(time.monotonic() - began)
    return bool(status == 200)
