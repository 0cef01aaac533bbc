"""Cases of workflows: their steps and deadlines; tasks."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from core.db import Instant, text

revision: str = "core_0007"
down_revision: str | None = "core_0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _task()
    _workflow_deadline()
    _workflow_step()


def _task() -> None:
    op.create_table(
        "core_task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", text(80), nullable=False),
        sa.Column("state", text(32), nullable=True),
        sa.Column("subject", text(80), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("title_zh", text(200), nullable=False),
        sa.Column("title_en", text(200), nullable=False),
        sa.Column("act", text(80), nullable=False),
        sa.Column("roles", text(200), nullable=False),
        sa.Column("assignee", text(200), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closed_by", text(200), nullable=True),
        sa.Column("outcome", text(40), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.Column("read", text(80), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["core_person.id"], name=op.f("fk_core_task_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_task")),
    )
    op.create_index(op.f("ix_core_task_person_id"), "core_task", ["person_id"])
    op.create_index(op.f("ix_core_task_district_due_on_id"), "core_task", ["district", "due_on", "id"])
    op.create_index(op.f("ix_core_task_division_due_on_id"), "core_task", ["division", "due_on", "id"])
    op.create_index(op.f("ix_core_task_subject_id_kind"), "core_task", ["subject_id", "kind"])
    op.create_index(op.f("ix_core_task_town_due_on_id"), "core_task", ["town", "due_on", "id"])
    op.create_index(
        "uq_core_task_open",
        "core_task",
        ["kind", "subject_id"],
        unique=True,
        postgresql_where=sa.text("closed_on IS NULL"),
        sqlite_where=sa.text("closed_on IS NULL"),
    )


def _workflow_deadline() -> None:
    op.create_table(
        "core_workflow_deadline",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workflow", text(80), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("name", text(40), nullable=False),
        sa.Column("began_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("extended", sa.Boolean(), nullable=False),
        sa.Column("met_on", sa.Date(), nullable=True),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.Column("read", text(80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_workflow_deadline")),
    )
    op.create_index(
        op.f("ix_core_workflow_deadline_subject_id_name"),
        "core_workflow_deadline",
        ["subject_id", "name"],
        unique=True,
    )


def _workflow_step() -> None:
    op.create_table(
        "core_workflow_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workflow", text(80), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("verb", text(40), nullable=False),
        sa.Column("source", text(32), nullable=True),
        sa.Column("target", text(32), nullable=False),
        sa.Column("actor", text(200), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("reason", text(1000), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.Column("read", text(80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_workflow_step")),
    )
    op.create_index(op.f("ix_core_workflow_step_subject_id_id"), "core_workflow_step", ["subject_id", "id"])


def downgrade() -> None:
    op.drop_table("core_workflow_step")
    op.drop_table("core_workflow_deadline")
    op.drop_table("core_task")
