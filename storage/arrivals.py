"""take(): everything that one message brings, in one statement. The only SQL written by hand for speed."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from storage.database import Bell, Express
from storage.enums import ActorType, DeliveryStatus, EventType, SourceKind


class _Statement:
    """SQL with its parameters by name, `:so`, as PostgreSQL wants them: by number."""

    def __init__(self, text: str) -> None:
        self._names = list(dict.fromkeys(re.findall(r"(?<!:):(\w+)", text)))
        self.sql = re.sub(r"(?<!:):(\w+)", lambda found: f"${self._names.index(found[1]) + 1}", text)

    def arguments(self, given: dict[str, Any]) -> list[Any]:
        return [given[name] for name in self._names]


_KEPT = """
  INSERT INTO webhook_deliveries (id, platform, content_type, body, status, error, read_at)
  SELECT :delivery_id::uuid, :platform::text, :content_type::text, :body::bytea, :status::text, :error::text, now()
  WHERE :delivery_id::uuid IS NOT NULL
    AND NOT EXISTS (SELECT FROM erased_messages WHERE digest = ANY(:tells_of::bytea[]))
"""
_DELIVERY = f"delivery AS ({_KEPT})"
_KEPT_AFTER_ALL = f"{_KEPT} ON CONFLICT (id) DO UPDATE SET status = excluded.status, error = excluded.error"
# The upsert locks the identity; what it sees in `i` is the row as it is now, also when another message of the same
# person committed while we waited. A sub-select would still see the time before that, which is why the open burst
# stands on this row, and why a message that came twice at once ends in a UniqueViolationError: whoever tries again
# sees the first.
_MET = """
met AS (
  INSERT INTO reporter_identities AS i
         (id, reporter_id, platform, platform_user_id, account_digest, display_name, last_message_at, metadata,
          burst_ticket_id, burst_at)
  SELECT :new_identity::uuid,
         coalesce((SELECT reporter_id FROM reporter_identities
                   WHERE platform = :platform AND account_digest = ANY(:other_digests::bytea[])),
                  (SELECT coalesce(merged_into, id) FROM reporters WHERE email_digest = ANY(:email_digests::bytea[])),
                  :new_reporter::uuid),
         :platform, :account::text,
         coalesce((SELECT account_digest FROM reporter_identities
                   WHERE platform = :platform AND account_digest = ANY(:digests::bytea[])),
                  (:digests::bytea[])[1]),
         :name::text, :heard_at::timestamptz, :contacts::jsonb,
         CASE WHEN :burst::interval > '0' THEN coalesce(:onto::uuid, :new_ticket::uuid) END,
         CASE WHEN :burst::interval > '0' THEN :heard_at::timestamptz END
  WHERE NOT EXISTS (SELECT FROM erased_messages WHERE digest = :digest::bytea)
    AND NOT EXISTS (SELECT FROM ticket_sources WHERE platform = :platform AND external_id = :external_id::text)
  ON CONFLICT (platform, account_digest) DO UPDATE SET
    last_message_at = greatest(i.last_message_at, excluded.last_message_at),
    display_name = coalesce(excluded.display_name, i.display_name),
    metadata = i.metadata || excluded.metadata,
    burst_ticket_id = CASE
      WHEN excluded.burst_at IS NULL THEN i.burst_ticket_id
      WHEN :onto::uuid IS NULL AND abs(extract(epoch FROM excluded.burst_at - i.burst_at))
                                   <= extract(epoch FROM :burst::interval)
       AND NOT EXISTS (SELECT FROM tickets WHERE id = i.burst_ticket_id AND status = 'resolved')
      THEN coalesce(i.burst_ticket_id, excluded.burst_ticket_id)
      ELSE excluded.burst_ticket_id END,
    burst_at = greatest(i.burst_at, excluded.burst_at)
  RETURNING id, reporter_id, burst_ticket_id
), person AS (
  INSERT INTO reporters (id, name, email, email_digest)
  SELECT reporter_id, :name, :email::text, (:email_digests::bytea[])[1] FROM met WHERE reporter_id = :new_reporter
), said AS (
  SELECT id AS identity_id, reporter_id,
         CASE WHEN :burst::interval > '0' THEN burst_ticket_id
              ELSE coalesce(:onto::uuid, :new_ticket) END AS ticket_id
  FROM met
)"""
_WRITTEN = """
source AS (
  INSERT INTO ticket_sources (id, ticket_id, platform, external_id, kind, external_url, place, raw_payload, sent_at)
  SELECT :source_id::uuid, ticket_id, :platform, :external_id,
         CASE WHEN ticket_id = :new_ticket THEN :report::text ELSE :comment::text END,
         :url::text, :place::jsonb, :raw::jsonb, :sent_at::timestamptz
  FROM said
), files AS (
  INSERT INTO attachments (ticket_id, source_id, position, file_name, file_type, file_size, source, source_platform)
  SELECT said.ticket_id, :source_id, f.position, f.file_name, f.file_type, f.file_size, f.source, :platform
  FROM said, jsonb_to_recordset(:files::jsonb) AS f
       (position int, file_name text, file_type text, file_size bigint, source text)
), event AS (
  INSERT INTO ticket_events (ticket_id, event_type, actor_type, actor_id, data)
  SELECT ticket_id,
         CASE WHEN ticket_id = :new_ticket THEN :created::text ELSE :commented::text END,
         :by::text, reporter_id::text, :noted::jsonb
  FROM said
), ticket AS (
  INSERT INTO tickets (id, reporter_id, identity_id, title, description, ticket_type, priority, original_channel,
                       language, reported_at)
  SELECT ticket_id, reporter_id, identity_id, :title::text, :text::text, :ticket_type::text, :priority::smallint,
         :platform, :language::text, :sent_at
  FROM said WHERE ticket_id = :new_ticket RETURNING number
), comment AS (
  INSERT INTO ticket_comments (ticket_id, source_id, identity_id, text, sent_at)
  SELECT ticket_id, :source_id, identity_id, :text, :sent_at FROM said WHERE ticket_id <> :new_ticket
), job AS (
  INSERT INTO jobs (kind, key, args, max_attempts)
  SELECT :job_kind::text, :job_key::text, :job_args::jsonb, :job_attempts::smallint FROM said RETURNING id, claims
)
SELECT job.id, job.claims, coalesce((SELECT number FROM ticket), 0) AS number FROM job
"""
_DEAD_LETTER = """
INSERT INTO dead_letter_jobs (job_class, job_key, job_args, error_class, error_message)
VALUES (:job_kind, :job_key, :job_args, 'Unreadable', :error)
"""
_TAKE = _Statement(f"WITH {_DELIVERY}, {_MET}, {_WRITTEN}")
_KEEP = _Statement(f"WITH {_DELIVERY} SELECT 1")
_BURY = _Statement(f"WITH delivery AS ({_KEPT_AFTER_ALL}) {_DEAD_LETTER}")
_WORDS = {
    "report": SourceKind.REPORT,
    "comment": SourceKind.COMMENT,
    "created": EventType.CREATED,
    "commented": EventType.COMMENTED,
    "by": ActorType.REPORTER,
}
_PARENT = "SELECT ticket_id FROM ticket_sources WHERE platform = $1 AND external_id = $2"
OLDEST_PENDING = """
SELECT coalesce(extract(epoch FROM now() - min(run_at)), 0)::float FROM jobs
WHERE status = 'pending' AND run_at <= now()
"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A verified delivery as it came: `body` byte for byte."""

    platform: str
    content_type: str
    body: bytes
    id: UUID = field(default_factory=uuid4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """`other_account_id` is an earlier id of the same account (WhatsApp's phone before its user id was known)."""

    account_id: str
    other_account_id: str | None
    name: str | None
    email: str | None
    contacts: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message, what it would be as a ticket, and the work promised for it.

    `heard_at` is when it was sent, but not in the future. `burst` is how long after the author's last message it
    still belongs to the same ticket (zero: never), `onto` the ticket it belongs to whenever that was.
    """

    platform: str
    external_id: str
    author: Author
    url: str | None
    place: dict[str, Any]
    raw: dict[str, Any]
    sent_at: datetime
    heard_at: datetime
    burst: timedelta
    onto: UUID | None
    files: list[dict[str, Any]]
    title: str
    text: str
    ticket_type: str
    priority: int
    language: str | None
    job_kind: str
    job_touches: str
    job_attempts: int


async def take(
    express: Express, message: Message, *, delivery: Delivery | None, tells_of: Sequence[bytes]
) -> tuple[int, Bell] | None:
    """Find or make the author and write all that the message brings: the ticket's number (0: a comment), the bell.

    None when it was taken before, or erased with its author. `delivery` is kept in any case, unless a message that
    it `tells_of` was erased. UniqueViolationError when the same message is taken at the same moment: try again.
    """
    keys, author, source_id = express.keys, message.author, uuid4()
    given = {
        **_kept(express, delivery, message.platform, tells_of),
        **_WORDS,
        "new_identity": uuid4(),
        "new_reporter": uuid4(),
        "new_ticket": uuid4(),
        "source_id": source_id,
        "account": keys.seal_text(author.account_id, "reporter_identities.platform_user_id"),
        "digests": keys.digests(author.account_id),
        "other_digests": keys.digests(author.other_account_id) if author.other_account_id else [],
        "name": author.name,
        "contacts": keys.seal_contacts(author.contacts, "reporter_identities.metadata"),
        "email": keys.seal_text(author.email, "reporters.email") if author.email else None,
        "email_digests": keys.digests(author.email) if author.email else [],
        "external_id": message.external_id,
        "digest": digest(message.platform, message.external_id),
        "heard_at": message.heard_at,
        "burst": message.burst,
        "onto": message.onto,
        "url": message.url,
        "place": message.place,
        "raw": keys.seal_object(message.raw, "ticket_sources.raw_payload"),
        "sent_at": message.sent_at,
        "files": message.files,
        "noted": {"channel": message.platform, "source_id": str(source_id)},
        "title": message.title,
        "text": message.text,
        "ticket_type": message.ticket_type,
        "priority": message.priority,
        "language": message.language,
        "job_kind": message.job_kind,
        "job_key": f"{message.job_touches}:{source_id}",
        "job_args": {"subject": str(source_id)},
        "job_attempts": message.job_attempts,
    }
    row = await express.connection.fetchrow(_TAKE.sql, *_TAKE.arguments(given))
    return (row["number"], Bell(row["id"], row["claims"])) if row else None


async def keep(express: Express, delivery: Delivery, *, tells_of: Sequence[bytes]) -> None:
    """Keep a delivery, unless a message it `tells_of` was erased."""
    given = _kept(express, delivery, delivery.platform, tells_of)
    await express.connection.execute(_KEEP.sql, *_KEEP.arguments(given))


async def bury(express: Express, delivery: Delivery, *, reason: str, job_kind: str, job_touches: str) -> None:
    """Keep a delivery that could not be read, and a dead letter from which it can be read again."""
    given = _kept(express, delivery, delivery.platform, ()) | {
        "status": DeliveryStatus.UNREADABLE,
        "error": reason,
        "job_kind": job_kind,
        "job_key": f"{job_touches}:{delivery.id}",
        "job_args": {"subject": str(delivery.id)},
    }
    await express.connection.execute(_BURY.sql, *_BURY.arguments(given))


def _kept(express: Express, delivery: Delivery | None, platform: str, tells_of: Sequence[bytes]) -> dict[str, Any]:
    return {
        "delivery_id": delivery.id if delivery else None,
        "platform": platform,
        "content_type": delivery.content_type if delivery else "",
        "body": express.keys.seal_body(delivery.body, "webhook_deliveries.body") if delivery else b"",
        "status": DeliveryStatus.READ,
        "error": None,
        "tells_of": list(tells_of),
    }


def digest(platform: str, external_id: str) -> bytes:
    """By which an erased message is known; storage/erasures.py makes the same."""
    return hashlib.sha256(f"{platform}\n{external_id}".encode()).digest()


async def find_parent(express: Express, *, platform: str, external_id: str) -> UUID | None:
    """The ticket of a thread."""
    ticket_id: UUID | None = await express.connection.fetchval(_PARENT, platform, external_id)
    return ticket_id


async def oldest_pending_seconds(connection: asyncpg.Connection) -> float:
    """How long the job that is due longest has waited; fails where the database is not migrated."""
    await connection.fetch("SELECT FROM alembic_version")
    return float(await connection.fetchval(OLDEST_PENDING))


async def troubles(connection: asyncpg.Connection) -> dict[str, str]:
    """What is wrong with connections to platforms, by name."""
    return dict(await connection.fetch("SELECT name, trouble FROM connections WHERE trouble IS NOT NULL"))
