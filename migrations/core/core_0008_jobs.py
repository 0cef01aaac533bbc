"""Runs of scheduled jobs; what it takes to call a failed hook again."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from core.db import Instant, text

revision: str = "core_0008"
down_revision: str | None = "core_0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STATES = ("QUEUED", "RUNNING", "DONE", "FAILED")


def upgrade() -> None:
    op.create_table(
        "core_job_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job", text(80), nullable=False),
        sa.Column("period", text(16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                *_STATES,
                name=op.f("ck_core_job_run_jobstate"),
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("cursor", sa.JSON(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("error", text(200), nullable=True),
        sa.Column("retry_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_job_run")),
        sa.UniqueConstraint("job", "period", name=op.f("uq_core_job_run_job_period")),
    )
    op.create_index(op.f("ix_core_job_run_job_due_at_id"), "core_job_run", ["job", "due_at", "id"])
    op.create_index(
        "ix_core_job_run_open",
        "core_job_run",
        ["due_at", "job"],
        postgresql_where=sa.text("state != 'DONE'"),
        sqlite_where=sa.text("state != 'DONE'"),
    )
    op.add_column("core_failed_hook", sa.Column("arguments", sa.JSON(), nullable=True))
    op.add_column("core_failed_hook", sa.Column("attempts", sa.Integer(), nullable=True))
    op.add_column("core_failed_hook", sa.Column("given_up_at", Instant(), nullable=True))


def downgrade() -> None:
    for column in ("given_up_at", "attempts", "arguments"):
        op.drop_column("core_failed_hook", column)
    op.drop_table("core_job_run")
