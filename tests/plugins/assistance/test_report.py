"""The work report of the demo city: every source run and compared, every breakdown added up (design 7)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.demo_city.divisions import CITY
from core.demo_city.generate import fill
from core.measures.declared import Measure, MeasureLevel
from minzheng.testing import Running, service

REPORT = """{ workReport(division: "%s", year: 2022) { sections { plugin sentences { text figures {
  id value display previous missing source { query variables path } } } } } }"""


@pytest.fixture
async def city(database_url: str) -> AsyncIterator[Running]:
    async with service(database_url, ["assistance"], today=date(2022, 11, 30), migrate=False) as running:
        parts = (running.database, running.host, running.vault, running.clock)
        await fill(*parts, persons=300, seed=1, progress=lambda *_: None)
        yield running


async def _ask(city: Running, query: str, variables: Any = None) -> Any:
    answer = await city.execute(query, division=CITY, variables=variables)
    assert "errors" not in answer, answer
    return answer["data"]


async def test_the_report_of_the_demo_city(city: Running) -> None:
    report = (await _ask(city, REPORT % CITY))["workReport"]
    sentences = [s for section in report["sections"] for s in section["sentences"]]
    assert any("收入由低保标准的1.5倍扩大到2倍，" in s["text"] for s in sentences)
    figures = {f["id"]: f for s in sentences for f in s["figures"]}
    assert figures["assistance.local_marginal_factor"]["previous"] == "1.5000"
    assert int(figures["assistance.marginal_widened_households"]["value"]) > 0
    assert figures["assistance.care_list_persons"]["missing"] == (
        "插件 assistance 尚未统计该指标 / figure not yet counted by plugin assistance"
    )
    for figure in figures.values():
        if figure["source"]:
            await _agrees(city, figure)
    await _adds_up(city)


async def _agrees(city: Running, figure: Any) -> None:
    source = figure["source"]
    found = await _ask(city, source["query"], source["variables"])
    for step in source["path"]:
        found = found[step]
    assert found == figure["value"], figure


async def _adds_up(city: Running) -> None:
    """Of every measure: its rows count to it, and so do the divisions below, as far as they are shown."""
    query = """query ($id: ID!) { indicator(id: $id, division: "%s", by: %s) {
      value by { value suppressed } rows { value } } }"""
    for measure in city.host.book(Measure):
        for by in ("TOWN", "VILLAGE") if measure.level is MeasureLevel.VILLAGE else (measure.level.name,):
            if by == "NONE":
                continue
            found = (await _ask(city, query % (CITY, by), {"id": measure.name}))["indicator"]
            assert found["rows"]["value"] == found["value"], measure.name
            if measure.additive and not any(cell["suppressed"] for cell in found["by"]):
                # A sum of nothing is missing, not zero.
                parts = sum(Decimal(cell["value"] or 0) for cell in found["by"])
                assert parts == Decimal(found["value"] or 0), measure.name


async def test_a_district_without_the_plugin(city: Running) -> None:
    """Where the plugin is off, its figures are missing, whatever rows there are."""
    from core.districts import Districts

    city.host.districts = Districts(frozenset({"assistance"}), {CITY: frozenset()})
    query = """{ indicator(id: "assistance.dibao_income_households", division: "%s", by: TOWN) {
      value missing by { value } rows { totalCount value } } }"""
    answer = await city.execute(query % CITY)  # of the nation, where the plugin is known
    found = answer["data"]["indicator"]
    assert (found["value"], found["missing"]) == (
        None,
        "未启用插件 assistance / plugin assistance is not enabled",
    )
    assert {cell["value"] for cell in found["by"]} == {None}
    assert found["rows"] == {"totalCount": None, "value": None}
    wide = await city.execute(query.replace(CITY, "%s") % "410000000000")
    assert wide["data"]["indicator"]["value"] == "0"
    report = (await city.execute(REPORT % CITY))["data"]["workReport"]
    figures = [f for section in report["sections"] for s in section["sentences"] for f in s["figures"]]
    assert all(f["missing"] for f in figures if f["id"].startswith("assistance."))
