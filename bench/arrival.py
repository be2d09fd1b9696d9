"""Signed delivery to durable ticket, by channel: intake and bot against a bare handler that writes the same rows."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench import rows, scratch
from bench.contender import Block, Contender, contender, free_port
from bench.deliveries import APP, CHANNELS, PHONE_NUMBER_ID, SECRET
from bench.figures import quotient
from sandbox.embedded import Servers


@dataclass(frozen=True, slots=True)
class Load:
    """So many deliveries of a channel over so many connections: a block."""

    channel: str
    connections: int
    count: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What is sent in turn to the hub and to the reference, and how often; before, `warm_up` of each channel."""

    loads: tuple[Load, ...]
    rounds: int
    warm_up: int


PLAN = Plan(
    (
        Load("whatsapp", 1, 500),
        Load("whatsapp", 16, 1500),
        Load("whatsapp", 64, 1500),
        Load("intercom", 16, 1500),
        Load("slack", 16, 1500),
    ),
    rounds=7,
    warm_up=1000,
)
QUICK = Plan(tuple(Load(channel, 4, 24) for channel in CHANNELS), rounds=1, warm_up=24)


@dataclass(frozen=True, slots=True)
class Row:
    """Both servers' blocks of one load, in the order in which they took turns."""

    load: Load
    hub: list[Block] = field(default_factory=list)
    reference: list[Block] = field(default_factory=list)

    @property
    def server(self) -> str:
        return "bot" if self.load.channel == "slack" else "intake"

    @property
    def throughput_ratio(self) -> float:
        return quotient(self.hub, self.reference, lambda block: block.per_second)

    @property
    def cpu_ratio(self) -> float:
        return quotient(self.hub, self.reference, lambda block: block.cpu)

    @property
    def refused(self) -> list[str]:
        return [answer for block in (*self.hub, *self.reference) for answer in block.refused]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`problems` are reasons not to believe the figures; `sent` is how many deliveries each side got."""

    table: list[Row]
    rounds: int
    sent: int
    problems: list[str]


async def measure(servers: Servers, home: Path, plan: Plan, *, say: Callable[[str], None]) -> Outcome:
    """Raises Failed when a server does not start or answer at all."""
    intake, reference = await open_intake(servers, home), await _reference(servers, home)
    bot = open_bot(servers, home, intake.database_url)
    started = (intake, bot, reference)
    try:
        for server in started:
            server.start()
        turns = Turns({"intake": intake, "bot": bot}, reference)
        table = turns.take(plan, say)
    finally:
        for server in started:
            server.process.stop()
    sent = turns.sent.total()
    problems = [f"An answer was: {answer}" for row in table for answer in row.refused]
    problems += await rows.differences(intake.database_url, reference.database_url)
    problems += await _miscounted(intake, sent)
    return Outcome(table, plan.rounds, sent, problems)


class Turns:
    """The hub's servers and the reference, which get the same; counts what was sent to each side by channel."""

    def __init__(self, hub: dict[str, Contender], reference: Contender) -> None:
        self._hub, self._reference = hub, reference
        self.sent: Counter[str] = Counter()

    def take(self, plan: Plan, say: Callable[[str], None]) -> list[Row]:
        most = max(load.connections for load in plan.loads)
        for channel in dict.fromkeys(load.channel for load in plan.loads):
            self._turn(Row(Load(channel, most, plan.warm_up)))
        table = [Row(load) for load in plan.loads]
        for row in table:
            for _ in range(plan.rounds):
                self._turn(row)
            load = row.load
            say(f"{load.channel}, {load.connections} connections: {row.throughput_ratio:.2f} of the reference")
        return table

    def _turn(self, row: Row) -> None:
        load, server = row.load, self._hub[row.server]
        row.hub.append(server.take(self._requests(load, server), connections=load.connections))
        given = self._requests(load, self._reference)
        row.reference.append(self._reference.take(given, connections=load.connections))
        self.sent[load.channel] += load.count

    def _requests(self, load: Load, server: Contender) -> Sequence[bytes]:
        return CHANNELS[load.channel].requests(self.sent[load.channel], load.count, port=server.port)


async def _miscounted(intake: Contender, sent: int) -> list[str]:
    tickets = await rows.count(intake.database_url, "tickets")
    return [] if tickets == sent else [f"{sent} deliveries made {tickets} tickets."]


async def open_intake(servers: Servers, home: Path) -> Contender:
    """The product as an operator starts it, every setting that has a default at its default."""
    url, port = await scratch.make(servers, "bench_intake"), free_port()
    given = {
        "DATABASE_URL": url,
        "REDIS_URL": servers.redis_url,
        "INTAKE_PORT": str(port),
        "INTAKE_METRICS_PORT": str(free_port()),
        "HUB_HOME": str(home),
        "WHATSAPP_WEBHOOK_SECRET": SECRET,
        "WHATSAPP_API_TOKEN": "never used",
        "WHATSAPP_PHONE_NUMBER_ID": PHONE_NUMBER_ID,
        "INTERCOM_WEBHOOK_SECRET": SECRET,
        "INTERCOM_API_TOKEN": "never used",
        "INTERCOM_APP_ID": APP,
    }
    return contender(servers, home, "intake", ["intake"], port=port, url=url, given=given)


def open_bot(servers: Servers, home: Path, url: str, **given: str) -> Contender:
    """The bot on the database `url`, as an operator starts it; `given` are settings on top."""
    port = free_port()
    settings = {
        "DATABASE_URL": url,
        "REDIS_URL": servers.redis_url,
        "BOT_PORT": str(port),
        "BOT_METRICS_PORT": str(free_port()),
        "HUB_HOME": str(home),
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_BOT_TOKEN": "xoxb-bench",
    }
    return contender(servers, home, f"bot-{port}", ["bot"], port=port, url=url, given=settings | given)


async def _reference(servers: Servers, home: Path) -> Contender:
    url, port = await scratch.make(servers, "bench_reference"), free_port()
    module = ["bench.reference", url, str(port)]
    return contender(servers, home, "reference", module, port=port, url=url, given={})
