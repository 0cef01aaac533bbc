"""Bank accounts, batches of payments and their items, price subsidies, recoveries."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from core.db import Exact, Instant, text

revision: str = "core_0012"
down_revision: str | None = "core_0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _payment_batch()
    _price_subsidy()
    _bank_account()
    _recovery()
    _payment()
    _recovery_month()
    _recovery_repayment()


def _payment_batch() -> None:
    op.create_table(
        "core_payment_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", text(40), nullable=False),
        sa.Column("programme", text(80), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "REGULAR",
                "BACK_PAY",
                "PRICE_SUBSIDY",
                "REVERSAL",
                name="paymentkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("pay_by", sa.Date(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("amount", Exact(2, 14), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("held_amount", Exact(2, 14), nullable=False),
        sa.Column("paid", sa.Integer(), nullable=False),
        sa.Column("paid_amount", Exact(2, 14), nullable=False),
        sa.Column("bounced", sa.Integer(), nullable=False),
        sa.Column("bounced_amount", Exact(2, 14), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("state", text(32), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.Column("read", text(80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_payment_batch")),
        sa.UniqueConstraint("code", name=op.f("uq_core_payment_batch_code")),
    )
    op.create_index(
        op.f("ix_core_payment_batch_district_month_id"), "core_payment_batch", ["district", "month", "id"]
    )
    op.create_index(
        op.f("ix_core_payment_batch_division_month_id"), "core_payment_batch", ["division", "month", "id"]
    )
    op.create_index(
        op.f("ix_core_payment_batch_town_month_id"), "core_payment_batch", ["town", "month", "id"]
    )
    op.create_index(
        "uq_core_payment_batch_prepared",
        "core_payment_batch",
        ["programme", "division", "month", "kind"],
        unique=True,
        postgresql_where=sa.text("state = 'PREPARED'"),
        sqlite_where=sa.text("state = 'PREPARED'"),
    )


def _price_subsidy() -> None:
    op.create_table(
        "core_price_subsidy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme", text(80), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("amount", Exact(2, 14), nullable=False),
        sa.Column("basis", text(200), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.Column("read", text(80), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_core_price_subsidy_amount")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_price_subsidy")),
        sa.UniqueConstraint(
            "programme", "division", "month", name=op.f("uq_core_price_subsidy_programme_division_month")
        ),
    )
    op.create_index(
        op.f("ix_core_price_subsidy_district_month_id"), "core_price_subsidy", ["district", "month", "id"]
    )
    op.create_index(
        op.f("ix_core_price_subsidy_division_month_id"), "core_price_subsidy", ["division", "month", "id"]
    )
    op.create_index(
        op.f("ix_core_price_subsidy_town_month_id"), "core_price_subsidy", ["town", "month", "id"]
    )


def _bank_account() -> None:
    op.create_table(
        "core_bank_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("district", text(12), nullable=False),
        sa.Column("holder", text(50), nullable=False),
        sa.Column("bank", text(100), nullable=False),
        sa.Column("number_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("number_masked", text(32), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["core_person.id"], name=op.f("fk_core_bank_account_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_bank_account")),
    )
    op.create_index(op.f("ix_core_bank_account_person_id_id"), "core_bank_account", ["person_id", "id"])


def _recovery() -> None:
    op.create_table(
        "core_recovery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme", text(80), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "cause",
            sa.Enum(
                "FRAUD",
                "NOT_REPORTED",
                "DEATH",
                "OFFICE_ERROR",
                name="recoverycause",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount", Exact(2, 14), nullable=False),
        sa.Column("repaid", Exact(2, 14), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("state", text(32), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.Column("read", text(80), nullable=False),
        sa.CheckConstraint("repaid >= 0 AND repaid <= amount", name=op.f("ck_core_recovery_repaid")),
        sa.ForeignKeyConstraint(["person_id"], ["core_person.id"], name=op.f("fk_core_recovery_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_recovery")),
    )
    op.create_index(
        op.f("ix_core_recovery_district_entered_on_id"),
        "core_recovery",
        ["district", "entered_on", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_recovery_division_entered_on_id"),
        "core_recovery",
        ["division", "entered_on", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_core_recovery_person_id_programme"), "core_recovery", ["person_id", "programme"])
    op.create_index(
        op.f("ix_core_recovery_town_entered_on_id"), "core_recovery", ["town", "entered_on", "id"]
    )


def _payment() -> None:
    op.create_table(
        "core_payment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("programme", text(80), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "REGULAR",
                "BACK_PAY",
                "PRICE_SUBSIDY",
                "REVERSAL",
                name="paymentkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("award_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("payee_id", sa.Uuid(), nullable=False),
        sa.Column("beneficiary_id", sa.Uuid(), nullable=False),
        sa.Column("for_month", sa.Date(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("amount", Exact(2, 14), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "PLANNED",
                "HELD",
                "SENT",
                "PAID",
                "BOUNCED",
                "CANCELLED",
                name="paymentstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column(
            "held_reason",
            sa.Enum(
                "ACCOUNT_MISSING",
                "DUPLICATE_BENEFIT",
                "PERSON_DECEASED",
                "CHANGED",
                name="heldreason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("file", sa.Integer(), nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("bounce_reason", text(200), nullable=True),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("reason", text(400), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.Column("read", text(80), nullable=False),
        sa.CheckConstraint(
            "(kind = 'REVERSAL') = (amount < 0) AND amount <> 0", name=op.f("ck_core_payment_amount")
        ),
        sa.CheckConstraint(
            "(kind = 'REVERSAL') = (reverses_id IS NOT NULL)", name=op.f("ck_core_payment_reversal")
        ),
        sa.CheckConstraint("(state = 'PAID') = (paid_on IS NOT NULL)", name=op.f("ck_core_payment_paid")),
        sa.CheckConstraint("state <> 'CANCELLED' OR NOT live", name=op.f("ck_core_payment_live")),
        sa.CheckConstraint("state <> 'HELD' OR held_reason IS NOT NULL", name=op.f("ck_core_payment_held")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["core_bank_account.id"], name=op.f("fk_core_payment_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["core_payment_batch.id"], name=op.f("fk_core_payment_batch_id")
        ),
        sa.ForeignKeyConstraint(["payee_id"], ["core_person.id"], name=op.f("fk_core_payment_payee_id")),
        sa.ForeignKeyConstraint(["person_id"], ["core_person.id"], name=op.f("fk_core_payment_person_id")),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["core_payment.id"], name=op.f("fk_core_payment_reverses_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_payment")),
        sa.UniqueConstraint("batch_id", "number", name=op.f("uq_core_payment_batch_id_number")),
    )
    op.create_index(op.f("ix_core_payment_batch_id_state"), "core_payment", ["batch_id", "state"])
    op.create_index(
        op.f("ix_core_payment_district_for_month_id"), "core_payment", ["district", "for_month", "id"]
    )
    op.create_index(
        op.f("ix_core_payment_district_paid_on_id"), "core_payment", ["district", "paid_on", "id"]
    )
    op.create_index(
        op.f("ix_core_payment_division_for_month_id"), "core_payment", ["division", "for_month", "id"]
    )
    op.create_index(op.f("ix_core_payment_payee_id"), "core_payment", ["payee_id"])
    op.create_index(
        op.f("ix_core_payment_person_id_programme_for_month"),
        "core_payment",
        ["person_id", "programme", "for_month"],
        unique=False,
    )
    op.create_index(op.f("ix_core_payment_town_for_month_id"), "core_payment", ["town", "for_month", "id"])
    op.create_index(
        "uq_core_payment_live",
        "core_payment",
        ["programme", "beneficiary_id", "for_month", "kind", "sequence"],
        unique=True,
        postgresql_where=sa.text("live"),
        sqlite_where=sa.text("live"),
    )
    op.create_index(
        "uq_core_payment_reversal",
        "core_payment",
        ["reverses_id"],
        unique=True,
        postgresql_where=sa.text("reverses_id IS NOT NULL"),
        sqlite_where=sa.text("reverses_id IS NOT NULL"),
    )


def _recovery_month() -> None:
    op.create_table(
        "core_recovery_month",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recovery_id", sa.Uuid(), nullable=False),
        sa.Column("programme", text(80), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("beneficiary_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("paid", Exact(2, 14), nullable=False),
        sa.Column("due", Exact(2, 14), nullable=False),
        sa.Column("excess", Exact(2, 14), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.CheckConstraint("excess > 0", name=op.f("ck_core_recovery_month_excess")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["core_person.id"], name=op.f("fk_core_recovery_month_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["recovery_id"], ["core_recovery.id"], name=op.f("fk_core_recovery_month_recovery_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_recovery_month")),
    )
    op.create_index(
        op.f("ix_core_recovery_month_person_id_programme_month"),
        "core_recovery_month",
        ["person_id", "programme", "month"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_recovery_month_recovery_id_month"), "core_recovery_month", ["recovery_id", "month"]
    )
    op.create_index(
        "uq_core_recovery_month_live",
        "core_recovery_month",
        ["programme", "beneficiary_id", "month", "sequence"],
        unique=True,
        postgresql_where=sa.text("live"),
        sqlite_where=sa.text("live"),
    )


def _recovery_repayment() -> None:
    op.create_table(
        "core_recovery_repayment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recovery_id", sa.Uuid(), nullable=False),
        sa.Column("amount", Exact(2, 14), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("note", text(200), nullable=True),
        sa.Column("actor", text(200), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_core_recovery_repayment_amount")),
        sa.ForeignKeyConstraint(
            ["recovery_id"], ["core_recovery.id"], name=op.f("fk_core_recovery_repayment_recovery_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_recovery_repayment")),
    )
    op.create_index(
        op.f("ix_core_recovery_repayment_recovery_id"), "core_recovery_repayment", ["recovery_id"]
    )


def downgrade() -> None:
    op.drop_table("core_recovery_repayment")
    op.drop_table("core_recovery_month")
    op.drop_table("core_payment")
    op.drop_table("core_recovery")
    op.drop_table("core_bank_account")
    op.drop_table("core_price_subsidy")
    op.drop_table("core_payment_batch")
