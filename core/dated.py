"""Facts with two times: when they held (effective) and when we knew (recorded). Corrections append.

Intervals are [valid_from, valid_to). A row is never changed in what it says: it is voided, and what is known
now is written beside it, so that `knownAt` can answer what was known then (design 3, "Time").
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, and_, inspect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column


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


def open_now(row: Any) -> ColumnElement[bool]:
    """Rows that still hold as far as we know. Future ends are not accepted, so no date is needed."""
    return and_(row.valid_to.is_(None), row.voided_at.is_(None))


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
