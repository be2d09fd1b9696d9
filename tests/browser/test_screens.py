"""Every other way in and out: what reporters, customers and agents do on each screen, before a running hub."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Open
from tests.browser.screens import Screens

pytestmark = pytest.mark.story
PRIVATE = re.compile(r"[\w.]+@[\w.]*\w|\+?\d[\d ()-]{7,}\d")
"""E-mail addresses and numbers of phones, cards and people."""
DM, HELP, TRIAGE = "Message Feedback Hub", "Message #help", "Message #feedback-triage"
BASKET = "The basket forgets what is in it"
ANSWER = "**What happened:** It was emptied.\n\n**How we fixed it:** It is kept.\n\n**Going forward:** We check it every day."

FETCH_SLOWLY = """() => {
  const fetched = window.fetch;
  window.fetch = (...asked) => new Promise((done) => setTimeout(done, 1500)).then(() => fetched(...asked));
}"""


@pytest.fixture
def screens(open_page: Open) -> Screens:
    """Ana's, at a laptop, with the tour put away."""
    screens = open_page()
    screens.skip_the_tour()
    return screens


@pytest.fixture
def proof(tmp_path: Path) -> Path:
    file = tmp_path / "proof.txt"
    file.write_text("what the screen said")
    return file


def test_a_colleague_reports_in_a_message_to_the_app(screens: Screens):
    screens.be("Rita")
    screens.say("The export stops at 100 rows", DM)
    screens.message("The export stops").get_by_role("link", name="1 reply").click()
    screens.see("This is ticket #", screens.thread)
    screens.be("Ana")
    screens.see("Rita Rossi", screens.card("The export stops at 100 rows"))


def test_in_a_channel_only_what_names_the_app_is_a_report(screens: Screens):
    screens.be("Rita")
    screens.enter("help")
    screens.say("The coffee machine is empty", HELP)
    screens.say("@Feedback Hub The search finds nothing", HELP)
    expect(screens.message("The search finds nothing").locator(".mention")).to_have_text("@Feedback Hub")
    screens.be("Ana")
    screens.see("Rita Rossi", screens.card("The search finds nothing"))
    expect(screens.card("The coffee machine is empty")).to_have_count(0)


def test_a_report_is_made_with_a_command(screens: Screens):
    screens.be("Rita")
    screens.enter("help")
    screens.say("/feedback The lamp on the printer blinks", HELP)
    screens.see("Thank you for telling us. This is ticket #", screens.message("Only visible to you"))
    screens.be("Ana")
    expect(screens.card("The lamp on the printer blinks")).to_be_visible()


def by_shortcut(screens: Screens) -> Locator:
    menu = screens.slack.locator("#shortcuts")
    menu.locator("summary").click()
    screens.press("Report something", menu)
    return menu.locator("summary")


def at_home(screens: Screens) -> Locator:
    screens.enter("Home")
    screens.press("Report something", screens.slack.locator(".home"))
    return screens.slack.locator(".home").get_by_role("button", name="Report something")


@pytest.mark.parametrize("opened", [by_shortcut, at_home])
def test_a_report_is_filled_in_with_its_urgency_and_a_file(
    screens: Screens, proof: Path, opened: Callable[[Screens], Locator]
):
    title = f"The invoice has the wrong address {opened.__name__}"
    screens.be("Rita")
    opener = opened(screens)
    screens.window.get_by_label("What happened?").fill(title)
    screens.window.get_by_label("How urgent is it?").select_option("Urgent: I cannot work")
    screens.window.get_by_label("Screenshots or other files").set_input_files(proof)
    screens.press("Send", screens.window)
    expect(screens.window).to_have_accessible_name("Thank you")
    screens.press("Close", screens.window.locator("footer"))
    expect(opener).to_be_focused()
    screens.be("Ana")
    card = screens.card(title)
    screens.see("High", card)
    screens.see("proof.txt", card)


def test_somebody_elses_message_is_reported(screens: Screens):
    screens.be("Rex")
    screens.enter("help")
    screens.say("My password reset never arrives", HELP)
    screens.be("Ben")
    screens.enter("help")
    screens.pick("Report as feedback", screens.message("My password reset never arrives"))
    screens.see("Thank you for telling us", screens.message("Only visible to you"))
    screens.enter("feedback-triage")
    screens.see("Rex Rivers", screens.card("My password reset never arrives"))


def test_what_one_wrote_is_changed_and_taken_back(screens: Screens):
    screens.be("Rita")
    screens.say("The total is worng", DM)
    message = screens.message("The total is worng")
    screens.see("1 reply", message)
    screens.pick("Edit…", message)
    dialog = screens.page.get_by_role("dialog", name="Edit the message")
    expect(dialog.get_by_label("New text")).to_have_value("The total is worng")
    dialog.get_by_label("New text").fill("The total is wrong")
    screens.press("Save", dialog)
    screens.see("(edited)", screens.message("The total is wrong"))
    screens.be("Ana")
    screens.see("The total is wrong", screens.card("The total is worng"))
    screens.be("Rita")
    screens.pick("Delete", screens.message("The total is wrong"))
    expect(screens.slack.locator(".talk article .text", has_text="The total is wrong")).to_have_count(0)
    expect(screens.focused).to_have_count(1)


def test_a_conversation_in_the_messenger_goes_both_ways(screens: Screens):
    screens.pane("Intercom")
    messenger = screens.page.locator("#beside-intercom")
    box = messenger.get_by_label("Message", exact=True)
    box.fill("I cannot log in any more")
    screens.press("Send", messenger)
    card = screens.card("I cannot log in any more")
    expect(card).to_be_visible()
    screens.see("I cannot log in any more", messenger.locator(".bubble.mine"))
    box.fill("It worked yesterday")
    box.press("Enter")
    screens.see("It worked yesterday", messenger.locator(".bubble.mine"))
    expect(box).to_have_value("")
    card.get_by_label("Status").select_option("✅ Resolved")
    screens.press("Generate with AI", card)
    screens.press("Generate", screens.window)
    card.get_by_role("link", name="1 reply").click()
    screens.press("Approve & send", screens.thread)
    screens.press("Send", screens.window)
    screens.see("How we fixed it:", messenger.locator(".bubble.theirs"))
    expect(screens.card("It worked yesterday")).to_have_count(0)


def test_a_customer_sends_a_file_from_the_phone(screens: Screens, proof: Path):
    screens.pane("WhatsApp")
    phone = screens.page.locator("#beside-whatsapp")
    phone.get_by_label("Attach files").set_input_files(proof)
    expect(phone.locator("[data-picked]")).to_have_text("proof.txt")
    phone.get_by_label("Message", exact=True).fill("The parcel came broken")
    screens.press("Send", phone)
    screens.see("proof.txt", phone.locator(".bubble.mine"))
    expect(phone.locator("[data-picked]")).to_have_text("")
    screens.see("proof.txt", screens.card("The parcel came broken"))


def test_a_fault_is_switched_on_and_off(screens: Screens):
    screens.pane("Controls")
    faults = screens.page.locator("#faults")
    faults.get_by_label("Platform").select_option("Slack")
    faults.get_by_label("What goes wrong").select_option("fails (500)")
    faults.get_by_label("How often").select_option("until switched off")
    screens.press("Switch on", faults)
    badge = screens.page.get_by_role("link", name="1 fault on")
    expect(badge).to_be_visible()
    screens.be("Rita")
    screens.say("The map stays grey", DM)
    screens.pane("What happened")
    expect(screens.page.locator("details.request.bad", has_text="500").first).to_be_visible()
    badge.click()
    screens.press("Off", screens.page.locator("#beside-controls"))
    expect(badge).to_have_count(0)
    screens.be("Ana")
    expect(screens.card("The map stays grey")).to_be_visible()


def test_the_model_is_not_told_what_a_customer_tells_of_themselves(screens: Screens):
    screens.pane("Controls")
    form = screens.page.locator("#simulate")
    form.get_by_label("Channel").select_option("WhatsApp")
    form.get_by_label("with personal data").check()
    screens.press("One report", form)
    screens.settle()
    screens.pane("WhatsApp")
    said = screens.page.locator(".bubble.mine").inner_text()
    card = screens.card(said.splitlines()[0])
    screens.press("Run AI triage", card)
    expect(card.get_by_role("button", name="Accept the AI suggestion")).to_be_visible()
    screens.pane("What happened")
    screens.sift("OpenAI")
    request = screens.page.locator("details.request").filter(has_text="chat/completions").first
    expect(request.locator(".way")).to_have_text("Hub → OpenAI")
    request.locator("summary").click()
    told = request.get_by_label("Sent").inner_text()
    assert said.splitlines()[0] in told
    assert (private := PRIVATE.findall(said))
    assert [words for words in private if words in told] == []


def test_a_page_is_moved_by_keys_and_thrown_away(screens: Screens):
    screens.say("/feedback The heating is off in room 4", TRIAGE)
    card = screens.card("The heating is off")
    for label in ("Take ticket", "Run AI triage", "Accept the AI suggestion"):
        card.get_by_role("button", name=label).click()
    screens.pane("Notion")
    page = screens.page.locator(".card", has_text="The heating is off")
    status = page.get_by_label("Status of")
    status.focus()
    status.press("End")
    expect(screens.page.get_by_role("region", name="Done")).to_contain_text("The heating is off")
    expect(status).to_be_focused()
    screens.see("Resolved", card)
    page.get_by_label("to the trash").press("Enter")
    expect(page).to_have_count(0)
    expect(screens.focused).to_have_count(1)


def test_what_happened_is_sifted(screens: Screens):
    screens.be("Rita")
    screens.say("The newsletter comes twice", DM)
    screens.go("/?pane=log&many=2000")
    ways = screens.page.locator("details.request .way")
    polls = screens.page.locator("details.request .title", has_text="users.info")
    screens.sift("Slack")
    expect(ways.first).to_contain_text("Slack")
    expect(ways.filter(has_not_text="Slack")).to_have_count(0)
    expect(polls).to_have_count(0)
    screens.sift("polling too")
    expect(polls.first).to_be_visible()
    screens.sift("Notion")
    expect(ways.filter(has_not_text="Notion")).to_have_count(0)


def test_the_tour_is_skipped_and_taken_again(open_page: Open):
    screens = open_page()
    tour = screens.page.get_by_role("region", name="Guided tour")
    screens.press("Skip the tour", tour)
    expect(tour).to_have_count(0)
    expect(screens.page.get_by_role("button", name="Take the tour")).to_be_focused()
    screens.go("/")
    expect(tour).to_have_count(0)
    screens.press("Take the tour", screens.page.locator("header.top"))
    expect(tour).to_be_visible()
    expect(screens.focused).to_have_count(1)
    screens.go("/")
    expect(tour).to_be_visible()


def test_light_or_dark_is_remembered(screens: Screens):
    screens.page.get_by_label("Switch between light and dark").click()
    ground = screens.page.locator("html")
    expect(ground).to_have_css("color-scheme", "dark")
    screens.go("/?pane=log")
    expect(ground).to_have_css("color-scheme", "dark")
    screens.page.get_by_label("Switch between light and dark").click()
    expect(ground).to_have_css("color-scheme", "light")


def test_after_a_day_a_customer_gets_the_template(screens: Screens):
    phone = screens.page.locator("#beside-whatsapp")
    phone.get_by_label("Phone of").select_option("Somebody new")
    expect(phone.get_by_label("Number")).to_be_visible()
    phone.get_by_label("Message", exact=True).fill(BASKET)
    screens.press("Send", phone)
    write_the_answer(screens)
    phone.get_by_role("button", name="a day later").click()
    screens.see("24 hours are over", phone)
    expect(screens.focused).to_have_count(1)
    screens.press("Approve & send", screens.thread)
    screens.press("Send", screens.window)
    told = phone.locator(".bubble.theirs", has_text="Template")
    expect(told).to_have_count(1)
    expect(told).to_contain_text("read")
    screens.pane("Controls")
    screens.press("Back to now", screens.page.locator("#beside-controls"))


def write_the_answer(screens: Screens) -> None:
    card = screens.card(BASKET)
    for label in ("Take ticket", "Run AI triage", "Accept the AI suggestion"):
        card.get_by_role("button", name=label).click()
    card.get_by_label("Status").select_option(label="✅ Resolved")
    screens.press("Write it myself", card)
    screens.window.get_by_label("Text").fill(ANSWER)
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
    expect(screens.focused).to_have_count(1)


def test_customers_write_by_themselves_until_they_are_stopped(screens: Screens):
    """Also where news come faster than the page can be drawn."""
    screens.pane("Controls")
    screens.page.evaluate(FETCH_SLOWLY)
    trickle = screens.page.locator("#trickle")
    trickle.get_by_label("One every").fill("1")
    screens.press("Start a trickle", trickle)
    expect(trickle.get_by_role("button", name="Stop the trickle")).to_be_focused()
    expect(trickle).to_contain_text(re.compile("one every 1 s, ([2-9]|[0-9]{2,}) so far"))
    screens.settle()  # a form that is still sent is not sent again
    screens.press("Stop the trickle", trickle)
    expect(trickle.get_by_role("button", name="Start a trickle")).to_be_focused()
    expect(screens.slack.locator(".talk article").nth(1)).to_be_attached()
