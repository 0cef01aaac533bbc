"""Batches: how far an import came, so that a broken one goes on, and never two of one file at once."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.db import Database, new_id
from core.errors import Refused
from core.importing.models import ImportBatch, ImportKind, ImportState
from core.importing.refusals import IMPORT_RUNNING
from core.work import Work

# A killed import's connection takes the database a moment to notice.
_PATIENCE, _PAUSE = 20, 0.1


def file_hash(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def unfinished(session: AsyncSession, kind: ImportKind, sha256: str) -> ImportBatch | None:
    """The batch that a broken import of this file left behind.

    It waits for the last transaction of a process that was killed, which may be committing still.
    """
    found = await session.scalars(
        select(ImportBatch)
        .where(
            ImportBatch.kind == kind,
            ImportBatch.sha256 == sha256,
            ImportBatch.state == ImportState.RUNNING,
        )
        .with_for_update()
    )
    return found.first()


async def recent(session: AsyncSession, limit: int = 50) -> Sequence[ImportBatch]:
    """The last batches, the newest first."""
    return (await session.scalars(select(ImportBatch).order_by(ImportBatch.id.desc()).limit(limit))).all()


class Batch:
    """The batch of a running import. Its row is written with the first rows that land, not before.

    Attributes:
        id: known from the start, so that all rows can be journalled under it.
    """

    def __init__(self, kind: ImportKind, path: Path, sha256: str, known: ImportBatch | None = None) -> None:
        self.id: uuid.UUID = known.id if known else new_id()
        self._kind, self._file, self._sha256 = kind, path.name, sha256

    async def save(
        self,
        work: Work,
        counts: Mapping[str, int],
        *,
        row_reached: int,
        rows: int | None = None,
        report_bytes: int = 0,
        done: bool = False,
    ) -> None:
        """Write how far the import is, in the transaction of what landed."""
        row = await work.session.get(ImportBatch, self.id) or self._made(work)
        row.counts, row.rows, row.row_reached = dict(counts), rows, row_reached
        row.report_bytes = report_bytes
        if done:
            row.state, row.finished_at = ImportState.DONE, work.now
        await work.flush()

    def _made(self, work: Work) -> ImportBatch:
        row = ImportBatch(
            id=self.id,
            kind=self._kind,
            file=self._file[-255:],
            sha256=self._sha256,
            state=ImportState.RUNNING,
            actor=work.principal.subject,
            started_at=work.now,
        )
        work.session.add(row)
        return row


@asynccontextmanager
async def alone(database: Database, file: str, sha256: str) -> AsyncIterator[None]:
    """Nobody else imports this content into this database meanwhile; a killed process lets go by itself.

    Raises:
        Refused: IMPORT_RUNNING.
    """
    lock = _locked_file if database.dialect_name == "sqlite" else _locked_session
    async with lock(database, sha256) as held:
        if not held:
            raise Refused(IMPORT_RUNNING, file=file)
        yield


@asynccontextmanager
async def _locked_session(database: Database, sha256: str) -> AsyncIterator[bool]:
    key = {"key": int(sha256[:15], 16)}
    async with database.write_engine.connect() as plain:
        connection = await plain.execution_options(isolation_level="AUTOCOMMIT")

        async def attempt() -> Any:
            return await connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), key)

        held = await _patiently(attempt)
        try:
            yield held
        finally:
            if held:  # the connection goes back to a pool
                await connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)


@asynccontextmanager
async def _locked_file(database: Database, sha256: str) -> AsyncIterator[bool]:
    beside = Path(database.url.database or "")
    path = beside.with_name(f".{beside.name}.import-{sha256[:16]}")
    file: IO[str] | None = None

    async def attempt() -> bool:
        nonlocal file
        file = _lock(path)
        return file is not None

    held = await _patiently(attempt)
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


async def _patiently(attempt: Callable[[], Awaitable[Any]]) -> bool:
    for _ in range(_PATIENCE):
        if await attempt():
            return True
        await asyncio.sleep(_PAUSE)
    return False
