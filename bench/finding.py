"""How long it takes to find similar tickets by words, as tickets become many."""

import bisect
import itertools
import random
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import asyncpg
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bench import scratch, similar
from hub import detailing, similarity
from hub.detailing import Shown
from hub.vocabulary import MEANINGS
from sandbox.embedded import Servers
from storage.database import Database
from storage.models import Ticket

SIZES = (10_000, 100_000)
ASKED = 150
WORDS = 60_000
"""Different words people use; how often each, Zipf's law says."""
SYLLABLES = [
    a + b for a in ("b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "v", "tr", "st") for b in "aeiou"
]
COLUMNS = ("title", "description", "ticket_type", "priority", "original_channel", "language")
MARK_DUE = "INSERT INTO ticket_terms (ticket_id, number) SELECT id, number FROM tickets"

Find = Callable[[AsyncSession, Ticket], Awaitable[object]]
FINDS: dict[str, Find] = {
    "candidates": similarity.candidates,
    "alike (for a card)": similarity.alike,
    "a ticket's window, alike included": lambda session, ticket: detailing.window(session, Shown(ticket.id)),
}


@dataclass(frozen=True, slots=True)
class Row:
    """Milliseconds by number of tickets."""

    name: str
    median: dict[int, float]
    p95: dict[int, float]


async def measure(
    running: Servers, sizes: Sequence[int], *, say: Callable[[str], None], asked: int = ASKED
) -> list[Row]:
    """Each search at every size in turn, so that what disturbs one size disturbs all."""
    async with AsyncExitStack() as stack:
        databases = {size: await stack.enter_async_context(_filled(running, size, say)) for size in sizes}
        took: dict[tuple[str, int], list[float]] = {(name, size): [] for name in FINDS for size in sizes}
        draw = random.Random(1)
        for _ in range(asked):
            for size, db in databases.items():
                number = draw.randint(1, size)
                for name, find in FINDS.items():
                    took[name, size].append(await _time(db, number, find))
    return [
        Row(
            name,
            {size: statistics.median(took[name, size]) for size in sizes},
            {size: statistics.quantiles(took[name, size], n=20)[-1] for size in sizes},
        )
        for name in FINDS
    ]


@asynccontextmanager
async def _filled(running: Servers, size: int, say: Callable[[str], None]) -> AsyncIterator[Database]:
    """A database with so many tickets whose words have been read by the worker's job."""
    say(f"making {size:,} tickets and reading their words …")
    url = await scratch.make(running, f"finding_{size}")
    connection = await asyncpg.connect(url)
    await connection.copy_records_to_table("tickets", records=_tickets(size), columns=COLUMNS)
    await connection.execute(MARK_DUE)
    db = Database(url, pool=2, ring=lambda _: None)
    started = time.perf_counter()
    await similar.learn(db)
    say(f"  {size / (time.perf_counter() - started):,.0f} tickets a second")
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    yield db
    await db.close()


def _tickets(size: int) -> Iterator[tuple[str, str, str, int, str, str]]:
    """Titles of some words and texts of some dozens; a few are as long as a log."""
    draw = random.Random(7)
    words = _vocabulary(draw)
    weights = list(itertools.accumulate(1 / (rank + 8) for rank in range(len(words))))

    def said(number: int) -> str:
        return " ".join(words[bisect.bisect(weights, draw.random() * weights[-1])] for _ in range(number))

    for _ in range(size):
        text = said(min(2_000, int(draw.lognormvariate(3.3, 0.9)) + 3))
        yield said(draw.randint(3, 9)), text, "bug", 3, "toy", draw.choice(("en", "es"))


def _vocabulary(draw: random.Random) -> list[str]:
    """Customers' own words first, as they are the common ones, then words of no language."""
    known = [word.strip(" *\n") for entries in MEANINGS.values() for word in entries.split(",")]
    common = [word for word in dict.fromkeys(known) if " " not in word]
    draw.shuffle(common)
    made = {"".join(draw.choices(SYLLABLES, k=draw.randint(2, 5))) for _ in range(WORDS * 2)}
    return [*common, *sorted(made - set(common))[: WORDS - len(common)]]


async def _time(db: Database, number: int, find: Find) -> float:
    async with db.transaction() as session:
        ticket = (await session.scalars(select(Ticket).where(Ticket.number == number))).one()
        started = time.perf_counter()
        await find(session, ticket)
        return (time.perf_counter() - started) * 1000
