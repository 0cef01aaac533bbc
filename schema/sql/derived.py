"""A value that follows from the rows related to a row, whoever asks: a fact of the row, not a look at the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Date, Text
from sqlalchemy.types import TypeEngine

from schema.sql.fields import field as sql_field
from schema.sql.mappings import Join, ToOne, model_of
from schema.sql.planner import Planner, Site
from schema.sql.row import Columns, Row


@dataclass
class Derived(ToOne):
    """A value computed twice: in SQL by a sub-select, and in Python from the loaded related rows.

    Args:
        sql: from the row's columns, those of one related row (to select from) and the business date.
        python: from the loaded row, the related rows and the business date.
    """

    implied: bool = True
    sql: Callable[[Any, Any, Any], ColumnElement[Any]] = field(kw_only=True)
    python: Callable[[Any, Sequence[Any], Any], Any] = field(kw_only=True)
    type_: TypeEngine[Any] = field(default_factory=Text, kw_only=True)

    def plan(self, planner: Planner, site: Site) -> ColumnElement[Any]:
        row = Columns(model_of(self.target()).__table__.alias())
        today = planner.bind(lambda run: run.env.clock.today(), Date(), "today")
        value = site.at.meaning(self.sql(site.at[self.parent], row, today))
        return (
            planner.emit.boolean(value)
            if isinstance(self.type_, Boolean)
            else planner.emit.leaf(value, self.type_)
        )

    async def resolve(self, source: Row, info: Any, arguments: Any) -> Any:
        instance = source[self.parent]
        if instance is None:  # a namespace whose own row is not there
            return None
        rows = await info.context.related(self, source, {})
        model = model_of(self.target())
        return self.python(instance, [row[model] for row in rows], info.context.env.clock.today())


def derived(
    target: Callable[[], Any],
    parent: Any,
    on: Join,
    *,
    sql: Callable[[Any, Any, Any], ColumnElement[Any]],
    python: Callable[[Any, Sequence[Any], Any], Any],
    type_: TypeEngine[Any],
    zh: str,
    en: str,
) -> Any:
    """A field whose value follows from related rows; `on` ties them to the row, as for `to_many`."""
    return sql_field(Derived(target, parent, on, sql=sql, python=python, type_=type_), zh, en)
