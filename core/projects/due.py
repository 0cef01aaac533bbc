"""The tasks that a day brings: milestones and issues that are due, projects that are late. A daily job calls it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from core.access.permissions import PROJECTS_DISPATCH, PROJECTS_PROGRESS
from core.jobs.models import JobRun
from core.projects.late import overdue_sql
from core.projects.models import MILESTONE, PROGRESS, PROJECT, Milestone, ProgressEntry, Project
from core.projects.workflow import ISSUE, OVERDUE
from core.work import Work
from core.workflow.models import Task
from core.workflow.tasks import NewTask, open_task

MILESTONE_DUE = "core.milestone_due"
AHEAD = timedelta(days=7)
_CHUNK = 200
_PLANNED, _ISSUE, _LATE = "节点到期", "问题待解决", "项目逾期未竣工，待调度"


async def due_projects(work: Work, day: date, *, chunk: int = _CHUNK) -> int:
    """Open the tasks of what is due within a week of `day` or overdue, at most `chunk` of each sort.

    Call it again until it says 0. A task closes when the milestone is reached, the issue's project has newer
    progress, or the project is completed or given more time.
    """
    opened = 0
    for row in await _some(work, Milestone, MILESTONE_DUE, _milestones(day), chunk):
        title = f"{_PLANNED}：{row.name}"[:200], f"Milestone due: {row.name}"[:200]
        opened += await _open(work, row, MILESTONE_DUE, MILESTONE, row.act, title, row.due)
    for row in await _some(work, ProgressEntry, ISSUE, _issues(day), chunk):
        name = (await work.session.get_one(Project, row.project_id)).name
        title = f"{_ISSUE}：{name}"[:200], f"An issue to be solved: {name}"[:200]
        opened += await _open(work, row, ISSUE, PROGRESS, PROJECTS_PROGRESS, title, row.due)
    for row in await _some(work, Project, OVERDUE, _overdue(day), chunk):
        title = f"{_LATE}：{row.name}"[:200], f"Late, to be urged on: {row.name}"[:200]
        opened += await _open(work, row, OVERDUE, PROJECT, PROJECTS_DISPATCH, title, row.planned_completion)
    return opened


def _milestones(day: date) -> ColumnElement[bool]:
    row = Milestone
    return row.voided_at.is_(None) & row.reached_on.is_(None) & (row.due <= day + AHEAD) & ~_of_a_voided(row)


def _of_a_voided(row: Any) -> ColumnElement[bool]:
    return select(Project.id).where(Project.id == row.project_id, Project.voided_at.is_not(None)).exists()


def _issues(day: date) -> ColumnElement[bool]:
    """Those of the newest progress of a project that stands and was not completed since."""
    row, newer = ProgressEntry, aliased(ProgressEntry)
    later = (newer.reported_on == row.reported_on) & (newer.id > row.id)
    after = (newer.reported_on > row.reported_on) | later
    same = (newer.project_id == row.project_id) & newer.voided_at.is_(None)
    newest = ~select(newer.id).where(same, after).exists()
    due = row.voided_at.is_(None) & row.issue.is_not(None) & (row.due <= day + AHEAD)
    completed = select(Project.id).where(
        Project.id == row.project_id, Project.actual_completion >= row.reported_on
    )
    return due & newest & ~_of_a_voided(row) & ~completed.exists()


def _overdue(day: date) -> ColumnElement[bool]:
    return Project.voided_at.is_(None) & overdue_sql(Project, day)


async def _some(work: Work, model: Any, kind: str, test: ColumnElement[bool], chunk: int) -> Sequence[Any]:
    """The rows that have no task of the kind yet."""
    known = select(Task.id).where(Task.subject_id == model.id, Task.kind == kind, Task.closed_on.is_(None))
    query = select(model).where(test, ~known.exists()).order_by(model.id).limit(chunk)
    return (await work.session.scalars(query)).all()


async def _open(
    work: Work, row: Any, kind: str, prefix: str, act: str, title: tuple[str, str], due: date
) -> int:
    new = NewTask(
        kind=kind,
        prefix=prefix,
        subject_id=row.id,
        division=row.division,
        read=row.read,
        act=act,
        title_zh=title[0],
        title_en=title[1],
        due_on=due,
    )
    await open_task(work, new)
    return 1


async def step(work: Work, run: JobRun, cursor: Any) -> Any:
    """The job `core.projects_due`: a chunk of the day's tasks."""
    opened = await due_projects(work, run.day)
    run.done += opened
    return run.done if opened else None
