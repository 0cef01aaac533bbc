"""Scope rules: for every table, which of its rows a caller reaches. A table without one stops start-up.

The engine writes these clauses into its statement; the repositories write them into theirs, independently.
`listed` answers lists, `reached` answers ids, relations and exact searches (design 5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, cast

from sqlalchemy import ColumnElement, Table, and_, bindparam, false, select, true

from core.access.principal import Bind, Scope
from core.db import Base, Text
from core.errors import StartupError

REGISTRY_READ = "registry:read"

Mode = Literal["listed", "reached", "registered"]
Way = Literal["RESIDENCE", "REGISTRATION", "MEMBERSHIP", "PLACE", "PARENT"]
Words = tuple[str, str]  # in Chinese and in English


class ScopeRule(Protocol):
    """Says which rows of a table lie in a scope.

    A rule may also say, for `accessExplain`, what it is in `words`, and the `ways` in which it reaches a row: modes
    from the narrowest to the widest.
    """

    @property
    def permission(self) -> str | None:
        """The permission whose scope decides; None when no caller's rights matter."""

    def clause(self, row: Any, scope: Scope, bind: Bind, mode: Mode) -> ColumnElement[bool]:
        """The test on one row (anything with the table's columns as attributes)."""


@dataclass(frozen=True)
class Public:
    """Reference data that every authenticated caller may read, such as divisions."""

    permission: str | None = None
    words: ClassVar[Words] = ("参考数据，人人可见", "Reference data, for every caller")

    def clause(self, row: Any, scope: Scope, bind: Bind, mode: Mode) -> ColumnElement[bool]:
        return true()


@dataclass(frozen=True)
class Internal:
    """Never shown through GraphQL as rows: users, idempotency keys, version chains."""

    permission: str | None = None

    def clause(self, row: Any, scope: Scope, bind: Bind, mode: Mode) -> ColumnElement[bool]:
        return false()


@dataclass(frozen=True)
class Placed:
    """Rows that carry `district`, `town` and `division`, all written from one division code.

    Args:
        removable: the table has `removed_at`; nobody sees a row where it is set.
    """

    permission: str | None = REGISTRY_READ
    removable: bool = False
    words: ClassVar[Words] = ("按所在区划", "By the division where it lies")

    def clause(self, row: Any, scope: Scope, bind: Bind, mode: Mode) -> ColumnElement[bool]:
        inside = scope.clause(row.district, row.town, row.division, bind)
        return and_(row.removed_at.is_(None), inside) if self.removable else inside


@dataclass(frozen=True)
class Through:
    """Rows seen exactly when their parent is: members of a household, income items of a household.

    Args:
        parent: gives the parent's mapped class (a callable, since models refer to each other).
        join: the condition that ties a child row to its parent's columns.
        own: a permission of the child's own, which must reach the parent; by default the parent's permission.
    """

    parent: Callable[[], Any]
    join: Callable[[Any, Any], ColumnElement[bool]]
    own: str | None = None
    words: ClassVar[Words] = ("与所属记录相同", "As the record it belongs to")
    ways: ClassVar[tuple[tuple[Mode, Way], ...]] = (("reached", "PARENT"),)

    @property
    def permission(self) -> str | None:
        if self.own is not None:
            return self.own
        rule: ScopeRule = self.parent().__scope__
        return rule.permission

    def clause(self, row: Any, scope: Scope, bind: Bind, mode: Mode) -> ColumnElement[bool]:
        table = self.parent().__table__.alias()
        rule: ScopeRule = self.parent().__scope__
        inside = rule.clause(table.c, scope, bind, "reached")
        found: ColumnElement[bool] = select(table.c.id).where(self.join(row, table.c), inside).exists()
        return found


def words_of(rule: ScopeRule) -> Words:
    """What a rule says of itself."""
    words: Words = getattr(rule, "words", ("该表自己的规则", "A rule of the table's own"))
    if not isinstance(rule, Through):
        return words
    above = words_of(rule.parent().__scope__)
    return f"{words[0]}：{above[0]}", f"{words[1]}: {above[1][0].lower()}{above[1][1:]}"


def ways_of(rule: ScopeRule) -> tuple[tuple[Mode, Way], ...]:
    """The ways in which a rule reaches a row; the first mode that holds is the one to tell."""
    ways: tuple[tuple[Mode, Way], ...] = getattr(rule, "ways", (("reached", "PLACE"),))
    return ways


def literal_bind(scope: Scope) -> Bind:
    """Placeholders that carry the scope's codes with them (the repositories' way)."""
    return lambda index, part: bindparam(None, scope.value(index, part), type_=Text, unique=True)


def allowed(rule: ScopeRule, row: Any, scope: Scope, mode: Mode) -> ColumnElement[bool]:
    """The clause of `rule` with the scope's own values bound."""
    return rule.clause(row, scope, literal_bind(scope), mode)


def check_every_table(tables: Iterable[Table]) -> None:
    """Refuse to start while a table says nothing about who may see it (fail closed).

    Raises:
        StartupError: names the tables without `__scope__`.
    """
    models = [mapper for mapper in Base.registry.mappers if hasattr(mapper.class_, "__scope__")]
    ruled = {cast("Table", mapper.local_table).name for mapper in models}
    missing = sorted(table.name for table in tables if table.name not in ruled)
    if missing:
        raise StartupError(
            f"表 {'、'.join(missing)} 没有管辖范围规则，请在其模型上声明 `__scope__` / "
            f"no scope rule for table {', '.join(missing)}: declare `__scope__` on its model "
            "(Placed, Through, Public or Internal)"
        )
