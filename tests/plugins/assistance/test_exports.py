"""A plugin's lists leave as core's do."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from core.access.principal import Principal
from core.codes.sets import UserRole
from core.errors import Refused
from plugins.assistance.permissions import READ
from schema.exporting.formats import FORMATS
from schema.request import GraphQLRequest
from tests.plugins.assistance.conftest import City

HOUSEHOLDS = """
{ assistance { households { edges { node {
  code assistance { perCapitaIncome band members } addressDivision { name }
} } } } }
"""
STANDARDS = "{ assistance { standards { edges { node { monthly urbanRural division { name } } } } } }"


async def exported(city: City, query: str, caller: Principal, form: str) -> bytes:
    export = await city.service.export(GraphQLRequest(query, caller), FORMATS[form])
    return b"".join([chunk async for chunk in export.chunks()])


def table(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))


async def test_households_with_their_assessment(ruled: City) -> None:
    await ruled.earns("900")
    header, *rows = table(await exported(ruled, HOUSEHOLDS, ruled.as_role(UserRole.CITY_OFFICER), "csv"))
    assert header == [
        "code", "assistance.perCapitaIncome", "assistance.band", "assistance.members", "addressDivision.name",
    ]  # fmt: skip
    assert rows[0][:2] == ["H1", "300.00"]
    assert [row[0] for row in rows] == ["H1", "H2"]
    town = ruled.as_role(UserRole.TOWN_OFFICER, "410189102000")
    assert [row[0] for row in table(await exported(ruled, HOUSEHOLDS, town, "csv"))[1:]] == ["H2"]


async def test_money_is_a_number_in_a_workbook(ruled: City, tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(await exported(ruled, STANDARDS, ruled.as_role(UserRole.CITY_OFFICER), "xlsx"))
    header, row = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert header == ["monthly", "urbanRural", "division.name"]
    assert (row[0], row[2]) == (630.0, "示范市")


async def test_a_list_behind_a_permission(ruled: City) -> None:
    blind: Any = ruled.as_role(UserRole.CITY_OFFICER, without=frozenset({READ}))
    with pytest.raises(Refused, match="EXPORT_UNREACHABLE"):
        await exported(ruled, HOUSEHOLDS, blind, "csv")
