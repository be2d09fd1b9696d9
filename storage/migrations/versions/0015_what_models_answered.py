"""What was hidden in what a model was sent, by which rules, and what its answer has that looks personal.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

COUNTS = (
    ("ai_calls", "redactions"),
    ("ai_calls", "leaks"),
    ("tickets", "ai_leaks"),
    ("changelog_entries", "ai_leaks"),
    ("ticket_groups", "draft_leaks"),
)


def upgrade() -> None:
    # as writers take them: tables taken later, in another order, would be a deadlock with whoever writes meanwhile
    op.execute("LOCK TABLE tickets, ticket_groups, changelog_entries, ai_calls IN ACCESS EXCLUSIVE MODE")
    op.add_column("ai_calls", sa.Column("rules", sa.SmallInteger(), nullable=True))
    for table, column in COUNTS:
        op.add_column(table, sa.Column(column, JSONB(), nullable=True))


def downgrade() -> None:
    for table, column in COUNTS:
        op.drop_column(table, column)
    op.drop_column("ai_calls", "rules")
