"""Whether two databases hold the same rows: how many in each table, and what the columns say."""

from collections.abc import Sequence

import asyncpg

TABLES = (
    "webhook_deliveries",
    "reporters",
    "reporter_identities",
    "ticket_sources",
    "tickets",
    "ticket_events",
    "jobs",
    "ticket_comments",
    "attachments",
    "dead_letter_jobs",
)
# Ids are made at random and clocks go on, so ids are compared by what they point at and times only where the
# platform gave them. Both sides get the same deliveries but answer in another order: hence no numbers either.
SAID = """
SELECT s.platform, s.external_id, s.kind, s.external_url, s.place::text, s.raw_payload::text, s.sent_at,
       t.title, t.description, t.ticket_type, t.priority, t.status, t.original_channel, t.language, t.tags,
       t.metadata::text, t.enrichment_status, t.version, t.reported_at,
       i.platform, i.platform_user_id, i.display_name, i.last_message_at, i.metadata::text, i.burst_at,
       last.external_id AS burst, t.reporter_id = i.reporter_id AS one_person, r.name, r.email, r.metadata::text,
       e.event_type, e.actor_type, e.actor_id = r.id::text AS by_person, e.data->>'channel' AS channel,
       e.data->>'source_id' = s.id::text AS of_source,
       j.kind, j.args->>'subject' = s.id::text AS for_source, j.status, j.max_attempts, j.coalesced, j.claims
FROM ticket_sources s
JOIN tickets t ON t.id = s.ticket_id
JOIN reporter_identities i ON i.id = t.identity_id
JOIN reporters r ON r.id = i.reporter_id
JOIN ticket_events e ON e.ticket_id = t.id
JOIN jobs j ON j.key = 'source:' || s.id
LEFT JOIN ticket_sources last ON last.ticket_id = i.burst_ticket_id
ORDER BY s.external_id
"""
KEPT = """
SELECT platform, content_type, body, status, error, read_at IS NOT NULL AS is_read
FROM webhook_deliveries ORDER BY body
"""


async def differences(one: str, other: str) -> list[str]:
    """What differs between two databases, in sentences; nothing when they hold the same."""
    first, second = await asyncpg.connect(one), await asyncpg.connect(other)
    try:
        found = [await _counts_differ(first, second, table) for table in TABLES]
        found += [await _rows_differ(first, second, query) for query in (SAID, KEPT)]
    finally:
        await first.close()
        await second.close()
    return [sentence for sentence in found if sentence]


async def count(database_url: str, table: str) -> int:
    connection = await asyncpg.connect(database_url)
    try:
        return await _count(connection, table)
    finally:
        await connection.close()


async def _counts_differ(first: asyncpg.Connection, second: asyncpg.Connection, table: str) -> str:
    ours, theirs = await _count(first, table), await _count(second, table)
    return "" if ours == theirs else f"{table}: {ours} rows against {theirs}."


async def _count(connection: asyncpg.Connection, table: str) -> int:
    number: int = await connection.fetchval(f"SELECT count(*) FROM {table}")
    return number


async def _rows_differ(first: asyncpg.Connection, second: asyncpg.Connection, query: str) -> str:
    ours, theirs = await first.fetch(query), await second.fetch(query)
    if len(ours) != len(theirs):
        return f"{len(ours)} rows belong together against {len(theirs)}."
    unlike = [(a, b) for a, b in zip(ours, theirs, strict=True) if tuple(a) != tuple(b)]
    if not unlike:
        return ""
    return f"{len(unlike)} rows say something else, the first: {_columns_that_differ(*unlike[0])}."


def _columns_that_differ(ours: asyncpg.Record, theirs: asyncpg.Record) -> str:
    names: Sequence[str] = list(ours.keys())
    return "; ".join(
        f"{name}: {a!r} against {b!r}"
        for name, a, b in zip(names, ours.values(), theirs.values(), strict=True)
        if a != b
    )
