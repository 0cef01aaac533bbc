"""Selections as the specification collects them: fragments, conditions, `@skip` and `@include`, merging."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)

Fragments = Mapping[str, FragmentDefinitionNode]


def _value(directive: DirectiveNode, variables: Mapping[str, Any]) -> bool:
    value: Any = (directive.arguments or ())[0].value
    return bool(variables.get(value.name.value) if isinstance(value, VariableNode) else value.value)


def included(node: Any, variables: Mapping[str, Any]) -> bool:
    """Whether `@skip` and `@include` leave a selection in."""
    for directive in node.directives or ():
        name = directive.name.value
        if name in ("skip", "include") and _value(directive, variables) == (name == "skip"):
            return False
    return True


def applies(condition: str | None, type_: GraphQLObjectType) -> bool:
    """Whether a type condition holds for a concrete type."""
    return condition in (None, type_.name) or any(
        interface.name == condition for interface in type_.interfaces
    )


def collect(
    type_: GraphQLObjectType,
    sets: Iterable[SelectionSetNode | None],
    fragments: Fragments,
    variables: Mapping[str, Any],
) -> dict[str, list[FieldNode]]:
    """Response key to field nodes, in document order."""
    found: dict[str, list[FieldNode]] = {}
    seen: set[str] = set()
    for set_ in sets:
        if set_ is not None:
            _collect(type_, set_, fragments, variables, found, seen)
    return found


def _collect(
    type_: GraphQLObjectType,
    set_: SelectionSetNode,
    fragments: Fragments,
    variables: Mapping[str, Any],
    found: dict[str, list[FieldNode]],
    seen: set[str],
) -> None:
    for node in set_.selections:
        if not included(node, variables):
            continue
        if isinstance(node, FieldNode):
            found.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
            continue
        inner = _entered(node, type_, fragments, seen)
        if inner is not None:
            _collect(type_, inner, fragments, variables, found, seen)


def _entered(
    node: Any, type_: GraphQLObjectType, fragments: Fragments, seen: set[str]
) -> SelectionSetNode | None:
    """The selections of a fragment that applies and was not entered before."""
    if isinstance(node, FragmentSpreadNode):
        if node.name.value in seen:
            return None
        seen.add(node.name.value)
        fragment = fragments[node.name.value]
        return fragment.selection_set if applies(fragment.type_condition.name.value, type_) else None
    assert isinstance(node, InlineFragmentNode)
    condition = node.type_condition.name.value if node.type_condition else None
    return node.selection_set if applies(condition, type_) else None


def directive_variables(nodes: Iterable[Any]) -> tuple[str, ...]:
    """The variables that decide what is selected at all."""
    names: set[str] = set()
    stack = list(nodes)
    while stack:
        node = stack.pop()
        for directive in node.directives or ():
            names.update(a.value.name.value for a in directive.arguments if isinstance(a.value, VariableNode))
        if getattr(node, "selection_set", None):
            stack.extend(node.selection_set.selections)
    return tuple(sorted(names))


def fields_with_arguments(
    schema: GraphQLSchema, type_: GraphQLNamedType, set_: SelectionSetNode, fragments: Fragments
) -> Iterator[tuple[FieldNode, Any]]:
    """Every field node below a selection whose definition takes arguments, with that definition."""
    stack: list[tuple[GraphQLNamedType, SelectionSetNode]] = [(type_, set_)]
    seen: set[tuple[str, str]] = set()
    while stack:
        parent, selections = stack.pop()
        for node in selections.selections:
            if isinstance(node, FieldNode):
                yield from _field(node, parent, stack)
            else:
                _enter(schema, node, parent, fragments, stack, seen)


def _field(node: FieldNode, parent: GraphQLNamedType, stack: list[Any]) -> Iterator[tuple[FieldNode, Any]]:
    if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
        return
    definition = parent.fields.get(node.name.value)
    if definition is None:
        return  # __typename
    if definition.args:
        yield node, definition
    if node.selection_set:
        stack.append((get_named_type(definition.type), node.selection_set))


def _enter(
    schema: GraphQLSchema,
    node: Any,
    parent: GraphQLNamedType,
    fragments: Fragments,
    stack: list[Any],
    seen: set[tuple[str, str]],
) -> None:
    if isinstance(node, FragmentSpreadNode):
        fragment = fragments[node.name.value]
        if (parent.name, node.name.value) in seen:
            return
        seen.add((parent.name, node.name.value))
        stack.append((schema.type_map[fragment.type_condition.name.value], fragment.selection_set))
    else:
        type_ = schema.type_map[node.type_condition.name.value] if node.type_condition else parent
        stack.append((type_, node.selection_set))
