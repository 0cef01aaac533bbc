"""Tables as bureaus keep them: CSV in UTF-8, GBK or UTF-16 with any delimiter, and workbooks.

CSV is streamed. Rows are numbered as a spreadsheet numbers them, the header being a row of its own.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from core.errors import Refused
from core.importing.headers import Column, Header, match
from core.importing.refusals import (
    COLUMN_COUNT,
    FILE_EMPTY,
    FILE_ENCODING,
    FILE_FORMAT,
    NUMBER_PRECISION,
    WORKBOOK_FORMAT,
)

ROW = ""  # where a fault of a whole row is kept

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_DELIMITERS = (",", ";", "\t")
_BLOCK = 1 << 20
# Doubles hold 15 decimal digits; what a spreadsheet shows beyond them are zeros of its own.
_EXACT_BELOW = 1e15
_ROUNDED = re.compile(r"[+-]?[0-9](?:\.[0-9]*)?[Ee]\+?[0-9]{1,3}|[0-9]{16,}\.0*")
_NONE: Mapping[str, Refused] = MappingProxyType({})

Cells = list[Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: `row["name"]` is the text of a cell, trimmed; empty when the column is absent.

    Attributes:
        faults: cells that could not be read, by column; `ROW` for the row as a whole.
    """

    number: int
    cells: tuple[str, ...]
    places: Mapping[str, int] = field(repr=False)
    faults: Mapping[str, Refused]

    def __getitem__(self, name: str) -> str:
        place = self.places.get(name)
        return self.cells[place] if place is not None else ""


@dataclass(frozen=True)
class Table:
    """An open table: its header, and its rows to be read once. `ignored` names what is not imported."""

    header: Header
    ignored: tuple[str, ...]
    rows: Iterator[Row]

    def written(self, name: str, otherwise: str) -> str:
        """A column's header as the file has it."""
        return self.header.written.get(name, otherwise)


def read_table(path: Path, columns: Sequence[Column]) -> Table:
    """Open a CSV file or a workbook and find the columns in it.

    Raises:
        Refused: FILE_EMPTY, FILE_ENCODING, FILE_FORMAT, WORKBOOK_FORMAT, COLUMN_MISSING, COLUMN_DUPLICATE.
        OSError: the file cannot be read at all.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if not start:
        raise Refused(FILE_EMPTY, file=path.name)
    if start.startswith(_WORKBOOKS):
        numbered, others = _workbook(path)
    else:
        numbered, others = _csv(path), ()
    return _table(path.name, numbered, columns, others)


def _table(
    file: str, numbered: Iterator[tuple[int, Cells]], columns: Sequence[Column], others: tuple[str, ...]
) -> Table:
    first = next((cells for _, cells in numbered), None)
    if first is None:
        raise Refused(FILE_EMPTY, file=file)
    texts = [_text(cell) for cell in first]
    while texts and not texts[-1]:
        texts.pop()
    header = match(file, texts, columns)
    return Table(header, (*header.ignored, *others), _rows(header, numbered))


def _rows(header: Header, numbered: Iterator[tuple[int, Cells]]) -> Iterator[Row]:
    # Only the known columns are kept: rows may have to wait for the rest of their household.
    kept = list(header.places.values())
    places = {name: index for index, name in enumerate(header.places)}
    for number, cells in numbered:
        texts = tuple(_text(cells[place]) if place < len(cells) else "" for place in kept)
        yield Row(number, texts, places, _faults(header, cells))


def _faults(header: Header, cells: Cells) -> Mapping[str, Refused]:
    surplus = [cell for cell in cells[header.width :] if _text(cell)]
    faults = {}
    if surplus:
        faults[ROW] = Refused(COLUMN_COUNT, cells=len(cells), columns=header.width)
    for name, place in header.places.items():
        if place in header.exact and place < len(cells) and _rounded(cells[place]):
            faults[name] = Refused(NUMBER_PRECISION)
    return faults or _NONE


def _rounded(cell: Any) -> bool:
    if isinstance(cell, float):
        return abs(cell) >= _EXACT_BELOW
    return isinstance(cell, str) and _ROUNDED.fullmatch(cell.strip()) is not None


def _text(cell: Any) -> str:
    """A cell as somebody would have typed it."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _filled(rows: Iterator[Cells]) -> Iterator[tuple[int, Cells]]:
    """The rows that have something in them, with their numbers."""
    return ((number, cells) for number, cells in enumerate(rows, 1) if any(_text(cell) for cell in cells))


def _workbook(path: Path) -> tuple[Iterator[tuple[int, Cells]], tuple[str, ...]]:
    """The rows of the first sheet that has any, and the names of the other sheets that have some."""
    try:
        book = CalamineWorkbook.from_path(path)
        sheets = [(name, book.get_sheet_by_name(name)) for name in book.sheet_names]
    except CalamineError:
        raise Refused(WORKBOOK_FORMAT, file=path.name) from None
    used = [(name, sheet) for name, sheet in sheets if sheet.height]
    if not used:
        raise Refused(FILE_EMPTY, file=path.name)
    others = tuple(f"工作表/sheet {name}" for name, _ in used[1:])
    return _filled(used[0][1].iter_rows()), others


def _csv(path: Path) -> Iterator[tuple[int, Cells]]:
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        delimiter = _delimiter("".join(islice(file, 5)))
    return _filled(_records(path, encoding, delimiter))


def _records(path: Path, encoding: str, delimiter: str) -> Iterator[Cells]:
    with path.open(encoding=encoding, newline="") as file:
        # Not strict, an unpaired quote would swallow the rows behind it without a word.
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        number = 1
        try:
            for cells in reader:
                yield cells
                number += 1
        except csv.Error:
            raise Refused(FILE_FORMAT, file=path.name, row=number) from None


def _delimiter(head: str) -> str:
    """The delimiter of the first filled line; quoted ones do not count."""
    plain = re.sub(r'"[^"]*"', "", head).strip("\r\n ")
    line = plain.splitlines()[0] if plain else ""
    return max(_DELIMITERS, key=line.count)


def _encoding(path: Path) -> str:
    """The encoding of a text file, by its mark or else by decoding all of it.

    Raises:
        Refused: FILE_ENCODING.
    """
    with path.open("rb") as file:
        start = file.read(4)
    marked = next((encoding for mark, encoding in _BOMS if start.startswith(mark)), None)
    # GB18030 takes GBK and GB2312 with it.
    candidates = (marked,) if marked else ("utf-8", "gb18030")
    for encoding in candidates:
        if _decodes(path, encoding):
            return encoding
    raise Refused(FILE_ENCODING, file=path.name)


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                if "\0" in decoder.decode(block):
                    return False  # UTF-16 without a mark, or no text at all
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
