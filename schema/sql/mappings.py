"""What a field is made of. Each mapping has two independent faces: `plan` writes SQL for the planner, `resolve`
answers graphql-core from loaded rows, with scope and masks applied by the repositories."""

from __future__ import annotations

import enum
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, false, not_, null, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import TypeEngine

from core.access.permissions import PII_READ
from core.errors import Refused
from core.ids import key_of, split, typed
from core.refusals import ID_INVALID
from schema.sql.arguments import given, shape
from schema.sql.emit import word
from schema.sql.errors import Unplannable
from schema.sql.moments import AS_OF, KNOWN_AT, asks
from schema.sql.paging import MAX_PAGE, Key, Page
from schema.sql.planner import Planner, Run, Site
from schema.sql.row import Columns, Row

Join = Callable[[Any, Any], ColumnElement[bool]]


class Dating(enum.Enum):
    """Whether the target's rows are dated facts, so that only those that hold are shown.

    OPEN: an end is never in the future, so what holds now is open. ENDS_AHEAD: an end may be.
    """

    NOT = "not"
    OPEN = "open"
    ENDS_AHEAD = "ends_ahead"


def model_of(target: Any) -> Any:
    """The model behind a GraphQL type."""
    return target.__model__


class FieldMapping:
    """Base of all mappings: no arguments that change SQL beyond their shape."""

    def shape(self, arguments: Mapping[str, Any]) -> Hashable:
        """What about the arguments decides the SQL text."""
        return shape(arguments)

    def plan(self, planner: Planner, site: Site) -> ColumnElement[Any]:
        raise NotImplementedError

    def resolve(self, source: Row, info: Any, arguments: Mapping[str, Any]) -> Any:
        raise NotImplementedError


def _column(attribute: InstrumentedAttribute[Any], row: Any) -> ColumnElement[Any]:
    columns = row[attribute.class_]
    # Not as an attribute of `Columns`, which has some of its own: a column may be called `source`, too.
    value: ColumnElement[Any] = (
        columns.source.c[attribute.key] if isinstance(columns, Columns) else getattr(columns, attribute.key)
    )
    return value


def _instance(attribute: InstrumentedAttribute[Any], source: Row) -> Any:
    instance = source[attribute.class_]
    return None if instance is None else getattr(instance, attribute.key)


@dataclass
class Column(FieldMapping):
    """A column as it is."""

    attribute: InstrumentedAttribute[Any]

    def plan(self, planner: Planner, site: Site) -> ColumnElement[Any]:
        return planner.emit.leaf(_column(self.attribute, site.at), self.attribute.type)

    def resolve(self, source: Row, info: Any, arguments: Mapping[str, Any]) -> Any:
        return _instance(self.attribute, source)


@dataclass
class NodeId(FieldMapping):
    """The typed public id of the row."""

    prefix: str
    model: Any

    def plan(self, planner: Planner, site: Site) -> ColumnElement[Any]:
        return word(f"{self.prefix}_").op("||")(planner.emit.key(site.at[self.model].id))

    def resolve(self, source: Row, info: Any, arguments: Mapping[str, Any]) -> Any:
        return typed(self.prefix, source[self.model].id)


@dataclass
class Expression(FieldMapping):
    """A value computed twice: by the database, and by Python for graphql-core's path.

    Args:
        sql: from the columns at hand and `binds(name)`, which gives the placeholders named in `binds`.
        python: from the loaded row and the request.
        binds: run-time values by name: how each comes from the request, and its SQL type.
    """

    sql: Callable[[Any, Callable[[str], Any]], ColumnElement[Any]]
    python: Callable[[Row, Any], Any]
    type_: TypeEngine[Any] = field(default_factory=Integer)
    binds: Mapping[str, tuple[Callable[[Any], Any], TypeEngine[Any]]] = field(default_factory=dict)

    def plan(self, planner: Planner, site: Site) -> ColumnElement[Any]:
        def placeholder(name: str) -> Any:
            get, type_ = self.binds[name]
            return planner.bind(lambda run: get(run.env), type_)

        return planner.emit.leaf(site.at.meaning(self.sql(site.at, placeholder)), self.type_)

    def resolve(self, source: Row, info: Any, arguments: Mapping[str, Any]) -> Any:
        return self.python(source, info.context.env)


@dataclass
class Masked(FieldMapping):
    """A column shown in full with a permission, else through a mask computed from it (domain 1.7)."""

    attribute: InstrumentedAttribute[Any]
    permission: str
    mask_sql: Callable[[ColumnElement[Any]], ColumnElement[Any]]
    mask_python: Callable[[Any], Any]

    def plan(self, planner: Planner, site: Site) -> ColumnElement[Any]:
        value, model = _column(self.attribute, site.at), self.attribute.class_
        reach = planner.covers(self.permission, model)
        if reach is True:
            return value
        planner.masked.add(f"{model.__tablename__}.{self.attribute.key}")
        if reach is False:
            return self.mask_sql(value)
        inside = planner.inside(site.at, model, site.at[model], "reached", self.permission)
        return case((inside, value), else_=self.mask_sql(value))

    async def resolve(self, source: Row, info: Any, arguments: Mapping[str, Any]) -> Any:
        value = _instance(self.attribute, source)
        shown = await info.context.repository.permits(self.permission, source[self.attribute.class_])
        return value if shown else self.mask_python(value)


@dataclass
class Sensitive(FieldMapping):
    """An encrypted field: its masked form, or, with `pii:read` and a purpose, decrypted and audited."""

    cipher: InstrumentedAttribute[Any]
    masked: InstrumentedAttribute[Any]
    context: str
    prefix: str

    def _unmasks(self, env: Any) -> bool:
        return env.principal.purpose is not None and env.principal.can(PII_READ)

    def plan(self, planner: Planner, site: Site) -> ColumnElement[Any]:
        model = self.masked.class_
        if not self._unmasks(planner.env):
            planner.masked.add(f"{model.__tablename__}.{self.masked.key}")
            return _column(self.masked, site.at)
        columns = {name: (_column(a, site.at), a.type) for name, a in self._needs().items()}
        reach = planner.covers(PII_READ, model)
        inside = true() if reach else planner.inside(site.at, model, site.at[model], "reached", PII_READ)
        columns["allowed"] = (case((inside, 1), else_=0), Integer())
        return planner.later(
            site, columns, lambda rows, run: self.open(rows, run.env, site.nodes[0].name.value)
        )

    def _needs(self) -> dict[str, InstrumentedAttribute[Any]]:
        model = self.cipher.class_
        needs = {"id": model.id, "cipher": self.cipher, "masked": self.masked}
        return {**needs, "district": model.district} if hasattr(model, "district") else needs

    async def open(self, rows: Sequence[Mapping[str, Any]], env: Any, name: str) -> list[str | None]:
        """Decrypt what may be, and note an audit row for each record opened."""
        values: list[str | None] = []
        for row in rows:
            plain = row["allowed"] and row["cipher"] is not None
            if plain:
                district = row.get("district")
                env.audit("pii.read", typed(self.prefix, row["id"]), [name], district=district)
            values.append(env.vault.decrypt(row["cipher"], self.context) if plain else row["masked"])
        return values

    async def resolve(self, source: Row, info: Any, arguments: Mapping[str, Any]) -> Any:
        env = info.context.env
        if not self._unmasks(env):
            return _instance(self.masked, source)
        row = {name: _instance(attribute, source) for name, attribute in self._needs().items()}
        row["allowed"] = await info.context.repository.permits(PII_READ, source[self.cipher.class_])
        return (await self.open([row], env, info.field_name))[0]


@dataclass
class Resolver(FieldMapping):
    """A batched Python function over all rows of the selection; it names the columns it needs."""

    run: Callable[..., Any]
    needs: Mapping[str, InstrumentedAttribute[Any]]

    def plan(self, planner: Planner, site: Site) -> ColumnElement[Any]:
        columns = {name: (_column(a, site.at), a.type) for name, a in self.needs.items()}
        number = planner.number(site)

        def call(rows: Sequence[Mapping[str, Any]], run: Run) -> Any:
            return self.run(rows, run.env, **({} if number is None else run.arguments[number]))

        return planner.later(site, columns, call)

    async def resolve(self, source: Row, info: Any, arguments: Mapping[str, Any]) -> Any:
        row = {name: _instance(attribute, source) for name, attribute in self.needs.items()}
        return await info.context.batched(self, row, arguments)


@dataclass
class ToOne(FieldMapping):
    """A related row, or null; out of scope it is null as well, unless the parent implies scope."""

    target: Callable[[], Any]
    parent: Any
    on: Join
    implied: bool = False
    dated: Dating = Dating.NOT

    def plan(self, planner: Planner, site: Site) -> ColumnElement[Any]:
        model, moment = model_of(self.target()), planner.moment(site)
        row = planner.rows(model, moment)
        tests = related_tests(planner, site, self, row, moment)
        query = select().select_from(row.source).where(*tests)
        at = site.at.then(moment).below(site.key, model, row)
        return planner.emit.one(query, planner.pairs(site.type_, site.nodes, at), site.at.outer)

    async def resolve(self, source: Row, info: Any, arguments: Mapping[str, Any]) -> Any:
        if source[self.parent] is None:  # a namespace whose own row is not there
            return None
        rows = await info.context.related(self, source, arguments)
        return rows[0] if rows else None


@dataclass
class ToMany(FieldMapping):
    """The related rows of a short list, in a fixed order; rows out of scope are absent."""

    target: Callable[[], Any]
    parent: Any
    on: Join
    order: tuple[Key, ...] = (Key("id"),)
    implied: bool = False
    dated: Dating = Dating.NOT

    def plan(self, planner: Planner, site: Site) -> ColumnElement[Any]:
        model, moment = model_of(self.target()), planner.moment(site)
        row = planner.rows(model, moment)
        query = select(row.source).where(*related_tests(planner, site, self, row, moment))
        query = query.order_by(*Page("", self.order, 0, False, None).order(row))
        source = query.correlate(*site.at.outer).subquery()
        at = site.at.then(moment).below(site.key, model, type(row)(source))
        return planner.emit.array(source, planner.pairs(site.type_, site.nodes, at), site.at.outer)

    async def resolve(self, source: Row, info: Any, arguments: Mapping[str, Any]) -> Any:
        return [] if source[self.parent] is None else await info.context.related(self, source, arguments)


def related_tests(
    planner: Planner, site: Site, mapping: ToOne | ToMany, row: Columns, moment: Any
) -> list[ColumnElement[bool]]:
    """What ties a related row to its parent: the join, the time, the scope."""
    model = model_of(mapping.target())
    tests = [site.at.meaning(mapping.on(site.at[mapping.parent], row), row)]
    if mapping.dated is not Dating.NOT:
        tests.append(planner.holding(row, moment, mapping.dated is Dating.ENDS_AHEAD))
    if not mapping.implied:
        tests.append(planner.inside(site.at, model, row, "reached"))
    return tests


@dataclass
class Lookup(FieldMapping):
    """A root field for one row by its public id, or by a natural key column."""

    target: Callable[[], Any]
    by: Mapping[str, str] = field(default_factory=dict)

    def _asked(self, arguments: Mapping[str, Any]) -> tuple[str, Any]:
        asked = {k: v for k, v in given(arguments).items() if k not in (AS_OF, KNOWN_AT)}
        if len(asked) != 1:
            raise Refused(ID_INVALID, id="", expected=" | ".join(("id", *self.by)))
        name, value = next(iter(asked.items()))
        return name, key_of(self.target().__prefix__, value) if name == "id" else value

    def shape(self, arguments: Mapping[str, Any]) -> Hashable:
        return self._asked(arguments)[0], asks(arguments)

    def plan(self, planner: Planner, site: Site) -> ColumnElement[Any]:
        model, moment = model_of(self.target()), planner.moment(site)
        row = planner.rows(model, moment)
        name, _ = self._asked(planner.arguments(site))
        column = getattr(row, self.by.get(name, "id"))
        value = planner.argument(site, lambda arguments, run: self._asked(arguments)[1], column.type)
        there = replace(site, at=site.at.then(moment))
        return one_row(planner, there, self.target(), row, column == value)

    async def resolve(self, source: Row, info: Any, arguments: Mapping[str, Any]) -> Any:
        name, value = self._asked(arguments)
        return await info.context.one(self.target(), self.by.get(name, "id"), value, arguments)


def one_row(
    planner: Planner, site: Site, target: Any, row: Columns, where: ColumnElement[bool]
) -> ColumnElement[Any]:
    model = model_of(target)
    query = select().select_from(row.source).where(where, planner.inside(site.at, model, row, "reached"))
    type_ = planner.schema.type_map[target.__strawberry_definition__.name]
    pairs = planner.pairs(type_, site.nodes, site.at.below(site.key, model, row))  # type: ignore[arg-type]
    return planner.emit.one(query, pairs, site.at.outer)


@dataclass
class AnyNode(FieldMapping):
    """`node(id)`: the prefix of the id names the type."""

    def shape(self, arguments: Mapping[str, Any]) -> Hashable:
        return split(arguments["id"])[0]

    def plan(self, planner: Planner, site: Site) -> ColumnElement[Any]:
        prefix, _ = split(planner.arguments(site)["id"])
        return _node(planner, site, prefix, lambda arguments: arguments["id"])

    async def resolve(self, source: Row, info: Any, arguments: Mapping[str, Any]) -> Any:
        return await info.context.node(arguments["id"])


@dataclass
class AllNodes(FieldMapping):
    """`nodes(ids)`: as many rows, null where there is none, in the order asked."""

    def shape(self, arguments: Mapping[str, Any]) -> Hashable:
        if len(arguments["ids"]) > MAX_PAGE:
            raise Refused(ID_INVALID, id=str(len(arguments["ids"])), expected=f"≤ {MAX_PAGE} ids")
        return tuple(split(text)[0] for text in arguments["ids"])

    def plan(self, planner: Planner, site: Site) -> ColumnElement[Any]:
        ids = planner.arguments(site)["ids"]
        values = [_node(planner, site, split(ids[i])[0], _nth(i)) for i in range(len(ids))]
        if planner.resolutions or len(values) > 60:
            raise Unplannable("many nodes with resolver fields")
        return planner.emit.items(values)

    async def resolve(self, source: Row, info: Any, arguments: Mapping[str, Any]) -> Any:
        self.shape(arguments)
        return [await info.context.node(text) for text in arguments["ids"]]


def _nth(i: int) -> Callable[[Mapping[str, Any]], str]:
    return lambda arguments: str(arguments["ids"][i])


def _node(
    planner: Planner, site: Site, prefix: str, get: Callable[[Mapping[str, Any]], str]
) -> ColumnElement[Any]:
    target = planner.schema.extensions["minzheng-nodes"].get(prefix)
    if target is None:
        raise Refused(ID_INVALID, id=prefix, expected="person_<32 hex>")
    row = Columns(model_of(target).__table__.alias())
    value = planner.argument(site, lambda arguments, run: split(get(arguments))[1], row.id.type)
    return one_row(planner, site, target, row, row.id == value)


@dataclass
class Namespace(FieldMapping):
    """A plugin's fields on a core type: the same row, perhaps with one row of the plugin's own joined to it.

    Args:
        permission: without it the field is null.
        plugin: null for rows of a district that does not use the plugin.
        row: the plugin's model and the condition that ties its row to the parent's.
    """

    target: Callable[[], Any]
    permission: str | None = None
    plugin: str | None = None
    parent: Any = None
    row: tuple[Any, Join] | None = None
    dated: Dating = Dating.NOT

    def plan(self, planner: Planner, site: Site) -> ColumnElement[Any]:
        if self.permission and not planner.env.principal.can(self.permission):
            return null()
        inner = self._object(planner, site)
        tests = self._tests(planner, site)
        return case((tests, inner), else_=null()) if tests is not None else inner

    def _object(self, planner: Planner, site: Site) -> ColumnElement[Any]:
        if self.row is None:
            pairs = planner.pairs(site.type_, site.nodes, site.at.into(site.key))
            return planner.emit.row(pairs, site.at.outer)
        model, on = self.row
        one = select(word("").label("one")).subquery()
        table = model.__table__.alias()
        row = Columns(table)
        tie = site.at.meaning(on(site.at[self.parent], row), row)
        if self.dated is not Dating.NOT:
            tie = and_(tie, planner.holding(row, site.at.moment, self.dated is Dating.ENDS_AHEAD))
        source = one.outerjoin(table, tie)
        pairs = planner.pairs(site.type_, site.nodes, site.at.beside(site.key, model, row))
        return planner.emit.one(select().select_from(source), pairs, site.at.outer)

    def _tests(self, planner: Planner, site: Site) -> ColumnElement[bool] | None:
        if self.parent is None:
            return None
        tests = []
        if self.permission and planner.covers(self.permission, self.parent) is None:
            tests.append(
                planner.inside(site.at, self.parent, site.at[self.parent], "reached", self.permission)
            )
        if self.plugin:
            usual, others = planner.env.host.districts.exceptions(self.plugin)
            column = site.at[self.parent].district
            if others or not usual:
                # Words of ours, written out: a list to bind would be expanded only when SQLAlchemy executes.
                named = or_(false(), *(column == word(code) for code in others))
                tests.append(not_(named) if usual else named)
        return _all(tests)

    async def resolve(self, source: Row, info: Any, arguments: Mapping[str, Any]) -> Any:
        context = info.context
        if self.permission and not context.env.principal.can(self.permission):
            return None
        if self.parent is None:
            return Row(self.target(), {}, source.moment if source else None)
        instance = source[self.parent]
        if self.plugin and self.plugin not in context.env.host.districts.plugins_of(instance.district):
            return None
        if self.permission and not await context.repository.permits(self.permission, instance):
            return None
        models = dict(source.models)
        if self.row:
            models[self.row[0]] = await context.joined(self, source)
        return Row(self.target(), models, source.moment)


def _all(tests: Sequence[ColumnElement[bool]]) -> ColumnElement[bool] | None:
    return and_(*tests) if tests else None
