from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint, and_, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from core.access.principal import Bind, Scope
from core.access.scope import REGISTRY_READ, Internal, Mode, ScopeRule, Through, Way, Words
from core.codes.sets import DisabilityCategory, Gender, IdType, MaritalStatus
from core.dated import Dated, History, open_now
from core.db import Base, coded, new_id, text
from core.placed import Follows, PlacedColumns


@dataclass(frozen=True)
class PersonScope:
    """Listed by residence, or registration when asked so; reached also through registration and households."""

    permission: str | None = REGISTRY_READ
    words: ClassVar[Words] = (
        "列表按常住地；按编号、关联还可经户籍地或所在的户",
        "Lists go by residence; ids and relations also by registration or by a household",
    )
    ways: ClassVar[tuple[tuple[Mode, Way], ...]] = (
        ("listed", "RESIDENCE"),
        ("registered", "REGISTRATION"),
        ("reached", "MEMBERSHIP"),
    )

    def clause(self, row: Any, scope: Scope, bind: Bind, mode: Mode) -> ColumnElement[bool]:
        return and_(row.removed_at.is_(None), self._within(row, scope, bind, mode))

    def _within(self, row: Any, scope: Scope, bind: Bind, mode: Mode) -> ColumnElement[bool]:
        resident = scope.clause(row.district, row.town, row.division, bind)
        if mode == "listed" or scope.everywhere or not scope.codes:
            return resident  # everything or nothing, in whatever mode
        registered = scope.clause(row.registered_district, row.registered_town, row.registered_division, bind)
        if mode == "registered":
            return registered
        return or_(resident, registered, self._member(row, scope, bind))

    def _member(self, row: Any, scope: Scope, bind: Bind) -> ColumnElement[bool]:
        from core.households.models import Household, HouseholdMember

        home, member = Household.__table__.alias().c, HouseholdMember.__table__.alias().c
        inside = scope.clause(home.district, home.town, home.division, bind)
        return (
            select(member.id)
            .where(member.person_id == row.id, home.id == member.household_id, open_now(member), inside)
            .exists()
        )


class Person(PlacedColumns, Base):
    """A person as known now. `district`, `town` and `division` are the residence (常住地)."""

    __tablename__ = "core_person"
    __scope__: ClassVar[ScopeRule] = PersonScope()
    __history__: ClassVar[History] = History(lambda: PersonVersion, "person_id")
    __documents__: ClassVar[str] = "person"
    __follows__: ClassVar[Follows] = Follows(("", "registered_"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    id_type: Mapped[IdType] = mapped_column(coded(IdType))
    # The number itself is only ever in id_cipher; the keyed hash finds it, the masked form is shown.
    id_hash: Mapped[str | None] = mapped_column(text(64))
    id_cipher: Mapped[bytes | None] = mapped_column()
    id_masked: Mapped[str | None] = mapped_column(text(64))
    name: Mapped[str] = mapped_column(text(50))
    name_key: Mapped[str] = mapped_column(text(600))
    gender: Mapped[Gender] = mapped_column(coded(Gender))
    birth_date: Mapped[date] = mapped_column()
    ethnicity: Mapped[str | None] = mapped_column(text(2))
    marital_status: Mapped[MaritalStatus] = mapped_column(coded(MaritalStatus))
    registered_district: Mapped[str] = mapped_column(text(12))
    registered_town: Mapped[str | None] = mapped_column(text(12))
    registered_division: Mapped[str] = mapped_column(text(12))
    phone_cipher: Mapped[bytes | None] = mapped_column()
    phone_masked: Mapped[str | None] = mapped_column(text(32))
    death_date: Mapped[date | None] = mapped_column()
    # Set when the record was entered wrongly or merged into another's: nobody sees it any more.
    removed_at: Mapped[datetime | None] = mapped_column()
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column()
    updated_at: Mapped[datetime] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy reads it so)
    __table_args__ = (
        UniqueConstraint("id_type", "id_hash"),
        CheckConstraint("(id_type = 'NONE') = (id_hash IS NULL)", name="id_number"),
        Index(None, "name_key", "id"),
        Index(None, "district", "name_key", "id"),
        Index(None, "town", "name_key", "id"),
        Index(None, "division", "name_key", "id"),
        Index(None, "district", "birth_date", "id"),
        Index(None, "town", "birth_date", "id"),
        Index(None, "district", "death_date", "id"),
        Index(None, "town", "death_date", "id"),
        Index(None, "registered_district", "name_key", "id"),
        Index(None, "registered_town", "name_key", "id"),
        Index(None, "registered_division", "name_key", "id"),
        Index(None, "id_hash"),
    )


class PersonVersion(Dated, Base):
    """What was true of a person between two dates, and when we knew it."""

    __tablename__ = "core_person_version"
    __scope__: ClassVar[ScopeRule] = Internal()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_person.id"), index=True)
    name: Mapped[str] = mapped_column(text(50))
    gender: Mapped[Gender] = mapped_column(coded(Gender))
    birth_date: Mapped[date] = mapped_column()
    ethnicity: Mapped[str | None] = mapped_column(text(2))
    marital_status: Mapped[MaritalStatus] = mapped_column(coded(MaritalStatus))
    registered_division: Mapped[str] = mapped_column(text(12))
    division: Mapped[str] = mapped_column(text(12))
    death_date: Mapped[date | None] = mapped_column()


class PersonDisability(Dated, Base):
    """A certified disability (残疾), one row for each category while it holds."""

    __tablename__ = "core_person_disability"
    __scope__: ClassVar[ScopeRule] = Through(lambda: Person, lambda row, person: row.person_id == person.id)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_person.id"), index=True)
    category: Mapped[DisabilityCategory] = mapped_column(coded(DisabilityCategory))
    level: Mapped[int] = mapped_column()

    __table_args__ = (CheckConstraint("level BETWEEN 1 AND 4", name="level"),)
