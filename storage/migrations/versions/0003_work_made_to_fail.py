"""Work that is to fail on purpose, where development is on.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "forced_failures",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("forced_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_forced_failures")),
    )


def downgrade() -> None:
    op.drop_table("forced_failures")
