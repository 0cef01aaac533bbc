"""One worker of a kind at a time on a database, over all processes; a killed one lets go by itself.

PostgreSQL: a session's advisory lock on a connection of its own. SQLite: a lock of the operating system on a file
beside the database. A database in memory belongs to one process, where a lock of the event loop will do.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import IO, Any

from sqlalchemy import text

from core.db import Database

_PAUSE = 0.1  # seconds


def alone(database: Database, name: str, *, attempts: int = 1) -> AbstractAsyncContextManager[bool]:
    """Hold the lock of that name on the database; gives whether it is held.

    Args:
        name: letters, digits and hyphens.
        attempts: how often to try, 0.1 s apart; a killed worker's connection takes the database a moment to notice.
    """
    if database.dialect_name != "sqlite":
        return _session(database, name, attempts)
    if database.url.database in (None, "", ":memory:"):
        return _in_process(database, name)
    return _file(database, name, attempts)


@asynccontextmanager
async def _session(database: Database, name: str, attempts: int) -> AsyncIterator[bool]:
    key = {"key": int(hashlib.sha256(name.encode()).hexdigest()[:15], 16)}
    async with database.write_engine.connect() as plain:
        # Without a transaction: one that lasts as long as the work would hold back the clean-up of dead rows.
        connection = await plain.execution_options(isolation_level="AUTOCOMMIT")

        async def attempt() -> Any:
            return await connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), key)

        held = await _patiently(attempt, attempts)
        try:
            yield held
        finally:
            if held:  # the connection goes back to a pool
                await connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)


@asynccontextmanager
async def _in_process(database: Database, name: str) -> AsyncIterator[bool]:
    lock = database.locks[name]
    if lock.locked():
        yield False
        return
    async with lock:
        yield True


@asynccontextmanager
async def _file(database: Database, name: str, attempts: int) -> AsyncIterator[bool]:
    beside = Path(database.url.database or "")
    path = beside.with_name(f".{beside.name}.{name}")
    file: IO[str] | None = None

    async def attempt() -> bool:
        nonlocal file
        file = _lock(path)
        return file is not None

    held = await _patiently(attempt, attempts)
    try:
        yield held
    finally:
        if file is not None:
            path.unlink(missing_ok=True)
            file.close()


def _lock(path: Path) -> IO[str] | None:
    """The file, locked; None while another process has it, or has just removed it."""
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(file.fileno()), path.stat()):
            return file
    except OSError:
        pass
    file.close()
    return None


async def _patiently(attempt: Callable[[], Awaitable[Any]], attempts: int) -> bool:
    for number in range(attempts):
        if number:
            await asyncio.sleep(_PAUSE)
        if await attempt():
            return True
    return False
