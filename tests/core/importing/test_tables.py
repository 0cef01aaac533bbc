from __future__ import annotations

import codecs
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from core.errors import Refused, StartupError
from core.importing.headers import Column, by_key, header_key
from core.importing.tables import ROW, read_table

COLUMNS = (
    Column("name", ("姓名",), required=True),
    Column("id", ("身份证号",), required=True, exact=True),
    Column("day", ("出生日期", "date of birth")),
    Column("class", ("分类",)),
)
HEADER = "姓名,身份证号,出生日期"
TEXT = f"{HEADER}\n张三,410189195803150015,1958-03-15\n"


def rows(path: Path) -> list[tuple[int, str, str, str]]:
    return [(row.number, row["name"], row["id"], row["day"]) for row in read_table(path, COLUMNS).rows]


def refusal(path: Path) -> Refused:
    with pytest.raises(Refused) as caught:
        list(read_table(path, COLUMNS).rows)
    assert path.name in caught.value.message("zh")
    assert path.name in caught.value.message("en")
    return caught.value


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


def workbook(path: Path, lines: list[list[Any]], *more: str) -> None:
    book = xlsxwriter.Workbook(str(path))
    dates = book.add_format({"num_format": "yyyy-mm-dd"})
    for sheet, content in (("一", lines), *((name, [["x"]]) for name in more)):
        page = book.add_worksheet(sheet)
        for place, line in enumerate(content):
            for column, cell in enumerate(line):
                page.write(place, column, cell, *([dates] if isinstance(cell, datetime) else []))
    book.close()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters(path: Path, encoding: str, delimiter: str) -> None:
    path.write_bytes(TEXT.replace(",", delimiter).encode(encoding))
    assert rows(path) == [(2, "张三", "410189195803150015", "1958-03-15")]


def test_big_endian(path: Path) -> None:
    path.write_bytes(codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"))
    assert len(rows(path)) == 1


def test_rare_characters_of_gb18030(path: Path) -> None:
    path.write_bytes(TEXT.replace("张三", "张㐂𠮷").encode("gb18030"))
    assert rows(path)[0][1] == "张㐂𠮷"


def test_a_character_on_the_border_of_two_blocks(path: Path) -> None:
    filler = "张三,1,\n" * 150_000
    path.write_bytes(f"{HEADER}\n{filler}".encode("gb18030"))
    assert len(rows(path)) == 150_000


def test_rows_are_numbered_as_a_spreadsheet_does(path: Path) -> None:
    path.write_text(f'\n{HEADER}\n"张\n三",1,\n\n李四,2,\n', "utf-8")
    assert [(row[0], row[1]) for row in rows(path)] == [(3, "张\n三"), (5, "李四")]


@pytest.mark.parametrize(
    "header", ["姓名", " 姓 名 ", "＊姓名（必填）", "NAME", "Name:", "姓名[中文]", "姓名\n(Name)", "name"]
)
def test_headers(path: Path, header: str) -> None:
    path.write_text(f'"{header}",身份证号,Date_of_Birth\n张三,1,2\n', "utf-8")
    assert rows(path) == [(2, "张三", "1", "2")]
    assert read_table(path, COLUMNS).written("name", "") == header.strip()


def test_a_header_that_is_all_remark_keeps_it() -> None:
    assert header_key("（备注）") == "(备注)"


def test_unknown_columns_are_named(path: Path) -> None:
    path.write_text("姓名,身份证号,备注,410189195803150015\n张三,1,x,y\n", "utf-8")
    assert read_table(path, COLUMNS).ignored == ("备注", "******")


def test_missing_column(path: Path) -> None:
    path.write_text("姓名,410189195803150015,备注\n", "utf-8")
    found = refusal(path)
    assert found.code.code == "COLUMN_MISSING"
    assert found.params["missing"] == "身份证号"
    assert found.params["found"] == "姓名、******、备注"


def test_needed_column(path: Path) -> None:
    columns = (*COLUMNS, Column("code", ("编号",), needs=("class",)))
    path.write_text("姓名,身份证号,编号\n", "utf-8")
    with pytest.raises(Refused, match="分类"):
        read_table(path, columns)


def test_duplicate_column(path: Path) -> None:
    path.write_text("姓名,Name,身份证号\n", "utf-8")
    found = refusal(path)
    assert found.code.code == "COLUMN_DUPLICATE"
    assert (found.params["first"], found.params["second"]) == ("姓名", "Name")


@pytest.mark.parametrize("content", [b"", b"\n\n , \n", codecs.BOM_UTF8])
def test_empty(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert refusal(path).code.code == "FILE_EMPTY"


@pytest.mark.parametrize("content", [b"\xff\xff\xff", "姓名,".encode("utf-16-le"), b"\xff\xfea", b"a,\0b\n"])
def test_unreadable(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert refusal(path).code.code == "FILE_ENCODING"


def test_unpaired_quote(path: Path) -> None:
    path.write_text(f'{HEADER}\n张三,1,\n"李四,2,\n王五,3,\n', "utf-8")
    found = refusal(path)
    assert (found.code.code, found.params["row"]) == ("FILE_FORMAT", 3)


def test_more_cells_than_headers(path: Path) -> None:
    path.write_text(f"{HEADER}\n张三,1,2,街道,5号\n李四,1,2,,\n", "utf-8")
    first, second = read_table(path, COLUMNS).rows
    assert first.faults[ROW].code.code == "COLUMN_COUNT"
    assert not second.faults


@pytest.mark.parametrize("text", ["4.10189E+17", "4.1018919580315E17", "410189195803150000.0"])
def test_rounded_numbers_in_csv(path: Path, text: str) -> None:
    path.write_text(f"{HEADER}\n张三,{text},\n", "utf-8")
    (row,) = read_table(path, COLUMNS).rows
    assert row.faults["id"].code.code == "NUMBER_PRECISION"


def test_workbook(path: Path) -> None:
    line = ["张三", 410189195803150015, datetime(1958, 3, 15), 1.0]  # noqa: DTZ001 (what a cell holds)
    workbook(
        path, [["姓名", "身份证号", "出生日期", "分类"], [], line, ["李四", "410189195803150015", 20220909]]
    )
    first, second = read_table(path, COLUMNS).rows
    assert first.faults["id"].code.code == "NUMBER_PRECISION"
    assert (first.number, first["day"], first["class"]) == (3, "1958-03-15", "1")
    assert (second.number, second["id"], second["day"]) == (4, "410189195803150015", "20220909")
    assert not second.faults


def test_other_sheets_are_named(path: Path) -> None:
    workbook(path, [["姓名", "身份证号"]], "二")
    assert read_table(path, COLUMNS).ignored == ("工作表/sheet 二",)


def test_damaged_workbook(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04 and nothing more")
    assert refusal(path).code.code == "WORKBOOK_FORMAT"


def test_two_columns_with_one_header() -> None:
    with pytest.raises(StartupError, match="年收入"):
        by_key([Column("income", ("年收入",)), Column("other", ("年收入（元）",))])
