"""Batches of imports, so that a broken one goes on where it stopped."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from core.db import Instant, text

revision: str = "core_0005"
down_revision: str | None = "core_0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _coded(constraint: str, *names: str) -> sa.Enum:
    return sa.Enum(*names, name=op.f(constraint), native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "core_import_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind", _coded("ck_core_import_batch_importkind", "DIVISIONS", "RESIDENTS"), nullable=False
        ),
        sa.Column("file", text(255), nullable=False),
        sa.Column("sha256", text(64), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=True),
        sa.Column("row_reached", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            _coded("ck_core_import_batch_importstate", "RUNNING", "DONE", "UNDONE"),
            nullable=False,
        ),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("report_bytes", sa.Integer(), nullable=False),
        sa.Column("actor", text(200), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.Column("undone_by", text(200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_import_batch")),
    )
    op.create_index(
        "uq_core_import_batch_running",
        "core_import_batch",
        ["kind", "sha256"],
        unique=True,
        postgresql_where=sa.text("state = 'RUNNING'"),
        sqlite_where=sa.text("state = 'RUNNING'"),
    )


def downgrade() -> None:
    op.drop_table("core_import_batch")
