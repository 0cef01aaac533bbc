"""Entitlements, and which programmes exclude each other; funds and their entries."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from core.db import Exact, Instant, text

revision: str = "core_0011"
down_revision: str | None = "core_0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _exclusion()
    _fund()
    _entitlement_person()
    _fund_entry()
    _entitlement()


def _exclusion() -> None:
    op.create_table(
        "core_exclusion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("first", text(80), nullable=False),
        sa.Column("second", text(80), nullable=False),
        sa.Column("division", text(12), nullable=True),
        sa.Column("basis", text(200), nullable=False),
        sa.Column("declared", text(80), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("voided_at", Instant(), nullable=True),
        sa.CheckConstraint("first < second", name=op.f("ck_core_exclusion_pair")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_exclusion")),
    )
    op.create_index(op.f("ix_core_exclusion_first_second"), "core_exclusion", ["first", "second"])
    op.create_index(
        "uq_core_exclusion_declared",
        "core_exclusion",
        ["declared"],
        unique=True,
        postgresql_where=sa.text("declared IS NOT NULL AND voided_at IS NULL"),
        sqlite_where=sa.text("declared IS NOT NULL AND voided_at IS NULL"),
    )


def _fund() -> None:
    op.create_table(
        "core_fund",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", text(80), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("balance", Exact(2, 14), nullable=False),
        sa.Column("allocated", Exact(2, 14), nullable=False),
        sa.Column("disbursed", Exact(2, 14), nullable=False),
        sa.Column("reclaimed", Exact(2, 14), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.Column("read", text(80), nullable=False),
        sa.CheckConstraint("balance = allocated - disbursed - reclaimed", name=op.f("ck_core_fund_sums")),
        sa.CheckConstraint("balance >= 0", name=op.f("ck_core_fund_balance")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_fund")),
        sa.UniqueConstraint("kind", "division", "year", name=op.f("uq_core_fund_kind_division_year")),
    )
    op.create_index(
        op.f("ix_core_fund_district_year_division_id"),
        "core_fund",
        ["district", "year", "division", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_core_fund_division_year_id"), "core_fund", ["division", "year", "id"])
    op.create_index(
        op.f("ix_core_fund_town_year_division_id"), "core_fund", ["town", "year", "division", "id"]
    )


def _entitlement_person() -> None:
    op.create_table(
        "core_entitlement_person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("award_id", sa.Uuid(), nullable=False),
        sa.Column("programme", text(80), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("covered", sa.Boolean(), nullable=False),
        sa.Column("payee", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("voided_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["core_person.id"], name=op.f("fk_core_entitlement_person_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_entitlement_person")),
    )
    op.create_index(
        op.f("ix_core_entitlement_person_award_id_person_id"),
        "core_entitlement_person",
        ["award_id", "person_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_entitlement_person_person_id_programme"),
        "core_entitlement_person",
        ["person_id", "programme"],
        unique=False,
    )
    op.create_index(
        "uq_core_entitlement_person_open",
        "core_entitlement_person",
        ["programme", "person_id"],
        unique=True,
        postgresql_where=sa.text("covered AND valid_to IS NULL AND voided_at IS NULL"),
        sqlite_where=sa.text("covered AND valid_to IS NULL AND voided_at IS NULL"),
    )


def _fund_entry() -> None:
    op.create_table(
        "core_fund_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fund_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "ALLOCATE",
                "REPLENISH",
                "DISBURSE",
                "RETURN",
                "RECLAIM",
                name="fundentrykind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount", Exact(2, 14), nullable=False),
        sa.Column("balance", Exact(2, 14), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("subject", text(80), nullable=True),
        sa.Column("reason", text(400), nullable=True),
        sa.Column("actor", text(200), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.Column("read", text(80), nullable=False),
        sa.CheckConstraint(
            "kind <> 'DISBURSE' OR subject IS NOT NULL", name=op.f("ck_core_fund_entry_subject")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_core_fund_entry_amount")),
        sa.CheckConstraint("balance >= 0", name=op.f("ck_core_fund_entry_balance")),
        sa.ForeignKeyConstraint(["fund_id"], ["core_fund.id"], name=op.f("fk_core_fund_entry_fund_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_fund_entry")),
        sa.UniqueConstraint("fund_id", "number", name=op.f("uq_core_fund_entry_fund_id_number")),
    )
    op.create_index(op.f("ix_core_fund_entry_district_on_id"), "core_fund_entry", ["district", "on", "id"])
    op.create_index(op.f("ix_core_fund_entry_subject"), "core_fund_entry", ["subject"])
    op.create_index(op.f("ix_core_fund_entry_town_on_id"), "core_fund_entry", ["town", "on", "id"])


def _entitlement() -> None:
    op.create_table(
        "core_entitlement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("award_id", sa.Uuid(), nullable=False),
        sa.Column("programme", text(80), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=True),
        sa.Column("amount", Exact(2, 14), nullable=False),
        sa.Column("subject", text(80), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("voided_at", Instant(), nullable=True),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.Column("read", text(80), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_core_entitlement_amount")),
        sa.ForeignKeyConstraint(
            ["household_id"], ["core_household.id"], name=op.f("fk_core_entitlement_household_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["core_person.id"], name=op.f("fk_core_entitlement_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_entitlement")),
    )
    op.create_index(
        op.f("ix_core_entitlement_award_id_valid_from"), "core_entitlement", ["award_id", "valid_from"]
    )
    op.create_index(op.f("ix_core_entitlement_household_id"), "core_entitlement", ["household_id"])
    op.create_index(op.f("ix_core_entitlement_person_id"), "core_entitlement", ["person_id"])
    op.create_index(
        op.f("ix_core_entitlement_programme_district_valid_from"),
        "core_entitlement",
        ["programme", "district", "valid_from"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_entitlement_programme_division_valid_from"),
        "core_entitlement",
        ["programme", "division", "valid_from"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_entitlement_programme_town_valid_from"),
        "core_entitlement",
        ["programme", "town", "valid_from"],
        unique=False,
    )
    op.create_index(
        "uq_core_entitlement_open",
        "core_entitlement",
        ["programme", "person_id"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL AND voided_at IS NULL"),
        sqlite_where=sa.text("valid_to IS NULL AND voided_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("core_entitlement")
    op.drop_table("core_fund_entry")
    op.drop_table("core_entitlement_person")
    op.drop_table("core_fund")
    op.drop_table("core_exclusion")
