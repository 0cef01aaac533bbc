"""Sub-selects inside a field's own SQL must mean the row at hand, however deep the planner has nested it.

SQLAlchemy correlates a scalar sub-select by itself only with the SELECT right around it. An object of the same row
is a SELECT without a FROM of its own, so an `exists(…)` inside one would quietly range over all rows instead:
a wrong answer, and a leak where it is a scope. So every sub-select is told what to correlate with: the rows in sight,
and those of the sub-selects around it, since a scope may look through another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import ClauseElement, FromClause, Select

C = TypeVar("C", bound=ClauseElement)


def correlated(clause: C, froms: Sequence[FromClause]) -> C:
    """The clause, its sub-selects correlated with `froms`; the clause must be freshly made, it is changed in place."""
    _bind(clause, tuple(froms))
    return clause


def _bind(element: Any, froms: tuple[FromClause, ...]) -> None:
    if isinstance(element, Select):
        own = tuple(element.get_final_froms())  # before it is told: what is told is left out of them
        element._auto_correlate = False
        element._correlate = (*element._correlate, *froms)
        froms = (*froms, *own)
    for child in element.get_children():
        _bind(child, froms)
