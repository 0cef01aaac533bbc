"""What plugins hear when households change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.households.models import Household


@dataclass(frozen=True)
class HouseholdChange:
    """Households whose members or address changed.

    Attributes:
        households: one or many; imports and demos change many at once.
        on: the day from which the change holds.
        reason: `opened`, `joined`, `left`, `role`, `head`, `moved`, `closed`, `reversed`, `removed` (entered
            wrongly: take back what you derived),
            `division` (merged or split; then in parts of at most 1,000).
    """

    households: Sequence[Household]
    on: date
    reason: str
