"""Keeping a project and its versions in step with the facts: its days, its plan, its payments, its progress.

Whatever is written (late, out of order, or as a correction), the versions are laid together anew: those that say what
is known now stay, the others are voided and what is known now is written beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from core.db import new_id
from core.errors import Refused
from core.projects.models import ProgressEntry, Project, ProjectPayment, ProjectVersion
from core.projects.timeline import Timeline, joined, merged, part
from core.refusals import DATE_ORDER
from core.work import Work

COURSE = ("state", "actual_start", "actual_completion", "operation_date")
PLAN = (
    "name",
    "owner",
    "task_force",
    "level",
    "facility",
    "planned_start",
    "planned_completion",
    "budget",
    "area_m2",
)
_SAID = (*COURSE, *PLAN, "paid", "percent")
# A project's days, the state that each begins, and the name of its input.
DAYS = {
    "actual_start": ("STARTED", "actualStart"),
    "actual_completion": ("COMPLETED", "actualCompletion"),
    "operation_date": ("OPERATING", "operationDate"),
}
Pause = tuple[date, str]


async def standing(work: Work, project: Project) -> list[ProjectVersion]:
    """The versions that say what is known now, the first day first."""
    model = ProjectVersion
    query = select(model).where(model.project_id == project.id, model.voided_at.is_(None))
    return list(await work.session.scalars(query.order_by(model.valid_from)))


async def timeline(work: Work, project: Project, names: Sequence[str]) -> Timeline:
    """Some of what the versions say, by day."""
    versions = await standing(work, project)
    return part([(row.valid_from, _values(row)) for row in versions], names)


def _values(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _SAID}


def pauses(course: Timeline) -> list[Pause]:
    """When a project was suspended, and resumed."""
    found: list[Pause] = []
    before = None
    for day, values in course:
        state = values["state"]
        if state == "SUSPENDED" != before or (before == "SUSPENDED" and state == "STARTED"):
            found.append((day, state))
        before = state
    return found


def course_of(approved_on: date, days: Mapping[str, date | None], paused: Sequence[Pause]) -> Timeline:
    """The states of a project by day, from its days and its pauses.

    Raises:
        Refused: DATE_ORDER, naming the first day that is before the one it follows.
    """
    last, values = approved_on, {**dict.fromkeys(DAYS), "state": "PLANNED"}
    steps: list[tuple[date, Mapping[str, Any]]] = [(approved_on, values)]
    for field, day, changes in _steps(days, paused):
        if day < last:
            raise Refused(DATE_ORDER, (field,), day=day, earliest=last)
        last, values = day, {**values, **changes}
        steps.append((day, values))
    return joined(steps)


def _steps(
    days: Mapping[str, date | None], paused: Sequence[Pause]
) -> Iterator[tuple[str, date, dict[str, Any]]]:
    for name, (state, field) in DAYS.items():
        day = days.get(name)
        if day is not None:
            yield field, day, {name: day, "state": state}
        if name == "actual_start":
            for on, paused_as in paused:
                yield field, on, {"state": paused_as}


async def lay(
    work: Work, project: Project, *, course: Timeline | None = None, plan: Timeline | None = None
) -> None:
    """Write what is known now of a project.

    Args:
        course, plan: its states and days, and its plan, where they change.

    Raises:
        Refused: DATE_ORDER, if a fact lies before the day on which the project was set up.
    """
    await work.flush()
    versions = await standing(work, project)
    known = [(row.valid_from, _values(row)) for row in versions]
    goes = course or part(known, COURSE)
    percent = await _percent(work, project, goes[-1][1]["actual_completion"])
    facts = merged(goes, plan or part(known, PLAN), await _paid(work, project), percent)
    if facts[0][0] < project.approved_on:
        raise Refused(DATE_ORDER, ("approvedOn",), day=facts[0][0], earliest=project.approved_on)
    _write(work, project, versions, facts)
    for name, value in facts[-1][1].items():
        setattr(project, name, value)
    if course:
        project.entered_on = course[-1][0]
    project.updated_at = work.now
    await work.flush()


async def _paid(work: Work, project: Project) -> Timeline:
    """What was paid by each day."""
    model = ProjectPayment
    query = select(model).where(model.project_id == project.id, model.voided_at.is_(None))
    steps = [(project.approved_on, {"paid": Decimal("0.00")})]
    for row in await work.session.scalars(query.order_by(model.paid_on, model.id)):
        steps.append((row.paid_on, {"paid": steps[-1][1]["paid"] + row.amount}))
    return joined(steps)


async def _percent(work: Work, project: Project, completed: date | None) -> Timeline:
    """The percent last reported; what is completed is whole, whatever was reported before."""
    known = [(row.reported_on, {"percent": row.percent}) for row in await entries(work, project)]
    whole = [(completed, {"percent": 100})] if completed else []
    steps = sorted([*known, *whole], key=lambda step: step[0])
    return joined([(project.approved_on, {"percent": None}), *steps])


async def entries(work: Work, project: Project) -> list[ProgressEntry]:
    """A project's progress, in order of the days it is about."""
    model = ProgressEntry
    query = select(model).where(model.project_id == project.id, model.voided_at.is_(None))
    return list(await work.session.scalars(query.order_by(model.reported_on, model.id)))


def _write(work: Work, project: Project, versions: Sequence[ProjectVersion], facts: Timeline) -> None:
    ends = [day for day, _ in facts[1:]]
    wanted = [(day, end, values) for (day, values), end in zip(facts, [*ends, None], strict=True)]
    for row in versions:
        said = (row.valid_from, row.valid_to, _values(row))
        if said in wanted:
            wanted.remove(said)
        else:
            row.voided_at = work.now
    for day, end, values in wanted:
        work.session.add(_version(work, project, day, end, values))


def _version(
    work: Work, project: Project, day: date, end: date | None, values: Mapping[str, Any]
) -> ProjectVersion:
    return ProjectVersion(
        id=new_id(), project_id=project.id, valid_from=day, valid_to=end, recorded_at=work.now, **values
    )
