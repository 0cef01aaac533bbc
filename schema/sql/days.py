"""A value of a row that depends on the day: today, or the day that `asOf` names above it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date
from sqlalchemy.types import TypeEngine

from schema.sql.fields import field
from schema.sql.mappings import FieldMapping
from schema.sql.planner import Planner, Site
from schema.sql.row import Row


@dataclass
class OnDay(FieldMapping):
    """Computed twice, in SQL and in Python, from the columns of a model and the day asked about."""

    model: Any
    sql: Callable[[Any, Any], ColumnElement[Any]]
    python: Callable[[Any, date], Any]
    type_: TypeEngine[Any]

    def plan(self, planner: Planner, site: Site) -> ColumnElement[Any]:
        moment = site.at.moment
        day = moment.as_of if moment else planner.bind(lambda run: run.env.clock.today(), Date(), "today")
        value = site.at.meaning(self.sql(site.at[self.model], day))
        return planner.emit.leaf(value, self.type_)

    def resolve(self, source: Row, info: Any, arguments: Mapping[str, Any]) -> Any:
        day = source.moment.as_of if source.moment else info.context.env.clock.today()
        return self.python(source[self.model], day)


def on_day(
    model: Any,
    *,
    sql: Callable[[Any, Any], ColumnElement[Any]],
    python: Callable[[Any, date], Any],
    type_: TypeEngine[Any],
    zh: str,
    en: str,
) -> Any:
    """A field computed from the row's columns and the day asked about, today without `asOf`."""
    return field(OnDay(model, sql, python, type_), zh, en)
