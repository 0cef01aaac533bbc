"""Which list a document exports, and the document that asks for one page of it.

The page's document is the caller's own selection under `first` and `after` of ours. It is made once and then
asked like any other: the same text on every page, so its plan is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableNode,
    Visitor,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_object_type,
    parse,
    print_ast,
    separate_operations,
    visit,
)
from graphql.execution.values import get_argument_values

from core.errors import Refused
from core.refusals import EXPORT_SHAPE
from schema.sql.connections import Connection
from schema.sql.engine import Operation
from schema.sql.paging import MAX_PAGE
from schema.sql.planner import mapping_of
from schema.sql.selection import collect, fields_with_arguments

AFTER, PAGE = "minzhengAfter", "minzhengPage"
_PAGING = ("first", "after", "last", "before")
_NUMBERS = ("Decimal", "Int", "Float")
_BESIDE = ("__typename", "pageInfo", "totalCount", "cursor")  # of no use in a file, and no harm

Nodes = Sequence[FieldNode]


@dataclass(frozen=True)
class Column:
    """A value of a row: its response path below the node. `number`: a spreadsheet may calculate with it."""

    path: tuple[str, ...]
    number: bool = False

    @property
    def name(self) -> str:
        return ".".join(self.path)

    def value(self, row: Any) -> Any:
        """The value in a row; None where an object on the way is null."""
        for key in self.path:
            row = row.get(key) if row is not None else None
        return row


@dataclass(frozen=True)
class Listing:
    """The one list of an operation.

    Attributes:
        query, variables: ask for a page of it; `AFTER` is the variable of the cursor.
        path: response keys from the root to the connection. edges, node: the keys below it.
        name: the fields on that path. filters: the fields of the filter, without their values.
    """

    query: str
    variables: Mapping[str, Any]
    path: tuple[str, ...]
    edges: str
    node: str
    name: str
    filters: tuple[str, ...]
    columns: tuple[Column, ...]


def listing_of(
    schema: GraphQLSchema, operation: Operation, coerced: Any, given: Mapping[str, Any]
) -> Listing:
    """The list that a query exports.

    Args:
        coerced: graphql-core's variable values. given: the variables as the client sent them.

    Raises:
        Refused: EXPORT_SHAPE.
    """
    if not operation.is_query:
        raise Refused(EXPORT_SHAPE)
    return _Finder(schema, operation, coerced).listing(given)


class _Finder:
    """Walks from the root to the connection, rebuilding the way without what is beside it."""

    def __init__(self, schema: GraphQLSchema, operation: Operation, coerced: Any) -> None:
        self._schema, self._operation, self._variables = schema, operation, coerced
        self._path: list[str] = []
        self._names: list[str] = []
        self._way: list[str] = []  # each field on the way, as text

    def listing(self, given: Mapping[str, Any]) -> Listing:
        root = self._schema.query_type
        assert root is not None
        definition, nodes = self._descend(root, [self._operation.node])
        edges, edge_nodes, edge_type = self._below(definition, nodes, "edges")
        node, row_nodes = self._only(edge_type, edge_nodes, "node")
        row_type = _object(edge_type.fields["node"])
        self._refuse_lists_below(row_type, row_nodes)
        query, variables = self._page(nodes[0], edges, node, row_nodes, given)
        arguments = get_argument_values(definition, nodes[0], self._variables)
        return Listing(
            query,
            variables,
            tuple(self._path),
            edges,
            node,
            ".".join(self._names),
            tuple(sorted(set(_filter_names(arguments.get("filter"))))),
            tuple(self._columns(row_type, row_nodes)),
        )

    def _collect(self, type_: GraphQLObjectType, nodes: Iterable[Any]) -> dict[str, list[FieldNode]]:
        sets = [node.selection_set for node in nodes]
        return collect(type_, sets, self._operation.fragments, self._variables.coerced)

    def _only(
        self, type_: GraphQLObjectType, nodes: Iterable[Any], name: str | None = None
    ) -> tuple[str, Nodes]:
        """The one member of a selection that counts."""
        groups = self._collect(type_, nodes).items()
        found = [(key, group) for key, group in groups if group[0].name.value not in _BESIDE]
        if len(found) != 1 or name not in (None, found[0][1][0].name.value):
            raise Refused(EXPORT_SHAPE)
        return found[0]

    def _below(self, definition: Any, nodes: Nodes, name: str) -> tuple[str, Nodes, GraphQLObjectType]:
        type_ = _object(definition)
        key, group = self._only(type_, nodes, name)
        return key, group, get_named_type(type_.fields[name].type)

    def _descend(self, type_: GraphQLObjectType, nodes: Iterable[Any]) -> tuple[Any, Nodes]:
        key, group = self._only(type_, nodes)
        definition = type_.fields[group[0].name.value]
        self._path.append(key)
        self._names.append(group[0].name.value)
        if isinstance(mapping_of(definition), Connection):
            return definition, group
        self._way.append(_field(group[0], group[0].arguments))
        return self._descend(_object(definition), group)

    def _refuse_lists_below(self, type_: GraphQLObjectType, nodes: Nodes) -> None:
        """A connection inside a row would be cut off at a page without a word."""
        for node in nodes:
            assert node.selection_set is not None
            below = fields_with_arguments(self._schema, type_, node.selection_set, self._operation.fragments)
            if any(isinstance(mapping_of(definition), Connection) for _, definition in below):
                raise Refused(EXPORT_SHAPE)

    def _columns(
        self, type_: GraphQLObjectType, nodes: Iterable[Any], above: tuple[str, ...] = ()
    ) -> Iterator[Column]:
        for key, group in self._collect(type_, nodes).items():
            definition = type_.fields.get(group[0].name.value)
            inner = get_nullable_type(definition.type) if definition else None
            if isinstance(inner, GraphQLObjectType):
                yield from self._columns(inner, group, (*above, key))
            else:
                leaf = getattr(inner, "name", "")  # a list has no name: it is one cell
                yield Column((*above, key), leaf in _NUMBERS)

    # -- the document of a page

    def _page(
        self, connection: FieldNode, edges: str, node: str, rows: Nodes, given: Mapping[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        kept = [a for a in connection.arguments or () if a.name.value not in _PAGING]
        first = f"first: {MAX_PAGE}, after: ${AFTER}"
        inner = " ".join(print_ast(selection) for row in rows for selection in _selections(row))
        page = f"{PAGE}: pageInfo {{ hasNextPage endCursor }}"
        body = (
            f"{_field(connection, kept, first)} {{ {edges}: edges {{ {node}: node {{ {inner} }} }} {page} }}"
        )
        for field in reversed(self._way):
            body = f"{field} {{ {body} }}"
        fragments = "\n".join(print_ast(fragment) for fragment in self._operation.fragments.values())
        document = _operation_of(parse(f"query {{ {body} }}\n{fragments}", no_location=True))
        return self._headed(document, given)

    def _headed(self, document: DocumentNode, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """With the caller's name and those of their variables that are still used."""
        operation = self._operation.node
        used = _used(document)
        definitions = [d for d in operation.variable_definitions or () if d.variable.name.value in used]
        header = ", ".join([*map(print_ast, definitions), f"${AFTER}: String"])
        name = operation.name.value if operation.name else ""
        text = print_ast(document)
        assert text.startswith("{"), text
        names = {definition.variable.name.value for definition in definitions}
        return f"query {name}({header}) {text}", {k: v for k, v in given.items() if k in names}


def _object(definition: Any) -> GraphQLObjectType:
    """The type of a field that leads to one object; below a list there are several connections."""
    inner = get_nullable_type(definition.type)
    if is_list_type(inner) or not is_object_type(inner):
        raise Refused(EXPORT_SHAPE)
    return inner


def _selections(node: FieldNode) -> Sequence[Any]:
    assert node.selection_set is not None
    return node.selection_set.selections


def _field(node: FieldNode, arguments: Iterable[Any] | None, more: str = "") -> str:
    alias = f"{node.alias.value}: " if node.alias else ""
    listed = ", ".join([*(print_ast(argument) for argument in arguments or ()), *([more] if more else [])])
    return f"{alias}{node.name.value}{f'({listed})' if listed else ''}"


def _operation_of(document: DocumentNode) -> DocumentNode:
    """The operation with the fragments that it still uses, the operation first."""
    (alone,) = separate_operations(document).values()
    ordered = sorted(alone.definitions, key=lambda d: not isinstance(d, OperationDefinitionNode))
    return DocumentNode(definitions=tuple(ordered))


def _used(document: DocumentNode) -> set[str]:
    names: set[str] = set()

    class Collector(Visitor):
        def enter_variable(self, node: VariableNode, *_: Any) -> None:
            names.add(node.name.value)

    visit(document, Collector())
    return names


def _filter_names(value: Any, above: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if inner is not None:
                yield from _filter_names(inner, f"{above}.{name}" if above else name)
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        for item in value:
            yield from _filter_names(item, above)
    elif above:
        yield above
