"""From a validated selection to one statement. The mappings of the fields know their SQL; this walks them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import FieldNode, GraphQLField, GraphQLObjectType, GraphQLSchema, get_named_type
from sqlalchemy import BindParameter, ColumnElement, Date, Uuid, and_, bindparam, false, or_
from sqlalchemy.types import TypeEngine

from core.access.declared import Declared, grouped, narrowed
from core.access.principal import Bind, Scope
from core.access.scope import Mode, ScopeRule
from core.dated import ALWAYS, holds, open_now, past
from core.db import Instant, Text
from schema.sql.emit import EMITTERS, Pair, word
from schema.sql.env import Env
from schema.sql.errors import Unplannable
from schema.sql.moments import asks, moment_of
from schema.sql.row import At, Columns, PastColumns, Then
from schema.sql.selection import Fragments, collect

HIDDEN = " "  # starts the keys of columns for resolvers; no GraphQL name has it


@dataclass(frozen=True)
class Site:
    """One selected field: its definition, its nodes, where its row is, and its response key."""

    key: str
    definition: GraphQLField
    nodes: Sequence[FieldNode]
    at: At

    @property
    def type_(self) -> GraphQLObjectType:
        named = get_named_type(self.definition.type)
        if not isinstance(named, GraphQLObjectType):
            raise Unplannable(f"{named.name} is abstract here")
        return named


@dataclass(frozen=True)
class Resolution:
    """A field to resolve after the statement: the rows at `path`, their hidden columns, and the function."""

    path: tuple[str, ...]
    key: str
    hidden_key: str
    hidden: Mapping[str, TypeEngine[Any]]
    run: Callable[[Sequence[Mapping[str, Any]], Run], Any]
    definition: GraphQLField


@dataclass
class Run:
    """One execution: the request, the coerced arguments by field number, the record just written."""

    env: Env
    arguments: Mapping[int, Mapping[str, Any]]
    record: uuid.UUID | None = None


def mapping_of(definition: GraphQLField) -> Any:
    """The SQL mapping of a field; None for one with a resolver of its own."""
    return getattr(definition.extensions.get("strawberry-definition"), "mapping", None)


@dataclass
class Planner:
    """Builds the expressions of one operation for one class of callers.

    Attributes:
        binders: for each placeholder, how its value comes from a `Run`.
        resolutions: the fields that need Python afterwards.
        checks: conditions that must hold for the answer to stand (cursors that point at a row).
    """

    schema: GraphQLSchema
    fragments: Fragments
    variables: Mapping[str, Any]
    dialect: str
    run: Run
    numbers: Mapping[int, int]
    binders: dict[str, Callable[[Run], Any]] = field(default_factory=dict)
    binds: dict[str, BindParameter[Any]] = field(default_factory=dict)
    resolutions: list[Resolution] = field(default_factory=list)
    checks: list[ColumnElement[Any]] = field(default_factory=list)
    hidden: dict[str, dict[str, ColumnElement[Any]]] = field(default_factory=dict)
    masked: set[str] = field(default_factory=set)
    scoped: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.emit = EMITTERS[self.dialect]
        self.env = self.run.env

    def bind(
        self, binder: Callable[[Run], Any], type_: TypeEngine[Any], name: str | None = None
    ) -> BindParameter[Any]:
        """A placeholder whose value each execution computes. A name makes it shared."""
        name = name or f"p{len(self.binders)}"
        if name not in self.binds:
            self.binders[name] = binder
            self.binds[name] = bindparam(name, type_=type_, unique=False)
        return self.binds[name]

    def pairs(self, type_: GraphQLObjectType, nodes: Sequence[FieldNode], at: At) -> list[Pair]:
        """The members of one object: response key and JSON expression, hidden columns at the end."""
        groups = collect(type_, [node.selection_set for node in nodes], self.fragments, self.variables)
        pairs: list[Pair] = []
        before = len(self.resolutions)
        for key, group in groups.items():
            pairs.append((key, self._member(type_, key, group, at)))
        needed = {
            name: value
            for resolution in self.resolutions[before:]
            if resolution.path == at.path
            for name, value in self.hidden[resolution.hidden_key].items()
        }
        return [*pairs, *needed.items()]

    def _member(
        self, type_: GraphQLObjectType, key: str, nodes: Sequence[FieldNode], at: At
    ) -> ColumnElement[Any]:
        name = nodes[0].name.value
        if name == "__typename":
            return word(type_.name)
        definition = type_.fields.get(name)
        if definition is None:
            raise Unplannable(name)
        return self.value(Site(key, definition, nodes, at))

    def value(self, site: Site) -> ColumnElement[Any]:
        """The JSON expression of one field."""
        mapping = mapping_of(site.definition)
        if mapping is None:
            raise Unplannable("a field with a resolver")
        value: ColumnElement[Any] = mapping.plan(self, site)
        return value

    def later(
        self, site: Site, hidden: Mapping[str, tuple[ColumnElement[Any], TypeEngine[Any]]], run: Any
    ) -> ColumnElement[Any]:
        """Leave a field to Python: empty for now, its columns beside it under keys no client can use."""
        prefix = f"{HIDDEN}{len(self.resolutions)}."
        resolution = Resolution(
            site.at.path,
            site.key,
            prefix,
            {prefix + name: type_ for name, (_, type_) in hidden.items()},
            run,
            site.definition,
        )
        self.resolutions.append(resolution)
        self.hidden[prefix] = {
            prefix + name: self.emit.leaf(column, type_) for name, (column, type_) in hidden.items()
        }
        return word("")

    def arguments(self, site: Site) -> Mapping[str, Any]:
        """The coerced arguments of a field in this very request (their shape is part of the plan's key)."""
        number = self.number(site)
        return {} if number is None else self.run.arguments[number]

    def number(self, site: Site) -> int | None:
        """The field's number among those that take arguments; the same for every parse of a document."""
        return self.numbers.get(id(site.nodes[0]))

    def argument(
        self, site: Site, get: Callable[[Mapping[str, Any], Run], Any], type_: TypeEngine[Any]
    ) -> BindParameter[Any]:
        """A placeholder filled from a field's arguments."""
        number = self.numbers[id(site.nodes[0])]
        return self.bind(lambda run: get(run.arguments[number], run), type_)

    # -- time

    def moment(self, site: Site) -> Then | None:
        """As of when a field is answered: its own `asOf` and `knownAt`, else those above it; None for now."""
        above = site.at.moment
        if not asks(self.arguments(site)):
            return above
        own = self.arguments(site)
        return Then(
            above.as_of
            if above and own.get("asOf") is None
            else self.argument(site, lambda a, run: moment_of(a, None, run.env).as_of, Date()),
            above.known_at
            if above and own.get("knownAt") is None
            else self.argument(site, lambda a, run: moment_of(a, None, run.env).known_at, Instant()),
        )

    def rows(self, model: Any, moment: Then | None) -> Columns:
        """The rows of a model now, or as they were."""
        if moment is None or not hasattr(model, "__history__"):
            return Columns(model.__table__.alias())
        return PastColumns(past(model, moment.as_of, moment.known_at))

    def holding(self, row: Columns, moment: Then | None, ends_ahead: bool) -> ColumnElement[bool]:
        """Dated rows that hold: at the moment, or now."""
        if moment is None and not ends_ahead:
            return open_now(row)
        return holds(row, *((moment.as_of, moment.known_at) if moment else self._now()))

    def _now(self) -> tuple[Any, Any]:
        today = self.bind(lambda run: run.env.clock.today(), Date(), "today")
        return today, self.bind(lambda run: ALWAYS, Instant(), "always")

    def scope(self, permission: str) -> tuple[Scope, Bind]:
        """The caller's scope for a permission, with placeholders shared by all of the same scope."""
        number = self.env.scope_numbers.get(permission)
        if number is None:
            return Scope(), lambda index, part: word("")
        bind: Bind = lambda index, part: self.bind(  # noqa: E731
            lambda run: run.env.principal.scope(permission).value(index, part),
            Text,
            f"s{number}_{index}_{part}",
        )
        return self.env.principal.scope(permission), bind

    def inside(
        self, at: At, model: Any, row: Columns, mode: Mode, permission: str | None = None
    ) -> ColumnElement[bool]:
        """The scope test of a table on one of its rows, at a place in the statement."""
        return at.meaning(self._inside(model, row, mode, permission), row)

    def _inside(self, model: Any, row: Columns, mode: Mode, permission: str | None) -> ColumnElement[bool]:
        rule: ScopeRule = model.__scope__
        self.scoped.add(model.__tablename__)
        if isinstance(rule, Declared):
            return self._declared(rule, row, mode, permission)
        name = permission or rule.permission
        if name is None:
            return rule.clause(row.today, Scope(everywhere=True), lambda index, part: word(""), mode)
        if not self.env.principal.can(name):
            return false()
        scope, bind = self.scope(name)
        return rule.clause(row.today, scope, bind, mode)

    def passes(self, at: At, rule: Declared, row: Columns) -> ColumnElement[bool]:
        """The test of a rule that is not the table's own, such as who may do a task."""
        return at.meaning(self._declared(rule, row, "reached", None), row)

    def _declared(
        self, rule: Declared, row: Columns, mode: Mode, permission: str | None
    ) -> ColumnElement[bool]:
        readers = narrowed(self.env.permissions_for(rule), permission)
        groups = grouped(self.env.principal, readers)
        tests = [rule.of(group).clause(row.today, *self.scope(group.names[0]), mode) for _, group in groups]
        own = rule.owned(row.today, self.env.principal, self._organization) if permission is None else ()
        needed = [rule.reach(row.today, *self.scope(rule.needs), mode)] if rule.needs else []
        return and_(or_(false(), *tests, *own), *needed, rule.beyond(row.today, readers, self._reach))

    def _reach(self, model: Any, alias: Any) -> ColumnElement[bool]:
        return self._inside(model, Columns(alias), "reached", None)

    def _organization(self) -> ColumnElement[Any]:
        """The organization that the caller acts for."""
        return self.bind(lambda run: run.env.principal.organization_id, Uuid(), "organization")

    def covers(self, permission: str, model: Any) -> bool | None:
        """Whether `permission` reaches all rows of a model that the caller sees, none (False), some (None)."""
        if not self.env.principal.can(permission):
            return False
        scope = self.env.principal.scope(permission)
        rule: ScopeRule = model.__scope__
        same = rule.permission is not None and scope == self.env.principal.scope(rule.permission)
        return True if scope.everywhere or same else None
