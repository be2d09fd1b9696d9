"""People taken for one: what a merge moved, so that it can be undone.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reporter_merges",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("reporter_id", sa.Uuid(), nullable=False),
        sa.Column("into_id", sa.Uuid(), nullable=False),
        sa.Column("identity_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("follower_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("gave_email", sa.Boolean(), nullable=False),
        sa.Column("actor_type", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "actor_type IN ('user', 'system', 'reporter', 'notion_sync')", name=op.f("ck_reporter_merges_actor_type")
        ),
        sa.CheckConstraint("reporter_id <> into_id", name=op.f("ck_reporter_merges_two")),
        sa.ForeignKeyConstraint(["reporter_id"], ["reporters.id"], name=op.f("fk_reporter_merges_reporter_id")),
        sa.ForeignKeyConstraint(["into_id"], ["reporters.id"], name=op.f("fk_reporter_merges_into_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reporter_merges")),
    )
    op.create_index(
        "uq_reporter_merges_reporter_id",
        "reporter_merges",
        ["reporter_id"],
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.create_index(op.f("ix_reporter_merges_into_id"), "reporter_merges", ["into_id"])
    op.create_index(op.f("ix_reporters_merged_into"), "reporters", ["merged_into"])


def downgrade() -> None:
    op.drop_index(op.f("ix_reporters_merged_into"), table_name="reporters")
    op.drop_table("reporter_merges")
