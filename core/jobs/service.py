"""Which runs are due, and asking for one by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.permissions import JOBS_RUN
from core.clock import Clock
from core.db import new_id
from core.errors import Refused
from core.host import Host
from core.ids import typed
from core.jobs.declared import Job, Period, latest, missed
from core.jobs.models import JobRun, JobState
from core.jobs.refusals import JOB_UNKNOWN
from core.work import Work

PREFIX = "job_run"


@dataclass(frozen=True)
class Due:
    """A period to run, for the first time or again."""

    job: Job
    period: Period


def job_named(host: Host, name: str, plugins: Iterable[str] | None = None) -> Job:
    """A declared job.

    Args:
        plugins: those whose jobs count; by default all that are loaded.

    Raises:
        Refused: JOB_UNKNOWN, which lists those there are.
    """
    book = host.book(Job)
    known = {job.name: job for job in (book if plugins is None else book.of(plugins))}
    if name not in known:
        raise Refused(JOB_UNKNOWN, ("job",), job=name[:80], known=", ".join(known) or "-")
    return known[name]


async def due(session: AsyncSession, jobs: Sequence[Job], clock: Clock, *, eager: bool = False) -> list[Due]:
    """What there is to run now, the longest due first.

    Args:
        eager: failed runs, too, whose time to be retried has not come, or that were given up.
    """
    now, wall = clock.now(), clock.wall()
    last, left = await _last(session, jobs), await _left(session)
    found: list[Due] = []
    for job in jobs:
        found += _of(job, last[job.name], left.get(job.name, ()), now, wall, eager)
    return sorted(found, key=lambda item: item.period.due)


def _of(
    job: Job, last: datetime | None, left: Sequence[JobRun], now: datetime, wall: datetime, eager: bool
) -> list[Due]:
    newest = latest(job.schedule, now)
    found: list[Due] = []
    for run in left:
        if run.state is JobState.FAILED and not eager:
            if run.retry_at is None:  # given up
                continue
            if run.retry_at > wall and job.catch_up:
                return found  # in order: what follows waits for it
            if run.retry_at > wall or (not job.catch_up and run.due_at < newest.due):
                continue
        found.append(Due(job, Period(run.period, run.day, run.due_at)))
    return [*found, *(Due(job, period) for period in missed(job.schedule, last, now, job.catch_up))]


async def _last(session: AsyncSession, jobs: Sequence[Job]) -> Mapping[str, datetime | None]:
    """When the last period with a run was due, of each job: one look into the index for each."""
    if not jobs:
        return {}
    newest = [select(func.max(JobRun.due_at)).where(JobRun.job == job.name).scalar_subquery() for job in jobs]
    row = (await session.execute(select(*newest))).one()
    return {job.name: moment for job, moment in zip(jobs, row, strict=True)}


async def _left(session: AsyncSession) -> Mapping[str, list[JobRun]]:
    """The runs that are not done, in order."""
    query = select(JobRun).where(JobRun.state != JobState.DONE).order_by(JobRun.due_at, JobRun.id)
    found: dict[str, list[JobRun]] = {}
    for run in await session.scalars(query):
        found.setdefault(run.job, []).append(run)
    return found


async def run_of(session: AsyncSession, job: Job, period: Period, *, lock: bool = False) -> JobRun | None:
    """The run of a period, if there is one."""
    query = select(JobRun).where(JobRun.job == job.name, JobRun.period == period.key)
    query = query.with_for_update() if lock else query
    return (await session.scalars(query)).first()


async def last_run(session: AsyncSession, job: Job) -> JobRun | None:
    """The run of the latest period that has one."""
    query = select(JobRun).where(JobRun.job == job.name).order_by(JobRun.due_at.desc(), JobRun.id.desc())
    return (await session.scalars(query.limit(1))).first()


def new_run(job: Job, period: Period, state: JobState) -> JobRun:
    """The row of a period's first run."""
    return JobRun(
        id=new_id(),
        job=job.name,
        period=period.key,
        day=period.day,
        due_at=period.due,
        state=state,
        done=0,
        attempts=0,
    )


async def ask(work: Work, job: Job, on: date | None = None) -> JobRun:
    """Ask for the run of a period, due or not: the next runner takes it. One that is done stays as it is.

    Args:
        on: a day of the period; by default the period of now.

    Raises:
        Refused: FORBIDDEN, DATE_FUTURE.
    """
    work.require(JOBS_RUN)
    if on is not None:
        work.refuse_future(on, "on")
    period = job.schedule.current(work.now) if on is None else job.schedule.on(on)
    run = await run_of(work.session, job, period)
    if run is None:
        run = new_run(job, period, JobState.QUEUED)
        work.session.add(run)
    elif run.state is JobState.FAILED:
        run.state, run.attempts, run.retry_at = JobState.QUEUED, 0, None
    work.audit("job.asked_for", typed(PREFIX, run.id), details={"job": job.name, "period": period.key})
    await work.flush()
    return run
