"""The factors k as parameters: set like any other, tried out by `simulate`; the rows that repeat them."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func, select

from core.access.models import AuditEntry
from core.demo_city.divisions import CITY
from core.demo_city.generate import fill
from minzheng.testing import service
from plugins.assistance.models import AssistanceAssessment
from tests.plugins.assistance.conftest import City

SET = (
    'setParameter(input: {name: "assistance.marginal_factor_local", division: "410189", value: "%s", '
    'validFrom: "%s", source: "市政府文件"}) { value { value } errors { code } }'
)
FACTORS = "{ assistance { factors { edges { node { kind value validFrom validTo } } } } }"


async def test_a_factor_is_a_parameter(city: City) -> None:
    """Set by either mutation it is read by both; those it concerns are assessed anew, today and not before."""
    await city.do(
        'setAssistanceStandard(input: {division: "410189", monthly: "630", validFrom: "2022-01-01"}) '
        "{ errors { code } }"
    )
    await city.do(
        'setAssistanceFactor(input: {division: "410189", kind: LOCAL, value: "1.5", validFrom: "2021-01-01"}) '
        "{ errors { code } }"
    )
    await city.earns("2835")
    assert (await city.assessment())["band"] == "NONE"
    await city.do(SET % ("2", "2022-12-15"))
    assert (await city.assessment())["band"] == "NONE"
    await city.do(SET % ("2", "2022-03-01"))
    assert (await city.assessment())["band"] == "MARGINAL"
    found = await city.ask(FACTORS)
    assert [edge["node"] for edge in found["data"]["assistance"]["factors"]["edges"]] == [
        {"kind": "LOCAL", "value": "2.0000", "validFrom": "2022-12-15", "validTo": None},
        {"kind": "LOCAL", "value": "2.0000", "validFrom": "2022-03-01", "validTo": "2022-12-15"},
        {"kind": "LOCAL", "value": "1.5000", "validFrom": "2021-01-01", "validTo": "2022-03-01"},
    ]
    await city.do(
        'endParameter(input: {name: "assistance.marginal_factor_local", division: "410189", on: "2022-06-01"}) '
        "{ errors { code } }"
    )
    assert (await city.assessment())["band"] is None  # no factor at all
    shown = await city.ask('{ parameters(division: "410189", plugin: "assistance") { name value source } }')
    assert [row["value"] for row in shown["data"]["parameters"]] == [None, None]


TRY = """query S($value: String!) { simulate(ruleSet: "assistance.layers", division: "%s",
  values: [{parameter: "assistance.marginal_factor_local", value: $value}]) {
  baseline { categories { name count amount } } simulated { categories { name count } }
  entered left moved unchanged parameters { baseline simulated source } byDivision { divisionCode left }
  examples(first: 1) { subject before after } } }"""


async def test_the_demo_city_with_the_national_factor(database_url: str) -> None:
    async with service(database_url, ["assistance"], today=date(2022, 11, 30), migrate=False) as running:
        parts = (running.database, running.host, running.vault, running.clock)
        await fill(*parts, persons=600, seed=1, progress=lambda *_: None)
        before = await _counts(running)
        found = await running.execute(TRY % CITY, variables={"value": "1.5"}, division=CITY)
        shown: Any = found["data"]["simulate"]
        bands = await _bands(running)
        counts = {row["name"]: row["count"] for row in shown["baseline"]["categories"]}
        assert counts == {"DIBAO": bands["DIBAO"], "MARGINAL": bands["MARGINAL"]}  # as the assessments say
        after = {row["name"]: row["count"] for row in shown["simulated"]["categories"]}
        assert after["DIBAO"] == counts["DIBAO"]
        assert after["MARGINAL"] == counts["MARGINAL"] - shown["left"]
        assert shown["left"] > 0 == shown["entered"]
        assert shown["parameters"] == [
            {"baseline": "2", "simulated": "1.5", "source": "示范市政府文件（演示）"}
        ]
        assert sum(part["left"] for part in shown["byDivision"]) == shown["left"]
        assert shown["examples"][0]["subject"].startswith("household_")
        assert await _counts(running) == before


async def _counts(running: Any) -> list[int]:
    async with running.database.reading() as session:
        return [
            await session.scalar(select(func.count()).select_from(m))
            for m in (AuditEntry, AssistanceAssessment)
        ]


async def _bands(running: Any) -> dict[str, int]:
    row = AssistanceAssessment
    query = select(row.band, func.count()).where(row.valid_to.is_(None), row.voided_at.is_(None))
    async with running.database.reading() as session:
        found = await session.execute(query.group_by(row.band))
        return {band.name: count for band, count in found if band is not None}
