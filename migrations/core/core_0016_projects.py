"""Projects: their versions, milestones, money, meetings and progress."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from core.db import Exact, Instant, text

revision: str = "core_0016"
down_revision: str | None = "core_0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _dispatch_meeting()
    _project()
    _funding()
    _milestone()
    _progress_entry()
    _project_payment()
    _project_version()


def _dispatch_meeting() -> None:
    op.create_table(
        "core_dispatch_meeting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("chair", text(100), nullable=False),
        sa.Column("task_force", text(100), nullable=True),
        sa.Column("summary", text(2000), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("voided_at", Instant(), nullable=True),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.Column("read", text(80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_dispatch_meeting")),
    )
    op.create_index(
        op.f("ix_core_dispatch_meeting_district_held_on_id"),
        "core_dispatch_meeting",
        ["district", "held_on", "id"],
    )
    op.create_index(
        op.f("ix_core_dispatch_meeting_division_held_on_id"),
        "core_dispatch_meeting",
        ["division", "held_on", "id"],
    )
    op.create_index(
        op.f("ix_core_dispatch_meeting_town_held_on_id"), "core_dispatch_meeting", ["town", "held_on", "id"]
    )


def _project() -> None:
    op.create_table(
        "core_project",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", text(80), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=False),
        sa.Column("owner_organization_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("voided_at", Instant(), nullable=True),
        sa.Column("state", text(32), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", text(200), nullable=False),
        sa.Column("owner", text(100), nullable=False),
        sa.Column("task_force", text(100), nullable=True),
        sa.Column(
            "level",
            sa.Enum(
                "PROVINCE",
                "CITY",
                "COUNTY",
                name="projectlevel",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "facility",
            sa.Enum(
                "FUNERAL_HOME",
                "CEMETERY",
                "ELDERLY_CARE",
                "CHILD_PROTECTION",
                "SOCIAL_WORK",
                "OTHER",
                name="projectfacility",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("planned_start", sa.Date(), nullable=True),
        sa.Column("planned_completion", sa.Date(), nullable=False),
        sa.Column("budget", Exact(2), nullable=True),
        sa.Column("area_m2", Exact(2), nullable=True),
        sa.Column("actual_start", sa.Date(), nullable=True),
        sa.Column("actual_completion", sa.Date(), nullable=True),
        sa.Column("operation_date", sa.Date(), nullable=True),
        sa.Column("paid", Exact(2), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.Column("read", text(80), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_organization_id"],
            ["core_organization.id"],
            name=op.f("fk_core_project_owner_organization_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_project")),
    )
    op.create_index(op.f("ix_core_project_district_name_id"), "core_project", ["district", "name", "id"])
    op.create_index(
        op.f("ix_core_project_district_planned_completion_id"),
        "core_project",
        ["district", "planned_completion", "id"],
    )
    op.create_index(op.f("ix_core_project_division_name_id"), "core_project", ["division", "name", "id"])
    op.create_index(
        op.f("ix_core_project_division_planned_completion_id"),
        "core_project",
        ["division", "planned_completion", "id"],
    )
    op.create_index(op.f("ix_core_project_owner_organization_id"), "core_project", ["owner_organization_id"])
    op.create_index(op.f("ix_core_project_town_name_id"), "core_project", ["town", "name", "id"])
    op.create_index(
        op.f("ix_core_project_town_planned_completion_id"),
        "core_project",
        ["town", "planned_completion", "id"],
    )


def _funding() -> None:
    op.create_table(
        "core_funding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", text(80), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("source", text(200), nullable=False),
        sa.Column("amount", Exact(2), nullable=False),
        sa.Column("won_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("voided_at", Instant(), nullable=True),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.Column("read", text(80), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["core_project.id"], name=op.f("fk_core_funding_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_funding")),
    )
    op.create_index(op.f("ix_core_funding_district_won_on_id"), "core_funding", ["district", "won_on", "id"])
    op.create_index(op.f("ix_core_funding_division_won_on_id"), "core_funding", ["division", "won_on", "id"])
    op.create_index(op.f("ix_core_funding_project_id"), "core_funding", ["project_id"])
    op.create_index(op.f("ix_core_funding_town_won_on_id"), "core_funding", ["town", "won_on", "id"])


def _milestone() -> None:
    op.create_table(
        "core_milestone",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", text(80), nullable=False),
        sa.Column("act", text(80), nullable=False),
        sa.Column("subject", text(80), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("name", text(200), nullable=False),
        sa.Column("owner", text(100), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("reached_on", sa.Date(), nullable=True),
        sa.Column("reached_at", Instant(), nullable=True),
        sa.Column("result", text(500), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("voided_at", Instant(), nullable=True),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.Column("read", text(80), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["core_project.id"], name=op.f("fk_core_milestone_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_milestone")),
    )
    op.create_index(op.f("ix_core_milestone_district_due_id"), "core_milestone", ["district", "due", "id"])
    op.create_index(op.f("ix_core_milestone_division_due_id"), "core_milestone", ["division", "due", "id"])
    op.create_index(op.f("ix_core_milestone_project_id"), "core_milestone", ["project_id"])
    op.create_index(op.f("ix_core_milestone_subject"), "core_milestone", ["subject"])
    op.create_index(op.f("ix_core_milestone_town_due_id"), "core_milestone", ["town", "due", "id"])


def _progress_entry() -> None:
    op.create_table(
        "core_progress_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=True),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("reason", text(500), nullable=True),
        sa.Column("issue", text(1000), nullable=True),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("voided_at", Instant(), nullable=True),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.Column("read", text(80), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["core_dispatch_meeting.id"], name=op.f("fk_core_progress_entry_meeting_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["core_project.id"], name=op.f("fk_core_progress_entry_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_progress_entry")),
    )
    op.create_index(op.f("ix_core_progress_entry_meeting_id"), "core_progress_entry", ["meeting_id"])
    op.create_index(
        op.f("ix_core_progress_entry_project_id_reported_on_id"),
        "core_progress_entry",
        ["project_id", "reported_on", "id"],
    )


def _project_payment() -> None:
    op.create_table(
        "core_project_payment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("amount", Exact(2), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("purpose", text(200), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("voided_at", Instant(), nullable=True),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.Column("read", text(80), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["core_project.id"], name=op.f("fk_core_project_payment_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_project_payment")),
    )
    op.create_index(
        op.f("ix_core_project_payment_district_paid_on_id"),
        "core_project_payment",
        ["district", "paid_on", "id"],
    )
    op.create_index(
        op.f("ix_core_project_payment_project_id_paid_on_id"),
        "core_project_payment",
        ["project_id", "paid_on", "id"],
    )


def _project_version() -> None:
    op.create_table(
        "core_project_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("state", text(32), nullable=False),
        sa.Column("name", text(200), nullable=False),
        sa.Column("owner", text(100), nullable=False),
        sa.Column("task_force", text(100), nullable=True),
        sa.Column(
            "level",
            sa.Enum(
                "PROVINCE",
                "CITY",
                "COUNTY",
                name="projectlevel",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "facility",
            sa.Enum(
                "FUNERAL_HOME",
                "CEMETERY",
                "ELDERLY_CARE",
                "CHILD_PROTECTION",
                "SOCIAL_WORK",
                "OTHER",
                name="projectfacility",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("planned_start", sa.Date(), nullable=True),
        sa.Column("planned_completion", sa.Date(), nullable=False),
        sa.Column("budget", Exact(2), nullable=True),
        sa.Column("area_m2", Exact(2), nullable=True),
        sa.Column("actual_start", sa.Date(), nullable=True),
        sa.Column("actual_completion", sa.Date(), nullable=True),
        sa.Column("operation_date", sa.Date(), nullable=True),
        sa.Column("paid", Exact(2), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("voided_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id"], ["core_project.id"], name=op.f("fk_core_project_version_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_project_version")),
    )
    op.create_index(op.f("ix_core_project_version_project_id"), "core_project_version", ["project_id"])


def downgrade() -> None:
    op.drop_table("core_project_version")
    op.drop_table("core_project_payment")
    op.drop_table("core_progress_entry")
    op.drop_table("core_milestone")
    op.drop_table("core_funding")
    op.drop_table("core_project")
    op.drop_table("core_dispatch_meeting")
