"""The tasks of the inbox: opened for whoever may act, closed with what they wait for."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from core.codes.sets import CodedEnum, UserRole
from core.db import new_id
from core.errors import Refused
from core.ids import typed
from core.outbox.service import publish
from core.placed import place
from core.work import Work
from core.workflow.models import Task
from core.workflow.refusals import TASK_CLOSED, TASK_TAKEN

TASK = "task"  # the id prefix, and the topic


class TaskEvent(CodedEnum, zh="任务变更"):
    """What happens to a task."""

    OPENED = "OPENED", "1", "产生", "Opened"
    CLAIMED = "CLAIMED", "2", "认领", "Claimed"
    RELEASED = "RELEASED", "3", "释放", "Released"
    CLOSED = "CLOSED", "4", "办结", "Closed"


@dataclass(frozen=True, kw_only=True)
class NewTask:
    """A task to open.

    Attributes:
        kind: a workflow's name, or a declared name such as `core.qualification_ends`.
        prefix, subject_id: what it is about. division: where it lies.
        read: the permission that shows it. act: the permission of whoever is to do it.
        due_on: the last day, if there is one.
    """

    kind: str
    prefix: str
    subject_id: uuid.UUID
    division: str
    read: str
    act: str
    title_zh: str
    title_en: str
    state: str | None = None
    due_on: date | None = None
    person_id: uuid.UUID | None = None


async def open_task(work: Work, new: NewTask) -> Task:
    """Open a task, unless one of its kind is open about its subject: then that one."""
    known = await open_tasks(work, new.subject_id, new.kind)
    if known:
        return known[0]
    task = Task(
        id=new_id(),
        kind=new.kind,
        state=new.state,
        subject=typed(new.prefix, new.subject_id),
        subject_id=new.subject_id,
        person_id=new.person_id,
        title_zh=new.title_zh,
        title_en=new.title_en,
        read=new.read,
        act=new.act,
        roles=roles_text(work.host.permissions.roles_of(new.act)),
        opened_on=work.clock.today(),
        due_on=new.due_on,
        **place(new.division),
    )
    work.session.add(task)
    await _tell(work, TaskEvent.OPENED, task)
    await work.flush()
    return task


async def _tell(work: Work, event: TaskEvent, task: Task) -> None:
    """Let those who see the task know."""
    await publish(
        work, TASK, event.name, prefix=TASK, subject_id=task.id, division=task.division, read=task.read
    )


def roles_text(roles: Iterable[UserRole]) -> str:
    """Roles as one text that a filter finds each in."""
    return "".join(f",{name}" for name in sorted(role.name for role in roles)) + ","


async def close_tasks(
    work: Work, subject_id: uuid.UUID, kind: str | None = None, outcome: str = "DONE"
) -> int:
    """Close the open tasks about a subject, and say how many there were.

    Args:
        kind: those of one kind alone. outcome: a word for what came of it.
    """
    tasks = await open_tasks(work, subject_id, kind)
    for task in tasks:
        task.closed_on = work.clock.today()
        task.closed_by = work.principal.subject
        task.outcome = outcome
        await _tell(work, TaskEvent.CLOSED, task)
    return len(tasks)


async def open_tasks(work: Work, subject_id: uuid.UUID, kind: str | None = None) -> list[Task]:
    """The open tasks about a subject, perhaps of one kind."""
    query = select(Task).where(Task.subject_id == subject_id, Task.closed_on.is_(None))
    query = query if kind is None else query.where(Task.kind == kind)
    return list(await work.session.scalars(query.order_by(Task.id)))


async def claim(work: Work, task: Task) -> Task:
    """Take a task, so that nobody else begins it too.

    Raises:
        Refused: TASK_CLOSED, TASK_TAKEN, FORBIDDEN, FORBIDDEN_SCOPE (who cannot do it cannot take it).
    """
    _require(work, task)
    if task.assignee not in (None, work.principal.subject):
        raise Refused(TASK_TAKEN, ("task",))
    task.assignee = work.principal.subject
    await _tell(work, TaskEvent.CLAIMED, task)
    work.audit("task.claimed", typed(TASK, task.id), district=task.district)
    return task


async def release(work: Work, task: Task) -> Task:
    """Give a task back, for anybody to take.

    Raises:
        Refused: as `claim`; only who has it gives it back.
    """
    _require(work, task)
    if task.assignee not in (None, work.principal.subject):
        raise Refused(TASK_TAKEN, ("task",))
    task.assignee = None
    await _tell(work, TaskEvent.RELEASED, task)
    work.audit("task.released", typed(TASK, task.id), district=task.district)
    return task


def _require(work: Work, task: Task) -> None:
    work.require_within(task.act, task.division, field=("task",))
    if task.closed_on is not None:
        raise Refused(TASK_CLOSED, ("task",))
