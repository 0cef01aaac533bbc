"""Rows as the two paths see them: columns of a statement for the planner, instances for graphql-core."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import FromClause

from schema.sql.correlate import C, correlated


class Columns:
    """The columns of an alias or derived table, as attributes: what `on` and `where` functions receive."""

    def __init__(self, source: FromClause) -> None:
        self.source = source

    def __getattr__(self, name: str) -> Any:
        try:
            return self.source.c[name]
        except KeyError:
            raise AttributeError(name) from None


@dataclass(frozen=True)
class Row:
    """A loaded row of a GraphQL type: the instance of each model its fields may read."""

    type: Any
    models: Mapping[Any, Any]

    def __getitem__(self, model: Any) -> Any:
        return self.models[model]


@dataclass(frozen=True)
class At:
    """A place in the statement: the columns at hand, everything to correlate with, and the response path."""

    rows: Mapping[type, Columns]
    outer: tuple[FromClause, ...] = ()
    path: tuple[str, ...] = ()

    def __getitem__(self, model: Any) -> Columns:
        return self.rows[model]

    def meaning(self, clause: C, *more: Columns) -> C:
        """A clause of a field's own, its sub-selects bound to the rows in sight (and to `more`)."""
        return correlated(clause, (*self.outer, *(columns.source for columns in more)))

    def below(self, key: str, model: type, columns: Columns) -> At:
        """One row of another table, under the response key."""
        return At({model: columns}, (*self.outer, columns.source), (*self.path, key))

    def beside(self, key: str, model: type, columns: Columns) -> At:
        """The same row with another one joined to it."""
        return At({**self.rows, model: columns}, (*self.outer, columns.source), (*self.path, key))

    def into(self, *keys: str) -> At:
        """The same row, deeper in the response."""
        return At(self.rows, self.outer, (*self.path, *keys))
