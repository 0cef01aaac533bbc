"""Reading rows with the caller's scope applied: the path that does not go through the planner.

The scope clauses are written into these queries independently of the engine; a property test compares the two.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.access.principal import Principal, Scope
from core.access.scope import Mode, ScopeRule, allowed

Join = Callable[[Any, Any], ColumnElement[bool]]


class Repository:
    """One caller's view of the database, in one snapshot."""

    def __init__(self, session: AsyncSession, principal: Principal) -> None:
        self.session = session
        self.principal = principal
        self._lock = (
            asyncio.Lock()
        )  # graphql-core resolves siblings at once; a session does one thing at a time

    def inside(self, model: Any, row: Any, mode: Mode, permission: str | None = None) -> ColumnElement[bool]:
        """The scope test of a model on one of its rows."""
        rule: ScopeRule = model.__scope__
        name = permission or rule.permission
        scope = Scope(everywhere=True) if name is None else self.principal.scope(name)
        return allowed(rule, row, scope, mode)

    async def _all(self, query: Any) -> list[Any]:
        async with self._lock:
            return list(await self.session.execute(query))

    async def one(self, model: Any, where: ColumnElement[bool]) -> Any:
        """The one row that matches and is in reach, or None."""
        rows = await self._all(select(model).where(where, self.inside(model, model, "reached")))
        return rows[0][0] if rows else None

    async def permits(self, permission: str, instance: Any) -> bool:
        """Whether the caller's scope for `permission` reaches a loaded row."""
        model = type(instance)
        rule: ScopeRule = model.__scope__
        if not self.principal.can(permission):
            return False
        if rule.permission and self.principal.scope(rule.permission) == self.principal.scope(permission):
            return True
        test = self.inside(model, model, "reached", permission)
        return bool(await self._all(select(model.id).where(model.id == instance.id, test)))

    async def related(
        self,
        parent: Any,
        keys: Sequence[uuid.UUID],
        model: Any,
        on: Join,
        *,
        order: Sequence[str] = (),
        scoped: bool = True,
    ) -> Mapping[uuid.UUID, list[Any]]:
        """The rows tied to each parent by `on`, in order, out of scope ones left out."""
        above, below = aliased(parent), aliased(model)
        query = select(above.id, below).join(below, on(above, below)).where(above.id.in_(keys))
        if scoped:
            query = query.where(self.inside(model, below, "reached"))
        found: dict[uuid.UUID, list[Any]] = {key: [] for key in keys}
        for key, row in await self._all(query.order_by(*(getattr(below, name) for name in order))):
            found[key].append(row)
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
        self, model: Any, key: uuid.UUID, columns: Sequence[str], permission: str | None
    ) -> Mapping[str, Any] | None:
        """Some columns of the row with this key, if it is in reach: what a cursor points at."""
        wanted = [getattr(model, name) for name in columns]
        tests = [self.inside(model, model, "reached", name) for name in dict.fromkeys((None, permission))]
        query = select(*wanted).where(model.id == key, *tests)
        rows = await self._all(query)
        return dict(zip(columns, rows[0], strict=True)) if rows else None
