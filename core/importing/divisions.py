"""Division lists: new codes are opened, changed names and classes recorded, the rest left alone.

A list is one transaction: whoever reads meanwhile sees the old divisions or the new ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from core.codes import division_code
from core.codes.dates import parse_date
from core.codes.division_code import URBAN_RURAL_CLASSES, Tier
from core.divisions.models import Division
from core.divisions.service import SINCE, NewDivision, Revision, by_code, open_divisions, revise
from core.errors import Refused
from core.importing.batches import Batch, alone, file_hash
from core.importing.headers import Column
from core.importing.models import ImportKind
from core.importing.refusals import DIV_NAME
from core.importing.tables import ROW, Row, Table, read_table
from core.importing.target import ErrorFile, Progress, Target, only_district
from core.refusals import DATE_FUTURE, DIV_EXISTS, DIV_INACTIVE, DIV_PARENT_MISSING
from core.work import Work

COLUMNS = (
    Column(
        "code",
        ("区划代码", "行政区划代码", "统计用区划代码", "代码", "编码", "division code"),
        required=True,
        exact=True,
    ),
    Column("name", ("区划名称", "行政区划名称", "名称", "division name"), required=True),
    Column("class", ("城乡分类", "城乡分类代码", "urban rural class")),
    Column("valid_from", ("生效日期", "启用日期", "valid from")),
)
_HEADERS = {column.name: column.headers[0] for column in COLUMNS}


@dataclass
class DivisionResult:
    """What an import of divisions did, in rows. `refused` rows have one bad cell or more."""

    read: int = 0
    opened: int = 0
    renamed: int = 0
    unchanged: int = 0
    refused: int = 0


@dataclass(frozen=True)
class DivisionImport:
    """The result, the list of bad cells if there are any, and the headers nobody claimed."""

    counts: DivisionResult
    errors: Path | None
    ignored: tuple[str, ...]


@dataclass(frozen=True)
class _Line:
    row: Row
    code: str
    name: str
    class_code: str | None
    valid_from: date | None


async def import_divisions(target: Target, path: Path, progress: Progress | None = None) -> DivisionImport:
    """Import a list of divisions (CSV or workbook) of 6-, 9- and 12-digit codes.

    Args:
        progress: told the rows done and their total.

    Raises:
        Refused: a file that cannot be used at all; the caller may not write divisions.
    """
    read_table(path, COLUMNS)  # before the database is asked: an unusable file is refused whatever it says
    sha256 = file_hash(path)
    async with alone(target.database, path.name, sha256):
        done = await _import(target, path, Batch(ImportKind.DIVISIONS, path, sha256))
    if progress:
        progress(done.counts.read, done.counts.read)
    return done


async def _import(target: Target, path: Path, batch: Batch) -> DivisionImport:
    table, counts = read_table(path, COLUMNS), DivisionResult()
    with ErrorFile(path) as errors:
        errors.begin()
        lines = _read(table, counts, errors)
        async with target.transaction(batch.id) as work:
            await _Landing(work, table, counts, errors).land(lines)
            reached = max((line.row.number for line in lines), default=0)
            await batch.save(work, asdict(counts), row_reached=reached, rows=counts.read, done=True)
            district = only_district(division_code.district(line.code) for line in lines)
            work.audit("divisions.imported", district=district, details=asdict(counts))
    return DivisionImport(counts, errors.written, table.ignored)


def _read(table: Table, counts: DivisionResult, errors: ErrorFile) -> list[_Line]:
    lines: dict[str, _Line] = {}
    for row in table.rows:
        counts.read += 1
        line, faults = _line(row)
        if line is None:
            _refuse(table, counts, errors, row, faults)
        elif lines.setdefault(line.code, line) is not line:
            _refuse(table, counts, errors, row, {"code": Refused(DIV_EXISTS, code=line.code)})
    return sorted(lines.values(), key=lambda line: line.code)


def _refuse(
    table: Table, counts: DivisionResult, errors: ErrorFile, row: Row, faults: Mapping[str, Refused]
) -> None:
    counts.refused += 1
    for name, refusal in faults.items():
        errors.add(row.number, table.written(name, _HEADERS.get(name, ROW)), refusal)


def _line(row: Row) -> tuple[_Line | None, dict[str, Refused]]:
    faults = dict(row.faults)

    def attempt(name: str, check: Any) -> Any:
        try:
            return check(row[name]) if row[name] or name in ("code", "name") else None
        except Refused as refusal:
            faults.setdefault(name, refusal)
            return None

    code, name = attempt("code", division_code.parse), attempt("name", _name)
    class_code, day = attempt("class", URBAN_RURAL_CLASSES.parse), attempt("valid_from", parse_date)
    return (None if faults else _Line(row, code, name, class_code, day)), faults


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 1 <= len(name) <= 100:
        raise Refused(DIV_NAME)
    return name


class _Landing:
    """Sorts lines into new, changed and unchanged, and has the service write them."""

    def __init__(self, work: Work, table: Table, counts: DivisionResult, errors: ErrorFile) -> None:
        self._work, self._table, self._counts, self._errors = work, table, counts, errors
        self._known: dict[str, Division] = {}

    async def land(self, lines: list[_Line]) -> None:
        """Write what differs."""
        above = [division_code.parent(line.code) or "" for line in lines]
        self._known = await by_code(self._work.session, [*(line.code for line in lines), *above])
        await self._open([line for line in lines if line.code not in self._known])
        await self._revise([line for line in lines if line.code in self._known])

    async def _open(self, lines: list[_Line]) -> None:
        codes, news = set(self._known), []
        for line in lines:  # in order of code: parents first
            parent = division_code.parent(line.code)
            if division_code.tier(line.code) >= Tier.TOWN and parent not in codes:
                missing = Refused(DIV_PARENT_MISSING, code=line.code, parent=parent)
                self._refuse(line, "code", missing)
                continue
            codes.add(line.code)
            news.append(NewDivision(line.code, line.name, line.valid_from or SINCE, line.class_code))
        await open_divisions(self._work, news)
        self._counts.opened += len(news)

    async def _revise(self, lines: list[_Line]) -> None:
        revisions = [revision for line in lines if (revision := self._revision(line))]
        await revise(self._work, revisions)
        self._counts.renamed += len(revisions)

    def _revision(self, line: _Line) -> Revision | None:
        division, today = self._known[line.code], self._work.clock.today()
        class_code = line.class_code or division.urban_rural_class  # an empty cell says nothing
        day = line.valid_from or today
        if (line.name, class_code) == (division.name, division.urban_rural_class):
            self._counts.unchanged += 1
        elif division.valid_to is not None:
            self._refuse(line, "code", Refused(DIV_INACTIVE, code=line.code, day=day))
        elif day > today:
            self._refuse(line, "valid_from", Refused(DATE_FUTURE, day=day, today=today))
        else:
            return Revision(division, line.name, class_code, day)
        return None

    def _refuse(self, line: _Line, name: str, refusal: Refused) -> None:
        _refuse(self._table, self._counts, self._errors, line.row, {name: refusal})
