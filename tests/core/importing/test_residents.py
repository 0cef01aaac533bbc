from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from core.access.models import AuditEntry
from core.errors import ErrorCode, Refused
from core.households.models import Household
from core.households.service import close
from core.importing.columns import ColumnImporter, ImportedRow
from core.importing.register_file import FAULTS, write_register
from core.importing.residents import import_residents
from core.importing.target import Target, errors_path
from core.persons.models import Person, PersonDisability
from core.work import Work
from tests.core.importing.helpers import TODAY, VILLAGES, listed, number, snapshot

Write = Callable[..., Path]
VILLAGE = VILLAGES[0]


def line(
    code: str, relation: str, name: str, born: str = "1958-03-15", sequence: int = 1, address: str = "一号"
) -> str:
    return f"{code},{relation},{name},{number(born, sequence)},{VILLAGE},{address}"


async def counts(target: Target, path: Path, **options: Any) -> dict[str, int]:
    """What an import did, without the zeros."""
    done = await import_residents(target, path, **options)
    return {name: count for name, count in asdict(done.counts).items() if count}


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@pytest.mark.parametrize("seed", [1, 2])
async def test_faults_stated_are_faults_found(target: Target, tmp_path: Path, suffix: str, seed: int) -> None:
    path, chosen = tmp_path / f"register.{suffix}", random.Random(seed)
    wanted = {code: chosen.randint(0, 3) for code in FAULTS}
    stated = write_register(path, rows=200, seed=seed, divisions=VILLAGES, today=TODAY, faults=wanted)
    done = await import_residents(target, path, chunk_rows=chosen.randint(1, 80))
    assert Counter(code for _, _, code in listed(path)) == Counter(stated)
    assert done.counts.read == 200
    assert done.counts.refused == sum(stated.values()) - wanted["HEAD_REQUIRED"]
    assert done.counts.headless == wanted["HEAD_REQUIRED"]
    assert done.counts.registered == 200 - done.counts.refused


async def test_again_changes_nothing(target: Target, tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    write_register(path, rows=120, seed=3, divisions=VILLAGES, today=TODAY)
    first = await import_residents(target, path)
    before, errors = await snapshot(target), listed(path)
    second = await import_residents(target, path, chunk_rows=30)
    assert await snapshot(target) == before
    assert listed(path) == errors
    assert second.counts.already == first.counts.registered
    assert (second.counts.registered, second.counts.households, second.counts.joined) == (0, 0, 0)


async def test_dry_run_finds_the_same(target: Target, dry: Target, tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    write_register(path, rows=120, seed=4, divisions=VILLAGES, today=TODAY)
    tried = await import_residents(dry, path, chunk_rows=20)
    assert await snapshot(target) == []
    errors = errors_path(path).read_text("utf-8")
    assert asdict(tried.counts) == asdict((await import_residents(target, path)).counts)
    assert errors_path(path).read_text("utf-8") == errors


async def test_no_id_number_in_the_error_file(target: Target, tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    write_register(path, rows=120, seed=5, divisions=VILLAGES, today=TODAY)
    await import_residents(target, path)
    ids = [row.split(",")[3] for row in path.read_text("utf-8-sig").splitlines()[1:]]
    text = errors_path(path).read_text("utf-8")
    assert not [number for number in ids if number[:17] in text]


async def test_every_bad_cell_of_a_row(target: Target, register: Write) -> None:
    headers = (
        "household code,relation to head,name,id number,sex,ethnic group,date of birth,registered division,"
        "residence division,address,mobile,marital status,disability category,disability level"
    )
    good = f"H1,02,张三,{number()},male,Han,1958/3/15,{VILLAGE},,一号,199 0000 0001,已婚,肢体,二级"
    bad = "H1,9,1,410189195803150016,x,x,x,1,2,,1,x,x,5"
    path = register([good, bad], headers)
    assert await counts(target, path) == {
        "read": 2, "registered": 1, "refused": 1, "households": 1, "cells": 12,
    }  # fmt: skip
    found = {column: code for _, column, code in listed(path)}
    assert found == {
        "relation to head": "CODE_UNKNOWN",
        "name": "NAME_FORMAT",
        "id number": "ID_CHECKSUM",
        "sex": "CODE_UNKNOWN",
        "ethnic group": "CODE_UNKNOWN",
        "date of birth": "DATE_FORMAT",
        "registered division": "DIV_FORMAT",
        "residence division": "DIV_FORMAT",
        "mobile": "PHONE_FORMAT",
        "marital status": "CODE_UNKNOWN",
        "disability category": "CODE_UNKNOWN",
        "disability level": "CODE_UNKNOWN",
    }
    async with target.database.reading() as session:
        assert [row.level for row in await session.scalars(select(PersonDisability))] == [2]


async def test_empty_cells(target: Target, register: Write) -> None:
    path = register([",,,,,", "H1,,,,,"])
    assert await counts(target, path) == {
        "read": 1, "refused": 1, "headless": 1, "cells": 5,
    }  # fmt: skip
    assert sorted(listed(path)) == [
        (3, "与户主关系", "CODE_UNKNOWN"),
        (3, "姓名", "NAME_FORMAT"),
        (3, "户籍地区划", "DIV_FORMAT"),
        (3, "户编号", "HEAD_REQUIRED"),
        (3, "身份证号", "ID_REQUIRED"),
    ]


async def test_rows_of_a_household_apart(target: Target, register: Write) -> None:
    lines = [
        line("H1", "妻", "李四", "1960-01-01", 2),
        line("H2", "户主", "王五", "1970-01-01", 1),
        line("H1", "户主", "张三"),
        line("H2", "子", "王六", "2000-01-01", 3),
    ]
    path = register(lines)
    assert await counts(target, path, chunk_rows=1) == {"read": 4, "registered": 4, "households": 2}
    assert Counter(row[3] for row in await snapshot(target)) == {"H1": 2, "H2": 2}


async def test_persons_without_a_household(target: Target, register: Write) -> None:
    path = register([line("", "", "张三", address="")])
    assert await counts(target, path) == {"read": 1, "registered": 1}
    assert await counts(target, path) == {"read": 1, "already": 1}
    less = register([f"李四,{number('1960-01-01', 2)},{VILLAGE}"], "姓名,身份证号,户籍地")
    assert await counts(target, less) == {"read": 1, "registered": 1}


async def test_a_bad_head_and_its_correction(target: Target, register: Write) -> None:
    wife = line("H1", "妻", "李四", "1960-01-01", 2)
    path = register([line("H1", "户主", "张3"), wife])
    assert await counts(target, path) == {"read": 2, "registered": 1, "refused": 1, "headless": 1, "cells": 2}
    assert listed(path) == [(2, "姓名", "NAME_FORMAT"), (2, "户编号", "HEAD_REQUIRED")]
    path = register([line("H1", "户主", "张三"), wife])
    assert await counts(target, path) == {"read": 2, "registered": 1, "already": 1, "households": 1}
    assert sorted((row[1], row[3], row[4]) for row in await snapshot(target)) == [
        ("张三", "H1", "02"),
        ("李四", "H1", "12"),
    ]
    assert not errors_path(path).exists()


async def test_a_member_corrected_later_joins(target: Target, register: Write) -> None:
    head = line("H1", "户主", "张三")
    await import_residents(target, register([head, line("H1", "妻", "李4", "1960-01-01", 2)]))
    path = register([head, line("H1", "妻", "李四", "1960-01-01", 2)])
    assert await counts(target, path) == {"read": 2, "registered": 1, "already": 1, "joined": 1}
    assert await counts(target, path) == {"read": 2, "already": 2}


async def test_two_heads_and_no_address(target: Target, register: Write) -> None:
    lines = [
        line("H1", "户主", "张三"),
        line("H1", "户主", "李四", "1960-01-01", 2),
        line("H2", "户主", "王五", "1970-01-01", 1, address=""),
        line("H3", "子", "赵六", "1980-01-01", 1),
    ]
    path = register(lines)
    assert await counts(target, path) == {
        "read": 4, "registered": 2, "refused": 2, "households": 1, "headless": 2, "cells": 4,
    }  # fmt: skip
    assert listed(path) == [
        (3, "与户主关系", "HEAD_REQUIRED"),
        (4, "地址", "ADDRESS_FORMAT"),
        (4, "户编号", "HEAD_REQUIRED"),
        (5, "户编号", "HEAD_REQUIRED"),
    ]
    again = register([line("H1", "户主", "孙七", "1990-01-01", 1)])
    assert await counts(target, again) == {"read": 1, "refused": 1, "cells": 1}
    assert listed(again) == [(2, "与户主关系", "HEAD_REQUIRED")]


async def test_duplicate_ids(target: Target, register: Write) -> None:
    await import_residents(target, register([line("H1", "户主", "张三")]))
    lines = [
        line("H2", "户主", "张三"),  # in another household already
        line("H3", "户主", "王五", "1970-01-01", 1),
        line("H4", "户主", "王五", "1970-01-01", 1),  # twice in this file
        line("", "", "张四"),  # the number of 张三
    ]
    path = register(lines)
    await import_residents(target, path, chunk_rows=1)
    found = [entry for entry in listed(path) if entry[2] == "ID_DUPLICATE"]
    assert found == [(row, "身份证号", "ID_DUPLICATE") for row in (2, 4, 5)]
    assert "第 3 行" in errors_path(path).read_text("utf-8")


async def test_a_closed_household(target: Target, register: Write) -> None:
    await import_residents(target, register([line("H1", "户主", "张三")]))
    async with target.transaction() as work:
        home = (await work.session.scalars(select(Household))).one()
        await close(work, home, TODAY)
    path = register([line("H1", "子", "张四", "1990-01-01", 1)])
    assert await counts(target, path) == {"read": 1, "refused": 1, "cells": 1}
    assert listed(path) == [(2, "户编号", "HOUSEHOLD_CLOSED")]


async def test_newborns_without_a_number(target: Target, register: Write) -> None:
    headers = "户编号,与户主关系,姓名,证件类型,证件号码,出生日期,户籍地区划,地址"
    lines = [f"H1,户主,张三,,{number()},,{VILLAGE},一号", f"H1,孙子,张小,无,,2022-11-01,{VILLAGE},"]
    path = register(lines, headers)
    assert await counts(target, path) == {"read": 2, "registered": 2, "households": 1}
    assert await counts(target, path) == {"read": 2, "already": 2}


async def test_long_codes_and_rounded_numbers(target: Target, register: Write) -> None:
    long = line("H" * 41, "户主", "张三")
    rounded = f"H2,户主,李四,4.10189E+17,{VILLAGE},一号"
    path = register([long, rounded, f"{line('H3', '户主', '王五', '1970-01-01', 1)},多出"])
    await import_residents(target, path)
    assert [entry for entry in listed(path) if entry[2] != "HEAD_REQUIRED"] == [
        (2, "户编号", "HOUSEHOLD_CODE_FORMAT"),
        (3, "身份证号", "NUMBER_PRECISION"),
        (4, "", "COLUMN_COUNT"),
    ]


async def test_nothing_of_an_unusable_file(target: Target, register: Write) -> None:
    path = register([*(line("", "", "张三", "1970-01-01", n) for n in range(1, 9)), '"H2,户主'])
    with pytest.raises(Refused, match="FILE_FORMAT"):
        await import_residents(target, path, chunk_rows=1)
    assert await snapshot(target) == []


async def test_progress_and_audit(target: Target, register: Write) -> None:
    told: list[tuple[int, int]] = []
    path = register([line("", "", "张三", "1970-01-01", n) for n in range(1, 6)])
    await import_residents(target, path, lambda done, total: told.append((done, total)), chunk_rows=2)
    assert told == [(2, 5), (4, 5), (5, 5)]
    async with target.database.reading() as session:
        query = select(AuditEntry).where(AuditEntry.action == "residents.imported")
        (row,) = await session.scalars(query)
        persons = await session.scalar(select(func.count()).select_from(Person))
    assert (row.details["registered"], row.district, persons) == (5, "410189000000", 5)


INCOME = ErrorCode("INCOME_FORMAT", "不是金额", "Not an amount")


def _income(text: str) -> int:
    if not text.isdecimal():
        raise Refused(INCOME)
    return int(text)


async def test_columns_of_plugins(target: Target, register: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    stored: list[tuple[str, str, Any]] = []

    async def store(work: Work, rows: Sequence[ImportedRow]) -> None:
        assert work.session.in_transaction()
        stored.extend((home.code, person.name, value) for home, person, value in rows)

    importer = ColumnImporter("annual_income", ("年收入", "annual income"), _income, store)
    monkeypatch.setattr(target.host, "collected", lambda hook: {"assistance": (importer,)})
    headers = "户编号,与户主关系,姓名,身份证号,户籍地区划,地址,年收入（元）"
    lines = [
        f"{line('H1', '户主', '张三')},12000",
        f"{line('H1', '妻', '李四', '1960-01-01', 2)},",
        f"{line('H1', '子', '张四', '1990-01-01', 1)},很多",
        f"{line('', '', '王五', '1970-01-01', 1)},5",
    ]
    path = register(lines, headers)
    await import_residents(target, path)
    assert stored == [("H1", "张三", 12000)]
    assert listed(path) == [(4, "年收入（元）", "INCOME_FORMAT"), (5, "年收入（元）", "HOUSEHOLD_NEEDED")]
    await import_residents(target, path)
    assert stored == [("H1", "张三", 12000)]


async def test_without_its_plugin_a_column_is_named(target: Target, tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    write_register(path, rows=5, seed=1, divisions=VILLAGES, today=TODAY, faults={})
    assert (await import_residents(target, path)).ignored == ("年收入",)
    assert not errors_path(path).exists()
