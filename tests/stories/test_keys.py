"""Every endpoint lets in a key that holds for what it may do, and no other. Imports nothing of ours."""

import hashlib
import json
import re
import secrets
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.stories.conftest import Start
from tests.stories.processes import Story, call, call_whole

pytestmark = pytest.mark.story
TEXT = "**What happened:**\nIt broke.\n\n**How we fixed it:**\nMended.\n\n**Going forward:**\nAll well."
MAKE_KEY = """
INSERT INTO api_keys (name, digest, scopes, expires_at) VALUES ($1, $2, $3, now() + interval '30 days')
"""
SCOPES = {"read", "write", "send", "operate", "privacy"}


def test_every_endpoint_refuses_every_key_that_does_not_hold(story: Story):
    revoked, expired = made(story, "revoked", SCOPES), made(story, "expired", SCOPES)
    story.run("intake", "keys", "revoke", "revoked")
    story.ask("UPDATE api_keys SET expires_at = now() - interval '1 s' WHERE name = 'expired'")
    lacking = {scope: made(story, f"lacks-{scope}", SCOPES - {scope}) for scope in SCOPES}
    refused = {
        None: "Send an API key",
        "hub_made-up": "Nobody has this API key",
        revoked: "revoked",
        expired: "expired",
    }
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
    expected = {(401, "api:revoked"), (401, "api:expired"), (401, None)}
    expected |= {(403, f"api:lacks-{scope}") for scope in SCOPES}
    story.until(lambda: expected <= refusals(story))
    log = (story.home / "intake.log").read_text()
    assert not [key for key in (revoked, expired, *lacking.values()) if key in log or key.removeprefix("hub_") in log]


def test_a_key_is_shown_once_holds_where_it_may_and_is_named_in_histories(story: Story):
    said = story.run("intake", "keys", "create", "dashboard", "--scopes", "read,write", "--days", "30")
    key = said.split()[-1]
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
    story = start(API_REQUESTS_PER_SECOND="1", API_MODEL_REQUESTS_PER_MINUTE="2")
    key = made(story, "eager", {"read", "write"})
    with ThreadPoolExecutor(7) as pool:  # one after the other they might be slow enough
        answers = list(pool.map(lambda _: whole(story, "GET", "tickets", key), range(7)))
    waits = [int(headers["Retry-After"]) for status, headers in answers if status == 429]
    assert [status for status, _ in answers].count(200) >= 5
    assert waits
    assert all(1 <= each <= 5 for each in waits)
    assert whole(story, "GET", "tickets", made(story, "calm", {"read"}))[0] == 200, "each key for itself"
    dear = made(story, "dear", {"write"})
    ticket = story.api("POST", "tickets", {"title": "It is slow"})[1]["data"]["id"]
    asked = f"{story.intake}/api/tickets/{ticket}/triage"
    assert call("POST", asked, {"modell": "x"}, {"Authorization": f"Bearer {dear}"})[0] == 422
    answers = [whole(story, "POST", f"tickets/{ticket}/triage", dear) for _ in range(3)]
    assert [status for status, _ in answers] == [202, 202, 429], "what costs money is asked less often"


def test_one_key_cannot_take_everything_and_the_hub_stays_ready(story: Story):
    greedy = made(story, "greedy", {"read"})
    with ThreadPoolExecutor(30) as pool:
        asked = [pool.submit(whole, story, "GET", "metrics/summary?period=30d", greedy) for _ in range(60)]
        ready = [call("GET", f"{story.intake}/ready")[0] for _ in range(5)]
        answers = [each.result() for each in asked]
    assert set(ready) == {200}
    assert 200 in {status for status, _ in answers} <= {200, 429}, "they wait their turn, and not for ever"
    assert all(headers["Retry-After"] for status, headers in answers if status == 429)


def test_running_work_again_is_no_way_around_telling_people(story: Story):
    ticket = story.api("POST", "tickets", {"title": "It is slow", "channel": "slack"})[1]["data"]["id"]
    story.api("PATCH", f"tickets/{ticket}", {"status": "resolved"})
    story.api("POST", f"tickets/{ticket}/manual_changelog", {"content": TEXT})
    story.api("POST", "dead_letter_jobs/force_fail", {"job_class": "dispatch"})
    story.api("PATCH", f"tickets/{ticket}/approve_changelog")
    letter = story.until(lambda: story.api("GET", "dead_letter_jobs?job_class=dispatch")[1]["data"] or None)[0]["id"]
    headers = {"Authorization": f"Bearer {made(story, 'mender', {'read', 'operate'})}"}
    status, answer = call("POST", f"{story.intake}/api/dead_letter_jobs/{letter}/retry", None, headers)
    assert (status, answer["error"]["details"]) == (403, {"scope": "send"})
    many = f"{story.intake}/api/dead_letter_jobs/retry"
    status, answer = call("POST", many, {"ids": [letter]}, headers)
    assert (status, answer["data"]["started"]) == (202, 0)
    assert answer["data"]["refused"][0]["code"] == "forbidden"
    assert story.api("POST", f"dead_letter_jobs/{letter}/retry")[0] == 202


def test_a_text_that_changed_since_it_was_read_is_not_sent(story: Story):
    ticket = story.api("POST", "tickets", {"title": "It is slow", "reporter": {"email": "bo@example.com"}})[1][
        "data"
    ]["id"]
    path = f"tickets/{ticket}"
    story.api("PATCH", path, {"status": "resolved"})
    story.api("POST", f"{path}/manual_changelog", {"content": TEXT})
    read = story.api("GET", f"{path}/changelog")[1]["data"]["leaves"]
    assert (read["channel"], read["recipient"]) == ("email", "email:bo@example.com")
    story.api("PATCH", f"{path}/update_changelog_draft", {"content": TEXT + " Call us at evil.example."})
    status, answer = story.api("PATCH", f"{path}/approve_changelog", {"shown": read["hash"]})
    assert (status, answer["error"]["code"]) == (409, "stale")
    now = story.api("GET", f"{path}/changelog")[1]["data"]["leaves"]
    assert "evil.example" in now["text"]
    story.api("PATCH", f"{path}/update_changelog_draft", {"content": TEXT + " We wrote to [EMAIL_1]."})
    assert story.api("GET", f"{path}/changelog")[1]["data"]["leaves"] is None, "it cannot be approved as it is"
    story.api("PATCH", f"{path}/update_changelog_draft", {"content": TEXT + " Call us at evil.example."})
    assert story.api("PATCH", f"{path}/approve_changelog", {"shown": now["hash"]})[0] == 200
    assert story.api("GET", f"{path}/changelog")[1]["data"]["leaves"] is None


def test_production_makes_nothing_up(start: Start):
    story = start(HUB_ENV="production", INTAKE_URL="")
    assert not [path for path in story.document()["paths"] if "simulate" in path or "force_fail" in path]
    for path in ("simulate_incident", "simulate_ticket"):
        assert story.api("POST", f"ticket_groups/{path}")[0] in {404, 405}
    assert story.api("POST", "dead_letter_jobs/force_fail")[0] == 404
    assert story.api("POST", f"tickets/{uuid.uuid4()}/simulate_status")[0] == 404


def refusals(story: Story) -> set[tuple[int, str | None]]:
    """Status and whose key it was, as the log says it."""
    rows = [
        json.loads(line)
        for line in (story.home / "intake.log").read_text().splitlines()
        if line.startswith("{") and line.endswith("}")
    ]
    return {(row["status"], row.get("by")) for row in rows if row["message"] == "request_answered"}


def endpoints(story: Story) -> Iterator[tuple[str, str, str]]:
    for path, operations in story.document()["paths"].items():
        for method, operation in operations.items():
            yield method.upper(), re.sub(r"{\w+}", str(uuid.uuid4()), path), operation["x-scope"]


def made(story: Story, name: str, scopes: set[str]) -> str:
    """A key as the command keeps it, whose start is tried by `test_a_key_is_shown_once_…`."""
    key = f"hub_{secrets.token_urlsafe(32)}"
    story.ask(MAKE_KEY, name, hashlib.sha256(key.encode()).digest(), sorted(scopes))
    return key


def asked(story: Story, method: str, path: str, key: str | None) -> tuple[int, str, str]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    status, answer = call(method, f"{story.intake}{path}", None, headers)
    return status, answer["error"]["code"], answer["error"]["message"]


def whole(story: Story, method: str, path: str, key: str) -> tuple[int, Mapping[str, str]]:
    headers = {"Authorization": f"Bearer {key}"}
    return call_whole(method, f"{story.intake}/api/{path}", None, headers)[:2]
