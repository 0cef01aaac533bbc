"""Rows that several plugins keep in one table of core's: each row names the permission that shows it.

Tasks, payments, documents and the like are one table each, so that they are one list; what a plugin declares says
with which of its permissions its rows are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, Uuid, and_, bindparam, false, literal_column, not_, or_, select, true
from sqlalchemy.orm import Mapped, mapped_column

from core.access.principal import Bind, Principal, Scope
from core.access.scope import Mode, ScopeRule, Way, Words, allowed, literal_bind
from core.db import text
from core.persons.models import Person, PersonScope

# By permission: whether districts use its plugin by default, and those for which that is not so.
ReaderMap = Mapping[str, tuple[bool, tuple[str, ...]]]
# Whether the caller reaches a row (an alias) of a model, by that model's own rule.
Reach = Callable[[Any, Any], ColumnElement[bool]]


READ = "read"


class DeclaredColumns:
    """`read`: the permission that shows the row."""

    read: Mapped[str] = mapped_column(text(80))


@dataclass(frozen=True)
class Readers:
    """Permissions with equal reach: the scope they share, and the districts whose rows they show.

    Attributes:
        usual, others: whether districts use the plugin by default, and those for which that is not so.
    """

    names: tuple[str, ...]
    usual: bool = True
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Link:
    """Persons that another table ties to a row.

    Args:
        model: of that table, which has a `person_id`. mine, theirs: the columns that are equal.
    """

    model: Callable[[], Any]
    mine: str
    theirs: str

    def persons(self, row: Any, person: Any) -> tuple[Any, ColumnElement[bool]]:
        """The other table, and the test that it ties a person to a row."""
        table = self.model().__table__.alias().c
        tied = and_(getattr(table, self.theirs) == getattr(row, self.mine), table.person_id == person.id)
        return table, and_(tied, table.voided_at.is_(None)) if "voided_at" in table else tied


@dataclass(frozen=True)
class Declared:
    """Rows with `DeclaredColumns` and the level columns, seen where their own permission reaches.

    Args:
        person: a column that names a person; whoever reaches the person with the permission reaches the row by id
            and through relations.
        column: the one that names the permission.
        organization, agency: a column that names an organization, and the permission with which who acts for it
            reaches its rows, wherever they lie.
        link: instead of `person`: a table that ties persons to the row.
        needs: a permission that must reach the row as well.
    """

    person: str | None = None
    column: str = READ
    organization: str | None = None
    agency: str | None = None
    link: Link | None = None
    needs: str | None = None
    permission: ClassVar[str | None] = None
    words: ClassVar[Words] = (
        "按所在区划，需要该记录自己的权限",
        "By the division where it lies, with the record's own permission",
    )

    def of(self, readers: Readers) -> ScopeRule:
        """The rule for the rows of some permissions."""
        return Shown(readers, self)

    def beyond(self, row: Any, names: Iterable[str], reach: Reach) -> ColumnElement[bool]:
        """What else must hold, whichever of the permissions shows the row."""
        return true()

    def shown_by(self, row: Any) -> Sequence[str]:
        """The permissions that show a loaded row; each is enough."""
        return (getattr(row, self.column),)

    def owned(
        self, row: Any, principal: Principal, bind: Callable[[], ColumnElement[Any]]
    ) -> list[ColumnElement[bool]]:
        """The test for rows of the organization that the caller acts for, if they may see its rows.

        Args:
            bind: gives the placeholder of the organization's id.
        """
        if self.organization is None or self.agency is None or principal.organization_id is None:
            return []
        return [getattr(row, self.organization) == bind()] if principal.can(self.agency) else []

    def clause(self, row: Any, scope: Scope, bind: Bind, mode: Mode) -> ColumnElement[bool]:
        """Nothing: which scope decides is said by `of` alone."""
        return false()

    def reach(self, row: Any, scope: Scope, bind: Bind, mode: Mode) -> ColumnElement[bool]:
        """Rows that lie in a scope, or whose person does, whatever permission they name."""
        here = scope.clause(row.district, row.town, row.division, bind)
        tied = mode == "reached" and not scope.everywhere and bool(scope.codes)
        if tied and (self.person or self.link):
            return or_(here, self._of_person(row, scope, bind))
        return here

    def _of_person(self, row: Any, scope: Scope, bind: Bind) -> ColumnElement[bool]:
        person = Person.__table__.alias().c
        inside = PersonScope().clause(person, scope, bind, "reached")
        if self.link is None:
            return select(person.id).where(person.id == getattr(row, str(self.person)), inside).exists()
        table, tied = self.link.persons(row, person)
        return select(table.id).where(tied, inside).exists()


@dataclass(frozen=True)
class Shown:
    """The rule of some permissions of equal reach."""

    readers: Readers
    rule: Declared
    words: ClassVar[Words] = Declared.words

    @property
    def permission(self) -> str:
        return self.readers.names[0]

    @property
    def ways(self) -> tuple[tuple[Mode, Way], ...]:
        tied = self.rule.person or self.rule.link
        return (("listed", "PLACE"), ("reached", "PARENT")) if tied else (("reached", "PLACE"),)

    def clause(self, row: Any, scope: Scope, bind: Bind, mode: Mode) -> ColumnElement[bool]:
        return and_(self.readable(row), self.rule.reach(row, scope, bind, mode))

    def readable(self, row: Any) -> ColumnElement[bool]:
        """Rows that one of the permissions shows, in districts that use its plugin."""
        return and_(*named_by(row, self.rule.column, self.readers))


def named_by(row: Any, column: str, readers: Readers) -> list[ColumnElement[bool]]:
    """The row names one of the permissions, and its district uses their plugin."""
    named = _named(getattr(row, column), readers.names)
    if readers.usual and not readers.others:
        return [named]
    there = _named(row.district, readers.others) if readers.others else false()
    return [named, not_(there) if readers.usual else there]


def _named(column: Any, words: Iterable[str]) -> ColumnElement[bool]:
    """One of some words of ours, written out: a list to bind would be expanded only when SQLAlchemy executes."""
    found: ColumnElement[bool] = column.in_([_word(word) for word in words])
    return found


def _word(word: str) -> ColumnElement[str]:
    return literal_column("'" + word.replace("'", "''") + "'")


def grouped(principal: Principal, readers: ReaderMap) -> list[tuple[Scope, Readers]]:
    """The permissions the caller has of those that show declared rows, by equal reach."""
    groups: dict[tuple[Scope, bool, tuple[str, ...]], list[str]] = {}
    for name, (usual, others) in sorted(readers.items()):
        if principal.can(name):
            groups.setdefault((principal.scope(name), usual, others), []).append(name)
    return [(scope, Readers(tuple(names), usual, others)) for (scope, usual, others), names in groups.items()]


def narrowed(readers: ReaderMap, permission: str | None) -> ReaderMap:
    """The readers, or the one of them that is asked for."""
    return (
        readers if permission is None else {name: how for name, how in readers.items() if name == permission}
    )


def _needed(rule: Declared, row: Any, principal: Principal, mode: Mode) -> list[ColumnElement[bool]]:
    if rule.needs is None:
        return []
    scope = principal.scope(rule.needs)
    return [rule.reach(row, scope, literal_bind(scope), mode)]


def inside(
    rule: ScopeRule,
    row: Any,
    principal: Principal,
    readers: ReaderMap,
    mode: Mode,
    permission: str | None = None,
) -> ColumnElement[bool]:
    """The scope test of a rule on a row, with the caller's own values bound (the repositories' way)."""
    if isinstance(rule, Declared):
        known = narrowed(readers, permission)
        tests = [allowed(rule.of(group), row, scope, mode) for scope, group in grouped(principal, known)]
        acting = principal.organization_id
        own = rule.owned(row, principal, lambda: bindparam(None, acting, Uuid(), unique=True))
        shown = or_(false(), *tests, *(own if permission is None else ()))
        needed = _needed(rule, row, principal, mode)
        return and_(shown, *needed, rule.beyond(row, known, _reach(principal, readers)))
    name = permission or rule.permission
    scope = Scope(everywhere=True) if name is None else principal.scope(name)
    return allowed(rule, row, scope, mode)


def _reach(principal: Principal, readers: ReaderMap) -> Reach:
    return lambda model, alias: inside(model.__scope__, alias.c, principal, readers, "reached")
