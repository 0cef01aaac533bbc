"""The jobs of a running service: what is due is run, for as long as the service runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from core.clock import Clock
from core.db import Database
from core.host import Host
from core.jobs import service
from core.jobs.declared import Job
from core.jobs.runner import Runner
from core.vault import Vault

log = logging.getLogger("minzheng.jobs")

_EVERY = 2.0
_LONGEST = 60.0


@asynccontextmanager
async def working(database: Database, host: Host, vault: Vault, clock: Clock) -> AsyncIterator[None]:
    """Run jobs in the background while the block runs. Several processes may: one of them works at a time."""
    stop = asyncio.Event()
    runner = Runner(database, host, vault, clock, stopped=stop.is_set)
    task = asyncio.create_task(_work_until(stop, runner))
    try:
        yield
    finally:
        stop.set()
        await task


async def _work_until(stop: asyncio.Event, runner: Runner) -> None:
    pause = _EVERY
    while not stop.is_set():
        try:
            if await _anything(runner):
                await runner.run()
            pause = _EVERY
        except Exception as error:
            log.warning("jobs could not be run: %s", type(error).__name__)
            pause = min(2 * pause, _LONGEST)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)


async def _anything(runner: Runner) -> bool:
    """Whether something is due; asked without the lock, which others may need."""
    async with runner.database.reading() as session:
        return bool(await service.due(session, list(runner.host.book(Job)), runner.clock))
