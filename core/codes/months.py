"""Months of benefits: each is named by its first day, and holds whole (domain 2: no proration)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from core.codes.ages import months_after
from core.errors import ErrorCode, Refused

MONTH_INVALID = ErrorCode(
    "MONTH_INVALID",
    "{day} 不是某月的首日，月份以该月 1 日表示。",
    "{day} is not the first day of a month; a month is written as its first day.",
)


def month_of(day: date) -> date:
    """The month that a day is in."""
    return day.replace(day=1)


def month_after(day: date) -> date:
    """The month after that of a day: what is decided on 2022-10-17 begins with 2022-11 (domain 8, vector 22)."""
    return months_after(month_of(day), 1)


def months_between(first: date, end: date) -> Iterator[date]:
    """The months from `first` on that begin before `end`."""
    month = first
    while month < end:
        yield month
        month = months_after(month, 1)


def check_month(day: date, *field: str) -> date:
    """A month as its first day.

    Raises:
        Refused: MONTH_INVALID.
    """
    if day.day != 1:
        raise Refused(MONTH_INVALID, field, day=day)
    return day
