"""Indexes for the orderings by date of death and by closing date."""

from collections.abc import Sequence

from alembic import op

revision: str = "core_0006"
down_revision: str | None = "core_0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ORDERED = (("core_person", "death_date"), ("core_household", "closed_on"))


def upgrade() -> None:
    for table, column in _ORDERED:
        for level in ("district", "town"):
            columns = [level, column, "id"]
            op.create_index(op.f("_".join(["ix", table, *columns])), table, columns)


def downgrade() -> None:
    for table, column in _ORDERED:
        for level in ("district", "town"):
            op.drop_index(op.f("_".join(["ix", table, level, column, "id"])), table)
