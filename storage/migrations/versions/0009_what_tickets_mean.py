"""What tickets mean: which vectors are to be made anew, and an index to find the nearest by.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("model", "content_hash", "vector"):
        op.alter_column("embeddings", column, nullable=True)
    op.add_column("embeddings", sa.Column("dimensions", sa.SmallInteger(), nullable=True))
    op.add_column(
        "embeddings",
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=True),
    )
    op.create_index("ix_embeddings_due_at", "embeddings", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL"))
    op.create_index(op.f("ix_embeddings_model"), "embeddings", ["model"])
    op.create_index(
        "ix_embeddings_vector",
        "embeddings",
        ["vector"],
        postgresql_using="hnsw",
        postgresql_ops={"vector": "vector_cosine_ops"},
    )
    op.execute("INSERT INTO embeddings (ticket_id) SELECT id FROM tickets ON CONFLICT DO NOTHING")


def downgrade() -> None:
    op.execute("DELETE FROM embeddings WHERE vector IS NULL")
    op.drop_index("ix_embeddings_vector", table_name="embeddings")
    op.drop_index(op.f("ix_embeddings_model"), table_name="embeddings")
    op.drop_index("ix_embeddings_due_at", table_name="embeddings")
    op.drop_column("embeddings", "due_at")
    op.drop_column("embeddings", "dimensions")
    for column in ("model", "content_hash", "vector"):
        op.alter_column("embeddings", column, nullable=False)
