"""What the tests of imports share."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from core.codes import resident_id
from core.households.models import Household, HouseholdMember
from core.importing.batches import recent
from core.importing.models import ImportBatch
from core.importing.target import Target, errors_path
from core.persons.models import Person

TODAY = date(2022, 11, 30)
VILLAGES = ("410189101201", "410189101202", "410189102201")
ALL = ("410189000000", "410189101000", "410189102000", *VILLAGES)
HEADERS = "户编号,与户主关系,姓名,身份证号,户籍地区划,地址"

Listed = list[tuple[int, str, str]]
Snapshot = list[tuple[Any, ...]]


def number(born: str = "1958-03-15", sequence: int = 1) -> str:
    return resident_id.make("410189", date.fromisoformat(born), sequence)


def listed(path: Path) -> Listed:
    """The error file of an import: row, column, code."""
    if not errors_path(path).exists():
        return []
    assert errors_path(path).read_bytes().startswith(b"\xef\xbb\xbf")
    with errors_path(path).open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["row", "column", "code", "message"]
    assert all(" / " in row[3] for row in rows)
    return [(int(row[0]), row[1], row[2]) for row in rows]


async def snapshot(target: Target) -> Snapshot:
    """Who is in which household, in an order that does not depend on when they came."""
    query = (
        select(Person.id_hash, Person.name, Person.division, Household.code, HouseholdMember.relation)
        .outerjoin(HouseholdMember, HouseholdMember.person_id == Person.id)
        .outerjoin(Household, Household.id == HouseholdMember.household_id)
    )
    async with target.database.reading() as session:
        rows = [tuple(row) for row in await session.execute(query)]
    return sorted(rows, key=repr)


async def batches(target: Target) -> list[ImportBatch]:
    """All batches, the newest first."""
    async with target.database.reading() as session:
        return list(await recent(session))
