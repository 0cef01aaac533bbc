"""Operations, plans and their execution.

An operation is a document's text with an operation name; a plan is an operation for one class of callers and one
shape of arguments. Both caches are bounded and keyed by text, never by AST.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_named_type,
)
from graphql.execution.values import get_argument_values, get_variable_values
from sqlalchemy import Date, Enum, LargeBinary, Numeric, Select, Uuid, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect
from sqlalchemy.types import TypeEngine

from core.db import Instant
from core.errors import Refused
from core.refusals import TEXT_LENGTH
from schema.readers import Reader
from schema.sql.emit import word
from schema.sql.lru import Lru
from schema.sql.planner import Planner, Resolution, Run, Site, mapping_of
from schema.sql.row import At
from schema.sql.selection import Fragments, collect, directive_variables, fields_with_arguments

_DIALECTS = {
    "postgresql": asyncpg_dialect.dialect(paramstyle="numeric_dollar"),  # type: ignore[no-untyped-call]
    "sqlite": sqlite.dialect(paramstyle="named"),
}


@dataclass
class Operation:
    """One validated operation of a document.

    Attributes:
        sites: the field nodes that take arguments, with their definitions.
    """

    document: DocumentNode
    node: OperationDefinitionNode
    fragments: Fragments
    directives: tuple[str, ...]
    sites: list[tuple[FieldNode, Any]]

    @property
    def numbers(self) -> dict[int, int]:
        """The number of each site, by field node."""
        return {id(node): number for number, (node, _) in enumerate(self.sites)}

    @property
    def is_query(self) -> bool:
        return self.node.operation is OperationType.QUERY

    @property
    def is_subscription(self) -> bool:
        return self.node.operation is OperationType.SUBSCRIPTION

    @property
    def is_read(self) -> bool:
        """Whether it writes nothing: a query, or an event of a subscription."""
        return self.node.operation is not OperationType.MUTATION


def operation_of(schema: GraphQLSchema, document: DocumentNode, name: str | None) -> Operation | None:
    """The operation of that name; None where graphql-core would complain about the choice."""
    found = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    chosen = [d for d in found if name is None or (d.name and d.name.value == name)]
    if len(chosen) != 1:
        return None
    node = chosen[0]
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    root = schema.get_root_type(node.operation)
    assert root is not None
    sites = list(fields_with_arguments(schema, root, node.selection_set, fragments))
    return Operation(document, node, fragments, directive_variables([node, *fragments.values()]), sites)


@dataclass(frozen=True)
class Plan:
    """One statement and what to do around it."""

    keys: tuple[str, ...]
    statement: Select[Any]
    text: str
    names: tuple[str, ...]
    positional: bool
    binders: Mapping[str, Callable[[Run], Any]]
    processors: Mapping[str, Callable[[Any], Any] | None]
    resolutions: tuple[Resolution, ...]
    checks: int
    constants: frozenset[str] = frozenset()
    scoped: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()

    def values(self, run: Run) -> Any:
        """The bound values of one execution, as the driver takes them."""
        values = {name: binder(run) for name, binder in self.binders.items()}
        converted = {name: self._convert(name, values[name]) for name in dict.fromkeys(self.names)}
        return [converted[name] for name in self.names] if self.positional else converted

    def parameters(self, run: Run) -> dict[str, Any]:
        """The bound values of one execution, as SQLAlchemy takes them (it knows the constants itself)."""
        return {name: binder(run) for name, binder in self.binders.items() if name not in self.constants}

    def _convert(self, name: str, value: Any) -> Any:
        if isinstance(value, str) and "\0" in value:
            # No text of ours has one, and PostgreSQL takes none.
            raise Refused(TEXT_LENGTH, maximum=len(value))
        processor = self.processors[name]
        return value if processor is None else processor(value)


class StaleCursor(Exception):
    """A cursor's row is gone or out of reach; graphql-core's path says so."""


@dataclass
class Explanation:
    """What `explain` shows under `--dev`."""

    planned: bool
    statements: list[str] = field(default_factory=list)
    plan_hit: bool = False
    reason: str | None = None
    scoped: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "planned": self.planned,
            "statementCount": len(self.statements),
            "statements": self.statements,
            "planHit": self.plan_hit,
            "reason": self.reason,
            "scope": list(self.scoped),
            "masks": list(self.masked),
        }


class Engine:
    """Plans and runs the operations of one schema on one database."""

    def __init__(self, schema: GraphQLSchema, dialect: str, plans: int = 2000) -> None:
        self.schema = schema
        self.dialect = dialect
        self.plans: Lru[Hashable, Plan] = Lru(plans)

    # -- planning

    def arguments(self, operation: Operation, variables: Any) -> dict[int, Mapping[str, Any]]:
        """The coerced arguments of every site, by its number."""
        return {
            number: get_argument_values(definition, node, variables)
            for number, (node, definition) in enumerate(operation.sites)
        }

    def shapes(self, operation: Operation, arguments: Mapping[int, Mapping[str, Any]]) -> Hashable:
        """The shape of all arguments together."""
        mappings = (
            (number, mapping_of(definition)) for number, (_, definition) in enumerate(operation.sites)
        )
        return tuple(mapping.shape(arguments[number]) if mapping else () for number, mapping in mappings)

    def event(self, operation: Operation, variables: Any) -> tuple[Any, Mapping[str, Any]] | None:
        """The mapping and the arguments of a subscription's one field; None if it is left out.

        Raises:
            GraphQLError: an argument is wrong.
        """
        root = self.schema.subscription_type
        assert root is not None
        groups = collect(root, [operation.node.selection_set], operation.fragments, variables.coerced)
        for group in groups.values():
            definition = root.fields[group[0].name.value]
            return mapping_of(definition), get_argument_values(definition, group[0], variables)
        return None

    def mapped(self, operation: Operation, run: Run) -> Iterator[tuple[Any, Mapping[str, Any]]]:
        """The mappings of the fields that take arguments, with the arguments."""
        for number, (_, definition) in enumerate(operation.sites):
            mapping = mapping_of(definition)
            if mapping is not None:
                yield mapping, run.arguments[number]

    def plan(self, key: Hashable, operation: Operation, variables: Any, run: Run) -> tuple[Plan, bool]:
        """The plan of a read for this caller and these arguments, and whether it was known.

        Raises:
            Unplannable: graphql-core must answer. Refused: an argument is wrong.
        """
        directives = tuple(variables.coerced.get(name) for name in operation.directives)
        shapes = self.shapes(operation, run.arguments)
        full = (key, directives, shapes, run.env.access_class)
        known = self.plans.get(full)
        if known is not None:
            return known, True
        root = self.schema.get_root_type(operation.node.operation)
        assert root is not None
        made = self.compile(root, [operation.node], operation, variables.coerced, run)
        self.plans.put(full, made)
        return made, False

    def compile(
        self,
        type_: GraphQLObjectType,
        nodes: Sequence[Any],
        operation: Operation,
        variables: Mapping[str, Any],
        run: Run,
    ) -> Plan:
        """One statement with a column for each member of a selection on `type_`."""
        planner = self._planner(operation, variables, run)
        pairs = planner.pairs(type_, nodes, At({}))
        # At the top every column is a JSON text; `__typename` is the one bare word among them.
        groups = collect(type_, [n.selection_set for n in nodes], operation.fragments, variables)
        bare = {key for key, group in groups.items() if group[0].name.value == "__typename"}
        pairs = [(key, word(f'"{type_.name}"') if key in bare else value) for key, value in pairs]
        return self._select(planner, pairs)

    def entities(
        self, type_: Any, key: str, operation: Operation, variables: Mapping[str, Any], run: Run
    ) -> Plan | None:
        """The planned members of a mutation's payload: its entities, `errors` and the like left out.

        Args:
            key: the response key of the mutation.
        """
        payload = get_named_type(type_)
        # The operation's own nodes, not those of graphql-core's parse: arguments are numbered by node.
        root: Any = self.schema.mutation_type
        nodes = collect(root, [operation.node.selection_set], operation.fragments, variables)[key]
        groups = collect(payload, [n.selection_set for n in nodes], operation.fragments, variables)
        planner = self._planner(operation, variables, run)
        pairs = []
        for key, group in groups.items():
            definition = payload.fields.get(group[0].name.value)
            if definition is not None and mapping_of(definition) is not None:
                pairs.append((key, planner.value(Site(key, definition, group, At({})))))
        return self._select(planner, pairs) if pairs else None

    def _planner(self, operation: Operation, variables: Mapping[str, Any], run: Run) -> Planner:
        return Planner(self.schema, operation.fragments, variables, self.dialect, run, operation.numbers)

    def _select(self, planner: Planner, pairs: Sequence[tuple[str, Any]]) -> Plan:
        columns = [value.label(f"r{i}") for i, (_, value) in enumerate(pairs)]
        checks = [check.label(f"c{i}") for i, check in enumerate(planner.checks)]
        return self._finish(planner, tuple(key for key, _ in pairs), select(*columns, *checks))

    def _finish(self, planner: Planner, keys: tuple[str, ...], statement: Select[Any]) -> Plan:
        dialect = _DIALECTS[self.dialect]
        compiled = statement.compile(dialect=dialect)
        positional = self.dialect == "postgresql"
        names = tuple(compiled.positiontup or ()) if positional else tuple(compiled.params)
        processors = {
            name: compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)
            for name in set(names)
        }
        constants = {name: _constant(compiled.params[name]) for name in set(names) - planner.binders.keys()}
        return Plan(
            keys=keys,
            statement=statement,
            text=str(compiled),
            names=names,
            positional=positional,
            binders={**planner.binders, **constants},
            processors=processors,
            resolutions=tuple(planner.resolutions),
            checks=len(planner.checks),
            constants=frozenset(constants),
            scoped=tuple(sorted(planner.scoped)),
            masked=tuple(sorted(planner.masked)),
        )

    # -- execution

    async def execute(self, plan: Plan, run: Run, reader: Reader) -> bytes:
        """The JSON object of a plan's answer; it waits for the audit rows that the answer owes."""
        row = await reader.row(plan.text, plan.values(run))
        return await self.finish(plan, run, row)

    async def finish(self, plan: Plan, run: Run, row: Sequence[Any]) -> bytes:
        """From the columns of the one row to the bytes of the answer.

        Raises:
            StaleCursor: a cursor points at nothing the caller reaches.
        """
        count = len(plan.keys)
        if plan.checks and not all(row[count:]):
            raise StaleCursor("a cursor's row is out of reach")
        if plan.resolutions:
            return await self._resolved(plan, run, row[:count])
        members = (
            b'"%s":%s' % (key.encode(), _bytes(value))
            for key, value in zip(plan.keys, row[:count], strict=True)
        )
        return b"{" + b",".join(members) + b"}"

    async def _resolved(self, plan: Plan, run: Run, row: Sequence[Any]) -> bytes:
        data = {
            key: None if value is None else orjson.loads(_bytes(value))
            for key, value in zip(plan.keys, row, strict=True)
        }
        for resolution in plan.resolutions:
            await _resolve(resolution, data, run)
        return orjson.dumps(data)


def _constant(value: Any) -> Callable[[Run], Any]:
    """A value that the mapping itself wrote into the statement."""
    return lambda run: value


def _bytes(value: Any) -> bytes:
    if value is None:
        return b"null"
    return value if isinstance(value, bytes) else str(value).encode()


def _parents(data: Any, path: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The objects at a response path, lists walked, nulls passed over."""
    level = [data]
    for key in path:
        level = [item[key] for item in level if item.get(key) is not None]
        level = [
            inner
            for item in level
            for inner in (item if isinstance(item, list) else [item])
            if inner is not None
        ]
    yield from level


def _python(value: Any, type_: TypeEngine[Any]) -> Any:
    """A column's JSON form as the value that the model gives."""
    if value is None:
        return None
    if isinstance(type_, Uuid):
        return uuid.UUID(value)
    if isinstance(type_, LargeBinary):
        return bytes.fromhex(value)
    if isinstance(type_, Enum):
        return type_.enum_class[value] if type_.enum_class else value
    if isinstance(type_, Instant):
        return datetime.fromisoformat(value)
    if isinstance(type_, Date):
        return date.fromisoformat(value)
    return Decimal(value) if isinstance(type_, Numeric) and type_.asdecimal else value


async def _resolve(resolution: Resolution, data: Any, run: Run) -> None:
    parents = list(_parents(data, resolution.path))
    rows = [
        {
            name.partition(".")[2]: _python(parent.pop(name), type_)
            for name, type_ in resolution.hidden.items()
        }
        for parent in parents
    ]
    values = await resolution.run(rows, run) if rows else []
    leaf = get_named_type(resolution.definition.type)
    for parent, value in zip(parents, values, strict=True):
        parent[resolution.key] = _serialized(value, leaf)


def _serialized(value: Any, leaf: Any) -> Any:
    if value is None or isinstance(leaf, GraphQLObjectType):
        return value  # an object is in its final shape (`schema.sql.computed`)
    if isinstance(value, list):
        return [_serialized(item, leaf) for item in value]
    return leaf.serialize(value)


def coerced_variables(schema: GraphQLSchema, operation: Operation, variables: Mapping[str, Any]) -> Any:
    """graphql-core's variable values; None when they are wrong (its own path words the error)."""
    found = get_variable_values(schema, operation.node.variable_definitions or (), dict(variables))
    return None if isinstance(found, list) else found
