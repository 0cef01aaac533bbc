"""The outbox: what has happened, for those who listen."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from core.db import Instant, text

revision: str = "core_0015"
down_revision: str | None = "core_0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "core_outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("topic", text(80), nullable=False),
        sa.Column("subject", text(80), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("event", text(40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.Column("read", text(80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_outbox")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_core_outbox_at"), "core_outbox", ["at"])
    op.create_index(op.f("ix_core_outbox_position"), "core_outbox", ["position"], unique=True)
    op.create_index(
        "ix_core_outbox_waiting",
        "core_outbox",
        ["id"],
        postgresql_where=sa.text("position IS NULL"),
        sqlite_where=sa.text("position IS NULL"),
    )
    op.create_table(
        "core_outbox_head",
        sa.Column("name", text(12), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_core_outbox_head")),
    )


def downgrade() -> None:
    op.drop_table("core_outbox_head")
    op.drop_table("core_outbox")
