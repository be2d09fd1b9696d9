"""Deliveries of the three channels as their platforms send them, signed; half are from people who wrote before.

Each is a report of a few words: a text message to our number (Meta's "Webhooks: messages"), a direct message to the
app (Slack's "message.im"), a new conversation (Intercom's "Webhook models").
"""

import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

SECRET = "a secret that only the bench knows"
PHONE_NUMBER_ID = "106540352242922"
TEAM = "T1"
APP = "benchapp"
FIRST_SENT_AT = 1_577_836_800
"""The year 2020: what a platform dates in the future is not believed."""
BETWEEN_DELIVERIES = 3600
"""Seconds by the platform's clock: far beyond any burst window, so every delivery opens a ticket."""


@dataclass(frozen=True, slots=True)
class Channel:
    """`head` is what a platform says beside a body; `payload(number, person)` what it says in one."""

    path: str
    head: Callable[[bytes, str], Mapping[str, str]]
    payload: Callable[[int, int], Any]

    def requests(self, first: int, count: int, *, port: int) -> list[bytes]:
        """Whole HTTP requests, of the deliveries numbered from `first`, which was the `count` of all sent before."""
        return [self.request(self.body(number, author(number, first)), port=port) for number in _from(first, count)]

    def body(self, number: int, person: int) -> bytes:
        return json.dumps(self.payload(number, person), separators=(",", ":")).encode()

    def request(self, content: bytes, *, port: int, secret: str = SECRET) -> bytes:
        return request(self.path, content, self.head(content, secret), port=port)


def author(number: int, first: int) -> int:
    """Whoever writes with an even number is new; with an odd one, somebody of an earlier block, each at most once.

    So no two messages of one person are ever under way together, and both servers write the same whatever the order.
    """
    earlier = (first - 1 - (number - first)) // 2
    return number if number % 2 == 0 or earlier < 0 else 2 * earlier


def request(path: str, content: bytes, head: Mapping[str, str], *, port: int) -> bytes:
    """As it travels. JSON, unless `head` says otherwise."""
    lines = {
        "Host": f"127.0.0.1:{port}",
        "Accept": "*/*",
        "Content-Type": "application/json",
        **head,
        "Content-Length": str(len(content)),
    }
    written = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {path} HTTP/1.1\r\n{written}\r\n".encode() + content


def by_slack(content: bytes, secret: str = SECRET) -> dict[str, str]:
    """Slack's "Verifying requests from Slack": good for five minutes."""
    at = str(int(time.time()))
    signed = hmac.digest(secret.encode(), b"v0:" + at.encode() + b":" + content, "sha256").hex()
    return {
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        "X-Slack-Request-Timestamp": at,
        "X-Slack-Signature": f"v0={signed}",
    }


def by_meta(content: bytes, secret: str) -> dict[str, str]:
    signed = hmac.digest(secret.encode(), content, "sha256").hex()
    return {"User-Agent": "facebookexternalua", "X-Hub-Signature-256": f"sha256={signed}"}


def by_intercom(content: bytes, secret: str) -> dict[str, str]:
    signed = hmac.digest(secret.encode(), content, "sha1").hex()
    return {"User-Agent": "intercom-webhooks/2.15", "X-Hub-Signature": f"sha1={signed}"}


def _from(first: int, count: int) -> range:
    return range(first, first + count)


def _words(number: int) -> str:
    return f"The app crashes when I save invoice {number}, it did not before the last update."


def _sent_at(number: int) -> int:
    return FIRST_SENT_AT + number * BETWEEN_DELIVERIES


def _whatsapp(number: int, person: int) -> Any:
    phone = f"34{person:09d}"
    said = {
        "from": phone,
        "id": f"wamid.HBgLMzQ2MDAxMTEyMjIVAgASGBQzQUE{number:09d}A",
        "timestamp": str(_sent_at(number)),
        "text": {"body": _words(number)},
        "type": "text",
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": PHONE_NUMBER_ID},
        "contacts": [{"profile": {"name": f"Ana Ruiz {person}"}, "wa_id": phone}],
        "messages": [said],
    }
    entry = {"id": "102290129340398", "changes": [{"value": value, "field": "messages"}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def _slack(number: int, person: int) -> Any:
    at, said = f"{_sent_at(number)}.000100", _words(number)
    parts = [{"type": "rich_text_section", "elements": [{"type": "text", "text": said}]}]
    event = {
        "type": "message",
        "channel": f"D{person:09d}",
        "channel_type": "im",
        "user": f"U{person:09d}",
        "team": TEAM,
        "client_msg_id": f"9c2e6b1a-6d0e-4d77-9a0f-{number:012d}",
        "text": said,
        "ts": at,
        "event_ts": at,
        "blocks": [{"type": "rich_text", "block_id": "9W4", "elements": parts}],
    }
    ours = {
        "enterprise_id": None,
        "team_id": TEAM,
        "user_id": "U0HUB",
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": "z26uFbvR1xHJEdHE1OQiO6t8",
        "team_id": TEAM,
        "api_app_id": "A0FFV41KK",
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{number:09d}",
        "event_time": _sent_at(number),
        "authorizations": [ours],
        "is_ext_shared_channel": False,
        "event_context": "4-eyJldCI6Im1lc3NhZ2UifQ",
    }


def _intercom(number: int, person: int) -> Any:
    lead, at = f"68aa10c4e1b2c3d4{person:08d}", _sent_at(number)
    source = {
        "type": "conversation",
        "id": f"33{number:09d}",
        "delivered_as": "customer_initiated",
        "subject": "",
        "body": f"<p>{_words(number)}</p>",
        "author": {"type": "lead", "id": lead, "name": f"Ana Ruiz {person}", "email": ""},
        "attachments": [],
        "url": "https://shop.example/invoices",
        "redacted": False,
    }
    people = [{"type": "contact", "id": lead, "external_id": None}]
    item = {
        "type": "conversation",
        "id": f"31{number:09d}",
        "created_at": at,
        "updated_at": at,
        "source": source,
        "contacts": {"type": "contact.list", "contacts": people},
        "open": True,
        "state": "open",
        "read": False,
        "priority": "not_priority",
        "title": "",
        "custom_attributes": {},
        "conversation_parts": {"type": "conversation_part.list", "conversation_parts": [], "total_count": 0},
    }
    return {
        "type": "notification_event",
        "app_id": APP,
        "data": {"type": "notification_event_data", "item": item},
        "links": {},
        "id": f"notif_5f0c7b1e-0001-4d4e-9a51-{number:012d}",
        "topic": "conversation.user.created",
        "delivery_status": "pending",
        "delivery_attempts": 1,
        "delivered_at": 0,
        "first_sent_at": at,
        "created_at": at,
        "self": None,
    }


CHANNELS = {
    "whatsapp": Channel("/webhooks/whatsapp", by_meta, _whatsapp),
    "intercom": Channel("/webhooks/intercom", by_intercom, _intercom),
    "slack": Channel("/slack/events", by_slack, _slack),
}
