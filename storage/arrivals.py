"""meet() and record(): the only SQL written by hand for speed. Four trips a delivery: BEGIN, meet, record, COMMIT."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from storage.database import Bell, Express
from storage.enums import ActorType, DeliveryStatus, EventType, SourceKind
from storage.keyring import Keyring

# The upsert locks the identity; what it returns is the row as it is now, also when another message of the same
# person committed while we waited. A sub-select in the same statement would still see the time before that, which
# is why the open burst stands on this row and `is_known` is only a hint: record()'s ON CONFLICT has the last word.
_MEET = """
WITH met AS (
  INSERT INTO reporter_identities AS i
         (id, reporter_id, platform, platform_user_id, account_digest, display_name, last_message_at, metadata)
  SELECT $1,
         coalesce((SELECT reporter_id FROM reporter_identities WHERE platform = $3 AND account_digest = ANY($8)),
                  (SELECT coalesce(merged_into, id) FROM reporters WHERE email_digest = ANY($9)),
                  $2),
         $3, $4,
         coalesce((SELECT account_digest FROM reporter_identities WHERE platform = $3 AND account_digest = ANY($13)),
                  ($13::bytea[])[1]),
         $5, $6, $7
  WHERE NOT EXISTS (SELECT FROM erased_messages WHERE digest = $12)
  ON CONFLICT (platform, account_digest) DO UPDATE SET
    last_message_at = greatest(i.last_message_at, excluded.last_message_at),
    display_name = coalesce(excluded.display_name, i.display_name),
    metadata = i.metadata || excluded.metadata
  RETURNING id, reporter_id, burst_ticket_id, burst_at
), person AS (
  INSERT INTO reporters (id, name, email, email_digest)
  SELECT reporter_id, $5, $14, ($9::bytea[])[1] FROM met WHERE reporter_id = $2
)
SELECT met.id, met.reporter_id,
       CASE WHEN EXISTS (SELECT FROM tickets WHERE id = met.burst_ticket_id AND status = 'resolved')
            THEN NULL ELSE met.burst_ticket_id END,
       met.burst_at,
       EXISTS (SELECT FROM ticket_sources WHERE platform = $3 AND external_id = $10) AS is_known,
       (SELECT ticket_id FROM ticket_sources WHERE platform = $3 AND external_id = $11) AS parent_ticket_id
FROM met
"""
_PARENT = "SELECT ticket_id FROM ticket_sources WHERE platform = $1 AND external_id = $2"

_DELIVERY = """
delivery AS (
  INSERT INTO webhook_deliveries (id, platform, content_type, body, status, error, read_at)
  SELECT $1::uuid, $2::text, $3::text, $4::bytea, $5::text, $6::text, now() WHERE $1::uuid IS NOT NULL
)"""
_SOURCE = """
source AS (
  INSERT INTO ticket_sources (id, ticket_id, platform, external_id, kind, external_url, place, raw_payload, sent_at)
  VALUES ($7, $8, $2, $9, $10, $11, $12, $13, $14)
  ON CONFLICT (platform, external_id) DO NOTHING RETURNING id, ticket_id
), files AS (
  INSERT INTO attachments (ticket_id, source_id, position, file_name, file_type, file_size, source, source_platform)
  SELECT source.ticket_id, source.id, f.position, f.file_name, f.file_type, f.file_size, f.source, $2
  FROM source, jsonb_to_recordset($15::jsonb) AS f
       (position int, file_name text, file_type text, file_size bigint, source text)
), event AS (
  INSERT INTO ticket_events (ticket_id, event_type, actor_type, actor_id, data)
  SELECT ticket_id, $16::text, $17::text, $18::text, $19::jsonb FROM source
), burst AS (
  UPDATE reporter_identities SET burst_ticket_id = $8, burst_at = greatest(burst_at, $14)
  WHERE id = $20::uuid AND $21::boolean AND EXISTS (SELECT FROM source)
), job AS (
  INSERT INTO jobs (kind, key, args, max_attempts)
  SELECT $22::text, $23::text, $24::jsonb, $25::smallint FROM source RETURNING id, claims
)"""
_TICKET = """
said AS (
  INSERT INTO tickets (id, reporter_id, identity_id, title, description, ticket_type, priority, original_channel,
                       language, reported_at)
  SELECT ticket_id, $26::uuid, $20::uuid, $27::text, $28::text, $29::text, $30::smallint, $2, $31::text, $14
  FROM source RETURNING number
)"""
_COMMENT = """
said AS (
  INSERT INTO ticket_comments (ticket_id, source_id, identity_id, text, sent_at)
  SELECT ticket_id, id, $20::uuid, $26::text, $14 FROM source RETURNING 0::bigint AS number
)"""
_ANSWER = "SELECT job.id, job.claims, said.number FROM job, said"
_RECORD_TICKET = f"WITH {_DELIVERY}, {_SOURCE}, {_TICKET} {_ANSWER}"
_RECORD_COMMENT = f"WITH {_DELIVERY}, {_SOURCE}, {_COMMENT} {_ANSWER}"
_KEEP = f"WITH {_DELIVERY} SELECT 1"
OLDEST_PENDING = """
SELECT coalesce(extract(epoch FROM now() - min(run_at)), 0)::float FROM jobs
WHERE status = 'pending' AND run_at <= now()
"""
_IS_ERASED = "SELECT EXISTS (SELECT FROM erased_messages WHERE digest = ANY($1::bytea[]))"
_DEAD_LETTER = """
INSERT INTO dead_letter_jobs (job_class, job_key, job_args, error_class, error_message)
VALUES ($7, $8, $9, $10, $6)
"""
_BURY = f"WITH {_DELIVERY} {_DEAD_LETTER}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A verified delivery as it came: `body` byte for byte."""

    platform: str
    content_type: str
    body: bytes
    id: UUID = field(default_factory=uuid4)


@dataclass(frozen=True, slots=True)
class Met:
    """Whom a message is from. `parent_ticket_id` is the ticket of the thread it was written in, when known."""

    identity_id: UUID
    reporter_id: UUID
    burst_ticket_id: UUID | None
    burst_at: datetime | None
    is_known: bool
    parent_ticket_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One message: where it came from, and the work promised for it."""

    platform: str
    external_id: str
    url: str | None
    place: dict[str, Any]
    raw: dict[str, Any]
    sent_at: datetime
    files: list[dict[str, Any]]
    opens_burst: bool
    job_kind: str
    job_touches: str
    job_attempts: int
    id: UUID = field(default_factory=uuid4)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTicket:
    title: str
    description: str
    ticket_type: str
    priority: int
    language: str | None
    id: UUID = field(default_factory=uuid4)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewComment:
    ticket_id: UUID
    text: str


async def meet(
    express: Express,
    *,
    platform: str,
    account_id: str,
    name: str | None,
    email: str | None,
    attributes: dict[str, Any],
    other_account_id: str | None,
    sent_at: datetime,
    external_id: str,
    parent: str | None,
) -> Met | None:
    """Find or make the person behind an account, and hold their identity until the transaction ends.

    `other_account_id` is an earlier id of the same account (WhatsApp's phone before its user id was known). None for
    a message that was erased with its author: nobody is met by it.
    """
    keys = express.keys
    row = await express.connection.fetchrow(
        _MEET,
        uuid4(),
        uuid4(),
        platform,
        keys.seal_text(account_id, "reporter_identities.platform_user_id"),
        name,
        sent_at,
        keys.seal_contacts(attributes, "reporter_identities.metadata"),
        keys.digests(other_account_id) if other_account_id else [],
        keys.digests(email) if email else [],
        external_id,
        parent,
        digest(platform, external_id),
        keys.digests(account_id),
        keys.seal_text(email, "reporters.email") if email else None,
    )
    return Met(*row) if row else None


def digest(platform: str, external_id: str) -> bytes:
    """By which an erased message is known; storage/erasures.py makes the same."""
    return hashlib.sha256(f"{platform}\n{external_id}".encode()).digest()


async def oldest_pending_seconds(connection: asyncpg.Connection) -> float:
    """How long the job that is due longest has waited; fails where the database is not migrated."""
    await connection.fetch("SELECT FROM alembic_version")
    return float(await connection.fetchval(OLDEST_PENDING))


async def troubles(connection: asyncpg.Connection) -> dict[str, str]:
    """What is wrong with connections to platforms, by name."""
    return dict(await connection.fetch("SELECT name, trouble FROM connections WHERE trouble IS NOT NULL"))


async def was_erased(connection: asyncpg.Connection, digests: Sequence[bytes]) -> bool:
    """Whether any of these messages went with its author."""
    return bool(await connection.fetchval(_IS_ERASED, list(digests)))


async def find_parent(connection: asyncpg.Connection, *, platform: str, external_id: str) -> UUID | None:
    """The ticket of a thread, seen with fresh eyes: meet() may have waited for the message that opened it."""
    ticket_id: UUID | None = await connection.fetchval(_PARENT, platform, external_id)
    return ticket_id


async def record(
    express: Express,
    *,
    delivery: Delivery | None,
    met: Met,
    source: Source,
    said: NewTicket | NewComment,
) -> tuple[int, Bell] | None:
    """Write everything one message brings, in one statement; its ticket's number (0 for a comment) and the bell.

    None when the message was recorded before; the delivery is kept all the same.
    """
    opening = isinstance(said, NewTicket)
    shared = (
        *_delivery(express.keys, delivery, source.platform),
        source.id,
        said.id if isinstance(said, NewTicket) else said.ticket_id,
        source.external_id,
        SourceKind.REPORT if opening else SourceKind.COMMENT,
        source.url,
        source.place,
        express.keys.seal_object(source.raw, "ticket_sources.raw_payload"),
        source.sent_at,
        source.files,
        EventType.CREATED if opening else EventType.COMMENTED,
        ActorType.REPORTER,
        str(met.reporter_id),
        {"channel": source.platform, "source_id": str(source.id)},
        met.identity_id,
        source.opens_burst,
        source.job_kind,
        f"{source.job_touches}:{source.id}",
        {"subject": str(source.id)},
        source.job_attempts,
    )
    if isinstance(said, NewTicket):
        row = await express.connection.fetchrow(
            _RECORD_TICKET,
            *shared,
            met.reporter_id,
            said.title,
            said.description,
            said.ticket_type,
            said.priority,
            said.language,
        )
    else:
        row = await express.connection.fetchrow(_RECORD_COMMENT, *shared, said.text)
    return (row["number"], Bell(row["id"], row["claims"])) if row else None


async def keep(express: Express, delivery: Delivery) -> None:
    """Keep a delivery that brought nothing new."""
    await express.connection.execute(_KEEP, *_delivery(express.keys, delivery, delivery.platform))


async def bury(express: Express, delivery: Delivery, *, reason: str, job_kind: str, job_touches: str) -> None:
    """Keep a delivery that could not be read, and a dead letter from which it can be read again."""
    await express.connection.execute(
        _BURY,
        *_delivery(express.keys, delivery, delivery.platform, status=DeliveryStatus.UNREADABLE, error=reason),
        job_kind,
        f"{job_touches}:{delivery.id}",
        {"subject": str(delivery.id)},
        "Unreadable",
    )


def _delivery(
    keys: Keyring,
    delivery: Delivery | None,
    platform: str,
    *,
    status: DeliveryStatus = DeliveryStatus.READ,
    error: str | None = None,
) -> Sequence[Any]:
    if delivery is None:
        return None, platform, "", b"", status, None
    body = keys.seal_body(delivery.body, "webhook_deliveries.body")
    return delivery.id, delivery.platform, delivery.content_type, body, status, error
