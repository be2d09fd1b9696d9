"""What bot, intake and worker take when nobody writes: memory; and how soon each answers after its start."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bench import cpu
from bench.contender import START_SECONDS, Contender, Failed, contender, free_port
from bench.whole import whole
from sandbox.embedded import Servers
from sandbox.processes import wait_until
from sandbox.run import says_up

TOGETHER = "together"
BARE = "a bare aiohttp server"


@dataclass(frozen=True, slots=True)
class Plan:
    """How often all are started, and the seconds that nothing happens then."""

    rounds: int
    idle: float


PLAN = Plan(rounds=5, idle=10)
QUICK = Plan(rounds=1, idle=1)


@dataclass(frozen=True, slots=True)
class Seen:
    """Of a process and its children: seconds until it answered, of CPU until then, megabytes when it had idled."""

    up: float
    cpu: float
    pss: float
    rss: float
    processes: int


@dataclass(frozen=True, slots=True)
class Outcome:
    plan: Plan
    table: dict[str, list[Seen]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Started:
    server: Contender
    up: float
    cpu: float

    def seen(self) -> Seen:
        pss, rss, processes = memory(self.server.process.pid)
        return Seen(self.up, self.cpu, pss, rss, processes)


async def measure(running: Servers, home: Path, plan: Plan, *, say: Callable[[str], None]) -> Outcome:
    """Raises Failed when a process does not answer."""
    hub, bare = await whole(running, home, "bench_idle"), _bare(running, home)
    outcome = Outcome(plan)
    hub.sandbox.start()
    try:
        for number in range(plan.rounds):
            for name, seen in [*await _stand({BARE: bare}, plan), *await _stand(hub.hub, plan)]:
                outcome.table.setdefault(name, []).append(seen)
            said = outcome.table[TOGETHER][-1]
            say(f"idle: round {number + 1} of {plan.rounds}, {said.pss:.0f} MB together")
    finally:
        hub.stop()
        bare.process.stop()
    return outcome


async def _stand(servers: dict[str, Contender], plan: Plan) -> list[tuple[str, Seen]]:
    """One after the other is started; all of them idle, and are ended."""
    try:
        started = {name: start(server) for name, server in servers.items()}
        await asyncio.sleep(plan.idle)
        seen = {name: one.seen() for name, one in started.items()}
    finally:
        for server in servers.values():
            server.process.stop()
    if len(seen) > 1:
        seen[TOGETHER] = _sum(list(seen.values()))
    return list(seen.items())


def start(server: Contender) -> Started:
    """And wait until `GET /up` is answered with 200."""
    began = time.perf_counter()
    server.process.start()
    wait_until(lambda: says_up("127.0.0.1", server.port) or not server.process.alive, seconds=START_SECONDS)
    took = time.perf_counter() - began
    if not says_up("127.0.0.1", server.port):
        raise Failed(f"{server.process.name} did not answer.\n{server.process.last_words()}")
    return Started(server, took, cpu.seconds(server.process.pid))


def memory(pid: int) -> tuple[float, float, int]:
    """PSS and RSS of a process and its descendants in megabytes, and how many they are (proc(5), smaps_rollup).

    PSS counts a page that several processes share once: each of them has its share of it.
    """
    tree = cpu.tree(pid)
    pages = [dict(line.split(":", 1) for line in _rollup(each) if ":" in line) for each in tree]
    pss, rss = (sum(int(each[name].split()[0]) for each in pages) / 1024 for name in ("Pss", "Rss"))
    return pss, rss, len(tree)


def _rollup(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]


def _sum(seen: list[Seen]) -> Seen:
    return Seen(
        up=max(one.up for one in seen),
        cpu=sum(one.cpu for one in seen),
        pss=sum(one.pss for one in seen),
        rss=sum(one.rss for one in seen),
        processes=sum(one.processes for one in seen),
    )


def _bare(running: Servers, home: Path) -> Contender:
    port = free_port()
    return contender(running, home, "bare", ["bench.bare", "agreeing", str(port)], port=port, url="", given={})
