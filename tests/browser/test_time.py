"""What the clock of the platforms and a trickle of customers do, by clicks, before a running hub."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.screens import Screens

pytestmark = pytest.mark.story
WORDS = "The basket forgets what is in it"
TEXT = "**What happened:** It was emptied.\n\n**How we fixed it:** It is kept.\n\n**Going forward:** We check it every day."


@pytest.fixture
def screens(open_page: Open) -> Screens:
    screens = open_page()
    screens.press("Skip the tour", screens.page.locator("#tour"))
    return screens


def test_after_a_day_a_customer_gets_the_template(screens: Screens):
    phone = screens.page.locator("#beside-whatsapp")
    phone.get_by_label("Message", exact=True).fill(WORDS)
    screens.press("Send", phone)
    write_the_answer(screens)
    phone.get_by_role("button", name="a day later").click()
    screens.see("24 hours are over", phone)
    assert screens.focused.count() == 1
    screens.press("Approve & send", screens.thread)
    screens.press("Send", screens.window)
    told = phone.locator(".bubble.theirs", has_text="Template")
    expect(told).to_have_count(1)
    expect(told).to_contain_text("read")
    screens.pane("Controls")
    screens.press("Back to now", screens.page.locator("#beside-controls"))


def write_the_answer(screens: Screens) -> None:
    card = screens.card(WORDS)
    for label in ("Take ticket", "Run AI triage", "Accept the AI suggestion"):
        card.get_by_role("button", name=label).click()
    card.get_by_label("Status").select_option(label="✅ Resolved")
    screens.press("Write it myself", card)
    screens.window.get_by_label("Text").fill(TEXT)
    screens.press("Save draft", screens.window)
    card.get_by_role("link", name="1 reply").click()
    screens.see("It is kept.", screens.thread)


def test_the_platforms_clock_is_moved_and_set_right(screens: Screens):
    clock = screens.page.locator("header.top .time")
    expect(clock).not_to_contain_text("+")
    screens.pane("Controls")
    controls = screens.page.locator("#beside-controls")
    screens.press("An hour later", controls)
    expect(clock).to_contain_text("+1 h 0 min")
    screens.press("A day later", controls)
    expect(clock).to_contain_text("+25 h 0 min")
    screens.press("Back to now", controls)
    expect(clock).not_to_contain_text("+")
    assert screens.focused.count() == 1


def test_customers_write_by_themselves_until_they_are_stopped(screens: Screens):
    screens.pane("Controls")
    trickle = screens.page.locator("#trickle")
    trickle.get_by_label("One every").fill("1")
    screens.press("Start a trickle", trickle)
    expect(trickle.get_by_role("button", name="Stop the trickle")).to_be_focused()
    expect(trickle).to_contain_text(re.compile("one every 1 s, ([2-9]|[0-9]{2,}) so far"))
    screens.press("Stop the trickle", trickle)
    expect(trickle.get_by_role("button", name="Start a trickle")).to_be_focused()
    expect(screens.slack.locator(".talk article").nth(1)).to_be_attached()
