"""From a promise's commit to its job running in a worker, and jobs a second: the worker against arq alone."""

import asyncio
import itertools
import json
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from bench import cpu, scratch
from bench.contender import Contender, Failed, contender, free_port
from hub.work import Work, promise
from runtime.bells import Bells
from sandbox.embedded import Servers
from storage.database import Bell, Database

KIND = Work.COUNTS
"""Its job is one statement, which finds nothing to do here."""
SECONDS = 60.0
"""What is not done by then was lost."""
LOOK_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Plan:
    """In each round `alone` jobs that meet a worker at rest, then `many` at once."""

    alone: int
    many: int
    rounds: int


PLAN = Plan(alone=60, many=1000, rounds=7)
QUICK = Plan(alone=5, many=50, rounds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One worker, one round. Milliseconds; CPU milliseconds are a job's of the many."""

    p50: float
    p99: float
    per_second: float
    worker_cpu: float
    database_cpu: float
    redis_cpu: float

    @property
    def cpu(self) -> float:
        """What a job cost its worker and PostgreSQL."""
        return self.worker_cpu + self.database_cpu


@dataclass(frozen=True, slots=True)
class Outcome:
    plan: Plan
    worker: list[Block] = field(default_factory=list)
    bare: list[Block] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Ran:
    """Seconds by the machine's clock."""

    began: float
    left: float


Promise = Callable[[int], Awaitable[dict[int, float]]]
"""Has so many jobs done: when each was durable, by its number."""


class Side:
    """A worker, how jobs come to it, and what its log says of them."""

    def __init__(self, worker: Contender, promised: Promise) -> None:
        self.worker = worker
        self._promised = promised
        self._read = 0

    async def take(self, plan: Plan) -> Block:
        waited = []
        for _ in range(plan.alone):
            await asyncio.sleep(random.uniform(0.05, 0.15))  # not in step with how often the worker looks
            _, (wait,) = await self._have_done(1)
            waited.append(wait * 1000)
        before = self._cpu()
        seconds, _ = await self._have_done(plan.many)
        spent = [(now - then) * 1000 / plan.many for now, then in zip(self._cpu(), before, strict=True)]
        return Block(
            p50=statistics.median(waited),
            p99=sorted(waited)[len(waited) * 99 // 100],
            per_second=plan.many / seconds,
            worker_cpu=spent[0],
            database_cpu=spent[1],
            redis_cpu=spent[2],
        )

    async def _have_done(self, number: int) -> tuple[float, list[float]]:
        """Seconds until all were done, and how long each waited."""
        durable = await self._promised(number)
        ran = await self._ran(durable)
        seconds = max(one.left for one in ran.values()) - min(durable.values())
        return seconds, [ran[job_id].began - at for job_id, at in durable.items()]

    async def _ran(self, wanted: Collection[int]) -> dict[int, Ran]:
        found: dict[int, Ran] = {}
        deadline = time.monotonic() + SECONDS
        while len(found) < len(wanted):
            await asyncio.sleep(LOOK_SECONDS)
            found |= {job_id: ran for job_id, ran in self._news() if job_id in wanted}
            if time.monotonic() > deadline:
                last = self.worker.process.last_words()
                raise Failed(f"{self.worker.process.name} did {len(found)} of {len(wanted)} jobs.\n{last}")
        return found

    def _news(self) -> list[tuple[int, Ran]]:
        """What the log says that it did not say before, in whole lines."""
        with self.worker.process.log.open("rb") as log:
            log.seek(self._read)
            whole, end, _ = log.read().rpartition(b"\n")
        self._read += len(whole) + len(end)
        said = [json.loads(line) for line in whole.splitlines() if b'"job_left"' in line]
        return [(line["job_id"], _ran(line)) for line in said]

    def _cpu(self) -> Sequence[float]:
        servers = self.worker.servers
        return [cpu.seconds(pid) for pid in (self.worker.process.pid, servers.database.pid, servers.redis.pid)]


def _ran(line: dict[str, object]) -> Ran:
    """arq alone says it to the microsecond; the worker's own log when a job ended and how long it took, in whole
    milliseconds."""
    if "began" in line:
        return Ran(float(str(line["began"])), float(str(line["left"])))
    left = datetime.fromisoformat(str(line["timestamp"])).timestamp()
    return Ran(left - float(str(line["duration_ms"])) / 1000, left)


class Durable:
    """Promises as a door makes them: one transaction, bells after its commit."""

    def __init__(self, database_url: str, redis_url: str) -> None:
        self._bells = Bells(redis_url)
        self._db = Database(database_url, pool=2, ring=self._ring)
        self._at: dict[int, float] = {}

    def _ring(self, bells: Sequence[Bell]) -> None:
        self._at = dict.fromkeys((bell.job_id for bell in bells), time.time())
        self._bells.ring(bells)

    async def __call__(self, number: int) -> dict[int, float]:
        async with self._db.transaction() as session:
            for _ in range(number):
                promise(session, KIND, uuid4())
        return self._at

    async def close(self) -> None:
        await self._bells.close()
        await self._db.close()


class Rung:
    """The same bells for arq alone: what it knows of a job is what it is told by Redis."""

    def __init__(self, redis_url: str) -> None:
        self._bells = Bells(redis_url)
        self._numbers = itertools.count(1)

    async def __call__(self, number: int) -> dict[int, float]:
        bells = [Bell(next(self._numbers), 0) for _ in range(number)]
        at = time.time()
        self._bells.ring(bells)
        return dict.fromkeys((bell.job_id for bell in bells), at)

    async def close(self) -> None:
        await self._bells.close()


async def measure(running: Servers, home: Path, plan: Plan, *, say: Callable[[str], None]) -> Outcome:
    """Raises Failed when a worker does not start, or loses a job."""
    worker, bare = await _worker(running, home), await _bare(running, home)
    durable, rung = Durable(worker.database_url, running.redis_url), Rung(_beside(running))
    ours, theirs = Side(worker, durable), Side(bare, rung)
    outcome = Outcome(plan)
    try:
        worker.start()
        bare.process.start()
        for side in (ours, theirs):
            await side.take(QUICK)
        for number in range(plan.rounds):
            outcome.worker.append(await ours.take(plan))
            outcome.bare.append(await theirs.take(plan))
            say(f"promises: round {number + 1} of {plan.rounds}, {outcome.worker[-1].per_second:.0f} jobs/s")
    finally:
        for each in (worker, bare):
            each.process.stop()
        await durable.close()
        await rung.close()
    return outcome


async def _worker(running: Servers, home: Path) -> Contender:
    """The product's, with no platform: nothing but what is promised here, and the clock."""
    url, port = await scratch.make(running, "bench_worker"), free_port()
    given = {
        "DATABASE_URL": url,
        "REDIS_URL": running.redis_url,
        "WORKER_METRICS_PORT": str(port),
        "HUB_HOME": str(home),
    }
    return contender(running, home, "worker", ["jobs", "worker"], port=port, url=url, given=given)


async def _bare(running: Servers, home: Path) -> Contender:
    url = await scratch.make(running, "bench_bare_arq")
    module = ["bench.bare_arq", url, _beside(running)]
    return contender(running, home, "bare_arq", module, port=0, url=url, given={})


def _beside(running: Servers) -> str:
    """Another database of the same Redis."""
    return f"{running.redis_url}?db=1"
