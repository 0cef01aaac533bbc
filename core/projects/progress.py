"""Progress of projects, and the meetings that urge them on (domain 1.8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.access.permissions import PROJECTS_DISPATCH, PROJECTS_PROGRESS, PROJECTS_READ
from core.db import new_id
from core.errors import Refused
from core.ids import typed
from core.projects.models import MEETING, PROGRESS, DispatchMeeting, ProgressEntry, Project
from core.projects.money import columns_of, refuse_voided
from core.projects.refusals import PERCENT_FALLS, PERCENT_RANGE, PROJECT_TWICE
from core.projects.service import place_in_force, ready
from core.projects.versions import entries, lay
from core.projects.workflow import ISSUE
from core.refusals import DATE_ORDER
from core.texts import check_text
from core.work import Work
from core.workflow.tasks import close_tasks


@dataclass(frozen=True, kw_only=True)
class NewProgress:
    """How far a project is; `reason` is asked for when the percent falls, `due` is the last day for the issue."""

    project: Project
    percent: int
    issue: str | None = None
    due: date | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class NewMeeting:
    """A dispatch meeting of a division."""

    division: str
    chair: str
    on: date | None = None
    task_force: str | None = None
    summary: str | None = None


def _text(text: str | None, maximum: int, field: str) -> str | None:
    return None if text is None else check_text(text, maximum, (field,))


async def record_progress(
    work: Work,
    new: NewProgress,
    on: date | None = None,
    meeting: DispatchMeeting | None = None,
    expected_version: int | None = None,
    permission: str = PROJECTS_PROGRESS,
) -> ProgressEntry:
    """Record how far a project is on a day.

    Args:
        permission: what the caller needs; at a meeting it is that of holding one.

    Raises:
        Refused: PERCENT_RANGE, PERCENT_FALLS (below the day before, or above the day after, without a reason),
            DATE_ORDER, TEXT_LENGTH, CONFLICT, and those of `ready`.
    """
    row = new.project
    day = ready(work, row, permission, on)
    work.expect_version(row, expected_version)
    if not 0 <= new.percent <= 100:
        raise Refused(PERCENT_RANGE, ("percent",))
    if new.due is not None and new.due < day:
        raise Refused(DATE_ORDER, ("due",), day=new.due, earliest=day)
    known = await entries(work, row)
    _refuse_fall(known, new, day)
    made = _entry(work, new, day, meeting)
    work.session.add(made)
    work.audit("project.progress", typed(PROGRESS, made.id), district=row.district)
    for former in known:
        await close_tasks(work, former.id, ISSUE)
    await lay(work, row)
    return made


def _refuse_fall(known: Sequence[ProgressEntry], new: NewProgress, day: date) -> None:
    before = _before(known, new.project.actual_completion, day)
    later = [entry for entry in known if entry.reported_on > day]
    if new.percent < before and not (new.reason or "").strip():
        raise Refused(PERCENT_FALLS, ("reason",), before=before, percent=new.percent)
    if later and later[0].percent < new.percent and later[0].reason is None:
        raise Refused(PERCENT_FALLS, ("percent",), before=new.percent, percent=later[0].percent)


def _before(known: Sequence[ProgressEntry], completed: date | None, day: date) -> int:
    """The percent that held on a day."""
    earlier = [(entry.reported_on, entry.percent) for entry in known if entry.reported_on <= day]
    if completed is not None and completed <= day and (not earlier or earlier[-1][0] <= completed):
        return 100
    return earlier[-1][1] if earlier else 0


def _entry(work: Work, new: NewProgress, day: date, meeting: DispatchMeeting | None) -> ProgressEntry:
    return ProgressEntry(
        id=new_id(),
        project_id=new.project.id,
        meeting_id=meeting.id if meeting else None,
        reported_on=day,
        percent=new.percent,
        reason=_text(new.reason, 500, "reason"),
        issue=_text(new.issue, 1000, "issue"),
        due=new.due,
        recorded_at=work.now,
        **columns_of(new.project),
    )


async def void_progress(work: Work, row: ProgressEntry) -> ProgressEntry:
    """Void progress that was recorded wrongly.

    Raises:
        Refused: FACT_VOIDED, FORBIDDEN, FORBIDDEN_SCOPE.
    """
    work.require_within(PROJECTS_PROGRESS, row.division)
    refuse_voided(row, "progress")
    row.voided_at = work.now
    await close_tasks(work, row.id, outcome="VOIDED")
    work.audit("project.progress_voided", typed(PROGRESS, row.id), district=row.district)
    await lay(work, await work.session.get_one(Project, row.project_id))
    return row


async def hold_meeting(work: Work, new: NewMeeting, discussed: Sequence[NewProgress] = ()) -> DispatchMeeting:
    """Record a dispatch meeting with the progress of each project that it discussed.

    Raises:
        Refused: PROJECT_TWICE, those of `record_progress` (at `progress.<index>`), DIV_UNKNOWN, DIV_INACTIVE,
            DATE_FUTURE, TEXT_LENGTH, FORBIDDEN, FORBIDDEN_SCOPE.
    """
    work.require_within(PROJECTS_DISPATCH, new.division, field=("division",))
    day = new.on or work.clock.today()
    work.refuse_future(day, "on")
    row = DispatchMeeting(
        id=new_id(),
        read=PROJECTS_READ,
        held_on=day,
        chair=check_text(new.chair, 100, ("chair",)),
        task_force=_text(new.task_force, 100, "taskForce"),
        summary=_text(new.summary, 2000, "summary"),
        recorded_at=work.now,
        **await place_in_force(work, new.division, day),
    )
    work.session.add(row)
    work.audit("project.meeting_held", typed(MEETING, row.id), district=row.district)
    await work.flush()
    if len({item.project.id for item in discussed}) < len(discussed):
        raise Refused(PROJECT_TWICE, ("progress",))
    for i, item in enumerate(discussed):
        await _discuss(work, item, day, row, i)
    return row


async def _discuss(work: Work, item: NewProgress, day: date, row: DispatchMeeting, index: int) -> None:
    try:
        await record_progress(work, item, day, row, permission=PROJECTS_DISPATCH)
    except Refused as refusal:
        raise refusal.at("progress", str(index), *refusal.field) from None


async def void_meeting(work: Work, row: DispatchMeeting) -> DispatchMeeting:
    """Void a meeting that was not held. The progress recorded at it stays; it is voided by itself.

    Raises:
        Refused: FACT_VOIDED, FORBIDDEN, FORBIDDEN_SCOPE.
    """
    work.require_within(PROJECTS_DISPATCH, row.division)
    refuse_voided(row, "meeting")
    row.voided_at = work.now
    work.audit("project.meeting_voided", typed(MEETING, row.id), district=row.district)
    await work.flush()
    return row
