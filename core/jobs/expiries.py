"""`core.expiries`: opens a task for what ends within 30 days or has ended, and closes it once that is settled."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.access.models import GrantRow, User
from core.access.permissions import COMMITTEES_WRITE, ORGANIZATIONS_WRITE, USERS_WRITE
from core.access.scope import REGISTRY_READ
from core.codes.ages import months_after
from core.codes.organizations import OrganizationStatus
from core.committees.models import Committee, CommitteeTerm
from core.dated import open_now
from core.jobs.models import JobRun
from core.organizations.models import Organization
from core.organizations.models import OrganizationQualification as Qualification
from core.work import Work
from core.workflow.models import Task
from core.workflow.tasks import NewTask, close_tasks, open_task

CHUNK = 200
AHEAD = timedelta(days=30)
# What ended longer ago and was left so was left so on purpose.
BEHIND = timedelta(days=365)
TERM_MONTHS = 60  # a term is five years (村民委员会组织法 11, 城市居民委员会组织法 8)

QUALIFICATION, TERM, GRANT = "core.qualification_ends", "core.committee_term_ends", "core.grant_ends"
KINDS = (QUALIFICATION, TERM, GRANT)
READS = (REGISTRY_READ, USERS_WRITE)

# From a query and its subject's key to the query of some of the subjects.
Narrow = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Expiry:
    """Something that ends: a kind of task, what it is about, where, and the first day without it."""

    kind: str
    subject_id: uuid.UUID
    division: str
    ends_on: date


async def expiring(session: AsyncSession, today: date, narrow: Narrow) -> list[Expiry]:
    """What ends within 30 days or has ended within the year and was not renewed, by id of the subject.

    Args:
        narrow: chooses among the subjects, such as `following` and `among` do.
    """
    found = [
        *await _qualifications(session, today, narrow),
        *await _terms(session, today, narrow),
        *await _grants(session, today, narrow),
    ]
    return sorted(found, key=lambda expiry: expiry.subject_id)


def following(after: uuid.UUID | None) -> Narrow:
    """The next subjects of each kind, a chunk at most."""

    def narrow(query: Any, key: Any) -> Any:
        query = query if after is None else query.where(key > after)
        return query.order_by(key).limit(CHUNK)

    return narrow


def among(subjects: Sequence[uuid.UUID]) -> Narrow:
    """These subjects alone."""
    return lambda query, key: query.where(key.in_(subjects))


async def _qualifications(session: AsyncSession, today: date, narrow: Narrow) -> list[Expiry]:
    later = aliased(Qualification)
    renewed = select(later.id).where(
        later.organization_id == Qualification.organization_id,
        later.kind == Qualification.kind,
        later.voided_at.is_(None),
        later.valid_to.is_(None) | (later.valid_to > Qualification.valid_to),
    )
    query = (
        select(Qualification, Organization)
        .join(Organization, Organization.id == Qualification.organization_id)
        .where(Qualification.voided_at.is_(None), Organization.status == OrganizationStatus.ACTIVE)
        .where(Qualification.valid_to.between(today - BEHIND, today + AHEAD), ~renewed.exists())
    )
    rows = await session.execute(narrow(query, Qualification.id))
    return [Expiry(QUALIFICATION, row.id, home.division, row.valid_to) for row, home in rows]


async def _terms(session: AsyncSession, today: date, narrow: Narrow) -> list[Expiry]:
    """Committees whose open term reaches its five years."""
    query = (
        select(CommitteeTerm.valid_from, Committee)
        .join(Committee, Committee.id == CommitteeTerm.committee_id)
        .where(open_now(CommitteeTerm), Committee.closed_on.is_(None))
        .where(CommitteeTerm.valid_from <= months_after(today + AHEAD, -TERM_MONTHS))
    )
    rows = await session.execute(narrow(query, Committee.id))
    return [Expiry(TERM, body.id, body.division, months_after(began, TERM_MONTHS)) for began, body in rows]


async def _grants(session: AsyncSession, today: date, narrow: Narrow) -> list[Expiry]:
    """Users' grants; one over a prefecture or more lies in no district's inbox."""
    query = (
        select(GrantRow)
        .join(User, User.id == GrantRow.user_id)
        .where(GrantRow.revoked_at.is_(None), User.disabled_at.is_(None))
        .where(GrantRow.division.not_like("%00000000"))
        .where(GrantRow.valid_to.between(today - AHEAD, today + AHEAD))
    )
    rows = await session.scalars(narrow(query, GrantRow.id))
    return [Expiry(GRANT, row.id, row.division, row.valid_to) for row in rows if row.valid_to]


def task_of(expiry: Expiry) -> NewTask:
    """The task about it: a person decides whether to renew, re-elect or let go."""
    prefix, read, act, zh, en = {
        QUALIFICATION: (
            "qualification",
            REGISTRY_READ,
            ORGANIZATIONS_WRITE,
            "税收资格到期，请核实是否续期",
            "A tax qualification ends: renew it or let it end",
        ),
        TERM: (
            "committee",
            REGISTRY_READ,
            COMMITTEES_WRITE,
            "村（居）委会届满，请登记换届选举",
            "A committee's term ends: record the election",
        ),
        GRANT: (
            "grant",
            USERS_WRITE,
            USERS_WRITE,
            "用户授权到期，请核实是否续期",
            "A user's grant ends: renew it or let it end",
        ),
    }[expiry.kind]
    return NewTask(
        kind=expiry.kind,
        prefix=prefix,
        subject_id=expiry.subject_id,
        division=expiry.division,
        read=read,
        act=act,
        title_zh=zh,
        title_en=en,
        due_on=expiry.ends_on,
    )


async def step(work: Work, run: JobRun, cursor: Any) -> Any:
    """First open tasks, some at a time, then close those of what is settled; the cursor says which and how far."""
    closing, last = (False, None) if cursor is None else cursor
    after = None if last is None else uuid.UUID(last)
    return await (_close(work, after) if closing else _open(work, run, after))


async def _open(work: Work, run: JobRun, after: uuid.UUID | None) -> Any:
    found = (await expiring(work.session, work.clock.today(), following(after)))[:CHUNK]
    for expiry in found:
        await open_task(work, task_of(expiry))
    run.done += len(found)
    return [False, found[-1].subject_id.hex] if len(found) == CHUNK else [True, None]


async def _close(work: Work, after: uuid.UUID | None) -> Any:
    """Close the tasks of what ends no longer: renewed, elected, revoked, or let go a year ago."""
    query = select(Task).where(Task.kind.in_(KINDS), Task.closed_on.is_(None))
    query = query if after is None else query.where(Task.id > after)
    tasks = list(await work.session.scalars(query.order_by(Task.id).limit(CHUNK)))
    subjects = [task.subject_id for task in tasks]
    found = await expiring(work.session, work.clock.today(), among(subjects)) if tasks else []
    left = {(expiry.kind, expiry.subject_id) for expiry in found}
    for task in tasks:
        if (task.kind, task.subject_id) not in left:
            await close_tasks(work, task.subject_id, task.kind, "SETTLED")
    return [True, tasks[-1].id.hex] if len(tasks) == CHUNK else None
