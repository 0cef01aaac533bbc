"""Which periods are due when."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from core.jobs.declared import Daily, Hourly, Monthly, following, latest, missed


def at(text: str) -> datetime:
    """A moment of Shanghai."""
    return datetime.fromisoformat(f"{text}+08:00")


@pytest.mark.parametrize(
    ("schedule", "now", "last", "after"),
    [
        (Daily(time(2)), "2022-11-30T01:59", "2022-11-29", "2022-11-30T02:00"),
        (Daily(time(2)), "2022-11-30T02:00", "2022-11-30", "2022-12-01T02:00"),
        (Daily(time(0, 10)), "2023-01-01T00:05", "2022-12-31", "2023-01-01T00:10"),
        (Hourly(), "2022-11-30T00:00", "2022-11-30T00", "2022-11-30T01:00"),
        (Hourly(minute=20), "2022-11-30T00:19", "2022-11-29T23", "2022-11-30T00:20"),
        (Monthly(1), "2022-11-01T01:00", "2022-10", "2022-11-01T02:00"),
        (Monthly(31), "2022-02-28T02:00", "2022-02", "2022-03-31T02:00"),
        (Monthly(31), "2022-02-28T01:59", "2022-01", "2022-02-28T02:00"),
        (Monthly(31), "2024-02-29T03:00", "2024-02", "2024-03-31T02:00"),
        (Monthly(30), "2022-12-29T12:00", "2022-11", "2022-12-30T02:00"),
    ],
)
def test_the_latest_period_and_the_next(schedule: Any, now: str, last: str, after: str) -> None:
    assert latest(schedule, at(now)).key == last
    assert following(schedule, at(now)).due == at(after).astimezone(UTC)


@pytest.mark.parametrize(
    ("schedule", "last", "catch_up", "keys"),
    [
        (Daily(), None, True, ["2022-11-30"]),
        (Daily(), None, False, ["2022-11-30"]),
        (Daily(), "2022-11-27T02:00", True, ["2022-11-28", "2022-11-29", "2022-11-30"]),
        (Daily(), "2022-11-27T02:00", False, ["2022-11-30"]),
        (Daily(), "2022-11-30T02:00", True, []),
        (Daily(), "2022-12-01T02:00", True, []),  # asked for before it was due
        (Daily(time(3)), "2022-11-30T02:00", True, []),  # the schedule is another now; the day was done
        (Hourly(), "2022-11-30T10:00", True, ["2022-11-30T11", "2022-11-30T12"]),
        (Monthly(31), "2022-08-31T02:00", True, ["2022-09", "2022-10", "2022-11"]),
        (Monthly(31), "2022-08-31T02:00", False, ["2022-11"]),
    ],
)
def test_what_was_missed(schedule: Any, last: str | None, catch_up: bool, keys: list[str]) -> None:
    known = None if last is None else at(last)
    found = missed(schedule, known, at("2022-11-30T12:00"), catch_up)
    assert [period.key for period in found] == keys


def test_the_period_of_a_day() -> None:
    day = date(2022, 2, 15)
    assert Daily().on(day).key == "2022-02-15"
    assert Hourly(20).on(day).key == "2022-02-15T00"
    assert (Monthly(31).on(day).key, Monthly(31).on(day).day) == ("2022-02", date(2022, 2, 28))
