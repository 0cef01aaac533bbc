"""JSON in SQL, for each database. What the two write differs in bytes of white space, never in values.

PostgreSQL: `row_to_json` over a derived table whose columns are the response keys (the fastest form measured).
SQLite: `json_object`, always built outside derived tables, where its JSON subtype would be lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    FromClause,
    Integer,
    LargeBinary,
    Text,
    Uuid,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
    type_coerce,
)
from sqlalchemy.types import TypeEngine

from core.db import Exact, Instant
from schema.sql.errors import Unplannable

Pair = tuple[str, ColumnElement[Any]]
Outer = Sequence[FromClause]


def word(text: str) -> ColumnElement[str]:
    """A text literal made of a GraphQL name or of our own words."""
    return literal_column("'" + text.replace("'", "''") + "'", Text)


class Emitter(Protocol):
    """The JSON of one database."""

    def leaf(self, value: ColumnElement[Any], type_: TypeEngine[Any]) -> ColumnElement[Any]: ...
    def key(self, value: ColumnElement[Any]) -> ColumnElement[str]: ...
    def row(self, pairs: Sequence[Pair], outer: Outer) -> ColumnElement[Any]: ...
    def build(self, pairs: Sequence[Pair]) -> ColumnElement[Any]: ...
    def collect(self, value: ColumnElement[Any], keep: ColumnElement[bool]) -> ColumnElement[Any]: ...
    def element(self, array: ColumnElement[Any], last: bool) -> ColumnElement[Any]: ...
    def array(self, source: FromClause, pairs: Sequence[Pair], outer: Outer) -> ColumnElement[Any]: ...
    def one(self, query: Any, pairs: Sequence[Pair], outer: Outer) -> ColumnElement[Any]: ...
    def boolean(self, value: ColumnElement[Any]) -> ColumnElement[Any]: ...
    def items(self, values: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]: ...


class PostgresEmitter:
    def leaf(self, value: ColumnElement[Any], type_: TypeEngine[Any]) -> ColumnElement[Any]:
        if isinstance(type_, Exact):
            return cast(value, Text)
        if isinstance(type_, Instant):
            return func.to_char(func.timezone("UTC", value), word('YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
        if isinstance(type_, Uuid):
            return self.key(value)
        if isinstance(type_, LargeBinary):
            return func.encode(value, word("hex"))
        return value

    def key(self, value: ColumnElement[Any]) -> ColumnElement[str]:
        return func.replace(cast(value, Text), word("-"), word(""))

    def _derived(self, query: Any, pairs: Sequence[Pair], outer: Outer) -> Any:
        if any(len(name.encode()) > 63 for name, _ in pairs):
            raise Unplannable("a response key of over 63 bytes")
        return (
            query.with_only_columns(*(value.label(name) for name, value in pairs))
            .correlate(*outer)
            .subquery()
        )

    def row(self, pairs: Sequence[Pair], outer: Outer) -> ColumnElement[Any]:
        return self.one(select(), pairs, outer)

    def one(self, query: Any, pairs: Sequence[Pair], outer: Outer) -> ColumnElement[Any]:
        derived = self._derived(query, pairs, outer)
        return select(func.row_to_json(derived.table_valued())).scalar_subquery()

    def build(self, pairs: Sequence[Pair]) -> ColumnElement[Any]:
        if len(pairs) > 50:
            raise Unplannable("over 50 response keys on a connection")
        return func.json_build_object(*(part for name, value in pairs for part in (word(name), value)))

    def items(self, values: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
        return func.json_build_array(*values)

    def collect(self, value: ColumnElement[Any], keep: ColumnElement[bool]) -> ColumnElement[Any]:
        return func.coalesce(func.json_agg(value).filter(keep), literal_column("'[]'::json"))

    def element(self, array: ColumnElement[Any], last: bool) -> ColumnElement[Any]:
        return array.op("->>")(literal_column("-1" if last else "0"))

    def array(self, source: FromClause, pairs: Sequence[Pair], outer: Outer) -> ColumnElement[Any]:
        derived = self._derived(select().select_from(source), pairs, outer)
        return select(
            func.coalesce(func.json_agg(derived.table_valued()), literal_column("'[]'::json"))
        ).scalar_subquery()

    def boolean(self, value: ColumnElement[Any]) -> ColumnElement[Any]:
        return value


class SqliteEmitter:
    def leaf(self, value: ColumnElement[Any], type_: TypeEngine[Any]) -> ColumnElement[Any]:
        if isinstance(type_, Exact):
            return self._decimal(value, type_.scale)
        if isinstance(type_, Boolean):
            return case((value.is_(None), null()), else_=self.boolean(value))
        if isinstance(type_, LargeBinary):
            return case((value.is_(None), null()), else_=func.hex(value))  # hex(NULL) is '' here
        if isinstance(type_, JSON):
            return func.json(value)  # its text is in the column; PostgreSQL's json is one already
        return value

    def _decimal(self, value: ColumnElement[Any], scale: int) -> ColumnElement[Any]:
        # Integer arithmetic throughout: a float would lose the last place of large sums.
        raw = type_coerce(value, Integer)
        unit: ColumnElement[Any] = literal_column(str(10**scale))
        whole, rest = func.abs(raw).op("/")(unit), func.abs(raw).op("%")(unit)
        sign = case((raw < literal_column("0"), word("-")), else_=word(""))
        text = func.printf(word(f"%s%d.%0{scale}d"), sign, whole, rest)
        return case((raw.is_(None), null()), else_=text)

    def key(self, value: ColumnElement[Any]) -> ColumnElement[str]:
        return value

    def row(self, pairs: Sequence[Pair], outer: Outer) -> ColumnElement[Any]:
        return self.build(pairs)

    def one(self, query: Any, pairs: Sequence[Pair], outer: Outer) -> ColumnElement[Any]:
        value: ColumnElement[Any] = (
            query.with_only_columns(self.build(pairs)).correlate(*outer).scalar_subquery()
        )
        return value

    def build(self, pairs: Sequence[Pair]) -> ColumnElement[Any]:
        if len(pairs) > 60:
            raise Unplannable("over 60 response keys in one object on SQLite")
        return func.json_object(*(part for name, value in pairs for part in (word(name), value)), type_=Text)

    def items(self, values: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
        return func.json_array(*(func.json(value) for value in values))

    def collect(self, value: ColumnElement[Any], keep: ColumnElement[bool]) -> ColumnElement[Any]:
        return func.json_group_array(value).filter(keep)

    def element(self, array: ColumnElement[Any], last: bool) -> ColumnElement[Any]:
        return func.json_extract(array, word("$[#-1]" if last else "$[0]"))

    def array(self, source: FromClause, pairs: Sequence[Pair], outer: Outer) -> ColumnElement[Any]:
        return (
            select(func.json_group_array(self.build(pairs)))
            .select_from(source)
            .correlate(*outer)
            .scalar_subquery()
        )

    def boolean(self, value: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.json(case((value, word("true")), else_=word("false")))


EMITTERS: dict[str, Emitter] = {"postgresql": PostgresEmitter(), "sqlite": SqliteEmitter()}
