"""Notion's webhooks: signed hints that a page has changed, without saying to what."""

import re
from typing import Any
from uuid import UUID

from hub.channel import Headers
from platforms import signature
from platforms.payload import child, children, words

SETTING = "NOTION_WEBHOOK_SECRET"
_TOKEN = re.compile(r"secret_[A-Za-z0-9_-]{16,200}")


def verify(headers: Headers, body: bytes, *, secret: str) -> None:
    """Notion's "Webhooks": HMAC-SHA256 of the raw body, keyed by the verification token."""
    signature.verify(
        body,
        headers.get("x-notion-signature", ()),
        secret=secret,
        algorithm="sha256",
        prefix="sha256=",
        setting=SETTING,
    )


def offered_token(payload: Any) -> str | None:
    """The token of the first request to a new subscription, which a person has to paste back into Notion."""
    token = words(payload, "verification_token") if isinstance(payload, dict) else ""
    return token if _TOKEN.fullmatch(token) else None


def page_of(payload: Any) -> UUID | None:
    """The page somebody has changed; None for what bots did (our own pushes among it) and for what is no page."""
    if not isinstance(payload, dict) or not words(payload, "type").startswith("page."):
        return None
    authors = children(payload, "authors")
    if authors and all(words(author, "type") == "bot" for author in authors):
        return None
    try:
        return UUID(words(child(payload, "entity"), "id"))
    except ValueError:
        return None
