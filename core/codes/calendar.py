"""Working days and the limits that end on them (domain 0; Civil Code 201-203).

The State Council's holidays and make-up days are those of the library `chinese_calendar`, which is brought up to
date each autumn. Years it does not know have their weekends only, so a limit is never later than the law's by
more than the holidays of such a year.
"""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar  # type: ignore[import-untyped]

_DAY = timedelta(days=1)
_SATURDAY = 5


def is_working_day(day: date) -> bool:
    """Whether `day` is Monday to Friday and no holiday, or a make-up day."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:  # a year without a published calendar
        return day.weekday() < _SATURDAY


def moved(day: date) -> date:
    """The last day of a citizen's limit: the next working day if `day` is none (Civil Code 203)."""
    while not is_working_day(day):
        day += _DAY
    return day


def days_after(day: date, n: int) -> date:
    """The end of `n` calendar days that start on `day`, which is not counted (Civil Code 201)."""
    return day + n * _DAY


def working_days_after(day: date, n: int) -> date:
    """The end of `n` working days that start on `day`, which is not counted (Civil Code 201, domain 0)."""
    while n > 0:
        day += _DAY
        n -= is_working_day(day)
    return day
