from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy import text as sql_text
from sqlalchemy.orm import Mapped, mapped_column

from core.access.declared import Declared, DeclaredColumns
from core.access.permissions import PAYMENTS_ACCOUNTS, PAYMENTS_READ
from core.access.scope import Internal, ScopeRule, Through
from core.db import Base, coded, new_id, text
from core.payments.codes import HeldReason, PaymentKind, PaymentState, RecoveryCause
from core.persons.models import Person
from core.placed import PlacedColumns
from core.workflow.models import WorkflowColumns

_PREPARED = sql_text("state = 'PREPARED'")
_LIVE = sql_text("live")
_REVERSES = sql_text("reverses_id IS NOT NULL")


class BankAccount(Base):
    """Where somebody is paid. Another account is another row; what was paid keeps the one it went to."""

    __tablename__ = "core_bank_account"
    __scope__: ClassVar[ScopeRule] = Through(
        lambda: Person, lambda row, person: row.person_id == person.id, PAYMENTS_ACCOUNTS
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_person.id"))
    district: Mapped[str] = mapped_column(text(12))
    holder: Mapped[str] = mapped_column(text(50))
    bank: Mapped[str] = mapped_column(text(100))
    # The number itself is only ever in number_cipher.
    number_cipher: Mapped[bytes] = mapped_column()
    number_masked: Mapped[str] = mapped_column(text(32))
    opened_on: Mapped[date] = mapped_column()
    closed_on: Mapped[date | None] = mapped_column()
    recorded_at: Mapped[datetime] = mapped_column()

    __table_args__ = (Index(None, "person_id", "id"),)


class PaymentBatch(WorkflowColumns, PlacedColumns, DeclaredColumns, Base):
    """What is paid together: a programme, in a division, for a month; back pay of earlier months with it.

    Attributes:
        code: what the bank is told. files: how many bank files it has had.
        items, amount: what is to be paid or was; held, paid and bounced likewise. All are counted from its items,
            in the transaction that changes them.
    """

    __tablename__ = "core_payment_batch"
    __scope__: ClassVar[ScopeRule] = Declared(needs=PAYMENTS_READ)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(text(40))
    programme: Mapped[str] = mapped_column(text(80))
    kind: Mapped[PaymentKind] = mapped_column(coded(PaymentKind))
    month: Mapped[date] = mapped_column()
    pay_by: Mapped[date] = mapped_column()
    files: Mapped[int] = mapped_column(default=0)
    items: Mapped[int] = mapped_column(default=0)
    amount: Mapped[Decimal] = mapped_column(default=Decimal("0.00"))
    held: Mapped[int] = mapped_column(default=0)
    held_amount: Mapped[Decimal] = mapped_column(default=Decimal("0.00"))
    paid: Mapped[int] = mapped_column(default=0)
    paid_amount: Mapped[Decimal] = mapped_column(default=Decimal("0.00"))
    bounced: Mapped[int] = mapped_column(default=0)
    bounced_amount: Mapped[Decimal] = mapped_column(default=Decimal("0.00"))
    created_at: Mapped[datetime] = mapped_column()

    __table_args__ = (
        UniqueConstraint("code"),
        # Two officers who prepare the same batch find each other's.
        Index(
            "uq_core_payment_batch_prepared",
            "programme",
            "division",
            "month",
            "kind",
            unique=True,
            postgresql_where=_PREPARED,
            sqlite_where=_PREPARED,
        ),
        Index(None, "district", "month", "id"),
        Index(None, "town", "month", "id"),
        Index(None, "division", "month", "id"),
    )


class Payment(PlacedColumns, DeclaredColumns, Base):
    """One payment to one person for one month.

    Attributes:
        number: in its batch, which is what the bank answers with.
        person_id: who benefits. payee_id: whose account it goes to.
        beneficiary_id: who benefited when it was made; a merge of two records does not change it, so that what was
            paid to both stays two payments.
        live: neither cancelled nor reversed. sequence: counts the back pays of one month.
        reverses_id: of a REVERSAL, what it reverses. file: the bank file it was last sent in.
    """

    __tablename__ = "core_payment"
    __scope__: ClassVar[ScopeRule] = Declared(person="person_id", needs=PAYMENTS_READ)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_payment_batch.id"))
    number: Mapped[int] = mapped_column()
    programme: Mapped[str] = mapped_column(text(80))
    kind: Mapped[PaymentKind] = mapped_column(coded(PaymentKind))
    award_id: Mapped[uuid.UUID] = mapped_column()
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_person.id"))
    payee_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_person.id"))
    beneficiary_id: Mapped[uuid.UUID] = mapped_column()
    for_month: Mapped[date] = mapped_column()
    sequence: Mapped[int] = mapped_column(default=0)
    amount: Mapped[Decimal] = mapped_column()
    state: Mapped[PaymentState] = mapped_column(coded(PaymentState))
    live: Mapped[bool] = mapped_column(default=True)
    held_reason: Mapped[HeldReason | None] = mapped_column(coded(HeldReason))
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core_bank_account.id"))
    file: Mapped[int | None] = mapped_column()
    sent_on: Mapped[date | None] = mapped_column()
    paid_on: Mapped[date | None] = mapped_column()
    bounce_reason: Mapped[str | None] = mapped_column(text(200))
    reverses_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core_payment.id"))
    reason: Mapped[str | None] = mapped_column(text(400))
    created_at: Mapped[datetime] = mapped_column()

    __table_args__ = (
        UniqueConstraint("batch_id", "number"),
        CheckConstraint("(kind = 'REVERSAL') = (amount < 0) AND amount <> 0", name="amount"),
        CheckConstraint("(kind = 'REVERSAL') = (reverses_id IS NOT NULL)", name="reversal"),
        CheckConstraint("state <> 'HELD' OR held_reason IS NOT NULL", name="held"),
        CheckConstraint("(state = 'PAID') = (paid_on IS NOT NULL)", name="paid"),
        CheckConstraint("state <> 'CANCELLED' OR NOT live", name="live"),
        # One payment for each person, programme and month, whatever is retried, killed or raced.
        Index(
            "uq_core_payment_live",
            "programme",
            "beneficiary_id",
            "for_month",
            "kind",
            "sequence",
            unique=True,
            postgresql_where=_LIVE,
            sqlite_where=_LIVE,
        ),
        Index(
            "uq_core_payment_reversal",
            "reverses_id",
            unique=True,
            postgresql_where=_REVERSES,
            sqlite_where=_REVERSES,
        ),
        Index(None, "person_id", "programme", "for_month"),
        Index(None, "payee_id"),
        Index(None, "batch_id", "state"),
        Index(None, "district", "for_month", "id"),
        Index(None, "town", "for_month", "id"),
        Index(None, "division", "for_month", "id"),
        Index(None, "district", "paid_on", "id"),
    )


class PriceSubsidy(PlacedColumns, DeclaredColumns, Base):
    """A sum for each person of a programme for one month, as the authorities announced it (价格补贴)."""

    __tablename__ = "core_price_subsidy"
    __scope__: ClassVar[ScopeRule] = Declared(needs=PAYMENTS_READ)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    programme: Mapped[str] = mapped_column(text(80))
    month: Mapped[date] = mapped_column()
    amount: Mapped[Decimal] = mapped_column()
    basis: Mapped[str] = mapped_column(text(200))
    created_at: Mapped[datetime] = mapped_column()

    __table_args__ = (
        UniqueConstraint("programme", "division", "month"),
        CheckConstraint("amount > 0", name="amount"),
        Index(None, "district", "month", "id"),
        Index(None, "town", "month", "id"),
        Index(None, "division", "month", "id"),
    )


class Recovery(WorkflowColumns, PlacedColumns, DeclaredColumns, Base):
    """Money that was paid without being due and is asked back (追回). `amount` is the sum of its months."""

    __tablename__ = "core_recovery"
    __scope__: ClassVar[ScopeRule] = Declared(person="person_id", needs=PAYMENTS_READ)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    programme: Mapped[str] = mapped_column(text(80))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_person.id"))
    cause: Mapped[RecoveryCause] = mapped_column(coded(RecoveryCause))
    amount: Mapped[Decimal] = mapped_column()
    repaid: Mapped[Decimal] = mapped_column(default=Decimal("0.00"))
    created_at: Mapped[datetime] = mapped_column()

    __table_args__ = (
        CheckConstraint("repaid >= 0 AND repaid <= amount", name="repaid"),
        Index(None, "person_id", "programme"),
        Index(None, "district", "entered_on", "id"),
        Index(None, "town", "entered_on", "id"),
        Index(None, "division", "entered_on", "id"),
    )


class RecoveryMonth(Base):
    """What was overpaid for one month: `excess` is what was paid, less what was due, less what is recovered already.

    Attributes:
        live: its recovery was not cancelled. sequence: counts the recoveries of one month.
    """

    __tablename__ = "core_recovery_month"
    __scope__: ClassVar[ScopeRule] = Internal()  # shown with its recovery alone

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    recovery_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_recovery.id"))
    programme: Mapped[str] = mapped_column(text(80))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_person.id"))
    beneficiary_id: Mapped[uuid.UUID] = mapped_column()
    month: Mapped[date] = mapped_column()
    sequence: Mapped[int] = mapped_column()
    paid: Mapped[Decimal] = mapped_column()
    due: Mapped[Decimal] = mapped_column()
    excess: Mapped[Decimal] = mapped_column()
    live: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (
        CheckConstraint("excess > 0", name="excess"),
        Index(None, "recovery_id", "month"),
        Index(None, "person_id", "programme", "month"),
        # Nothing is asked back twice, whoever races.
        Index(
            "uq_core_recovery_month_live",
            "programme",
            "beneficiary_id",
            "month",
            "sequence",
            unique=True,
            postgresql_where=_LIVE,
            sqlite_where=_LIVE,
        ),
    )


class RecoveryRepayment(Base):
    """Money that came back. Never altered."""

    __tablename__ = "core_recovery_repayment"
    __scope__: ClassVar[ScopeRule] = Internal()  # shown with its recovery alone

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    recovery_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_recovery.id"), index=True)
    amount: Mapped[Decimal] = mapped_column()
    on: Mapped[date] = mapped_column()
    note: Mapped[str | None] = mapped_column(text(200))
    actor: Mapped[str] = mapped_column(text(200))
    recorded_at: Mapped[datetime] = mapped_column()

    __table_args__ = (CheckConstraint("amount > 0", name="amount"),)
