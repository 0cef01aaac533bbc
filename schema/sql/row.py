"""Rows as the two paths see them: columns of a statement for the planner, instances for graphql-core."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, FromClause

from core.dated import NOW, Moment
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

    def named(self, name: str) -> Any:
        """A column by its name, which may be one of this class's own attributes, such as `source`."""
        return self.source.c[name]

    @property
    def today(self) -> Columns:
        """The columns that decide who may see the row: those of the row as it is now."""
        return self


class PastColumns(Columns):
    """The columns of `core.dated.past`."""

    @property
    def today(self) -> Columns:
        return _Today(self.source)


class _Today(Columns):
    def __getattr__(self, name: str) -> Any:
        return super().__getattr__(NOW + name if NOW + name in self.source.c else name)


@dataclass(frozen=True)
class Then:
    """A moment in the statement: its two placeholders."""

    as_of: ColumnElement[Any]
    known_at: ColumnElement[Any]


@dataclass(frozen=True)
class Row:
    """A loaded row of a GraphQL type: the instance of each model its fields may read, and as of when."""

    type: Any
    models: Mapping[Any, Any]
    moment: Moment | None = None

    def __getitem__(self, model: Any) -> Any:
        return self.models[model]


@dataclass(frozen=True)
class At:
    """A place in the statement: the columns at hand, everything to correlate with, and the response path."""

    rows: Mapping[type, Columns]
    outer: tuple[FromClause, ...] = ()
    path: tuple[str, ...] = ()
    moment: Then | None = None

    def __getitem__(self, model: Any) -> Columns:
        return self.rows[model]

    def meaning(self, clause: C, *more: Columns) -> C:
        """A clause of a field's own, its sub-selects bound to the rows in sight (and to `more`)."""
        return correlated(clause, (*self.outer, *(columns.source for columns in more)))

    def below(self, key: str, model: type, columns: Columns) -> At:
        """One row of another table, under the response key."""
        return self._nested({model: columns}, key, columns)

    def beside(self, key: str, model: type, columns: Columns) -> At:
        """The same row with another one joined to it."""
        return self._nested({**self.rows, model: columns}, key, columns)

    def into(self, *keys: str) -> At:
        """The same row, deeper in the response."""
        return replace(self, path=(*self.path, *keys))

    def then(self, moment: Then | None) -> At:
        """The same place, as of another moment."""
        return replace(self, moment=moment)

    def _nested(self, rows: Mapping[type, Columns], key: str, columns: Columns) -> At:
        return At(rows, (*self.outer, columns.source), (*self.path, key), self.moment)
