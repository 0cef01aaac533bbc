"""Running what is due: chunk by chunk, one runner at a time on a database, whatever any single job does."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from core.access.service import system
from core.alone import alone
from core.clock import Clock
from core.db import Database
from core.errors import Refused
from core.host import Host
from core.jobs import service
from core.jobs.declared import Job, Period
from core.jobs.models import JobRun, JobState
from core.jobs.service import Due
from core.vault import Vault
from core.work import Work

log = logging.getLogger("minzheng.jobs")

ATTEMPTS = 8  # after which a run is given up until somebody asks for it
CHUNK_SECONDS = 120.0
_BACK_OFF, _LONGEST = timedelta(seconds=30), timedelta(hours=1)
_LOCK = "jobs"

# Called with the job, the period and how much of it is done.
Progress = Callable[[Job, Period, int], None]


class JobStuckError(Exception):
    """A step returned the cursor that it was given: it would go on for ever."""


@dataclass
class Report:
    """What a runner did.

    Attributes:
        busy: another runner is at work; nothing was done.
        done, failed: runs that ended. known: periods that had been done before.
    """

    busy: bool = False
    done: list[JobRun] = field(default_factory=list)
    failed: list[JobRun] = field(default_factory=list)
    known: list[JobRun] = field(default_factory=list)


@dataclass
class Runner:
    """Runs jobs on a database.

    Attributes:
        stopped: asked between chunks whether to leave the rest for the next runner.
    """

    database: Database
    host: Host
    vault: Vault
    clock: Clock
    progress: Progress = lambda job, period, done: None
    stopped: Callable[[], bool] = lambda: False
    chunk_seconds: float = CHUNK_SECONDS

    async def run(self, jobs: Sequence[Job] | None = None, *, eager: bool = False) -> Report:
        """Run what is due of some jobs, by default of all, until nothing is.

        Args:
            eager: failed runs at once, those that were given up too.
        """
        jobs = list(self.host.book(Job)) if jobs is None else jobs
        report = Report()
        async with alone(self.database, _LOCK) as held:
            report.busy = not held
            if held:
                await self._until_done(jobs, eager, report)
        return report

    async def _until_done(self, jobs: Sequence[Job], eager: bool, report: Report) -> None:
        tried: set[tuple[str, str]] = set()
        while not self.stopped():
            async with self.database.reading() as session:
                found = await service.due(session, jobs, self.clock, eager=eager)
            left = [item for item in found if not self._passed(item, tried, report)]
            if not left:
                return
            tried.add((left[0].job.name, left[0].period.key))
            await self._period(left[0], report)

    @staticmethod
    def _passed(item: Due, tried: set[tuple[str, str]], report: Report) -> bool:
        """Whether a period had its turn in this round, or must wait for one before it that failed."""
        waits = item.job.catch_up and any(run.job == item.job.name for run in report.failed)
        return waits or (item.job.name, item.period.key) in tried

    async def run_on(self, jobs: Sequence[Job], day: date) -> Report:
        """Run the period of one day of each job, due or not, unless it was done before."""
        report = Report()
        async with alone(self.database, _LOCK) as held:
            report.busy = not held
            for job in jobs if held else ():
                await self._on(job, job.schedule.on(day), report)
        return report

    async def _on(self, job: Job, period: Period, report: Report) -> None:
        async with self.database.reading() as session:
            run = await service.run_of(session, job, period)
        if run is not None and run.state is JobState.DONE:
            report.known.append(run)
        elif not self.stopped():
            await self._period(Due(job, period), report)

    async def _period(self, item: Due, report: Report) -> None:
        key = await self._begin(item)
        try:
            while not self.stopped():
                run = await self._chunk(item.job, key)
                self.progress(item.job, item.period, run.done)
                if run.state is JobState.DONE:
                    report.done.append(run)
                    return
        except Exception as error:
            # Its name alone: database errors quote the values of the statement.
            log.warning("job %s of %s failed: %s", item.job.name, item.period.key, _name(error))
            report.failed.append(await self._fail(key, error))

    async def _begin(self, item: Due) -> uuid.UUID:
        async with self.database.writing() as session:
            # Looked for once more: it may have been asked for since.
            run = await service.run_of(session, item.job, item.period, lock=True)
            if run is None:
                run = service.new_run(item.job, item.period, JobState.RUNNING)
                session.add(run)
            if run.state is not JobState.DONE:
                run.state, run.error, run.retry_at = JobState.RUNNING, None, None
                run.attempts += 1
                run.started_at = run.started_at or self.clock.now()
        return run.id

    async def _chunk(self, job: Job, key: uuid.UUID) -> JobRun:
        """One chunk and its place in the run, in one transaction.

        The cursor is read under the row's lock, not remembered: a runner whose lock got lost with its connection
        would still do nothing twice.
        """
        async with self.database.writing() as session:
            run = await session.get_one(JobRun, key, with_for_update=True)
            if run.state is JobState.DONE:
                return run
            work = Work(session, system(self.host.permissions), self.clock, self.vault, self.host)
            before = run.cursor
            cursor = await asyncio.wait_for(job.step(work, run, before), self.chunk_seconds)
            await work.flush()
            if cursor is not None and cursor == before:
                raise JobStuckError
            run.cursor = cursor
            if cursor is None:
                run.state, run.finished_at = JobState.DONE, self.clock.now()
        return run

    async def _fail(self, key: uuid.UUID, error: Exception) -> JobRun:
        async with self.database.writing() as session:
            run = await session.get_one(JobRun, key, with_for_update=True)
            if run.state is JobState.RUNNING:
                run.state, run.error = JobState.FAILED, _name(error)
                pause = min(_BACK_OFF * 2 ** (run.attempts - 1), _LONGEST)
                run.retry_at = self.clock.wall() + pause if run.attempts < ATTEMPTS else None
        return run


def _name(error: Exception) -> str:
    """What may be told of an error: its class, and the code of a refusal."""
    return error.code.code if isinstance(error, Refused) else type(error).__name__
