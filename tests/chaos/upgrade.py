"""`python -m tests.chaos.upgrade`: every migration on a full database, while the version before it is at work."""

import argparse
import asyncio
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import asyncpg
from alembic.script import ScriptDirectory

from sandbox.embedded import Servers, servers
from storage.migrations import InTheWay, config, upgrade
from tests.chaos.former import Seen, Version, fill, slowest

CALM_SECONDS = 2.0
"""The version before works so long on the schema it was written for, and as long on the new one."""
PATIENCE_SECONDS = 60.0
LONGEST_STALL = 1.0
"""Seconds; what a migration may hold others up for, with 100,000 tickets."""
FIRST = "0001"
WHILE_IT_STANDS = {
    "0002": "writes every ticket anew",
    "0007": "makes a row for every ticket",
    "0011": "writes every vector anew",
    "0014": "the version before cannot find people any more",
}
"""Migrations for a hub that is stopped first; docs/upgrading.md names them."""
WRITERS = ("take", "do")
READERS = ("look",)


@dataclass(frozen=True, slots=True)
class Plan:
    """`dump` is for how many seconds somebody who reads every table, as pg_dump does, is in the way."""

    seed: int
    tickets: int
    vectors: int
    dump: float
    revisions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One migration. Times are in seconds; `usual` is the longest act before it began."""

    revision: str
    title: str
    took: float
    usual: float
    writers: float
    readers: float
    acts: int
    errors: tuple[str, ...]


async def drill(plan: Plan, running: Servers) -> list[Row]:
    titles = _titles(running.database_url)
    random = Random(plan.seed)
    await upgrade(running.database_url, FIRST)
    await fill(running.database_url, tickets=plan.tickets, vectors=plan.vectors)
    rows, before = [], FIRST
    for revision, title in titles.items():
        if plan.revisions and revision not in plan.revisions:
            await upgrade(running.database_url, revision)
        else:
            rows.append(await _migrate(running.database_url, before, revision, title, plan.dump, random))
            print(_line(rows[-1]), file=sys.stderr, flush=True)
        before = revision
    return rows


def _titles(url: str) -> dict[str, str]:
    """What each revision after the first is for, oldest first."""
    scripts = reversed(list(ScriptDirectory.from_config(config(url)).walk_revisions()))
    return {one.revision: re.split("[:;,.]", one.doc)[0] for one in scripts if one.revision != FIRST}


async def _migrate(url: str, before: str, revision: str, title: str, dump: float, random: Random) -> Row:
    version, over = Version(url, before, random), asyncio.Event()
    calm, busy, after = Seen(), Seen(), Seen()
    async with asyncio.TaskGroup() as group:
        version.seen = calm
        group.create_task(version.work(over))
        await asyncio.sleep(CALM_SECONDS)
        if dump:
            reading = asyncio.Event()
            group.create_task(_read_everything(url, dump, reading))
            await reading.wait()
        version.seen, began = busy, time.monotonic()
        refused = await _release(url, revision)
        took = time.monotonic() - began
        await asyncio.sleep(CALM_SECONDS / 4)  # who was held up is counted with what held them up
        version.seen = after
        await asyncio.sleep(CALM_SECONDS)
        over.set()
    if refused:
        await upgrade(url, revision)
    everything = (calm, busy, after)
    failed = sum((seen.errors for seen in everything), Counter[str]())
    return Row(
        revision,
        title,
        took,
        usual=slowest([calm], *WRITERS, *READERS),
        writers=slowest([busy], *WRITERS),
        readers=slowest([busy], *READERS),
        acts=sum(sum(seen.acts.values()) for seen in everything),
        errors=(*refused, *(f"{number} × {error}" for error, number in failed.items())),
    )


async def _release(url: str, revision: str) -> list[str]:
    """Why it came to nothing; the drill goes on when nobody writes any more."""
    try:
        await upgrade(url, revision, patience=PATIENCE_SECONDS)
    except InTheWay:
        return ["1 × release: gave up, a table was never free"]
    return []


async def _read_everything(url: str, seconds: float, reading: asyncio.Event) -> None:
    """What pg_dump holds while it reads: every table, so that none is changed under its hands."""
    connection = await asyncpg.connect(url)
    async with connection.transaction():
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        await connection.execute(f"LOCK TABLE {', '.join(row[0] for row in tables)} IN ACCESS SHARE MODE")
        reading.set()
        await asyncio.sleep(seconds)
    await connection.close()


def complaints(rows: Sequence[Row]) -> list[str]:
    meant = [row for row in rows if row.revision not in WHILE_IT_STANDS]
    found = [f"{row.revision} made the version before fail: {error}" for row in meant for error in row.errors]
    return found + [
        f"{row.revision} held others up for {max(row.writers, row.readers):.1f} s"
        for row in meant
        if max(row.writers, row.readers) > LONGEST_STALL
    ]


def table(rows: Sequence[Row]) -> str:
    head = ("migration", "seconds", "longest act before", "longest write", "longest read", "acts", "errors")
    return "\n".join([f"| {' | '.join(head)} |", f"|---|{'--:|' * (len(head) - 1)}", *map(_line, rows)])


def _line(row: Row) -> str:
    failed = sum(int(error.partition(" ")[0]) for error in row.errors)
    cells = (
        f"{row.revision} {row.title}{' (stop first)' if row.revision in WHILE_IT_STANDS else ''}",
        f"{row.took:.2f}",
        *(f"{1000 * seconds:.0f} ms" for seconds in (row.usual, row.writers, row.readers)),
        row.acts,
        failed,
    )
    return f"| {' | '.join(map(str, cells))} |"


def main(arguments: list[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    plan = Plan(given.seed, given.tickets, given.vectors, given.dump, tuple(re.findall(r"\w+", given.only)))
    with (
        tempfile.TemporaryDirectory(prefix="drill-", dir=given.home) as made,
        servers(Path(made), durable=True) as running,
    ):
        rows = asyncio.run(drill(plan, running))
    print(f"Seed {plan.seed}, {plan.tickets:,} tickets, {plan.vectors:,} vectors\n\n{table(rows)}")
    found = complaints(rows)
    for complaint in found:
        print(f"- {complaint}")
    return 1 if found else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.upgrade", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--vectors", type=int, default=2_000, help="of so many tickets there is one before 0011")
    parser.add_argument("--dump", type=float, default=0, help="seconds in which somebody reads every table as well")
    parser.add_argument("--only", default="", help="these revisions; unless given every one")
    parser.add_argument("--home", help="the data lie in a folder there, thrown away at the end")
    return parser


if __name__ == "__main__":
    sys.exit(main())
