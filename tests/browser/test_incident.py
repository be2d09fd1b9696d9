"""An incident: eight customers on three channels, suggested as one group, made so in Slack, and answered once."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.test_backoffice import at_home
from tests.stories.processes import ANA, Story

pytestmark = pytest.mark.story
TEXT = "**What happened:** It failed.\n\n**How we fixed it:** It is mended.\n\n**Going forward:** We watch it."


def test_an_incident_is_suggested_grouped_and_answered_once(open_page: Open, story: Story, pictures: Path):
    screens = open_page()
    screens.skip_the_tour()
    screens.pane("Controls")
    screens.push("An incident (8 customers)", screens.page.locator("main"))
    story.until(lambda: len(story.tickets()) == 8 or None)
    story.until(lambda: "home.tickets" in str(story.control("POST", "slack/home", {"user": ANA})["home"]) or None)
    for row in story.tickets():  # their words are learnt
        story.until(lambda path=f"tickets/{row['id']}/similar": story.api("GET", path)[1]["data"] or None)

    home = at_home(screens, "Suggestions")
    screens.push("Analyse…", home)
    screens.push("Analyse", screens.window.locator("footer"))
    screens.see("looked through 8 tickets, verified by a model; 1 suggested", home)
    screens.see("PII:", home)
    screens.shot(pictures, "28-suggested-light")
    screens.push("Create group", home)
    screens.see("8 tickets", screens.window)

    screens.push("Resolve…", screens.window)
    screens.window.get_by_label("Write it myself").check()
    screens.push("Next", screens.window)
    screens.window.get_by_label("Text", exact=True).fill(TEXT)
    screens.push("Preview", screens.window)
    screens.see("1 message leaves", screens.window)
    screens.push("Send", screens.window)
    screens.see("✅ Resolved", screens.window)
    screens.close_windows()
    story.until(lambda: outward(story) or None)
    story.until(lambda: {row["status"] for row in story.tickets()} == {"resolved"} or None)
    expect(home).to_contain_text("No suggestion waits for an answer")
    assert len(outward(story)) == 1


def outward(story: Story) -> list[str]:
    """What customers were told."""
    places = (("slack", "chat.postMessage"), ("whatsapp", "/messages"), ("intercom", "/reply"))
    bodies = [str(row["body"]) for name, path in places for row in story.sent(name, path) if row["status"] < 300]
    return [body for body in bodies if "It is mended" in body and "C0TRIAGE" not in body]
