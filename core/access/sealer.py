"""The sealer of a running service: seals within a second of a commit, for as long as the service runs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from core.access.seal import seal, waiting
from core.background import repeating
from core.clock import Clock
from core.db import Database
from core.vault import Vault

log = logging.getLogger("minzheng.audit")

_EVERY = 0.5
_CHUNK = 500  # small, since requests wait while a chunk is hashed


def sealing(database: Database, vault: Vault, clock: Clock) -> AbstractAsyncContextManager[None]:
    """Seal in the background while the block runs. Several processes may: one of them works at a time."""

    async def work(stopped: Callable[[], bool]) -> None:
        if await waiting(database):
            await seal(database, vault, clock, chunk=_CHUNK, stopped=stopped)

    return repeating(work, _EVERY, log, "the audit could not be sealed")
