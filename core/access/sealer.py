"""The sealer of a running service: seals within a second of a commit, for as long as the service runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from core.access.seal import seal, waiting
from core.clock import Clock
from core.db import Database
from core.vault import Vault

log = logging.getLogger("minzheng.audit")

_EVERY = 0.5
_LONGEST = 60.0
_CHUNK = 500  # small, since requests wait while a chunk is hashed


@asynccontextmanager
async def sealing(database: Database, vault: Vault, clock: Clock) -> AsyncIterator[None]:
    """Seal in the background while the block runs. Several processes may: one of them works at a time."""
    stop = asyncio.Event()
    task = asyncio.create_task(_seal_until(stop, database, vault, clock))
    try:
        yield
    finally:
        stop.set()
        await task


async def _seal_until(stop: asyncio.Event, database: Database, vault: Vault, clock: Clock) -> None:
    pause = _EVERY
    while not stop.is_set():
        try:
            if await waiting(database):
                await seal(database, vault, clock, chunk=_CHUNK, stopped=stop.is_set)
            pause = _EVERY
        except Exception as error:
            # The class alone: database errors quote the values of the statement.
            log.warning("the audit could not be sealed: %s", type(error).__name__)
            pause = min(2 * pause, _LONGEST)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)
