"""Whatever an app may draw in Slack works as it does there, with an app of the tests' own."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.screens import Screens
from tests.browser.toy import Toy
from tests.browser.toy_app import CARD, button, section

BOX = "Message #feedback-triage"
TRIAGE = "C0TRIAGE"


@pytest.fixture(scope="module")
def sandbox(toy: Toy) -> str:
    return toy.sandbox


@pytest.fixture
def screens(open_page: Open, toy: Toy) -> Screens:
    """Of Ana, with nothing on them that another test has left."""
    toy.control("reset")
    return open_page()


@pytest.fixture
def card(screens: Screens, toy: Toy) -> str:
    return str(toy.api("chat.postMessage", channel=TRIAGE, text="A card", blocks=CARD)["ts"])


def test_windows_lie_three_deep_and_escape_closes_the_one_on_top(screens: Screens):
    screens.say("/feedback stack", BOX)
    for number in (1, 2):
        screens.window.get_by_label(f"Note {number}").fill(f"on level {number}")
        screens.press("Deeper", screens.window)
        expect(screens.window).to_have_accessible_name(f"Level {number + 1}")
    expect(screens.page.locator(".modal[inert]")).to_have_count(2)
    expect(screens.slack.locator(".workspace")).to_have_attribute("inert", "")
    for number in (2, 1):
        screens.page.keyboard.press("Escape")
        expect(screens.window).to_have_accessible_name(f"Level {number}")
        expect(screens.focused).to_have_text("Deeper")
        expect(screens.window.get_by_label(f"Note {number}")).to_have_value(f"on level {number}")
    screens.page.keyboard.press("Escape")
    expect(screens.window).to_have_count(0)
    expect(screens.page.get_by_label(BOX)).to_be_focused()


def test_tab_goes_round_inside_a_window(screens: Screens):
    screens.say("/feedback stack", BOX)
    expect(screens.window.get_by_label("Note 1")).to_be_focused()
    seen = []
    for _ in range(8):
        screens.page.keyboard.press("Tab")
        assert screens.window.locator(":focus").count() == 1
        seen.append(screens.focused.inner_text())
    assert {"Deeper", "Cancel", "Save", "✕"} <= set(seen)
    screens.press("Cancel", screens.window)


def test_a_window_that_loads_becomes_its_form_with_the_focus_in_it(screens: Screens):
    screens.say("/feedback loading", BOX)
    screens.see("One moment…", screens.window)
    expect(screens.window.get_by_label("Name")).to_be_focused()
    screens.press("Cancel", screens.window)


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(screens: Screens, toy: Toy):
    screens.say("/feedback checked", BOX)
    screens.window.get_by_label("Words").fill("wrong")
    screens.window.get_by_label("Other").fill("something else")
    screens.press("Save", screens.window)
    field = screens.window.get_by_label("Words")
    expect(field).to_have_accessible_description("Not these words.")
    expect(field).to_be_focused()
    expect(screens.window.get_by_label("Other")).to_have_value("something else")
    field.fill("right")
    screens.press("Save", screens.window)
    expect(screens.window).to_have_count(0)
    values = toy.told("view_submission")[-1]["view"]["state"]["values"]
    assert values["words"]["words"]["value"] == "right"


@pytest.mark.usefixtures("card")
def test_nothing_is_sent_before_it_is_confirmed(screens: Screens, toy: Toy):
    message = screens.message("A card")
    before = len(toy.told("block_actions"))
    screens.press("Delete", message)
    dialog = screens.page.get_by_role("dialog", name="Delete it?")
    screens.press("Keep it", dialog)
    expect(dialog).to_have_count(0)
    message.get_by_label("Choose").select_option("Done")
    screens.press("Keep it", dialog)
    expect(message.get_by_label("Choose")).to_have_value("")
    assert len(toy.told("block_actions")) == before
    screens.press("Delete", message)
    screens.press("Delete it", dialog)
    screens.settle()
    expect(message.get_by_role("button", name="Delete")).to_be_focused()
    toy.hears("block_actions", lambda told: told["actions"][0]["action_id"] == "delete")


@pytest.mark.usefixtures("card")
def test_an_overflow_menu_can_be_chosen_from_by_keys(screens: Screens, toy: Toy):
    menu = screens.message("A card").get_by_label("More actions")
    menu.focus()
    for key in ("Enter", "ArrowDown", "ArrowDown", "Enter"):
        screens.page.keyboard.press(key)
    expect(menu).to_be_focused()
    expect(screens.message("A card").locator("details.menu[open]")).to_have_count(0)
    toy.hears("block_actions", lambda told: told["actions"][0].get("selected_option", {}).get("value") == "pin")


def test_an_external_select_offers_what_the_app_answers(screens: Screens, toy: Toy):
    screens.say("/feedback city", BOX)
    field = screens.window.get_by_label("City")
    field.press_sequentially("b")
    screens.see("Type 2 letters or more", screens.window)
    field.press_sequentially("e")
    expect(screens.window.get_by_role("listbox").get_by_role("option")).to_have_text(["Berlin", "Bergen", "Bern"])
    field.press("ArrowDown")
    field.press("Enter")
    expect(field).to_have_value("Bergen")
    expect(field).to_be_focused()
    toy.api("chat.postMessage", channel=TRIAGE, text="News while the window is open")
    screens.see("News while the window is open")
    screens.press("Save", screens.window)
    expect(screens.window).to_have_count(0)
    values = toy.told("view_submission")[-1]["view"]["state"]["values"]
    assert values["city"]["city"]["selected_option"]["text"]["text"] == "Bergen"


def test_an_app_that_fails_to_answer_offers_nothing(screens: Screens):
    screens.say("/feedback city", BOX)
    screens.window.get_by_label("City").press_sequentially("fail")
    screens.see("No results could be loaded.", screens.window)
    screens.press("Save", screens.window)  # and nothing was chosen, which is asked for
    expect(screens.window).to_have_count(1)
    screens.press("Cancel", screens.window)


def test_whatever_is_typed_arrives_as_it_was_typed(screens: Screens, toy: Toy, tmp_path: Path):
    screens.say("/feedback kinds", BOX)
    picture = tmp_path / "proof.txt"
    picture.write_text("what is in it")
    typed = {
        "Line": "<b> & \"quotes\" 'too' 😀",
        "Text": "first\n\nthird, שלום",
        "Number": "-2.5",
        "Email": "ana@hub.example",
        "Address": "https://hub.example/?a=1&b=2",
        "Date": "2026-03-04",
        "Time": "09:30",
        "Moment": "2026-03-04T09:30",
    }
    for label, words in typed.items():
        screens.window.get_by_label(label).fill(words)
    screens.window.get_by_label("One").select_option("Green")
    screens.window.get_by_label("Several").select_option(["Red", "Blue"])
    screens.window.get_by_label("Person").select_option("Rex Rivers")
    screens.window.get_by_role("group", name="Ticked").get_by_label("Red").check()
    screens.window.get_by_role("group", name="Ticked").get_by_label("Blue").check()
    screens.window.get_by_role("group", name="Picked").get_by_label("Green").check()
    screens.window.get_by_label("Files").set_input_files(picture)
    toy.api("chat.postMessage", channel=TRIAGE, text="News while somebody types")
    screens.see("News while somebody types")
    moment = screens.page.evaluate("new Date('2026-03-04T09:30').getTime() / 1000")
    screens.press("Save", screens.window)
    expect(screens.window).to_have_count(0)
    values = {name: held[name] for name, held in toy.told("view_submission")[-1]["view"]["state"]["values"].items()}
    for label in ("Line", "Text", "Number", "Email", "Address"):
        assert values[label.lower()]["value"] == typed[label]
    assert values["date"]["selected_date"] == typed["Date"]
    assert values["time"]["selected_time"] == typed["Time"]
    assert values["moment"]["selected_date_time"] == moment
    assert values["one"]["selected_option"]["value"] == "green"
    assert [one["value"] for one in values["several"]["selected_options"]] == ["red", "blue"]
    assert values["person"]["selected_user"] == "U0REX"
    assert [one["value"] for one in values["ticked"]["selected_options"]] == ["red", "blue"]
    assert values["picked"]["selected_option"]["value"] == "green"
    assert [file["name"] for file in values["files"]["files"]] == ["proof.txt"]


def test_a_whisper_is_seen_by_one_person_alone(screens: Screens):
    screens.say("/feedback whisper", BOX)
    screens.see("Only visible to you", screens.message("Psst!"))
    screens.be("Ben")
    expect(screens.slack.get_by_text("Psst!")).to_have_count(0)


def test_a_message_changes_in_place_while_somebody_types(screens: Screens, toy: Toy, card: str):
    box = screens.page.get_by_label(BOX)
    box.press_sequentially("half a sen")
    toy.api("chat.update", channel=TRIAGE, ts=card, text="Changed", blocks=[section("Changed meanwhile")])
    screens.see("Changed meanwhile")
    box.press_sequentially("tence")
    expect(box).to_have_value("half a sentence")
    expect(box).to_be_focused()


def test_home_is_drawn_anew_under_an_open_list(screens: Screens, toy: Toy):
    screens.enter("Home")
    field = screens.slack.get_by_label("A city")
    field.click()
    field.press_sequentially("ber")
    offered = screens.slack.get_by_role("listbox").get_by_role("option")
    expect(offered).to_have_count(3)
    toy.api("views.publish", user_id="U0ANA", view=_home_again(toy))
    screens.see("Drawn once more")
    expect(offered).to_have_count(3)
    expect(field).to_have_value("ber")
    expect(field).to_be_focused()
    offered.first.click()
    expect(field).to_have_value("Berlin")
    toy.hears("block_actions", lambda told: told["actions"][0].get("selected_option", {}).get("value") == "berlin")


def _home_again(toy: Toy) -> dict:
    drawn = toy.shown("home?user=U0ANA")
    return {"type": "home", "blocks": [section("Drawn once more"), drawn["blocks"][1]]}


def test_a_button_is_pressed_and_keeps_the_focus_though_home_is_drawn_again_meanwhile(screens: Screens, toy: Toy):
    """Its block has no id of the app's, so that Slack gives it another one for every drawing."""

    def draw(words: str) -> None:
        rows = [{"type": "actions", "elements": [button(label, "go")]} for label in ("Go", "Do not")]
        toy.api("views.publish", user_id="U0ANA", view={"type": "home", "blocks": [section(words), *rows]})
        screens.see(words)

    screens.enter("Home")
    screens.see("Drawn ")
    draw("Once more")
    go = screens.slack.get_by_role("button", name="Go", exact=True)
    go.hover()
    screens.page.mouse.down()
    draw("And once more")
    screens.page.mouse.up()
    toy.hears("block_actions", lambda told: told["actions"][0].get("text", {}).get("text") == "Go")
    expect(go).to_be_focused()


def test_what_slack_refused_is_told_until_it_was_understood(screens: Screens):
    screens.say("/feedback refused", BOX)
    screens.see("Slack refused chat.postMessage: invalid_blocks")
    screens.press("Understood")
    expect(screens.page.get_by_text("invalid_blocks")).to_have_count(0)
    expect(screens.focused).to_have_count(1)


def test_commands_are_offered_while_they_are_typed(screens: Screens, toy: Toy):
    box = screens.page.get_by_label(BOX)
    box.press_sequentially("/")
    offered = screens.slack.get_by_role("listbox").get_by_role("option")
    expect(offered).to_contain_text(["/feedback [what happened]", "/simulate"])
    box.press_sequentially("sim")
    expect(offered).to_have_count(1)
    box.press("Enter")
    expect(box).to_have_value("/simulate ")
    box.fill("/feedback")
    box.press("Enter")
    expect(box).to_have_value("")
    toy.hears("/feedback", lambda told: told["text"] == "")


def test_slack_itself_answers_a_command_nobody_knows(screens: Screens, toy: Toy):
    before = len(toy.told("/feedback"))
    screens.say("/nonsense please", BOX)
    screens.toast("/nonsense is not a valid command. In Slack, all messages that start with the “/” character")
    expect(screens.page.get_by_label(BOX)).to_have_value("/nonsense please")
    toy.api("chat.postMessage", channel=TRIAGE, text="a thread begins")
    screens.pick("Reply in thread", screens.message("a thread begins"))
    screens.say("/feedback here", "Reply in the thread")
    screens.toast("/feedback is not supported in threads. Sorry!")
    assert len(toy.told("/feedback")) == before
    assert toy.told("/nonsense") == []


def test_words_typed_while_others_are_on_their_way_stay(screens: Screens):
    box = screens.page.get_by_label(BOX)
    box.fill("/feedback slow")
    box.press("Enter")
    box.press_sequentially("the next sentence")
    expect(screens.slack.locator(".talk .send[aria-busy]")).to_have_count(0)
    expect(box).to_have_value("the next sentence")


def test_nothing_is_lost_while_the_sandbox_does_not_answer(screens: Screens):
    screens.page.context.set_offline(True)
    screens.say("Can anybody hear me?", BOX)
    screens.toast("The sandbox does not answer")
    box = screens.page.get_by_label(BOX)
    expect(box).to_have_value("Can anybody hear me?")
    screens.page.context.set_offline(False)
    expect(screens.page.locator("#said")).to_have_text("")
    box.press("Enter")
    screens.see("Can anybody hear me?", screens.slack.locator(".talk article"))
    expect(box).to_have_value("")


def test_a_message_and_its_thread_do_not_press_each_others_buttons(screens: Screens, card: str):
    screens.go(f"/?thread={card}")
    ids = screens.page.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")
    assert sorted(ids) == sorted(set(ids))
    screens.press("Delete", screens.thread)
    expect(screens.thread.get_by_role("dialog", name="Delete it?")).to_be_visible()


def test_the_focus_returns_to_where_a_thread_was_opened(screens: Screens, toy: Toy, card: str):
    toy.api("chat.postMessage", channel=TRIAGE, text="a reply", thread_ts=card)
    message = screens.message("A card")
    message.get_by_role("link", name="1 reply").press("Enter")
    expect(screens.thread.get_by_role("log")).to_be_focused()
    screens.thread.get_by_label("Close the thread").press("Enter")
    expect(screens.thread).to_have_count(0)
    expect(message).to_be_focused()


def test_two_quick_clicks_lead_where_both_were_meant_to(screens: Screens):
    screens.page.evaluate("for (const id of ['be-U0BEN', 'pane-log']) document.getElementById(id).click()")
    expect(screens.page.get_by_role("region", name="What happened")).to_be_visible()
    expect(screens.page.locator("#be-U0BEN")).to_have_attribute("aria-current", "true")


def test_a_link_to_notion_leads_to_the_page_in_it(screens: Screens, toy: Toy):
    page = toy.page("The one that is meant")
    element = {"type": "link", "url": page["url"], "text": "Open in Notion"}
    block = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [element]}]}
    toy.api("chat.postMessage", channel=TRIAGE, text="x", blocks=[block])
    screens.be("Ben")
    screens.slack.get_by_role("link", name="Open in Notion").click()
    expect(screens.page.locator(".card", has_text="The one that is meant")).to_be_focused()
    expect(screens.page.get_by_role("link", name="Ben agent")).to_have_attribute("aria-current", "true")


def test_a_long_channel_stays_where_it_is_read(screens: Screens, toy: Toy):
    for number in range(60):
        toy.api("chat.postMessage", channel="C0SUPPORT", text=f"line {number} of many")
    screens.enter("help")
    screens.see("line 59 of many")
    lines = screens.slack.get_by_role("log")
    lines.evaluate("(list) => { list.scrollTop = 0; }")
    top = screens.message("line 20 of many").bounding_box()
    screens.slack.get_by_role("link", name="Show earlier messages").click()
    expect(screens.message("line 0 of many")).to_be_attached()
    assert abs(screens.message("line 20 of many").bounding_box()["y"] - top["y"]) < 45  # without the link above
    toy.api("chat.postMessage", channel="C0SUPPORT", text="the newest of all")
    expect(screens.message("the newest of all")).to_be_attached()
    assert abs(screens.message("line 20 of many").bounding_box()["y"] - top["y"]) < 45
