"""Problems of many: what is written for a group, who must agree, and what the model suggests to group.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TEXT, TIME = sa.Text(), sa.DateTime(timezone=True)
DRAFT = {
    "draft": TEXT,
    "draft_model": TEXT,
    "draft_prompt_tokens": sa.Integer(),
    "draft_completion_tokens": sa.Integer(),
    "draft_requested_at": TIME,
    "draft_error": TEXT,
    "draft_for": postgresql.JSONB(astext_type=sa.Text()),
    "proposal": postgresql.JSONB(astext_type=sa.Text()),
    "proposed_by": TEXT,
    "proposed_at": TIME,
}


def _id() -> sa.Column:
    return sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False)


def _created() -> sa.Column:
    return sa.Column("created_at", TIME, server_default=sa.text("now()"), nullable=False)


def upgrade() -> None:
    # as writers take them: tables taken later, in another order, would be a deadlock with whoever writes meanwhile
    op.execute("LOCK TABLE tickets, ticket_groups, changelog_entries IN SHARE ROW EXCLUSIVE MODE")
    for name, kind in DRAFT.items():
        op.add_column("ticket_groups", sa.Column(name, kind, nullable=True))
    op.create_check_constraint(
        op.f("ck_ticket_groups_proposed"), "ticket_groups", "(proposal IS NULL) = (proposed_by IS NULL)"
    )
    op.create_index(op.f("ix_ticket_groups_created_at_id"), "ticket_groups", ["created_at", "id"])
    op.add_column("changelog_entries", sa.Column("ticket_group_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_changelog_entries_ticket_group_id"),
        "changelog_entries",
        "ticket_groups",
        ["ticket_group_id"],
        ["id"],
    )
    op.create_table(
        "analyses",
        _id(),
        sa.Column("asked_by", TEXT, nullable=True),
        sa.Column("model", TEXT, nullable=True),
        sa.Column("status", TEXT, server_default="running", nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("oldest_first", sa.Boolean(), nullable=False),
        sa.Column("start_time", TIME, nullable=False),
        sa.Column("end_time", TIME, nullable=False),
        sa.Column("total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("found", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", TEXT, nullable=True),
        sa.Column("finished_at", TIME, nullable=True),
        _created(),
        sa.CheckConstraint("status IN ('running', 'done', 'failed')", name=op.f("ck_analyses_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_analyses")),
    )
    op.create_index(op.f("ix_analyses_created_at"), "analyses", ["created_at"])
    op.create_table(
        "group_suggestions",
        _id(),
        sa.Column("analysis_id", sa.Uuid(), nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("ticket_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("redactions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", TEXT, server_default="open", nullable=False),
        sa.Column("ticket_group_id", sa.Uuid(), nullable=True),
        sa.Column("settled_by", TEXT, nullable=True),
        _created(),
        sa.CheckConstraint("status IN ('open', 'used', 'dismissed')", name=op.f("ck_group_suggestions_status")),
        sa.ForeignKeyConstraint(["analysis_id"], ["analyses.id"], name=op.f("fk_group_suggestions_analysis_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_suggestions")),
    )
    op.create_index(
        op.f("ix_group_suggestions_status_created_at_id"), "group_suggestions", ["status", "created_at", "id"]
    )
    op.create_table(
        "dismissed_pairs",
        sa.Column("one_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("dismissed_by", TEXT, nullable=True),
        _created(),
        sa.CheckConstraint("one_id < other_id", name=op.f("ck_dismissed_pairs_order")),
        sa.ForeignKeyConstraint(["one_id"], ["tickets.id"], name=op.f("fk_dismissed_pairs_one_id")),
        sa.ForeignKeyConstraint(["other_id"], ["tickets.id"], name=op.f("fk_dismissed_pairs_other_id")),
        sa.PrimaryKeyConstraint("one_id", "other_id", name=op.f("pk_dismissed_pairs")),
    )
    op.create_index(op.f("ix_dismissed_pairs_other_id"), "dismissed_pairs", ["other_id"])


def downgrade() -> None:
    for table in ("dismissed_pairs", "group_suggestions", "analyses"):
        op.drop_table(table)
    op.drop_constraint(op.f("fk_changelog_entries_ticket_group_id"), "changelog_entries")
    op.drop_column("changelog_entries", "ticket_group_id")
    op.drop_index(op.f("ix_ticket_groups_created_at_id"), table_name="ticket_groups")
    op.drop_constraint(op.f("ck_ticket_groups_proposed"), "ticket_groups")
    for name in DRAFT:
        op.drop_column("ticket_groups", name)
