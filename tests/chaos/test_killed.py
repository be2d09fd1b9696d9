"""kill -9 in the middle: the next worker finishes, and nobody is told twice. Redis emptied: likewise."""

import time
from typing import Any

import pytest
import redis

from tests.stories.processes import RITA, Story, labels
from tests.stories.test_loop import tell, triage

pytestmark = pytest.mark.story


def resolved(story: Story, channel: str, who: str, text: str, **facts: Any) -> dict[str, Any]:
    """A ticket of theirs with an edited draft, ready to be approved."""
    story.report(channel, who, text, **facts)
    ticket = story.until(lambda: next((row for row in story.tickets() if row["title"] == text), None))
    assert story.api("PATCH", f"tickets/{ticket['id']}", {"status": "resolved"})[0] == 200
    content = "**What happened:**\nIt broke.\n\n**How we fixed it:**\nMended.\n\n**Going forward:**\nAll well."
    assert story.api("POST", f"tickets/{ticket['id']}/manual_changelog", {"content": content})[0] == 201
    story.draft_of(ticket["number"])
    return dict(ticket)


def approve(story: Story, ticket: dict[str, Any]) -> None:
    assert story.api("PATCH", f"tickets/{ticket['id']}/approve_changelog")[0] == 200


def told(story: Story, ticket: dict[str, Any]) -> bool:
    events = story.events(ticket["id"])
    return (
        "notification_sent" in events[events.index("changelog_approved") :]
        if "changelog_approved" in events
        else False
    )


def die_during(story: Story, platform: str, path: str) -> None:
    """Kill the worker while the platform holds its request back, then start another."""
    story.until(lambda: holding(story, platform, path))
    story.kill("worker")
    story.faults(platform, "off")
    story.start("worker")


def holding(story: Story, platform: str, path: str) -> bool:
    """Whether a held-back request is at the platform: its fault has been used up."""
    faults = story.control("GET", "faults")["data"]
    return not any(row["platform"] == platform and (row.get("path") or "") in path for row in faults)


def test_a_worker_killed_during_triage(story: Story):
    story.report("whatsapp", "34600000001", "The map is empty", name="Mia")
    story.until(story.tickets)
    story.faults("openai", "timeout", path="chat", times=1)
    story.click(story.card_with(1, "Run AI triage"), "Run AI triage")
    die_during(story, "openai", "chat")
    story.card_with(1, "Accept")
    assert story.events(story.tickets()[0]["id"]).count("ai_triaged") == 1


def test_a_worker_killed_during_a_push_makes_one_page(story: Story):
    story.report("whatsapp", "34600000002", "The list is empty", name="Leo")
    story.until(story.tickets)
    story.faults("notion", "timeout", path="v1/pages", times=1)
    triage(story, 1)
    die_during(story, "notion", "v1/pages")
    story.until(lambda: "synced_to_notion" in story.events(story.tickets()[0]["id"]))
    assert len(story.control("GET", "notion/pages")["data"]) == 1


def test_a_page_whose_answer_was_lost_is_found_not_made_again(story: Story):
    story.report("whatsapp", "34600000003", "The menu is empty", name="Pia")
    story.until(story.tickets)
    story.faults("notion", "reset_after", path="v1/pages", times=1)
    triage(story, 1)
    story.until(lambda: "synced_to_notion" in story.events(story.tickets()[0]["id"]))
    assert len(story.control("GET", "notion/pages")["data"]) == 1


def test_a_card_whose_answer_was_lost_is_looked_for_and_not_posted_again(story: Story):
    story.faults("slack", "reset_after", path="chat.postMessage", times=1)
    story.report("whatsapp", "34600000007", "The chart is empty", name="Ugo")
    story.until(lambda: story.sent("slack", "conversations.history"))
    triage(story, 1)
    assert len(story.sent("slack", "chat.postMessage")) == 1


def test_a_worker_killed_during_a_send_on_slack_looks_before_it_sends_again(story: Story):
    ticket = resolved(story, "slack", RITA, "The export crashes")
    story.faults("slack", "timeout", path="chat.postMessage", times=1)
    approve(story, ticket)
    die_during(story, "slack", "chat.postMessage")
    story.until(lambda: told(story, ticket))
    assert len(_resolutions(story)) == 1


def test_a_slack_message_whose_answer_was_lost_is_found_not_sent_again(story: Story):
    ticket = resolved(story, "slack", RITA, "The import crashes")
    story.faults("slack", "reset_after", path="chat.postMessage", times=1)
    approve(story, ticket)
    story.until(lambda: told(story, ticket))
    assert len(_resolutions(story)) == 1


def test_an_intercom_reply_whose_answer_was_lost_is_found_not_sent_again(story: Story):
    ticket = resolved(story, "intercom", "ivy", "Paying fails", name="Ivy")
    story.faults("intercom", "reset_after", path="/reply", times=1)
    approve(story, ticket)
    story.until(lambda: told(story, ticket))
    parts = [row for row in story.sent("intercom", "/reply") if row["method"] == "POST"]
    assert len(parts) == 1


def test_a_whatsapp_send_that_nobody_can_look_up_is_put_before_an_agent(story: Story):
    ticket = resolved(story, "whatsapp", "34600000004", "The app is slow", name="Max")
    story.faults("whatsapp", "timeout", path="/messages", times=1)
    approve(story, ticket)
    die_during(story, "whatsapp", "/messages")
    card = story.card_with(ticket["number"], "Send again")
    assert "It arrived" in labels(card)
    time.sleep(4)
    assert _accepted(story) == 0, "nothing is repeated by itself"
    story.click(card, "Send again")
    story.until(lambda: told(story, ticket))
    assert _accepted(story) == 1


def test_a_lost_answer_of_whatsapp_is_settled_by_its_receipt(story: Story):
    ticket = resolved(story, "whatsapp", "34600000005", "The app is cold", name="Kim")
    story.faults("whatsapp", "reset_after", path="/messages", times=1)
    approve(story, ticket)
    story.until(lambda: "notification_read" in story.events(ticket["id"]))
    assert _accepted(story) == 1


def test_redis_emptied_and_killed_in_the_middle_loses_nothing(story: Story, embedded, redis_url: str):
    for number in range(12):
        story.report("whatsapp", f"3461000{number:04}", f"Problem number {number}", name=f"P{number}")
        if number % 4 == 1:
            redis.Redis.from_url(redis_url).flushall()
    embedded.redis.kill()
    for number in range(12, 16):
        assert story.report("whatsapp", f"3461000{number:04}", f"Problem number {number}")["status"] == 200
    story.until(lambda: all(story.card(number) for number in range(1, 15)))
    embedded.redis.start()
    story.until(lambda: all(story.card(number) for number in range(1, 17)))
    assert len(story.tickets()) == 16
    tickets = story.tickets()
    story.api("PATCH", f"tickets/{tickets[0]['id']}", {"status": "resolved"})
    tell(story, tickets[0]["number"], "Mended.")
    story.until(lambda: told(story, tickets[0]))


def test_a_worker_asked_to_stop_hands_its_work_over(story: Story):
    story.report("whatsapp", "34600000006", "The page is blank", name="Zoe")
    story.until(lambda: story.card(1))
    story.running["worker"].terminate()
    assert story.running["worker"].wait(timeout=60) == 0
    story.start("worker")
    triage(story, 1)


def _resolutions(story: Story) -> list[dict[str, Any]]:
    rows = story.control("GET", "slack/messages?channel=D0RITA")["data"]
    return [row for row in rows if "How we fixed it" in row["text"]]


def _accepted(story: Story) -> int:
    return sum(1 for row in story.sent("whatsapp", "/messages") if row["status"] == 200)
