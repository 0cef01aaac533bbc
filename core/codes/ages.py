"""Ages and months by the calendar (domain 0; Civil Code 201-203)."""

from __future__ import annotations

from calendar import isleap, monthrange
from datetime import date

ADULT = 18  # completed years (Civil Code 17)


def age_on(birth_date: date, day: date) -> int:
    """Completed years of age on `day` (domain vector 33).

    A year of life is complete on the birthday itself; for those born on 29 February that is 28 February in
    common years, the month's last day. Negative when `day` is before birth.
    """
    before_birthday = f"{birth_date:%m-%d}" > birth_month_day_bound(day)
    return day.year - birth_date.year - before_birthday


def birth_month_day_bound(day: date) -> str:
    """The ``MM-DD`` up to which, inclusive, this year's birthdays are completed on `day`; for use in SQL.

    It is the day's own, but ``02-29`` on 28 February of a common year (see `age_on`).
    """
    if (day.month, day.day) == (2, 28) and not isleap(day.year):
        return "02-29"
    return f"{day:%m-%d}"


def months_after(day: date, n: int) -> date:
    """The end of `n` months that start on `day`: the corresponding day, else its month's last.

    Source: domain 0; Civil Code 202. It is not moved off weekends and holidays: whether it is depends on
    whose limit it is (Civil Code 203).

    Args:
        day: the starting day, which is not counted.
        n: months; negative ones go back.
    """
    year, month0 = divmod(day.year * 12 + day.month - 1 + n, 12)
    return date(year, month0 + 1, min(day.day, monthrange(year, month0 + 1)[1]))
