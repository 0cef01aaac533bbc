"""Batches: how far an import came, so that a broken one goes on, and never two of one file at once."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.alone import alone as one_worker
from core.db import Database, new_id
from core.errors import Refused
from core.importing.models import ImportBatch, ImportKind, ImportState
from core.importing.refusals import IMPORT_RUNNING
from core.work import Work

# A killed import's connection takes the database a moment to notice.
_PATIENCE = 20  # times 0.1 s


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
    async with one_worker(database, f"import-{sha256[:16]}", attempts=_PATIENCE) as held:
        if not held:
            raise Refused(IMPORT_RUNNING, file=file)
        yield
