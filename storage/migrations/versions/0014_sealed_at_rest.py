"""What is personal can be sealed at rest; people and accounts are found by digests of their e-mail and id.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

EMAIL = "uq_reporters_email"
EMAIL_DIGEST = "uq_reporters_email_digest"
ACCOUNT = "uq_reporter_identities_platform_platform_user_id"
ACCOUNT_DIGEST = "uq_reporter_identities_platform_account_digest"


def upgrade() -> None:
    # as writers take them: tables taken later, in another order, would be a deadlock with whoever writes meanwhile
    op.execute("LOCK TABLE reporter_identities, reporters IN ACCESS EXCLUSIVE MODE")
    op.create_table(
        "encryption_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_encryption_keys")),
    )
    op.add_column("reporters", sa.Column("email_digest", sa.LargeBinary(), nullable=True))
    op.add_column("reporter_identities", sa.Column("account_digest", sa.LargeBinary(), nullable=True))
    op.execute("UPDATE reporters SET email_digest = sha256(convert_to(email, 'UTF8')) WHERE email IS NOT NULL")
    op.execute("UPDATE reporter_identities SET account_digest = sha256(convert_to(platform_user_id, 'UTF8'))")
    op.alter_column("reporter_identities", "account_digest", nullable=False)
    op.drop_index(EMAIL, table_name="reporters")
    op.drop_constraint(op.f("ck_reporters_email_lower"), "reporters")
    op.create_index(
        EMAIL_DIGEST, "reporters", ["email_digest"], unique=True, postgresql_where=sa.text("email_digest IS NOT NULL")
    )
    op.create_check_constraint(
        op.f("ck_reporters_email_digest"), "reporters", "(email IS NULL) = (email_digest IS NULL)"
    )
    op.drop_constraint(op.f(ACCOUNT), "reporter_identities")
    op.create_unique_constraint(op.f(ACCOUNT_DIGEST), "reporter_identities", ["platform", "account_digest"])


def downgrade() -> None:
    """What is sealed stays so: only a hub that has the keys could write it back."""
    op.drop_constraint(op.f(ACCOUNT_DIGEST), "reporter_identities")
    op.create_unique_constraint(op.f(ACCOUNT), "reporter_identities", ["platform", "platform_user_id"])
    op.drop_constraint(op.f("ck_reporters_email_digest"), "reporters")
    op.drop_index(EMAIL_DIGEST, table_name="reporters")
    op.create_check_constraint(op.f("ck_reporters_email_lower"), "reporters", "email = lower(email)")
    op.create_index(EMAIL, "reporters", ["email"], unique=True, postgresql_where=sa.text("email IS NOT NULL"))
    op.drop_column("reporter_identities", "account_digest")
    op.drop_column("reporters", "email_digest")
    op.drop_table("encryption_keys")
