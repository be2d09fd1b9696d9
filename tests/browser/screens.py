"""The sandbox's page in the words of those who use it. Imports nothing of ours."""

import os
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

MOST_TABS = 80


class Screens:
    def __init__(self, page: Page, url: str, address: str = "/") -> None:
        self.page = page
        self.url = url
        self.go(address)

    def go(self, address: str) -> None:
        self.page.goto(self.url + address)
        self.page.locator("html[data-ready]").wait_for(state="attached")

    @property
    def slack(self) -> Locator:
        return self.page.locator("#slack")

    @property
    def window(self) -> Locator:
        """The modal on top."""
        return self.page.locator(".modal.depth-0")

    def pane(self, name: str) -> None:
        self.page.locator("nav.panes").get_by_role("link", name=name, exact=True).click()

    def skip_the_tour(self) -> None:
        """And wait until all below it has moved up: what is pressed meanwhile is missed."""
        self.page.locator("#tour [data-cookie]").click()
        expect(self.page.locator("#tour")).to_have_count(0)

    def be(self, name: str) -> None:
        """Another person of the workspace."""
        self._arrive_at(self.page.get_by_role("group", name="Who you are in Slack"), name)

    def enter(self, room: str) -> None:
        self._arrive_at(self.slack.get_by_role("navigation", name="Channels"), room)

    def sift(self, which: str) -> None:
        """What happened: only requests of one platform, or polls as well."""
        self._arrive_at(self.page.get_by_role("navigation", name="Which requests"), which)

    def _arrive_at(self, among: Locator, name: str) -> None:
        """Nobody goes on before they see where they are: what is begun on the screen before would be lost."""
        among.get_by_role("link", name=name).click()
        links = among.get_by_role("link", name=name, include_hidden=True)
        expect(links).to_have_attribute("aria-current", re.compile("page|true"))

    def card(self, title: str) -> Locator:
        """The ticket's card in the channel."""
        return self.slack.locator(".talk article", has=self.page.get_by_role("heading", name=title)).last

    def message(self, words: str) -> Locator:
        """The last message that says so, in its channel."""
        return self.slack.locator(".talk article", has_text=words).last

    @property
    def thread(self) -> Locator:
        return self.page.get_by_role("complementary", name="Thread")

    @property
    def focused(self) -> Locator:
        return self.page.locator(":focus")

    def tab_to(self, wanted: Locator) -> None:
        """Go there with the Tab key alone, and see that one is there."""
        for _ in range(MOST_TABS):
            if wanted.evaluate("(node) => node === document.activeElement"):
                return expect(wanted).to_have_css("outline-style", "solid")
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not lead to {wanted}")

    def pick(self, item: str, message: Locator) -> None:
        """Choose in the menu a message has."""
        message.hover()
        message.locator(".tools > summary").click()
        message.locator(".tools").get_by_text(item, exact=True).click()

    def settle(self) -> None:
        """Whatever was pressed has been answered."""
        expect(self.page.locator("[aria-busy=true]")).to_have_count(0)

    def toast(self, words: str) -> None:
        expect(self.page.locator("#said")).to_contain_text(words)

    def press(self, label: str, within: Locator | None = None) -> None:
        (within or self.slack).get_by_role("button", name=label, exact=True).last.click()

    def push(self, seen: str, within: Locator) -> None:
        """The first button on which that is to be seen, whatever a screen reader says of it."""
        within.locator("button").filter(has_text=re.compile(rf"^\s*{re.escape(seen)}\s*$")).first.click()

    def close_windows(self) -> None:
        """All of them, from the top down."""
        modals = self.page.locator("[data-modal]")
        while left := modals.count():
            self.push("Close", self.window.locator("footer"))
            expect(modals).to_have_count(left - 1)

    def say(self, words: str, box: str) -> None:
        """Write into the box labelled so, and send with the key most people use."""
        field = self.page.get_by_label(box, exact=True)
        field.fill(words)
        field.press("Enter")

    def see(self, words: str, within: Locator | None = None) -> None:
        found = (within or self.page.locator("main")).get_by_text(words).filter(visible=True)
        expect(found.last).to_be_visible()

    def step(self, number: int) -> None:
        """The tour is at this step."""
        expect(self.page.get_by_role("region", name="Guided tour")).to_contain_text(f"{number} of 8")

    def shot(self, folder: Path, name: str, *, of: Locator | None = None) -> None:
        if not os.environ.get("PICTURES"):
            return
        self.page.wait_for_timeout(250)  # a picture of what has come to rest
        target: Any = of or self.page
        target.screenshot(path=folder / f"{name}.png", animations="disabled")
