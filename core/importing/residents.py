"""Registers of residents, of any length, in bounded memory.

The file is read twice: once to see that all of it can be read and how many rows each household has, then to
land it in chunks of whole households. A chunk is one transaction, so a household is there with all its good
rows or not at all, also after a kill; the same file imported again goes on where the first run stopped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from core.errors import Refused
from core.importing.columns import ColumnImporter
from core.importing.entries import columns_with, read_entry
from core.importing.landing import Group, Landing, Seen
from core.importing.tables import ROW, Row, Table, read_table
from core.importing.target import ErrorFile, Progress, Target, only_district
from core.refusals import HEAD_REQUIRED

CHUNK_ROWS = 500


@dataclass
class ResidentResult:
    """What an import of residents did.

    Attributes:
        read: rows; each is one of registered, already (registered before) and refused.
        households: opened. joined: persons who entered a household that was open before.
        headless: households that could not open for want of a good head; their good persons are registered.
        cells: bad cells listed.
    """

    read: int = 0
    registered: int = 0
    already: int = 0
    refused: int = 0
    households: int = 0
    joined: int = 0
    headless: int = 0
    cells: int = 0


@dataclass(frozen=True)
class ResidentImport:
    """The result, the list of bad cells if there are any, and the headers nobody claimed."""

    counts: ResidentResult
    errors: Path | None
    ignored: tuple[str, ...]


async def import_residents(
    target: Target, path: Path, progress: Progress | None = None, *, chunk_rows: int = CHUNK_ROWS
) -> ResidentImport:
    """Import a register of residents (CSV or workbook).

    Args:
        progress: told the rows done and their total after each chunk.
        chunk_rows: about how many rows share a transaction.

    Raises:
        Refused: a file that cannot be used at all, before any of it landed; the caller may not register.
    """
    importers = _importers(target)
    columns = columns_with(importers)
    sizes = Counter(row["household"] for row in read_table(path, columns).rows)
    table = read_table(path, columns)
    with ErrorFile(path) as errors:
        run = _Run(target, table, importers, errors)
        for chunk in _chunks(_groups(table.rows, sizes), chunk_rows):
            await run.land(chunk)
            if progress:
                progress(run.counts.read, sizes.total())
        run.counts.cells = errors.cells
        await run.audit()
    if not target.dry_run:
        await target.database.analyze()
    return ResidentImport(run.counts, errors.written, table.ignored)


def _importers(target: Target) -> list[ColumnImporter]:
    answers: Mapping[str, Sequence[ColumnImporter]] = target.host.collected("importers")
    return [importer for answer in answers.values() for importer in answer]


def _groups(rows: Iterator[Row], sizes: Mapping[str, int]) -> Iterator[list[Row]]:
    """The rows of each household together. Rows wait only while their household is incomplete."""
    waiting: dict[str, list[Row]] = {}
    for row in rows:
        code = row["household"]
        if not code:
            yield [row]
            continue
        waiting.setdefault(code, []).append(row)
        if len(waiting[code]) == sizes[code]:
            yield waiting.pop(code)
    yield from waiting.values()


def _chunks(groups: Iterator[list[Row]], size: int) -> Iterator[list[list[Row]]]:
    chunk: list[list[Row]] = []
    rows = 0
    for group in groups:
        chunk.append(group)
        rows += len(group)
        if rows >= size:
            yield chunk
            chunk, rows = [], 0
    if chunk:
        yield chunk


class _Run:
    """One import under way."""

    def __init__(
        self, target: Target, table: Table, importers: Sequence[ColumnImporter], errors: ErrorFile
    ) -> None:
        self._target, self._table, self._importers, self._errors = target, table, importers, errors
        self._seen = Seen()
        self._districts: set[str | None] = set()
        self._headers = {column.name: column.headers[0] for column in columns_with(importers)}
        self.counts = ResidentResult()

    async def land(self, chunk: Sequence[Sequence[Row]]) -> None:
        """One chunk, one transaction."""
        groups = [Group([read_entry(row, self._importers) for row in rows]) for rows in chunk]
        async with self._target.transaction() as work:
            await Landing(work, self._importers, self._seen).land(groups)
        for group in groups:
            self._count(group)
        self._report(groups)

    async def audit(self) -> None:
        """Say in the audit log that there was an import, and how large."""
        async with self._target.transaction() as work:
            district = only_district(self._districts)
            work.audit("residents.imported", district=district, details=asdict(self.counts))

    def _count(self, group: Group) -> None:
        counts = self.counts
        self._districts.add(group.district)
        counts.read += len(group.entries)
        counts.refused += sum(not entry.good for entry in group.entries)
        counts.already += sum(entry.good and entry.known for entry in group.entries)
        counts.registered += sum(entry.good and not entry.known for entry in group.entries)
        counts.households += group.head is not None
        counts.headless += group.headless is not None
        counts.joined += 0 if group.head else sum(entry.entered for entry in group.entries)

    def _report(self, groups: Sequence[Group]) -> None:
        found: list[tuple[int, str, Refused]] = []
        for group in groups:
            for entry in group.entries:
                found.extend((entry.row.number, name, refusal) for name, refusal in entry.faults.items())
            if group.headless:
                found.append((group.headless.row.number, "household", Refused(HEAD_REQUIRED)))
        for number, name, refusal in sorted(found, key=lambda item: item[0]):
            self._errors.add(number, self._table.written(name, self._headers.get(name, ROW)), refusal)
