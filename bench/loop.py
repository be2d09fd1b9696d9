"""The whole way on a quiet hub, from a report to its reporter being told, step by step: where the time goes.

People take none: what an agent decides is asked for at once, over REST. The platforms are played and answer at once
too; what they took as the worker saw it stands beside each step.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import asyncpg

from bench.contender import Failed
from bench.whole import KEY, Whole, whole
from sandbox.embedded import Servers

LOOK_SECONDS = 0.01
SECONDS = 60.0
"""What has not happened by then will not."""
PEOPLE: dict[str, Callable[[int], str]] = {
    "slack": lambda number: "U0RITA",
    "intercom": lambda number: f"ivy{number}",
    "whatsapp": lambda number: f"34600{number:06d}",  # somebody else each time: two messages of one are one ticket
}
UNHURRIED = {"SLACK_POSTS_PER_SECOND": "50", "SLACK_UPDATES_PER_MINUTE": "6000", "NOTION_POLL_SECONDS": "3600"}
"""A round after the other must not meet our own limits, nor the clock."""
CARD = "SELECT EXISTS (SELECT FROM cards WHERE ticket_id = $1 AND kind = 'ticket' AND ts IS NOT NULL)"
HAPPENED = "SELECT EXISTS (SELECT FROM ticket_events WHERE ticket_id = $1 AND event_type = $2)"
TOLD = """
SELECT EXISTS (SELECT FROM notifications WHERE ticket_id = $1 AND changelog_entry_id IS NOT NULL
                 AND status IN ('sent', 'delivered', 'read'))
"""
UNDER_WAY = "SELECT EXISTS (SELECT FROM jobs WHERE status = 'running' OR status = 'pending' AND run_at <= now())"


@dataclass(frozen=True, slots=True)
class Plan:
    rounds: int
    warms_up: bool = True


PLAN = Plan(rounds=7)
QUICK = Plan(rounds=1)


@dataclass(frozen=True, slots=True)
class Step:
    """Milliseconds, and how many of them the platform it is about had."""

    whole: float
    outside: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """By step, then by channel: a figure a round."""

    plan: Plan
    steps: dict[str, dict[str, list[Step]]] = field(default_factory=dict)


async def measure(running: Servers, home: Path, plan: Plan, *, say: Callable[[str], None]) -> Outcome:
    """Raises Failed when something does not happen."""
    hub = await whole(running, home, "bench_loop", **UNHURRIED)
    connection = await asyncpg.connect(hub.worker.database_url)
    outcome = Outcome(plan)
    try:
        hub.start()
        async with aiohttp.ClientSession() as http:
            way = Way(hub, connection, http)
            await way.rest()
            for channel in PEOPLE if plan.warms_up else ():
                await way.go(channel)
            for number in range(plan.rounds):
                for channel in PEOPLE:
                    for name, step in (await way.go(channel)).items():
                        outcome.steps.setdefault(name, {}).setdefault(channel, []).append(step)
                say(f"loop: round {number + 1} of {plan.rounds}")
    finally:
        hub.stop()
        await connection.close()
    return outcome


class Way:
    def __init__(self, hub: Whole, connection: asyncpg.Connection, http: aiohttp.ClientSession) -> None:
        self._hub, self._connection, self._http = hub, connection, http
        self._number = 0

    async def go(self, channel: str) -> dict[str, Step]:
        """Once, with a rest afterwards."""
        self._number += 1
        text = f"The export crashes when I open it, for the {self._number}th time"
        walk = Walk(self._outside)
        report = {"channel": channel, "from": PEOPLE[channel](self._number), "text": text}
        sandbox = f"http://127.0.0.1:{self._hub.sandbox.port}/_control/report"

        await walk.step("report → ticket", "", self._ask("POST", sandbox, report))
        ticket_id = await self._connection.fetchval("SELECT id FROM tickets WHERE description = $1", text)
        if ticket_id is None:
            raise Failed(f"A report by {channel} made no ticket.")
        await walk.step("→ its card in Slack", "slack", self._until(CARD, ticket_id))
        await self.rest()
        await walk.step(
            "triage asked for → suggested", "openai", self._act(ticket_id, "POST", "triage", "ai_triaged")
        )
        await self.rest()
        await walk.step("accepted, resolved", "", self._resolve(ticket_id))
        await self.rest()
        drafted = self._act(ticket_id, "POST", "generate_changelog", "changelog_drafted")
        await walk.step("draft asked for → drafted", "openai", drafted)
        await self.rest()
        await walk.step("approved → reporter told", channel, self._approve(ticket_id))
        await self.rest()
        return walk.steps

    async def rest(self) -> None:
        """Until nothing is under way."""
        await asyncio.sleep(0.3)
        await self._until(f"SELECT NOT ({UNDER_WAY[7:]})")

    async def _resolve(self, ticket_id: UUID) -> None:
        await self._api("POST", f"{ticket_id}/accept_suggestion")
        await self._api("PATCH", str(ticket_id), {"status": "resolved"})

    async def _approve(self, ticket_id: UUID) -> None:
        await self._api("PATCH", f"{ticket_id}/approve_changelog")
        await self._until(TOLD, ticket_id)

    async def _act(self, ticket_id: UUID, method: str, act: str, event: str) -> None:
        await self._api(method, f"{ticket_id}/{act}")
        await self._until(HAPPENED, ticket_id, event)

    async def _until(self, question: str, *given: Any) -> None:
        deadline = time.monotonic() + SECONDS
        while not await self._connection.fetchval(question, *given):
            if time.monotonic() > deadline:
                raise Failed(f"Still not: {question}\n{self._hub.worker.process.last_words()}")
            await asyncio.sleep(LOOK_SECONDS)

    async def _api(self, method: str, path: str, body: dict[str, Any] | None = None) -> None:
        await self._ask(method, f"http://127.0.0.1:{self._hub.intake.port}/api/tickets/{path}", body or {})

    async def _ask(self, method: str, url: str, body: dict[str, Any]) -> None:
        head = {"Authorization": f"Bearer {KEY}"}
        async with self._http.request(method, url, json=body, headers=head) as answer:
            if answer.status >= 300:
                raise Failed(f"{method} {url} was answered {answer.status}: {await answer.text()}")

    async def _outside(self, platform: str) -> float:
        """Seconds the worker has waited for it so far."""
        async with self._http.get(f"http://127.0.0.1:{self._hub.worker.port}/metrics") as answer:
            told = await answer.text()
        line = rf'^hub_external_request_duration_seconds_sum{{service="{platform}"}} (\S+)$'
        found = re.search(line, told, re.MULTILINE)
        return float(found[1]) if found else 0.0


class Walk:
    """The steps of one round."""

    def __init__(self, outside: Callable[[str], Awaitable[float]]) -> None:
        self._outside = outside
        self.steps: dict[str, Step] = {}

    async def step(self, name: str, platform: str, doing: Awaitable[None]) -> None:
        before = await self._outside(platform)
        began = time.perf_counter()
        await doing
        whole = time.perf_counter() - began
        self.steps[name] = Step(whole * 1000, (await self._outside(platform) - before) * 1000)
