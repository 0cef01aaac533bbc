from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.access.scope import Internal, Placed, ScopeRule, Through
from core.codes.relations import HEAD
from core.codes.sets import HouseholdKind
from core.dated import Dated, History
from core.db import Base, coded, new_id, text
from core.placed import Follows, PlacedColumns


class Household(PlacedColumns, Base):
    """A household as known now; `division` is its address division."""

    __tablename__ = "core_household"
    __scope__: ClassVar[ScopeRule] = Placed(removable=True)
    __history__: ClassVar[History] = History(lambda: HouseholdVersion, "household_id")
    __documents__: ClassVar[str] = "household"
    __follows__: ClassVar[Follows] = Follows(full_name="address_masked")

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[HouseholdKind] = mapped_column(coded(HouseholdKind))
    code: Mapped[str] = mapped_column(text(40))
    head_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_person.id"), index=True)
    address_cipher: Mapped[bytes | None] = mapped_column()
    address_masked: Mapped[str] = mapped_column(text(400))
    opened_on: Mapped[date] = mapped_column()
    closed_on: Mapped[date | None] = mapped_column()
    # Set when the household was entered wrongly: nobody sees it any more.
    removed_at: Mapped[datetime | None] = mapped_column()
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column()
    updated_at: Mapped[datetime] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy reads it so)
    __table_args__ = (
        UniqueConstraint("district", "code"),
        Index(None, "code", "id"),
        Index(None, "town", "code", "id"),
        Index(None, "division", "code", "id"),
        Index(None, "district", "closed_on", "id"),
        Index(None, "town", "closed_on", "id"),
    )


class HouseholdVersion(Dated, Base):
    """What was true of a household between two dates, and when we knew it."""

    __tablename__ = "core_household_version"
    __scope__: ClassVar[ScopeRule] = Internal()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    household_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_household.id"), index=True)
    head_id: Mapped[uuid.UUID] = mapped_column()
    division: Mapped[str] = mapped_column(text(12))
    address_cipher: Mapped[bytes | None] = mapped_column()
    address_masked: Mapped[str | None] = mapped_column(text(400))
    closed_on: Mapped[date | None] = mapped_column()


class HouseholdMember(Dated, Base):
    """One person's membership of one household in one role; a new role is a new row."""

    __tablename__ = "core_household_member"
    __scope__: ClassVar[ScopeRule] = Through(lambda: Household, lambda row, home: row.household_id == home.id)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    household_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_household.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_person.id"))
    # Copied from the household: the database itself then holds "one open household of each kind a person".
    kind: Mapped[HouseholdKind] = mapped_column(coded(HouseholdKind))
    relation: Mapped[str] = mapped_column(text(2))

    __table_args__ = (
        Index(None, "household_id", "relation", "id"),
        Index(None, "person_id", "id"),
    )


_OPEN = (HouseholdMember.valid_to.is_(None)) & (HouseholdMember.voided_at.is_(None))
Index(
    "uq_core_household_member_open",
    HouseholdMember.person_id,
    HouseholdMember.kind,
    unique=True,
    postgresql_where=_OPEN,
    sqlite_where=_OPEN,
)
_HEADS = _OPEN & (HouseholdMember.relation == HEAD)
Index(
    "uq_core_household_member_head",
    HouseholdMember.household_id,
    unique=True,
    postgresql_where=_HEADS,
    sqlite_where=_HEADS,
)
