"""Agents write back: a message to the reporter may be a reply.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BEFORE, AFTER = "'resolution', 'acknowledgement'", "'resolution', 'acknowledgement', 'reply'"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_notifications_purpose"), "notifications")
    op.create_check_constraint(op.f("ck_notifications_purpose"), "notifications", f"purpose IN ({AFTER})")


def downgrade() -> None:
    """Replies there are stay; no new ones are taken."""
    op.drop_constraint(op.f("ck_notifications_purpose"), "notifications")
    op.execute(
        f"ALTER TABLE notifications ADD CONSTRAINT ck_notifications_purpose CHECK (purpose IN ({BEFORE})) NOT VALID"
    )
