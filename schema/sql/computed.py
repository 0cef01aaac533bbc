"""Root fields that Python computes, such as figures: planned like any other, so that what stands beside them stays one
statement. Their objects are plain; both paths read the same attributes of the same answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLField, GraphQLList, GraphQLNonNull, GraphQLObjectType, get_named_type
from sqlalchemy import ColumnElement

from schema.sql.emit import word
from schema.sql.errors import Unplannable
from schema.sql.mappings import Column, FieldMapping, NodeId
from schema.sql.planner import Planner, Run, Site, mapping_of
from schema.sql.row import Row
from schema.sql.selection import collect

Compute = Callable[[Any, Any, Mapping[str, Any]], Awaitable[Any]]


@dataclass
class Computed(FieldMapping):
    """A field whose value a function computes of its parent (None at the root), the request and the arguments.

    Lists and objects in it are read by the attributes of their GraphQL type, further `Computed` fields by their own
    functions, and rows of tables as far as they are columns.
    """

    run: Compute

    def plan(self, planner: Planner, site: Site) -> ColumnElement[Any]:
        if site.at.rows:
            raise Unplannable("a computed field below a row")
        member = _member(planner, site)

        async def call(rows: Sequence[Mapping[str, Any]], run: Run) -> list[Any]:
            return [await _value(member, None, run) for _ in rows]

        planner.later(site, {}, call)
        return word("null")  # a member of the answer itself, which must be JSON until it is filled in

    async def resolve(self, source: Any, info: Any, arguments: Mapping[str, Any]) -> Any:
        return await self.run(source, info.context.env, arguments)


@dataclass(frozen=True)
class _Member:
    """A selected field: how its value is read, and what is selected below it."""

    definition: GraphQLField
    number: int | None
    members: Mapping[str, _Member | str] | None


def _member(planner: Planner, site: Site) -> _Member:
    mapping, named = mapping_of(site.definition), get_named_type(site.definition.type)
    if mapping is not None and not isinstance(mapping, Computed | Column | NodeId):
        raise Unplannable("a field of a row below a computed one")
    members = _members(planner, site) if isinstance(named, GraphQLObjectType) else None
    return _Member(site.definition, planner.number(site), members)


def _members(planner: Planner, site: Site) -> dict[str, _Member | str]:
    groups = collect(
        site.type_, [node.selection_set for node in site.nodes], planner.fragments, planner.variables
    )
    found: dict[str, _Member | str] = {}
    for key, nodes in groups.items():
        name = nodes[0].name.value
        if name == "__typename":
            found[key] = site.type_.name
            continue
        below = Site(key, site.type_.fields[name], nodes, site.at.into(site.key))
        found[key] = _member(planner, below)
    return found


async def _value(member: _Member, source: Any, run: Run) -> Any:
    return await _shaped(member, member.definition.type, await _read(member, source, run), run)


async def _read(member: _Member, source: Any, run: Run) -> Any:
    mapping = mapping_of(member.definition)
    if isinstance(mapping, Computed):
        arguments = {} if member.number is None else run.arguments[member.number]
        return await mapping.run(source, run.env, arguments)
    if mapping is not None:
        assert isinstance(source, Row)
        return mapping.resolve(source, None, {})
    return getattr(source, member.definition.extensions["strawberry-definition"].python_name)


async def _shaped(member: _Member, type_: Any, value: Any, run: Run) -> Any:
    if isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
    if value is None:
        return None
    if isinstance(type_, GraphQLList):
        return [await _shaped(member, type_.of_type, item, run) for item in value]
    if member.members is None:
        return type_.serialize(value)
    return {
        key: below if isinstance(below, str) else await _value(below, value, run)
        for key, below in member.members.items()
    }
