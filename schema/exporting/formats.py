"""The forms of an export. Each writes pages of rows as they come, in bounded memory."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import orjson
import xlsxwriter

from core.errors import Refused
from core.refusals import EXPORT_CELL
from core.spreadsheets import neutral
from schema.exporting.document import Column

Rows: TypeAlias = Sequence[dict[str, Any]]
Pages: TypeAlias = AsyncIterator[Rows]
Writer: TypeAlias = Callable[[Sequence[Column], Pages], AsyncGenerator[bytes, None]]

_BLOCK = 1 << 16
_SHEET_ROWS = 1_048_576
_EXACT_DIGITS = 15


def cell(value: Any) -> str:
    """A value as the text of a cell; lists and objects as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return neutral(value)
    return orjson.dumps(value).decode()


async def csv_chunks(columns: Sequence[Column], pages: Pages) -> AsyncGenerator[bytes, None]:
    """UTF-8 with the mark by which spreadsheet programs read Chinese."""
    yield _lines([[column.name for column in columns]]).encode("utf-8-sig")
    async for rows in pages:
        yield _lines([cell(column.value(row)) for column in columns] for row in rows).encode()


def _lines(rows: Iterable[Sequence[str]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()


async def json_lines_chunks(_columns: Sequence[Column], pages: Pages) -> AsyncGenerator[bytes, None]:
    """A row a line, in the structure of the query."""
    yield b""
    async for rows in pages:
        yield b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


async def workbook_chunks(columns: Sequence[Column], pages: Pages) -> AsyncGenerator[bytes, None]:
    """A workbook is only valid as a whole: it is written to a temporary file first."""
    with TemporaryDirectory(prefix="minzheng-export-") as folder:  # for the owner alone
        path = Path(folder) / "export.xlsx"
        book = _Book(path, columns)
        try:
            async for rows in pages:
                await asyncio.to_thread(book.add, rows)
            await asyncio.to_thread(book.close)
        except BaseException:
            book.abandon()
            raise
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                yield block


class _Book:
    """A workbook that keeps one row in memory."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        options = {"constant_memory": True, "tmpdir": str(path.parent)}
        self._book = xlsxwriter.Workbook(str(path), options)
        # Ids and phone numbers are text: a spreadsheet would round their last digits away.
        self._text = self._book.add_format({"num_format": "@"})
        self._columns = columns
        self._begin_sheet()

    def _begin_sheet(self) -> None:
        self._sheet = self._book.add_worksheet()
        self._row = 1
        for place, column in enumerate(self._columns):
            self._sheet.write_string(0, place, column.name)

    def add(self, rows: Rows) -> None:
        """Write rows; a full sheet is followed by another one."""
        for row in rows:
            if self._row == _SHEET_ROWS:
                self._begin_sheet()
            for place, column in enumerate(self._columns):
                self._write(place, column, column.value(row))
            self._row += 1

    def _write(self, place: int, column: Column, value: Any) -> None:
        if value is None:
            return
        if column.number and len(str(value)) <= _EXACT_DIGITS:
            self._sheet.write_number(self._row, place, float(value))
        elif isinstance(value, bool):
            self._sheet.write_boolean(self._row, place, value)
        elif self._sheet.write_string(self._row, place, cell(value), self._text):
            raise Refused(EXPORT_CELL, column=column.name)  # longer than a cell holds

    def close(self) -> None:
        self._book.close()

    def abandon(self) -> None:
        """Let go without writing: the library would write the file when it is collected."""
        self._book.fileclosed = True


@dataclass(frozen=True)
class Format:
    """A form of export: `name` is that of `?format=` and of the file."""

    name: str
    media_type: str
    write: Writer


FORMATS = {
    made.name: made
    for made in (
        Format("csv", "text/csv", csv_chunks),
        Format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", workbook_chunks),
        Format("jsonl", "application/x-ndjson", json_lines_chunks),
    )
}
