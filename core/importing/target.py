"""Where an import lands: its transactions, its error file, its progress."""

from __future__ import annotations

import csv
import os
import uuid
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from core import journal
from core.access.principal import Principal
from core.clock import Clock
from core.db import Database
from core.errors import Refused
from core.host import Host
from core.importing.models import ImportBatch
from core.vault import Vault
from core.work import Work

Progress = Callable[[int, int], None]  # told the rows done so far, and all rows


class _Undone(Exception):
    """Rolls a dry run's transaction back."""


@dataclass(frozen=True)
class Target:
    """What an import writes to and on whose behalf. With `dry_run` every transaction is rolled back."""

    database: Database
    principal: Principal
    clock: Clock
    vault: Vault
    host: Host
    dry_run: bool = False

    @asynccontextmanager
    async def transaction(self, batch: uuid.UUID | None = None) -> AsyncIterator[Work]:
        """One transaction: all of it lands, or nothing. `batch` is the import that the rows belong to."""
        with suppress(_Undone):
            async with self.database.writing() as session:
                work = Work(session, self.principal, self.clock, self.vault, self.host, batch=batch)
                if batch is None or self.dry_run:
                    yield work
                else:
                    with journal.listening(work, batch, (ImportBatch,)) as recorder:
                        yield work
                        await work.flush()
                    await work.insert(recorder.entries(), keep=False)
                if self.dry_run:
                    raise _Undone


def only_district(districts: Iterable[str | None]) -> str | None:
    """The one district that an import was about; None when it spanned several."""
    found = {district for district in districts if district is not None}
    return found.pop() if len(found) == 1 else None


def errors_path(path: Path) -> Path:
    """Where the bad cells of a file are listed: beside it."""
    return path.with_name(f"{path.name}.errors.csv")


class ErrorFile:
    """The list of bad cells: row, column, code, message. It appears when all of it is written, or not at all.

    Messages never hold an id number; the row and the column say where it is.

    Attributes:
        kept: whether a broken import is to find here what it wrote so far.
    """

    def __init__(self, path: Path, sha256: str = "") -> None:
        self.path = errors_path(path)
        self.cells = 0
        self.kept = False
        self._temporary = self.path.with_name(f"{self.path.name}{sha256 and '.'}{sha256[:8]}.part")

    def __enter__(self) -> Self:
        self._file = self._temporary.open("a+", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        return self

    def begin(self) -> None:
        """Start the list anew."""
        self.cells = 0
        self._file.truncate(0)
        self._file.write("\ufeff")  # lets Excel read Chinese
        self._writer.writerow(("row", "column", "code", "message"))

    def resume(self, size: int, cells: int) -> bool:
        """Go on behind the first `size` bytes, if they are there."""
        if not 0 < size <= self._temporary.stat().st_size:
            return False
        self._file.truncate(size)
        self.cells = cells
        return True

    def size(self) -> int:
        """The bytes written so far, safe on the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._temporary.stat().st_size

    def add(self, row: int, column: str, refusal: Refused) -> None:
        """List one bad cell."""
        self.cells += 1
        message = f"{refusal.message('zh')} / {refusal.message('en')}"
        self._writer.writerow((row, column, refusal.code.code, message))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        if kind is None and self.cells:
            os.replace(self._temporary, self.path)
            return
        if kind is None or not self.kept:
            self._temporary.unlink()
        if kind is None:
            self.path.unlink(missing_ok=True)

    @property
    def written(self) -> Path | None:
        """The file, when there was anything to list."""
        return self.path if self.cells else None
