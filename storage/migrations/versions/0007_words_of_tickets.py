"""Words of tickets: the terms a ticket is known by, and how many tickets know each; every ticket is to be read.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ticket_terms",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("terms", postgresql.TSVECTOR(), nullable=True),
        sa.Column("due", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_terms_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_ticket_terms")),
    )
    # Long values out of the way and as they are: a search meets thousands of rows and reads the terms of few.
    op.execute("ALTER TABLE ticket_terms SET (toast_tuple_target = 128)")
    op.execute("ALTER TABLE ticket_terms ALTER COLUMN terms SET STORAGE EXTERNAL")
    op.create_table(
        "term_counts",
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("term", name=op.f("pk_term_counts")),
    )
    op.execute("INSERT INTO ticket_terms (ticket_id, number) SELECT id, number FROM tickets")
    op.create_index("ix_ticket_terms_due", "ticket_terms", ["ticket_id"], postgresql_where=sa.text("due"))
    op.create_index(
        op.f("ix_ticket_terms_terms"),
        "ticket_terms",
        ["terms"],
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )


def downgrade() -> None:
    op.drop_table("term_counts")
    op.drop_table("ticket_terms")
