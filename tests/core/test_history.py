"""What is known of the past: whatever is amended or corrected, no gap, no overlap, nothing forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.codes.sets import Gender, MaritalStatus
from core.dated import ALWAYS
from core.db import new_id
from core.history import amended, corrected, steady_since
from core.persons.models import PersonVersion

BORN, START = date(2000, 1, 1), date(2020, 1, 1)
FIRST = datetime(2022, 1, 1, tzinfo=UTC)
DAYS = st.dates(date(2018, 1, 1), date(2022, 11, 30))
CHANGES = st.dictionaries(
    st.sampled_from(["name", "division", "ethnicity"]), st.sampled_from(["a", "b", "c"]), min_size=1
)
STEPS = st.lists(st.tuples(st.sampled_from(["amend", "correct"]), DAYS, CHANGES), max_size=8)
SAID = ("name", "division", "ethnicity", "marital_status", "valid_from", "valid_to", "recorded_at")


def first() -> PersonVersion:
    return PersonVersion(
        id=new_id(),
        person_id=new_id(),
        name="a",
        gender=Gender.MALE,
        birth_date=BORN,
        ethnicity="a",
        marital_status=MaritalStatus.UNMARRIED,
        registered_division="a",
        division="a",
        death_date=None,
        valid_from=START,
        valid_to=None,
        recorded_at=FIRST,
        voided_at=None,
    )


def known(rows: Sequence[PersonVersion]) -> list[PersonVersion]:
    """The versions that stand, in order of time."""
    return sorted((row for row in rows if row.voided_at is None), key=lambda row: row.valid_from)


def apply(rows: list[PersonVersion], kind: str, day: date, changes: Mapping[str, Any], now: datetime) -> None:
    if kind == "amend":
        rows.extend(amended(known(rows), day, changes, now)[0])
    else:
        rows.extend(corrected(known(rows), changes, now))


def at(rows: Sequence[PersonVersion], day: date, moment: datetime = ALWAYS) -> PersonVersion | None:
    """The answer of `asOf` and `knownAt`, of which there may be one at most."""
    found = [
        row
        for row in rows
        if row.valid_from <= day
        and (row.valid_to is None or day < row.valid_to)
        and row.recorded_at <= moment
        and (row.voided_at is None or row.voided_at > moment)
    ]
    assert len(found) <= 1
    return found[0] if found else None


def said(row: PersonVersion | None) -> Any:
    return None if row is None else (row.name, row.division, row.ethnicity)


def whole(row: PersonVersion) -> Any:
    return [getattr(row, name) for name in SAID]


@given(STEPS)
def test_neither_gap_nor_overlap(steps: Any) -> None:
    rows = [first()]
    for number, (kind, day, changes) in enumerate(steps, start=1):
        apply(rows, kind, day, changes, FIRST + timedelta(seconds=number))
        standing = known(rows)
        assert standing[-1].valid_to is None
        for before, after in pairwise(standing):
            assert before.valid_to == after.valid_from
        assert all(row.valid_to is None or row.valid_from < row.valid_to for row in rows)


@given(STEPS, st.lists(DAYS, min_size=1, max_size=5))
def test_what_was_known_is_still_known(steps: Any, days: list[date]) -> None:
    rows = [first()]
    answers: dict[tuple[date, datetime], Any] = {}
    for number, (kind, day, changes) in enumerate(steps, start=1):
        now = FIRST + timedelta(seconds=number)
        answers |= {(asked, now - timedelta(milliseconds=1)): said(at(rows, asked)) for asked in days}
        apply(rows, kind, day, changes, now)
    for (asked, moment), answer in answers.items():
        assert said(at(rows, asked, moment)) == answer


@given(STEPS)
def test_nothing_is_altered_but_that_it_is_voided(steps: Any) -> None:
    rows = [first()]
    for number, (kind, day, changes) in enumerate(steps, start=1):
        before = {row.id: (whole(row), row.voided_at) for row in rows}
        apply(rows, kind, day, changes, FIRST + timedelta(seconds=number))
        for row in rows:
            values, voided = before.get(row.id, (whole(row), None))
            assert whole(row) == values
            assert voided is None or row.voided_at == voided
        assert len({row.id for row in rows}) == len(rows)


@given(STEPS, DAYS, CHANGES)
def test_an_amendment_holds_from_its_day_until_the_next_change(steps: Any, day: date, changes: Any) -> None:
    rows = [first()]
    for number, (kind, on, said_then) in enumerate(steps, start=1):
        apply(rows, kind, on, said_then, FIRST + timedelta(seconds=number))
    now = FIRST + timedelta(hours=1)
    added, pending = amended(known(rows), day, changes, now)
    old, eve = known_at(rows, now - timedelta(seconds=1)), day - timedelta(days=1)
    rows.extend(added)
    assert said(at(rows, eve)) == said(at(rows, eve, now - timedelta(seconds=1)))
    on_the_day = at(rows, day)
    assert on_the_day is not None
    assert all(getattr(on_the_day, column) == value for column, value in changes.items())
    for column in set(changes):
        later = [a.valid_from for b, a in pairwise(old) if getattr(a, column) != getattr(b, column)]
        changed_again = any(start > day for start in later)
        assert (column in pending) is not changed_again
        if not changed_again:
            assert getattr(known(rows)[-1], column) == changes[column]
        else:
            assert getattr(known(rows)[-1], column) == getattr(old[-1], column)


def known_at(rows: Sequence[PersonVersion], moment: datetime) -> list[PersonVersion]:
    found = [r for r in rows if r.recorded_at <= moment and (r.voided_at is None or r.voided_at > moment)]
    return sorted(found, key=lambda row: row.valid_from)


@given(STEPS, CHANGES)
def test_a_correction_reaches_back_as_far_as_the_error(steps: Any, changes: Any) -> None:
    rows = [first()]
    for number, (kind, on, said_then) in enumerate(steps, start=1):
        apply(rows, kind, on, said_then, FIRST + timedelta(seconds=number))
    old = known(rows)
    since = {column: steady_since(old, column) for column in changes}
    before = {row.valid_from: said(row) for row in old}
    apply(rows, "correct", START, changes, FIRST + timedelta(hours=1))
    for row in known(rows):
        was = dict(zip(("name", "division", "ethnicity"), before[row.valid_from], strict=True))
        for column, value in changes.items():
            start = since[column]
            right = value if start is None or row.valid_from >= start else was[column]
            assert getattr(row, column) == right


def test_nothing_known_is_nothing_written() -> None:
    assert amended([], START, {"name": "b"}, FIRST) == ([], {"name"})
    assert corrected([], {"name": "b"}, FIRST) == []
    assert steady_since([], "name") is None
    same = first()
    assert amended([same], START, {"name": "a"}, FIRST) == ([], {"name"})
    assert same.voided_at is None
