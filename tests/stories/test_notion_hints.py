"""Notion's webhook at the door: signed hints are taken, others are not, and a new subscription's token is kept."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from tests.stories.conftest import Start
from tests.stories.processes import SECRETS, Story, call

pytestmark = pytest.mark.story
PAGE = "1f0c6a52-8a53-4b8e-9c53-0d6c1f2e4b7a"
HINT = {"type": "page.properties_updated", "authors": [{"id": "p", "type": "person"}], "entity": {"id": PAGE}}


def test_only_signed_hints_are_taken(story: Story):
    assert hint(story, HINT) == 200
    assert hint(story, HINT, secret="another") == 401
    assert hint(story, {"type": "comment.created"}) == 200
    assert call("POST", f"{story.intake}/webhooks/notion", b"not json")[0] == 401
    assert hint(story, b"{") == 400
    assert [row for row in story.sent("notion") if PAGE in row["path"]] == [], "a page of no ticket is not asked for"


def test_a_new_subscription_leaves_its_token_where_only_the_operator_reads_it(start: Start):
    story = start(NOTION_WEBHOOK_SECRET="")
    assert hint(story, HINT) == 503
    assert hint(story, {"verification_token": "secret_of_a_new_subscription"}) == 200
    kept = story.home / "notion-verification-token"
    assert kept.read_text() == "secret_of_a_new_subscription\n"
    assert kept.stat().st_mode & 0o077 == 0
    story.until(lambda: "notion-verification-token" in story.last_words("intake"))
    assert "secret_of_a_new_subscription" not in story.last_words("intake")


def hint(story: Story, body: Any, *, secret: str = SECRETS["NOTION_WEBHOOK_SECRET"]) -> int:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    signature = "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    return call("POST", f"{story.intake}/webhooks/notion", raw, {"X-Notion-Signature": signature})[0]
