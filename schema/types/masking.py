"""Masks in SQL, as `core.access.masks` has them in Python."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Text, case, func, literal_column

_STARS = literal_column("'" + "*" * 50 + "'", Text)


def mask_name_sql(name: ColumnElement[Any]) -> ColumnElement[Any]:
    """`mask_name` in SQL: 1 character → *, 2 → first + *, more → first + *s + last (domain 1.7)."""
    length = func.length(name)
    first = func.substr(name, 1, 1)
    middle = func.substr(_STARS, 1, length - 2)
    return case(
        (length <= 1, literal_column("'*'", Text)),
        (length == 2, first.op("||")(literal_column("'*'", Text))),
        else_=first.op("||")(middle).op("||")(func.substr(name, length, 1)),
    )
