"""Planning projects, changing their plans, correcting their days (domain 1.8)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select, union_all

from core.access.permissions import PROJECTS_WRITE
from core.codes import division_code
from core.codes.projects import ProjectFacility, ProjectLevel
from core.db import new_id
from core.divisions.service import by_code, check_in_force
from core.errors import Refused
from core.ids import typed
from core.organizations.models import Organization
from core.placed import place
from core.projects.declared import ProjectKind
from core.projects.models import PROJECT, Milestone, ProgressEntry, Project
from core.projects.refusals import (
    BUDGET_EXCEEDED,
    PROJECT_AMOUNT,
    PROJECT_KIND_UNKNOWN,
    PROJECT_LEVEL_MISSING,
    PROJECT_VOIDED,
)
from core.projects.timeline import changed, corrected, moved
from core.projects.versions import COURSE, DAYS, PLAN, course_of, lay, pauses, standing, timeline
from core.projects.workflow import OVERDUE
from core.projects.workflow import PROJECT as WORKFLOW
from core.refusals import DATE_ORDER, INPUT_EMPTY, NOT_FOUND
from core.texts import check_text
from core.work import Work
from core.workflow.models import WorkflowDeadline
from core.workflow.service import renew_deadlines, start
from core.workflow.tasks import close_tasks

MOST = Decimal("999999999999.99")
_TEXTS = {"name": 200, "owner": 100, "task_force": 100}
_FIELDS = {
    "name": "name",
    "owner": "owner",
    "task_force": "taskForce",
    "level": "level",
    "planned_start": "plannedStart",
    "planned_completion": "plannedCompletion",
    "budget": "budget",
    "area_m2": "areaM2",
}


@dataclass(frozen=True, kw_only=True)
class NewProject:
    """A project to plan.

    Attributes:
        owner: who is responsible; `organization` is the body, where it is registered here.
        on: the day it was set up (立项), today by default.
        budget: yuan; None is without a limit. area_m2: square metres.
    """

    kind: str
    division: str
    name: str
    owner: str
    planned_completion: date
    planned_start: date | None = None
    organization: Organization | None = None
    task_force: str | None = None
    level: ProjectLevel | None = None
    facility: ProjectFacility | None = None
    budget: Decimal | None = None
    area_m2: Decimal | None = None
    on: date | None = None


def kinds_at(work: Work, division: str) -> Mapping[str, ProjectKind]:
    """The kinds of project that there are in the district of a division."""
    district = division_code.district(division)
    plugins = work.host.districts.plugins_of(district) if district else ()
    return {kind.name: kind for kind in work.host.book(ProjectKind).of(plugins)}


def kind_of(work: Work, name: str, division: str, field: str = "kind") -> ProjectKind:
    """The kind of a name, where the division's district uses its plugin.

    Raises:
        Refused: PROJECT_KIND_UNKNOWN.
    """
    known = kinds_at(work, division)
    if name not in known:
        raise Refused(PROJECT_KIND_UNKNOWN, (field,), kind=name, known=", ".join(sorted(known)))
    return known[name]


def check_number(number: Decimal, field: str) -> Decimal:
    """An amount or area that its column holds.

    Raises:
        Refused: PROJECT_AMOUNT.
    """
    if not number.is_finite() or not 0 < number <= MOST or number != round(number, 2):
        raise Refused(PROJECT_AMOUNT, (field,), maximum=MOST)
    return round(number, 2)


async def place_in_force(work: Work, code: str, day: date) -> dict[str, Any]:
    """The level columns of a division that is there on a day.

    Raises:
        Refused: DIV_UNKNOWN, DIV_INACTIVE.
    """
    found = (await by_code(work.session, [code])).get(code)
    try:
        check_in_force(found, code, day)
    except Refused as refusal:
        raise refusal.at("division") from None
    return place(code)


async def plan(work: Work, new: NewProject) -> Project:
    """Plan a project.

    Raises:
        Refused: PROJECT_KIND_UNKNOWN, PROJECT_LEVEL_MISSING, PROJECT_AMOUNT, TEXT_LENGTH, DATE_ORDER, DATE_FUTURE,
            DIV_UNKNOWN, DIV_INACTIVE, FORBIDDEN, FORBIDDEN_SCOPE.
    """
    work.require_within(WORKFLOW.permission("start"), new.division, field=("division",))
    day = new.on or work.clock.today()
    work.refuse_future(day, "on")
    where = await place_in_force(work, new.division, day)
    kind = kind_of(work, new.kind, new.division)
    values = _checked({name: getattr(new, name) for name in PLAN})
    _check_plan(kind, values)
    row = Project(
        id=new_id(),
        kind=kind.name,
        read=kind.read,
        approved_on=day,
        owner_organization_id=new.organization.id if new.organization else None,
        paid=Decimal("0.00"),
        created_at=work.now,
        updated_at=work.now,
        **values,
        **where,
    )
    await start(work, WORKFLOW, row, on=day)
    await lay(work, row, course=course_of(day, {}, ()), plan=[(day, values)])
    return row


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Texts and numbers that fit their columns."""
    return {name: _fitting(name, value) for name, value in values.items()}


def _fitting(name: str, value: Any) -> Any:
    if name in ("budget", "area_m2") and value is not None:
        return check_number(value, _FIELDS[name])
    if name in _TEXTS and (value is not None or name != "task_force"):
        return check_text(value or "", _TEXTS[name], (_FIELDS[name],))
    return value


def _check_plan(kind: ProjectKind, values: Mapping[str, Any]) -> None:
    first, last = values["planned_start"], values["planned_completion"]
    if first is not None and last < first:
        raise Refused(DATE_ORDER, ("plannedCompletion",), day=last, earliest=first)
    if kind.livelihood and values["level"] is None:
        raise Refused(PROJECT_LEVEL_MISSING, ("level",))


def ready(work: Work, row: Project, permission: str, on: date | None = None, field: str = "on") -> date:
    """What every record of a project asks first; the day it is about, today by default.

    Raises:
        Refused: FORBIDDEN, FORBIDDEN_SCOPE, PROJECT_VOIDED, DATE_FUTURE, DATE_ORDER.
    """
    work.require_within(permission, row.division)
    if row.voided_at is not None:
        raise Refused(PROJECT_VOIDED, ("project",))
    day = on or work.clock.today()
    work.refuse_future(day, field)
    if day < row.approved_on:
        raise Refused(DATE_ORDER, (field,), day=day, earliest=row.approved_on)
    return day


async def correct(
    work: Work,
    row: Project,
    changes: Mapping[str, Any],
    on: date | None = None,
    expected_version: int | None = None,
) -> Project:
    """Correct what was entered wrongly, or change the plan from a day on.

    Args:
        changes: columns of the plan; `organization`; without `on` also `approved_on` and the days of the project
            that it has had (`actual_start`, `actual_completion`, `operation_date`).
        on: the first day of a change of plan. None corrects a mistake, for as long as it stood.

    Raises:
        Refused: INPUT_EMPTY, BUDGET_EXCEEDED, and those of `plan` and `ready`; DATE_ORDER for days out of order.
    """
    ready(work, row, PROJECTS_WRITE, on)
    work.expect_version(row, expected_version)
    rest = dict(changes)
    if not rest:
        raise Refused(INPUT_EMPTY)
    if "organization" in rest:
        body = rest.pop("organization")
        row.owner_organization_id = body.id if body else None
    days = {name: rest.pop(name) for name in ("approved_on", *DAYS) if name in rest}
    if days and on is not None:
        raise Refused(INPUT_EMPTY, ("on",))
    await _replan(work, row, _checked(rest), days, on)
    work.audit(
        "project.corrected" if on is None else "project.changed",
        typed(PROJECT, row.id),
        district=row.district,
        fields=sorted(changes),
    )
    await _met(work, row)
    await renew_deadlines(work, WORKFLOW, row)
    await _no_longer_overdue(work, row)
    return row


async def _replan(
    work: Work, row: Project, values: Mapping[str, Any], days: Mapping[str, date], on: date | None
) -> None:
    steps = await timeline(work, row, PLAN)
    steps = corrected(steps, values) if on is None else changed(steps, on, values)
    for _, said in steps:
        _check_plan(kind_of(work, row.kind, row.division), said)
    budget = steps[-1][1]["budget"]
    if budget is not None and budget < row.paid:
        raise Refused(BUDGET_EXCEEDED, ("budget",), paid=row.paid, budget=budget)
    if not days:
        await lay(work, row, plan=steps)
        return
    approved_on = days.get("approved_on", row.approved_on)
    course = await _course(work, row, approved_on, days)
    row.approved_on = approved_on
    await lay(work, row, course=course, plan=moved(steps, approved_on, "approvedOn"))


async def _course(work: Work, row: Project, approved_on: date, days: Mapping[str, date]) -> Any:
    """The states by day, with some of the days corrected."""
    for name, day in days.items():
        field = DAYS[name][1] if name in DAYS else "approvedOn"
        work.refuse_future(day, field)
        if name in DAYS and getattr(row, name) is None:
            raise Refused(NOT_FOUND, (field,), id=typed(PROJECT, row.id))
    known = {name: getattr(row, name) for name in DAYS}
    return course_of(approved_on, {**known, **days}, pauses(await timeline(work, row, COURSE)))


async def _met(work: Work, row: Project) -> None:
    """A deadline was met on the day that is known now."""
    days = {"start": row.actual_start, "completion": row.actual_completion}
    query = select(WorkflowDeadline).where(WorkflowDeadline.subject_id == row.id)
    for deadline in await work.session.scalars(query):
        deadline.met_on = days[deadline.name]


async def _no_longer_overdue(work: Work, row: Project) -> None:
    if row.planned_completion >= (row.actual_completion or work.clock.today()):
        await close_tasks(work, row.id, OVERDUE)


async def void(work: Work, row: Project, expected_version: int | None = None) -> Project:
    """Void a project that was entered by mistake: it is listed and counted no more; `knownAt` still has it.

    Raises:
        Refused: those of `ready`, CONFLICT.
    """
    ready(work, row, PROJECTS_WRITE)
    work.expect_version(row, expected_version)
    for version in await standing(work, row):
        version.voided_at = work.now
    row.voided_at = row.updated_at = work.now
    for key in (row.id, *await _with_tasks(work, row)):
        await close_tasks(work, key, outcome="VOIDED")
    work.audit("project.voided", typed(PROJECT, row.id), district=row.district)
    await work.flush()
    return row


async def _with_tasks(work: Work, row: Project) -> Sequence[uuid.UUID]:
    """Its milestones and progress entries: their tasks go with the project."""
    mine = (select(model.id).where(model.project_id == row.id) for model in (Milestone, ProgressEntry))
    return (await work.session.scalars(union_all(*mine))).all()
