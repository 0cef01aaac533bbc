"""Runners over a migrated database, at any moment, with jobs made in the test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.clock import SHANGHAI, Clock
from core.db import Database
from core.host import Host
from core.jobs.declared import Job
from core.jobs.models import JobRun
from core.jobs.runner import Report, Runner
from core.vault import Keyring, Vault

TODAY = date(2022, 11, 30)


class At(Clock):
    """A clock that stands still, in Shanghai; its wall is the same moment."""

    def __init__(self, day: date, at: time = time(12)) -> None:
        super().__init__(day)
        self.moment = datetime.combine(day, at, SHANGHAI)

    def now(self) -> datetime:
        return self.moment

    def wall(self) -> datetime:  # type: ignore[override]
        return self.moment


@dataclass
class Bench:
    """A host whose jobs the test declares."""

    database: Database
    host: Host = field(default_factory=lambda: Host([]))
    vault: Vault = field(default_factory=lambda: Vault(Keyring.fresh()))

    def declare(self, *jobs: Job) -> None:
        self.host.book(Job).add("core", jobs)

    def runner(self, clock: Clock | date, **more: Any) -> Runner:
        clock = clock if isinstance(clock, Clock) else At(clock)
        return Runner(self.database, self.host, self.vault, clock, **more)

    async def run(self, clock: Clock | date, *names: str, eager: bool = False) -> Report:
        jobs = [self.host.book(Job)[name] for name in names] or None
        return await self.runner(clock).run(jobs, eager=eager)

    async def runs(self, name: str) -> list[JobRun]:
        async with self.database.reading() as session:
            return list(
                await session.scalars(select(JobRun).where(JobRun.job == name).order_by(JobRun.due_at))
            )


@pytest.fixture(scope="module")
def plugins() -> tuple[str, ...]:
    return ()


@pytest.fixture
def bench(database: Database) -> Bench:
    return Bench(database)


def days(first: date, count: int) -> list[date]:
    return [first + timedelta(days=number) for number in range(count)]


Steps = Callable[..., Any]
