"""What agents and programs wait for as tickets become many: the reads behind Home, /tickets, windows and REST."""

import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from bench import scratch
from hub import listing, measurement, showing, viewing
from hub.measurement import Period
from hub.viewing import Choice
from sandbox.embedded import Servers
from storage import (
    agents,
    changelog_entries,
    counts,
    dead_letters,
    notifications,
    paging,
    tickets,
    webhook_deliveries,
)
from storage.database import Database
from storage.tickets import Filters

SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = 15
AGENTS = 200
WORDS = ("crash", "export", "invoice", "login", "slow", "map", "payment", "sync", "filter", "photo")
ANA = "T1:U1"
APART = 260
"""Seconds between two tickets: about 10,000 in 30 days, however many years there are of them."""

FILL = f"""
WITH people AS (
  INSERT INTO reporters (name, email, email_digest)
  SELECT 'Person ' || n, email, sha256(email::bytea)
  FROM generate_series(1, $1 / 4) AS n, LATERAL (SELECT 'person' || n || '@example.com' AS email) AS has RETURNING id
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
       now() - make_interval(secs => {APART} * ($1 - n)), now() - make_interval(secs => {APART} * ($1 - n))
FROM generate_series(1, $1) AS n JOIN numbered ON place = 1 + n % ($1 / 4)
"""
MORE = """
INSERT INTO webhook_deliveries (platform, content_type, body, status, received_at)
SELECT original_channel, 'application/json', convert_to(title, 'UTF8'),
       CASE WHEN number % 1000 = 0 THEN 'unreadable' ELSE 'read' END, created_at FROM tickets;
INSERT INTO dead_letter_jobs (job_class, job_key, job_args, error_class, error_message, status, failed_at)
SELECT 'dispatch', 'notification:' || id, '{}', 'Refused', 'No.',
       CASE WHEN number % 1000 = 0 THEN 'unresolved' ELSE 'resolved' END, created_at
FROM tickets WHERE number % 100 = 0;
INSERT INTO changelog_entries (ticket_id, content, status, approved_by, approved_at, created_at)
SELECT id, title, 'approved', 'T1:U1', created_at, created_at FROM tickets WHERE status = 'resolved';
INSERT INTO notifications (ticket_id, channel, recipient, content, status, sent_at, created_at)
SELECT id, original_channel, 'T1:U1', title,
       (ARRAY['sent', 'delivered', 'read', 'permanently_failed'])[1 + number % 4],
       created_at + interval '1 hour', created_at + interval '1 hour' FROM tickets WHERE status = 'resolved';
INSERT INTO ticket_events (ticket_id, event_type, actor_type, data, created_at)
SELECT id, 'ai_triaged', 'system', '{}', created_at + interval '1 minute' FROM tickets;
INSERT INTO ticket_events (ticket_id, event_type, actor_type, actor_id, data, created_at)
SELECT id, 'status_changed', 'user', 'T1:U1', '{"was": "open", "now": "resolved"}', created_at + interval '1 hour'
FROM tickets WHERE status = 'resolved';
INSERT INTO ai_calls (ticket_id, purpose, model_asked, model_answered, prompt, prompt_tokens, completion_tokens,
                      milliseconds, outcome, created_at)
SELECT id, 'triage', 'gpt-5.1', 'gpt-5.1', title, 400, 60, 900, 'ok', created_at FROM tickets
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


async def measure(
    running: Servers, sizes: Sequence[int], *, say: Callable[[str], None], rounds: int = ROUNDS
) -> list[Row]:
    """Every read at every size in turn, so that what disturbs one size disturbs all."""
    async with AsyncExitStack() as stack:
        databases = {size: await stack.enter_async_context(_opened(running, size, say)) for size in sizes}
        reads = {size: await _reads(db) for size, db in databases.items()}
        times: dict[str, dict[int, list[float]]] = {name: {size: [] for size in sizes} for name in reads[sizes[0]]}
        for _ in range(rounds):
            for name, by_size in times.items():
                for size in sizes:
                    by_size[size].append(await _time(databases[size], reads[size][name]))
    return [Row(name, {size: statistics.median(took) for size, took in each.items()}) for name, each in times.items()]


@asynccontextmanager
async def _opened(running: Servers, size: int, say: Callable[[str], None]) -> AsyncIterator[Database]:
    """A database with so many tickets."""
    db = Database(await filled(running, size, say), pool=2, ring=lambda _: None)
    yield db
    await db.close()


async def filled(running: Servers, size: int, say: Callable[[str], None]) -> str:
    """The address of a database with so many tickets."""

    async def fill(url: str) -> None:
        say(f"making {size:,} tickets …")
        connection = await asyncpg.connect(url)
        for statement in (PEOPLE, FILL.replace("$1", str(size)), *MORE.split(";")):
            await connection.execute(statement)
        db = Database(url, pool=2, ring=lambda _: None)
        async with db.transaction() as session:
            await counts.fold(session)
        await db.close()
        await connection.execute("VACUUM ANALYZE")
        await connection.close()

    return await scratch.kept(running, f"lists_{size}", made_of=f"{PEOPLE}{FILL}{MORE}", fill=fill)


async def _reads(db: Database) -> dict[str, Read]:
    async with db.transaction() as session:
        newest = (await listing.ticket_list(session, Filters(), limit=1)).lines[0]
    deep, now = paging.after(newest.number // 2), datetime.now(UTC)
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
        "GET tickets?status&type": lambda session: tickets.page(session, Filters(status="open", ticket_type="bug")),
        "GET tickets?cursor, in the middle": lambda session: tickets.page(session, cursor=deep),
        "GET changelog_entries?status": lambda session: changelog_entries.page(session, status="approved"),
        "GET notifications": notifications.page,
        "GET notifications?status&channel": lambda session: notifications.page(
            session, status="read", channel="slack"
        ),
        "GET dead_letter_jobs": dead_letters.page,
        "GET webhook_deliveries?status": lambda session: webhook_deliveries.page(session, status="unreadable"),
        "GET metrics/summary?period=24h": lambda session: measurement.measure(session, Period.DAY, now=now),
        "GET metrics/summary?period=30d": lambda session: measurement.measure(session, Period.MONTH, now=now),
        "one ticket": lambda session: showing.card(session, newest.id),
        "assignee picker": lambda session: agents.named(session, "agent 7"),
    }


async def _time(db: Database, read: Read) -> float:
    """Milliseconds from asking for a connection to having given it back."""
    started = time.perf_counter()
    async with db.transaction() as session:
        await read(session)
    return (time.perf_counter() - started) * 1000
