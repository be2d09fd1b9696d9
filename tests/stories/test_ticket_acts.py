"""What an agent does with a ticket and its reporter beside the window itself. Imports nothing of ours."""

import asyncio
import re
from typing import Any

import asyncpg
import pytest

from tests.stories.processes import ANA, RITA, Story

pytestmark = pytest.mark.story
FIRST, FINAL = "Which browser?", "Which browser do you use, and *which* version?"


def test_a_reply_is_read_whole_and_reaches_its_reporter_once(story: Story):
    story.report("slack", RITA, "The export crashes when I open it")
    (ticket,) = story.until(lambda: story.tickets() or None)
    story.until(lambda: "Rita Rossi" in str(story.card(ticket["number"])) or None)
    open_from_search(story, ticket["number"])

    press(story, "Write to the reporter")
    form = story.until(lambda: (top(story).get("submit") and top(story)) or None)
    story.submit(form, {"ticket.reply_text": FIRST})
    question = top(story)
    assert (question["submit"]["text"], FIRST in str(question["blocks"])) == ("Send", True)
    assert "Rita" in str(question["blocks"])
    assert "Slack" in str(question["blocks"])

    story.submit(question, {"ticket.reply_text": FINAL})
    assert replies(story) == [], "other words are shown again before they are sent"
    question = top(story)
    assert FINAL in str(question["blocks"][:-1])
    answer = story.submit(question)
    assert [view["title"]["text"] for view in answer["views"]] == [f"Ticket #{ticket['number']}"]

    story.until(lambda: replies(story) or None)
    story.until(lambda: "notification_sent" in after(story.events(ticket["id"]), "reply_sent") or None)
    assert [FINAL in str(row["body"]) for row in replies(story)] == [True]
    press(story, "Timeline")
    story.until(lambda: " wrote to the reporter" in str(top(story)["blocks"]) or None)
    press(story, "Deliveries")
    story.until(lambda: FINAL in str(top(story)["blocks"]) or None)


def open_from_search(story: Story, number: int) -> None:
    """Out of the answer to /tickets, once the hub knows who is an agent."""

    def found() -> dict[str, Any] | None:
        asked = {"user": ANA, "command": "/tickets", "text": f"#{number}", "channel": "C0TRIAGE"}
        story.control("POST", "slack/command", asked)
        rows = story.control("GET", "slack/messages?channel=C0TRIAGE")["data"]
        return next((row for row in rows if row["ephemeral"] and "ticket.open" in str(row["blocks"])), None)

    answer = story.until(found)
    place = {"user": ANA, "channel": "C0TRIAGE", "ts": answer["ts"], "action_id": "ticket.open"}
    assert story.control("POST", "slack/click", place)["status"] == 200
    story.until(lambda: (top(story).get("title") or {}).get("text") == f"Ticket #{number}" or None)


def replies(story: Story) -> list[dict[str, Any]]:
    """What was said to the reporter in an agent's words."""
    return [row for row in story.sent("slack", "chat.postMessage") if "Which browser" in str(row["body"])]


def press(story: Story, label: str) -> None:
    view = top(story)
    rows = [each for block in view["blocks"] if block["type"] == "actions" for each in block["elements"]]
    action_id = next(each["action_id"] for each in rows if each.get("text", {}).get("text") == label)
    answer = story.control("POST", "slack/click", {"user": ANA, "view_id": view["id"], "action_id": action_id})
    assert answer["status"] == 200, answer


def after(events: list[str], event: str) -> list[str]:
    return events[events.index(event) + 1 :] if event in events else []


def top(story: Story) -> dict[str, Any]:
    views = story.control("GET", f"slack/views?user={ANA}")["data"]
    return dict(views[-1]) if views else {}


def test_a_ticket_is_assigned_from_its_card(story: Story):
    story.report("slack", RITA, "The export crashes when I open it")
    open_from_search(story, 1)
    story.control("POST", "slack/close", {"user": ANA, "view_id": top(story)["id"]})
    story.click(story.card_with(1, "Assign…"), "Assign…")
    form = story.until(lambda: (top(story).get("submit") and top(story)) or None)
    place = {"user": ANA, "view_id": form["id"], "action_id": "ticket.assign_to", "query": "be"}
    offered = story.control("POST", "slack/suggest", place)["body"]["options"]
    assert [each["text"]["text"] for each in offered] == ["Ben Baker"]
    story.submit(form, {"ticket.assign_to": offered[0]["value"]})
    story.until(lambda: "Ben" in str(story.card(1)) or None)
    assert "assigned" in story.events(story.tickets()[0]["id"])


def test_a_tab_that_takes_long_to_read_says_so_at_once(story: Story):
    story.report("slack", RITA, "The export crashes when I open it")
    open_from_search(story, 1)

    async def while_nobody_can_read() -> None:
        connection = await asyncpg.connect(story.environment["DATABASE_URL"])
        async with connection.transaction():
            await connection.execute("LOCK TABLE ticket_events IN ACCESS EXCLUSIVE MODE")
            await asyncio.to_thread(press, story, "Timeline")
            await asyncio.to_thread(story.until, lambda: "One moment" in str(top(story)) or None)
        await connection.close()

    asyncio.run(while_nobody_can_read())
    story.until(lambda: "opened the ticket" in str(top(story)["blocks"]) or None)


def test_two_people_are_merged_and_parted_in_the_reporters_tab(story: Story):
    story.report("slack", RITA, "The export crashes when I open it")
    story.until(lambda: "Rita Rossi" in str(story.control("GET", "slack/messages?channel=C0TRIAGE")["data"]) or None)
    story.report("whatsapp", "34600333444", "The map stays empty", name="R. R.")
    story.until(lambda: len(story.tickets()) == 2 or None)
    open_from_search(story, 2)
    press(story, "Reporter")
    story.until(lambda: "Merge with somebody…" in str(top(story)) or None)

    press(story, "Merge with somebody…")
    form = story.until(lambda: (top(story).get("submit") and top(story)) or None)
    place = {"user": ANA, "view_id": form["id"], "action_id": "reporter.merge_into", "query": "rita"}
    offered = story.control("POST", "slack/suggest", place)["body"]["options"]
    assert [each["text"]["text"] for each in offered] == ["Rita Rossi"]
    story.submit(form, {"reporter.merge_into": offered[0]["value"]})
    shown = story.until(lambda: ("R. R. is the same person" in str(top(story)) and top(story)) or None)
    assert "#1 The export crashes" in str(shown)

    undo = next(
        block for block in shown["blocks"] if (block.get("accessory") or {}).get("action_id") == "reporter.part"
    )
    place = {"user": ANA, "view_id": shown["id"], "action_id": "reporter.part", "block_id": undo["block_id"]}
    assert story.control("POST", "slack/click", place)["status"] == 200
    story.until(lambda: "#1 The export crashes" not in str(top(story)) or None)
    second = next(row for row in story.tickets() if row["number"] == 2)
    about = [event for event in story.events(second["id"]) if event in ("reporter_merged", "reporter_separated")]
    assert about == ["reporter_merged", "reporter_separated"]

    press(story, "Erase…")
    story.window("They are being erased")
    story.until(lambda: "reporter_erased" in story.events(second["id"]) or None)
    assert {row["title"] for row in story.tickets()} == {"[erased]", "The export crashes when I open it"}
    story.until(lambda: "#2 [erased]" in str(story.card(2)) or None)


def test_the_answer_to_tickets_goes_on_in_a_window(story: Story):
    for number in range(1, 13):
        story.report("slack", RITA, f"Export {number} crashes")
    story.until(lambda: len(story.tickets()) == 12 or None)
    story.until(lambda: story.sent("slack", "conversations.members") or None)
    answer = story.until(lambda: asked(story, "export from:rita"))
    assert "the newest 10" in answer["text"]
    place = {"user": ANA, "channel": "C0TRIAGE", "ts": answer["ts"], "action_id": "search.more"}
    assert story.control("POST", "slack/click", place)["status"] == 200

    rest = story.until(lambda: (top(story).get("type") == "modal" and top(story)) or None)
    assert shown_in(rest) == [2, 1]
    press(story, "Previous page")
    story.until(lambda: shown_in(top(story)) == list(range(12, 2, -1)) or None)
    press(story, "Next page")
    story.until(lambda: shown_in(top(story)) == [2, 1] or None)


def asked(story: Story, text: str) -> dict[str, Any] | None:
    """The answer, once the hub knows who is an agent."""
    command = {"user": ANA, "command": "/tickets", "text": text, "channel": "C0TRIAGE"}
    story.control("POST", "slack/command", command)
    rows = story.control("GET", "slack/messages?channel=C0TRIAGE")["data"]
    return next((row for row in rows if row["ephemeral"] and "search.more" in str(row["blocks"])), None)


def shown_in(view: dict[str, Any]) -> list[int]:
    return [int(number) for number in re.findall(r"'#(\d+) ", str(view["blocks"]))]
