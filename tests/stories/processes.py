"""The Procfile's commands and the sandbox as processes, spoken to over HTTP only. Imports nothing of ours."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import asyncpg

from tests.ports import free_ports
from tests.stories.nursery import SHARED_NURSERY, Born, Nursery, open_nursery

ROOT = Path(__file__).parents[2]
TRIAGE = "C0TRIAGE"
ANA, BEN, RITA = "U0ANA", "U0BEN", "U0RITA"
KEY = "story-key-0123456789abcdef"
PORTS = (
    "INTAKE_PORT",
    "SANDBOX_PORT",
    "BOT_PORT",
    "INTAKE_METRICS_PORT",
    "BOT_METRICS_PORT",
    "WORKER_METRICS_PORT",
)
SECRETS = {
    "HUB_API_KEY": KEY,
    "SLACK_SIGNING_SECRET": "slack-signing-secret-of-the-story",
    "INTERCOM_WEBHOOK_SECRET": "intercom-secret-of-the-story",
    "WHATSAPP_WEBHOOK_SECRET": "whatsapp-secret-of-the-story",
    "WHATSAPP_VERIFY_TOKEN": "verify-token-of-the-story",
    "SLACK_BOT_TOKEN": "xoxb-story",
    "INTERCOM_API_TOKEN": "intercom-token-of-the-story",
    "WHATSAPP_API_TOKEN": "whatsapp-token-of-the-story",
    "NOTION_API_KEY": "notion-token-of-the-story",
    "NOTION_WEBHOOK_SECRET": "secret_notion_webhook_of_the_story",
    "OPENAI_API_KEY": "sk-story",
}
SIGNING = ("_SIGNING_SECRET", "_WEBHOOK_SECRET")
LAST_SECRETS = {name: f"the-one-before-{secret}" for name, secret in SECRETS.items() if name.endswith(SIGNING)}
"""Every hub of a story is in the middle of a rotation: what was signed with these is let in as well."""
COMMAND_SECONDS = 60
Found = TypeVar("Found")
Process = subprocess.Popen[bytes] | Born


class Story:
    """A running hub with its sandbox. `settings` are environment variables on top of the usual ones."""

    def __init__(self, home: Path, *, database_url: str, redis_url: str, **settings: str) -> None:
        self.ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        self.home = home
        self.database_url, self.redis_url = database_url, redis_url
        self.sandbox = f"http://127.0.0.1:{self.ports['SANDBOX_PORT']}"
        self.intake = f"http://127.0.0.1:{self.ports['INTAKE_PORT']}"
        self.bot = f"http://127.0.0.1:{self.ports['BOT_PORT']}"
        kept = {
            name: value
            for name, value in os.environ.items()
            if not re.match(r"(SLACK|INTERCOM|WHATSAPP|NOTION|OPENAI|HUB|S3|AWS)_", name)
        }
        self.environment = (
            kept
            | SECRETS
            | {name: f"{SECRETS[name]}, {last}" for name, last in LAST_SECRETS.items()}
            | {name: str(port) for name, port in self.ports.items()}
            | {
                "DATABASE_URL": database_url,
                "REDIS_URL": redis_url,
                "HUB_ENV": "development",
                "HUB_HOME": str(home),
                "SLACK_BASE_URL": f"{self.sandbox}/slack/api/",
                "INTERCOM_BASE_URL": f"{self.sandbox}/intercom",
                "WHATSAPP_BASE_URL": f"{self.sandbox}/whatsapp",
                "NOTION_BASE_URL": f"{self.sandbox}/notion",
                "OPENAI_BASE_URL": f"{self.sandbox}/openai/v1",
                "OPENAI_MODELS": "gpt-5.1,o3-mini,gpt-6-luna",
                "SANDBOX_URL": self.sandbox,
                "INTAKE_URL": self.intake,
                "SLACK_TRIAGE_CHANNEL": TRIAGE,
                "INTERCOM_ADMIN_ID": "814860",
                "INTERCOM_APP_ID": "sandboxapp",
                "WHATSAPP_PHONE_NUMBER_ID": "106540352242922",
                "NOTION_DATABASE_ID": "11111111-2222-4333-8444-555555555555",
                "NOTION_POLL_SECONDS": "10",
                "SWEEP_SECONDS": "0.5",
                "API_REQUESTS_PER_SECOND": "1000",
                "API_MODEL_REQUESTS_PER_MINUTE": "60000",
                "RETRY_BASE_SECONDS": "0.3",
                "SLACK_UPDATES_PER_MINUTE": "6000",
            }
            | settings
        )
        self.commands = dict(
            line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines() if line.strip()
        ) | {"sandbox": "python -m sandbox"}
        self.own: dict[str, dict[str, str]] = {}
        """Settings of one process alone, by its name."""
        self.running: dict[str, Process] = {}
        self._runner = asyncio.Runner()
        self._asked: asyncpg.Connection | None = None

    def __enter__(self) -> "Story":
        for name in ("sandbox", "bot", "intake", "worker"):
            self.start(name)
        for address in (self.sandbox, self.bot, self.intake):
            self.until(lambda address=address: answers(f"{address}/up"))
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        for process in self.running.values():
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
        if self._asked is not None:
            self._asked.terminate()
        self._runner.close()

    def double(self, name: str, other: str) -> None:
        """Have `other` be another process like `name`, on ports of its own."""
        ports = [port for port in PORTS if port.startswith(f"{name.upper()}_")]
        self.commands[other] = self.commands[name]
        self.own[other] = {port: str(number) for port, number in zip(ports, free_ports(len(ports)), strict=True)}

    def start(self, name: str, **settings: str) -> None:
        """With `settings` on top of the story's."""
        env = self.environment | self.own.get(name, {}) | settings
        self.running[name] = begin(self.commands[name].split(), env=env, log=self.home / f"{name}.log")

    def kill(self, name: str) -> None:
        """kill -9: no goodbye."""
        self.running[name].kill()
        self.running[name].wait()

    def stop(self, name: str) -> None:
        """As a deployment does."""
        process = self.running.pop(name)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)

    def run(self, *arguments: str) -> str:
        """What a command line of ours says, to its end."""
        done = finished(arguments, env=self.environment)
        assert done.returncode == 0, done
        return done.stdout

    def refused(self, *arguments: str) -> str:
        """What one that is to fail says last."""
        done = finished(arguments, env=self.environment)
        assert done.returncode != 0, done
        return done.stderr.strip().splitlines()[-1]

    def document(self) -> dict[str, Any]:
        """The API's OpenAPI document."""
        return dict(call("GET", f"{self.intake}/openapi.json")[1])

    def control(self, method: str, path: str, body: Any = None) -> Any:
        status, answer = call(method, f"{self.sandbox}/_control/{path}", body)
        assert status < 300, (status, answer)
        return answer

    def api(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        return call(method, f"{self.intake}/api/{path}", body, {"Authorization": f"Bearer {KEY}"})

    def report(self, channel: str, who: str, text: str, **facts: Any) -> dict[str, Any]:
        answer = self.control("POST", "report", {"channel": channel, "from": who, "text": text} | facts)
        return dict(answer)

    def faults(self, platform: str, mode: str, **facts: Any) -> None:
        self.control("POST", "faults", {"platform": platform, "mode": mode} | facts)

    def sent(self, platform: str, path: str = "") -> list[dict[str, Any]]:
        """Requests the hub made to a platform, those whose path has `path`."""
        return [row for row in self.control("GET", f"sent?platform={platform}")["data"] if path in row["path"]]

    def tickets(self) -> list[dict[str, Any]]:
        return list(self.api("GET", "tickets?limit=100")[1]["data"])

    def events(self, ticket_id: str) -> list[str]:
        return [event["event_type"] for event in self.api("GET", f"tickets/{ticket_id}")[1]["data"]["events"]]

    def card(self, number: int) -> dict[str, Any] | None:
        """The card of a ticket in the triage channel."""
        rows = self.control("GET", f"slack/messages?channel={TRIAGE}")["data"]
        return next((row for row in rows if row["text"].startswith(f"#{number} ")), None)

    def card_with(self, number: int, label: str) -> dict[str, Any]:
        """The card once it has a button labelled so."""
        return self.until(lambda: ((card := self.card(number)) and label in labels(card) and card) or None)

    def draft_of(self, number: int) -> dict[str, Any]:
        """The draft in the thread of a card."""
        return self.until(
            lambda: next(
                (row for row in (self.card(number) or {}).get("replies", []) if "Approve & send" in labels(row)), None
            )
        )

    def click(
        self, message: dict[str, Any], label: str, *, user: str = ANA, value: str | None = None
    ) -> dict[str, Any]:
        """Press the button labelled so, or choose `value` in the select with this action id."""
        body = {"user": user, "channel": TRIAGE, "ts": message["ts"], "action_id": labels(message).get(label, label)}
        answer = self.control("POST", "slack/click", body | ({"value": value} if value else {}))
        assert answer["status"] == 200, answer
        return dict(answer)

    def modal(self, answer: dict[str, Any], *, user: str = ANA) -> dict[str, Any]:
        """The window a click opened, once it has something to submit."""
        views = answer.get("views") or []
        if views and views[-1].get("submit"):
            return dict(views[-1])
        return self.until(
            lambda: next(
                (v for v in reversed(self.control("GET", f"slack/views?user={user}")["data"]) if v.get("submit")),
                None,
            )
        )

    def window(self, words: str, *, user: str = ANA) -> dict[str, Any]:
        """The window that says so, as soon as it does."""

        def look() -> dict[str, Any] | None:
            views = self.control("GET", f"slack/views?user={user}")["data"]
            return next((dict(view) for view in reversed(views) if words in str(view)), None)

        return self.until(look)

    def submit(
        self, view: dict[str, Any], values: dict[str, Any] | None = None, *, user: str = ANA
    ) -> dict[str, Any]:
        answer = self.control("POST", "slack/submit", {"user": user, "view_id": view["id"], "values": values or {}})
        assert answer["status"] == 200, answer
        return dict(answer)

    def ask(self, sql: str, *values: Any) -> list[Any]:
        """Of the hub's own database, beside it."""

        async def ask() -> list[Any]:
            if self._asked is None or self._asked.is_closed():
                self._asked = await asyncpg.connect(self.database_url)
            return list(await self._asked.fetch(sql, *values))

        return self._runner.run(ask())

    def until(self, look: Callable[[], Found | None], seconds: float = 90) -> Found:
        """What `look` finds, as soon as it finds something."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for name, process in self.running.items():
                assert process.poll() is None or process.returncode == -9, f"{name} ended: {self.last_words(name)}"
            found = look()
            if found:
                return found
            time.sleep(0.1)
        told = [row for row in self.last_words("worker").splitlines() if "pull_from_notion" not in row]
        cards = [self.card(row["number"]) for row in self.tickets()]
        raise AssertionError(f"not in {seconds} s; cards: {cards}; worker: {told}")

    def last_words(self, name: str) -> str:
        return (self.home / f"{name}.log").read_text()[-30000:]


@cache
def nursery() -> Nursery:
    """The one of the whole run where tests run side by side, or one of our own."""
    return Nursery(os.environ.get(SHARED_NURSERY) or open_nursery())


def begin(words: Sequence[str], *, env: Mapping[str, str], log: Path) -> Process:
    if words[:2] == ["python", "-m"]:
        return nursery().start(words[2:], env=env, log=log)
    with log.open("ab") as out:
        return subprocess.Popen(_command(words), cwd=ROOT, env=env, stdout=out, stderr=out)


def finished(
    words: Sequence[str], *, env: Mapping[str, str], seconds: float = COMMAND_SECONDS
) -> "subprocess.CompletedProcess[str]":
    """One of our modules, `python -m` without the `python -m`, when it has ended."""
    with TemporaryDirectory() as folder:
        log, errors = Path(folder) / "log", Path(folder) / "errors"
        code = nursery().start(words, env=env, log=log, errors=errors).wait(seconds)
        return subprocess.CompletedProcess(words, code, log.read_text(), errors.read_text())


def _command(words: Sequence[str]) -> list[str]:
    return [sys.executable if words[0] == "python" else words[0], *words[1:]]


def labels(message: dict[str, Any]) -> dict[str, str]:
    """Button label → action id."""
    rows = [
        element for block in message.get("blocks", []) if block["type"] == "actions" for element in block["elements"]
    ]
    return {row["text"]["text"]: row["action_id"] for row in rows if row["type"] == "button"}


def call(method: str, url: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    """Status and parsed answer; `body` bytes are sent as they are, anything else as JSON."""
    status, _, answer = call_whole(method, url, body, headers)
    return status, answer


def call_whole(
    method: str, url: str, body: Any = None, headers: dict[str, str] | None = None
) -> tuple[int, Mapping[str, str], Any]:
    """The same with the headers of the answer."""
    raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        url, data=raw, method=method, headers={"Content-Type": "application/json"} | (headers or {})
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, _parsed(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, error.headers, _parsed(error.read())


def answers(url: str) -> bool:
    try:
        return call("GET", url)[0] == 200
    except OSError:
        return False


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode(errors="replace")
