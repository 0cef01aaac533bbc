"""Standards, factors, income items and assessments."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from minzheng.plugin import Exact, Instant, text

revision: str = "assistance_0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = ("assistance",)
depends_on: str | Sequence[str] | None = "core_0001"

_OPEN = "valid_to IS NULL AND voided_at IS NULL"


def _coded(constraint: str, *names: str) -> sa.Enum:
    # The names are those of this revision: a later change of a code set is a revision of its own.
    return sa.Enum(*names, name=op.f(constraint), native_enum=False, create_constraint=True, length=32)


def _dated() -> list[sa.Column[Any]]:
    return [
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("voided_at", Instant(), nullable=True),
    ]


def _of_open(name: str, columns: list[str], unique: bool = False) -> None:
    """An index over the open assessments alone."""
    op.create_index(
        op.f(name),
        "assistance_assessment",
        columns,
        unique=unique,
        postgresql_where=sa.text(_OPEN),
        sqlite_where=sa.text(_OPEN),
    )


def upgrade() -> None:
    _create_standard()
    _create_factor()
    _create_income_item()
    _create_assessment()


def _create_standard() -> None:
    op.create_table(
        "assistance_standard",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme", _coded("ck_assistance_standard_assistanceprogramme", "DIBAO"), nullable=False),
        sa.Column("class", text(40), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.Column(
            "urban_rural",
            _coded("ck_assistance_standard_assistanceurbanrural", "URBAN", "RURAL", "ALL"),
            nullable=False,
        ),
        sa.Column("monthly", Exact(2, 14), nullable=False),
        *_dated(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assistance_standard")),
    )
    op.create_index(
        op.f("ix_assistance_standard_division_valid_from_id"),
        "assistance_standard",
        ["division", "valid_from", "id"],
    )


def _create_factor() -> None:
    op.create_table(
        "assistance_factor",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("division", text(12), nullable=False),
        sa.Column(
            "kind", _coded("ck_assistance_factor_assistancefactorkind", "LOCAL", "NATIONAL"), nullable=False
        ),
        sa.Column("value", Exact(4, 14), nullable=False),
        *_dated(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assistance_factor")),
    )
    op.create_index(
        op.f("ix_assistance_factor_division_valid_from_id"),
        "assistance_factor",
        ["division", "valid_from", "id"],
    )


def _create_income_item() -> None:
    op.create_table(
        "assistance_income_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            _coded(
                "ck_assistance_income_item_assistanceincomekind",
                "WAGES",
                "WORK_COST",
                "BUSINESS_NET",
                "PROPERTY_NET",
                "TRANSFER_IN",
                "TRANSFER_OUT",
                "OTHER",
                "DEDUCTION",
                "EXCLUDED_PREFERENTIAL",
                "EXCLUDED_FAMILY_PLANNING",
                "EXCLUDED_AWARD",
                "EXCLUDED_ASSISTANCE",
                "EXCLUDED_PENSION_BASE",
                "EXCLUDED_LOCAL",
            ),
            nullable=False,
        ),
        sa.Column("amount", Exact(2, 14), nullable=False),
        sa.Column(
            "period",
            _coded("ck_assistance_income_item_assistanceperiod", "MONTH", "YEAR"),
            nullable=False,
        ),
        *_dated(),
        sa.ForeignKeyConstraint(
            ["household_id"], ["core_household.id"], name=op.f("fk_assistance_income_item_household_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["core_person.id"], name=op.f("fk_assistance_income_item_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assistance_income_item")),
    )
    op.create_index(
        op.f("ix_assistance_income_item_household_id_kind_id"),
        "assistance_income_item",
        ["household_id", "kind", "id"],
    )
    op.create_index(op.f("ix_assistance_income_item_person_id"), "assistance_income_item", ["person_id"])


def _create_assessment() -> None:
    bands = ("DIBAO", "MARGINAL", "NONE")
    op.create_table(
        "assistance_assessment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("reason", text(40), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("income", Exact(2, 14), nullable=False),
        sa.Column("per_capita", Exact(2, 14), nullable=False),
        sa.Column("standard", Exact(2, 14), nullable=True),
        sa.Column("band", _coded("ck_assistance_assessment_assistanceband", *bands), nullable=True),
        sa.Column("national_band", _coded("ck_assistance_assessment_nationalband", *bands), nullable=True),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        *_dated(),
        sa.ForeignKeyConstraint(
            ["household_id"], ["core_household.id"], name=op.f("fk_assistance_assessment_household_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assistance_assessment")),
    )
    op.create_index(op.f("ix_assistance_assessment_household_id"), "assistance_assessment", ["household_id"])
    _of_open("uq_assistance_assessment_open", ["household_id"], unique=True)
    for level in ("district", "town", "division"):
        _of_open(f"ix_assistance_assessment_{level}_band", [level, "band", "household_id"])


def downgrade() -> None:
    for table in ("assessment", "income_item", "factor", "standard"):
        op.drop_table(f"assistance_{table}")
