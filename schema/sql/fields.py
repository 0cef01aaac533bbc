"""Field constructors: strawberry fields that know their SQL. Core and plugins use the same ones (design 4).

Each takes its description in Chinese and English; together they make the one description of the field.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar, cast, dataclass_transform

import strawberry
from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import TypeEngine
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from schema.sql import mappings as m
from schema.sql.arguments import plain
from schema.sql.connections import Connection
from schema.sql.filters import Filter, Where
from schema.sql.paging import Key

T = TypeVar("T", bound=type)


def both(zh: str, en: str) -> str:
    """One description in two languages, Chinese first."""
    return f"{zh} {en}"


class SqlField(StrawberryField):
    """A field with a mapping. `resolve` of the mapping answers graphql-core; the planner asks for its SQL."""

    mapping: m.FieldMapping

    def __copy__(self) -> SqlField:
        # strawberry's converter writes to field objects; a schema works on its own copies, mapping included.
        copied = super().__copy__()
        copied.mapping = self.mapping
        return copied

    @property
    def is_basic_field(self) -> bool:
        return False  # a basic field gets no info, and resolve needs the request

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        return self.mapping.resolve(
            source, info, {self._name(k): plain(v) for k, v in kwargs.items() if v is not strawberry.UNSET}
        )

    def _name(self, python_name: str) -> str:
        return next(a.graphql_name or python_name for a in self.arguments if a.python_name == python_name)


def field(
    mapping: m.FieldMapping, zh: str, en: str, arguments: Sequence[StrawberryArgument] = (), **options: Any
) -> Any:
    """A field with a mapping of your own."""
    made = SqlField(description=both(zh, en), **options)
    made.mapping = mapping
    made.arguments = list(arguments)
    return made


def argument(name: str, type_: Any, zh: str, en: str, *, required: bool = False) -> StrawberryArgument:
    """An argument of a field, by its GraphQL name."""
    python_name = "".join("_" + c.lower() if c.isupper() else c for c in name)
    return StrawberryArgument(
        python_name=python_name,
        graphql_name=name,
        type_annotation=StrawberryAnnotation(type_ if required else type_ | None),
        description=both(zh, en),
        **({} if required else {"default": strawberry.UNSET}),
    )


def column(attribute: Any, *, zh: str, en: str, **options: Any) -> Any:
    """A column: `name: str = column(PersonRow.name, zh="姓名。", en="Name.")`."""
    return field(m.Column(attribute), zh, en, **options)


def node_id(prefix: str, model: Any) -> Any:
    """The public id of the row, `<prefix>_<32 hex>`."""
    return field(m.NodeId(prefix, model), "全局唯一编号。", "Opaque global id.")


def expression(
    *,
    sql: Callable[[Any, Callable[[str], Any]], ColumnElement[Any]],
    python: Callable[[Any, Any], Any],
    type_: TypeEngine[Any],
    zh: str,
    en: str,
    binds: Mapping[str, tuple[Callable[[Any], Any], TypeEngine[Any]]] | None = None,
) -> Any:
    """A value computed from the row: in SQL for the planner, in Python for graphql-core's path."""
    return field(m.Expression(sql, python, type_, binds or {}), zh, en)


def masked(
    attribute: Any,
    *,
    permission: str,
    mask_sql: Callable[[ColumnElement[Any]], ColumnElement[Any]],
    mask_python: Callable[[Any], Any],
    zh: str,
    en: str,
) -> Any:
    """A column that callers without `permission` see through a mask."""
    return field(m.Masked(attribute, permission, mask_sql, mask_python), zh, en)


def sensitive(cipher: Any, shown: Any, *, context: str, prefix: str, zh: str, en: str) -> Any:
    """An encrypted column: masked, unless the caller has `pii:read` and gives a purpose; then audited."""
    return field(m.Sensitive(cipher, shown, context, prefix), zh, en)


def to_one(
    target: Callable[[], Any],
    parent: Any,
    on: m.Join,
    *,
    zh: str,
    en: str,
    implied: bool = False,
    dated: m.Dating = m.Dating.NOT,
) -> Any:
    """A related row or null. `implied`: whoever sees the parent may see it. `dated`: as in `to_many`."""
    return field(m.ToOne(target, parent, on, implied, dated), zh, en, _moment_arguments(dated))


def to_many(
    target: Callable[[], Any],
    parent: Any,
    on: m.Join,
    *,
    zh: str,
    en: str,
    order: Sequence[str] = ("id",),
    implied: bool = False,
    dated: m.Dating = m.Dating.NOT,
) -> Any:
    """A short list of related rows. A list that can grow is a `connection`.

    Args:
        dated: the rows are `Dated` facts: those that hold now are shown, and the field takes `asOf` and
            `knownAt`, which also come down from above it.
    """
    mapping = m.ToMany(target, parent, on, tuple(Key(name) for name in order), implied, dated)
    return field(mapping, zh, en, _moment_arguments(dated))


def namespace(
    target: Callable[[], Any],
    *,
    zh: str,
    en: str,
    plugin: str | None = None,
    permission: str | None = None,
    parent: Any = None,
    row: tuple[Any, m.Join] | None = None,
    dated: m.Dating = m.Dating.NOT,
) -> Any:
    """A plugin's one field on a core type: its fields read the core row, and one row of the plugin's if named.

    Args:
        dated: that row is a `Dated` fact; it is the one that holds now, or at the moment asked about above.
    """
    return field(m.Namespace(target, permission, plugin, parent, row, dated), zh, en)


def connection(
    name: str,
    target: Callable[[], Any],
    *,
    zh: str,
    en: str,
    filter: Any = None,
    order: Any = None,
    orders: Mapping[str, str] | None = None,
    default: Sequence[Key] = (),
    parent: Any = None,
    on: m.Join | None = None,
    where: Callable[[Any], ColumnElement[bool]] | None = None,
    permission: str | None = None,
    implied: bool = False,
    reached: bool = False,
) -> Any:
    """A Relay connection with keyset pages.

    Args:
        name: unique among connections; cursors of another list are refused by it.
        filter: a `filter_input` class; order: an order input with `orders`, enum member to column.
        default: the ordering without `orderBy`; the id always ends it.
        parent, on: for a list below a row. where: a test that always holds.
        permission: narrows the table's own scope to that of this permission.
        implied: of a list below a row; whoever sees that row may see these.
        reached: of a list below a row, that shows what is reached by relations, and not listed rows alone.
    """
    arguments = [*_paging_arguments()]
    if order is not None:
        arguments.insert(0, argument("orderBy", list[order], "排序。", "Ordering."))
    if filter is not None:
        arguments.insert(0, argument("filter", filter, "筛选条件。", "Filter."))
    mapping = Connection(
        name,
        target,
        filter.__filter__ if filter else None,
        orders or {},
        tuple(default),
        parent,
        on,
        where,
        permission,
        implied,
        reached,
    )
    return field(mapping, zh, en, arguments)


def moment_arguments() -> list[StrawberryArgument]:
    """`asOf` and `knownAt`: the field and everything below it as it was."""
    return [
        argument("asOf", date, "截至哪一天的情况，默认今天。", "As of which day; today by default."),
        argument(
            "knownAt", datetime, "按何时所知，默认现在。", "As was known at which moment; now by default."
        ),
    ]


def _moment_arguments(dated: m.Dating) -> list[StrawberryArgument]:
    return [] if dated is m.Dating.NOT else moment_arguments()


def _paging_arguments() -> list[StrawberryArgument]:
    return [
        argument("first", int, "取前若干条（1–100，默认 20）。", "The first rows, 1 to 100, 20 by default."),
        argument("after", str, "从此游标之后。", "After this cursor."),
        argument("last", int, "取末尾若干条（1–100）。", "The last rows, 1 to 100."),
        argument("before", str, "到此游标之前。", "Before this cursor."),
    ]


def batched(
    needs: Mapping[str, InstrumentedAttribute[Any]], *, zh: str, en: str
) -> Callable[[Callable[..., Any]], Any]:
    """A Python resolver that receives all rows of the selection at once, with the columns it names.

    @batched({"id": PersonRow.id}, zh="…", en="…")
    async def greeting(rows, env) -> list[str]: ...
    """

    def wrap(function: Callable[..., Any]) -> Any:
        arguments = _arguments_of(function)
        made = field(m.Resolver(_by_python_name(function, arguments), needs), zh, en, arguments)
        returns = inspect.signature(function, eval_str=True).return_annotation
        made.type_annotation = StrawberryAnnotation(returns.__args__[0])
        return made

    return wrap


def _arguments_of(function: Callable[..., Any]) -> list[StrawberryArgument]:
    parameters = list(inspect.signature(function, eval_str=True).parameters.values())[2:]
    made = [
        StrawberryArgument(p.name, None, StrawberryAnnotation(p.annotation), default=p.default)
        for p in parameters
    ]
    for argument in made:  # afterwards: an annotation with a description would take the name away
        argument.graphql_name = argument.graphql_name or to_camel_case(argument.python_name)
    return made


def _by_python_name(
    function: Callable[..., Any], arguments: Sequence[StrawberryArgument]
) -> Callable[..., Any]:
    """Both paths give arguments by their GraphQL names; the function has its own."""
    names = {argument.graphql_name: argument.python_name for argument in arguments}

    def call(rows: Any, env: Any, **given: Any) -> Any:
        return function(rows, env, **{names[name]: value for name, value in given.items()})

    return call


@dataclass_transform(kw_only_default=True)
def sql_type(
    model: Any, *, name: str, zh: str, en: str, prefix: str | None = None, **options: Any
) -> Callable[[T], T]:
    """A GraphQL type over a model; with `prefix` it is a Node reachable by id."""

    def wrap(cls: T) -> T:
        made: Any = strawberry.type(cls, name=name, description=both(zh, en), **options)
        made.__model__ = model
        made.__prefix__ = prefix
        made.__strawberry_definition__.is_type_of = lambda row, info: getattr(row, "type", None) is cls
        return cast("T", made)

    return wrap


def where(test: Where, *, zh: str, en: str, name: str | None = None) -> Any:
    """A field of a filter input and what it means."""
    return strawberry.field(
        default=strawberry.UNSET, description=both(zh, en), name=name, metadata={"where": test}
    )


def filter_input(*, zh: str, en: str, name: str | None = None) -> Callable[[T], T]:
    """A filter input type; `and`, `or` and `not` come with it."""

    def wrap(cls: T) -> T:
        composite = {
            "and_": ("and", "全部满足。", "All of these."),
            "or_": ("or", "满足其一。", "Any of these."),
        }
        for python_name, (graphql_name, zh_, en_) in composite.items():
            cls.__annotations__[python_name] = list[cls] | None  # type: ignore[valid-type]
            setattr(cls, python_name, _composite(graphql_name, zh_, en_))
        cls.__annotations__["not_"] = cls | None
        cls.not_ = _composite("not", "不满足。", "Not this.")  # type: ignore[attr-defined]
        made: Any = strawberry.input(cls, name=name, description=both(zh, en))
        fields = made.__strawberry_definition__.fields
        made.__filter__ = Filter(
            {_graphql_name(f): f.metadata["where"] for f in fields if "where" in f.metadata}
        )
        return cast("T", made)

    return wrap


def _composite(name: str, zh: str, en: str) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=both(zh, en), name=name)


def _graphql_name(made: StrawberryField) -> str:
    return made.graphql_name or to_camel_case(made.python_name)
