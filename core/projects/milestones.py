"""Milestones of projects, and of anything else that has to be reached by a day (domain 1.8, 7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from core.access.permissions import PROJECTS_PROGRESS, PROJECTS_READ
from core.db import new_id
from core.errors import Refused
from core.ids import typed
from core.placed import place
from core.projects.models import MILESTONE, PROJECT, Milestone, Project
from core.projects.money import columns_of, refuse_voided
from core.projects.refusals import MILESTONE_REACHED
from core.projects.service import ready
from core.texts import check_text
from core.work import Work
from core.workflow.tasks import close_tasks


@dataclass(frozen=True, kw_only=True)
class NewMilestone:
    """A day by which something shall be reached.

    Attributes:
        project: of a project; else `subject` (a typed id), `division`, and the permissions `read` and `act`.
        kind: a declared kind of project, or a word of the plugin's by which its measures find it.
    """

    name: str
    owner: str
    due: date
    project: Project | None = None
    kind: str | None = None
    subject: str | None = None
    division: str | None = None
    read: str = PROJECTS_READ
    act: str = PROJECTS_PROGRESS


async def add_milestone(work: Work, new: NewMilestone) -> Milestone:
    """Add a milestone of a project, or (for plugins) of any other subject.

    Raises:
        Refused: TEXT_LENGTH, PROJECT_VOIDED, FORBIDDEN, FORBIDDEN_SCOPE.
    """
    values = _about(work, new)
    row = Milestone(
        id=new_id(),
        act=new.act,
        name=check_text(new.name, 200, ("name",)),
        owner=check_text(new.owner, 100, ("owner",)),
        due=new.due,
        recorded_at=work.now,
        **values,
    )
    work.session.add(row)
    work.audit("milestone.added", typed(MILESTONE, row.id), district=row.district)
    await work.flush()
    return row


def _about(work: Work, new: NewMilestone) -> dict[str, Any]:
    if new.project is not None:
        ready(work, new.project, new.act)
        known = {"kind": new.project.kind, "project_id": new.project.id}
        return {"subject": typed(PROJECT, new.project.id), **known, **columns_of(new.project)}
    if new.subject is None or new.division is None or new.kind is None:
        raise ValueError("a milestone of no project says its subject, division and kind")
    work.require_within(new.act, new.division)
    return {"subject": new.subject, "kind": new.kind, "read": new.read, **place(new.division)}


async def reach_milestone(
    work: Work, row: Milestone, on: date | None = None, result: str | None = None
) -> Milestone:
    """Say that a milestone was reached, and with what result.

    Raises:
        Refused: MILESTONE_REACHED, FACT_VOIDED, DATE_FUTURE, TEXT_LENGTH, FORBIDDEN, FORBIDDEN_SCOPE.
    """
    work.require_within(row.act, row.division)
    refuse_voided(row, "milestone")
    if row.reached_on is not None:
        raise Refused(MILESTONE_REACHED, ("milestone",), day=row.reached_on)
    day = on or work.clock.today()
    work.refuse_future(day, "on")
    row.reached_on, row.reached_at = day, work.now
    row.result = None if result is None else check_text(result, 500, ("result",))
    await close_tasks(work, row.id)
    work.audit("milestone.reached", typed(MILESTONE, row.id), district=row.district)
    await work.flush()
    return row


async def void_milestone(work: Work, row: Milestone) -> Milestone:
    """Void a milestone that was entered wrongly.

    Raises:
        Refused: FACT_VOIDED, FORBIDDEN, FORBIDDEN_SCOPE.
    """
    work.require_within(row.act, row.division)
    refuse_voided(row, "milestone")
    row.voided_at = work.now
    await close_tasks(work, row.id, outcome="VOIDED")
    work.audit("milestone.voided", typed(MILESTONE, row.id), district=row.district)
    await work.flush()
    return row
