"""Dated law parameters."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from core.db import Instant, text

revision: str = "core_0010"
down_revision: str | None = "core_0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLE = "core_parameter_value"
_KNOWN = "voided_at IS NULL"
_OPEN = f"valid_to IS NULL AND {_KNOWN}"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", text(80), nullable=False),
        sa.Column("division", text(12), nullable=False),
        sa.Column("value", text(40), nullable=False),
        sa.Column("source", text(200), nullable=False),
        sa.Column("set_by", text(200), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("voided_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_parameter_value")),
    )
    columns = ["division", "name", "valid_from", "id"]
    op.create_index(op.f("ix_core_parameter_value_division_name_valid_from_id"), _TABLE, columns)
    _unique("uq_core_parameter_value_open", ["name", "division"], _OPEN)
    _unique("uq_core_parameter_value_start", ["name", "division", "valid_from"], _KNOWN)


def _unique(name: str, columns: list[str], where: str) -> None:
    rows = sa.text(where)
    op.create_index(name, _TABLE, columns, unique=True, postgresql_where=rows, sqlite_where=rows)


def downgrade() -> None:
    op.drop_table(_TABLE)
