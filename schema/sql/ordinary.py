"""graphql-core's path: rows loaded in batches through the repositories, fields resolved one by one.

It takes what the planner leaves, and it is the oracle the planner is tested against.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, bindparam
from strawberry.dataloader import DataLoader

from core.errors import Refused
from core.ids import split
from core.refusals import CURSOR_INVALID, ID_INVALID
from core.repository import Repository
from schema.sql.connections import Connection
from schema.sql.env import Env
from schema.sql.filters import literal_binds
from schema.sql.mappings import Namespace, Resolver, ToMany, ToOne, model_of
from schema.sql.paging import Page
from schema.sql.row import Row
from schema.sql.searches import note_searches


@dataclass
class LoadedConnection:
    """One page of loaded rows. The count is taken only when asked."""

    page: Page
    rows: Sequence[Row]
    more: bool
    keys: Sequence[uuid.UUID]
    count: Any

    def cursor(self, index: int) -> str | None:
        return self.page.cursor_of(self.keys[index]) if self.keys else None


@dataclass
class Context:
    """What resolvers find in `info.context`."""

    env: Env
    repository: Repository
    nodes: Mapping[str, Any]
    extra: dict[str, Any] = field(default_factory=dict)
    loaders: dict[Any, DataLoader[Any, Any]] = field(default_factory=dict)

    def _loader(self, key: Any, load: Any) -> DataLoader[Any, Any]:
        if key not in self.loaders:
            self.loaders[key] = DataLoader(load_fn=load, cache=False)
        return self.loaders[key]

    async def related(self, mapping: ToOne | ToMany, parent: Any) -> list[Row]:
        """The rows of a relation, for all parents of the selection in one query."""
        target = mapping.target()
        model = model_of(target)

        async def load(keys: list[uuid.UUID]) -> list[list[Row]]:
            order = [key.column for key in mapping.order] if isinstance(mapping, ToMany) else []
            unique = list(dict.fromkeys(keys))
            found = await self.repository.related(
                mapping.parent, unique, model, mapping.on, order=order, scoped=not mapping.implied
            )
            return [[Row(target, {model: row}) for row in found[key]] for key in keys]

        rows: list[Row] = await self._loader(id(mapping), load).load(parent.id)
        return rows

    async def joined(self, mapping: Namespace, parent: Any) -> Any:
        """The plugin's own row beside a core row, or None."""
        assert mapping.row is not None
        model, on = mapping.row

        async def load(keys: list[uuid.UUID]) -> list[Any]:
            unique = list(dict.fromkeys(keys))
            found = await self.repository.related(mapping.parent, unique, model, on, scoped=False)
            return [found[key][0] if found[key] else None for key in keys]

        return await self._loader(id(mapping), load).load(parent.id)

    async def batched(self, mapping: Resolver, row: Mapping[str, Any], arguments: Mapping[str, Any]) -> Any:
        """One value of a batched resolver; all rows of the selection go into one call."""

        async def load(rows: list[Mapping[str, Any]]) -> list[Any]:
            return list(await mapping.run(rows, self.env, **arguments))

        key = (id(mapping), json.dumps(arguments, sort_keys=True, default=str))
        return await self._loader(key, load).load(row)

    async def node(self, text: str) -> Row | None:
        """The row behind a public id, in reach."""
        prefix, key = split(text)
        target = self.nodes.get(prefix)
        if target is None:
            raise Refused(ID_INVALID, id=prefix, expected="person_<32 hex>")
        model = model_of(target)
        found = await self.repository.one(model, model.id == key)
        return None if found is None else Row(target, {model: found})

    async def page(
        self, connection: Connection, source: Row, arguments: Mapping[str, Any]
    ) -> LoadedConnection:
        """One page of a connection.

        Raises:
            Refused: PAGE_SIZE, CURSOR_INVALID, or what the filter's values are refused with.
        """
        page = connection.page_of(arguments)
        note_searches(connection, arguments, self.env)
        target = connection.target()
        model = model_of(target)
        parent = None
        if connection.on is not None:
            parent = (connection.parent, source[connection.parent].id, connection.on)
        tests = self._tests(connection, model, arguments)
        beyond = await self._beyond(connection, model, page)
        found = await self.repository.page(model, [*tests, *beyond], page.order(model), page.size + 1, parent)
        kept = found[: page.size]
        if page.backward:
            kept.reverse()
        return LoadedConnection(
            page,
            [Row(target, {model: row}) for row in kept],
            len(found) > page.size,
            [row.id for row in kept],
            lambda: self.repository.count(model, tests, parent),
        )

    def _tests(
        self, connection: Connection, model: Any, arguments: Mapping[str, Any]
    ) -> list[ColumnElement[bool]]:
        asked = arguments.get("filter") or {}
        mode = connection.filter.mode(asked) if connection.filter else "listed"
        # A permission of the list's own narrows the table's scope, it does not replace it.
        permissions = [None, connection.permission] if connection.permission else [None]
        tests = [self.repository.inside(model, model, mode, name) for name in permissions]
        if connection.where is not None:
            tests.append(connection.where(model))
        if connection.filter and asked:
            inside = lambda name: self.repository.inside(model, model, "reached", name)  # noqa: E731
            tests.append(connection.filter.clause(asked, model, literal_binds(asked, self.env), inside))
        return tests

    async def _beyond(self, connection: Connection, model: Any, page: Page) -> list[ColumnElement[bool]]:
        if page.cursor is None:
            return []
        columns = [key.column for key in page.keys]
        values = await self.repository.values(model, page.cursor, columns, connection.permission)
        if values is None:
            raise Refused(CURSOR_INVALID)

        def value(name: str) -> ColumnElement[Any]:
            return bindparam(None, values[name], type_=getattr(model, name).type, unique=True)

        return [page.beyond(model, value)]


@asynccontextmanager
async def reading_context(env: Env, nodes: Mapping[str, Any]) -> AsyncIterator[Context]:
    """A context with a snapshot of its own."""
    async with env.database.reading() as session:
        yield Context(env, Repository(session, env.principal), nodes)
