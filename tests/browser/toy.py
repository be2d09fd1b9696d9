"""The sandbox alone, with a small app of the tests' own where the bot would listen. Imports nothing of ours."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.ports import free_ports
from tests.stories.processes import SECRETS, TRIAGE, Process, answers, begin, call

NOWHERE = {"DATABASE_URL": "postgresql://none", "REDIS_URL": "redis://none", "SLACK_TRIAGE_CHANNEL": TRIAGE}
DATABASE = "11111111-2222-4333-8444-555555555555"


class Toy:
    def __init__(self, home: Path) -> None:
        self.ports = dict(zip(("INTAKE_PORT", "SANDBOX_PORT", "BOT_PORT"), free_ports(3), strict=True))
        self.sandbox = f"http://127.0.0.1:{self.ports['SANDBOX_PORT']}"
        self.app = f"http://127.0.0.1:{self.ports['BOT_PORT']}"
        self.home = home
        self._running: list[Process] = []

    def __enter__(self) -> "Toy":
        ports = {name: str(port) for name, port in self.ports.items()}
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ") if name in os.environ}
        own = {"HUB_ENV": "development", "HUB_HOME": str(self.home), "NOTION_DATABASE_ID": DATABASE}
        settings = kept | SECRETS | NOWHERE | ports | own
        app = ("tests.browser.toy_app", ports["BOT_PORT"], self.sandbox, SECRETS["SLACK_BOT_TOKEN"])
        for words in (("sandbox",), app):
            log = self.home / f"{words[0]}.log"
            self._running.append(begin(["python", "-m", *words], env=settings, log=log))
        while not (answers(f"{self.sandbox}/up") and answers(f"{self.app}/told")):
            assert all(process.poll() is None for process in self._running)
            time.sleep(0.05)
        self._hurry()
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._running:
            process.send_signal(signal.SIGTERM)
        for process in self._running:
            process.wait(timeout=20)

    def told(self, kind: str) -> list[dict[str, Any]]:
        """What the app was sent of one kind, oldest first."""
        return [one for one in call("GET", f"{self.app}/told")[1] if kind in (one.get("type"), one.get("command"))]

    def hears(self, kind: str, when: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """The newest the app was sent of one kind, once it is so."""
        end = time.monotonic() + 60
        while not ((told := self.told(kind)) and when(told[-1])):
            assert time.monotonic() < end, told[-3:]
            time.sleep(0.05)
        return told[-1]

    def api(self, method: str, **arguments: Any) -> dict[str, Any]:
        """The app calls Slack."""
        answer = self._ask(f"/slack/api/{method}", arguments, SECRETS["SLACK_BOT_TOKEN"])
        assert answer["ok"], answer
        return answer

    def shown(self, what: str) -> Any:
        """What is on a screen of Slack."""
        return call("GET", f"{self.sandbox}/_control/slack/{what}")[1]["data"]

    def page(self, title: str) -> dict[str, Any]:
        """A page in Notion."""
        properties = {"Title": {"title": [{"text": {"content": title}}]}, "Status": {"status": {"name": "Open"}}}
        body = {"parent": {"database_id": DATABASE}, "properties": properties}
        return self._ask("/notion/v1/pages", body, SECRETS["NOTION_API_KEY"])

    def control(self, path: str, **body: Any) -> dict[str, Any]:
        """Something happens outside."""
        answer = self._ask(f"/_control/{path}", body, "")
        if path == "reset":
            self._hurry()
        return answer

    def _hurry(self) -> None:
        """No rate limits: whatever a test puts on a screen is there at once."""
        self._ask("/_control/limits", {"factor": 1000}, "")

    def _ask(self, path: str, body: dict[str, Any], token: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}", "Notion-Version": "2025-09-03"}
        status, answer = call("POST", self.sandbox + path, body, headers)
        assert status == 200, (path, status, answer)
        return dict(answer)
