"""graphql-core's path: rows loaded in batches through the repositories, fields resolved one by one.

It takes what the planner leaves, and it is the oracle the planner is tested against.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from sqlalchemy import ColumnElement, bindparam
from strawberry.dataloader import DataLoader

from core.access.declared import Declared, inside
from core.dated import Moment
from core.errors import Refused
from core.ids import split
from core.refusals import CURSOR_INVALID, ID_INVALID
from core.repository import Repository, Tie
from schema.sql.connections import Connection
from schema.sql.env import Env
from schema.sql.filters import literal_binds
from schema.sql.mappings import Dating, Namespace, Resolver, ToMany, ToOne, model_of
from schema.sql.moments import asks, moment_of
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

    def _moment(self, source: Row | None, arguments: Mapping[str, Any]) -> Moment | None:
        above = source.moment if source else None
        return moment_of(arguments, above, self.env) if asks(arguments) else above

    def _held(self, dated: Dating, moment: Moment | None) -> Moment | Literal["open"] | None:
        """The time at which rows of a relation must hold."""
        if dated is Dating.NOT:
            return None
        return moment or (Moment(self.env.clock.today()) if dated is Dating.ENDS_AHEAD else "open")

    async def one(self, target: Any, column: str, value: Any, arguments: Mapping[str, Any]) -> Row | None:
        """The row in reach that has a value, as of the moment asked about."""
        model, moment = model_of(target), self._moment(None, arguments)
        found = await self.repository.one(model, column, value, moment)
        return None if found is None else Row(target, {model: found}, moment)

    async def related(self, mapping: ToOne | ToMany, source: Row, arguments: Mapping[str, Any]) -> list[Row]:
        """The rows of a relation, for all parents of the selection in one query."""
        target = mapping.target()
        model, moment = model_of(target), self._moment(source, arguments)

        async def load(keys: list[uuid.UUID]) -> list[list[Row]]:
            order = [key.column for key in mapping.order] if isinstance(mapping, ToMany) else []
            tie = Tie(
                mapping.parent, model, mapping.on, source.moment, moment, self._held(mapping.dated, moment)
            )
            unique = list(dict.fromkeys(keys))
            found = await self.repository.related(tie, unique, order=order, scoped=not mapping.implied)
            return [[Row(target, {model: row}, moment) for row in found[key]] for key in keys]

        loader = self._loader((id(mapping), source.moment, moment), load)
        rows: list[Row] = await loader.load(source[mapping.parent].id)
        return rows

    async def joined(self, mapping: Namespace, source: Row) -> Any:
        """The plugin's own row beside a core row, or None."""
        assert mapping.row is not None
        model, on = mapping.row
        moment = source.moment
        tie = Tie(mapping.parent, model, on, moment, moment, self._held(mapping.dated, moment))

        async def load(keys: list[uuid.UUID]) -> list[Any]:
            unique = list(dict.fromkeys(keys))
            found = await self.repository.related(tie, unique, scoped=False)
            return [found[key][0] if found[key] else None for key in keys]

        return await self._loader((id(mapping), moment), load).load(source[mapping.parent].id)

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
        return await self.one(target, "id", key, {})

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
            [Row(target, {model: row}, source.moment if source else None) for row in kept],
            len(found) > page.size,
            [row.id for row in kept],
            lambda: self.repository.count(model, tests, parent),
        )

    def _tests(
        self, connection: Connection, model: Any, arguments: Mapping[str, Any]
    ) -> list[ColumnElement[bool]]:
        asked = arguments.get("filter") or {}
        mode = connection.mode_of(asked)
        # A permission of the list's own narrows the table's scope, it does not replace it.
        permissions = [None, connection.permission] if connection.permission else [None]
        scoped = [] if connection.implied else permissions
        tests = [self.repository.inside(model, model, mode, name) for name in scoped]
        if connection.where is not None:
            tests.append(connection.where(model))
        if connection.filter and asked:
            binds = literal_binds(asked, self.env)
            tests.append(connection.filter.clause(asked, model, binds, partial(self._passes, model)))
        return tests

    def _passes(self, model: Any, wanted: str | Declared) -> ColumnElement[bool]:
        if isinstance(wanted, Declared):
            env = self.env
            return inside(wanted, model, env.principal, env.permissions_for(wanted), "reached")
        return self.repository.inside(model, model, "reached", wanted)

    async def _beyond(self, connection: Connection, model: Any, page: Page) -> list[ColumnElement[bool]]:
        if page.cursor is None:
            return []
        columns = [key.column for key in page.keys]
        values = await self.repository.values(
            model, page.cursor, columns, connection.permission, scoped=not connection.implied
        )
        if values is None:
            raise Refused(CURSOR_INVALID)

        def value(name: str) -> ColumnElement[Any]:
            return bindparam(None, values[name], type_=getattr(model, name).type, unique=True)

        return [page.beyond(model, value)]


@asynccontextmanager
async def reading_context(env: Env, nodes: Mapping[str, Any]) -> AsyncIterator[Context]:
    """A context with a snapshot of its own."""
    async with env.database.reading() as session:
        yield Context(env, Repository(session, env.principal, env.readers), nodes)
