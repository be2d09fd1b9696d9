"""Lists on Home: what reporters were told, sent anew from its window, and the texts they were told."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.stories.processes import ANA, Story

pytestmark = pytest.mark.story
DAY = 24 * 3600
PHONE = "34600333444"
TEXT = "**What happened:**\nIt hung.\n\n**How we fixed it:**\nA new queue.\n\n**Going forward:**\nWe watch it."


def test_a_message_that_was_given_up_is_sent_once_more_from_its_window(story: Story):
    story.control("POST", "whatsapp", {"template": "paused"})
    ticket = approved(story)
    story.until(lambda: "notification_failed" in story.events(ticket["id"]) or None)

    at_home(story, "home.notifications", "not allowed on this channel", press_when="Notifications")
    at_home(story, "notifications.status", f"#{ticket['number']} The map stays empty", value="channel_restricted")
    press(story, "notification.details")
    details = story.window("The template is paused for low quality: change it in WhatsApp Manager.")
    assert "A new queue." in str(details)
    story.card_with(ticket["number"], "Retry")

    story.control("POST", "whatsapp", {"template": "approved"})
    with ThreadPoolExecutor(2) as hands:  # a double click
        list(hands.map(lambda _: press(story, "notification.retry", view_id=details["id"]), range(2)))
    story.window("That did not work")
    story.until(lambda: "notification_sent" in story.events(ticket["id"]) or None)
    assert story.events(ticket["id"]).count("notification_retried") == 1
    assert len(delivered(story)) == 1
    at_home(story, "search.clear", "delivered")


def test_texts_are_listed_and_shown_whole(story: Story):
    ticket = approved(story)
    at_home(story, "home.changelogs", f"#{ticket['number']} The map stays empty", press_when="Changelogs")
    at_home(story, "changelogs.status", "No text has this status.", value="draft")
    at_home(story, "changelogs.status", "Approved by", value="approved")
    press(story, "changelog.show")
    shown = story.window("Going forward:")
    assert "**" not in str(shown)
    press(story, "ticket.open", view_id=shown["id"])
    story.window(f"Ticket #{ticket['number']}")


def approved(story: Story) -> dict[str, Any]:
    """A ticket of somebody who last wrote more than a day ago, resolved, with a text by hand that was approved."""
    story.report("whatsapp", PHONE, "The map stays empty", name="Old", ago_seconds=DAY + 600)
    (ticket,) = story.until(lambda: story.tickets() or None)
    path = f"tickets/{ticket['id']}"
    assert story.api("POST", f"{path}/simulate_status", {"status": "resolved"})[0] == 200
    assert story.api("POST", f"{path}/manual_changelog", {"content": TEXT})[0] < 300
    assert story.api("PATCH", f"{path}/approve_changelog")[0] == 200
    return dict(ticket)


def at_home(story: Story, action_id: str, words: str, *, press_when: str | None = None, **facts: Any) -> None:
    """Press it on Home, once it is there, and wait for what is to be seen then."""
    story.until(lambda: (press_when or action_id) in str(home(story)) or None)
    press(story, action_id, **facts)
    story.until(lambda: words in str(home(story)) or None)


def home(story: Story) -> Any:
    return story.control("POST", "slack/home", {"user": ANA})["home"]


def press(story: Story, action_id: str, **facts: Any) -> dict[str, Any]:
    answer = story.control("POST", "slack/click", {"user": ANA, "action_id": action_id} | facts)
    assert answer["status"] == 200, answer
    return dict(answer)


def delivered(story: Story) -> list[dict[str, Any]]:
    return [row for row in story.sent("whatsapp", "/messages") if row["status"] < 300]
