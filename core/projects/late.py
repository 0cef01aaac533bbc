"""Late by the clock: no flag is kept, a day decides (domain 1.8, vector 43)."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func

from core.days import days_between


def late(planned: date, actual: date | None, day: date) -> bool:
    """Whether a project is late: its completion, or without one the day asked about, is after the planned day."""
    return (actual or day) > planned


def days_late(planned: date, actual: date | None, day: date) -> int:
    """By how many days it is late; 0 if it is not."""
    return max(0, ((actual or day) - planned).days)


def days_to_operation(completed: date | None, operating: date | None, day: date) -> int | None:
    """Days from completion to operation, so far if it does not operate; None before completion."""
    return None if completed is None else ((operating or day) - completed).days


def late_sql(row: Any, day: Any) -> ColumnElement[bool]:
    """`late` on a row's columns."""
    test: ColumnElement[bool] = func.coalesce(row.actual_completion, day) > row.planned_completion
    return test


def days_late_sql(row: Any, day: Any) -> ColumnElement[int]:
    """`days_late` on a row's columns."""
    days = days_between(row.planned_completion, func.coalesce(row.actual_completion, day))
    return case((late_sql(row, day), days), else_=0)


def days_to_operation_sql(row: Any, day: Any) -> ColumnElement[Any]:
    """`days_to_operation` on a row's columns."""
    days = days_between(row.actual_completion, func.coalesce(row.operation_date, day))
    return case((row.actual_completion.is_not(None), days))


def overdue_sql(row: Any, day: Any) -> ColumnElement[bool]:
    """Late and not completed."""
    return and_(row.actual_completion.is_(None), row.planned_completion < day)
