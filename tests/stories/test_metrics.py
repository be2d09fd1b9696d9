"""What a period was like: asked for by a command, seen on Home, followed to the tickets, read over REST."""

from typing import Any

import pytest

from tests.stories.processes import ANA, RITA, TRIAGE, Story

pytestmark = pytest.mark.story


def test_metrics_are_asked_for_seen_and_followed(story: Story):
    story.until(lambda: any(user["agent"] for user in story.control("GET", "slack/users")["data"]))
    story.report("slack", RITA, "The export crashes when I open it")
    story.report("intercom", "ivy", "Feature request: add a dark mode", name="Ivy", email="ivy@example.com")
    tickets = story.until(lambda: (len(rows := story.tickets()) == 2 and rows) or None)
    slack = next(row for row in tickets if row["channel"] == "slack")
    assert story.api("PATCH", f"tickets/{slack['id']}", {"status": "resolved"})[0] == 200

    _asked(story)
    _shown_on_home(story)
    _sent_to_ana(story)
    _followed_to_the_tickets(story)
    _read_over_rest(story)


def _asked(story: Story) -> None:
    story.until(lambda: "Only support agents" not in str(_command(story, "help")))
    assert "/metrics 7d" in str(_command(story, "help"))
    assert "the period is 24h, 7d or 30d. For example: /metrics 7d" in str(_command(story, "8 weeks"))
    assert "Only support agents" in str(_command(story, "7d", user=RITA))
    assert _command(story, "7d")["status"] == 200
    told = story.until(lambda: _messages(story, TRIAGE, "Metrics of the last 7 days"))
    assert told["ephemeral"]
    _has_charts(told)


def _has_charts(told: dict[str, Any]) -> None:
    pie, bar = (block["chart"] for block in told["blocks"] if block["type"] == "data_visualization")
    assert sorted(segment["label"] for segment in pie["segments"]) == ["Intercom", "Slack"]
    assert {point["label"]: point["value"] for point in bar["series"][0]["data"]} == {
        "Bug": 1,
        "Feature request": 1,
        "Question": 0,
        "Incident": 0,
    }
    assert "New tickets 2, Open now 1, Resolved 1" in told["text"]


def _shown_on_home(story: Story) -> None:
    story.control("POST", "slack/home", {"user": ANA})
    story.until(lambda: "home.metrics" in _home(story))
    _press(story, "home.metrics")
    story.until(lambda: "Metrics of the last 24 hours" in _home(story))
    _press(story, "metrics.month")
    home = story.until(lambda: ("Metrics of the last 30 days" in (text := _home(story)) and text) or None)
    assert "▇" in home
    assert "data_visualization" not in home


def _sent_to_ana(story: Story) -> None:
    _press(story, "metrics.send")
    users = story.control("GET", "slack/users")["data"]
    direct = next(user["dm"] for user in users if user["id"] == ANA)
    sent = story.until(lambda: _messages(story, direct, "Metrics of the last 30 days"))
    assert not sent["ephemeral"]
    _has_charts(sent)


def _followed_to_the_tickets(story: Story) -> None:
    _press(story, "metrics.channel", value="intercom")
    home = story.until(lambda: ("dark mode" in (text := _home(story)) and text) or None)
    assert "The export crashes" not in home
    _press(story, "home.metrics")
    story.until(lambda: "metrics.resolved" in _home(story))
    _press(story, "metrics.resolved")
    home = story.until(lambda: ("The export crashes" in (text := _home(story)) and text) or None)
    assert "dark mode" not in home


def _read_over_rest(story: Story) -> None:
    status, answer = story.api("GET", "metrics/summary?period=7d")
    found = answer["data"]
    assert (status, found["period"]) == (200, "7d")
    assert found["volume"]["by_channel"] == {"intercom": 1, "slack": 1}
    assert found["volume"]["by_status"] == {"open": 1, "in_progress": 0, "resolved": 1}
    assert found["totals"] == {
        "new_tickets": 2,
        "open_now": 1,
        "resolved": 1,
        "told": 0,
        "ai_accuracy_percent": None,
    }
    assert sorted(each["tickets"] for each in found["top_reporters"]) == [1, 1]
    assert found["times"]["to_resolve"]["tickets"] == 1
    assert story.api("GET", "metrics/summary")[1]["data"]["period"] == "24h"
    assert story.api("GET", "metrics/summary?period=8d")[0] == 422
    assert story.api("GET", "metrics/summary?weeks=2")[0] == 422


def _command(story: Story, text: str, *, user: str = ANA) -> dict[str, Any]:
    body = {"user": user, "channel": TRIAGE if user == ANA else None, "command": "/metrics", "text": text}
    return dict(story.control("POST", "slack/command", {name: value for name, value in body.items() if value}))


def _press(story: Story, action_id: str, *, value: str | None = None) -> None:
    body = {"user": ANA, "view_id": _view(story)["id"], "action_id": action_id}
    answer = story.control("POST", "slack/click", body | ({"value": value} if value else {}))
    assert answer["status"] == 200, answer


def _view(story: Story) -> dict[str, Any]:
    return dict(story.control("GET", f"slack/home?user={ANA}")["data"] or {})


def _home(story: Story) -> str:
    return str(_view(story))


def _messages(story: Story, channel: str, begins: str) -> dict[str, Any] | None:
    rows = story.control("GET", f"slack/messages?channel={channel}")["data"]
    return next((row for row in rows if row["text"].startswith(begins)), None)
