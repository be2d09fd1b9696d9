"""What each call of a model cost.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ai_calls", sa.Column("cost", sa.Numeric(14, 8), nullable=True))


def downgrade() -> None:
    op.drop_column("ai_calls", "cost")
