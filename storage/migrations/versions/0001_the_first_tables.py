"""The first tables."""

import pgvector.sqlalchemy
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


REFUSE_CHANGES = """
CREATE FUNCTION refuse_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$
"""


def upgrade() -> None:
    for extension in ("vector", "pg_trgm", "unaccent"):
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    op.create_table(
        "agents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agents")),
    )
    op.create_table(
        "dead_letter_jobs",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("job_class", sa.Text(), nullable=False),
        sa.Column("job_key", sa.Text(), nullable=False),
        sa.Column("job_args", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("error_class", sa.Text(), nullable=False),
        sa.Column("error_message", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), server_default="jobs", nullable=False),
        sa.Column(
            "backtrace",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("status", sa.Text(), server_default="unresolved", nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.Text(), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.CheckConstraint("status IN ('unresolved', 'resolved')", name=op.f("ck_dead_letter_jobs_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letter_jobs")),
    )
    op.create_index(op.f("ix_dead_letter_jobs_failed_at"), "dead_letter_jobs", ["failed_at"], unique=False)
    op.create_index(
        op.f("ix_dead_letter_jobs_job_class_job_key"), "dead_letter_jobs", ["job_class", "job_key"], unique=False
    )
    op.create_index(
        op.f("ix_dead_letter_jobs_status_failed_at"), "dead_letter_jobs", ["status", "failed_at"], unique=False
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column(
            "args", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("coalesced", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("max_attempts", sa.SmallInteger(), nullable=False),
        sa.Column("claims", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_class", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('pending', 'running', 'done', 'dead')", name=op.f("ck_jobs_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index("ix_jobs_due", "jobs", ["run_at"], unique=False, postgresql_where=sa.text("status = 'pending'"))
    op.create_index(
        "ix_jobs_finished", "jobs", ["done_at"], unique=False, postgresql_where=sa.text("status IN ('done', 'dead')")
    )
    op.create_index(
        "ix_jobs_leased", "jobs", ["lease_until"], unique=False, postgresql_where=sa.text("status = 'running'")
    )
    op.create_index(
        "ix_jobs_waiting_key", "jobs", ["key", "run_at"], unique=False, postgresql_where=sa.text("status = 'pending'")
    )
    op.create_index(
        "uq_jobs_pending_drawing",
        "jobs",
        ["kind", "key"],
        unique=True,
        postgresql_where=sa.text("status = 'pending' AND coalesced"),
    )
    op.create_index(
        "uq_jobs_running_key", "jobs", ["key"], unique=True, postgresql_where=sa.text("status = 'running'")
    )
    op.create_table(
        "notion_cursors",
        sa.Column("data_source_id", sa.Text(), nullable=False),
        sa.Column("read_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("data_source_id", name=op.f("pk_notion_cursors")),
    )
    op.create_table(
        "reporters",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("company", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column(
            "metadata", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_reporters_email_lower")),
        sa.ForeignKeyConstraint(["merged_into"], ["reporters.id"], name=op.f("fk_reporters_merged_into")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reporters")),
    )
    op.create_index(
        "uq_reporters_email", "reporters", ["email"], unique=True, postgresql_where=sa.text("email IS NOT NULL")
    )
    op.create_table(
        "schedules",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_schedules")),
    )
    op.create_table(
        "ticket_groups",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("primary_ticket_id", sa.Uuid(), nullable=True),
        sa.Column("resolved_via_channel", sa.Text(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution_note", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(status = 'resolved') = (resolved_at IS NOT NULL)", name=op.f("ck_ticket_groups_resolved_at")
        ),
        sa.CheckConstraint("status IN ('open', 'resolved')", name=op.f("ck_ticket_groups_status")),
        sa.ForeignKeyConstraint(
            ["primary_ticket_id"], ["tickets.id"], name="fk_ticket_groups_primary_ticket_id", use_alter=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_groups")),
    )
    op.create_index(op.f("ix_ticket_groups_primary_ticket_id"), "ticket_groups", ["primary_ticket_id"], unique=False)
    op.create_index(op.f("ix_ticket_groups_status"), "ticket_groups", ["status"], unique=False)
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('read', 'unreadable')", name=op.f("ck_webhook_deliveries_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
    )
    op.create_index(
        op.f("ix_webhook_deliveries_platform_received_at"),
        "webhook_deliveries",
        ["platform", "received_at"],
        unique=False,
    )
    op.create_index(
        "ix_webhook_deliveries_unreadable",
        "webhook_deliveries",
        ["received_at"],
        unique=False,
        postgresql_where=sa.text("status = 'unreadable'"),
    )
    op.create_table(
        "reporter_identities",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("reporter_id", sa.Uuid(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("platform_user_id", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("last_message_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "metadata", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("profiled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("burst_ticket_id", sa.Uuid(), nullable=True),
        sa.Column("burst_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["reporter_id"], ["reporters.id"], name=op.f("fk_reporter_identities_reporter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reporter_identities")),
        sa.UniqueConstraint(
            "platform", "platform_user_id", name=op.f("uq_reporter_identities_platform_platform_user_id")
        ),
    )
    op.create_index(op.f("ix_reporter_identities_reporter_id"), "reporter_identities", ["reporter_id"], unique=False)
    op.create_table(
        "tickets",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("reporter_id", sa.Uuid(), nullable=True),
        sa.Column("identity_id", sa.Uuid(), nullable=True),
        sa.Column("ticket_group_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("ticket_type", sa.Text(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("original_channel", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("assignee_id", sa.Text(), nullable=True),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'::text[]"), nullable=False),
        sa.Column(
            "metadata", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("enrichment_status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("enrichment_error", sa.Text(), nullable=True),
        sa.Column("triage_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ai_suggested_type", sa.Text(), nullable=True),
        sa.Column("ai_suggested_priority", sa.SmallInteger(), nullable=True),
        sa.Column("ai_summary", sa.Text(), nullable=True),
        sa.Column("ai_model", sa.Text(), nullable=True),
        sa.Column("ai_outcome", sa.Text(), nullable=True),
        sa.Column("draft_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("draft_error", sa.Text(), nullable=True),
        sa.Column("notion_page_id", sa.Text(), nullable=True),
        sa.Column("notion_url", sa.Text(), nullable=True),
        sa.Column("notion_status", sa.Text(), nullable=True),
        sa.Column("notion_error", sa.Text(), nullable=True),
        sa.Column("notion_trashed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(status = 'resolved') = (resolved_at IS NOT NULL)", name=op.f("ck_tickets_resolved_at")),
        sa.CheckConstraint(
            "ai_outcome IN ('waiting', 'accepted', 'modified', 'rejected')", name=op.f("ck_tickets_ai_outcome")
        ),
        sa.CheckConstraint(
            "ai_suggested_type IN ('bug', 'feature_request', 'question', 'incident')",
            name=op.f("ck_tickets_ai_suggested_type"),
        ),
        sa.CheckConstraint(
            "enrichment_status IN ('pending', 'completed', 'failed')", name=op.f("ck_tickets_enrichment_status")
        ),
        sa.CheckConstraint("status IN ('open', 'in_progress', 'resolved')", name=op.f("ck_tickets_status")),
        sa.CheckConstraint(
            "ticket_type IN ('bug', 'feature_request', 'question', 'incident')", name=op.f("ck_tickets_ticket_type")
        ),
        sa.CheckConstraint("ai_suggested_priority BETWEEN 0 AND 5", name=op.f("ck_tickets_ai_suggested_priority")),
        sa.CheckConstraint("char_length(title) <= 120", name=op.f("ck_tickets_title")),
        sa.CheckConstraint("priority BETWEEN 0 AND 5", name=op.f("ck_tickets_priority")),
        sa.ForeignKeyConstraint(["identity_id"], ["reporter_identities.id"], name=op.f("fk_tickets_identity_id")),
        sa.ForeignKeyConstraint(["reporter_id"], ["reporters.id"], name=op.f("fk_tickets_reporter_id")),
        sa.ForeignKeyConstraint(["ticket_group_id"], ["ticket_groups.id"], name=op.f("fk_tickets_ticket_group_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("number", name=op.f("uq_tickets_number")),
    )
    op.create_index(op.f("ix_tickets_assignee_id"), "tickets", ["assignee_id"], unique=False)
    op.create_index(op.f("ix_tickets_created_at"), "tickets", ["created_at"], unique=False)
    op.create_index(op.f("ix_tickets_enrichment_status"), "tickets", ["enrichment_status"], unique=False)
    op.create_index(op.f("ix_tickets_identity_id_number"), "tickets", ["identity_id", "number"], unique=False)
    op.create_index(
        op.f("ix_tickets_original_channel_number"), "tickets", ["original_channel", "number"], unique=False
    )
    op.create_index(op.f("ix_tickets_priority_number"), "tickets", ["priority", "number"], unique=False)
    op.create_index(op.f("ix_tickets_reporter_id_number"), "tickets", ["reporter_id", "number"], unique=False)
    op.create_index(op.f("ix_tickets_status_number"), "tickets", ["status", "number"], unique=False)
    op.create_index(op.f("ix_tickets_ticket_group_id"), "tickets", ["ticket_group_id"], unique=False)
    op.create_index(op.f("ix_tickets_ticket_type_number"), "tickets", ["ticket_type", "number"], unique=False)
    op.create_index(
        "uq_tickets_notion_page_id",
        "tickets",
        ["notion_page_id"],
        unique=True,
        postgresql_where=sa.text("notion_page_id IS NOT NULL"),
    )
    op.create_table(
        "ai_calls",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("model_asked", sa.Text(), nullable=False),
        sa.Column("model_answered", sa.Text(), nullable=True),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("prompt_tokens", sa.Integer(), nullable=True),
        sa.Column("completion_tokens", sa.Integer(), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_ai_calls_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ai_calls")),
    )
    op.create_index(op.f("ix_ai_calls_created_at"), "ai_calls", ["created_at"], unique=False)
    op.create_index(op.f("ix_ai_calls_ticket_id_created_at"), "ai_calls", ["ticket_id", "created_at"], unique=False)
    op.create_table(
        "cards",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("ts", sa.Text(), nullable=True),
        sa.Column("posting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("drawn", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_cards_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cards")),
        sa.UniqueConstraint("kind", "subject_id", name=op.f("uq_cards_kind_subject_id")),
    )
    op.create_index(op.f("ix_cards_channel_ts"), "cards", ["channel", "ts"], unique=False)
    op.create_index(op.f("ix_cards_ticket_id"), "cards", ["ticket_id"], unique=False)
    op.create_table(
        "changelog_entries",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="draft", nullable=False),
        sa.Column("ai_model", sa.Text(), nullable=True),
        sa.Column("ai_prompt_tokens", sa.Integer(), nullable=True),
        sa.Column("ai_completion_tokens", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_hash", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "metadata", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(status = 'approved') = (approved_at IS NOT NULL AND approved_by IS NOT NULL)",
            name=op.f("ck_changelog_entries_approved"),
        ),
        sa.CheckConstraint("status IN ('draft', 'approved')", name=op.f("ck_changelog_entries_status")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_changelog_entries_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changelog_entries")),
    )
    op.create_index(
        op.f("ix_changelog_entries_status_created_at"), "changelog_entries", ["status", "created_at"], unique=False
    )
    op.create_index(op.f("ix_changelog_entries_ticket_id"), "changelog_entries", ["ticket_id"], unique=False)
    op.create_index(
        "uq_changelog_entries_live_draft",
        "changelog_entries",
        ["ticket_id"],
        unique=True,
        postgresql_where=sa.text("status = 'draft'"),
    )
    op.create_table(
        "embeddings",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("vector", pgvector.sqlalchemy.Vector(dim=1536), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_embeddings_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_embeddings")),
    )
    op.create_table(
        "ticket_events",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("actor_type", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=True),
        sa.Column(
            "data", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint(
            "actor_type IN ('user', 'reporter', 'system', 'notion_sync')", name=op.f("ck_ticket_events_actor_type")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_events_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_events")),
        sa.UniqueConstraint("position", name=op.f("uq_ticket_events_position")),
    )
    op.create_index(op.f("ix_ticket_events_created_at"), "ticket_events", ["created_at"], unique=False)
    op.create_index(
        op.f("ix_ticket_events_event_type_created_at"), "ticket_events", ["event_type", "created_at"], unique=False
    )
    op.create_index(
        op.f("ix_ticket_events_ticket_id_position"), "ticket_events", ["ticket_id", "position"], unique=False
    )
    op.create_table(
        "ticket_sources",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("external_url", sa.Text(), nullable=True),
        sa.Column(
            "place", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("raw_payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('report', 'comment')", name=op.f("ck_ticket_sources_kind")),
        sa.CheckConstraint("char_length(external_id) <= 512", name=op.f("ck_ticket_sources_external_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_sources_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_sources")),
        sa.UniqueConstraint("platform", "external_id", name=op.f("uq_ticket_sources_platform_external_id")),
    )
    op.create_index(op.f("ix_ticket_sources_ticket_id"), "ticket_sources", ["ticket_id"], unique=False)
    op.create_table(
        "attachments",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_type", sa.Text(), nullable=False),
        sa.Column("file_size", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_platform", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("storage_url", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("status IN ('pending', 'stored', 'refused')", name=op.f("ck_attachments_status")),
        sa.ForeignKeyConstraint(["source_id"], ["ticket_sources.id"], name=op.f("fk_attachments_source_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_attachments_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sa.UniqueConstraint("source_id", "position", name=op.f("uq_attachments_source_id_position")),
    )
    op.create_index(op.f("ix_attachments_ticket_id"), "attachments", ["ticket_id"], unique=False)
    op.create_table(
        "message_versions",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["ticket_sources.id"], name=op.f("fk_message_versions_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_versions")),
    )
    op.create_index(op.f("ix_message_versions_source_id"), "message_versions", ["source_id"], unique=False)
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("changelog_entry_id", sa.Uuid(), nullable=True),
        sa.Column("identity_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.Text(), server_default="resolution", nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column(
            "place", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("message_kind", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("template_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("retry_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column(
            "past_provider_ids", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'::text[]"), nullable=False
        ),
        sa.Column("unsure_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asks_agent", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("purpose IN ('resolution', 'acknowledgement')", name=op.f("ck_notifications_purpose")),
        sa.CheckConstraint(
            "status IN ('pending', 'sending', 'sent', 'delivered', 'read', 'failed', 'permanently_failed', 'channel_restricted')",
            name=op.f("ck_notifications_status"),
        ),
        sa.CheckConstraint("retry_count BETWEEN 0 AND 5", name=op.f("ck_notifications_retry_count")),
        sa.ForeignKeyConstraint(
            ["changelog_entry_id"], ["changelog_entries.id"], name=op.f("fk_notifications_changelog_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["reporter_identities.id"], name=op.f("fk_notifications_identity_id")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_notifications_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
    )
    op.create_index(
        op.f("ix_notifications_changelog_entry_id"), "notifications", ["changelog_entry_id"], unique=False
    )
    op.create_index(
        op.f("ix_notifications_channel_provider_id"), "notifications", ["channel", "provider_id"], unique=False
    )
    op.create_index(
        op.f("ix_notifications_status_created_at"), "notifications", ["status", "created_at"], unique=False
    )
    op.create_index(op.f("ix_notifications_ticket_id"), "notifications", ["ticket_id"], unique=False)
    op.create_index(
        "uq_notifications_acknowledged_once",
        "notifications",
        ["ticket_id"],
        unique=True,
        postgresql_where=sa.text("purpose = 'acknowledgement'"),
    )
    op.create_index(
        "uq_notifications_told_once",
        "notifications",
        ["changelog_entry_id", "identity_id"],
        unique=True,
        postgresql_where=sa.text("changelog_entry_id IS NOT NULL"),
    )
    op.create_table(
        "ticket_comments",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("identity_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_deleted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["reporter_identities.id"], name=op.f("fk_ticket_comments_identity_id")
        ),
        sa.ForeignKeyConstraint(["source_id"], ["ticket_sources.id"], name=op.f("fk_ticket_comments_source_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_comments_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_comments")),
        sa.UniqueConstraint("source_id", name=op.f("uq_ticket_comments_source_id")),
    )
    op.create_index(
        op.f("ix_ticket_comments_ticket_id_sent_at"), "ticket_comments", ["ticket_id", "sent_at"], unique=False
    )
    op.create_foreign_key(
        "fk_ticket_groups_primary_ticket_id", "ticket_groups", "tickets", ["primary_ticket_id"], ["id"]
    )
    op.execute(REFUSE_CHANGES)
    op.execute(
        "CREATE TRIGGER ticket_events_are_append_only BEFORE UPDATE OR DELETE ON ticket_events "
        "FOR EACH ROW EXECUTE FUNCTION refuse_changes()"
    )
    op.execute(
        "CREATE TRIGGER ticket_events_are_never_emptied BEFORE TRUNCATE ON ticket_events "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_changes()"
    )


def downgrade() -> None:
    op.drop_constraint("fk_ticket_groups_primary_ticket_id", "ticket_groups")
    op.drop_index(op.f("ix_ticket_comments_ticket_id_sent_at"), table_name="ticket_comments")
    op.drop_table("ticket_comments")
    op.drop_index(
        "uq_notifications_told_once",
        table_name="notifications",
        postgresql_where=sa.text("changelog_entry_id IS NOT NULL"),
    )
    op.drop_index(
        "uq_notifications_acknowledged_once",
        table_name="notifications",
        postgresql_where=sa.text("purpose = 'acknowledgement'"),
    )
    op.drop_index(op.f("ix_notifications_ticket_id"), table_name="notifications")
    op.drop_index(op.f("ix_notifications_status_created_at"), table_name="notifications")
    op.drop_index(op.f("ix_notifications_channel_provider_id"), table_name="notifications")
    op.drop_index(op.f("ix_notifications_changelog_entry_id"), table_name="notifications")
    op.drop_table("notifications")
    op.drop_index(op.f("ix_message_versions_source_id"), table_name="message_versions")
    op.drop_table("message_versions")
    op.drop_index(op.f("ix_attachments_ticket_id"), table_name="attachments")
    op.drop_table("attachments")
    op.drop_index(op.f("ix_ticket_sources_ticket_id"), table_name="ticket_sources")
    op.drop_table("ticket_sources")
    op.drop_index(op.f("ix_ticket_events_ticket_id_position"), table_name="ticket_events")
    op.drop_index(op.f("ix_ticket_events_event_type_created_at"), table_name="ticket_events")
    op.drop_index(op.f("ix_ticket_events_created_at"), table_name="ticket_events")
    op.drop_table("ticket_events")
    op.drop_table("embeddings")
    op.drop_index(
        "uq_changelog_entries_live_draft",
        table_name="changelog_entries",
        postgresql_where=sa.text("status = 'draft'"),
    )
    op.drop_index(op.f("ix_changelog_entries_ticket_id"), table_name="changelog_entries")
    op.drop_index(op.f("ix_changelog_entries_status_created_at"), table_name="changelog_entries")
    op.drop_table("changelog_entries")
    op.drop_index(op.f("ix_cards_ticket_id"), table_name="cards")
    op.drop_index(op.f("ix_cards_channel_ts"), table_name="cards")
    op.drop_table("cards")
    op.drop_index(op.f("ix_ai_calls_ticket_id_created_at"), table_name="ai_calls")
    op.drop_index(op.f("ix_ai_calls_created_at"), table_name="ai_calls")
    op.drop_table("ai_calls")
    op.drop_index(
        "uq_tickets_notion_page_id", table_name="tickets", postgresql_where=sa.text("notion_page_id IS NOT NULL")
    )
    op.drop_index(op.f("ix_tickets_ticket_type_number"), table_name="tickets")
    op.drop_index(op.f("ix_tickets_ticket_group_id"), table_name="tickets")
    op.drop_index(op.f("ix_tickets_status_number"), table_name="tickets")
    op.drop_index(op.f("ix_tickets_reporter_id_number"), table_name="tickets")
    op.drop_index(op.f("ix_tickets_priority_number"), table_name="tickets")
    op.drop_index(op.f("ix_tickets_original_channel_number"), table_name="tickets")
    op.drop_index(op.f("ix_tickets_identity_id_number"), table_name="tickets")
    op.drop_index(op.f("ix_tickets_enrichment_status"), table_name="tickets")
    op.drop_index(op.f("ix_tickets_created_at"), table_name="tickets")
    op.drop_index(op.f("ix_tickets_assignee_id"), table_name="tickets")
    op.drop_table("tickets")
    op.drop_index(op.f("ix_reporter_identities_reporter_id"), table_name="reporter_identities")
    op.drop_table("reporter_identities")
    op.drop_index(
        "ix_webhook_deliveries_unreadable",
        table_name="webhook_deliveries",
        postgresql_where=sa.text("status = 'unreadable'"),
    )
    op.drop_index(op.f("ix_webhook_deliveries_platform_received_at"), table_name="webhook_deliveries")
    op.drop_table("webhook_deliveries")
    op.drop_index(op.f("ix_ticket_groups_status"), table_name="ticket_groups")
    op.drop_index(op.f("ix_ticket_groups_primary_ticket_id"), table_name="ticket_groups")
    op.drop_table("ticket_groups")
    op.drop_table("schedules")
    op.drop_index("uq_reporters_email", table_name="reporters", postgresql_where=sa.text("email IS NOT NULL"))
    op.drop_table("reporters")
    op.drop_table("notion_cursors")
    op.drop_index("uq_jobs_running_key", table_name="jobs", postgresql_where=sa.text("status = 'running'"))
    op.drop_index(
        "uq_jobs_pending_drawing", table_name="jobs", postgresql_where=sa.text("status = 'pending' AND coalesced")
    )
    op.drop_index("ix_jobs_waiting_key", table_name="jobs", postgresql_where=sa.text("status = 'pending'"))
    op.drop_index("ix_jobs_leased", table_name="jobs", postgresql_where=sa.text("status = 'running'"))
    op.drop_index("ix_jobs_finished", table_name="jobs", postgresql_where=sa.text("status IN ('done', 'dead')"))
    op.drop_index("ix_jobs_due", table_name="jobs", postgresql_where=sa.text("status = 'pending'"))
    op.drop_table("jobs")
    op.drop_index(op.f("ix_dead_letter_jobs_status_failed_at"), table_name="dead_letter_jobs")
    op.drop_index(op.f("ix_dead_letter_jobs_job_class_job_key"), table_name="dead_letter_jobs")
    op.drop_index(op.f("ix_dead_letter_jobs_failed_at"), table_name="dead_letter_jobs")
    op.drop_table("dead_letter_jobs")
    op.drop_table("agents")
    op.execute("DROP FUNCTION refuse_changes")
