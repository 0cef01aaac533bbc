from __future__ import annotations

import enum
import uuid
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, ForeignKey, Index, or_
from sqlalchemy.orm import Mapped, mapped_column

from core.access.scope import ScopeRule, Through
from core.dated import Dated
from core.db import Base, coded, new_id
from core.persons.models import Person
from core.placed import PlacedColumns


def of_couple(row: Any, person: Any) -> ColumnElement[bool]:
    """Whether a person is one of the two."""
    return or_(row.husband_id == person.id, row.wife_id == person.id)


_SCOPE = Through(lambda: Person, of_couple)


class Marriage(Dated, Base):
    """A registered marriage, from its registration until divorce or a death."""

    __tablename__ = "core_marriage"
    __scope__: ClassVar[ScopeRule] = _SCOPE

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    husband_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_person.id"), index=True)
    wife_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_person.id"), index=True)


class DivorceStatus(enum.Enum):
    """What became of an application, as recorded. That it lapsed is told by the calendar, never recorded."""

    APPLIED = "APPLIED"
    REGISTERED = "REGISTERED"
    WITHDRAWN = "WITHDRAWN"


class DivorceApplication(PlacedColumns, Base):
    """An application for divorce with the limits that follow from its day (Civil Code 1077)."""

    __tablename__ = "core_divorce_application"
    __scope__: ClassVar[ScopeRule] = _SCOPE

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    husband_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_person.id"), index=True)
    wife_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_person.id"), index=True)
    status: Mapped[DivorceStatus] = mapped_column(coded(DivorceStatus))
    applied_on: Mapped[date] = mapped_column()
    withdraw_until: Mapped[date] = mapped_column()
    certificate_from: Mapped[date] = mapped_column()
    certificate_until: Mapped[date] = mapped_column()
    ended_on: Mapped[date | None] = mapped_column()
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column()
    updated_at: Mapped[datetime] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy reads it so)
    __table_args__ = (
        Index(None, "district", "applied_on", "id"),
        Index(None, "town", "applied_on", "id"),
        Index(None, "division", "applied_on", "id"),
    )


class DivorceChild(Base):
    """A minor child of the couple on the day of the application."""

    __tablename__ = "core_divorce_child"
    __scope__: ClassVar[ScopeRule] = Through(
        lambda: DivorceApplication, lambda row, application: row.application_id == application.id
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    application_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_divorce_application.id"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_person.id"), index=True)
