from __future__ import annotations

import uuid
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy import text as sql_text
from sqlalchemy.orm import Mapped, mapped_column

from core.access.declared import Declared, DeclaredColumns, Link
from core.access.scope import Internal, Public, ScopeRule
from core.dated import Dated
from core.db import Base, new_id, text
from core.placed import Follows, PlacedColumns

_OPEN = sql_text("valid_to IS NULL AND voided_at IS NULL")
_COVERED = sql_text("covered AND valid_to IS NULL AND voided_at IS NULL")
_DECLARED = sql_text("declared IS NOT NULL AND voided_at IS NULL")


class Entitlement(Dated, PlacedColumns, DeclaredColumns, Base):
    """What somebody is paid each month, for themselves or for others, while it holds: whole months.

    Attributes:
        award_id: the same in all rows of one award, through changes of amount and corrections.
        person_id: who is paid. subject: the typed id of the plugin's case behind it.
        amount: yuan a month.
    """

    __tablename__ = "core_entitlement"
    __scope__: ClassVar[ScopeRule] = Declared(link=Link(lambda: EntitlementPerson, "award_id", "award_id"))
    __follows__: ClassVar[Follows] = Follows()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    award_id: Mapped[uuid.UUID] = mapped_column()
    programme: Mapped[str] = mapped_column(text(80))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_person.id"), index=True)
    household_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core_household.id"), index=True)
    amount: Mapped[Decimal] = mapped_column()
    subject: Mapped[str | None] = mapped_column(text(80))

    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount"),
        Index(None, "award_id", "valid_from"),
        Index(None, "programme", "district", "valid_from"),
        Index(None, "programme", "town", "valid_from"),
        Index(None, "programme", "division", "valid_from"),
        # Nobody is paid one benefit twice, whoever races.
        Index(
            "uq_core_entitlement_open",
            "programme",
            "person_id",
            unique=True,
            postgresql_where=_OPEN,
            sqlite_where=_OPEN,
        ),
    )


class EntitlementPerson(Dated, Base):
    """Whom an award concerns: who is paid, and the persons it covers, from month to month.

    Attributes:
        covered: it is for this person. payee: this person is paid.
    """

    __tablename__ = "core_entitlement_person"
    __scope__: ClassVar[ScopeRule] = Internal()  # shown with their entitlement alone

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    award_id: Mapped[uuid.UUID] = mapped_column()
    programme: Mapped[str] = mapped_column(text(80))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_person.id"))
    covered: Mapped[bool] = mapped_column()
    payee: Mapped[bool] = mapped_column()

    __table_args__ = (
        Index(None, "award_id", "person_id"),
        Index(None, "person_id", "programme"),
        Index(
            "uq_core_entitlement_person_open",
            "programme",
            "person_id",
            unique=True,
            postgresql_where=_COVERED,
            sqlite_where=_COVERED,
        ),
    )


class BenefitExclusion(Dated, Base):
    """Two programmes that do not both pay one person for one month.

    Attributes:
        first, second: the programmes, in the order of their names. basis: the rule it comes from.
        division: where; None is everywhere. declared: the name of the declaration it was seeded from.
    """

    __tablename__ = "core_exclusion"
    __scope__: ClassVar[ScopeRule] = Public()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    first: Mapped[str] = mapped_column(text(80))
    second: Mapped[str] = mapped_column(text(80))
    division: Mapped[str | None] = mapped_column(text(12))
    basis: Mapped[str] = mapped_column(text(200))
    declared: Mapped[str | None] = mapped_column(text(80))

    __table_args__ = (
        CheckConstraint("first < second", name="pair"),
        Index(None, "first", "second"),
        Index(
            "uq_core_exclusion_declared",
            "declared",
            unique=True,
            postgresql_where=_DECLARED,
            sqlite_where=_DECLARED,
        ),
    )
