"""Who refers to a row: found by the foreign keys of every table, plugins' included, so that none is forgotten."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from sqlalchemy import Column, Select, Table, select

from core.work import Work

Known = Collection[tuple[str, uuid.UUID]]


def references(work: Work, target: str) -> list[Column[Any]]:
    """The columns of core's and the enabled plugins' tables that hold ids of a table's rows."""
    return [
        column
        for table in work.host.tables()
        for column in table.columns
        if any(key.column.table.name == target for key in column.foreign_keys)
    ]


async def dependents(work: Work, row: Any, apart: Known = ()) -> list[tuple[str, uuid.UUID]]:
    """Rows that stand and refer to `row`, but for those in `apart` (table, id)."""
    found = [
        (column.table.name, key)
        for column in references(work, row.__tablename__)
        for key in await work.session.scalars(standing(column).where(column == row.id))
    ]
    return [pair for pair in found if pair not in apart]


def standing(column: Column[Any]) -> Select[Any]:
    """The ids of the rows of a column's table, those voided, removed or reversed left out."""
    table: Table = column.table
    query = select(table.c.id)
    for gone in ("voided_at", "removed_at", "reversed_at"):
        if gone in table.c:
            query = query.where(table.c[gone].is_(None))
    event = table.c.get("event_id")
    if event is not None:  # a part of a life event stands as long as the event does
        parent = next(iter(event.foreign_keys)).column.table
        query = query.join(parent, parent.c.id == event).where(parent.c.reversed_at.is_(None))
    return query
