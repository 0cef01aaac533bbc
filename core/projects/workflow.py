"""How a project goes: PLANNED → STARTED → COMPLETED → OPERATING, with pauses while it is built (domain 1.8)."""

from __future__ import annotations

from typing import Any

from core.access.permissions import PROJECTS_READ
from core.codes.projects import ProjectState
from core.codes.sets import UserRole
from core.errors import Refused
from core.projects.models import PROJECT as PREFIX
from core.projects.models import Project
from core.projects.refusals import PROJECT_VOIDED
from core.projects.timeline import joined
from core.projects.versions import COURSE, DAYS, entries, lay, timeline
from core.work import Work
from core.workflow.declared import Deadline, State, Step, Transition, Workflow
from core.workflow.tasks import close_tasks

OVERDUE = "core.project_overdue"  # the task of whoever urges a late project on
ISSUE = "core.project_issue"  # the task of an issue that has to be solved by a day
_OFFICER = frozenset({UserRole.CITY_OFFICER})
_EITHER = frozenset({UserRole.CITY_OFFICER, UserRole.CITY_LEADER})


async def _stands(work: Work, row: Any, step: Step) -> None:
    if row.voided_at is not None:
        raise Refused(PROJECT_VOIDED, ("project",))


async def _remember(work: Work, row: Project, step: Step) -> None:
    """The day of the transition is the project's day, and its state from then on."""
    course = list(await timeline(work, row, COURSE))
    named = {name: step.on for name, (state, _) in DAYS.items() if state == row.state}
    first = {name: day for name, day in named.items() if course[-1][1][name] is None}
    await lay(work, row, course=joined([*course, (step.on, {**course[-1][1], "state": row.state, **first})]))


async def _complete(work: Work, row: Project, step: Step) -> None:
    await _remember(work, row, step)
    await close_tasks(work, row.id, OVERDUE)
    for entry in await entries(work, row):
        await close_tasks(work, entry.id, ISSUE)


def _state(state: ProjectState, **more: Any) -> State:
    return State(state.name, state.zh, state.en, **more)


_S = ProjectState

PROJECT = Workflow(
    name="core.project",
    zh="项目",
    en="Project",
    model=Project,
    prefix=PREFIX,
    read=PROJECTS_READ,
    initial="PLANNED",
    starts=_OFFICER,
    states=(
        _state(_S.PLANNED),
        _state(_S.STARTED),
        _state(_S.SUSPENDED),
        _state(_S.COMPLETED),
        _state(_S.OPERATING, final=True),
    ),
    transitions=(
        Transition(
            "begin",
            "开工",
            "Begin",
            ("PLANNED",),
            "STARTED",
            _OFFICER,
            guard=_stands,
            effect=_remember,
            dated=True,
        ),
        Transition(
            "complete",
            "竣工",
            "Complete",
            ("STARTED",),
            "COMPLETED",
            _OFFICER,
            guard=_stands,
            effect=_complete,
            dated=True,
        ),
        Transition(
            "suspend",
            "暂停",
            "Suspend",
            ("STARTED",),
            "SUSPENDED",
            _EITHER,
            reason=True,
            guard=_stands,
            effect=_remember,
            dated=True,
        ),
        Transition(
            "resume",
            "复工",
            "Resume",
            ("SUSPENDED",),
            "STARTED",
            _EITHER,
            reason=True,
            guard=_stands,
            effect=_remember,
            dated=True,
        ),
        Transition(
            "operate",
            "投入运营",
            "Put into operation",
            ("COMPLETED",),
            "OPERATING",
            _OFFICER,
            guard=_stands,
            effect=_remember,
            dated=True,
        ),
    ),
    deadlines=(
        Deadline("start", "开工", "Start", "PLANNED", ("STARTED",), "planned_start"),
        Deadline("completion", "竣工", "Completion", "PLANNED", ("COMPLETED",), "planned_completion"),
    ),
)
