"""Domain 0 and vector 33: birthdays and months."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.codes.ages import age_on, birth_month_day_bound, months_after
from core.codes.resident_id import parse

DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("birth_date", "day", "age"),
    [
        (date(1942, 9, 10), date(2022, 9, 9), 79),
        (date(1942, 9, 10), date(2022, 9, 10), 80),
        (date(2008, 2, 29), date(2022, 2, 27), 13),
        (date(2008, 2, 29), date(2022, 2, 28), 14),
        (date(2008, 2, 29), date(2024, 2, 28), 15),
        (date(2008, 2, 29), date(2024, 2, 29), 16),
        (date(2008, 2, 28), date(2024, 2, 28), 16),
        (date(2008, 3, 1), date(2022, 2, 28), 13),
        (date(2022, 11, 30), date(2022, 11, 30), 0),
    ],
)
def test_ages(birth_date: date, day: date, age: int) -> None:
    assert age_on(birth_date, day) == age


def test_the_elder_of_vector_33() -> None:
    born = parse("410189194209101021", date(2022, 9, 9)).birth_date
    assert (age_on(born, date(2022, 9, 9)), age_on(born, date(2022, 9, 10))) == (79, 80)


def test_bounds() -> None:
    assert birth_month_day_bound(date(2022, 2, 28)) == "02-29"
    assert birth_month_day_bound(date(2024, 2, 28)) == "02-28"
    assert birth_month_day_bound(date(2024, 2, 29)) == "02-29"
    assert birth_month_day_bound(date(1900, 2, 28)) == "02-29"
    assert birth_month_day_bound(date(2022, 9, 9)) == "09-09"


@given(DAYS, DAYS)
@example(date(2008, 2, 29), date(2022, 2, 28))
def test_a_birthday_is_the_years_later_day(birth_date: date, day: date) -> None:
    age = age_on(birth_date, day)
    assert months_after(birth_date, 12 * age) <= day < months_after(birth_date, 12 * (age + 1))


@given(DAYS, DAYS)
def test_the_bound_tells_who_had_a_birthday(birth_date: date, day: date) -> None:
    completed = birth_date.isoformat()[5:] <= birth_month_day_bound(day)
    assert age_on(birth_date, day) == day.year - birth_date.year - (not completed)


@given(DAYS)
def test_age_grows_by_at_most_one_a_day(day: date) -> None:
    born = date(1888, 2, 29)
    assert age_on(born, day + timedelta(days=1)) - age_on(born, day) in {0, 1}


@pytest.mark.parametrize(
    ("day", "months", "end"),
    [
        (date(2022, 1, 31), 1, date(2022, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2022, 2, 28), 1, date(2022, 3, 28)),
        (date(2022, 11, 30), 3, date(2023, 2, 28)),
        (date(2022, 12, 15), 1, date(2023, 1, 15)),
        (date(2022, 1, 15), -1, date(2021, 12, 15)),
        (date(2022, 6, 6), 0, date(2022, 6, 6)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
    ],
)
def test_months(day: date, months: int, end: date) -> None:
    assert months_after(day, months) == end


@given(DAYS, st.integers(-600, 600))
def test_months_end_on_the_corresponding_day_or_the_last(day: date, months: int) -> None:
    end = months_after(day, months)
    assert (end.year - day.year) * 12 + end.month - day.month == months
    assert end.day == min(day.day, monthrange(end.year, end.month)[1])
