"""Subscription fields: each event is one row of the outbox, answered as a query for that row is."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select

from core.outbox.models import OutboxEntry
from schema.sql.connections import Connection
from schema.sql.emit import word
from schema.sql.mappings import FieldMapping, model_of, one_row
from schema.sql.planner import Planner, Run, Site
from schema.sql.row import Columns, Row


def _key(run: Run) -> int | None:
    return run.env.happened.id if run.env.happened else None


_NOTHING = uuid.UUID(int=0)


@dataclass
class Changed(FieldMapping):
    """What happened to the things of a topic; null for whoever may not see it, and then nothing is delivered.

    Args:
        topic: of the outbox. change: the payload type, over `OutboxEntry`.
        things: the list whose filter decides which things are listened to.
    """

    topic: str
    change: Callable[[], Any]
    things: Connection

    def shape(self, arguments: Mapping[str, Any]) -> Hashable:
        return self.things.filter.shape(arguments.get("filter")) if self.things.filter else ()

    def plan(self, planner: Planner, site: Site) -> ColumnElement[Any]:
        row = Columns(OutboxEntry.__table__.alias())
        key = planner.bind(_key, row.id.type)
        tests = [row.id == key, row.topic == word(self.topic)]
        if planner.arguments(site).get("filter"):
            tests.append(self._listed(planner, site, row))
        return one_row(planner, site, self.change(), row, *tests)

    def _listed(self, planner: Planner, site: Site, row: Columns) -> ColumnElement[bool]:
        thing = Columns(model_of(self.things.target()).__table__.alias())
        tests = self.things.tests(planner, site, planner.arguments(site), thing)
        query = select(thing.id).where(thing.id == row.subject_id, *tests)
        return query.correlate(row.source).exists()

    async def resolve(self, source: Any, info: Any, arguments: Mapping[str, Any]) -> Any:
        context = info.context
        found: Row | None = await context.one(self.change(), "id", context.env.happened.id, {})
        if arguments.get("filter"):  # asked for nothing, too: a filter is refused before anything happens
            key = found[OutboxEntry].subject_id if found else _NOTHING
            if not await context.lists(self.things, key, arguments):
                return None
        return found if found and found[OutboxEntry].topic == self.topic else None
