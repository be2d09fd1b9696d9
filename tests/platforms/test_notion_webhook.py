"""Notion's signed hints: who may send them, and which page they speak of."""

import hashlib
import hmac
import json
from uuid import UUID

import pytest

from hub.errors import ChannelOff, Forged
from platforms.notion import webhook

SECRET = "secret_0123456789abcdef"
PAGE = "1f0c6a52-8a53-4b8e-9c53-0d6c1f2e4b7a"
EVENT = {
    "type": "page.properties_updated",
    "authors": [{"id": "6c1f2e4b-8a53-4b8e-9c53-0d6c1f2e4b7a", "type": "person"}],
    "entity": {"id": PAGE, "type": "page"},
    "data": {"parent": {"id": "x", "type": "database"}, "updated_properties": ["sT%40s"]},
}


def signed(body: bytes, secret: str = SECRET) -> dict[str, list[str]]:
    return {"x-notion-signature": ["sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()]}


def test_a_hint_signed_with_the_verification_token_is_taken():
    body = json.dumps(EVENT).encode()
    webhook.verify(signed(body), body, secret=SECRET)


def test_a_hint_signed_with_anything_else_is_refused():
    body = json.dumps(EVENT).encode()
    for headers in (signed(body, "another"), signed(b"{}"), {}, {"x-notion-signature": ["sha256="]}):
        with pytest.raises(Forged):
            webhook.verify(headers, body, secret=SECRET)


def test_without_a_secret_nothing_is_taken():
    with pytest.raises(ChannelOff, match="NOTION_WEBHOOK_SECRET"):
        webhook.verify(signed(b"{}", " "), b"{}", secret=" ")


def test_the_page_somebody_changed_is_named():
    assert webhook.page_of(EVENT) == UUID(PAGE)


@pytest.mark.parametrize(
    "other",
    [
        {"authors": [{"id": "b", "type": "bot"}]},
        {"type": "data_source.schema_updated"},
        {"entity": {"id": "no id", "type": "page"}},
        {"entity": []},
        {"type": 7},
    ],
)
def test_what_bots_did_and_what_is_no_page_names_none(other: dict[str, object]):
    assert webhook.page_of(EVENT | other) is None


def test_the_token_of_a_new_subscription_is_found_and_nothing_else_is():
    assert webhook.offered_token({"verification_token": SECRET}) == SECRET
    for other in ({"verification_token": "x\ny"}, {"verification_token": 1}, {}, [], "secret_"):
        assert webhook.offered_token(other) is None
