"""The number of days between two days, in the SQL of both databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class days_between(FunctionElement[int]):  # noqa: N801 (it is used as a function)
    """`days_between(first, last)`: whole days, negative when `last` is before `first`."""

    type = Integer()
    inherit_cache = True


@compiles(days_between, "sqlite")
def _sqlite(element: Any, compiler: Any, **options: Any) -> str:
    first, last = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST(julianday({last}) - julianday({first}) AS INTEGER)"


@compiles(days_between, "postgresql")
def _postgresql(element: Any, compiler: Any, **options: Any) -> str:
    first, last = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({last} - {first})"
