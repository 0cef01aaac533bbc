from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.access.declared import Declared, DeclaredColumns
from core.access.scope import ScopeRule
from core.codes.sets import CodedEnum
from core.db import Base, coded, new_id, text
from core.placed import PlacedColumns


class FundEntryKind(CodedEnum, zh="资金收支类别"):
    """What moves a fund (domain 2): ALLOCATE, REPLENISH and RETURN add to it, DISBURSE and RECLAIM take from it."""

    ALLOCATE = "ALLOCATE", "", "拨付", "Allocated"
    REPLENISH = "REPLENISH", "", "追加", "Replenished"
    DISBURSE = "DISBURSE", "", "支出", "Disbursed"
    RETURN = "RETURN", "", "退回", "Returned"
    RECLAIM = "RECLAIM", "", "收回", "Reclaimed"

    @property
    def sign(self) -> int:
        """1 for what adds to the balance, -1 for what takes from it."""
        return -1 if self.name in ("DISBURSE", "RECLAIM") else 1


class Fund(PlacedColumns, DeclaredColumns, Base):
    """The money of one holder and year. Its sums are written with each entry, in one conditional statement.

    Attributes:
        allocated: ALLOCATE and REPLENISH; disbursed: DISBURSE less RETURN; reclaimed: RECLAIM.
        entries: how many entries it has, which numbers them.
    """

    __tablename__ = "core_fund"
    __scope__: ClassVar[ScopeRule] = Declared()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(text(80))
    year: Mapped[int] = mapped_column()
    balance: Mapped[Decimal] = mapped_column()
    allocated: Mapped[Decimal] = mapped_column()
    disbursed: Mapped[Decimal] = mapped_column()
    reclaimed: Mapped[Decimal] = mapped_column()
    entries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column()

    __table_args__ = (
        UniqueConstraint("kind", "division", "year"),
        CheckConstraint("balance >= 0", name="balance"),
        CheckConstraint("balance = allocated - disbursed - reclaimed", name="sums"),
        Index(None, "district", "year", "division", "id"),
        Index(None, "town", "year", "division", "id"),
        Index(None, "division", "year", "id"),
    )


class FundEntry(PlacedColumns, DeclaredColumns, Base):
    """One movement of a fund. Never altered; what was wrong is followed by its opposite.

    Attributes:
        number: counts the entries of the fund. amount: always positive; `kind` says which way.
        balance: of the fund afterwards. subject: the typed id of what it was for.
    """

    __tablename__ = "core_fund_entry"
    __scope__: ClassVar[ScopeRule] = Declared()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    fund_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_fund.id"))
    number: Mapped[int] = mapped_column()
    kind: Mapped[FundEntryKind] = mapped_column(coded(FundEntryKind))
    amount: Mapped[Decimal] = mapped_column()
    balance: Mapped[Decimal] = mapped_column()
    on: Mapped[date] = mapped_column()
    subject: Mapped[str | None] = mapped_column(text(80))
    reason: Mapped[str | None] = mapped_column(text(400))
    actor: Mapped[str] = mapped_column(text(200))
    recorded_at: Mapped[datetime] = mapped_column()

    __table_args__ = (
        UniqueConstraint("fund_id", "number"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("balance >= 0", name="balance"),
        CheckConstraint("kind <> 'DISBURSE' OR subject IS NOT NULL", name="subject"),
        Index(None, "subject"),
        Index(None, "district", "on", "id"),
        Index(None, "town", "on", "id"),
    )
