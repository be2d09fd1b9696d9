"""The doors that take signed deliveries: what each calls good, how raw bytes are sent to it, what is stored then."""

import hmac
import json
import re
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Any

from tests.stories.hostile import JSON_TYPE, Lines
from tests.stories.processes import SECRETS, Story
from tests.stories.test_door import intercom_conversation, slack_message, whatsapp_messages

STAMP = "X-Slack-Request-Timestamp"
MEGABYTE = 1024 * 1024
CLOSE = ("Connection", b"close")
numbers = count(1)


@dataclass(frozen=True, slots=True)
class Door:
    """Where signed deliveries go. `good` makes one of its own each time."""

    name: str
    path: str
    port: str
    header: bytes
    prefix: str
    algorithm: str
    secret: str
    largest: int
    good: Callable[[], Any]

    @property
    def is_slack(self) -> bool:
        return self.prefix == "v0="

    def digest(self, body: bytes, stamp: bytes, secret: str = "") -> str:
        signed = b"v0:" + stamp + b":" + body if self.is_slack else body
        return hmac.new((secret or SECRETS[self.secret]).encode(), signed, self.algorithm).hexdigest()

    def signed(self, body: bytes, at: bytes | None = None, *, secret: str = "") -> Lines:
        stamp = at if at is not None else str(int(time.time())).encode()
        lines = [(self.header.decode(), f"{self.prefix}{self.digest(body, stamp, secret)}".encode())]
        return [*lines, (STAMP, stamp)] if self.is_slack else lines


@dataclass(frozen=True, slots=True)
class Answer:
    """0 where the connection was closed without a word."""

    status: int
    raw: bytes


def whatsapp_report() -> Any:
    return whatsapp_messages(f"wamid.hostile-{next(numbers)}")


def intercom_report() -> Any:
    return intercom_conversation(f"9{next(numbers)}")


def slack_report() -> Any:
    return slack_message(f"1700000000.{next(numbers):06}")


def notion_hint() -> Any:
    page = f"1f0c6a52-8a53-4b8e-9c53-{next(numbers):012x}"
    return {"type": "page.properties_updated", "authors": [{"id": "p", "type": "person"}], "entity": {"id": page}}


def door(name: str, path: str, port: str, header: str, scheme: tuple[str, str, str], limit: int, good: Any) -> Door:
    prefix, algorithm, secret = scheme
    return Door(name, path, port, header.encode(), prefix, algorithm, secret, limit, good)


SLACK = ("v0=", "sha256", "SLACK_SIGNING_SECRET")
META = ("sha256=", "sha256", "WHATSAPP_WEBHOOK_SECRET")
DOORS = [
    door("bot", "/slack/events", "BOT_PORT", "X-Slack-Signature", SLACK, MEGABYTE, slack_report),
    door("slack", "/webhooks/slack", "INTAKE_PORT", "X-Slack-Signature", SLACK, MEGABYTE, slack_report),
    door("whatsapp", "/webhooks/whatsapp", "INTAKE_PORT", "X-Hub-Signature-256", META, 3 * MEGABYTE, whatsapp_report),
    door(
        "intercom",
        "/webhooks/intercom",
        "INTAKE_PORT",
        "X-Hub-Signature",
        ("sha1=", "sha1", "INTERCOM_WEBHOOK_SECRET"),
        MEGABYTE,
        intercom_report,
    ),
    door(
        "notion",
        "/webhooks/notion",
        "INTAKE_PORT",
        "X-Notion-Signature",
        ("sha256=", "sha256", "NOTION_WEBHOOK_SECRET"),
        MEGABYTE,
        notion_hint,
    ),
]
BOT, WHATSAPP = DOORS[0], DOORS[2]


def deliver_json(story: Story, door: Door, payload: Any) -> Answer:
    body = json.dumps(payload).encode()
    return deliver(story, door, body, door.signed(body))


def deliver(story: Story, door: Door, body: bytes, lines: Lines, head: Lines = JSON_TYPE) -> Answer:
    return exchange(story.ports[door.port], request(door, body, lines, head, close=True))


def request(door: Door, body: bytes, lines: Lines, head: Lines = JSON_TYPE, *, close: bool) -> bytes:
    return written(f"POST {door.path}", [*head, *lines, *([CLOSE] if close else [])], body)


def written(what: str, lines: Lines, body: bytes) -> bytes:
    head = [f"{what} HTTP/1.1\r\nHost: hub\r\nContent-Length: {len(body)}\r\n".encode()]
    head += [name.encode() + b": " + value + b"\r\n" for name, value in lines]
    return b"".join([*head, b"\r\n", body])


def exchange(port: int, raw: bytes, *, seconds: float = 30) -> Answer:
    """Send it as it is and read until the other end closes, or says nothing more for so long."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        with suppress(ConnectionError):  # refused before all of it was sent
            connection.sendall(raw)
        return parsed(received(connection))


def received(connection: socket.socket) -> bytes:
    found = b""
    with suppress(ConnectionError, TimeoutError):
        while part := connection.recv(65_536):
            found += part
    return found


def parsed(raw: bytes) -> Answer:
    status = re.match(rb"(?:HTTP/1\.1 100 Continue\r\n\r\n)?HTTP/1\.[01] (\d{3}) ", raw)
    return Answer(int(status[1]) if status else 0, raw)


def rows(story: Story) -> dict[str, int]:
    """What is stored, asked of the database itself."""
    tables = ("webhook_deliveries", "tickets", "dead_letter_jobs")
    counts = ", ".join(f"(SELECT count(*) FROM {table}) AS {table}" for table in tables)
    return dict(story.ask(f"SELECT {counts}")[0])
