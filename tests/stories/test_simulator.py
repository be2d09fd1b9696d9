"""Made-up reports and statuses, where development is on; and that production has none of it."""

import pytest

from tests.stories.conftest import Start
from tests.stories.processes import ANA, RITA, TRIAGE, Story

pytestmark = pytest.mark.story


def test_an_agent_has_a_customer_write_from_slack(story: Story):
    story.until(lambda: "conversations.members" in str(story.sent("slack")) or None)
    said = story.until(lambda: simulate(story, "whatsapp pii") if not story.tickets() else heard(story))
    assert "has written on WhatsApp" in said
    assert "It holds" in said
    (ticket,) = story.until(lambda: story.tickets() or None)
    assert ticket["channel"] == "whatsapp"


def test_an_agent_has_many_customers_report_one_problem(story: Story):
    story.until(lambda: "conversations.members" in str(story.sent("slack")) or None)
    story.until(lambda: "Examples" in command(story, "help"))
    command(story, "incident")
    said = story.until(lambda: heard(story))
    assert len(said.splitlines()) == said.count("has written on") == 8
    story.until(lambda: len(story.tickets()) == 8)


def test_wrong_words_are_answered_with_an_example(story: Story):
    story.until(lambda: "conversations.members" in str(story.sent("slack")) or None)
    said = story.until(lambda: (words := command(story, "pigeon")) and "neither a channel" in words and words)
    assert "`/simulate whatsapp`" in said
    assert "Examples" in command(story, "help")
    assert "say `incident` alone" in command(story, "incident whatsapp")
    assert "agent" in command(story, "", user=RITA)
    assert story.tickets() == []


def test_rest_makes_tickets_and_statuses_up(story: Story):
    status, answer = story.api("POST", "ticket_groups/simulate_ticket", {"channel": "intercom", "pii": True})
    assert (status, answer["data"]["channel"], answer["data"]["status"]) == (202, "intercom", 200)
    assert answer["data"]["pii"]
    (ticket,) = story.until(lambda: story.tickets() or None)
    path = f"tickets/{ticket['id']}"
    status, answer = story.api("POST", f"{path}/simulate_status", {"status": "resolved"})
    assert (status, answer["data"]["status"]) == (200, "resolved")
    events = story.api("GET", path)[1]["data"]["events"]
    event = next(each for each in reversed(events) if each["event_type"] == "status_changed")
    assert (event["event_type"], event["actor_type"], event["data"]["simulated"]) == (
        "status_changed",
        "notion_sync",
        True,
    )
    assert story.api("POST", "ticket_groups/simulate_ticket", {"channel": "pigeon"})[0] == 422
    assert story.api("POST", f"{path}/simulate_status", {"status": "gone"})[0] == 422


def test_customers_that_cannot_be_played_are_said_to_be_away(own_story: Story):
    story = own_story
    story.kill("sandbox")
    status, answer = story.api("POST", "ticket_groups/simulate_ticket", {"channel": "slack"})
    assert (status, answer["error"]["code"]) == (502, "platform")


def test_rest_makes_an_incident_up(story: Story):
    status, answer = story.api("POST", "ticket_groups/simulate_incident")
    told = answer["data"]["reports"]
    assert (status, len(told), {one["status"] for one in told}) == (202, 8, {200})
    assert set(told[0]) == {"channel", "name", "text", "pii", "status"}
    tickets = story.until(lambda: (found := story.tickets()) and len(found) == 8 and found)
    assert len({ticket["reporter_id"] for ticket in tickets}) == 8
    assert sorted(ticket["channel"] for ticket in tickets) == sorted(one["channel"] for one in told)
    assert {ticket["channel"] for ticket in tickets} == {"slack", "intercom", "whatsapp"}
    assert story.api("POST", "ticket_groups/simulate_incident", {"channel": "slack"})[0] == 422


def test_production_makes_nothing_up(start: Start):
    story = start(HUB_ENV="production", INTAKE_URL="")
    assert story.api("POST", "ticket_groups/simulate_ticket", {"channel": "slack"})[0] == 404
    assert story.api("POST", "ticket_groups/simulate_incident")[0] == 404
    story.report("intercom", "ivy", "It hangs")
    (ticket,) = story.until(lambda: story.tickets() or None)
    assert story.api("POST", f"tickets/{ticket['id']}/simulate_status", {"status": "resolved"})[0] == 404
    answer = story.control("POST", "slack/command", {"user": ANA, "command": "/simulate", "text": ""})
    assert answer["status"] == 404


def simulate(story: Story, words: str) -> str | None:
    command(story, words)
    return heard(story)


def heard(story: Story) -> str | None:
    """What was said to Ana alone."""
    rows = story.control("GET", f"slack/messages?channel={TRIAGE}")["data"]
    return next((row["text"] for row in rows if row["ephemeral"] and "has written" in row["text"]), None)


def command(story: Story, words: str, *, user: str = ANA) -> str:
    """What the command answered at once."""
    answer = story.control("POST", "slack/command", {"user": user, "command": "/simulate", "text": words})
    return str((answer["body"] or {}).get("text") if isinstance(answer["body"], dict) else answer["body"])
