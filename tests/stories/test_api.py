"""The REST door: tickets and changelogs, their shapes and their refusals."""

import uuid
from typing import Any

import pytest

from tests.stories.processes import KEY, Story, call, call_whole

pytestmark = pytest.mark.story
GOOD = "**What happened:**\nIt broke.\n\n**How we fixed it:**\nMended.\n\n**Going forward:**\nAll well."


def test_the_life_of_a_ticket_over_rest(story: Story):
    ticket = created(story, title="", description="The invoice is wrong", reporter={"email": "Bo@Example.com"})
    assert (ticket["status"], ticket["type"], ticket["channel"]) == ("open", "bug", "in_app")
    path = f"tickets/{ticket['id']}"

    assert story.api("POST", f"{path}/accept_suggestion")[0] == 409
    assert story.api("POST", f"{path}/triage", {"model": "gpt-6-luna"})[0] == 202
    story.until(lambda: story.api("GET", path)[1]["data"]["ai_outcome"] == "waiting")
    status, answer = story.api("POST", f"{path}/accept_suggestion", {"priority": 0, "type": "incident"})
    assert (status, answer["data"]["priority"], answer["data"]["ai_outcome"]) == (200, 0, "modified")
    assert story.api("POST", f"{path}/reject_suggestion")[0] == 409

    assert story.api("POST", f"{path}/generate_changelog")[0] == 409, "not resolved yet"
    version = story.api("GET", path)[1]["data"]["version"]
    status, answer = story.api("PATCH", path, {"status": "resolved", "version": version})
    assert (status, answer["data"]["status"]) == (200, "resolved")
    assert story.api("PATCH", path, {"priority": 3, "version": version})[0] == 409
    assert story.api("PATCH", path, {"priority": 3})[0] == 200
    assert _if_match(story, path, f'"{version}"') == 409
    assert _if_match(story, path, "not a number") == 422

    assert story.api("GET", f"{path}/changelog")[0] == 404
    assert story.api("PATCH", f"{path}/approve_changelog")[0] == 409
    preview = story.api("GET", f"{path}/preview_changelog")[1]["data"]
    assert "The invoice is wrong" in preview["scrubbed_text"]
    assert story.api("POST", f"{path}/generate_changelog")[0] == 202
    entry = story.until(lambda: ((row := story.api("GET", f"{path}/changelog"))[0] == 200 and row[1]["data"]) or None)
    assert (entry["status"], entry["ai_model"], entry["leaks"], entry["claims"]) == ("draft", "gpt-5.1", {}, [])
    assert story.api("POST", f"{path}/generate_changelog")[1]["data"]["id"] == entry["id"]
    assert story.api("POST", f"{path}/manual_changelog", {"content": GOOD})[0] == 409
    assert story.api("PATCH", f"{path}/update_changelog_draft", {"content": "no headings"})[0] == 200
    assert story.api("PATCH", f"{path}/approve_changelog")[0] == 422
    promising = {"content": f"{GOOD} You get a refund."}
    assert story.api("PATCH", f"{path}/update_changelog_draft", promising)[1]["data"]["claims"] == [
        "a promise (refund)"
    ]
    assert story.api("PATCH", f"{path}/update_changelog_draft", {"content": GOOD})[0] == 200
    status, answer = story.api("PATCH", f"{path}/approve_changelog", {"approved_by": "Maria"})
    assert (status, answer["data"]["approved_by"], answer["data"]["on_behalf_of"]) == (200, "api:bootstrap", "Maria")
    assert story.api("PATCH", f"{path}/approve_changelog")[0] == 409
    assert [row["id"] for row in story.api("GET", "changelog_entries?status=approved")[1]["data"]] == [entry["id"]]
    assert story.api("GET", "changelog_entries?status=draft")[1]["data"] == []
    story.until(lambda: "notification_failed" in story.events(ticket["id"]))
    story.until(lambda: "manual follow-up" in str((story.card(ticket["number"]) or {})["blocks"]))


def test_lists_are_filtered_and_paged(story: Story):
    for number in range(7):
        created(story, title=f"Feature request: add colour {number}" if number % 2 else f"It crashes {number}")
    _, answer = story.api("GET", "tickets?limit=3")
    numbers = [row["number"] for row in answer["data"]]
    while cursor := answer["page"]["next_cursor"]:
        _, answer = story.api("GET", f"tickets?limit=3&cursor={cursor}")
        numbers += [row["number"] for row in answer["data"]]
    assert numbers == [7, 6, 5, 4, 3, 2, 1]
    for query, expected in {
        "type=bug": 4,
        "type=feature_request": 3,
        "status=resolved": 0,
        "channel=in_app": 7,
    }.items():
        assert len(story.api("GET", f"tickets?{query}")[1]["data"]) == expected, query
    story.api("PATCH", f"tickets/{story.tickets()[0]['id']}", {"priority": 0, "tags": ["vip"]})
    assert [row["tags"] for row in story.api("GET", "tickets?priority=0")[1]["data"]] == [["vip"]]


def test_what_is_wrong_is_named(story: Story):
    ticket = created(story, title="A ticket")
    wrong: list[tuple[str, str, Any, int, str]] = [
        ("GET", "tickets?status=closed", None, 422, "status"),
        ("GET", "tickets?priority=7", None, 422, "priority"),
        ("GET", "tickets?limit=0", None, 422, "limit"),
        ("GET", "tickets?colour=red", None, 422, "colour: is not known here"),
        ("GET", "tickets?status=open&status=resolved", None, 422, "given twice"),
        ("GET", "tickets?channel=fax", None, 422, "there are slack"),
        ("GET", f"tickets/{ticket['id']}?full=1", None, 422, "takes no full"),
        ("GET", "tickets?cursor=nonsense", None, 422, "cursor"),
        ("GET", "changelog_entries?cursor=bm9uc2Vuc2U", None, 422, "cursor"),
        ("GET", "tickets/not-a-uuid", None, 404, "UUID"),
        ("GET", f"tickets/{uuid.uuid4()}", None, 404, "no ticket"),
        ("POST", "tickets", {}, 422, "title or a description"),
        ("POST", "tickets", {"title": 5}, 422, "title"),
        ("POST", "tickets", {"title": "x" * 121}, 422, "at most 120"),
        ("POST", "tickets", {"titel": "x"}, 422, "titel"),
        ("POST", "tickets", {"title": "x", "channel": "fax"}, 422, "channel"),
        ("POST", "tickets", {"title": "x", "reporter": {"email": "nobody"}}, 422, "is no e-mail address"),
        ("POST", "tickets", b"{", 400, "well-formed: it has to be JSON"),
        ("POST", "tickets", [], 422, "body"),
        ("PATCH", f"tickets/{ticket['id']}", {"status": "lost", "priority": 9}, 422, "priority"),
        ("PATCH", f"tickets/{ticket['id']}", {"number": 3}, 422, "number"),
        ("PATCH", f"tickets/{ticket['id']}", {"title": "   "}, 422, "something has to be written"),
        ("PATCH", f"tickets/{ticket['id']}", {"priority": True}, 422, "true and false are no number"),
        ("PATCH", f"tickets/{ticket['id']}", {"assignee_id": "T1:UNOBODY"}, 422, "not an agent"),
        ("POST", "webhook_deliveries/replay", {}, 422, "from when on"),
        (
            "POST",
            "webhook_deliveries/replay",
            {"received_from": "2026-01-02T00:00Z", "received_until": "2026-01-01T00:00Z"},
            422,
            "later",
        ),
        ("POST", f"tickets/{ticket['id']}/manual_changelog", {}, 422, "content"),
        ("DELETE", f"tickets/{ticket['id']}", None, 405, "takes GET, PATCH, and not DELETE"),
        ("GET", "nothing", None, 404, "nothing at this address"),
    ]
    for method, path, body, expected, named in wrong:
        status, answer = story.api(method, path, body)
        assert (status, set(answer["error"])) == (expected, {"code", "message", "details"}), (method, path, answer)
        assert named in answer["error"]["message"], answer


def test_what_no_calendar_knows_is_as_early_or_late_as_there_is_anything(story: Story):
    for far in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        assert story.api("POST", "webhook_deliveries/replay", {"received_from": far})[0] == 202
        assert story.api("POST", "webhook_deliveries/replay", {"received_until": far})[0] == 202
        assert story.api("POST", "ticket_groups/suggest", {"start_time": far})[0] in {202, 409, 422}
        assert story.api("POST", "ticket_groups/suggest", {"end_time": far})[0] in {202, 409, 422}


def test_every_answer_is_hardened_and_says_nothing_of_what_it_runs_on(story: Story):
    headers = {"Authorization": f"Bearer {KEY}", "X-Request-Id": "mine-1"}
    for path, expected in (("api/tickets", 200), ("api/tickets/x", 404), ("up", 200), ("nothing", 404)):
        status, found, _ = call_whole("GET", f"{story.intake}/{path}", None, headers)
        assert status == expected
        assert found["Content-Security-Policy"].startswith("default-src 'none'")
        assert (found["X-Content-Type-Options"], found["X-Request-Id"]) == ("nosniff", "mine-1")
        assert "Server" not in found
    compressed = {**headers, "Content-Encoding": "gzip"}
    assert call("POST", f"{story.intake}/api/tickets", b"x", compressed)[0] in {400, 415}
    assert call("POST", f"{story.intake}/api/tickets", b" " * (1024 * 1024 + 1), headers)[0] == 413


def test_tickets_are_found_by_what_people_know_of_them(story: Story):
    created(story, title="The invoice is blank", reporter={"name": "Bo", "email": "bo@example.com"})
    tagged = created(story, title="It is slow")
    story.api("PATCH", f"tickets/{tagged['id']}", {"tags": ["speed"]})
    for query, expected in {
        "number=1": [1],
        "words=invoice": [1],
        "reporter=bo": [1],
        "reporter=bo%40example.com": [1],
        "tag=speed": [2],
        "assignee=": [2, 1],
        "assignee=T1:UANA": [],
    }.items():
        assert [row["number"] for row in story.api("GET", f"tickets?{query}")[1]["data"]] == expected, query


def created(story: Story, **body: Any) -> dict[str, Any]:
    status, answer = story.api("POST", "tickets", body)
    assert status == 201, answer
    return dict(answer["data"])


def _if_match(story: Story, path: str, tag: str) -> int:
    headers = {"Authorization": f"Bearer {KEY}", "If-Match": tag}
    return call("PATCH", f"{story.intake}/api/{path}", {"priority": 2}, headers)[0]
