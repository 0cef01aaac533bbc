"""Rows whose kind is a declared name: the plugin they belong to."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlalchemy.types import TypeEngine

from core.books import owner_of
from core.db import Text
from schema.sql.filters import Where


class OfPlugin(Where):
    """Rows of one plugin's kinds, or of core's."""

    def __init__(self, column: str = "kind") -> None:
        self.column = column

    def values(self, value: Any, env: Any) -> Sequence[Any]:
        return (f"{value}.", f"{value}/")  # all that starts with the plugin's name and a dot

    def types(self, shape: Hashable) -> Sequence[TypeEngine[Any]]:
        return (Text, Text)

    def clause(self, row: Any, shape: Hashable, binds: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
        kind = getattr(row, self.column)
        return and_(kind >= binds[0], kind < binds[1])


async def plugin_of(rows: Sequence[Mapping[str, Any]], env: Any) -> list[str]:
    """The plugin of each row's `kind`, `core` for core's."""
    return [owner_of(row["kind"]) for row in rows]
