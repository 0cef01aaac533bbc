"""Registers of residents, of any length, in bounded memory.

The file is read twice: once to see that all of it can be read and how many rows each household has, then to
land it in chunks of whole households. A chunk is one transaction, so a household is there with all its good
rows or not at all, also after a kill. The chunk's transaction also says how far the import is (its batch):
the same file imported again goes on from there, and ends as an import without a break would have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from core.errors import Refused
from core.importing.batches import Batch, alone, file_hash, unfinished
from core.importing.columns import ColumnImporter
from core.importing.entries import columns_with, read_entry
from core.importing.landing import Group, Landing, Seen
from core.importing.models import ImportBatch, ImportKind
from core.importing.tables import ROW, Row, Table, read_table
from core.importing.target import ErrorFile, Progress, Target, only_district
from core.refusals import HEAD_REQUIRED
from core.work import Work

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
    target: Target,
    path: Path,
    progress: Progress | None = None,
    *,
    resuming: Callable[[int], None] | None = None,
    chunk_rows: int = CHUNK_ROWS,
) -> ResidentImport:
    """Import a register of residents (CSV or workbook), or go on with an import of it that broke off.

    Args:
        progress: told the rows done and their total after each chunk.
        resuming: told the row at which a broken import goes on.
        chunk_rows: about how many rows share a transaction.

    Raises:
        Refused: a file that cannot be used at all, before any of it landed; the caller may not register;
            IMPORT_RUNNING while another process imports this file.
    """
    importers = _importers(target)
    columns = columns_with(importers)
    sizes = Counter(row["household"] for row in read_table(path, columns).rows)
    sha256 = file_hash(path)
    async with alone(target.database, path.name, sha256):
        known = await _unfinished(target, sha256)
        # A dry run must not touch the list that a broken import goes on with.
        with ErrorFile(path, "" if target.dry_run else sha256) as errors:
            batch = Batch(ImportKind.RESIDENTS, path, sha256, known)
            run = _Run(target, read_table(path, columns), importers, errors, batch, sizes.total())
            done = run.begin(known)
            if done and known and resuming:
                resuming(known.row_reached + 1)
            await _land(run, _groups(run.table.rows, sizes), done, chunk_rows, progress)
            await run.finish()
    if not target.dry_run:
        await target.database.analyze()
    return ResidentImport(run.counts, errors.written, run.table.ignored)


async def _unfinished(target: Target, sha256: str) -> ImportBatch | None:
    if target.dry_run:
        return None
    async with target.database.writing() as session:
        return await unfinished(session, ImportKind.RESIDENTS, sha256)


async def _land(
    run: _Run, groups: Iterator[list[Row]], done: int, size: int, progress: Progress | None
) -> None:
    """The rows behind those that are done, which are only called to mind."""
    for chunk in _chunks(_first(groups, done), size):
        await run.recall(chunk)
    for chunk in _chunks(groups, size):
        await run.land(chunk)
        if progress:
            progress(run.counts.read, run.rows)


def _first(groups: Iterator[list[Row]], rows: int) -> Iterator[list[Row]]:
    """The groups of the first rows; chunks end with a group, so they come out even."""
    while rows > 0:
        group = next(groups)
        rows -= len(group)
        yield group


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
        self,
        target: Target,
        table: Table,
        importers: Sequence[ColumnImporter],
        errors: ErrorFile,
        batch: Batch,
        rows: int,
    ) -> None:
        self._target, self.table, self._importers, self._errors = target, table, importers, errors
        self._batch, self.rows, self._row_reached = batch, rows, 0
        self._seen = Seen()
        self._districts: set[str | None] = set()
        self._headers = {column.name: column.headers[0] for column in columns_with(importers)}
        self.counts = ResidentResult()

    def begin(self, known: ImportBatch | None) -> int:
        """Take up where a broken import stopped.

        Returns:
            How many rows are done; 0 also when the list of their bad cells is gone: all are looked at again.
        """
        if known is None or not self._errors.resume(known.report_bytes, known.counts["cells"]):
            self._errors.begin()
            return 0
        self._errors.kept = True
        self.counts, self._row_reached = ResidentResult(**known.counts), known.row_reached
        return self.counts.read

    async def recall(self, chunk: Sequence[Sequence[Row]]) -> None:
        """Rows that landed before the import broke off."""
        entries = [read_entry(row, self._importers) for rows in chunk for row in rows]
        async with self._target.transaction() as work:
            await Landing(work, self._importers, self._seen).recall(entries)

    async def land(self, chunk: Sequence[Sequence[Row]]) -> None:
        """One chunk, one transaction."""
        groups = [Group([read_entry(row, self._importers) for row in rows]) for rows in chunk]
        async with self._target.transaction(self._batch.id) as work:
            await Landing(work, self._importers, self._seen).land(groups)
            for group in groups:
                self._count(group)
            self._report(groups)
            self._row_reached = max(self._row_reached, *(row.number for rows in chunk for row in rows))
            await self._save(work)
        self._errors.kept = not self._target.dry_run

    async def finish(self) -> None:
        """Close the batch, and say in the audit log that there was an import, and how large."""
        async with self._target.transaction(self._batch.id) as work:
            await self._save(work, done=True)
            district = only_district(self._districts)
            work.audit("residents.imported", district=district, details=asdict(self.counts))

    async def _save(self, work: Work, *, done: bool = False) -> None:
        self.counts.cells = self._errors.cells
        if self._target.dry_run:
            return  # a broken import's batch may be waiting
        await self._batch.save(
            work,
            asdict(self.counts),
            row_reached=self._row_reached,
            rows=self.rows,
            report_bytes=self._errors.size(),
            done=done,
        )

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
            self._errors.add(number, self.table.written(name, self._headers.get(name, ROW)), refusal)
