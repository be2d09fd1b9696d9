"""In one hand and at every width: all that can be pressed is to be seen, and wide enough for a finger."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.screens import Screens
from tests.browser.toy import Toy
from tests.browser.toy_app import CARD

PANES = {
    "Slack": "Message #feedback-triage",
    "WhatsApp": "Message",
    "Intercom": "Message",
    "Notion": "Status of",
    "What happened": "Requests, newest first",
    "Controls": "What goes wrong",
}
WIDTHS = (390, 768, 1100, 1366, 1920)
WORD = "W" * 200
FINGER = 39
REPORTS: tuple[dict[str, Any], ...] = (
    {"channel": "slack", "from": "U0RITA", "text": WORD},
    {"channel": "slack", "from": "new", "name": f"Nora {WORD}", "text": WORD},
    {"channel": "intercom", "from": "ivy", "name": f"Ivy {WORD}", "text": WORD},
    {"channel": "whatsapp", "from": "34600111222", "name": f"Rita {WORD}", "text": WORD},
)
PRESSED = "a[href], button, input:not([type=hidden]), select, textarea, summary"
CUT_OFF = """(wanted) => [...document.querySelectorAll(wanted)].filter((each) => {
  if (!each.checkVisibility() || each.closest('.skip, [inert], .sr-only')) return false;
  const { left, right } = each.getBoundingClientRect();
  const isScrolled = (box) => getComputedStyle(box).overflowX === 'auto' && box.scrollWidth > box.clientWidth + 1;
  for (let box = each.parentElement; box; box = box.parentElement) {
    if (isScrolled(box)) return box.matches('.lines, .chat, .modal-body');
    const edges = box.getBoundingClientRect();
    const isClip = getComputedStyle(box).overflowX !== 'visible';
    if (isClip && (left < edges.left - 1 || right > edges.right + 1)) return true;
  }
  return left < -1 || right > innerWidth + 1;
}).map((each) => each.outerHTML.slice(0, 120))"""
NARROW = """([wanted, least]) => [...document.querySelectorAll(wanted)].filter((each) => {
  if (!each.checkVisibility() || each.closest('.skip, .sr-only, .attach')) return false;
  if (each.matches('.text a, .block a, .link') || each.matches('label :is([type=checkbox], [type=radio])')) return false;
  const { width, height } = each.getBoundingClientRect();
  return Math.min(width, height) < least;
}).map((each) => `${each.outerHTML.slice(0, 120)} ${each.getBoundingClientRect().width}x${each.getBoundingClientRect().height}`)"""


@pytest.fixture(scope="module")
def sandbox(toy: Toy) -> str:
    """With words on every pane that break nowhere."""
    for report in REPORTS:
        toy.control("report", **report)
    toy.api("chat.postMessage", channel="C0TRIAGE", text="A card", blocks=CARD)
    toy.page(WORD)
    toy.control("faults", platform="openai", mode="500")
    return toy.sandbox


def looks() -> list[str]:
    keys = ("slack", "whatsapp", "intercom", "notion", "log", "controls")
    new = ["/?pane=whatsapp&phone=new", "/?pane=intercom&talk=new", "/?pane=slack&as=U0RITA", "/?pane=slack&in=home"]
    return [f"/?pane={key}" for key in keys] + new


def test_nothing_that_can_be_pressed_is_cut_off_at_any_width(open_page: Open):
    screens = open_page()
    for look in looks():
        screens.go(look)
        for width in WIDTHS:
            screens.page.set_viewport_size({"width": width, "height": 844})
            assert screens.page.evaluate("document.scrollingElement.scrollWidth") <= width, (look, width)
            assert screens.page.evaluate("document.scrollingElement.scrollHeight") <= 844, (look, width)
            assert screens.page.evaluate(CUT_OFF, PRESSED) == [], (look, width)


def test_every_pane_is_a_tap_away_on_a_phone(open_page: Open):
    screens = open_page(phone=True)
    for name, field in PANES.items():
        screens.page.locator("nav.panes").get_by_role("link", name=name, exact=True).tap()
        place = screens.page.get_by_label(field).filter(visible=True).first
        expect(place).to_be_in_viewport()
        expect(screens.page.locator("main > .window").filter(visible=True)).to_have_count(1)


def test_most_of_a_phone_is_left_for_the_screen(open_page: Open):
    screens = open_page(phone=True)
    assert screens.page.locator("#stage").bounding_box()["y"] < 140
    tour = screens.page.locator("#tour")
    expect(tour.locator("#tour-words")).to_be_hidden()
    tour.get_by_role("button", name="What to do").tap()
    expect(tour.locator("#tour-words")).to_be_visible()
    expect(tour.get_by_role("button", name="Skip the tour")).to_be_visible()
    tour.get_by_role("button", name="What to do").tap()
    expect(tour.locator("#tour-words")).to_be_hidden()


@pytest.mark.parametrize("row", [".panes", ".board", ".lines.controls"])
def test_nothing_has_to_be_scrolled_to_the_side_on_a_phone(open_page: Open, row: str):
    screens = open_page(phone=True)
    screens.go("/?pane=controls" if row == ".lines.controls" else "/?pane=notion")
    shown = screens.page.locator(row)
    assert shown.evaluate("(row) => row.scrollWidth - row.clientWidth") == 0


def test_everything_is_wide_enough_for_a_finger(open_page: Open):
    screens = open_page(phone=True)
    for look in looks():
        screens.go(look)
        assert screens.page.evaluate(NARROW, [PRESSED, FINGER]) == [], look


def test_a_window_fills_a_phone_and_is_closed_by_a_tap(open_page: Open):
    screens = open_page(phone=True)
    send(screens, "/feedback kinds")
    expect(screens.window).to_have_accessible_name("Everything")
    assert screens.page.evaluate(CUT_OFF, PRESSED) == []
    assert screens.page.evaluate(NARROW, [f".modal :is({PRESSED})", FINGER]) == []
    screens.window.get_by_role("button", name="Close").tap()
    expect(screens.window).to_have_count(0)


def send(screens: Screens, words: str) -> None:
    screens.page.get_by_label(PANES["Slack"]).fill(words)
    screens.slack.get_by_role("button", name="Send").tap()
