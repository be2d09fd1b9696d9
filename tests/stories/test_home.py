"""Home's list of tickets: every filter, the search, the pages, and that it follows what happens. Imports nothing of ours."""

import re
from typing import Any

import pytest

from tests.stories.processes import ANA, RITA, Story

pytestmark = pytest.mark.story
REPORTS = (
    ("slack", RITA, "The export crashes when I save"),
    ("whatsapp", "34600333444", "Production is down for everyone, outage since nine"),
    ("intercom", "ivy", "Feature request: please add dark mode, it would be nice"),
)


def test_tickets_are_narrowed_by_every_filter_and_turned_page_by_page(story: Story):
    for number, (channel, who, text) in enumerate(REPORTS, 1):
        story.report(channel, who, text)
        story.until(lambda number=number: len(story.tickets()) == number or None)
    by_number = {row["number"]: row for row in story.tickets()}
    assert (
        story.api("PATCH", f"tickets/{by_number[1]['id']}", {"status": "in_progress", "tags": ["billing"]})[0] == 200
    )
    until_listed(story, "3 found", 1, 2, 3)

    choose(story, "search.channel", "whatsapp", 2)
    clear(story)
    choose(story, "search.status", "in_progress", 1)
    clear(story)
    choose(story, "search.priority", "0", 2)
    clear(story)
    choose(story, "search.type", "feature_request", 3)
    choose(story, "search.channel", "slack")
    assert "No ticket fits this search." in str(home(story))
    clear(story)
    for words, number in (
        ("outage", 2),
        ("tag:billing", 1),
        ("from:ivy", 3),
        ("#2", 2),
        ("status:in_progress export", 1),
    ):
        choose(story, "search.words", words, number)
        clear(story)

    take(story, by_number[2])
    offered = story.control("POST", "slack/suggest", {"user": ANA, "action_id": "search.assignee", "query": "ana"})
    choose(story, "search.assignee", offered["body"]["options"][0]["value"], 2)
    clear(story)

    for number in range(4, 13):
        story.report("slack", RITA, f"Report {number}")
    until_listed(story, "12 found", *range(3, 13))
    press(story, "search.next")
    until_listed(story, "page 2", 1, 2)
    press(story, "search.previous")
    until_listed(story, "page 1", *range(3, 13))


def take(story: Story, ticket: dict[str, Any]) -> None:
    story.click(story.card_with(ticket["number"], "Take"), "Take")
    story.until(lambda: story.api("GET", f"tickets/{ticket['id']}")[1]["data"]["assignee_id"])


def choose(story: Story, action_id: str, value: str, *numbers: int) -> None:
    """Set a filter and see just these tickets."""
    press(story, action_id, value=value)
    story.until(lambda: listed(home(story)) == sorted(numbers, reverse=True) or None)


def clear(story: Story) -> None:
    press(story, "search.clear")
    story.until(lambda: "search.clear" not in str(home(story)) or None)


def press(story: Story, action_id: str, **facts: str) -> None:
    story.until(lambda: action_id in str(home(story)) or None)
    answer = story.control("POST", "slack/click", {"user": ANA, "action_id": action_id} | facts)
    assert answer["status"] == 200, answer


def until_listed(story: Story, words: str, *numbers: int) -> None:
    story.until(
        lambda: (shown := home(story)) and words in str(shown) and listed(shown) == sorted(numbers, reverse=True)
    )


def listed(home: Any) -> list[int]:
    """Numbers of the tickets in the list, as they stand."""
    buttons = re.findall(r"Open ticket #(\d+)", str(home))
    return [int(number) for number in buttons]


def home(story: Story) -> Any:
    return story.control("POST", "slack/home", {"user": ANA})["home"]
