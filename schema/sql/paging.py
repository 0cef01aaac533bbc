"""Keyset pages: orderings, page sizes, and cursors that hold an id and nothing personal.

A cursor is `<list and ordering, 8 hex><row id, 32 hex>`; the sort values of its row are looked up in the
statement, so a masked name never leaves in a cursor (design 3).
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, tuple_

from core.errors import Refused
from core.refusals import CURSOR_INVALID, PAGE_SIZE

MAX_PAGE = 100
DEFAULT_PAGE = 20
_CURSOR = re.compile(r"([0-9a-f]{8})([0-9a-f]{32})")


@dataclass(frozen=True)
class Key:
    """One sort key: a column that is never null, and its direction."""

    column: str
    descending: bool = False


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
        return [
            getattr(row, key.column).desc()
            if key.descending != self.backward
            else getattr(row, key.column).asc()
            for key in self.keys
        ]

    def beyond(self, row: Any, value: Callable[[str], ColumnElement[Any]]) -> ColumnElement[bool]:
        """Rows beyond the cursor's row, whose sort values `value(column)` gives."""
        directions = {key.descending != self.backward for key in self.keys}
        if len(directions) == 1:
            left = tuple_(*(getattr(row, key.column) for key in self.keys))
            right = tuple_(*(value(key.column) for key in self.keys))
            return left < right if directions.pop() else left > right
        return or_(*(self._step(row, value, i) for i in range(len(self.keys))))

    def _step(self, row: Any, value: Callable[[str], ColumnElement[Any]], i: int) -> ColumnElement[bool]:
        key = self.keys[i]
        column = getattr(row, key.column)
        equal = [getattr(row, before.column) == value(before.column) for before in self.keys[:i]]
        further = (
            column < value(key.column) if key.descending != self.backward else column > value(key.column)
        )
        return and_(*equal, further)

    def cursor_of(self, key: uuid.UUID) -> str:
        return self.tag + key.hex


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
    name: str, arguments: Mapping[str, Any], orders: Mapping[str, str], default: Sequence[Key]
) -> Page:
    """The page that a connection's arguments ask for.

    Args:
        name: of the list; a cursor of another list is refused.
        orders: column by name of the order enum.
        default: the ordering without `orderBy`.

    Raises:
        Refused: PAGE_SIZE, CURSOR_INVALID.
    """
    asked = [
        Key(
            orders[item["field"].name], item.get("direction") is not None and item["direction"].name == "DESC"
        )
        for item in arguments.get("orderBy") or ()
    ]
    keys = tuple(asked or default)
    keys = (*keys, Key("id", keys[-1].descending if keys else False))
    tag = hashlib.sha256(repr((name, keys)).encode()).hexdigest()[:8]
    size, backward = _size(arguments)
    if arguments.get("before" if not backward else "after") is not None:
        raise Refused(CURSOR_INVALID)
    return Page(tag, keys, size, backward, _cursor(arguments.get("before" if backward else "after"), tag))
