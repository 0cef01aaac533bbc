"""The step functions behind a project's versions, and late by the clock."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Refused
from core.projects import late
from core.projects.timeline import changed, corrected, holding, joined, merged, moved, part
from core.projects.versions import course_of, pauses

D1, D2, D3, D4 = (date(2022, month, 1) for month in (1, 2, 3, 4))


def test_what_holds_on_a_day() -> None:
    steps = [(D1, {"a": 1}), (D3, {"a": 2})]
    assert [holding(steps, day)["a"] for day in (date(2021, 1, 1), D1, D2, D3, D4)] == [1, 1, 1, 2, 2]


def test_timelines_are_laid_together() -> None:
    both = merged([(D1, {"a": 1}), (D3, {"a": 2})], [(D1, {"b": 1}), (D2, {"b": 2}), (D4, {"b": 2})])
    assert both == [(D1, {"a": 1, "b": 1}), (D2, {"a": 1, "b": 2}), (D3, {"a": 2, "b": 2})]
    assert part(both, ("a",)) == [(D1, {"a": 1}), (D3, {"a": 2})]


def test_of_two_on_one_day_the_later_holds() -> None:
    assert joined([(D1, {"a": 1}), (D1, {"a": 2}), (D2, {"a": 2})]) == [(D1, {"a": 2})]


def test_a_change_stops_where_the_value_changed_again() -> None:
    steps = [(D1, {"a": 1, "b": 0}), (D3, {"a": 5, "b": 0})]
    assert changed(steps, D2, {"a": 2, "b": 9}) == [
        (D1, {"a": 1, "b": 0}),
        (D2, {"a": 2, "b": 9}),
        (D3, {"a": 5, "b": 9}),
    ]


def test_a_correction_holds_for_as_long_as_the_mistake() -> None:
    steps = [(D1, {"a": 1}), (D2, {"a": 7}), (D3, {"a": 7})]
    assert corrected(steps, {"a": 8}) == [(D1, {"a": 1}), (D2, {"a": 8})]
    assert corrected([(D1, {"a": 1})], {"a": 1}) == [(D1, {"a": 1})]


def test_the_first_day_moves_before_the_next() -> None:
    steps = [(D2, {"a": 1}), (D4, {"a": 2})]
    assert moved(steps, D3) == [(D3, {"a": 1}), (D4, {"a": 2})]
    with pytest.raises(Refused, match="DATE_ORDER"):
        moved(steps, D4)


def test_a_course_from_its_days() -> None:
    days = {"actual_start": D2, "actual_completion": D4, "operation_date": None}
    course = course_of(D1, days, [(D3, "SUSPENDED"), (date(2022, 3, 15), "STARTED")])
    assert [(day, values["state"]) for day, values in course] == [
        (D1, "PLANNED"),
        (D2, "STARTED"),
        (D3, "SUSPENDED"),
        (date(2022, 3, 15), "STARTED"),
        (D4, "COMPLETED"),
    ]
    assert pauses(course) == [(D3, "SUSPENDED"), (date(2022, 3, 15), "STARTED")]
    with pytest.raises(Refused, match="DATE_ORDER"):
        course_of(D1, {**days, "actual_completion": D3}, pauses(course))


def test_everything_on_one_day() -> None:
    course = course_of(D1, {"actual_start": D1, "actual_completion": D1, "operation_date": D1}, ())
    assert [values["state"] for _, values in course] == ["OPERATING"]
    assert pauses(course) == []


@given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from("ab"), st.integers(0, 3)), max_size=12))
def test_changes_in_any_order_never_lose_a_first_day(changes: list[tuple[int, str, int]]) -> None:
    steps = [(D1, {"a": 0, "b": 0})]
    for offset, name, value in changes:
        day = date.fromordinal(D1.toordinal() + offset)
        steps = list(changed(steps, day, {name: value}))
        assert holding(steps, day)[name] == value
        assert steps[0][0] == D1
        assert steps == list(joined(steps))


@pytest.mark.parametrize(
    ("actual", "day", "days"),
    [
        (None, date(2022, 12, 31), 0),
        (None, date(2023, 1, 1), 1),
        (date(2023, 1, 5), date(2023, 1, 5), 5),  # vector 43
        (date(2023, 1, 5), date(2024, 2, 29), 5),
        (date(2022, 12, 31), date(2024, 2, 29), 0),
    ],
)
def test_late_by_the_clock(actual: date | None, day: date, days: int) -> None:
    planned = date(2022, 12, 31)
    assert late.days_late(planned, actual, day) == days
    assert late.late(planned, actual, day) is (days > 0)


def test_days_to_operation() -> None:
    assert late.days_to_operation(None, None, D4) is None
    assert late.days_to_operation(D1, None, D2) == 31
    assert late.days_to_operation(D1, D1, D4) == 0
