"""What agents look at: their Home, tickets counted by kind, search, and lists by time.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COUNT = """
CREATE FUNCTION count_tickets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO ticket_count_changes (status, channel, priority, ticket_type, number)
    VALUES (OLD.status, OLD.original_channel, OLD.priority, OLD.ticket_type, -1);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO ticket_count_changes (status, channel, priority, ticket_type, number)
    VALUES (NEW.status, NEW.original_channel, NEW.priority, NEW.ticket_type, 1);
  END IF;
  RETURN NULL;
END $$
"""
WORDS = "to_tsvector('simple'::regconfig, title || ' ' || left(description, 20000))"
KIND = "status, original_channel, priority, ticket_type"


def upgrade() -> None:
    # as writers take them: tables taken later, in another order, would be a deadlock with whoever writes meanwhile
    op.execute("LOCK TABLE reporters, tickets, changelog_entries, notifications IN SHARE ROW EXCLUSIVE MODE")
    op.create_table(
        "homes",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column(
            "state",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("drawn", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_homes")),
    )
    op.create_index(op.f("ix_homes_opened_at"), "homes", ["opened_at"])
    op.create_table(
        "ticket_counts",
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("ticket_type", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("status", "channel", "priority", "ticket_type", name=op.f("pk_ticket_counts")),
    )
    op.create_table(
        "ticket_count_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("ticket_type", sa.Text(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_count_changes")),
    )
    op.execute(f"INSERT INTO ticket_counts SELECT {KIND}, count(*) FROM tickets GROUP BY {KIND}")  # noqa: S608 - ours
    op.execute(COUNT)
    op.execute(
        "CREATE TRIGGER tickets_are_counted AFTER INSERT OR DELETE ON tickets "
        "FOR EACH ROW EXECUTE FUNCTION count_tickets()"
    )
    op.execute(
        f"CREATE TRIGGER tickets_are_counted_anew AFTER UPDATE OF {KIND} ON tickets FOR EACH ROW WHEN "
        "((OLD.status, OLD.original_channel, OLD.priority, OLD.ticket_type) IS DISTINCT FROM "
        "(NEW.status, NEW.original_channel, NEW.priority, NEW.ticket_type)) EXECUTE FUNCTION count_tickets()"
    )
    op.add_column(
        "tickets", sa.Column("words", postgresql.TSVECTOR(), sa.Computed(WORDS, persisted=True), nullable=False)
    )
    for column in ("words", "tags"):
        op.create_index(op.f(f"ix_tickets_{column}"), "tickets", [column], postgresql_using="gin")
    op.drop_index(op.f("ix_tickets_assignee_id"), table_name="tickets")
    op.create_index(op.f("ix_tickets_assignee_id_number"), "tickets", ["assignee_id", "number"])
    op.execute("CREATE INDEX ix_reporters_name ON reporters (lower(name) text_pattern_ops)")
    for table in ("notifications", "changelog_entries"):
        op.create_index(op.f(f"ix_{table}_created_at_id"), table, ["created_at", "id"])
    op.create_index(op.f("ix_notifications_channel_created_at"), "notifications", ["channel", "created_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_notifications_channel_created_at"), table_name="notifications")
    for table in ("notifications", "changelog_entries"):
        op.drop_index(op.f(f"ix_{table}_created_at_id"), table_name=table)
    op.drop_index("ix_reporters_name", table_name="reporters")
    op.drop_index(op.f("ix_tickets_assignee_id_number"), table_name="tickets")
    op.create_index(op.f("ix_tickets_assignee_id"), "tickets", ["assignee_id"])
    for column in ("words", "tags"):
        op.drop_index(op.f(f"ix_tickets_{column}"), table_name="tickets")
    op.drop_column("tickets", "words")
    for trigger in ("tickets_are_counted", "tickets_are_counted_anew"):
        op.execute(f"DROP TRIGGER {trigger} ON tickets")
    op.execute("DROP FUNCTION count_tickets")
    for table in ("ticket_count_changes", "ticket_counts", "homes"):
        op.drop_table(table)
