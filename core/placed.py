"""The level columns of a scoped table: a scope or a division filter is an equality on one of them (design 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import Mapped, mapped_column

from core.codes import division_code
from core.codes.division_code import Tier
from core.db import text


@dataclass(frozen=True)
class Follows:
    """How the rows of a model go along when their division is merged into another or split.

    Args:
        prefixes: of the level columns that say where the row is now.
        full_name: a column that shows the full name of the division.
    """

    prefixes: tuple[str, ...] = ("",)
    full_name: str | None = None


class PlacedColumns:
    """`district`, `town` and `division`, always written together by `place`.

    They say where something happened, which no redistricting changes. A model whose rows say where something is now
    declares `__follows__ = Follows()`; its `__history__`, if there is one, then keeps the division valid on each day.
    """

    __follows__: ClassVar[Follows | None] = None

    district: Mapped[str] = mapped_column(text(12))
    town: Mapped[str | None] = mapped_column(text(12))
    division: Mapped[str] = mapped_column(text(12))


def place(code: str, prefix: str = "") -> dict[str, Any]:
    """The values of the level columns for one division code."""
    return {
        f"{prefix}district": division_code.district(code),
        f"{prefix}town": division_code.town(code),
        f"{prefix}division": code,
    }


LEVELS = {Tier.COUNTY: "district", Tier.TOWN: "town", Tier.VILLAGE: "division"}


def below(row: Any, tier: Tier, *bounds: Any, prefix: str = "") -> ColumnElement[bool]:
    """Rows in a division of `tier` and all below it: the code itself, or the bounds of its range above county."""
    if tier in LEVELS:
        column: ColumnElement[bool] = getattr(row, prefix + LEVELS[tier]) == bounds[0]
        return column
    column = getattr(row, prefix + "division")
    return and_(column >= bounds[0], column < bounds[1])
