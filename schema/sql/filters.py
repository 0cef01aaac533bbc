"""Filters: what each field of a filter input means in SQL. One meaning, for the planner and the repositories.

@graphql.filter_input(zh="…", en="…")
class PersonFilter:
    name: str | None = where(NamePrefix())
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, and_, bindparam, case, false, not_, or_, true
from sqlalchemy.types import TypeEngine

from core.access.declared import Declared
from core.access.scope import Mode
from core.codes import division_code
from core.codes.division_code import Tier
from core.db import Text
from core.errors import Refused
from core.placed import below
from core.refusals import FORBIDDEN, FORBIDDEN_SCOPE, TEXT_LENGTH

LAST = "\U0010ffff"  # after every character

Inside = Callable[[str | Declared], ColumnElement[bool] | None]
BindAt = Callable[[tuple[Any, ...], int, "Where"], ColumnElement[Any]]


class Where:
    """One test. Subclass it for anything that is not an equality.

    Attributes:
        mode: the scope mode a list takes on when this test is used at its top (exact searches: `reached`).
        audited: the audit action an exact search leaves behind, and that is rate-limited.
        reads: the permission that shows what is tested; rows out of its reach never pass, so that what is masked
            cannot be searched for.
    """

    mode: Mode | None = None
    audited: str | None = None
    reads: str | None = None

    def shape(self, value: Any) -> Hashable:
        """What about the value changes the SQL text."""
        return ()

    def values(self, value: Any, env: Any) -> Sequence[Any]:
        """The values to bind, checked.

        Raises:
            Refused: the value is not one to search for, or not in the caller's scope.
        """
        return (value,)

    def types(self, shape: Hashable) -> Sequence[TypeEngine[Any]]:
        """The SQL types of `values`."""
        return (Text,)

    def clause(self, row: Any, shape: Hashable, binds: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
        """The test on one row."""
        raise NotImplementedError

    def scoped(
        self, row: Any, shape: Hashable, binds: Sequence[ColumnElement[Any]], inside: Inside
    ) -> ColumnElement[bool]:
        """The test on one row, for tests that depend on what the caller may do: `inside` asks a rule."""
        return self.clause(row, shape, binds)


@dataclass
class Compare(Where):
    """A column compared with the value: `Compare("birth_date", Date(), ">")`."""

    column: str
    type_: TypeEngine[Any]
    operator: str = "="

    def types(self, shape: Hashable) -> Sequence[TypeEngine[Any]]:
        return (self.type_,)

    def clause(self, row: Any, shape: Hashable, binds: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
        test: ColumnElement[bool] = getattr(row, self.column).bool_op(self.operator)(binds[0])
        return test


@dataclass
class Present(Where):
    """Whether a column has a value: `Present("death_date")`; with `absent`, whether it has none."""

    column: str
    absent: bool = False

    def shape(self, value: Any) -> Hashable:
        return bool(value)

    def values(self, value: Any, env: Any) -> Sequence[Any]:
        return ()

    def types(self, shape: Hashable) -> Sequence[TypeEngine[Any]]:
        return ()

    def clause(self, row: Any, shape: Hashable, binds: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
        column = getattr(row, self.column)
        found: ColumnElement[bool] = column.is_(None) if shape is self.absent else column.is_not(None)
        return found


@dataclass
class Prefix(Where):
    """A text column that starts with the value, as a range that an index answers."""

    column: str
    key: Callable[[str], str] = str
    reads: str | None = None

    def values(self, value: Any, env: Any) -> Sequence[Any]:
        if self.reads and not env.principal.can(self.reads):
            raise Refused(FORBIDDEN, permission=self.reads)
        low = self.key(value)
        return (low, low + LAST)

    def types(self, shape: Hashable) -> Sequence[TypeEngine[Any]]:
        return (Text, Text)

    def clause(self, row: Any, shape: Hashable, binds: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
        column = getattr(row, self.column)
        return and_(column >= binds[0], column < binds[1])


@dataclass
class InDivision(Where):
    """A division and all below it: an equality on the column of its level (design 5).

    Args:
        prefix: of the level columns, such as `registered_`.
        scope_as: the scope mode of a list that is filtered so.
        permission: whose scope the division must lie in; None for rows that name their own permissions.
    """

    permission: str | None
    prefix: str = ""
    scope_as: Mode | None = None

    def __post_init__(self) -> None:
        self.mode = self.scope_as

    def shape(self, value: Any) -> Hashable:
        return division_code.tier(division_code.parse(value))

    def values(self, value: Any, env: Any) -> Sequence[Any]:
        code = division_code.parse(value)
        scope = env.principal.reach if self.permission is None else env.principal.scope(self.permission)
        if not scope.covers(code):  # nor a division above the caller's: a part would pass for the whole
            raise Refused(FORBIDDEN_SCOPE, division=code)
        if division_code.tier(code) in (Tier.COUNTY, Tier.TOWN, Tier.VILLAGE):
            return (code,)
        return division_code.code_range(code)

    def types(self, shape: Hashable) -> Sequence[TypeEngine[Any]]:
        return (Text,) if shape in (Tier.COUNTY, Tier.TOWN, Tier.VILLAGE) else (Text, Text)

    def clause(self, row: Any, shape: Hashable, binds: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
        assert isinstance(shape, Tier)
        return below(row, shape, *binds, prefix=self.prefix)


@dataclass(frozen=True)
class Filter:
    """The tests of one filter input type, by GraphQL name, composable with `and`, `or`, `not`."""

    wheres: Mapping[str, Where]
    composite: ClassVar[tuple[str, ...]] = ("and", "or", "not")

    def shape(self, given: Mapping[str, Any] | None) -> Hashable:
        return tuple(
            (name, self._shape(name, value))
            for name, value in sorted((given or {}).items())
            if value is not None
        )

    def _shape(self, name: str, value: Any) -> Hashable:
        if name in ("and", "or"):
            return tuple(self.shape(item) for item in value)
        return self.shape(value) if name == "not" else self.wheres[name].shape(value)

    def mode(self, given: Mapping[str, Any] | None) -> Mode:
        """The scope mode that the tests at the top ask for."""
        modes = [
            self.wheres[name].mode
            for name, value in (given or {}).items()
            if name in self.wheres and value is not None
        ]
        asked: list[Mode] = [mode for mode in modes if mode]
        return asked[0] if asked else "listed"

    def used(self, given: Mapping[str, Any] | None) -> Iterator[tuple[Where, Any]]:
        """Every test with its value, composites walked."""
        for name, value in (given or {}).items():
            if value is None:
                continue
            if name in ("and", "or"):
                for item in value:
                    yield from self.used(item)
            elif name == "not":
                yield from self.used(value)
            else:
                yield self.wheres[name], value

    def clause(
        self,
        given: Mapping[str, Any] | None,
        row: Any,
        bind: BindAt,
        inside: Inside,
        path: tuple[Any, ...] = (),
    ) -> ColumnElement[bool]:
        """The whole filter on one row.

        Args:
            bind: `bind(path, part, where)` gives the placeholders.
            inside: whether a permission reaches the row; None when it reaches all that the caller sees.
        """
        tests = [
            self._clause(name, value, row, bind, inside, (*path, name))
            for name, value in sorted((given or {}).items())
            if value is not None
        ]
        return and_(true(), *tests)

    def _clause(
        self, name: str, value: Any, row: Any, bind: BindAt, inside: Inside, path: tuple[Any, ...]
    ) -> ColumnElement[bool]:
        if name in ("and", "or"):
            tests = [self.clause(item, row, bind, inside, (*path, i)) for i, item in enumerate(value)]
            return and_(true(), *tests) if name == "and" else or_(*tests) if tests else not_(true())
        if name == "not":
            return not_(self.clause(value, row, bind, inside, path))
        where = self.wheres[name]
        form = where.shape(value)
        binds = [bind(path, part, where) for part in range(len(where.types(form)))]
        test = where.scoped(row, form, binds, inside)
        reached = inside(where.reads) if where.reads else None
        # A CASE, not an AND: a null of the scope test would turn `not` into an oracle.
        return test if reached is None else case((reached, test), else_=false())


def at(given: Any, path: Sequence[Any]) -> Any:
    """The value at a path of a filter."""
    for step in path:
        given = given[step]
    return given


def literal_binds(given: Mapping[str, Any], env: Any) -> BindAt:
    """Placeholders that carry their values (the repositories' way)."""

    def bind(path: tuple[Any, ...], part: int, where: Where) -> ColumnElement[Any]:
        value = at(given, path)
        type_ = where.types(where.shape(value))[part]
        bound = where.values(value, env)[part]
        if isinstance(bound, str) and "\0" in bound:
            raise Refused(TEXT_LENGTH, maximum=len(bound))
        return bindparam(None, bound, type_=type_, unique=True)

    return bind
