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
FIND = "async ([within, options]) => (await axe.run(within, options)).violations"
WHOLE = "html"
PANES = ("whatsapp", "intercom", "notion", "log", "controls")
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


def test_axe_finds_nothing_against_any_screen_of_a_laptop(open_page: Open, lived_in: Story):
    screens = open_page()
    for address, pane in addresses(lived_in):
        go(screens, address)
        within = f"#beside-{pane}" if pane else WHOLE
        complain(screens, address, within)
        colour(screens, "dark")
        complain(screens, f"{address}, dark", within, runOnly=["color-contrast"])
    report(screens)
    complain(screens, "a window", "[data-modal]")
    screens.press("Cancel", screens.window)


def test_axe_finds_nothing_against_any_screen_of_a_phone_in_the_dark(open_page: Open, lived_in: Story):
    screens = open_page("dark", phone=True)
    for address, _ in addresses(lived_in):
        go(screens, address)
        complain(screens, address)
    report(screens)
    complain(screens, "a window")
    screens.press("Cancel", screens.window)


def addresses(story: Story) -> list[tuple[str, str]]:
    """Of every screen but the windows, and the pane that alone is new there: on a laptop Slack stands beside each."""
    story.control("POST", "drawing", {"view": window("Everything", PROMPT, *KINDS)})
    others = ("/", "/?in=home", f"/?thread={story.card(1)['ts']}", "/drawing")
    return [*((address, "") for address in others), *((f"/?pane={pane}", pane) for pane in PANES)]


def go(screens: Screens, address: str) -> None:
    screens.go(address)
    screens.page.evaluate("document.querySelector('details.request')?.setAttribute('open', '')")


def report(screens: Screens) -> None:
    """Open the window in which people report."""
    screens.go("/?as=U0RITA&in=home")
    screens.press("Report something", screens.slack.locator(".home"))
    expect(screens.window).to_contain_text("How urgent is it?")


def colour(screens: Screens, theme: str) -> None:
    screens.page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)


def complain(screens: Screens, what: str, within: str = WHOLE, **options: Any) -> None:
    screens.page.evaluate(AXE_SCRIPT)
    found = screens.page.evaluate(FIND, [within, options | {"resultTypes": ["violations"]}])
    told = [(each["id"], node["target"], node["failureSummary"]) for each in found for node in each["nodes"]]
    assert told == [], what
