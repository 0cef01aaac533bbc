"""The factors k are parameters from here on: copies what was set."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from alembic import op

from minzheng.plugin import Exact, Instant, new_id, text

revision: str = "assistance_0002"
down_revision: str | None = "assistance_0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = "core_0010"

_DATED = ("valid_from", "valid_to", "recorded_at", "voided_at")
_SOURCE = "未注明依据 / source not given"


def _dated() -> list[sa.Column[Any]]:
    days: list[sa.Column[Any]] = [sa.Column(name, sa.Date()) for name in _DATED[:2]]
    return [*days, *(sa.Column(name, Instant()) for name in _DATED[2:])]


_FACTOR = sa.table(
    "assistance_factor",
    sa.Column("kind", text(32)),
    sa.Column("division", text(12)),
    sa.Column("value", Exact(4, 14)),
    *_dated(),
)
_VALUE = sa.table(
    "core_parameter_value",
    sa.Column("id", sa.Uuid()),
    *(sa.Column(name, text(200)) for name in ("name", "division", "value", "source", "set_by")),
    *_dated(),
)


def upgrade() -> None:
    query = sa.select(_FACTOR).order_by(_FACTOR.c.recorded_at.desc())
    taken: set[tuple[object, ...]] = set()
    for row in op.get_bind().execute(query).mappings().all():
        if row["voided_at"] is None and _taken(taken, row):
            continue  # of two that were set at once, the later one stands
        said = {name: row[name] for name in (*_DATED, "division")}
        name = f"assistance.marginal_factor_{row['kind'].lower()}"
        op.execute(
            _VALUE.insert().values(
                id=new_id(), name=name, value=_text(row["value"]), source=_SOURCE, set_by="migration", **said
            )
        )


def _taken(taken: set[tuple[object, ...]], row: sa.RowMapping) -> bool:
    """Whether another row stands for the same day, or is open already."""
    own = (row["kind"], row["division"])
    keys = {(*own, row["valid_from"]), *([own] if row["valid_to"] is None else [])}
    if keys & taken:
        return True
    taken |= keys
    return False


def _text(value: Decimal) -> str:
    return format(value.normalize() + 0, "f")


def downgrade() -> None:
    op.execute(_VALUE.delete().where(_VALUE.c.name.like("assistance.marginal_factor_%")))
