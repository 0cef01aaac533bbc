"""Step functions of the days: what held from which day on. A project's versions are several of them laid together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from core.errors import Refused
from core.refusals import DATE_ORDER

Values = Mapping[str, Any]
# From which day on which values hold, ascending, each day once.
Timeline = Sequence[tuple[date, Values]]


def holding(timeline: Timeline, day: date) -> Values:
    """The values that hold on a day; those of the first day before it."""
    known = [values for since, values in timeline if since <= day]
    return known[-1] if known else timeline[0][1]


def merged(*timelines: Timeline) -> Timeline:
    """All of them together, equal neighbours as one."""
    days = sorted({since for timeline in timelines for since, _ in timeline})
    return joined((day, _together(holding(timeline, day) for timeline in timelines)) for day in days)


def _together(values: Iterable[Values]) -> Values:
    return {name: value for some in values for name, value in some.items()}


def joined(steps: Iterable[tuple[date, Values]]) -> Timeline:
    """Steps without those that change nothing; of two on one day the later one holds."""
    found = dict(steps)
    kept: list[tuple[date, Values]] = []
    for day, values in found.items():
        if not kept or kept[-1][1] != values:
            kept.append((day, values))
    return kept


def part(timeline: Timeline, names: Collection[str]) -> Timeline:
    """Some of the values alone."""
    return joined((day, {name: values[name] for name in names}) for day, values in timeline)


def changed(timeline: Timeline, day: date, changes: Values) -> Timeline:
    """The values from a day on: what was changed again later stays as it was from then on."""
    steps = dict(timeline)
    steps.setdefault(day, holding(timeline, day))
    days = sorted(steps)
    for name, value in changes.items():
        before = steps[day][name]
        for later in days[days.index(day) :]:
            if steps[later][name] != before:
                break
            steps[later] = {**steps[later], name: value}
    return joined((since, steps[since]) for since in days)


def corrected(timeline: Timeline, changes: Values) -> Timeline:
    """The values as they should have been for as long as the mistake of today held."""
    steps = list(timeline)
    for name, value in changes.items():
        mistake = steps[-1][1][name]
        for i in reversed(range(len(steps))):
            if steps[i][1][name] != mistake:
                break
            steps[i] = (steps[i][0], {**steps[i][1], name: value})
    return joined(steps)


def moved(timeline: Timeline, day: date, *field: str) -> Timeline:
    """The same from another first day on.

    Raises:
        Refused: DATE_ORDER, if something changed before that day already.
    """
    (_, first), *rest = timeline
    if rest and rest[0][0] <= day:
        raise Refused(DATE_ORDER, field, day=rest[0][0], earliest=day)
    return [(day, first), *rest]
