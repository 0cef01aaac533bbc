"""Projects, what is known of each of their days, and what is recorded of them (domain 1.8)."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

import core.organizations.models  # noqa: F401 (the table that owner_organization_id refers to)
from core.access.declared import Declared, DeclaredColumns
from core.access.scope import Internal, ScopeRule
from core.codes.projects import ProjectFacility, ProjectLevel
from core.dated import Dated, History
from core.db import Base, Exact, coded, new_id, text
from core.placed import PlacedColumns
from core.workflow.models import WorkflowColumns

PROJECT = "project"  # the prefixes of ids
MILESTONE, FUNDING, PAYMENT = "milestone", "funding", "project_payment"
MEETING, PROGRESS = "dispatch_meeting", "progress_entry"


class _Planned:
    """What is planned of a project; a change holds from a day on.

    Attributes:
        owner: who is responsible, a person's or body's name. task_force: 专班.
        level: of the list of livelihood projects that it is on, if any.
    """

    name: Mapped[str] = mapped_column(text(200))
    owner: Mapped[str] = mapped_column(text(100))
    task_force: Mapped[str | None] = mapped_column(text(100))
    level: Mapped[ProjectLevel | None] = mapped_column(coded(ProjectLevel))
    facility: Mapped[ProjectFacility | None] = mapped_column(coded(ProjectFacility))
    planned_start: Mapped[date | None] = mapped_column()
    planned_completion: Mapped[date] = mapped_column()
    budget: Mapped[Decimal | None] = mapped_column()
    area_m2: Mapped[Decimal | None] = mapped_column(Exact(2))


class _Reached:
    """How far a project is: its days, what is paid, the percent last reported."""

    actual_start: Mapped[date | None] = mapped_column()
    actual_completion: Mapped[date | None] = mapped_column()
    operation_date: Mapped[date | None] = mapped_column()
    paid: Mapped[Decimal] = mapped_column()
    percent: Mapped[int | None] = mapped_column()


class Project(WorkflowColumns, _Planned, _Reached, PlacedColumns, DeclaredColumns, Base):
    """A project as it is now; `ProjectVersion` says how it was on any day.

    `division` is where it is built, as the divisions were then. A voided project was entered by mistake.
    """

    __tablename__ = "core_project"
    __scope__: ClassVar[ScopeRule] = Declared()
    __history__: ClassVar[History] = History(lambda: ProjectVersion, "project_id")

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(text(80))
    # The day it was set up on (立项); nothing of it lies before.
    approved_on: Mapped[date] = mapped_column()
    owner_organization_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("core_organization.id"), index=True
    )
    created_at: Mapped[datetime] = mapped_column()
    updated_at: Mapped[datetime] = mapped_column()
    voided_at: Mapped[datetime | None] = mapped_column()

    __table_args__ = (
        Index(None, "district", "planned_completion", "id"),
        Index(None, "town", "planned_completion", "id"),
        Index(None, "division", "planned_completion", "id"),
        Index(None, "district", "name", "id"),
        Index(None, "town", "name", "id"),
        Index(None, "division", "name", "id"),
    )


class ProjectVersion(_Planned, _Reached, Dated, Base):
    """What was true of a project between two days, and when we knew it."""

    __tablename__ = "core_project_version"
    __scope__: ClassVar[ScopeRule] = Internal()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_project.id"), index=True)
    state: Mapped[str] = mapped_column(text(32))


class RecordedColumns(PlacedColumns, DeclaredColumns):
    """What facts about projects share. A wrong one is voided and recorded anew, never overwritten."""

    recorded_at: Mapped[datetime] = mapped_column()
    voided_at: Mapped[datetime | None] = mapped_column()


class Milestone(RecordedColumns, Base):
    """A day by which something shall be reached, of a project or of anything else (`subject`, a typed id).

    Attributes:
        reached_at: when `reached_on` and `result` were recorded.
        act: the permission of whoever says that it is reached.
    """

    __tablename__ = "core_milestone"
    __scope__: ClassVar[ScopeRule] = Declared()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(text(80))
    act: Mapped[str] = mapped_column(text(80))
    subject: Mapped[str] = mapped_column(text(80), index=True)
    project_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core_project.id"), index=True)
    name: Mapped[str] = mapped_column(text(200))
    owner: Mapped[str] = mapped_column(text(100))
    due: Mapped[date] = mapped_column()
    reached_on: Mapped[date | None] = mapped_column()
    reached_at: Mapped[datetime | None] = mapped_column()
    result: Mapped[str | None] = mapped_column(text(500))

    __table_args__ = (
        Index(None, "district", "due", "id"),
        Index(None, "town", "due", "id"),
        Index(None, "division", "due", "id"),
    )


class Funding(RecordedColumns, Base):
    """Money that was won (争取) for a kind of project, perhaps for one."""

    __tablename__ = "core_funding"
    __scope__: ClassVar[ScopeRule] = Declared()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(text(80))
    project_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core_project.id"), index=True)
    source: Mapped[str] = mapped_column(text(200))
    amount: Mapped[Decimal] = mapped_column()
    won_on: Mapped[date] = mapped_column()

    __table_args__ = (
        Index(None, "district", "won_on", "id"),
        Index(None, "town", "won_on", "id"),
        Index(None, "division", "won_on", "id"),
    )


class ProjectPayment(RecordedColumns, Base):
    """Money paid for a project; `Project.paid` is their sum."""

    __tablename__ = "core_project_payment"
    __scope__: ClassVar[ScopeRule] = Declared()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_project.id"))
    amount: Mapped[Decimal] = mapped_column()
    paid_on: Mapped[date] = mapped_column()
    purpose: Mapped[str | None] = mapped_column(text(200))

    __table_args__ = (Index(None, "project_id", "paid_on", "id"), Index(None, "district", "paid_on", "id"))


class DispatchMeeting(RecordedColumns, Base):
    """A meeting that urges projects on (调度会); its progress entries say which."""

    __tablename__ = "core_dispatch_meeting"
    __scope__: ClassVar[ScopeRule] = Declared()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    held_on: Mapped[date] = mapped_column()
    chair: Mapped[str] = mapped_column(text(100))
    task_force: Mapped[str | None] = mapped_column(text(100))
    summary: Mapped[str | None] = mapped_column(text(2000))

    __table_args__ = (
        Index(None, "district", "held_on", "id"),
        Index(None, "town", "held_on", "id"),
        Index(None, "division", "held_on", "id"),
    )


class ProgressEntry(RecordedColumns, Base):
    """How far a project is on a day, and what keeps it.

    Attributes:
        issue, due: what has to be solved, and until when. reason: why the percent fell.
    """

    __tablename__ = "core_progress_entry"
    __scope__: ClassVar[ScopeRule] = Declared()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_project.id"))
    meeting_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core_dispatch_meeting.id"), index=True)
    reported_on: Mapped[date] = mapped_column()
    percent: Mapped[int] = mapped_column()
    reason: Mapped[str | None] = mapped_column(text(500))
    issue: Mapped[str | None] = mapped_column(text(1000))
    due: Mapped[date | None] = mapped_column()

    __table_args__ = (Index(None, "project_id", "reported_on", "id"),)
