"""Referrals; signals."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from core.db import Instant, text

revision: str = "core_0018"
down_revision: str | None = "core_0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _coded(constraint: str, *names: str) -> sa.Enum:
    """A code set by name, held by a CHECK constraint."""
    return sa.Enum(*names, name=op.f(constraint), native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    _referrals()
    _signals()


def _referrals() -> None:
    op.create_table(
        "core_referral",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sender", text(40), nullable=False),
        sa.Column("source_organization_id", sa.Uuid(), nullable=True),
        sa.Column("target", text(80), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column(
            "reason",
            _coded(
                "ck_core_referral_referralreason",
                "LIVELIHOOD",
                "CARE",
                "PROTECTION",
                "HEALTH",
                "EDUCATION",
                "LEGAL",
                "OTHER",
            ),
            nullable=False,
        ),
        sa.Column("note", text(1000), nullable=True),
        sa.Column("consent", _coded("ck_core_referral_consentkind", "CONSENTED", "OVERRIDE"), nullable=False),
        sa.Column("consent_on", sa.Date(), nullable=True),
        sa.Column("consent_by", _coded("ck_core_referral_consentby", "SELF", "GUARDIAN"), nullable=True),
        sa.Column(
            "basis",
            _coded("ck_core_referral_legalbasis", "STATUTORY_DUTY", "EMERGENCY", "CHILD_PROTECTION"),
            nullable=True,
        ),
        sa.Column("basis_reason", text(500), nullable=True),
        sa.Column(
            "outcome",
            _coded("ck_core_referral_referraloutcome", "HELPED", "NOT_NEEDED", "UNREACHABLE", "OTHER"),
            nullable=True,
        ),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("sent_read", text(80), nullable=False),
        sa.Column("state", text(32), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("read", text(80), nullable=False),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["core_person.id"], name=op.f("fk_core_referral_person_id")),
        sa.ForeignKeyConstraint(
            ["source_organization_id"],
            ["core_organization.id"],
            name=op.f("fk_core_referral_source_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["core_organization.id"], name=op.f("fk_core_referral_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_referral")),
    )
    for first in ("person_id", "organization_id", "district", "town", "division"):
        columns = [first, "sent_on", "id"]
        op.create_index(op.f(f"ix_core_referral_{'_'.join(columns)}"), "core_referral", columns)


def _signals() -> None:
    op.create_table(
        "core_signal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", text(80), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("household_id", sa.Uuid(), nullable=True),
        sa.Column("fact", text(80), nullable=False),
        sa.Column(
            "state", _coded("ck_core_signal_signalstate", "OPEN", "CONFIRMED", "DISMISSED"), nullable=False
        ),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("raised_at", Instant(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closed_by", text(200), nullable=True),
        sa.Column("reason", text(500), nullable=True),
        sa.Column("referral_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("read", text(80), nullable=False),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["core_person.id"], name=op.f("fk_core_signal_person_id")),
        sa.ForeignKeyConstraint(
            ["household_id"], ["core_household.id"], name=op.f("fk_core_signal_household_id")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["core_referral.id"], name=op.f("fk_core_signal_referral_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_signal")),
    )
    for owner in ("person_id", "household_id"):
        op.create_index(op.f(f"ix_core_signal_{owner}_kind"), "core_signal", [owner, "kind"])
        op.create_index(
            f"uq_core_signal_open_{owner}",
            "core_signal",
            ["kind", owner],
            unique=True,
            postgresql_where=sa.text("state = 'OPEN'"),
            sqlite_where=sa.text("state = 'OPEN'"),
        )
    for level in ("district", "town", "division"):
        columns = [level, "raised_on", "id"]
        op.create_index(op.f(f"ix_core_signal_{'_'.join(columns)}"), "core_signal", columns)


def downgrade() -> None:
    op.drop_table("core_signal")
    op.drop_table("core_referral")
