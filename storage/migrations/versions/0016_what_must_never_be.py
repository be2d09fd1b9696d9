"""Asked of models and not answered yet is found without reading every ticket.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

COLUMNS = {"ix_tickets_triaging": "triage_requested_at", "ix_tickets_drafting": "draft_requested_at"}


def upgrade() -> None:
    for name, column in COLUMNS.items():
        op.create_index(name, "tickets", [column], postgresql_where=sa.text(f"{column} IS NOT NULL"))


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_index(name, table_name="tickets")
