"""What a platform refuses, and what a restore has made unknown, is said where the agent looks. Imports nothing of ours."""

from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from tests.stories.processes import Story

pytestmark = pytest.mark.story
TEXT = "**What happened:**\nIt hung.\n\n**How we fixed it:**\nA new queue.\n\n**Going forward:**\nWe watch it."
PHONE = "34600333444"
WARNING = "They may have been told already."
BLOCKED = "WhatsApp chose not to deliver this message to keep people's inboxes healthy: reach the person another way."


def test_a_refusal_s_sentence_stands_on_the_card_and_in_the_api(story: Story):
    ticket = drafted(story)
    story.faults("whatsapp", "refuse", code=131049)
    assert story.api("PATCH", f"tickets/{ticket['id']}/approve_changelog")[0] == 200
    told = story.until(lambda: story.api("GET", "notifications?status=channel_restricted")[1]["data"] or None)
    assert [(row["error_code"], row["last_error"]) for row in told] == [("131049", BLOCKED)]
    card = story.card_with(ticket["number"], "Retry")
    assert BLOCKED in str(card)
    story.click(card, "I have told them")
    story.until(lambda: "notification_sent" in story.events(ticket["id"]) or None)
    path = f"notifications/{told[0]['id']}"
    row = story.api("GET", path)[1]["data"]
    assert (row["status"], row["may_retry"], row["may_tell"]) == ("sent", False, False)
    for way in ("retry", "told"):
        assert story.api("POST", f"{path}/{way}")[0] == 409
    story.until(lambda: "by hand: " in str(story.card(ticket["number"])) or None)


async def test_who_approves_after_a_restore_is_told_to_look_first(story: Story):
    ticket = drafted(story)
    leaves = f"tickets/{ticket['id']}/changelog"
    assert story.api("GET", leaves)[1]["data"]["leaves"]["restored_at"] is None
    question = story.modal(story.click(story.draft_of(ticket["number"]), "Approve & send"))
    assert WARNING not in str(question)
    restored_at = await restored(story)
    assert story.api("GET", leaves)[1]["data"]["leaves"]["restored_at"] == restored_at
    story.click(story.draft_of(ticket["number"]), "Approve & send")
    question = story.window(WARNING)
    assert WARNING in str(question["blocks"][0])
    story.submit(question)
    story.until(lambda: "notification_sent" in story.events(ticket["id"]) or None)


async def test_who_resolves_a_group_after_a_restore_is_told_whom_to_look_for(story: Story):
    for who in ("34600111222", PHONE):
        story.report("whatsapp", who, "The map hangs")
    tickets = story.until(lambda: (len(rows := story.tickets()) == 2 and rows) or None)
    named = {"name": "The map hangs", "ticket_ids": [row["id"] for row in tickets]}
    group = story.api("POST", "ticket_groups", named)[1]["data"]["id"]
    restored_at = await restored(story)
    story.api("PATCH", f"tickets/{tickets[0]['id']}", {"status": "resolved"})
    story.api("POST", f"tickets/{tickets[0]['id']}/manual_changelog", {"content": TEXT})
    story.api("PATCH", f"tickets/{tickets[0]['id']}/approve_changelog")
    status, answer = story.api("GET", f"ticket_groups/{group}/preview_resolution?notify=everyone")
    assert status == 200, answer
    assert [one["restored_at"] for one in answer["data"]["letters"]] == [restored_at] * 2


def drafted(story: Story) -> dict[str, Any]:
    """A resolved ticket with a text by hand that nobody has approved."""
    story.report("whatsapp", PHONE, "The map stays empty", name="Old")
    (ticket,) = story.until(lambda: story.tickets() or None)
    path = f"tickets/{ticket['id']}"
    assert story.api("PATCH", path, {"status": "resolved"})[0] == 200
    assert story.api("POST", f"{path}/manual_changelog", {"content": TEXT})[0] < 300
    return dict(ticket)


async def restored(story: Story) -> str:
    """As if the database had been taken from a backup now; when that was, as the API writes it."""
    connection = await asyncpg.connect(story.environment["DATABASE_URL"])
    at = datetime.now(UTC)
    await connection.execute("INSERT INTO schedules (name, ran_at) VALUES ('restored', $1)", at)
    await connection.close()
    return at.isoformat().replace("+00:00", "Z")
