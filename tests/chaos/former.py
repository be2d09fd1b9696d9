"""The version before at work, as its statements: reports come in, work is done, agents look.

A migration runs while they do. Each is written as the version of that time wrote it; only what migrations touch
is in them.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

import asyncpg

from storage.database import CONNECTING

WRITERS, WORKERS, READERS = 4, 3, 2
PAUSE_SECONDS = 0.03
"""Between two acts of one of them, about."""

FILL = (
    """
    WITH people AS (
      INSERT INTO reporters (name, email)
      SELECT 'Person ' || n, 'person' || n || '@example.com' FROM generate_series(1, $1 / 4) AS n RETURNING id
    ), accounts AS (
      INSERT INTO reporter_identities (reporter_id, platform, platform_user_id)
      SELECT id, 'slack', 'T1:' || id FROM people RETURNING id, reporter_id
    ), numbered AS (SELECT id, reporter_id, row_number() OVER () AS place FROM accounts)
    INSERT INTO tickets (reporter_id, identity_id, title, description, ticket_type, priority, original_channel, status,
                         resolved_at, assignee_id, tags, reported_at, created_at)
    SELECT reporter_id, id, 'The export of order ' || n || ' stays empty',
           repeat('It began on ' || n || ' and the list of invoice rare' || n / 50 || ' fails every time. ', 4),
           (ARRAY['bug', 'question', 'feature_request', 'incident'])[1 + n % 4], n % 6,
           (ARRAY['slack', 'intercom', 'whatsapp'])[1 + n % 3],
           CASE WHEN n % 10 < 7 THEN 'resolved' ELSE 'open' END, CASE WHEN n % 10 < 7 THEN now() END,
           CASE WHEN n % 5 = 0 THEN 'T1:U' || n % 200 END,
           CASE WHEN n % 20 = 0 THEN ARRAY['billing'] ELSE ARRAY[]::text[] END,
           now() - make_interval(secs => 260 * ($1 - n)), now() - make_interval(secs => 260 * ($1 - n))
    FROM generate_series(1, $1) AS n JOIN numbered ON place = 1 + n % ($1 / 4)
    """,
    """
    INSERT INTO webhook_deliveries (platform, content_type, body, status, received_at)
    SELECT original_channel, 'application/json', convert_to(description, 'UTF8'), 'read', created_at FROM tickets
    """,
    """
    INSERT INTO ticket_sources (ticket_id, platform, external_id, kind, raw_payload)
    SELECT id, original_channel, id::text, 'report', jsonb_build_object('text', description) FROM tickets
    """,
    """
    INSERT INTO ticket_events (ticket_id, event_type, actor_type, data, created_at)
    SELECT id, event_type, 'system', '{}', created_at FROM tickets, unnest(ARRAY['created', 'ai_triaged']) event_type
    """,
    """
    INSERT INTO changelog_entries (ticket_id, content, status, approved_by, approved_at, created_at)
    SELECT id, description, 'approved', 'T1:U1', created_at, created_at FROM tickets WHERE status = 'resolved'
    """,
    """
    INSERT INTO notifications (ticket_id, channel, recipient, content, status, sent_at, created_at)
    SELECT id, original_channel, 'T1:U1', description, 'sent', created_at, created_at
    FROM tickets WHERE status = 'resolved'
    """,
    """
    INSERT INTO ai_calls (ticket_id, purpose, model_asked, model_answered, prompt, milliseconds, outcome, created_at)
    SELECT id, 'triage', 'gpt-5.1', 'gpt-5.1', description, 900, 'ok', created_at FROM tickets
    """,
    """
    INSERT INTO ticket_groups (name, primary_ticket_id) SELECT title, id FROM tickets WHERE number % 100 = 0
    """,
    """
    INSERT INTO cards (kind, subject_id, ticket_id, channel, ts) SELECT 'ticket', id, id, 'C1', number FROM tickets
    """,
    """
    INSERT INTO embeddings (ticket_id, model, content_hash, vector)
    SELECT id, 'text-embedding-3-small', number, vector::vector
    FROM tickets, LATERAL (SELECT array_agg(random()) FROM generate_series(1, 1536) WHERE number > 0) AS drawn (vector)
    WHERE number <= $2
    """,
)
"""At revision 0001: so many tickets ($1) with all that hangs on them, vectors for some ($2)."""

_MEET = """
WITH met AS (
  INSERT INTO reporter_identities AS i (reporter_id, platform, platform_user_id, {digest_column} last_message_at)
  SELECT coalesce((SELECT reporter_id FROM reporter_identities WHERE platform = 'slack' AND {found_by}), $1),
         'slack', $2, {digest_value} now()
  ON CONFLICT (platform, {unique}) DO UPDATE SET last_message_at = now() RETURNING id, reporter_id
), person AS (INSERT INTO reporters (id, name) SELECT reporter_id, 'Somebody' FROM met WHERE reporter_id = $1)
SELECT id, reporter_id FROM met
"""
_BY_ACCOUNT = {
    "digest_column": "",
    "digest_value": "",
    "unique": "platform_user_id",
    "found_by": "platform_user_id = $2",
}
_BY_DIGEST = {
    "digest_column": "account_digest,",
    "digest_value": "sha256(convert_to($2, 'UTF8')),",
    "unique": "account_digest",
    "found_by": "account_digest = sha256(convert_to($2, 'UTF8'))",
}
_RECORD = """
WITH delivery AS (
  INSERT INTO webhook_deliveries (platform, content_type, body, status) VALUES ('slack', 'application/json', '{}', 'read')
), said AS (
  INSERT INTO tickets (id, reporter_id, identity_id, title, description, ticket_type, priority, original_channel)
  VALUES ($1, $2, $3, 'It stays empty', 'The list stays empty since noon.', 'bug', 3, 'slack') RETURNING id
), source AS (
  INSERT INTO ticket_sources (ticket_id, platform, external_id, kind, raw_payload)
  SELECT id, 'slack', id::text, 'report', '{}' FROM said
), event AS (
  INSERT INTO ticket_events (ticket_id, event_type, actor_type, data) SELECT id, 'created', 'reporter', '{}' FROM said
)
INSERT INTO jobs (kind, key, args, max_attempts) SELECT 'welcome', 'source:' || id, '{}', 8 FROM said
"""
_CLAIM = """
UPDATE jobs SET status = 'running', attempts = attempts + 1, claims = claims + 1, lease = gen_random_uuid(),
       lease_until = now() + interval '1 minute'
WHERE id = (SELECT id FROM jobs WHERE status = 'pending' ORDER BY run_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, split_part(key, ':', 2)::uuid AS ticket_id
"""
_WORK = (
    "UPDATE jobs SET lease_until = now() + interval '1 minute' WHERE id = $1",
    "UPDATE tickets SET status = 'resolved', resolved_at = now(), updated_at = now() WHERE id = $1",
    "INSERT INTO changelog_entries (ticket_id, content) VALUES ($1, 'Mended.')",
    "INSERT INTO notifications (ticket_id, channel, recipient, content) VALUES ($1, 'slack', 'T1:U1', 'Mended.')",
    "INSERT INTO ai_calls (ticket_id, purpose, model_asked, prompt, outcome) VALUES ($1, 'triage', 'm', 'It', 'ok')",
    "INSERT INTO cards (kind, subject_id, ticket_id) VALUES ('ticket', $1, $1) ON CONFLICT DO NOTHING",
    "UPDATE notifications SET status = 'sent', sent_at = now() WHERE ticket_id = $1",
    "UPDATE jobs SET status = 'done', done_at = now(), lease = NULL, lease_until = NULL WHERE id = $1",
)
_ASK = {
    "0007": "INSERT INTO ticket_terms (ticket_id, number) SELECT id, number FROM tickets WHERE id = $1 "
    "ON CONFLICT (ticket_id) DO UPDATE SET due = true",
    "0009": "INSERT INTO embeddings (ticket_id) VALUES ($1) ON CONFLICT (ticket_id) DO UPDATE SET due_at = now()",
}
"""From the revision on that brought the table: what is asked for when a ticket is new."""
_LOOK = (
    "SELECT id, number, title, status FROM tickets WHERE status = 'open' ORDER BY number DESC LIMIT 25",
    "SELECT id, status, content FROM notifications ORDER BY created_at DESC LIMIT 1",
    "SELECT count(*) FROM ticket_groups WHERE status = 'open'",
    "SELECT r.name, i.platform FROM reporters r JOIN reporter_identities i ON i.reporter_id = r.id LIMIT 5",
)


@dataclass(slots=True)
class Seen:
    """How long acts took in seconds, and what went wrong in sentences."""

    acts: Counter[str] = field(default_factory=Counter)
    longest: dict[str, float] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)

    def count(self, what: str, seconds: float) -> None:
        self.acts[what] += 1
        self.longest[what] = max(seconds, self.longest.get(what, 0.0))


class Version:
    """Processes of the version that was written for `revision`; `seen` may be exchanged while they work."""

    def __init__(self, url: str, revision: str, random: Random) -> None:
        self.url, self.revision, self.random = url, revision, random
        self.seen = Seen()
        self._meet = _MEET.format(**(_BY_DIGEST if revision >= "0014" else _BY_ACCOUNT))
        self._asks = [statement for since, statement in _ASK.items() if revision >= since]

    async def work(self, until: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            for act, number in ((self._take, WRITERS), (self._do, WORKERS), (self._look, READERS)):
                for _ in range(number):
                    group.create_task(self._repeat(act, until, Random(self.random.random())))

    async def _repeat(self, act: Any, until: asyncio.Event, random: Random) -> None:
        connection = await asyncpg.connect(self.url, **CONNECTING)
        while not until.is_set():
            began = time.monotonic()
            try:
                async with connection.transaction():
                    await act(connection, random)
            except asyncpg.PostgresError as error:
                self.seen.errors[
                    f"{act.__name__.strip('_')}: {type(error).__name__}: {str(error).splitlines()[0]}"
                ] += 1
            self.seen.count(act.__name__.strip("_"), time.monotonic() - began)
            await asyncio.sleep(random.uniform(0, 2 * PAUSE_SECONDS))
        await connection.close()

    async def _take(self, connection: asyncpg.Connection, random: Random) -> None:
        """A report of somebody new, or of somebody who wrote before."""
        account = (
            f"T1:U{random.randint(1, 400)}" if random.random() < 0.5 else f"T1:{UUID(int=random.getrandbits(128))}"
        )
        identity_id, reporter_id = await connection.fetchrow(self._meet, UUID(int=random.getrandbits(128)), account)
        await connection.execute(_RECORD, UUID(int=random.getrandbits(128)), reporter_id, identity_id)

    async def _do(self, connection: asyncpg.Connection, _random: Random) -> None:
        """The oldest job, from claim to finish, with all it touches."""
        claimed = await connection.fetchrow(_CLAIM)
        if claimed is None:
            return
        for statement in (*_WORK[:-1], *self._asks, _WORK[-1]):
            await connection.execute(statement, claimed["id" if "jobs" in statement else "ticket_id"])

    async def _look(self, connection: asyncpg.Connection, _random: Random) -> None:
        for statement in _LOOK:
            await connection.fetch(statement)


async def fill(url: str, *, tickets: int, vectors: int) -> None:
    """An empty database at revision 0001."""
    connection = await asyncpg.connect(url)
    for statement in FILL:
        await connection.execute(statement.replace("$1", str(tickets)).replace("$2", str(vectors)))
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


def slowest(seen: Sequence[Seen], *what: str) -> float:
    return max((one.longest.get(name, 0.0) for one in seen for name in what), default=0.0)
