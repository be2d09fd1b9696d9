"""What agents wait for in Slack, as tickets become many: the reads behind Home, /tickets, windows and pickers."""

import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from bench import scratch
from hub import listing, showing, viewing
from hub.viewing import Choice
from sandbox.embedded import Servers
from storage import agents, counts, paging
from storage.database import Database
from storage.tickets import Filters

SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = 15
AGENTS = 200
WORDS = ("crash", "export", "invoice", "login", "slow", "map", "payment", "sync", "filter", "photo")
ANA = "T1:U1"

FILL = f"""
WITH people AS (
  INSERT INTO reporters (name, email)
  SELECT 'Person ' || n, 'person' || n || '@example.com' FROM generate_series(1, $1 / 4) AS n RETURNING id
), numbered AS (SELECT id, row_number() OVER () AS place FROM people)
INSERT INTO tickets (reporter_id, title, description, ticket_type, priority, original_channel, status, resolved_at,
                     assignee_id, tags, reported_at, created_at)
SELECT numbered.id,
       'The ' || (ARRAY{list(WORDS)})[1 + n % 10] || ' of order ' || n,
       'It began on ' || n || ' and the ' || (ARRAY{list(WORDS)})[1 + (n / 7) % 10] || ' fails. rare' || n / 50,
       (ARRAY['bug', 'question', 'feature_request', 'incident'])[1 + n % 4],
       n % 6,
       (ARRAY['slack', 'intercom', 'whatsapp'])[1 + n % 3],
       CASE WHEN n % 10 < 7 THEN 'resolved' WHEN n % 10 < 9 THEN 'open' ELSE 'in_progress' END,
       CASE WHEN n % 10 < 7 THEN now() END,
       CASE WHEN n % 5 = 0 THEN 'T1:U' || n % {AGENTS} END,
       CASE WHEN n % 20 = 0 THEN ARRAY['billing'] ELSE ARRAY[]::text[] END,
       now() - make_interval(secs => $1 - n), now() - make_interval(secs => $1 - n)
FROM generate_series(1, $1) AS n JOIN numbered ON place = 1 + n % ($1 / 4)
"""
PEOPLE = f"INSERT INTO agents (id, name) SELECT 'T1:U' || n, 'Agent ' || n FROM generate_series(1, {AGENTS}) AS n"

Read = Callable[[AsyncSession], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Row:
    """Median milliseconds of a read, by number of tickets."""

    name: str
    milliseconds: dict[int, float]

    @property
    def growth(self) -> float:
        sizes = sorted(self.milliseconds)
        return self.milliseconds[sizes[-1]] / self.milliseconds[sizes[0]]


async def measure(running: Servers, sizes: Sequence[int], *, say: Callable[[str], None]) -> list[Row]:
    """Every read at every size in turn, so that what disturbs one size disturbs all."""
    async with AsyncExitStack() as stack:
        databases = {size: await stack.enter_async_context(_filled(running, size, say)) for size in sizes}
        reads = {size: await _reads(db) for size, db in databases.items()}
        times: dict[str, dict[int, list[float]]] = {name: {size: [] for size in sizes} for name in reads[sizes[0]]}
        for _ in range(ROUNDS):
            for name, by_size in times.items():
                for size in sizes:
                    by_size[size].append(await _time(databases[size], reads[size][name]))
    return [Row(name, {size: statistics.median(took) for size, took in each.items()}) for name, each in times.items()]


@asynccontextmanager
async def _filled(running: Servers, size: int, say: Callable[[str], None]) -> AsyncIterator[Database]:
    """A database with so many tickets."""
    say(f"making {size:,} tickets …")
    url = await scratch.make(running, f"lists_{size}")
    connection = await asyncpg.connect(url)
    await connection.execute(PEOPLE)
    await connection.execute(FILL.replace("$1", str(size)))
    db = Database(url, pool=2, ring=lambda _: None)
    async with db.transaction() as session:
        await counts.fold(session)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    yield db
    await db.close()


async def _reads(db: Database) -> dict[str, Read]:
    async with db.transaction() as session:
        newest = (await listing.ticket_list(session, Filters(), limit=1)).lines[0]
    deep = paging.after(newest.number // 2)
    return {
        "Home, first page": lambda session: viewing.screen(session, Choice()),
        "Home, open and critical": lambda session: viewing.screen(
            session, Choice().narrowed(status="open", priority=0)
        ),
        "Home, page in the middle": lambda session: listing.ticket_list(session, Filters(), cursor=deep),
        "mine": lambda session: listing.ticket_list(session, Filters(assignee=ANA)),
        "/tickets, a common word": lambda session: listing.ticket_list(session, Filters(words="crash")),
        "/tickets, a rare word": lambda session: listing.ticket_list(session, Filters(words="rare7")),
        "/tickets from:person": lambda session: listing.ticket_list(session, Filters(reporter="person 77")),
        "/tickets tag:billing": lambda session: listing.ticket_list(session, Filters(tag="billing")),
        "one ticket": lambda session: showing.card(session, newest.id),
        "assignee picker": lambda session: agents.named(session, "agent 7"),
    }


async def _time(db: Database, read: Read) -> float:
    """Milliseconds from asking for a connection to having given it back."""
    started = time.perf_counter()
    async with db.transaction() as session:
        await read(session)
    return (time.perf_counter() - started) * 1000
