"""Keyset pages: orderings, page sizes, and cursors that hold an id and nothing personal.

A cursor is `<list and ordering, 8 hex><row id, 32 hex>`; the sort values of its row are looked up in the
statement, so a masked name never leaves in a cursor (design 3).
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, tuple_

from core.errors import Refused
from core.refusals import CURSOR_INVALID, PAGE_SIZE

MAX_PAGE = 100
DEFAULT_PAGE = 20
_CURSOR = re.compile(r"([0-9a-f]{8})([0-9a-f]{32})")


@dataclass(frozen=True)
class Key:
    """One sort key: a column and its direction. Nulls come last ascending and first descending.

    Attributes:
        nullable: whether the column is; a page learns it from the model.
    """

    column: str
    descending: bool = False
    nullable: bool = False


@dataclass(frozen=True)
class Page:
    """One page of a list, as asked for.

    Attributes:
        keys: the ordering, ended by the id, which makes it total.
        size: rows wanted, 1 to 100; backward: the last ones rather than the first.
        cursor: the row after (or before) which the page lies.
    """

    tag: str
    keys: tuple[Key, ...]
    size: int
    backward: bool
    cursor: uuid.UUID | None

    def order(self, row: Any) -> list[ColumnElement[Any]]:
        """ORDER BY in the direction of travel."""
        return [self._ordered(getattr(row, key.column), key) for key in self.keys]

    def _down(self, key: Key) -> bool:
        return key.descending != self.backward

    def _ordered(self, column: Any, key: Key) -> ColumnElement[Any]:
        ordered: Any = column.desc() if self._down(key) else column.asc()
        if key.nullable:  # PostgreSQL's default, which SQLite must be told
            ordered = ordered.nulls_first() if self._down(key) else ordered.nulls_last()
        made: ColumnElement[Any] = ordered
        return made

    def beyond(self, row: Any, value: Callable[[str], ColumnElement[Any]]) -> ColumnElement[bool]:
        """Rows beyond the cursor's row, whose sort values `value(column)` gives."""
        directions = {self._down(key) for key in self.keys}
        if len(directions) == 1 and not any(key.nullable for key in self.keys):
            left = tuple_(*(getattr(row, key.column) for key in self.keys))
            right = tuple_(*(value(key.column) for key in self.keys))
            return left < right if directions.pop() else left > right
        return or_(*(self._step(row, value, i) for i in range(len(self.keys))))

    def _step(self, row: Any, value: Callable[[str], ColumnElement[Any]], i: int) -> ColumnElement[bool]:
        """Rows that equal the cursor's in the keys before, and lie beyond it in this one."""
        equal = [_equal(getattr(row, key.column), value(key.column), key) for key in self.keys[:i]]
        key = self.keys[i]
        return and_(*equal, self._further(getattr(row, key.column), value(key.column), key))

    def _further(self, column: Any, at: ColumnElement[Any], key: Key) -> ColumnElement[bool]:
        further: ColumnElement[bool] = column < at if self._down(key) else column > at
        if not key.nullable:
            return further
        inner, outer = (at, column) if self._down(key) else (column, at)
        return or_(further, and_(inner.is_(None), outer.is_not(None)))

    def cursor_of(self, key: uuid.UUID) -> str:
        return self.tag + key.hex


def _equal(column: Any, at: ColumnElement[Any], key: Key) -> ColumnElement[bool]:
    equal: ColumnElement[bool] = column.is_not_distinct_from(at) if key.nullable else column == at
    return equal


def _size(arguments: Mapping[str, Any]) -> tuple[int, bool]:
    first, last = arguments.get("first"), arguments.get("last")
    if first is not None and last is not None:
        raise Refused(PAGE_SIZE, maximum=MAX_PAGE)
    size = first if first is not None else last if last is not None else DEFAULT_PAGE
    if not 1 <= size <= MAX_PAGE:
        raise Refused(PAGE_SIZE, ("first" if last is None else "last",), maximum=MAX_PAGE)
    return size, last is not None


def _cursor(text: str | None, tag: str) -> uuid.UUID | None:
    if text is None:
        return None
    match = _CURSOR.fullmatch(text)
    if match is None or match[1] != tag:
        raise Refused(CURSOR_INVALID)
    return uuid.UUID(match[2])


def requested_page(
    name: str, arguments: Mapping[str, Any], orders: Mapping[str, str], default: Sequence[Key], columns: Any
) -> Page:
    """The page that a connection's arguments ask for.

    Args:
        name: of the list; a cursor of another list is refused.
        orders: column by name of the order enum.
        default: the ordering without `orderBy`.
        columns: of the list's table, which tell what may be null.

    Raises:
        Refused: PAGE_SIZE, CURSOR_INVALID.
    """
    asked = [
        Key(
            orders[item["field"].name], item.get("direction") is not None and item["direction"].name == "DESC"
        )
        for item in arguments.get("orderBy") or ()
    ]
    keys = tuple(replace(key, nullable=columns[key.column].nullable) for key in asked or default)
    keys = (*keys, Key("id", keys[-1].descending if keys else False))
    tag = hashlib.sha256(repr((name, keys)).encode()).hexdigest()[:8]
    size, backward = _size(arguments)
    if arguments.get("before" if not backward else "after") is not None:
        raise Refused(CURSOR_INVALID)
    return Page(tag, keys, size, backward, _cursor(arguments.get("before" if backward else "after"), tag))
