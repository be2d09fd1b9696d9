"""WhatsApp deliveries as Meta sends them ("Webhooks: messages"), signed; half are from people who wrote before."""

import hmac
import json

SECRET = "an app secret that only the bench knows"
PHONE_NUMBER_ID = "106540352242922"
FIRST_SENT_AT = 1_577_836_800
"""The year 2020: what a platform dates in the future is not believed."""
BETWEEN_DELIVERIES = 3600
"""Seconds by the platform's clock: far beyond any burst window, so every delivery opens a ticket."""


def requests(first: int, count: int, *, port: int) -> list[bytes]:
    """Whole HTTP requests, of the deliveries numbered from `first`, which was the `count` of all sent before."""
    return [request(body(number, person=author(number, first)), port=port) for number in range(first, first + count)]


def author(number: int, first: int) -> int:
    """Whoever writes with an even number is new; with an odd one, somebody of an earlier block, each at most once.

    So no two messages of one person are ever under way together, and both servers write the same whatever the order.
    """
    earlier = (first - 1 - (number - first)) // 2
    return number if number % 2 == 0 or earlier < 0 else 2 * earlier


def request(content: bytes, *, port: int, secret: str = SECRET) -> bytes:
    signature = hmac.digest(secret.encode(), content, "sha256").hex()
    head = (
        "POST /webhooks/whatsapp HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{port}\r\n"
        "Accept: */*\r\n"
        "User-Agent: facebookexternalua\r\n"
        "Content-Type: application/json\r\n"
        f"X-Hub-Signature-256: sha256={signature}\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def body(number: int, *, person: int) -> bytes:
    phone = f"34{person:09d}"
    said = {
        "from": phone,
        "id": f"wamid.HBgLMzQ2MDAxMTEyMjIVAgASGBQzQUE{number:09d}A",
        "timestamp": str(FIRST_SENT_AT + number * BETWEEN_DELIVERIES),
        "text": {"body": f"The app crashes when I save invoice {number}, it did not before the last update."},
        "type": "text",
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": PHONE_NUMBER_ID},
        "contacts": [{"profile": {"name": f"Ana Ruiz {person}"}, "wa_id": phone}],
        "messages": [said],
    }
    entry = {"id": "102290129340398", "changes": [{"value": value, "field": "messages"}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}, separators=(",", ":")).encode()
