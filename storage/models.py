"""Every table on one page. What must hold is a constraint here, not a check in code."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    func,
)
from sqlalchemy import (
    text as sql,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, validates

from storage.enums import (
    ActorType,
    AnalysisStatus,
    AttachmentStatus,
    ChangelogStatus,
    DeadLetterStatus,
    DeliveryStatus,
    EnrichmentStatus,
    GroupStatus,
    JobStatus,
    NotificationPurpose,
    NotificationStatus,
    SourceKind,
    SuggestionOutcome,
    SuggestionStatus,
    TicketStatus,
    TicketType,
)
from storage.sealed import BlindIndex, SealedBody, SealedContacts, SealedObject, SealedText

EXTERNAL_ID_LENGTH = 512
"""Characters; a b-tree entry holds about 2,700 bytes."""
EMBEDDING_DIMENSIONS = 1536
WORDS = "to_tsvector('simple'::regconfig, title || ' ' || left(description, 20000))"
"""What a search looks through; `simple`, because reports come in several languages."""


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own interface
        str: Text,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        list[str]: ARRAY(Text),
        list[UUID]: ARRAY(Uuid),
    }


def _id() -> Mapped[UUID]:
    return mapped_column(primary_key=True, server_default=func.gen_random_uuid())


def _now() -> Mapped[datetime]:
    return mapped_column(server_default=func.now())


def _object(kind: Any = JSONB) -> Mapped[dict[str, Any]]:
    return mapped_column("metadata", kind, server_default=sql("'{}'::jsonb"), default=dict)


def _counts() -> Mapped[dict[str, Any] | None]:
    return mapped_column(JSONB(none_as_null=True))


def _one_of(column: str, words: type[StrEnum]) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class Reporter(Base):
    """A person. `email` is kept in lower case; `merged_into` names the person this one turned out to be."""

    __tablename__ = "reporters"
    __table_args__ = (
        Index(
            "uq_reporters_email_digest",
            "email_digest",
            unique=True,
            postgresql_where=sql("email_digest IS NOT NULL"),
        ),
        Index("ix_reporters_name", sql("lower(name) text_pattern_ops")),
        Index(None, "merged_into"),
        CheckConstraint("(email IS NULL) = (email_digest IS NULL)", name="email_digest"),
    )
    id: Mapped[UUID] = _id()
    name: Mapped[str | None]
    email: Mapped[str | None] = mapped_column(SealedText("reporters.email"))
    email_digest: Mapped[str | None] = mapped_column(BlindIndex, deferred=True)
    """What it is found by; it goes with the e-mail."""
    company: Mapped[str | None]
    role: Mapped[str | None]
    language: Mapped[str | None]
    attributes: Mapped[dict[str, Any]] = _object()
    merged_into: Mapped[UUID | None] = mapped_column(ForeignKey("reporters.id"))
    created_at: Mapped[datetime] = _now()
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())

    @validates("email")
    def _index_email(self, _key: str, email: str | None) -> str | None:
        self.email_digest = email
        return email


class ReporterIdentity(Base):
    """An account of a person. `burst_*` say which ticket their next message may still belong to."""

    __tablename__ = "reporter_identities"
    __table_args__ = (UniqueConstraint("platform", "account_digest"), Index(None, "reporter_id"))
    id: Mapped[UUID] = _id()
    reporter_id: Mapped[UUID] = mapped_column(ForeignKey("reporters.id"))
    platform: Mapped[str]
    platform_user_id: Mapped[str] = mapped_column(SealedText("reporter_identities.platform_user_id"))
    """On WhatsApp it has a telephone number."""
    account_digest: Mapped[str] = mapped_column(BlindIndex, deferred=True)
    """What it is found by; it goes with the `platform_user_id`."""
    display_name: Mapped[str | None]
    last_message_at: Mapped[datetime | None]
    attributes: Mapped[dict[str, Any]] = _object(SealedContacts("reporter_identities.metadata"))
    profiled_at: Mapped[datetime | None]
    burst_ticket_id: Mapped[UUID | None]
    burst_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = _now()

    @validates("platform_user_id")
    def _index_account(self, _key: str, account_id: str) -> str:
        self.account_digest = account_id
        return account_id


class ReporterMerge(Base):
    """Two people were taken for one: what went from `reporter_id` to `into_id`, so that it can go back.

    `follower_ids` are people who had been merged into the first one before; `gave_email` that their e-mail went too.
    """

    __tablename__ = "reporter_merges"
    __table_args__ = (
        _one_of("actor_type", ActorType),
        CheckConstraint("reporter_id <> into_id", name="two"),
        Index(
            "uq_reporter_merges_reporter_id", "reporter_id", unique=True, postgresql_where=sql("undone_at IS NULL")
        ),
        Index(None, "into_id"),
    )
    id: Mapped[UUID] = _id()
    reporter_id: Mapped[UUID] = mapped_column(ForeignKey("reporters.id"))
    into_id: Mapped[UUID] = mapped_column(ForeignKey("reporters.id"))
    identity_ids: Mapped[list[UUID]]
    follower_ids: Mapped[list[UUID]]
    gave_email: Mapped[bool]
    actor_type: Mapped[str]
    actor_id: Mapped[str | None]
    undone_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = _now()


class TicketGroup(Base):
    """Tickets that are one problem. `draft_*` is what a model wrote for its reporters, `proposal` what an agent wants
    to tell so many that a second one has to agree.
    """

    __tablename__ = "ticket_groups"
    __table_args__ = (
        _one_of("status", GroupStatus),
        Index(None, "status"),
        Index(None, "primary_ticket_id"),
        Index(None, "created_at", "id"),
        CheckConstraint("(status = 'resolved') = (resolved_at IS NOT NULL)", name="resolved_at"),
        CheckConstraint("(proposal IS NULL) = (proposed_by IS NULL)", name="proposed"),
    )
    id: Mapped[UUID] = _id()
    name: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=GroupStatus.OPEN)
    primary_ticket_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("tickets.id", use_alter=True, name="fk_ticket_groups_primary_ticket_id")
    )
    draft: Mapped[str | None]
    draft_model: Mapped[str | None]
    draft_prompt_tokens: Mapped[int | None]
    draft_completion_tokens: Mapped[int | None]
    draft_requested_at: Mapped[datetime | None]
    draft_error: Mapped[str | None]
    draft_leaks: Mapped[dict[str, Any] | None] = _counts()
    """What looks personal in it, by kind: `hub.pii.leaks`."""
    draft_for: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """Whom the agent meant to tell when they asked for it."""
    proposal: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    proposed_by: Mapped[str | None]
    proposed_at: Mapped[datetime | None]
    resolved_via_channel: Mapped[str | None]
    resolved_at: Mapped[datetime | None]
    resolution_note: Mapped[str | None]
    created_at: Mapped[datetime] = _now()


class Ticket(Base):
    """One report. `number` is what people say aloud; `ai_suggested_*` never overwrite what a person confirmed."""

    __tablename__ = "tickets"
    __table_args__ = (
        _one_of("status", TicketStatus),
        _one_of("ticket_type", TicketType),
        _one_of("ai_suggested_type", TicketType),
        _one_of("enrichment_status", EnrichmentStatus),
        _one_of("ai_outcome", SuggestionOutcome),
        CheckConstraint("priority BETWEEN 0 AND 5", name="priority"),
        CheckConstraint("ai_suggested_priority BETWEEN 0 AND 5", name="ai_suggested_priority"),
        CheckConstraint("char_length(title) <= 120", name="title"),
        CheckConstraint("(status = 'resolved') = (resolved_at IS NOT NULL)", name="resolved_at"),
        UniqueConstraint("number"),
        Index(
            "uq_tickets_notion_page_id",
            "notion_page_id",
            unique=True,
            postgresql_where=sql("notion_page_id IS NOT NULL"),
        ),
        Index(None, "status", "number"),
        Index(None, "priority", "number"),
        Index(None, "original_channel", "number"),
        Index(None, "ticket_type", "number"),
        Index(None, "enrichment_status"),
        Index(None, "created_at"),
        Index(None, "reporter_id", "number"),
        Index(None, "identity_id", "number"),
        Index(None, "ticket_group_id"),
        Index(None, "assignee_id", "number"),
        Index("ix_tickets_triaging", "triage_requested_at", postgresql_where=sql("triage_requested_at IS NOT NULL")),
        Index("ix_tickets_drafting", "draft_requested_at", postgresql_where=sql("draft_requested_at IS NOT NULL")),
        Index(None, "words", postgresql_using="gin"),
        Index(None, "tags", postgresql_using="gin"),
    )
    id: Mapped[UUID] = _id()
    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    reporter_id: Mapped[UUID | None] = mapped_column(ForeignKey("reporters.id"))
    identity_id: Mapped[UUID | None] = mapped_column(ForeignKey("reporter_identities.id"))
    ticket_group_id: Mapped[UUID | None] = mapped_column(ForeignKey("ticket_groups.id"))
    title: Mapped[str]
    description: Mapped[str]
    ticket_type: Mapped[str]
    priority: Mapped[int] = mapped_column(SmallInteger)
    status: Mapped[str] = mapped_column(server_default=TicketStatus.OPEN)
    original_channel: Mapped[str]
    language: Mapped[str | None]
    assignee_id: Mapped[str | None]
    tags: Mapped[list[str]] = mapped_column(server_default=sql("'{}'::text[]"), default=list)
    attributes: Mapped[dict[str, Any]] = _object()
    enrichment_status: Mapped[str] = mapped_column(server_default=EnrichmentStatus.PENDING)
    enrichment_error: Mapped[str | None]
    triage_requested_at: Mapped[datetime | None]
    ai_suggested_type: Mapped[str | None]
    ai_suggested_priority: Mapped[int | None] = mapped_column(SmallInteger)
    ai_summary: Mapped[str | None]
    ai_model: Mapped[str | None]
    ai_outcome: Mapped[str | None]
    ai_leaks: Mapped[dict[str, Any] | None] = _counts()
    """What looks personal in what the model said, by kind: `hub.pii.leaks`."""
    draft_requested_at: Mapped[datetime | None]
    draft_error: Mapped[str | None]
    notion_page_id: Mapped[str | None]
    notion_url: Mapped[str | None]
    notion_status: Mapped[str | None]
    """The page's status as last seen by the pull, in Notion's words."""
    notion_error: Mapped[str | None]
    notion_trashed: Mapped[bool] = mapped_column(server_default=sql("false"), default=False)
    version: Mapped[int] = mapped_column(server_default=sql("1"), default=1)
    """Grows when somebody changes what the ticket says; what Notion or a model is told does not count."""
    words: Mapped[str] = mapped_column(TSVECTOR, Computed(WORDS, persisted=True), deferred=True)
    """PostgreSQL's own; nobody reads it."""
    reported_at: Mapped[datetime] = _now()
    resolved_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = _now()
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


class TicketSource(Base):
    """Where a ticket or a comment came from; the unique pair is what makes every report one ticket."""

    __tablename__ = "ticket_sources"
    __table_args__ = (
        UniqueConstraint("platform", "external_id"),
        CheckConstraint(f"char_length(external_id) <= {EXTERNAL_ID_LENGTH}", name="external_id"),
        _one_of("kind", SourceKind),
        Index(None, "ticket_id"),
    )
    id: Mapped[UUID] = _id()
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("tickets.id"))
    platform: Mapped[str]
    external_id: Mapped[str]
    kind: Mapped[str]
    external_url: Mapped[str | None]
    place: Mapped[dict[str, Any]] = mapped_column(server_default=sql("'{}'::jsonb"), default=dict)
    raw_payload: Mapped[dict[str, Any]] = mapped_column(SealedObject("ticket_sources.raw_payload"))
    sent_at: Mapped[datetime] = _now()
    created_at: Mapped[datetime] = _now()


class TicketComment(Base):
    """What was said in a ticket's thread after the report."""

    __tablename__ = "ticket_comments"
    __table_args__ = (Index(None, "ticket_id", "sent_at"), UniqueConstraint("source_id"))
    id: Mapped[UUID] = _id()
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("tickets.id"))
    source_id: Mapped[UUID] = mapped_column(ForeignKey("ticket_sources.id"))
    identity_id: Mapped[UUID | None] = mapped_column(ForeignKey("reporter_identities.id"))
    text: Mapped[str]
    is_deleted: Mapped[bool] = mapped_column(server_default=sql("false"), default=False)
    sent_at: Mapped[datetime]
    created_at: Mapped[datetime] = _now()


class MessageVersion(Base):
    """What a message said before its author changed it."""

    __tablename__ = "message_versions"
    __table_args__ = (Index(None, "source_id"),)
    id: Mapped[UUID] = _id()
    source_id: Mapped[UUID] = mapped_column(ForeignKey("ticket_sources.id"))
    text: Mapped[str]
    replaced_at: Mapped[datetime] = _now()


class TicketEvent(Base):
    """The append-only history: ids, enums and counts, never text or names. A trigger refuses changes."""

    __tablename__ = "ticket_events"
    __table_args__ = (
        _one_of("actor_type", ActorType),
        UniqueConstraint("position"),
        Index(None, "ticket_id", "position"),
        Index(None, "event_type", "created_at"),
        Index(None, "created_at"),
    )
    id: Mapped[UUID] = _id()
    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("tickets.id"))
    event_type: Mapped[str]
    actor_type: Mapped[str]
    actor_id: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(server_default=sql("'{}'::jsonb"), default=dict)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class ChangelogEntry(Base):
    """What a reporter will be told. One live draft per ticket; what was approved is kept to the letter."""

    __tablename__ = "changelog_entries"
    __table_args__ = (
        _one_of("status", ChangelogStatus),
        Index(
            "uq_changelog_entries_live_draft",
            "ticket_id",
            unique=True,
            postgresql_where=sql("status = 'draft'"),
        ),
        Index(None, "ticket_id"),
        Index(None, "status", "created_at"),
        Index(None, "created_at", "id"),
        CheckConstraint(
            "(status = 'approved') = (approved_at IS NOT NULL AND approved_by IS NOT NULL)", name="approved"
        ),
    )
    id: Mapped[UUID] = _id()
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("tickets.id"))
    ticket_group_id: Mapped[UUID | None] = mapped_column(ForeignKey("ticket_groups.id"))
    """Set where the text was approved for a whole group; `ticket_id` is then its primary ticket."""
    content: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=ChangelogStatus.DRAFT)
    ai_model: Mapped[str | None]
    ai_prompt_tokens: Mapped[int | None]
    ai_completion_tokens: Mapped[int | None]
    ai_leaks: Mapped[dict[str, Any] | None] = _counts()
    """What looked personal in what the model wrote, by kind: `hub.pii.leaks`."""
    created_by: Mapped[str | None]
    approved_by: Mapped[str | None]
    approved_hash: Mapped[str | None]
    approved_at: Mapped[datetime | None]
    attributes: Mapped[dict[str, Any]] = _object()
    created_at: Mapped[datetime] = _now()
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


class Notification(Base):
    """One message owed to one person. `content` is the approved text; `provider_id` the platform's name for it."""

    __tablename__ = "notifications"
    __table_args__ = (
        _one_of("status", NotificationStatus),
        _one_of("purpose", NotificationPurpose),
        Index(
            "uq_notifications_told_once",
            "changelog_entry_id",
            "identity_id",
            unique=True,
            postgresql_where=sql("changelog_entry_id IS NOT NULL"),
        ),
        Index(
            "uq_notifications_acknowledged_once",
            "ticket_id",
            unique=True,
            postgresql_where=sql("purpose = 'acknowledgement'"),
        ),
        Index(None, "ticket_id"),
        Index(None, "changelog_entry_id"),
        Index(None, "status", "created_at"),
        Index(None, "channel", "created_at"),
        Index(None, "created_at", "id"),
        Index(None, "channel", "provider_id"),
        CheckConstraint("retry_count BETWEEN 0 AND 5", name="retry_count"),
    )
    id: Mapped[UUID] = _id()
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("tickets.id"))
    changelog_entry_id: Mapped[UUID | None] = mapped_column(ForeignKey("changelog_entries.id"))
    identity_id: Mapped[UUID | None] = mapped_column(ForeignKey("reporter_identities.id"))
    purpose: Mapped[str] = mapped_column(server_default=NotificationPurpose.RESOLUTION)
    channel: Mapped[str]
    recipient: Mapped[str] = mapped_column(SealedText("notifications.recipient"))
    content: Mapped[str]
    place: Mapped[dict[str, Any]] = mapped_column(server_default=sql("'{}'::jsonb"), default=dict)
    message_kind: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default=NotificationStatus.PENDING)
    template_only: Mapped[bool] = mapped_column(server_default=sql("false"), default=False)
    retry_count: Mapped[int] = mapped_column(server_default=sql("0"), default=0)
    last_error: Mapped[str | None]
    error_code: Mapped[str | None]
    provider_id: Mapped[str | None]
    past_provider_ids: Mapped[list[str]] = mapped_column(server_default=sql("'{}'::text[]"), default=list)
    """Of attempts the platform refused after taking them: late receipts about those are not about this one."""
    unsure_since: Mapped[datetime | None]
    asks_agent: Mapped[bool] = mapped_column(server_default=sql("false"), default=False)
    """Nobody but an agent can say whether it arrived."""
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = _now()
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


class Attachment(Base):
    """A file of a report: `source` is where the platform keeps it, `storage_url` where we do."""

    __tablename__ = "attachments"
    __table_args__ = (
        _one_of("status", AttachmentStatus),
        Index(None, "ticket_id"),
        UniqueConstraint("source_id", "position"),
    )
    id: Mapped[UUID] = _id()
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("tickets.id"))
    source_id: Mapped[UUID] = mapped_column(ForeignKey("ticket_sources.id"))
    position: Mapped[int] = mapped_column(SmallInteger)
    file_name: Mapped[str]
    file_type: Mapped[str]
    file_size: Mapped[int | None] = mapped_column(BigInteger)
    source: Mapped[str]
    source_platform: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=AttachmentStatus.PENDING)
    error: Mapped[str | None]
    storage_url: Mapped[str | None]
    created_at: Mapped[datetime] = _now()


class WebhookDelivery(Base):
    """A verified delivery, whole, byte for byte."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        _one_of("status", DeliveryStatus),
        Index(None, "platform", "received_at"),
        Index(None, "received_at", "id"),
        Index(
            "ix_webhook_deliveries_unreadable",
            "received_at",
            postgresql_where=sql("status = 'unreadable'"),
        ),
    )
    id: Mapped[UUID] = _id()
    platform: Mapped[str]
    content_type: Mapped[str]
    body: Mapped[bytes] = mapped_column(SealedBody("webhook_deliveries.body"))
    status: Mapped[str]
    error: Mapped[str | None]
    received_at: Mapped[datetime] = _now()
    read_at: Mapped[datetime | None]


class Job(Base):
    """A unit of work. `lease` fences: whoever does not hold it can commit nothing (architecture: Work)."""

    __tablename__ = "jobs"
    __table_args__ = (
        _one_of("status", JobStatus),
        Index("uq_jobs_running_key", "key", unique=True, postgresql_where=sql("status = 'running'")),
        Index(
            "uq_jobs_pending_drawing",
            "kind",
            "key",
            unique=True,
            postgresql_where=sql("status = 'pending' AND coalesced"),
        ),
        Index("ix_jobs_due", "run_at", postgresql_where=sql("status = 'pending'")),
        Index("ix_jobs_waiting_key", "key", "run_at", postgresql_where=sql("status = 'pending'")),
        Index("ix_jobs_leased", "lease_until", postgresql_where=sql("status = 'running'")),
        Index("ix_jobs_finished", "done_at", postgresql_where=sql("status IN ('done', 'dead')")),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str]
    key: Mapped[str]
    args: Mapped[dict[str, Any]] = mapped_column(server_default=sql("'{}'::jsonb"), default=dict)
    coalesced: Mapped[bool] = mapped_column(server_default=sql("false"), default=False)
    status: Mapped[str] = mapped_column(server_default=JobStatus.PENDING)
    run_at: Mapped[datetime] = _now()
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=sql("0"))
    max_attempts: Mapped[int] = mapped_column(SmallInteger)
    claims: Mapped[int] = mapped_column(server_default=sql("0"))
    lease: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    error_class: Mapped[str | None]
    error: Mapped[str | None]
    created_at: Mapped[datetime] = _now()
    done_at: Mapped[datetime | None]


class DeadLetterJob(Base):
    """A job that used up its attempts, or could never succeed; arguments are ids only."""

    __tablename__ = "dead_letter_jobs"
    __table_args__ = (
        _one_of("status", DeadLetterStatus),
        Index(None, "status", "failed_at"),
        Index(None, "job_class", "job_key"),
        Index(None, "failed_at"),
    )
    id: Mapped[UUID] = _id()
    job_id: Mapped[int | None] = mapped_column(BigInteger)
    job_class: Mapped[str]
    job_key: Mapped[str]
    job_args: Mapped[dict[str, Any]]
    error_class: Mapped[str]
    error_message: Mapped[str]
    queue: Mapped[str] = mapped_column(server_default="jobs")
    backtrace: Mapped[list[Any]] = mapped_column(server_default=sql("'[]'::jsonb"))
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=sql("0"))
    status: Mapped[str] = mapped_column(server_default=DeadLetterStatus.UNRESOLVED)
    failed_at: Mapped[datetime] = _now()
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None]
    resolution: Mapped[str | None]


class ForcedFailure(Base):
    """The next run of this kind of work is to fail, once; written only where development is on."""

    __tablename__ = "forced_failures"
    kind: Mapped[str] = mapped_column(primary_key=True)
    forced_by: Mapped[str]
    created_at: Mapped[datetime] = _now()


class AiCall(Base):
    """Exactly what a model was sent and what it answered."""

    __tablename__ = "ai_calls"
    __table_args__ = (Index(None, "ticket_id", "created_at"), Index(None, "created_at"))
    id: Mapped[UUID] = _id()
    ticket_id: Mapped[UUID | None] = mapped_column(ForeignKey("tickets.id"))
    purpose: Mapped[str]
    model_asked: Mapped[str]
    model_answered: Mapped[str | None]
    prompt: Mapped[str]
    answer: Mapped[str | None]
    prompt_tokens: Mapped[int | None]
    completion_tokens: Mapped[int | None]
    cost: Mapped[Decimal | None] = mapped_column(Numeric(14, 8))
    """US dollars, at the price of that day; None where it was not known."""
    milliseconds: Mapped[int | None]
    outcome: Mapped[str]
    error: Mapped[str | None]
    rules: Mapped[int | None] = mapped_column(SmallInteger)
    """The version of the scrubber's rules."""
    redactions: Mapped[dict[str, Any] | None] = _counts()
    """Places that were hidden in the prompt, by kind."""
    leaks: Mapped[dict[str, Any] | None] = _counts()
    """Places in the answer that look personal, by kind."""
    created_at: Mapped[datetime] = _now()


class ModelDay(Base):
    """A day in UTC, and how many requests were made to models on it."""

    __tablename__ = "model_days"
    day: Mapped[date] = mapped_column(primary_key=True)
    asked: Mapped[int]


class Analysis(Base):
    """A look through ungrouped tickets for those that are one problem; `done` of `total` have been looked at."""

    __tablename__ = "analyses"
    __table_args__ = (_one_of("status", AnalysisStatus), Index(None, "created_at"))
    id: Mapped[UUID] = _id()
    asked_by: Mapped[str | None]
    model: Mapped[str | None]
    """None where there is none: then words alone decide."""
    status: Mapped[str] = mapped_column(server_default=AnalysisStatus.RUNNING)
    most: Mapped[int]
    oldest_first: Mapped[bool]
    start_time: Mapped[datetime]
    end_time: Mapped[datetime]
    total: Mapped[int] = mapped_column(server_default=sql("0"), default=0)
    done: Mapped[int] = mapped_column(server_default=sql("0"), default=0)
    found: Mapped[int] = mapped_column(server_default=sql("0"), default=0)
    error: Mapped[str | None]
    finished_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = _now()


class GroupSuggestion(Base):
    """Tickets that look like one problem. `redactions` counts by ticket and kind what the model did not see."""

    __tablename__ = "group_suggestions"
    __table_args__ = (_one_of("status", SuggestionStatus), Index(None, "status", "created_at", "id"))
    id: Mapped[UUID] = _id()
    analysis_id: Mapped[UUID] = mapped_column(ForeignKey("analyses.id"))
    name: Mapped[str]
    reason: Mapped[str]
    ticket_ids: Mapped[list[UUID]]
    redactions: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(server_default=SuggestionStatus.OPEN)
    ticket_group_id: Mapped[UUID | None]
    """The group made of it; it may have been dissolved since."""
    settled_by: Mapped[str | None]
    created_at: Mapped[datetime] = _now()


class DismissedPair(Base):
    """Two tickets an agent has said are not one problem; they are not suggested together again."""

    __tablename__ = "dismissed_pairs"
    __table_args__ = (CheckConstraint("one_id < other_id", name="order"), Index(None, "other_id"))
    one_id: Mapped[UUID] = mapped_column(ForeignKey("tickets.id"), primary_key=True)
    other_id: Mapped[UUID] = mapped_column(ForeignKey("tickets.id"), primary_key=True)
    dismissed_by: Mapped[str | None]
    created_at: Mapped[datetime] = _now()


class Card(Base):
    """A message of ours in Slack that is edited in place; `subject_id` is the ticket or draft it shows."""

    __tablename__ = "cards"
    __table_args__ = (UniqueConstraint("kind", "subject_id"), Index(None, "ticket_id"), Index(None, "channel", "ts"))
    id: Mapped[UUID] = _id()
    kind: Mapped[str]
    subject_id: Mapped[UUID]
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("tickets.id"))
    channel: Mapped[str | None]
    ts: Mapped[str | None]
    posting_since: Mapped[datetime | None]
    drawn: Mapped[str | None]
    """Hash of what was last drawn, so that nothing is sent when nothing changed."""


class Agent(Base):
    """Who may use the backoffice, as Slack last said; `id` is `team:user`."""

    __tablename__ = "agents"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str | None] = mapped_column(SealedText("agents.email"))
    is_active: Mapped[bool] = mapped_column(server_default=sql("true"), default=True)
    seen_at: Mapped[datetime] = _now()


class Home(Base):
    """What an agent has chosen to see on App Home, and when they last opened it; `account_id` is `team:user`."""

    __tablename__ = "homes"
    __table_args__ = (Index(None, "opened_at"),)
    account_id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[dict[str, Any]] = mapped_column(server_default=sql("'{}'::jsonb"), default=dict)
    opened_at: Mapped[datetime] = _now()
    drawn: Mapped[str | None]
    """Hash of what was last published, so that nothing is sent when nothing changed."""


class TicketCount(Base):
    """How many tickets are of one kind, as far as changes have been folded in."""

    __tablename__ = "ticket_counts"
    status: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    priority: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    ticket_type: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


class TicketCountChange(Base):
    """One ticket more or less of a kind, written by a trigger: nobody waits for a counter that others hold."""

    __tablename__ = "ticket_count_changes"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    status: Mapped[str]
    channel: Mapped[str]
    priority: Mapped[int] = mapped_column(SmallInteger)
    ticket_type: Mapped[str]
    number: Mapped[int] = mapped_column(SmallInteger)


class NotionCursor(Base):
    """How far the pull has read one data source."""

    __tablename__ = "notion_cursors"
    data_source_id: Mapped[str] = mapped_column(primary_key=True)
    read_until: Mapped[datetime]
    succeeded_at: Mapped[datetime] = _now()


class ApiKey(Base):
    """What a program shows to be let in. Only the SHA-256 of the key is kept; the name says who did something."""

    __tablename__ = "api_keys"
    id: Mapped[UUID] = _id()
    name: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime] = _now()
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class ErasedMessage(Base):
    """The SHA-256 of a message's platform and id, so that one that comes again does not bring its author back."""

    __tablename__ = "erased_messages"
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)


class Erasure(Base):
    """A person was to be forgotten: by whom, and what went. `reporter_id` says nothing once the person is gone."""

    __tablename__ = "erasures"
    __table_args__ = (
        Index("uq_erasures_under_way", "reporter_id", unique=True, postgresql_where=sql("finished_at IS NULL")),
    )
    id: Mapped[UUID] = _id()
    reporter_id: Mapped[UUID]
    asked_by: Mapped[str | None]
    receipt: Mapped[dict[str, Any]] = mapped_column(server_default=sql("'{}'::jsonb"), default=dict)
    created_at: Mapped[datetime] = _now()
    finished_at: Mapped[datetime | None]


class Export(Base):
    """An agent was offered what is kept of a person: to whom, and when it was taken.

    Only the SHA-256 of the word that lets one take it is kept.
    """

    __tablename__ = "exports"
    id: Mapped[UUID] = _id()
    reporter_id: Mapped[UUID]
    asked_by: Mapped[str]
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime] = _now()
    taken_at: Mapped[datetime | None]


class EncryptionKey(Base):
    """A key something here may be sealed with, by its id: a hub that does not have it must not go on."""

    __tablename__ = "encryption_keys"
    id: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = _now()


class Connection(Base):
    """How a platform answered when it was last tried; `trouble` is a sentence, None while all is well."""

    __tablename__ = "connections"
    name: Mapped[str] = mapped_column(primary_key=True)
    trouble: Mapped[str | None]
    since: Mapped[datetime] = _now()
    checked_at: Mapped[datetime] = _now()


class ServedModel(Base):
    """A model the account may ask, as the server said last."""

    __tablename__ = "served_models"
    name: Mapped[str] = mapped_column(primary_key=True)


class Schedule(Base):
    """When something recurring last ran, fleet-wide."""

    __tablename__ = "schedules"
    name: Mapped[str] = mapped_column(primary_key=True)
    ran_at: Mapped[datetime] = _now()


class Embedding(Base):
    """The vector of a ticket's scrubbed text; made anew when `content_hash` or `model` differ, from `due_at` on."""

    __tablename__ = "embeddings"
    __table_args__ = (
        Index("ix_embeddings_due_at", "due_at", postgresql_where=sql("due_at IS NOT NULL")),
        Index(None, "model"),
        Index(
            "ix_embeddings_vector",
            "vector",
            postgresql_using="hnsw",
            postgresql_ops={"vector": "halfvec_cosine_ops"},
        ),
    )
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("tickets.id"), primary_key=True)
    model: Mapped[str | None]
    dimensions: Mapped[int | None] = mapped_column(SmallInteger)
    content_hash: Mapped[str | None]
    vector: Mapped[Any | None] = mapped_column(HALFVEC(EMBEDDING_DIMENSIONS))
    due_at: Mapped[datetime | None] = mapped_column(server_default=func.clock_timestamp())
    created_at: Mapped[datetime] = _now()


class TicketTerms(Base):
    """What a ticket can be found by; a term's position is how much it weighs. `due` ones are to be read (anew)."""

    __tablename__ = "ticket_terms"
    __table_args__ = (
        Index("ix_ticket_terms_due", "ticket_id", postgresql_where=sql("due")),
        Index(None, "terms", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
    )
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("tickets.id"), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
    terms: Mapped[str | None] = mapped_column(TSVECTOR)
    due: Mapped[bool] = mapped_column(server_default=sql("true"), default=True)


class TermCount(Base):
    """How many tickets are known by a term; by the empty one, how many there are."""

    __tablename__ = "term_counts"
    term: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
