"""The page for those who use no mouse or cannot see it."""

from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.screens import Screens
from tests.browser.toy_app import KINDS, window
from tests.stories.processes import RITA, Story

pytestmark = pytest.mark.story
FIND = "async (options) => (await axe.run(document, options)).violations"
PANES = ("slack", "whatsapp", "intercom", "notion", "log", "controls")
LONG = "The app crashes when I pay. " * 30
TITLE = "The app crashes when I pay"
PROMPT = {
    "type": "rich_text",
    "elements": [{"type": "rich_text_preformatted", "elements": [{"type": "text", "text": LONG}]}],
}
REPORTS: tuple[dict[str, Any], ...] = (
    {"channel": "whatsapp", "from": "34600111222", "name": "Rita Rossi", "text": LONG},
    {"channel": "intercom", "from": "ivy", "name": "Ivy Ingram", "text": "https://shop.example/" + "long" * 60},
    {"channel": "slack", "from": RITA, "text": "Not *this* one either:\n```\n" + "wide " * 80 + "\n```"},
)


@pytest.fixture(scope="module")
def lived_in(story: Story) -> Story:
    """With long texts in all places; one of the tickets has its page in Notion."""
    for report in REPORTS:
        story.control("POST", "report", report)
    for number in range(1, len(REPORTS) + 1):
        story.card_with(number, "Run AI triage")
    story.click(story.card_with(1, "Run AI triage"), "Run AI triage")
    story.click(story.card_with(1, "Accept"), "Accept")
    story.until(lambda: story.control("GET", "notion/pages")["data"])
    return story


def test_the_loop_is_begun_without_a_mouse(open_page: Open):
    screens = open_page()
    keys = screens.page.keyboard
    screens.tab_to(screens.page.get_by_role("link", name="Skip to the screens"))
    screens.tab_to(screens.page.locator("#beside-whatsapp").get_by_label("Message", exact=True))
    keys.press("Enter")
    screens.see(TITLE, screens.page.locator(".bubble.mine"))
    card = screens.card(TITLE)
    expect(card).to_be_visible()
    screens.settle()
    expect(screens.focused).to_have_count(1)
    screens.go("/?pane=slack")
    screens.tab_to(card.get_by_role("button", name="Take ticket"))
    keys.press("Enter")
    screens.see("Taken by: Ana Alvarez", card)
    screens.settle()
    expect(card.locator(":focus").or_(card.and_(screens.focused))).to_have_count(1)
    screens.tab_to(card.get_by_role("button", name="Run AI triage"))
    keys.press("Enter")
    expect(card.get_by_role("button", name="Accept the AI suggestion")).to_be_visible()
    expect(screens.focused).to_have_count(1)


@pytest.mark.parametrize(("phone", "theme"), [(False, "light"), (True, "dark")], ids=["laptop", "phone"])
def test_axe_finds_nothing_against_any_screen(open_page: Open, lived_in: Story, theme: str, *, phone: bool):
    lived_in.control("POST", "drawing", {"view": window("Everything", PROMPT, *KINDS)})
    screens = open_page(theme, phone=phone)
    thread = lived_in.card(1)["ts"]
    for address in (*(f"/?pane={pane}" for pane in PANES), "/?in=home", f"/?thread={thread}", "/drawing"):
        screens.go(address)
        screens.page.evaluate("document.querySelector('details.request')?.setAttribute('open', '')")
        complain(screens, address)
    screens.go("/?as=U0RITA&in=home")
    screens.press("Report something", screens.slack.locator(".home"))
    expect(screens.window).to_contain_text("How urgent is it?")
    complain(screens, "a window")
    screens.press("Cancel", screens.window)


def complain(screens: Screens, what: str) -> None:
    """Of everything in the light, and of the colours in the dark."""
    screens.page.evaluate(AXE_SCRIPT)
    for theme, options in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):
        screens.page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        found = screens.page.evaluate(FIND, options | {"resultTypes": ["violations"]})
        told = [(each["id"], node["target"], node["failureSummary"]) for each in found for node in each["nodes"]]
        assert told == [], (what, theme)
