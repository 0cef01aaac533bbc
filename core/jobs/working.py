"""The jobs of a running service: what is due is run, for as long as the service runs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from core.background import repeating
from core.clock import Clock
from core.db import Database
from core.host import Host
from core.jobs import service
from core.jobs.declared import Job
from core.jobs.runner import Runner
from core.vault import Vault

log = logging.getLogger("minzheng.jobs")

_EVERY = 2.0


def working(database: Database, host: Host, vault: Vault, clock: Clock) -> AbstractAsyncContextManager[None]:
    """Run jobs in the background while the block runs. Several processes may: one of them works at a time."""

    async def work(stopped: Callable[[], bool]) -> None:
        runner = Runner(database, host, vault, clock, stopped=stopped)
        if await _anything(runner):
            await runner.run()

    return repeating(work, _EVERY, log, "jobs could not be run")


async def _anything(runner: Runner) -> bool:
    """Whether something is due; asked without the lock, which others may need."""
    async with runner.database.reading() as session:
        return bool(await service.due(session, list(runner.host.book(Job)), runner.clock))
