"""How long it takes to find the nearest vectors, and how many of the truly nearest are found.

Vectors are drawn from clusters, a fifth of them near-duplicates, by PostgreSQL's own dice from a fixed seed.
"""

import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
from sqlalchemy import text

from bench import scratch
from hub.embedding import DIMENSIONS
from sandbox.embedded import Servers
from storage import embeddings
from storage.database import Database

SIZES = (10_000, 100_000)
ASKED = 100
WANTED = 10
OF_A_CLUSTER = 20

TICKETS = """
INSERT INTO tickets (title, description, ticket_type, priority, original_channel)
SELECT 'Report ' || n, '', 'bug', 3, 'toy' FROM generate_series(1, {size}) AS n
"""
CENTRES = f"""
CREATE TEMPORARY TABLE centres AS
SELECT c, array_agg(random() - 0.5) AS v
FROM generate_series(0, {{clusters}} - 1) AS c CROSS JOIN generate_series(1, {DIMENSIONS}) GROUP BY c
"""
VECTORS = """
INSERT INTO embeddings (ticket_id, model, content_hash, vector, due_at)
SELECT id, 'bench', number::text,
       (SELECT array_agg(x + away * (random() - 0.5)) FROM unnest(v) AS x)::vector::halfvec, NULL
FROM (SELECT id, number, CASE WHEN number % 5 = 0 THEN 0.02 ELSE 0.6 END AS away FROM tickets) AS t
JOIN centres ON c = number % {clusters}
"""
DROP, INDEX = (
    "DROP INDEX ix_embeddings_vector",
    ("CREATE INDEX ix_embeddings_vector ON embeddings USING hnsw (vector halfvec_cosine_ops)"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """Milliseconds, and the share of the ten truly nearest that is found; by number of tickets."""

    median: dict[int, float]
    p95: dict[int, float]
    recall: dict[int, float]
    built_seconds: dict[int, float]


async def measure(running: Servers, sizes: Sequence[int], *, say: Callable[[str], None]) -> Row:
    row = Row({}, {}, {}, {})
    for size in sizes:
        say(f"making {size:,} vectors and their index …")
        db, built = await _filled(running, size)
        some = await _some(db)
        timed = [await _time(db, ticket_id) for ticket_id in [*some, *some]][len(some) :]  # once to warm up
        took = [milliseconds for milliseconds, _ in timed]
        exact = [await _exact(db, ticket_id) for ticket_id in some]  # last: it reads everything out of the caches
        recalls = [len(set(found) & set(all_)) / len(all_) for (_, found), all_ in zip(timed, exact, strict=True)]
        await db.close()
        row.median[size], row.p95[size] = statistics.median(took), statistics.quantiles(took, n=20)[-1]
        row.recall[size], row.built_seconds[size] = statistics.mean(recalls), built
    return row


async def _filled(running: Servers, size: int) -> tuple[Database, float]:
    """A database with so many vectors, and the seconds their index took."""
    url = await scratch.make(running, f"meaning_{size}")
    connection = await asyncpg.connect(url, command_timeout=3600)
    clusters = max(1, size // OF_A_CLUSTER)
    await connection.execute("SELECT setseed(0.5)")
    for statement in (DROP, TICKETS.format(size=size), CENTRES.format(clusters=clusters)):
        await connection.execute(statement)
    await connection.execute(VECTORS.format(clusters=clusters))
    await connection.execute("SET maintenance_work_mem = '2GB'; SET max_parallel_maintenance_workers = 2")
    started = time.perf_counter()
    await connection.execute(INDEX)
    built = time.perf_counter() - started
    await connection.execute("VACUUM ANALYZE embeddings")
    await connection.close()
    return Database(url, pool=2, ring=lambda _: None), built


async def _some(db: Database) -> list[UUID]:
    async with db.transaction() as session:
        ids = list(await session.scalars(text("SELECT ticket_id FROM embeddings ORDER BY ticket_id")))
    return random.Random(3).sample(ids, min(ASKED, len(ids)))


async def _time(db: Database, ticket_id: UUID) -> tuple[float, list[UUID]]:
    async with db.transaction() as session:
        started = time.perf_counter()
        found = await embeddings.nearest(session, ticket_id, limit=WANTED)
        return (time.perf_counter() - started) * 1000, [other for other, _ in found]


async def _exact(db: Database, ticket_id: UUID) -> list[UUID]:
    """By looking at every vector."""
    async with db.transaction() as session:
        await session.execute(text("SET LOCAL enable_indexscan = off"))
        await session.execute(text("SET LOCAL statement_timeout = '60s'"))
        return [other for other, _ in await embeddings.nearest(session, ticket_id, limit=WANTED)]
