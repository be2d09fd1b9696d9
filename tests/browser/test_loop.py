"""The whole loop, by clicks alone: from a customer's phone to the answer on it, in both themes."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Open
from tests.browser.screens import Screens

pytestmark = pytest.mark.story
WRITTEN = {"light": "The app crashes when I pay", "dark": "I cannot download my invoice"}
"""What is about to be sent when the tour begins."""
LAST_WORDS = {"light": "Thank you for telling us", "dark": "Gracias por avisarnos"}
TITLES = {"light": "The app crashes when I pay", "dark": "La app se cierra al pagar"}
ANSWERS = {
    "light": "**What happened:** The app closed itself when you pressed Pay. No money was taken.\n\n"
    "**How we fixed it:** We corrected the payment step and tried it out on every phone we support.\n\n"
    "**Going forward:** Please update the app once. Thank you for telling us.",
    "dark": "**What happened:** La app se cerraba al pulsar Pagar. No se ha cobrado nada.\n\n"
    "**How we fixed it:** Hemos corregido el pago y lo hemos probado en todos los móviles.\n\n"
    "**Going forward:** Actualice la app una vez. Gracias por avisarnos.",
}
TRIAGED, DRAFTED, SENT = "AI suggestion accepted", "A draft for the reporter waits", "read"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_from_a_report_to_its_answer_by_clicks_alone(open_page: Open, pictures: Path, theme: str):
    screens = open_page(theme)
    title = TITLES[theme]
    if theme == "dark":  # the tour of the first one is over
        screens.press("Once more", screens.page.locator("#tour"))
    screens.step(1)
    expect(screens.page.locator("#wa-words")).to_have_value(WRITTEN[theme])
    report(screens, title, theme)
    screens.see(title, screens.card(title))
    if theme == "dark":
        screens.see("1 similar", screens.card(title))  # what it moves is not to be pressed meanwhile
    screens.shot(pictures, f"1-start-{theme}")
    triage(screens, title)
    screens.shot(pictures, f"2-triaged-{theme}")
    fix(screens, title)
    screens.shot(pictures, f"3-fixed-{theme}")
    draft(screens, title, pictures, theme)
    approve(screens, pictures, theme)
    screens.see("That was the whole way", screens.page.locator("#tour"))
    screens.page.get_by_role("link", name="Show the answer").click()
    bubble = screens.page.locator(".bubble.theirs")
    expect(bubble).to_contain_text("How we fixed it:")
    expect(bubble).to_contain_text(SENT)
    expect(bubble).to_have_attribute("data-told", "")
    expect(bubble).to_be_focused()
    screens.shot(pictures, f"6-told-{theme}")
    screens.pane("What happened")
    screens.page.locator("details.request", has_text="chat.update").first.locator("summary").click()
    screens.see("Answered")
    screens.shot(pictures, f"7-what-happened-{theme}")


def test_every_other_screen_is_pictured_too(open_page: Open, pictures: Path):
    """After the loop, so that there is something on them."""
    screens = open_page()
    screens.press("Close", screens.page.locator("#tour"))
    screens.pane("Intercom")
    screens.press("Send", screens.page.locator("#beside-intercom"))
    screens.see("I was charged twice", screens.page.locator(".bubble.mine"))
    screens.card("I was charged twice for my order")
    screens.shot(pictures, "8-intercom-light")
    screens.pane("Notion")
    screens.shot(pictures, "9-notion-light")
    screens.pane("Controls")
    screens.enter("Home")
    screens.see("Every ticket has a card in")
    screens.shot(pictures, "10-home-and-controls-light")
    screens.be("Rita")
    screens.enter("Home")
    screens.press("Report something")
    expect(screens.window).to_contain_text("How urgent is it?")
    screens.shot(pictures, "11-report-form-light")
    phone = open_page("dark", phone=True, address="/?pane=slack")
    phone.see("Resolved")
    phone.shot(pictures, "12-slack-on-a-phone-dark")


def report(screens: Screens, title: str, theme: str) -> None:
    phone = screens.page.locator("#beside-whatsapp")
    if theme == "dark":
        phone.get_by_label("Phone of").select_option("Somebody new")
        expect(phone.get_by_label("Number")).to_be_visible()
    phone.get_by_label("Message", exact=True).fill(title)
    screens.press("Send", phone)
    screens.see(title, screens.page.locator(".bubble.mine"))
    screens.step(2)


def triage(screens: Screens, title: str) -> None:
    screens.page.get_by_role("link", name="Show me where").click()
    card = screens.card(title)
    card.get_by_role("button", name="Take ticket").click()
    screens.see("Taken by: Ana Alvarez", card)
    ringed(screens, card.get_by_role("button", name="Run AI triage")).click()
    screens.step(4)
    ringed(screens, card.get_by_role("button", name="Accept the AI suggestion"))
    card.get_by_role("button", name="Accept the AI suggestion").click()
    screens.see(TRIAGED, card)
    screens.step(5)


def ringed(screens: Screens, control: Locator) -> Locator:
    """It is what the tour points at, and nothing else is."""
    rings = screens.page.locator("[data-tour] .ring")
    expect(rings).to_have_count(1)
    expect(rings.and_(control)).to_have_count(1)
    return control


def fix(screens: Screens, title: str) -> None:
    """Dragged as with a mouse; the card in Slack follows at once, by Notion's webhook alone."""
    expect(screens.page.locator("#pane-notion")).to_have_class(re.compile("ring"))
    screens.page.get_by_role("link", name="Show me where").click()
    page = screens.page.locator("[data-card]", has_text=title)
    page.drag_to(screens.page.get_by_role("region", name="Done"))
    expect(screens.page.get_by_role("region", name="Done")).to_contain_text(title)
    screens.see("Resolved", screens.card(title))


def draft(screens: Screens, title: str, pictures: Path, theme: str) -> None:
    screens.press("Generate with AI", screens.card(title))
    expect(screens.window).to_contain_text("The prompt, exactly as it will be sent")
    expect(screens.window.get_by_label("Model")).to_be_focused()
    screens.shot(pictures, f"4-prompt-{theme}")
    screens.press("Generate", screens.window)
    screens.see(DRAFTED, screens.card(title))
    ringed(screens, screens.card(title).get_by_role("link", name="1 reply")).click()


def approve(screens: Screens, pictures: Path, theme: str) -> None:
    thread = screens.page.get_by_role("complementary", name="Thread")
    thread.get_by_role("button", name="Edit the draft").click()
    screens.window.get_by_label("Text").fill("no headings")
    screens.press("Save draft", screens.window)
    screens.see("A heading is missing", screens.window)
    screens.settle()  # the refusal may be seen before its answer is here, and until then the button is busy
    screens.window.get_by_label("Text").fill(ANSWERS[theme])
    screens.press("Save draft", screens.window)
    screens.see(LAST_WORDS[theme], thread)
    screens.press("Approve & send", thread)
    expect(screens.window).to_contain_text("within the last 24 hours")
    screens.shot(pictures, f"5-approve-{theme}")
    screens.press("Send", screens.window)
    expect(screens.window).to_have_count(0)
