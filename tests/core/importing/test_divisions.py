from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.access.models import AuditEntry
from core.divisions.models import Division, DivisionVersion
from core.divisions.service import by_code, close
from core.errors import Refused
from core.importing.divisions import import_divisions
from core.importing.target import Target, errors_path
from tests.core.importing.helpers import TODAY, listed

REAL = Path(__file__).parents[3] / "examples" / "data" / "divisions-370687.csv"
Write = Callable[..., Path]


def counted(**some: int) -> dict[str, int]:
    return {"read": 0, "opened": 0, "renamed": 0, "unchanged": 0, "refused": 0, **some}


async def counts(target: Target, path: Path) -> dict[str, int]:
    return asdict((await import_divisions(target, path)).counts)


async def fetched(target: Target, code: str) -> Division:
    async with target.database.reading() as session:
        return (await by_code(session, [code]))[code]


async def versions(target: Target, code: str) -> list[Any]:
    query = (
        select(DivisionVersion.name, DivisionVersion.valid_from, DivisionVersion.valid_to)
        .join(Division, Division.id == DivisionVersion.division_id)
        .where(Division.code == code, DivisionVersion.voided_at.is_(None))
        .order_by(DivisionVersion.valid_from)
    )
    async with target.database.reading() as session:
        return [tuple(row) for row in await session.execute(query)]


async def test_the_real_city_twice(target: Target) -> None:
    start = time.perf_counter()
    assert await counts(target, REAL) == counted(read=736, opened=736)
    assert await counts(target, REAL) == counted(read=736, unchanged=736)
    assert time.perf_counter() - start < 10
    assert (await fetched(target, "370687001000")).full_name == "海阳市方圆街道"
    assert not errors_path(REAL).exists()


async def test_one_audit_row(target: Target, register: Write) -> None:
    await import_divisions(target, register(["410199,他市"], "code,name"))
    async with target.database.reading() as session:
        query = select(AuditEntry).where(AuditEntry.action == "divisions.imported")
        (row,) = await session.scalars(query)
    assert (row.actor, row.district) == ("system", "410199000000")
    assert row.details == counted(read=1, opened=1)


async def test_renaming_reaches_the_villages(target: Target, register: Write) -> None:
    path = register(["410189101,新镇", "410189101201,新村"], "行政区划代码,名称")
    assert await counts(target, path) == counted(read=2, renamed=2)
    assert (await fetched(target, "410189101201")).full_name == "区划410189000000新镇新村"
    assert (await fetched(target, "410189101202")).full_name == "区划410189000000新镇区划410189101202"
    assert await versions(target, "410189101000") == [
        ("区划410189101000", date(1949, 10, 1), TODAY),
        ("新镇", TODAY, None),
    ]
    assert await counts(target, path) == counted(read=2, unchanged=2)


async def test_classes_and_days(target: Target, register: Write) -> None:
    headers = "code,name,城乡分类,生效日期"
    path = register(["410189101201,区划410189101201,220,2020-01-01", "410189101203,三村,121,"], headers)
    assert await counts(target, path) == counted(read=2, opened=1, renamed=1)
    assert (await fetched(target, "410189101201")).urban is False
    assert (await fetched(target, "410189101203")).urban is True
    assert (await versions(target, "410189101201"))[1][1] == date(2020, 1, 1)
    without = register(["410189101201,区划410189101201"], "code,name")
    assert await counts(target, without) == counted(read=1, unchanged=1)
    assert (await fetched(target, "410189101201")).urban_rural_class == "220"


async def test_bad_rows(target: Target, register: Write) -> None:
    lines = [
        "410189103201,没有镇,",
        "4101,甲,",
        "410189101204,,",
        "410189101205,五村,999",
        "410189101206,六村,220",
        "410189101206,又一个,220",
    ]
    path = register(lines, "代码,名称,城乡分类")
    assert await counts(target, path) == counted(read=6, opened=1, refused=5)
    assert sorted(listed(path)) == [
        (2, "代码", "DIV_PARENT_MISSING"),
        (3, "代码", "DIV_FORMAT"),
        (4, "名称", "DIV_NAME"),
        (5, "城乡分类", "CODE_UNKNOWN"),
        (7, "代码", "DIV_EXISTS"),
    ]


async def test_a_parent_later_in_the_file(target: Target, register: Write) -> None:
    path = register(["410189104201,村", "410189104,镇"], "code,name")
    assert await counts(target, path) == counted(read=2, opened=2)


async def test_closed_and_future(target: Target, register: Write) -> None:
    async with target.transaction() as work:
        closed = (await by_code(work.session, ["410189101202"]))["410189101202"]
        await close(work, closed, date(2022, 1, 1))
    lines = ["410189101202,改名,", "410189101201,改名,2023-01-01"]
    path = register(lines, "code,name,valid_from")
    assert await counts(target, path) == counted(read=2, refused=2)
    assert sorted(listed(path)) == [(2, "code", "DIV_INACTIVE"), (3, "valid_from", "DATE_FUTURE")]


async def test_dry_run(target: Target, dry: Target, register: Write) -> None:
    path = register(["410189104,新镇", "x,y"], "code,name")
    assert await counts(dry, path) == counted(read=2, opened=1, refused=1)
    assert listed(path) == [(3, "code", "DIV_FORMAT")]
    path = register(["410189104,新镇"], "code,name")
    assert await counts(target, path) == counted(read=1, opened=1)
    assert listed(path) == []


async def test_nothing_of_an_unusable_file(target: Target, register: Write) -> None:
    path = register(["410189104,新镇", '"410189105,'], "code,name")
    with pytest.raises(Refused, match="FILE_FORMAT"):
        await import_divisions(target, path)
    assert list(path.parent.glob("*.part")) == []
    assert await counts(target, register(["410189104,新镇"], "code,name")) == counted(read=1, opened=1)
