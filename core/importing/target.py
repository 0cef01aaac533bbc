"""Where an import lands: its transactions, its error file, its progress."""

from __future__ import annotations

import csv
import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from core.access.principal import Principal
from core.clock import Clock
from core.db import Database
from core.errors import Refused
from core.host import Host
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
    async def transaction(self) -> AsyncIterator[Work]:
        """One transaction: all of it lands, or nothing."""
        with suppress(_Undone):
            async with self.database.writing() as session:
                yield Work(session, self.principal, self.clock, self.vault, self.host)
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
    """

    def __init__(self, path: Path) -> None:
        self.path = errors_path(path)
        self.cells = 0
        self._temporary = self.path.with_name(f"{self.path.name}.part")

    def __enter__(self) -> Self:
        # The mark at the start lets Excel read Chinese.
        self._file = self._temporary.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(("row", "column", "code", "message"))
        return self

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
        self._temporary.unlink()
        if kind is None:
            self.path.unlink(missing_ok=True)

    @property
    def written(self) -> Path | None:
        """The file, when there was anything to list."""
        return self.path if self.cells else None
