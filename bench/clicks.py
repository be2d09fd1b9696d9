"""From a signed click in Slack to its acknowledgement: a bot with many tickets, one with few, and a bare handler."""

import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import asyncpg

from bench import arrival, lists
from bench.contender import Block, Contender, contender, free_port
from bench.deliveries import TEAM, by_slack, request
from blocks import home as home_screen
from blocks import search
from sandbox.embedded import Servers
from sandbox.processes import wait_until

SIZES = (10_000, 1_000_000)
BARE = "a bare handler"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SETTLE_SECONDS = 20.0
SOME = """
SELECT id::text FROM tickets WHERE number % (SELECT greatest(1, max(number) / 500) FROM tickets) = 0
"""
"""Tickets to be opened, old and new."""
BELIEVED = "UPDATE agents SET seen_at = now() + interval '1 day'"
"""No worker reads anew who the agents are, and a run may take longer than that holds."""


@dataclass(frozen=True, slots=True)
class Plan:
    """In each round each side gets `count` clicks of each kind, `per_second` of them."""

    sizes: tuple[int, ...]
    rounds: int
    count: int
    per_second: int


PLAN = Plan(SIZES, rounds=5, count=100, per_second=10)
QUICK = Plan((1_000, 2_000), rounds=1, count=10, per_second=10)

Fields = Callable[[int, str], dict[str, str]]


@dataclass(frozen=True, slots=True)
class Kind:
    """`fields(number, ticket_id)` is the form Slack sends; `asks` what Slack is asked for then, if anything."""

    name: str
    fields: Fields
    asks: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of click, round by round, by the side that took it."""

    name: str
    blocks: dict[str, list[Block]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """`problems` are reasons not to believe the figures."""

    plan: Plan
    table: list[Row]
    problems: list[str]


def open_ticket(number: int, ticket_id: str) -> dict[str, str]:
    """A button on a message ("block_actions payload"), which shows a screenful."""
    shown = [
        {"type": "section", "text": {"type": "mrkdwn", "text": f"Line {line} " + "x" * 200}} for line in range(10)
    ]
    return _pressed(
        number,
        search.OPEN,
        ticket_id,
        container={"type": "message", "message_ts": "1700000000.000100", "channel_id": "C0TRIAGE"},
        channel={"id": "C0TRIAGE", "name": "triage"},
        message={"type": "message", "ts": "1700000000.000100", "user": "U0HUB", "text": "Tickets", "blocks": shown},
    )


def turn_home(number: int, _ticket_id: str) -> dict[str, str]:
    """A button on App Home: another section."""
    view = {"id": "V1", "type": "home", "blocks": [], "private_metadata": "", "hash": "1"}
    pressed = home_screen.NOTIFICATIONS if number % 2 else home_screen.TICKETS
    return _pressed(number, pressed, "home", container={"type": "view", "view_id": "V1"}, view=view)


def search_tickets(number: int, _ticket_id: str) -> dict[str, str]:
    """A slash command: what its author reads is the acknowledgement itself."""
    return {
        "command": "/tickets",
        "text": "crash",
        "team_id": TEAM,
        "user_id": _agent(number),
        "channel_id": "C0TRIAGE",
        "api_app_id": "A0FFV41KK",
        "trigger_id": f"{number}.1.b",
        "response_url": "https://hooks.slack.com/commands/1",
    }


def _pressed(number: int, action_id: str, value: str, **around: Any) -> dict[str, str]:
    action = {"type": "button", "action_id": action_id, "block_id": "b1", "value": value, "action_ts": "1"}
    payload = {
        "type": "block_actions",
        "user": {"id": _agent(number), "name": "ana", "team_id": TEAM},
        "api_app_id": "A0FFV41KK",
        "token": "z26uFbvR1xHJEdHE1OQiO6t8",
        "team": {"id": TEAM, "domain": "bench"},
        "trigger_id": f"{number}.1.a",
        "actions": [action],
        **around,
    }
    return {"payload": json.dumps(payload)}


def _agent(number: int) -> str:
    return f"U{1 + number % lists.AGENTS}"


KINDS = (
    Kind("a button: open a ticket", open_ticket, asks="views.open Ticket"),
    Kind("a button: turn Home to another section", turn_home, asks="views.publish"),
    Kind("`/tickets crash`, answered with the list", search_tickets),
)


@dataclass(frozen=True, slots=True)
class Side:
    """Who is clicked at, and tickets there are."""

    server: Contender
    tickets: Sequence[str]


async def measure(running: Servers, home: Path, plan: Plan, *, say: Callable[[str], None]) -> Outcome:
    """Raises Failed when a server does not start."""
    slack, door = _bare(running, home, "agreeing"), _bare(running, home, "acknowledging")
    sides = {
        f"{size:,} tickets": await _side(running, home, await lists.filled(running, size, say), slack)
        for size in plan.sizes
    }
    sides[BARE] = Side(door, [""])
    servers = [slack, *(side.server for side in sides.values())]
    try:
        for server in servers:
            server.start()
        turns = Turns(sides, slack)
        table = turns.take(plan, say)
    finally:
        for server in servers:
            server.process.stop()
    refused = [
        answer for row in table for blocks in row.blocks.values() for block in blocks for answer in block.refused
    ]
    return Outcome(plan, table, [*(f"An answer was: {answer}" for answer in refused), *turns.problems])


class Turns:
    """The sides, which get the same clicks; looks whether what a click is for was done."""

    def __init__(self, sides: dict[str, Side], slack: Contender) -> None:
        self._sides, self._slack = sides, slack
        self._draw = random.Random(1)
        self.problems: list[str] = []

    def take(self, plan: Plan, say: Callable[[str], None]) -> list[Row]:
        table = [Row(kind.name, {name: [] for name in self._sides}) for kind in KINDS]
        for kind in KINDS:
            for side in self._sides.values():
                self._click(side, kind, plan)  # to warm up
        for number in range(plan.rounds):
            for kind, row in zip(KINDS, table, strict=True):
                for name, side in self._sides.items():
                    row.blocks[name].append(self._click(side, kind, plan))
            say(f"clicks: round {number + 1} of {plan.rounds}")
        return table

    def _click(self, side: Side, kind: Kind, plan: Plan) -> Block:
        forms = [kind.fields(number, self._draw.choice(side.tickets)) for number in range(plan.count)]
        asked = self._asked(kind.asks) + (plan.count if kind.asks and side.tickets[0] else 0)
        block = side.server.take_steadily(
            [_sent(form, side.server.port) for form in forms], per_second=plan.per_second
        )
        if not wait_until(lambda: self._asked(kind.asks) == asked, seconds=SETTLE_SECONDS):
            done = self._asked(kind.asks) - asked + plan.count
            self.problems.append(f"{plan.count} clicks ({kind.name}) led to {done} requests of Slack.")
        return block

    def _asked(self, what: str) -> int:
        """How often the played Slack was asked for this: it says so, a line each."""
        return self._slack.process.log.read_text().count(f"/{what}") if what else 0


def _sent(form: dict[str, str], port: int) -> bytes:
    content = urlencode(form).encode()
    return request("/slack/events", content, {**by_slack(content), **FORM}, port=port)


async def _side(running: Servers, home: Path, url: str, slack: Contender) -> Side:
    given = {"SLACK_BASE_URL": f"http://127.0.0.1:{slack.port}/", "SLACK_TRIAGE_CHANNEL": "C0TRIAGE"}
    connection = await asyncpg.connect(url)
    await connection.execute(BELIEVED)
    rows = await connection.fetch(SOME)
    await connection.close()
    return Side(arrival.open_bot(running, home, url, **given), [row["id"] for row in rows])


def _bare(running: Servers, home: Path, what: str) -> Contender:
    port = free_port()
    name = f"{what}-{time.monotonic_ns()}"  # a log of its own: what it says is counted
    return contender(running, home, name, ["bench.bare", what, str(port)], port=port, url="", given={})
