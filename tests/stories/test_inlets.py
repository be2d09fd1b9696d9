"""Ways in that are not messages to us: an emoji on somebody's message, a form of an agent's, triage of what waits."""

import pytest

from tests.stories.conftest import Start
from tests.stories.processes import ANA, RITA, TRIAGE, Story

pytestmark = pytest.mark.story
HELP = "C0SUPPORT"


def test_an_emoji_makes_a_ticket_of_somebodys_message_once(story: Story):
    said = story.control(
        "POST", "report", {"channel": "slack", "from": RITA, "in": HELP, "mention": False, "text": "The map is empty"}
    )
    ts = said["external_id"].rpartition(":")[2]
    react(story, ANA, ts, "eyes")
    for user in (ANA, "U0BEN"):
        react(story, user, ts, "ticket")
    (ticket,) = story.until(lambda: story.tickets() or None)
    assert (ticket["title"], ticket["channel"]) == ("The map is empty", "slack")
    shown = story.control(
        "POST", "slack/shortcut", {"user": ANA, "callback_id": "report.message", "channel": HELP, "ts": ts}
    )
    assert shown["status"] == 200
    thread = story.until(lambda: replies(story, ts))
    assert ["ticket #1" in reply["text"] for reply in thread] == [True]
    assert len(story.tickets()) == 1
    card = story.until(lambda: story.card(1))
    react(story, ANA, card["ts"], "ticket", channel=TRIAGE)
    story.report("slack", RITA, "A last one")
    story.until(lambda: len(story.tickets()) == 2 or None)
    assert {ticket["title"] for ticket in story.tickets()} == {"The map is empty", "A last one"}


def test_an_agent_makes_a_ticket_by_hand(story: Story):
    opened = story.until(lambda: shortcut(story, ANA))
    form = opened["views"][-1]
    assert form["title"]["text"] == "New ticket"
    answer = story.submit(
        form,
        {
            "ticket.new_description": "Somebody rang: no invoice",
            "ticket.new_email": "Bo@example.com",
            "ticket.new_channel": "email",
        },
    )
    assert "ticket #1" in str(answer["views"][-1]["blocks"])
    (ticket,) = story.tickets()
    assert (ticket["title"], ticket["channel"]) == ("Somebody rang: no invoice", "email")
    story.until(lambda: "ticket.new" in str(story.control("POST", "slack/home", {"user": ANA})["home"]) or None)
    story.control("POST", "slack/click", {"user": ANA, "action_id": "ticket.new"})
    story.window("Came in by")
    story.control("POST", "slack/shortcut", {"user": RITA, "callback_id": "ticket.new"})
    story.window("Only support agents", user=RITA)


def test_what_waits_is_triaged_at_a_click_and_new_reports_by_themselves_where_that_is_set(start: Start):
    story = start(TRIAGE_AUTOMATIC="true")
    story.report("intercom", "ivy", "It hangs")
    story.until(lambda: (story.tickets() or [{}])[0].get("ai_outcome") == "waiting" or None)
    assert "triage_requested" in story.events(story.tickets()[0]["id"])


def test_everything_that_waits_is_triaged_at_a_click(story: Story):
    for number in range(3):
        story.report("intercom", f"ivy{number}", f"It hangs again {number}")
    story.until(lambda: len(story.tickets()) == 3 or None)
    story.until(
        lambda: "Triage all pending" in str(story.control("POST", "slack/home", {"user": ANA})["home"]) or None
    )
    story.control("POST", "slack/click", {"user": ANA, "action_id": "triage.all"})
    story.window("3 tickets are being triaged")
    story.until(lambda: all(ticket["ai_outcome"] == "waiting" for ticket in story.tickets()) or None)


def shortcut(story: Story, user: str) -> dict | None:
    """The form, once the hub knows who is an agent."""
    answer = story.control("POST", "slack/shortcut", {"user": user, "callback_id": "ticket.new"})
    return answer if answer["views"] and answer["views"][-1]["title"]["text"] == "New ticket" else None


def react(story: Story, user: str, ts: str, name: str, *, channel: str = HELP) -> None:
    answer = story.control("POST", "slack/react", {"user": user, "channel": channel, "ts": ts, "name": name})
    assert answer["status"] == 200


def replies(story: Story, ts: str) -> list | None:
    rows = story.control("GET", f"slack/messages?channel={HELP}")["data"]
    return next((row["replies"] for row in rows if row["ts"] == ts), None) or None
