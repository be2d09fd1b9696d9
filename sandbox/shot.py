"""`python -m sandbox shot`: a picture of any screen, or of Block Kit that is not sent anywhere."""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from runtime.settings import Settings
from sandbox.environment import reachable, read_given
from sandbox.pages.look import KEYS, PANES

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""The first does without all that nobody sees, and with half of the CPU time."""
NO_BROWSER = (
    "There is no Chromium here, which takes the pictures. On Debian: apt-get install chromium-headless-shell "
    "(any other: put a program called chromium on the PATH)."
)
QUIET_MS = 400


class NoPicture(Exception):
    """The message says why, and what to do."""


def find_browser() -> str | None:
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def main(arguments: list[str]) -> int:
    given = _parser().parse_args(arguments)
    try:
        asyncio.run(take(given))
    except NoPicture as problem:
        print(problem, file=sys.stderr)
        return 1
    print(given.out)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox shot", description=__doc__)
    parser.add_argument("out", type=Path, help="the PNG to write")
    parser.add_argument(
        "--pane", choices=list(PANES), help="the screen beside Slack; on a narrow picture the only one"
    )
    for key in ("as", "in", "thread", "phone", "talk"):
        parser.add_argument(f"--{key}", dest=f"{key}_", metavar="ID", help=HELP[key])
    parser.add_argument(
        "--blocks", type=Path, metavar="FILE", help="JSON of blocks or of a view to draw (- for stdin)"
    )
    parser.add_argument("--surface", choices=("message", "modal", "home"), default="message", help="for --blocks")
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--width", type=int, default=1366, help="in pixels; 390 is a phone")
    parser.add_argument("--height", type=int, default=860)
    return parser


HELP = {
    "as": "who one is in Slack, such as U0ANA or U0RITA",
    "in": 'the channel, such as C0TRIAGE, or "home"',
    "thread": "the first message of a thread (its ts)",
    "phone": "whose WhatsApp",
    "talk": "which conversation of Intercom",
}


async def take(given: argparse.Namespace) -> None:
    """Write the picture; NoPicture when it cannot be taken."""
    if given.blocks is None:
        await photograph(f"{_running()}/?{_query(given)}", given)
        return
    drawing = _read_drawing(given)
    async with _own_sandbox() as address:
        async with aiohttp.ClientSession() as session:
            answer = await session.post(f"{address}/_control/drawing", json=drawing)
            for fault in (await answer.json()).get("faults", []):
                print(f"Slack would refuse it: {fault}", file=sys.stderr)
        await photograph(f"{address}/drawing?theme={given.theme}", given, only="#drawing")


async def photograph(address: str, given: argparse.Namespace, *, only: str | None = None) -> None:
    from playwright.async_api import Error, async_playwright  # noqa: PLC0415 - a development dependency

    browser_path = find_browser()
    if browser_path is None:
        raise NoPicture(NO_BROWSER)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        size: Any = {"width": given.width, "height": given.height}
        page = await browser.new_page(viewport=size, color_scheme=given.theme)
        try:
            await page.goto(address)
        except Error:
            raise NoPicture(f"Nothing answers at {address}: start it with `make run`.") from None
        await page.wait_for_timeout(QUIET_MS)
        given.out.parent.mkdir(parents=True, exist_ok=True)
        await (page.locator(only) if only else page).screenshot(path=given.out)
        await browser.close()


def _query(given: argparse.Namespace) -> str:
    facts = {key: getattr(given, f"{key}_", None) or getattr(given, key, None) for key in KEYS}
    wanted = {key: value for key, value in facts.items() if value} | {"theme": given.theme}
    return "&".join(f"{key}={value}" for key, value in wanted.items())


def _running() -> str:
    settings = read_given()
    return f"http://{reachable(settings.listen_host)}:{settings.sandbox_port}"


def _read_drawing(given: argparse.Namespace) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if str(given.blocks) == "-" else given.blocks.read_text()
        drawn = json.loads(text)
    except (OSError, ValueError) as error:
        raise NoPicture(f"{given.blocks} cannot be read as JSON: {error}") from None
    if isinstance(drawn, list):
        return {"surface": given.surface, "blocks": drawn}
    if isinstance(drawn, dict) and drawn.get("type") in ("modal", "home"):
        return {"view": drawn}
    if isinstance(drawn, dict) and isinstance(drawn.get("blocks"), list):
        return {"surface": given.surface, "blocks": drawn["blocks"]}
    raise NoPicture("Give a list of blocks, a message with blocks, or a view.")


@asynccontextmanager
async def _own_sandbox() -> AsyncIterator[str]:
    """A sandbox for this one picture: it needs no settings and remembers nothing."""
    from sandbox.app import build_app  # noqa: PLC0415 - it draws in all five platforms

    with tempfile.TemporaryDirectory() as home:
        nothing: dict[str, Any] = {"database_url": "postgresql://", "redis_url": "redis://", "hub_home": Path(home)}
        runner = web.AppRunner(build_app(Settings(_env_file=None, **nothing)), access_log=None, shutdown_timeout=0.1)  # type: ignore[call-arg]
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        await runner.cleanup()
