"""Facts with two times: when they held (effective) and when we knew (recorded). Corrections append.

Intervals are [valid_from, valid_to). A row is never changed in what it says: it is voided, and what is known
now is written beside it, so that `knownAt` can answer what was known then (design 3, "Time").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, Subquery, and_, inspect, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.db import new_id

_DATED = ("valid_from", "valid_to", "recorded_at", "voided_at")


class Dated:
    """The four columns of a dated fact."""

    valid_from: Mapped[date] = mapped_column()
    valid_to: Mapped[date | None] = mapped_column()
    recorded_at: Mapped[datetime] = mapped_column()
    voided_at: Mapped[datetime | None] = mapped_column()

    def ended(self, on: date, now: datetime, **changes: Any) -> Self:
        """Void this row and return the one that replaces it: the same fact, over before `on`.

        Args:
            on: the first day on which the fact no longer holds.
            now: the moment of recording.
        """
        return self.replaced(now, valid_to=on, **changes)

    def replaced(self, now: datetime, **changes: Any) -> Self:
        """Void this row and return a copy with `changes`, for the session to add."""
        columns = inspect(type(self)).column_attrs.keys()
        values = {name: getattr(self, name) for name in columns if name != "id"}
        self.voided_at = now
        return type(self)(**{**values, "recorded_at": now, "voided_at": None, **changes})


# When nothing else is asked for, what we know now: later than anything is recorded.
ALWAYS = datetime(9999, 12, 31, tzinfo=UTC)
NOW = "now_"


@dataclass(frozen=True)
class Moment:
    """A day in the world (`asOf`) and a moment of our knowledge of it (`knownAt`)."""

    as_of: date
    known_at: datetime = ALWAYS


@dataclass(frozen=True)
class History:
    """Where the past of a model is kept: `__history__ = History(lambda: PersonVersion, "person_id")`.

    Args:
        versions: gives the `Dated` model whose columns, of the same names, say what was true.
        key: its column that names the row.
        renamed: columns of the model whose name in the versions is another.
    """

    versions: Any
    key: str
    renamed: Mapping[str, str] = field(default_factory=dict)

    def columns(self, row: Any) -> dict[str, ColumnElement[Any]]:
        """The versioned columns by the model's names, on a row of the versions."""
        own = {"id", self.key, *_DATED}
        kept = {column.name: column for column in row.c if column.name not in own}
        return {**kept, **{name: kept[there] for name, there in self.renamed.items()}}


def past(model: Any, as_of: Any, known_at: Any) -> Subquery:
    """A model's rows as they were, under the model's own column names.

    What has a version is the version's; how it is now stands beside it as `now_<name>`, since whether a caller
    may see a row is decided by where it belongs today.
    """
    history: History = model.__history__
    now, then = model.__table__.alias(), history.versions().__table__.alias()
    old = history.columns(then)
    said = [old.get(column.name, column).label(column.name) for column in now.c]
    kept = [now.c[name].label(NOW + name) for name in old if name in now.c]
    return (
        select(*said, *kept)
        .select_from(now.join(then, then.c[history.key] == now.c.id))
        .where(holds(then.c, as_of, known_at))
        .subquery()
    )


def holds(row: Any, as_of: Any, known_at: Any) -> ColumnElement[bool]:
    """Rows that held on a day, as far as was known at a moment; both may be placeholders."""
    return and_(
        row.valid_from <= as_of,
        or_(row.valid_to.is_(None), row.valid_to > as_of),
        row.recorded_at <= known_at,
        or_(row.voided_at.is_(None), row.voided_at > known_at),
    )


def open_now(row: Any) -> ColumnElement[bool]:
    """Rows that still hold as far as we know. Future ends are not accepted, so no date is needed."""
    return and_(row.valid_to.is_(None), row.voided_at.is_(None))


def cut(session: AsyncSession, row: Dated, on: date, now: datetime) -> None:
    """Let a fact be over before `on`; one that began on that day or later never was."""
    if on <= row.valid_from:
        row.voided_at = now
    else:
        session.add(row.ended(on, now, id=new_id()))


async def supersede(
    session: AsyncSession, current: Dated | None, successor: Dated, effective: date, now: datetime
) -> None:
    """Let `successor` hold from `effective` on, after `current`.

    A successor from the same day as `current` (or before it) corrects it: nothing of `current` remains valid.
    """
    if current is not None:
        if current.valid_from < effective:
            session.add(current.ended(effective, now))
        else:
            current.voided_at = now
    session.add(successor)
