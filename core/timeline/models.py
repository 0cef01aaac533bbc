from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, ForeignKey, Index, and_, or_, select
from sqlalchemy import text as sql_text
from sqlalchemy.orm import Mapped, mapped_column

from core.access.declared import Declared, DeclaredColumns, Readers, Shown
from core.access.principal import Bind, Scope
from core.access.scope import Mode, ScopeRule, Words
from core.db import Base, new_id, text
from core.households.models import Household
from core.placed import PlacedColumns


@dataclass(frozen=True)
class Told(Declared):
    """Declared rows that whoever reaches the household they are about reaches, too."""

    words: ClassVar[Words] = (
        "按所在区划，或可及所述人员、户，需要该条目自己的权限",
        "By the division where it lies, or whoever reaches the person or household, with the entry's own permission",
    )

    def of(self, readers: Readers) -> ScopeRule:
        return _Told(readers, self)


@dataclass(frozen=True)
class _Told(Shown):
    words: ClassVar[Words] = Told.words

    def clause(self, row: Any, scope: Scope, bind: Bind, mode: Mode) -> ColumnElement[bool]:
        found = super().clause(row, scope, bind, mode)
        if mode != "reached" or scope.everywhere or not scope.codes:
            return found
        home = Household.__table__.alias().c
        inside = scope.clause(home.district, home.town, home.division, bind)
        standing = home.removed_at.is_(None)
        theirs = select(home.id).where(home.id == row.household_id, standing, inside).exists()
        return or_(found, and_(self.readable(row), theirs))


class TimelineEntry(PlacedColumns, DeclaredColumns, Base):
    """One thing that happened to a person, a household, or a person in a household, on a day.

    The words are those of its kind. The level columns are where it happened.

    Attributes:
        code: which of the kind's words belong to it. subject: the typed id of the record it tells of.
        operation: the life event, merge or import it was written in; taken back with it.
    """

    __tablename__ = "core_timeline"
    __scope__: ClassVar[ScopeRule] = Told(person="person_id")

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core_person.id"))
    household_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core_household.id"))
    day: Mapped[date] = mapped_column()
    kind: Mapped[str] = mapped_column(text(80))
    code: Mapped[str | None] = mapped_column(text(40))
    subject: Mapped[str] = mapped_column(text(80))
    recorded_at: Mapped[datetime] = mapped_column()
    # Set when what it tells of was taken back or never was: it is shown no more.
    voided_at: Mapped[datetime | None] = mapped_column()
    operation: Mapped[uuid.UUID | None] = mapped_column()

    __table_args__ = (
        Index(None, "person_id", "day", "id"),
        Index(None, "household_id", "day", "id"),
        # Bulk registrations belong to no operation, and pay nothing for it.
        Index(
            "ix_core_timeline_operation",
            "operation",
            postgresql_where=sql_text("operation IS NOT NULL"),
            sqlite_where=sql_text("operation IS NOT NULL"),
        ),
    )
