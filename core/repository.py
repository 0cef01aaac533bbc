"""Reading rows with the caller's scope applied: the path that does not go through the planner.

The scope clauses are written into these queries independently of the engine; a property test compares the two.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType, SimpleNamespace
from typing import Any, Literal

from sqlalchemy import ColumnElement, Date, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.access.declared import ReaderMap, inside
from core.access.principal import Principal
from core.access.scope import Mode, ScopeRule
from core.dated import NOW, Moment, holds, open_now, past
from core.db import Instant

Join = Callable[[Any, Any], ColumnElement[bool]]


class Past:
    """A row as it was: the columns of its model as attributes."""

    def __init__(self, model: Any, values: Mapping[str, Any]) -> None:
        vars(self).update(values)
        self.model = model


@dataclass(frozen=True)
class Tie:
    """How rows hang on parents: the join, as of when each side is read, and when the rows must hold."""

    parent: Any
    model: Any
    on: Join
    parent_moment: Moment | None = None
    moment: Moment | None = None
    held: Moment | Literal["open"] | None = None


@dataclass(frozen=True)
class _Source:
    """Where a query takes the rows of a model from.

    Attributes:
        row: its columns; today: those that decide who may see it; what: what to select.
        read: from what was selected to the row.
    """

    entity: Any
    row: Any
    today: Any
    what: Sequence[Any]
    read: Callable[[Sequence[Any]], Any]


def _source(model: Any, moment: Moment | None) -> _Source:
    if moment is None or not hasattr(model, "__history__"):
        alias = aliased(model)
        return _Source(alias, alias, alias, [alias], lambda found: found[0])
    table = past(model, *_bound(moment))
    names = [column.name for column in model.__table__.c]
    today = SimpleNamespace(**{name: table.c.get(NOW + name, table.c[name]) for name in names})
    what = [table.c[name] for name in names]
    return _Source(
        table, table.c, today, what, lambda found: Past(model, dict(zip(names, found, strict=True)))
    )


def _bound(moment: Moment) -> tuple[Any, Any]:
    return (
        bindparam(None, moment.as_of, type_=Date(), unique=True),
        bindparam(None, moment.known_at, type_=Instant(), unique=True),
    )


class Repository:
    """One caller's view of the database, in one snapshot."""

    def __init__(
        self, session: AsyncSession, principal: Principal, readers: ReaderMap = MappingProxyType({})
    ) -> None:
        self.session = session
        self.principal = principal
        self.readers = readers
        self._lock = (
            asyncio.Lock()
        )  # graphql-core resolves siblings at once; a session does one thing at a time

    def inside(self, model: Any, row: Any, mode: Mode, permission: str | None = None) -> ColumnElement[bool]:
        """The scope test of a model on one of its rows."""
        return inside(model.__scope__, row, self.principal, self.readers, mode, permission)

    async def _all(self, query: Any) -> list[Any]:
        async with self._lock:
            return list(await self.session.execute(query))

    async def rows(self, query: Any) -> list[Any]:
        """The rows of a query that has the scope in it already."""
        return await self._all(query)

    async def one(self, model: Any, column: str, value: Any, moment: Moment | None = None) -> Any:
        """The one row in reach whose column has a value, as it is or as it was; or None."""
        source = _source(model, moment)
        row = getattr(source.row, column)
        wanted = row == bindparam(None, value, type_=row.type, unique=True)
        rows = await self._all(
            select(*source.what).where(wanted, self.inside(model, source.today, "reached"))
        )
        return source.read(rows[0]) if rows else None

    async def permits(self, permission: str, instance: Any) -> bool:
        """Whether the caller's scope for `permission` reaches a loaded row."""
        model = instance.model if isinstance(instance, Past) else type(instance)
        rule: ScopeRule = model.__scope__
        if not self.principal.can(permission):
            return False
        if rule.permission and self.principal.scope(rule.permission) == self.principal.scope(permission):
            return True
        test = self.inside(model, model, "reached", permission)
        return bool(await self._all(select(model.id).where(model.id == instance.id, test)))

    async def related(
        self, tie: Tie, keys: Sequence[uuid.UUID], *, order: Sequence[str] = (), scoped: bool = True
    ) -> Mapping[uuid.UUID, list[Any]]:
        """The rows tied to each parent, in order, those out of time and out of scope left out."""
        above, below = _source(tie.parent, tie.parent_moment), _source(tie.model, tie.moment)
        query = select(above.row.id, *below.what).select_from(above.entity)
        query = query.join(below.entity, tie.on(above.row, below.row)).where(above.row.id.in_(keys))
        if tie.held is not None:
            held = open_now(below.row) if tie.held == "open" else holds(below.row, *_bound(tie.held))
            query = query.where(held)
        if scoped:
            query = query.where(self.inside(tie.model, below.today, "reached"))
        found: dict[uuid.UUID, list[Any]] = {key: [] for key in keys}
        for key, *rest in await self._all(query.order_by(*(getattr(below.row, name) for name in order))):
            found[key].append(below.read(rest))
        return found

    async def page(
        self,
        model: Any,
        tests: Sequence[ColumnElement[bool]],
        order: Sequence[ColumnElement[Any]],
        limit: int,
        parent: tuple[Any, uuid.UUID, Join] | None = None,
    ) -> list[Any]:
        """At most `limit` rows that pass the tests."""
        query = self._within(select(model), model, parent).where(*tests).order_by(*order).limit(limit)
        return [row[0] for row in await self._all(query)]

    def _within(self, query: Any, model: Any, parent: tuple[Any, uuid.UUID, Join] | None) -> Any:
        if parent is None:
            return query
        above, key, on = aliased(parent[0]), parent[1], parent[2]
        return query.join(above, on(above, model)).where(above.id == key)

    async def count(
        self,
        model: Any,
        tests: Sequence[ColumnElement[bool]],
        parent: tuple[Any, uuid.UUID, Join] | None = None,
    ) -> int:
        """How many rows pass the tests."""
        query = self._within(select(func.count()).select_from(model), model, parent).where(*tests)
        rows = await self._all(query)
        return int(rows[0][0])

    async def values(
        self,
        model: Any,
        key: uuid.UUID,
        columns: Sequence[str],
        permission: str | None,
        *,
        scoped: bool = True,
    ) -> Mapping[str, Any] | None:
        """Some columns of the row with this key, if it is in reach: what a cursor points at."""
        wanted = [getattr(model, name) for name in columns]
        permissions = dict.fromkeys((None, permission)) if scoped else ()
        tests = [self.inside(model, model, "reached", name) for name in permissions]
        query = select(*wanted).where(model.id == key, *tests)
        rows = await self._all(query)
        return dict(zip(columns, rows[0], strict=True)) if rows else None
