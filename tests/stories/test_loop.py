"""The whole loop: a report on each channel, triage, Notion, fixed, approved, told. Imports nothing of ours."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.stories.processes import ANA, BEN, RITA, Story, call, labels
from tests.stories.test_door import slack

pytestmark = pytest.mark.story
TOLD = ("status_changed", "changelog_requested", "changelog_drafted", "changelog_edited", "changelog_approved")
WRITTEN = "**What happened:**\nIt broke.\n\n**How we fixed it:**\nA new queue.\n\n**Going forward:**\nAll well."
DAY = 24 * 3600


def test_a_report_on_each_channel_comes_back_to_its_reporter(story: Story):
    story.until(lambda: story.control("GET", "slack/users")["data"] and _agents_are_known(story))
    story.report("slack", RITA, "The export crashes when I open it")
    story.report("intercom", "ivy", "I cannot pay for my order", name="Ivy", email="ivy@example.com")
    story.report("whatsapp", "34600111222", "La aplicación se cae al entrar", name="Wim")
    story.report("whatsapp", "34600333444", "The map stays empty", name="Old", ago_seconds=DAY + 600)
    tickets = story.until(lambda: (len(rows := story.tickets()) == 4 and rows) or None)

    for ticket in tickets:
        triage(story, ticket["number"])
    pages = story.until(lambda: (len(rows := story.control("GET", "notion/pages")["data"]) == 4 and rows) or None)
    for page in pages:
        story.control("PATCH", f"notion/pages/{page['id']}", {"status": "Done"})
    for ticket in tickets:
        tell(story, ticket["number"], f"Edited by Ana for {ticket['number']}.")

    story.until(lambda: all(_is_told(story, ticket["id"]) for ticket in tickets))
    by_channel = {_place(ticket): ticket for ticket in tickets}
    slack = [row for row in story.sent("slack", "chat.postMessage") if "Edited by Ana" in str(row["body"])]
    slack = [row for row in slack if row["body"]["channel"] == "D0RITA"]
    assert [_text_for(row, by_channel["slack"]) for row in slack] == [True]
    intercom = [row for row in story.sent("intercom", "/reply") if row["status"] == 200]
    assert [_text_for(row, by_channel["intercom"]) for row in intercom] == [True]
    whatsapp = story.sent("whatsapp", "/messages")
    assert sorted((row["body"]["to"], row["body"]["type"]) for row in whatsapp) == [
        ("34600111222", "text"),
        ("34600333444", "template"),
    ]
    for ticket in tickets:
        _told_in_order(story, ticket)


def test_a_draft_without_words_is_refused_where_it_is_written_and_never_offered(story: Story):
    story.report("slack", RITA, "The map stays empty and grey")
    ticket = story.until(lambda: next((row for row in story.tickets() if "grey" in row["title"]), None))
    path = f"tickets/{ticket['id']}"
    assert story.api("PATCH", path, {"status": "resolved"})[0] == 200
    number = ticket["number"]
    form = story.modal(story.click(story.card_with(number, "Write it myself"), "Write it myself"))
    content = next(block["element"] for block in form["blocks"] if block["type"] == "input")
    refused = story.submit(form, {content["action_id"]: content["initial_value"]})
    assert refused["body"]["errors"] == {
        "changelog.content": "Write something under “What happened”, “How we fixed it” and “Going forward”: "
        "there are no words yet."
    }
    assert story.api("GET", f"{path}/changelog")[0] == 404

    assert story.api("POST", f"{path}/manual_changelog", {"content": content["initial_value"]})[0] < 300
    draft = story.until(lambda: next(iter((story.card(number) or {})["replies"]), None))
    assert "It cannot be approved like this. Write something under" in draft["text"]
    assert "Edit" in labels(draft)
    assert "Approve & send" not in labels(draft)


def test_approved_twenty_times_at_once_by_two_doors_it_is_sent_once(story: Story):
    story.report("slack", RITA, "The export crashes when I open it")
    (ticket,) = story.until(lambda: story.tickets() or None)
    story.api("PATCH", f"tickets/{ticket['id']}", {"status": "resolved"})
    story.api("POST", f"tickets/{ticket['id']}/manual_changelog", {"content": WRITTEN})
    draft = story.draft_of(ticket["number"])
    asked = [story.modal(story.click(draft, "Approve & send", user=user), user=user) for user in (ANA, BEN)]

    def press(turn: int) -> str:
        if turn % 2:
            return str(story.api("PATCH", f"tickets/{ticket['id']}/approve_changelog")[0])
        who = turn // 2 % 2
        status, answer = call("POST", f"{story.bot}/slack/events", *submission(asked[who], (ANA, BEN)[who]))
        return f"slack {status} {'refused' if answer else 'closed'}"

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(press, range(20)))
    assert set(answers) <= {"200", "409", "slack 200 closed", "slack 200 refused"}, answers
    assert len([answer for answer in answers if answer in ("200", "slack 200 closed")]) == 1, answers
    story.until(lambda: story.events(ticket["id"]).count("notification_sent") == 2 or None)
    events = story.events(ticket["id"])
    assert (events.count("changelog_approved"), events.count("notification_sent")) == (1, 2), (
        "the acknowledgement too"
    )
    rows = story.control("GET", "slack/messages?channel=D0RITA")["data"]
    assert sum("A new queue." in row["text"] for row in rows) == 1


def submission(view: dict[str, Any], user: str) -> tuple[bytes, dict[str, str]]:
    """A form as Slack sends it, signed: the played Slack would close its window at the first press."""
    sent = {"type": "view_submission", "team": {"id": "T0SANDBOX"}, "user": {"id": user}, "view": view}
    body, headers = slack(urlencode({"payload": json.dumps(sent)}).encode())
    return body, headers | {"Content-Type": "application/x-www-form-urlencoded"}


def triage(story: Story, number: int) -> None:
    story.click(story.card_with(number, "Take"), "Take")
    story.click(story.card_with(number, "Run AI triage"), "Run AI triage")
    story.click(story.card_with(number, "Accept"), "Accept")


def tell(story: Story, number: int, words: str) -> None:
    """Generate, edit, approve: what an agent does once Notion says Done."""
    preview = story.modal(story.click(story.card_with(number, "Generate with AI"), "Generate with AI"))
    assert "gpt-6-luna" in str(preview["blocks"])
    assert "o3-mini" not in str(preview["blocks"]), "a model that is not served is not offered"
    story.submit(preview)
    draft = story.draft_of(number)
    editing = story.modal(story.click(draft, "Edit"))
    content = next(block["element"] for block in editing["blocks"] if block["type"] == "input")
    heading = "**What happened:**"
    text = content["initial_value"].replace(heading, f"{heading} {words}", 1)
    story.submit(editing, {content["action_id"]: text})
    draft = story.until(lambda: (words in (row := story.draft_of(number))["text"] and row) or None)
    confirmation = story.modal(story.click(draft, "Approve & send"))
    assert words in str(confirmation["blocks"])
    story.submit(confirmation)
    story.until(lambda: "Approve & send" not in labels(_in_thread(story, number, draft["ts"])))


def _agents_are_known(story: Story) -> bool:
    return "usergroups" in str(story.sent("slack")) or "conversations.members" in str(story.sent("slack"))


def _in_thread(story: Story, number: int, ts: str) -> dict[str, Any]:
    card = story.card(number) or {}
    return next(row for row in card["replies"] if row["ts"] == ts)


def _place(ticket: dict[str, Any]) -> str:
    return str(ticket["channel"]) + ("-old" if "map" in ticket["title"] else "")


def _text_for(row: dict[str, Any], ticket: dict[str, Any]) -> bool:
    return f"Edited by Ana for {ticket['number']}." in str(row["body"])


def _is_told(story: Story, ticket_id: str) -> bool:
    return "notification_sent" in _after(story.events(ticket_id), "changelog_approved")


def _after(events: list[str], event: str) -> list[str]:
    return events[events.index(event) + 1 :] if event in events else []


def _told_in_order(story: Story, ticket: dict[str, Any]) -> None:
    """The events of the path, in its order, whatever else happened between."""
    events = story.events(ticket["id"])
    assert events.index("ai_triaged") < events.index("synced_to_notion") < events.index("changelog_requested")
    path = ["created", "assigned", "ai_triaged", "suggestion_", *TOLD, "notification_sent"]
    if ticket["channel"] == "whatsapp":
        path += ["notification_delivered", "notification_read"]
        events = story.until(lambda: ("notification_read" in (now := story.events(ticket["id"])) and now) or None)
    rest = iter(events)
    for step in path:
        assert any(event.startswith(step) for event in rest), (step, events)
