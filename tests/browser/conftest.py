"""A real Chromium before a running hub. Without one these tests are left out and say how to get one."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from sandbox.embedded import Servers
from sandbox.shot import NO_BROWSER, find_browser
from tests.browser.screens import Screens
from tests.browser.toy import Toy
from tests.conftest import copied
from tests.stories.processes import Story

LAPTOP = {"width": 1366, "height": 860}
PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 60_000
NOT_THERE = "net::ERR_"
"""What the browser says where nothing answers; the page has to say so itself."""
Open = Callable[..., Screens]


@pytest.fixture(scope="module")
def sandbox(story: Story) -> str:
    """Where the page is; a file whose tests need no hub has another."""
    return story.sandbox


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Toy]:
    with Toy(tmp_path_factory.mktemp("toy")) as toy:
        yield toy


@pytest.fixture(scope="module")
def browser(sandbox: str) -> Iterator[Browser]:
    """Closed before anything asynchronous goes on: while it is open its own event loop counts as running."""
    path = find_browser()
    if path is None and os.environ.get("CI"):
        pytest.fail(NO_BROWSER)
    if path is None:
        pytest.skip(NO_BROWSER)
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
async def module_database_url(migrated: Servers) -> AsyncIterator[str]:
    async with copied(migrated, f"browser_{uuid4().hex}") as url:
        yield url


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, module_database_url: str, embedded: Servers) -> Iterator[Story]:
    """One hub for the tests of a file; Notion is hardly ever polled, so that only its webhook can be what was quick."""
    urls = {"database_url": module_database_url, "redis_url": embedded.redis_url}
    with Story(tmp_path_factory.mktemp("hub"), **urls, NOTION_POLL_SECONDS="3600") as story:
        yield story


@pytest.fixture
def open_page(browser: Browser, sandbox: str) -> Iterator[Open]:
    """Opens the sandbox's page; what its script complains of fails the test."""
    pages: list[Page] = []
    complaints: list[str] = []

    def open_page(theme: str = "light", *, phone: bool = False, address: str = "/") -> Screens:
        size = PHONE if phone else LAPTOP
        page = browser.new_page(
            viewport=size, has_touch=phone, color_scheme=theme, locale="en-GB", reduced_motion="reduce"
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.set_default_timeout(PATIENCE_MS)
        pages.append(page)
        return Screens(page, sandbox, address)

    yield open_page
    for page in pages:
        page.close()
    assert [one for one in complaints if NOT_THERE not in one] == []


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures go: PICTURES, when somebody wants to keep them."""
    folder = Path(os.environ.get("PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
