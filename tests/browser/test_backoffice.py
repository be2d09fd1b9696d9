"""An agent's whole backoffice, clicked through once: every section of Home, the windows, and a group's answer."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Open
from tests.browser.screens import Screens
from tests.stories.processes import ANA, RITA, Story

pytestmark = pytest.mark.story
TEXT = (
    "**What happened:** The map hung.\n\n**How we fixed it:** It loads in parts.\n\n**Going forward:** We watch it."
)
TRIAGE = "Message #feedback-triage"
ANSWER_FORMS_SLOWLY = """() => {
  const fetched = window.fetch;
  window.fetch = async (...asked) => {
    const answer = await fetched(...asked);
    if (String(asked[0]).includes("slack/submit")) await new Promise((done) => setTimeout(done, 2000));
    return answer;
  };
}"""
"""What came of a form is then to be seen, and can be pressed, before the page has heard so itself."""


@pytest.fixture
def screens(open_page: Open, story: Story) -> Screens:
    """Ana's, with the same problem reported on three channels."""
    if not story.tickets():
        for channel, who, text in (
            ("slack", RITA, "The map hangs when I zoom in"),
            ("whatsapp", "34600333444", "Your map freezes on my phone, write to me at paco@example.com"),
            ("intercom", "ivy", "Map does not move any more"),
        ):
            story.report(channel, who, text, name={"whatsapp": "Paco Prats", "intercom": "Ivy Ives"}.get(channel, ""))
    story.until(lambda: len(story.tickets()) >= 3 or None)
    story.until(lambda: "home.tickets" in str(story.control("POST", "slack/home", {"user": ANA})["home"]) or None)
    screens = open_page()
    screens.skip_the_tour()
    screens.close_windows()
    return screens


def test_three_reports_are_grouped_and_answered_once_each(screens: Screens, story: Story, pictures: Path):
    screens.page.evaluate(ANSWER_FORMS_SLOWLY)
    home = at_home(screens, "Tickets")
    screens.see("3 found", home)
    screens.push("Group tickets…", home)
    for title in ("The map hangs when I zoom in", "Your map freezes", "Map does not move"):
        screens.window.get_by_label(title).check()
    screens.shot(pictures, "20-choose-tickets-light")
    screens.push("Next", screens.window)
    screens.window.get_by_label("Name of the group").fill("The map hangs")
    screens.push("Create group", screens.window)
    screens.see("⭐ primary", screens.window)
    screens.push("Refresh", screens.window)
    screens.see("PII: e-mail address", screens.window)
    screens.shot(pictures, "21-group-light")

    screens.push("Resolve…", screens.window)
    screens.window.get_by_label("Write it myself").check()
    screens.window.get_by_label("The reporter of every ticket, once each").check()
    screens.push("Next", screens.window)
    screens.window.get_by_label("Text", exact=True).fill(TEXT)
    screens.push("Preview", screens.window)
    screens.see("3 messages leave", screens.window)
    screens.shot(pictures, "22-group-answer-light")
    screens.push("Send 3", screens.window)
    screens.see("✅ Resolved", screens.window)
    screens.push("Close", screens.window.locator("footer"))
    story.until(lambda: len(words_out(story)) == 3 or None)

    home = at_home(screens, "Groups")
    screens.see("The map hangs", home)
    home.get_by_label("Any status").or_(home.locator("select").first).select_option(label="✅ Resolved")
    screens.see("3 tickets", home)
    screens.shot(pictures, "23-groups-light")
    screens.pane("WhatsApp")
    screens.see("It loads in parts.")


def words_out(story: Story) -> list[str]:
    places = (("slack", "chat.postMessage"), ("whatsapp", "/messages"), ("intercom", "/reply"))
    bodies = [str(row["body"]) for name, path in places for row in story.sent(name, path) if row["status"] < 300]
    return [body for body in bodies if "It loads in parts" in body and "C0TRIAGE" not in body]


def test_every_section_of_home_leads_somewhere(screens: Screens, pictures: Path):
    home = at_home(screens, "Changelogs")
    screens.push("Show", home)
    screens.see("It loads in parts.", screens.window)
    screens.push("Close", screens.window.locator("footer"))

    home = at_home(screens, "Notifications")
    screens.push("Details", home)
    screens.see("It loads in parts.", screens.window)
    screens.shot(pictures, "24-notification-light")
    screens.push("Close", screens.window.locator("footer"))

    home = at_home(screens, "Metrics")
    screens.see("tickets", home)
    screens.shot(pictures, "25-metrics-light")

    home = at_home(screens, "Dead letters")
    screens.see("used up its attempts", home)

    home = at_home(screens, "Suggestions")
    screens.push("Analyse…", home)
    screens.push("Analyse", screens.window.locator("footer"))
    screens.see("looked through", home)

    home = at_home(screens, "Tickets")
    screens.push("Open", home)
    for tab, words in (
        ("Original", "What arrived"),
        ("Timeline", "resolved its group"),
        ("Reporter", "Their other tickets"),
        ("Deliveries", "It loads in parts."),
        ("Overview", "🧩 The map hangs (3 tickets, resolved)"),
    ):
        screens.push(tab, screens.window)
        screens.see(words, screens.window)
    screens.shot(pictures, "26-ticket-light")
    screens.push("Group", screens.window)
    screens.see("⭐ primary", screens.window)
    screens.close_windows()


def test_tickets_are_found_by_a_command(screens: Screens):
    screens.enter("feedback-triage")
    screens.say("/tickets map status:resolved", TRIAGE)
    answer = screens.message("Tickets for")
    screens.see("map status:resolved”: 3", answer)
    screens.push("Open", answer)
    expect(screens.window).to_have_accessible_name("Ticket #3")
    screens.close_windows()


def test_what_is_kept_of_a_reporter_is_downloaded_once(screens: Screens):
    home = at_home(screens, "Tickets")
    screens.push("Open", home)
    screens.push("Reporter", screens.window)
    screens.see("Their other tickets", screens.window)
    screens.push("Export…", screens.window)
    screens.see("within 10 minutes", screens.window)
    with screens.page.expect_popup() as opened:
        screens.window.get_by_role("link", name="Open the page with the file").click()
    page = opened.value
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the file").click()
    kept = json.loads(Path(download.value.path()).read_text())
    assert [row["title"] for row in kept["tickets"]] == ["Map does not move any more"]
    page.get_by_role("button", name="Download the file").click()
    expect(page.get_by_role("alert")).to_contain_text("This link was used already")
    page.close()
    screens.close_windows()


@pytest.mark.parametrize(("phone", "theme"), [(False, "light"), (True, "dark")], ids=["laptop", "phone"])
def test_no_section_is_cut_off(open_page: Open, tmp_path: Path, theme: str, *, phone: bool):
    """After the others, so that there is something on it. The pictures are for whoever wants to look."""
    screens = open_page(theme, phone=phone)
    if phone:  # where the tour is one line
        screens.pane("Slack")
    else:
        screens.skip_the_tour()
    for section in ("Tickets", "Groups", "Suggestions", "Changelogs", "Notifications", "Metrics", "Dead letters"):
        home = at_home(screens, section)
        expect(home.get_by_role("button", name=f"{section}, shown now")).to_be_visible()
        assert home.evaluate("(node) => node.scrollWidth <= node.clientWidth + 1"), section
        size = "phone" if phone else "laptop"
        screens.shot(tmp_path, f"{section.lower().replace(' ', '-')}-{size}-{theme}")


def at_home(screens: Screens, section: str) -> Locator:
    """That section of Home, once it is shown."""
    screens.enter("Home")
    home = screens.slack.locator(".home")
    screens.settle()
    home.get_by_role("button", name=section).first.click()
    expect(home.get_by_role("button", name=f"{section}, shown now")).to_be_visible()
    return home
