"""Every endpoint lets in a key that holds for what it may do, and no other. Imports nothing of ours."""

import asyncio
import re
import uuid
from collections.abc import Iterator, Mapping

import asyncpg
import pytest

from tests.stories.conftest import Start
from tests.stories.processes import Story, call, call_whole

pytestmark = pytest.mark.story
SCOPES = {"read", "write", "send", "operate", "privacy"}


def test_every_endpoint_refuses_every_key_that_does_not_hold(story: Story, database_url: str):
    revoked, expired = made(story, "revoked", SCOPES), made(story, "expired", SCOPES)
    story.run("intake", "keys", "revoke", "revoked")
    asyncio.run(run_out(database_url, "expired"))
    lacking = {scope: made(story, f"lacks-{scope}", SCOPES - {scope}) for scope in SCOPES}
    refused = {None: "Send an API key", "hub_made-up": "Send an API key", revoked: "revoked", expired: "expired"}
    seen = 0
    for method, path, scope in endpoints(story):
        for key, said in refused.items():
            status, code, message = asked(story, method, path, key)
            assert (status, code) == (401, "unauthorized"), (method, path, said)
            assert said in message
        status, code, message = asked(story, method, path, lacking[scope])
        assert (status, code) == (403, "forbidden"), (method, path)
        assert f"it needs the scope {scope}" in message
        seen += 1
    assert seen > 40


def test_a_key_is_shown_once_holds_where_it_may_and_is_named_in_histories(story: Story):
    key = made(story, "dashboard", {"read", "write"})
    headers = {"Authorization": f"Bearer {key}"}
    status, answer = call("POST", f"{story.intake}/api/tickets", {"title": "It is slow"}, headers)
    assert status == 201
    events = call("GET", f"{story.intake}/api/tickets/{answer['data']['id']}", None, headers)[1]["data"]["events"]
    assert events[0]["actor_id"] == "api:dashboard"
    listed = story.run("intake", "keys", "list")
    assert key not in listed
    assert "dashboard" in listed
    assert "read,write" in listed
    assert "never used" not in listed
    assert story.refused("intake", "keys", "create", "dashboard").startswith("There has been a key called dashboard")
    assert "cannot be a key's name" in story.refused("intake", "keys", "create", "Not this")
    assert "the scopes are read" in story.refused("intake", "keys", "create", "other", "--scopes", "all")
    assert story.refused("intake", "keys", "revoke", "nobody") == "There is no key called nobody."


def test_a_key_that_asks_too_often_is_told_when_to_ask_again(start: Start):
    story = start(API_REQUESTS_PER_SECOND="1", API_MODEL_REQUESTS_PER_MINUTE="12")
    key = made(story, "eager", {"read", "write"})
    answers = [whole(story, "GET", "tickets", key) for _ in range(7)]
    assert [status for status, _ in answers][:5] == [200] * 5
    assert answers[-1][0] == 429
    assert 1 <= int(answers[-1][1]["Retry-After"]) <= 5
    assert whole(story, "GET", "tickets", made(story, "calm", {"read"}))[0] == 200, "each key for itself"
    dear = made(story, "dear", {"write"})
    answers = [whole(story, "POST", "ticket_groups/suggest", dear) for _ in range(2)]
    assert [status for status, _ in answers] == [202, 429], "what costs money is asked less often"


def test_production_makes_nothing_up(start: Start):
    story = start(HUB_ENV="production")
    assert not [path for path in story.document()["paths"] if "simulate" in path or "force_fail" in path]
    for path in ("simulate_incident", "simulate_ticket"):
        assert story.api("POST", f"ticket_groups/{path}")[0] in {404, 405}
    assert story.api("POST", "dead_letter_jobs/force_fail")[0] == 404
    assert story.api("POST", f"tickets/{uuid.uuid4()}/simulate_status")[0] == 404


def endpoints(story: Story) -> Iterator[tuple[str, str, str]]:
    for path, operations in story.document()["paths"].items():
        for method, operation in operations.items():
            yield method.upper(), re.sub(r"{\w+}", str(uuid.uuid4()), path), operation["x-scope"]


def made(story: Story, name: str, scopes: set[str]) -> str:
    said = story.run("intake", "keys", "create", name, "--scopes", ",".join(sorted(scopes)), "--days", "30")
    return said.split()[-1]


def asked(story: Story, method: str, path: str, key: str | None) -> tuple[int, str, str]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    status, answer = call(method, f"{story.intake}{path}", None, headers)
    return status, answer["error"]["code"], answer["error"]["message"]


def whole(story: Story, method: str, path: str, key: str) -> tuple[int, Mapping[str, str]]:
    headers = {"Authorization": f"Bearer {key}"}
    return call_whole(method, f"{story.intake}/api/{path}", None, headers)[:2]


async def run_out(database_url: str, name: str) -> None:
    """The time of this key is over."""
    connection = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    try:
        await connection.execute("UPDATE api_keys SET expires_at = now() - interval '1 s' WHERE name = $1", name)
    finally:
        await connection.close()
