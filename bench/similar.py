"""`python -m bench.similar < reports.jsonl`: what is similar to each report that asks, by words alone.

The reports go into a database of their own through the code every report goes through; no model is asked. With
`--score` the labelled reports of this folder are taken instead, and what is found is held against their labels.
"""

import argparse
import asyncio
import hashlib
import json
import logging
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import structlog
from sqlalchemy import func, select

from bench import lines
from bench.contender import Failed
from bench.lines import BadLine, Line
from hub import ingestion, similarity
from hub.channel import Channel, Profile, Report
from hub.similarity import Candidate
from hub.work import Work, promise
from jobs import job, likeness
from runtime.wiring import Runtime
from sandbox.embedded import NotStarted, servers
from storage.arrivals import Delivery
from storage.database import Bell, Database
from storage.migrations import upgrade
from storage.models import Ticket, TicketTerms

JOBS = likeness
"""Importing it registers the job that reads words."""
HERE = Path(__file__).parent
LABELLED = {"customers' reports": "similar-reports.jsonl", "issues of trackers": "similar-issues.jsonl"}
ASKED_FOR = 10
AT_ONCE = 6
CHUNK = 500
SEED = "7"
"""Which problems are held out is drawn from this, so it is the same ones for ever."""
Given, Made = TypeVar("Given"), TypeVar("Made")


class Paper:
    """The channel that reports on paper come in by."""

    name = "paper"

    def __init__(self, report: Report) -> None:
        self._report = report

    def read(self, payload: Any) -> list[Report]:
        return [self._report]


@dataclass(frozen=True, slots=True)
class Score:
    """Of one half of one set: how many that are one problem are among the ten, and how often `alike` is right."""

    name: str
    reports: int
    recall: float
    told: int
    precision: float
    told_recall: float


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.similar", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--score", action="store_true", help="measure by the labelled reports, and read nothing")
    given = parser.parse_args(arguments)
    structlog.configure(  # what is printed is the answer
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
    )
    try:
        if given.score:
            asyncio.run(_score())
        else:
            asyncio.run(_answer(lines.read(sys.stdin)))
    except (BadLine, NotStarted, Failed) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


async def _answer(given: Sequence[Line]) -> None:
    async with scratch() as db:
        ids = await load(db, given)
        asking = [line for line in given if line.query]
        for line, found in zip(asking, await ask(db, ids, asking, similarity.candidates), strict=True):
            print(json.dumps({"id": line.id, "candidates": found}, ensure_ascii=False), flush=True)


async def _score() -> None:
    sets = {name: lines.read((HERE / file).read_text().splitlines()) for name, file in LABELLED.items()}
    async with scratch() as db:
        every = [line for given in sets.values() for line in given]
        ids = await load(db, every)
        print("| reports | number | recall@10 | told of | right | of those there are |")
        print("|:---|---:|---:|---:|---:|---:|")
        for name, given in sets.items():
            for half, members in halves(given).items():
                found = await ask(db, ids, members, similarity.candidates)
                told = await ask(db, ids, members, similarity.alike)
                one = score(f"{name}, {half}", members, found, told)
                print(
                    f"| {one.name} | {one.reports} | {one.recall:.3f} | {one.told} | {one.precision:.3f} "
                    f"| {one.told_recall:.3f} |",
                    flush=True,
                )


@asynccontextmanager
async def scratch() -> AsyncIterator[Database]:
    """A new database, thrown away afterwards."""
    kept = HERE.parent / ".hub"
    kept.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=kept, prefix="similar-") as folder,
        servers(Path(folder), durable=False) as on,
    ):
        await upgrade(on.database_url)
        db = Database(on.database_url, pool=AT_ONCE)
        try:
            yield db
        finally:
            await db.close()


async def load(db: Database, given: Sequence[Line]) -> dict[int, str | int]:
    """Take the reports in and read their words; which number each id's ticket got, the other way round."""
    taken = await _each(given, lambda line: _take_in(db, line))
    for chunk in (taken[start : start + CHUNK] for start in range(0, len(taken), CHUNK)):
        async with db.transaction() as session:
            tickets = await session.scalars(select(Ticket.id).where(Ticket.number.in_(chunk)))
            for ticket_id in tickets.all():
                await similarity.changed(session, ticket_id)
    await learn(db)
    return {number: line.id for number, line in zip(taken, given, strict=True)}


async def _take_in(db: Database, line: Line) -> int:
    report = Report(
        platform=Paper.name,
        external_id=json.dumps(line.id)[: ingestion.EXTERNAL_ID_LENGTH],
        author=Profile(account_id=f"paper:{json.dumps(line.id)[:100]}"),
        sent_at=datetime.now(UTC),
        text=line.text,
        title=line.title,
        raw={},
    )
    delivery = Delivery(Paper.name, "application/json", b"{}")
    taken = await ingestion.receive(db, cast("Channel", Paper(report)), delivery, {})
    return taken.numbers[0]


async def learn(db: Database) -> None:
    """Have the worker's own job read what is to be read."""
    bells: list[Bell] = []
    runtime = SimpleNamespace(db=db, settings=SimpleNamespace(lease_seconds=60.0, retry_base_seconds=1.0))
    ring, db.ring = db.ring, bells.extend
    due = await _due(db)
    while due:
        async with db.transaction() as session:
            promise(session, Work.WORDS, "all")
        await job.work(cast("Runtime", runtime), bells[-1].job_id)
        before, due = due, await _due(db)
        if due >= before:
            raise Failed("The job that reads words failed; what it says stands above.")
    db.ring = ring


async def _due(db: Database) -> int:
    async with db.transaction() as session:
        return await session.scalar(select(func.count()).where(TicketTerms.due)) or 0


async def ask(
    db: Database,
    ids: dict[int, str | int],
    asking: Sequence[Line],
    how: Callable[..., Awaitable[list[Candidate]]],
) -> list[list[str | int]]:
    """The ids of what is similar to each, best first."""
    numbers = {report_id: number for number, report_id in ids.items()}

    async def one(line: Line) -> list[str | int]:
        async with db.transaction() as session:
            ticket = (await session.scalars(select(Ticket).where(Ticket.number == numbers[line.id]))).one()
            return [ids[found.number] for found in await how(session, ticket, limit=ASKED_FOR)]

    return await _each(asking, one)


async def _each(given: Sequence[Given], make: Callable[[Given], Awaitable[Made]]) -> list[Made]:
    """In order, some at once."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def behind_gate(one: Given) -> Made:
        async with gate:
            return await make(one)

    return await asyncio.gather(*map(behind_gate, given))


def halves(given: Iterable[Line]) -> dict[str, list[Line]]:
    """What was looked at while choosing words and weights, and what was not; a near miss goes with its problem."""
    found: dict[str, list[Line]] = {"tuned on": [], "held out": []}
    for line in given:
        drawn = hashlib.sha256(f"{SEED}:{(line.problem or '').partition('/')[0]}".encode()).digest()[0]
        found["held out" if drawn % 2 else "tuned on"].append(line)
    return found


def score(
    name: str, members: Sequence[Line], found: Sequence[Sequence[str | int]], told: Sequence[Sequence[str | int]]
) -> Score:
    """Hold answers against labels; reports nobody shares a problem with can only be told wrongly."""
    others = {
        line.id: {other.id for other in members if other.problem == line.problem and other.id != line.id}
        for line in members
    }
    there = sum(map(len, others.values()))
    hits = sum(len(others[line.id] & set(ids)) for line, ids in zip(members, found, strict=True))
    rightly = sum(len(others[line.id] & set(ids)) for line, ids in zip(members, told, strict=True))
    every = sum(map(len, told))
    return Score(name, len(members), hits / there, every, rightly / max(every, 1), rightly / there)


if __name__ == "__main__":
    sys.exit(main())
