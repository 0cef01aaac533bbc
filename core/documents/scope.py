"""Who sees a document: whoever has its permission where it was filed (or over its subject), and reaches its subject.

Both: a permission over the place is not enough once the subject has moved out of the caller's reach, and whoever
reaches the subject may still lack the kind's permission. The subject's own rule decides, whatever that is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, and_, false, literal_column, or_, select

from core.access.declared import Declared, Reach, Readers, named_by
from core.access.principal import Bind, Scope
from core.access.scope import Mode, ScopeRule, Way, Words
from core.db import Base

_WORDS: Words = (
    "按建档时所在区划和材料类别的权限，且须能看到所涉对象",
    "By where it was filed, with its kind's permission, and only for who reaches its subject",
)


@dataclass(frozen=True)
class AboutSubject(Declared):
    """Rows with `DeclaredColumns`, the level columns, `subject_table` and `subject_id`."""

    words: ClassVar[Words] = _WORDS

    def of(self, readers: Readers) -> ScopeRule:
        """The rule for the rows of some permissions, but for `beyond`."""
        return _Shown(readers)

    def beyond(self, row: Any, names: Iterable[str], reach: Reach) -> ColumnElement[bool]:
        """The caller reaches the subject by the subject's own rule."""
        return or_(false(), *(_exists(row, model, reach) for model in subjects_of(names)))


@dataclass(frozen=True)
class _Shown:
    readers: Readers
    words: ClassVar[Words] = _WORDS
    ways: ClassVar[tuple[tuple[Mode, Way], ...]] = (("listed", "PLACE"), ("reached", "PARENT"))

    @property
    def permission(self) -> str:
        return self.readers.names[0]

    def clause(self, row: Any, scope: Scope, bind: Bind, mode: Mode) -> ColumnElement[bool]:
        here = scope.clause(row.district, row.town, row.division, bind)
        if mode == "reached" and not scope.everywhere and scope.codes:
            tests = [_exists(row, m, self._within(scope, bind)) for m in subjects_of(self.readers.names)]
            here = or_(here, *tests)
        return and_(*named_by(row, "read", self.readers), here)

    def _within(self, scope: Scope, bind: Bind) -> Reach:
        def reach(model: Any, alias: Any) -> ColumnElement[bool]:
            rule: ScopeRule = model.__scope__
            rule = rule.of(self.readers) if isinstance(rule, Declared) else rule
            return rule.clause(alias.c, scope, bind, "reached")

        return reach


def _exists(row: Any, model: Any, reach: Reach) -> ColumnElement[bool]:
    """The subject is of this model and within reach."""
    table = model.__table__.alias()
    name: ColumnElement[str] = literal_column("'" + model.__tablename__ + "'")
    found = select(table.c.id).where(table.c.id == row.subject_id, reach(model, table)).exists()
    return and_(row.subject_table == name, found)


def subjects_of(permissions: Iterable[str]) -> list[Any]:
    """The models that documents of some permissions may be about: core's, and those of the permissions' plugins."""
    owners = {"core", *(name.partition(":")[0] for name in permissions)}
    starts = tuple(f"{owner}_" for owner in owners)
    models = [mapper.class_ for mapper in Base.registry.mappers if hasattr(mapper.class_, "__documents__")]
    ours = [model for model in models if str(model.__tablename__).startswith(starts)]
    return sorted(ours, key=lambda model: str(model.__tablename__))
