"""This plugin's tables: dated standards and factors, income items, and what `rules.py` makes of them."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import Enum, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from minzheng.plugin import (
    Base,
    Dated,
    Exact,
    Household,
    PlacedColumns,
    Public,
    ScopeRule,
    Through,
    coded,
    new_id,
    text,
)
from plugins.assistance.codes import (
    AssistanceBand,
    AssistanceFactorKind,
    AssistanceIncomeKind,
    AssistancePeriod,
    AssistanceProgramme,
    AssistanceUrbanRural,
)
from plugins.assistance.permissions import READ


class AssistanceStandard(Dated, Base):
    """A published standard: yuan a head and month, for a division and all below it."""

    __tablename__ = "assistance_standard"
    __scope__: ClassVar[ScopeRule] = Public()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    programme: Mapped[AssistanceProgramme] = mapped_column(coded(AssistanceProgramme))
    class_: Mapped[str | None] = mapped_column("class", text(40))
    division: Mapped[str] = mapped_column(text(12))
    urban_rural: Mapped[AssistanceUrbanRural] = mapped_column(coded(AssistanceUrbanRural))
    monthly: Mapped[Decimal] = mapped_column()

    __table_args__ = (Index(None, "division", "valid_from", "id"),)


class AssistanceFactor(Dated, Base):
    """A k of the marginal layer, for a division and all below it."""

    __tablename__ = "assistance_factor"
    __scope__: ClassVar[ScopeRule] = Public()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    division: Mapped[str] = mapped_column(text(12))
    kind: Mapped[AssistanceFactorKind] = mapped_column(coded(AssistanceFactorKind))
    value: Mapped[Decimal] = mapped_column(Exact(4))

    __table_args__ = (Index(None, "division", "valid_from", "id"),)


class AssistanceIncomeItem(Dated, Base):
    """One declared term of a household's income; `amount` in yuan for its `period`."""

    __tablename__ = "assistance_income_item"
    __scope__: ClassVar[ScopeRule] = Through(
        lambda: Household, lambda row, home: row.household_id == home.id, READ
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    household_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_household.id"))
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core_person.id"), index=True)
    kind: Mapped[AssistanceIncomeKind] = mapped_column(coded(AssistanceIncomeKind))
    amount: Mapped[Decimal] = mapped_column()
    period: Mapped[AssistancePeriod] = mapped_column(coded(AssistancePeriod))

    __table_args__ = (Index(None, "household_id", "kind", "id"),)


class AssistanceAssessment(PlacedColumns, Dated, Base):
    """What the rules say of a household's income; the open row is what holds now. Money in yuan a month.

    The level columns are the household's, copied so that a list of one band starts with a division.
    """

    __tablename__ = "assistance_assessment"
    __scope__: ClassVar[ScopeRule] = Through(
        lambda: Household, lambda row, home: row.household_id == home.id, READ
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    household_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_household.id"), index=True)
    assessed_on: Mapped[date] = mapped_column()
    reason: Mapped[str] = mapped_column(text(40))
    members: Mapped[int] = mapped_column()
    income: Mapped[Decimal] = mapped_column()
    per_capita: Mapped[Decimal] = mapped_column()
    standard: Mapped[Decimal | None] = mapped_column()
    band: Mapped[AssistanceBand | None] = mapped_column(coded(AssistanceBand))
    # `coded` names the CHECK after the code set; a table that has one twice needs a second name.
    national_band: Mapped[AssistanceBand | None] = mapped_column(
        Enum(AssistanceBand, native_enum=False, create_constraint=True, length=32, name="nationalband")
    )


_OPEN = AssistanceAssessment.valid_to.is_(None) & AssistanceAssessment.voided_at.is_(None)
Index(
    "uq_assistance_assessment_open",
    AssistanceAssessment.household_id,
    unique=True,
    postgresql_where=_OPEN,
    sqlite_where=_OPEN,
)
for _level in ("district", "town", "division"):
    Index(
        f"ix_assistance_assessment_{_level}_band",
        getattr(AssistanceAssessment, _level),
        AssistanceAssessment.band,
        AssistanceAssessment.household_id,
        postgresql_where=_OPEN,
        sqlite_where=_OPEN,
    )
