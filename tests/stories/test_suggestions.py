"""An incident is reported by eight people on three channels, suggested as one group, and answered. Imports nothing of ours."""

from typing import Any

import pytest

from tests.stories.conftest import Start
from tests.stories.processes import ANA, Story

pytestmark = pytest.mark.story
TEXT = "**What happened:**\nIt broke.\n\n**How we fixed it:**\nA new part.\n\n**Going forward:**\nWe watch it."


def test_an_incident_is_suggested_as_one_group_and_everybody_is_told_once(story: Story):
    incident(story)
    analyse(story)
    home = story.until(lambda: listed(story, "Create group"))
    assert "8 tickets, verified by a model; 1 suggested" in str(home)
    assert "🔒 PII" in str(home)
    click(story, "suggestion.create")
    window = story.window("8 tickets")
    group = story.until(lambda: story.tickets()[0]["ticket_group_id"])
    assert {row["ticket_group_id"] for row in story.tickets()} == {group}
    assert "group.resolve" in str(window)
    story.until(lambda: listed(story, "No suggestion waits for an answer"))

    status, answer = story.api("POST", f"ticket_groups/{group}/resolve", {"content": TEXT, "notify": "everyone"})
    assert (status, answer["data"]["told"]) == (200, 8)
    story.until(lambda: len(told(story)) == 8 or None)
    assert len({str(row["body"]) + row["path"] for row in told(story)}) == 8


def test_without_a_model_words_alone_suggest_and_a_dismissed_one_stays_away(start: Start):
    story = start(OPENAI_API_KEY="")
    incident(story)
    analyse(story)
    home = story.until(lambda: listed(story, "by words alone"))
    assert "Create group" in str(home)
    click(story, "suggestion.dismiss")
    story.until(lambda: str(home_of(story)).count("Create group") < str(home).count("Create group") or None)
    first = newest(story)
    analyse(story)
    story.until(lambda: newest(story) != first or None)
    again = story.until(lambda: listed(story, "by words alone"))
    assert str(again).count("Create group") < str(home).count(
        "Create group"
    ) or "No suggestion waits for an answer" in str(again)


def test_the_rest_door_analyses_too_and_finds_what_is_similar(story: Story):
    incident(story)
    assert story.api("POST", "ticket_groups/suggest", {"limit": 1})[0] == 422
    assert story.api("POST", "ticket_groups/suggest", {"start_time": "2026-01-01"})[0] == 422
    status, answer = story.api("POST", "ticket_groups/suggest", {"limit": 20, "order": "oldest"})
    assert status == 202
    path = f"ticket_groups/analyses/{answer['data']['id']}"
    done = story.until(lambda: (row := story.api("GET", path)[1]["data"])["status"] == "done" and row)
    (one,) = done["suggestions"]
    assert set(one["ticket_ids"]) == {row["id"] for row in story.tickets()}
    path = f"tickets/{story.tickets()[0]['id']}/similar"
    similar = story.until(lambda: (rows := story.api("GET", path)[1]["data"]) and len(rows) >= 3 and rows)
    assert all(row["shared_words"] for row in similar)


def test_the_card_says_what_is_similar_and_offers_it_first(story: Story):
    for number, text in enumerate(
        ("The export to CSV stops at row 100, the file is cut off", "How do I change my avatar?"), 1
    ):
        story.report("intercom", f"ivy{number}", text)
        story.until(lambda number=number: story.card(number))
    story.report("whatsapp", "34600333444", "CSV export is cut off: the file stops at row 100")
    card = story.until(lambda: (card := story.card(3)) and "1 similar" in str(card["blocks"]) and card)
    assert "#1 The export to CSV stops" in str(card["blocks"])
    story.until(lambda: "1 similar" in str(story.card(1)["blocks"]) or None)
    assert "similar" not in str(story.card(2)["blocks"])


def incident(story: Story) -> None:
    """Told through the platforms' own webhooks; every ticket's words are learnt."""
    assert story.api("POST", "ticket_groups/simulate_incident")[0] == 202
    story.until(lambda: len(story.tickets()) == 8 or None)
    story.until(
        lambda: all(story.api("GET", f"tickets/{row['id']}/similar")[1]["data"] for row in story.tickets()) or None
    )
    story.until(lambda: "home.suggestions" in str(home_of(story)) or None)


def analyse(story: Story) -> None:
    click(story, "home.suggestions")
    click(story, "suggestions.analyse")
    form = story.window("Looks through tickets")
    story.submit(form)


def home_of(story: Story) -> Any:
    return story.control("POST", "slack/home", {"user": ANA})["home"]


def listed(story: Story, words: str) -> Any:
    home = home_of(story)
    return home if words in str(home) else None


def newest(story: Story) -> str:
    """What is said of the newest analysis."""
    home = home_of(story)
    return next((str(block) for block in home["blocks"] if block["type"] == "context"), "")


def click(story: Story, action_id: str) -> None:
    story.until(lambda: action_id in str(home_of(story)) or None)
    answer = story.control("POST", "slack/click", {"user": ANA, "action_id": action_id})
    assert answer["status"] == 200, answer


def told(story: Story) -> list[dict[str, Any]]:
    places = (("slack", "chat.postMessage"), ("whatsapp", "/messages"), ("intercom", "/reply"))
    rows = [row for name, path in places for row in story.sent(name, path)]
    return [
        row
        for row in rows
        if row["status"] < 300 and "A new part" in str(row["body"]) and "C0TRIAGE" not in str(row["body"])
    ]
