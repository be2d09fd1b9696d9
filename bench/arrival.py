"""Signed WhatsApp delivery to durable ticket: the intake against a bare handler that writes the same rows."""

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from bench import rows
from bench.contender import Block, Contender, contender, free_port
from bench.deliveries import PHONE_NUMBER_ID, SECRET
from sandbox.embedded import Servers
from storage.migrations import upgrade


@dataclass(frozen=True, slots=True)
class Plan:
    """How many deliveries a block has at each number of connections, and how often the two take turns."""

    blocks: dict[int, int]
    rounds: int
    warm_up: int


PLAN = Plan(blocks={1: 500, 16: 1500, 64: 1500}, rounds=7, warm_up=1000)
QUICK = Plan(blocks={1: 20, 16: 64}, rounds=1, warm_up=64)


@dataclass(frozen=True, slots=True)
class Row:
    """Both servers' blocks at one number of connections, in the order in which they took turns."""

    connections: int
    intake: list[Block] = field(default_factory=list)
    reference: list[Block] = field(default_factory=list)

    @property
    def throughput_ratio(self) -> float:
        """The median over the rounds, so that what disturbed one round disturbs one ratio."""
        pairs = zip(self.intake, self.reference, strict=True)
        return statistics.median(ours.per_second / theirs.per_second for ours, theirs in pairs)

    @property
    def cpu_ratio(self) -> float:
        """Not a number when the reference was too quick for the kernel's clock, as in a quick run."""
        pairs = zip(self.intake, self.reference, strict=True)
        return statistics.median(ours.cpu / theirs.cpu if theirs.cpu else math.nan for ours, theirs in pairs)

    @property
    def refused(self) -> list[str]:
        return [answer for block in (*self.intake, *self.reference) for answer in block.refused]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`problems` are reasons not to believe the figures; `sent` is how many deliveries each server got."""

    table: list[Row]
    rounds: int
    sent: int
    problems: list[str]


async def measure(servers: Servers, home: Path, plan: Plan, *, say: Callable[[str], None]) -> Outcome:
    """Raises Failed when a server does not start or answer at all."""
    await upgrade(servers.database_url)
    intake, reference = await open_intake(servers, home), await _reference(servers, home)
    try:
        intake.start()
        reference.start()
        table, sent = _take_turns(intake, reference, plan, say)
    finally:
        intake.process.stop()
        reference.process.stop()
    problems = [f"An answer was: {answer}" for row in table for answer in row.refused]
    problems += await rows.differences(intake.database_url, reference.database_url)
    problems += await _miscounted(intake, sent)
    return Outcome(table, plan.rounds, sent, problems)


def _take_turns(
    intake: Contender, reference: Contender, plan: Plan, say: Callable[[str], None]
) -> tuple[list[Row], int]:
    for each in (intake, reference):
        each.take(connections=max(plan.blocks), first=0, count=plan.warm_up)
    sent = plan.warm_up
    table = []
    for connections, count in plan.blocks.items():
        row = Row(connections)
        for _ in range(plan.rounds):
            row.intake.append(intake.take(connections=connections, first=sent, count=count))
            row.reference.append(reference.take(connections=connections, first=sent, count=count))
            sent += count
        say(f"connections: {connections}, throughput: {row.throughput_ratio:.2f} of the reference")
        table.append(row)
    return table, sent


async def _miscounted(intake: Contender, sent: int) -> list[str]:
    tickets = await rows.count(intake.database_url, "tickets")
    return [] if tickets == sent else [f"{sent} deliveries made {tickets} tickets."]


async def open_intake(servers: Servers, home: Path) -> Contender:
    """The product as an operator starts it, every setting that has a default at its default."""
    url, port = await _database(servers, "bench_intake"), free_port()
    given = {
        "DATABASE_URL": url,
        "REDIS_URL": servers.redis_url,
        "INTAKE_PORT": str(port),
        "INTAKE_METRICS_PORT": str(free_port()),
        "HUB_HOME": str(home),
        "WHATSAPP_WEBHOOK_SECRET": SECRET,
        "WHATSAPP_API_TOKEN": "never used",
        "WHATSAPP_PHONE_NUMBER_ID": PHONE_NUMBER_ID,
    }
    return contender(servers, home, "intake", ["intake"], port=port, url=url, given=given)


async def _reference(servers: Servers, home: Path) -> Contender:
    url, port = await _database(servers, "bench_reference"), free_port()
    module = ["bench.reference", url, str(port)]
    return contender(servers, home, "reference", module, port=port, url=url, given={})


async def _database(servers: Servers, name: str) -> str:
    """A copy of the freshly migrated database."""
    admin = await asyncpg.connect(_named(servers, "postgres"))
    try:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE hub STRATEGY file_copy")
    finally:
        await admin.close()
    return _named(servers, name)


def _named(servers: Servers, name: str) -> str:
    return servers.database_url.replace("/hub?", f"/{name}?")
