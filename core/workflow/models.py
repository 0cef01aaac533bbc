from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index
from sqlalchemy import text as sql_text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from core.access.declared import Declared, DeclaredColumns
from core.access.scope import ScopeRule
from core.db import Base, new_id, text
from core.placed import PlacedColumns


class WorkflowColumns:
    """What a model needs to be the case of a workflow; with it go `PlacedColumns`.

    `state` is written by `core.workflow.service` alone.
    """

    state: Mapped[str] = mapped_column(text(32))
    # Since when it is in this state.
    entered_on: Mapped[date] = mapped_column()
    version: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


class WorkflowStep(PlacedColumns, DeclaredColumns, Base):
    """One transition of one case: what happened, by whom, when and why. Never altered."""

    __tablename__ = "core_workflow_step"
    __scope__: ClassVar[ScopeRule] = Declared()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    workflow: Mapped[str] = mapped_column(text(80))
    subject_id: Mapped[uuid.UUID] = mapped_column()
    verb: Mapped[str] = mapped_column(text(40))
    source: Mapped[str | None] = mapped_column(text(32))
    target: Mapped[str] = mapped_column(text(32))
    actor: Mapped[str] = mapped_column(text(200))
    made_on: Mapped[date] = mapped_column()
    made_at: Mapped[datetime] = mapped_column()
    reason: Mapped[str | None] = mapped_column(text(1000))
    # The last day on which it should have been made.
    due_on: Mapped[date | None] = mapped_column()
    late: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (Index(None, "subject_id", "id"),)


class WorkflowDeadline(PlacedColumns, DeclaredColumns, Base):
    """A limit over several states of one case."""

    __tablename__ = "core_workflow_deadline"
    __scope__: ClassVar[ScopeRule] = Declared()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    workflow: Mapped[str] = mapped_column(text(80))
    subject_id: Mapped[uuid.UUID] = mapped_column()
    name: Mapped[str] = mapped_column(text(40))
    began_on: Mapped[date] = mapped_column()
    due_on: Mapped[date] = mapped_column()
    extended: Mapped[bool] = mapped_column(default=False)
    met_on: Mapped[date | None] = mapped_column()

    __table_args__ = (Index(None, "subject_id", "name", unique=True),)


class Task(PlacedColumns, DeclaredColumns, Base):
    """Something that somebody has to do about a subject; it holds no personal data.

    Attributes:
        act: the permission that lets somebody do it. roles: those that carry it, as `,CITY_OFFICER,`, for filters.
        assignee: the subject of the user who took it.
    """

    __tablename__ = "core_task"
    __scope__: ClassVar[ScopeRule] = Declared()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(text(80))
    state: Mapped[str | None] = mapped_column(text(32))
    subject: Mapped[str] = mapped_column(text(80))
    subject_id: Mapped[uuid.UUID] = mapped_column()
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core_person.id"), index=True)
    title_zh: Mapped[str] = mapped_column(text(200))
    title_en: Mapped[str] = mapped_column(text(200))
    act: Mapped[str] = mapped_column(text(80))
    roles: Mapped[str] = mapped_column(text(200))
    assignee: Mapped[str | None] = mapped_column(text(200))
    opened_on: Mapped[date] = mapped_column()
    due_on: Mapped[date | None] = mapped_column()
    closed_on: Mapped[date | None] = mapped_column()
    closed_by: Mapped[str | None] = mapped_column(text(200))
    outcome: Mapped[str | None] = mapped_column(text(40))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy reads it so)
    __table_args__ = (
        Index(None, "subject_id", "kind"),
        # One open task of a kind about a subject, whoever races.
        Index(
            "uq_core_task_open",
            "kind",
            "subject_id",
            unique=True,
            postgresql_where=sql_text("closed_on IS NULL"),
            sqlite_where=sql_text("closed_on IS NULL"),
        ),
        Index(None, "district", "due_on", "id"),
        Index(None, "town", "due_on", "id"),
        Index(None, "division", "due_on", "id"),
    )
