"""What a figure is asked for: a division, a period, a day, a moment of our knowledge. All of it is bound."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from core.access.principal import NATION
from core.codes import division_code
from core.codes.ages import months_after
from core.codes.division_code import Tier
from core.dated import ALWAYS, holds
from core.errors import Refused
from core.placed import LEVELS, below
from core.refusals import DATE_FUTURE, DATE_ORDER

_DAY = timedelta(days=1)
# Before and after every day asked about there is another year.
_FIRST, _LAST = date(2, 1, 1), date(9998, 12, 31)


@dataclass(frozen=True)
class Frame:
    """The bounds of one figure.

    Attributes:
        division: the division and all below it.
        start, end: the period, [start, end).
        as_of: the day on which standing facts must hold.
        known_at: as was known at this moment.
    """

    division: str
    start: date
    end: date
    as_of: date
    known_at: datetime = ALWAYS

    @property
    def tier(self) -> Tier:
        return division_code.tier(self.division)

    @property
    def district(self) -> str | None:
        return division_code.district(self.division)

    @property
    def path(self) -> list[str]:
        """The division, those above it, the nearest first, and the country: where a parameter may be set."""
        codes = [self.division]
        while (above := division_code.parent(codes[-1])) is not None:
            codes.append(above)
        return [*codes, NATION]

    def inside(self, row: Any, prefix: str = "") -> ColumnElement[bool]:
        """Rows in the division: by the level's own column where the table has it, else by a range of codes."""
        if self.tier in LEVELS and hasattr(row, prefix + LEVELS[self.tier]):
            return below(row, self.tier, self.division, prefix=prefix)
        return self.under(getattr(row, f"{prefix}division"))

    def under(self, code: Any) -> ColumnElement[bool]:
        """A column of division codes that lie in the division."""
        low, high = division_code.code_range(self.division)
        return and_(code >= low, code < high)

    def holds(self, row: Any) -> ColumnElement[bool]:
        """Dated facts that hold on the day, as far as was known."""
        return holds(row, self.as_of, self.known_at)

    def lasts(self, first: Any, end: Any) -> ColumnElement[bool]:
        """What lasts from one day until before another on the day."""
        return and_(first <= self.as_of, or_(end.is_(None), end > self.as_of))

    def happened(self, day: Any) -> ColumnElement[bool]:
        """What happened in the period."""
        return and_(day >= self.start, day < self.end)

    def known(self, recorded_at: Any, undone_at: Any = None) -> ColumnElement[bool]:
        """What was recorded by then, and not yet taken back."""
        recorded: ColumnElement[bool] = recorded_at <= self.known_at
        return recorded if undone_at is None else and_(recorded, self.standing(undone_at))

    def standing(self, undone_at: Any) -> ColumnElement[bool]:
        """What was not yet taken back."""
        test: ColumnElement[bool] = or_(undone_at.is_(None), undone_at > self.known_at)
        return test

    def at(self, division: str) -> Frame:
        """The same of another division."""
        return replace(self, division=division)

    @property
    def year_before(self) -> Frame:
        """The same span of the year before (同期): what ends with a month ends with it there, too."""
        end = months_after(self.end, -12)
        if end.day < self.end.day:  # the 28th was counted, and is not left out for want of a 29th after it
            end += _DAY
        whole = self.as_of == self.end - _DAY
        as_of = end - _DAY if whole else months_after(self.as_of, -12)
        return replace(self, start=months_after(self.start, -12), end=end, as_of=as_of)


@dataclass(frozen=True)
class Span:
    """A period as it is asked for: a year, a month of it, or two days of which the second is the first outside."""

    year: int | None = None
    month: int | None = None
    start: date | None = None
    end: date | None = None

    def bounds(self, today: date) -> tuple[date, date]:
        """[start, end) of the whole period.

        Raises:
            Refused: DATE_ORDER for one that ends before it starts, or starts in the first year of all; DATE_FUTURE.
        """
        if today > _LAST:
            raise Refused(DATE_FUTURE, ("asOf",), day=today, today=_LAST)
        if self.start is not None or self.end is not None:
            start = self.start or date((self.end or today).year, 1, 1)
            end = self.end or today + _DAY
            if start < _FIRST:
                raise Refused(DATE_ORDER, ("period",), day=start, earliest=_FIRST)
            if end <= start:
                raise Refused(DATE_ORDER, ("period",), day=end, earliest=start + _DAY)
            return start, end
        return self._of_year(self.year if self.year is not None else today.year)

    def _of_year(self, year: int) -> tuple[date, date]:
        month = 1 if self.month is None else self.month
        if year > _LAST.year:
            raise Refused(DATE_FUTURE, ("period",), day=f"{year}-{month}", today=_LAST)
        if year < _FIRST.year or not 1 <= month <= 12:
            raise Refused(DATE_ORDER, ("period",), day=f"{year}-{month}", earliest="0002-01")
        start = date(year, month, 1)
        return start, months_after(start, 12 if self.month is None else 1)


def framed(division: str, span: Span, today: date, as_of: date | None, known_at: datetime | None) -> Frame:
    """The frame of a question: the period up to the day asked about, which is today by default.

    Raises:
        Refused: DATE_ORDER, DATE_FUTURE for a period that has not begun.
    """
    start, end = span.bounds(as_of or today)
    day = min(as_of or today, end - _DAY)
    if start > day:
        raise Refused(DATE_FUTURE, ("period",), day=start, today=as_of or today)
    return Frame(division, start, min(end, day + _DAY), day, known_at or ALWAYS)
