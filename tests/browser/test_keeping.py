"""Nobody loses their place or their words because others write, and the tour leads there as often as it is asked."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.toy import Toy
from tests.sandbox.slack_played import actions, button

CARLA, SAM = "15550100000", "15550100001"


@pytest.fixture(scope="module")
def sandbox(toy: Toy) -> str:
    write(toy, CARLA, "Carla", "The app crashes")
    return toy.sandbox


def write(toy: Toy, number: str, name: str, text: str) -> None:
    toy.control("report", **{"channel": "whatsapp", "from": number, "name": name, "text": text})


def test_the_phone_is_of_whom_one_writes_for_although_others_write(open_page: Open, toy: Toy):
    screens = open_page(address="/?pane=whatsapp")
    phone = screens.page.locator("#beside-whatsapp")
    write(toy, SAM, "Sam", "Dark mode?")
    screens.see("Sam's phone", phone)  # nobody is at it: whoever wrote last is shown
    phone.get_by_label("Message", exact=True).fill("And one more")
    write(toy, CARLA, "Carla", "It still crashes")
    expect(phone.locator("option", has_text="Carla")).to_be_attached()
    screens.page.wait_for_timeout(600)
    screens.see("Sam's phone", phone)
    expect(phone.get_by_label("Message", exact=True)).to_have_value("And one more")
    expect(phone.get_by_label("Message", exact=True)).to_be_focused()


def test_what_is_half_written_waits_for_its_person(open_page: Open, toy: Toy):
    write(toy, SAM, "Sam", "Dark mode, please")
    screens = open_page(address=f"/?pane=whatsapp&phone={CARLA}")
    phone = screens.page.locator("#beside-whatsapp")
    box, whose = phone.get_by_label("Message", exact=True), phone.get_by_label("Phone of")
    box.fill("Carla's half")
    whose.select_option("Sam")
    expect(phone).to_contain_text("Sam's phone")
    expect(box).not_to_have_value("Carla's half")
    box.fill("Sam's half")
    whose.select_option("Carla")
    expect(box).to_have_value("Carla's half")
    screens.press("Send", phone)
    screens.see("Carla's half", phone.locator(".bubble.mine"))
    whose.select_option("Sam")
    expect(box).to_have_value("Sam's half")
    whose.select_option("Carla")
    expect(box).not_to_have_value("Carla's half")


def test_in_slack_too_everybody_has_their_own_words(open_page: Open):
    screens = open_page(address="/?as=U0ANA&in=C0SUPPORT")
    box = screens.slack.locator(".talk .composer textarea")
    box.fill("Ana's half")
    screens.be("Ben")
    screens.enter("help")
    expect(box).to_have_value("")
    screens.be("Ana")
    screens.enter("help")
    expect(box).to_have_value("Ana's half")


def test_one_command_is_marked_however_often_the_list_is_opened(open_page: Open):
    screens = open_page()
    box = screens.slack.locator(".talk .composer textarea")
    marked = screens.slack.locator(".talk .commands [aria-selected=true]")
    box.press_sequentially("/")
    box.press("ArrowDown")
    box.press("Escape")
    box.fill("")
    box.press_sequentially("/")
    expect(marked).to_have_count(1)


def test_the_tour_leads_to_what_it_rings_also_when_one_is_there(open_page: Open, toy: Toy):
    toy.control("reset")
    take = actions(button("t", "Take", value="ticket-1"))
    ts = toy.api("chat.postMessage", channel="C0TRIAGE", text="A card", blocks=[take])["ts"]
    for number in range(30):
        toy.api("chat.postMessage", channel="C0TRIAGE", text=f"Another {number}")
    screens = open_page(address="/?as=U0ANA&pane=slack")
    screens.step(2)
    where = screens.page.get_by_role("link", name="Show me where")
    ring = screens.slack.locator("[data-tour] .ring")
    for _ in range(2):
        where.click()
        expect(ring).to_be_focused()
        expect(ring).to_be_in_viewport()
        screens.slack.locator(".talk .lines").evaluate("(list) => { list.scrollTop = list.scrollHeight; }")
        expect(ring).not_to_be_in_viewport()
    assert ts.replace(".", "-") in str(ring.evaluate("(node) => node.closest('article').id"))
    screens.press("Begin again", screens.page.locator("#tour"))
    screens.step(1)
    expect(screens.page.get_by_role("button", name="Begin again")).to_have_count(0)


def test_a_box_with_headings_shows_all_of_them(open_page: Open, toy: Toy):
    content = "\n\n".join(f"**{heading}:**\n" for heading in ("What happened", "How we fixed it", "Going forward"))
    element = {"type": "plain_text_input", "action_id": "c", "multiline": True, "initial_value": content}
    entry = {"type": "input", "label": {"type": "plain_text", "text": "Text"}, "element": element}
    view = {"type": "modal", "title": {"type": "plain_text", "text": "Write it myself"}, "blocks": [entry]}
    toy.control("drawing", view=view | {"submit": {"type": "plain_text", "text": "Save draft"}})
    screens = open_page(address="/drawing")
    box = screens.page.locator("textarea")
    assert box.evaluate("(field) => field.scrollHeight <= field.clientHeight + 1")
