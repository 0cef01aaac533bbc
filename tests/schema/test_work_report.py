"""The work report: the seed's own words, figures counted, stars and a reason for the rest, and sources that agree."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from core.settings import BureauNames
from tests.schema.conftest import Served
from tests.schema.small_city import CITY, EAST, NEIGHBOUR

REPORT = """query ($division: DivisionCode!, $year: Int!, $asOf: Date) {
  workReport(division: $division, year: $year, asOf: $asOf) {
    division divisionName year asOf title
    sections { plugin title sentences { text figures {
      id title value display unit previous missing definition source { query variables path } } } }
  }
}"""
# The report that the project started from, as it was masked.
SEED = (Path(__file__).parent / "seed_report.txt").read_text(encoding="utf-8").strip().splitlines()


async def _report(served: Served, caller: Any = "city", **variables: Any) -> Any:
    asked = {"division": CITY, "year": 2022, **variables}
    answer = await served.ask(REPORT, caller, variables=asked)
    assert answer["extensions"]["explain"]["planned"], answer
    ordinary = await served.ask(REPORT, caller, variables=asked, planned=False)
    assert answer["data"] == ordinary["data"]
    return answer["data"]["workReport"]


def _figures(report: Any) -> list[Any]:
    return [f for section in report["sections"] for s in section["sentences"] for f in s["figures"]]


async def test_the_words_are_the_seeds(served: Served) -> None:
    """No figure has a place in the text that core alone counts: but for the bureau's name it is the seed."""
    report = await _report(served)
    paragraphs = ["".join(s["text"] for s in section["sentences"]) for section in report["sections"]]
    unmasked = {"1.5倍扩大到2倍": "**倍扩大到**倍", "3月份": "**月份", "各1万": "各**万", "12处": "**处"}
    expected = SEED
    for word, stars in unmasked.items():
        expected = [line.replace(word, stars) for line in expected]
    assert paragraphs == [line.replace("，**市民政局", "，民政局") for line in expected]
    assert [section["plugin"] for section in report["sections"]] == [
        "core",
        "assistance",
        "minors",
        "elderly",
        "social_work",
        "funeral",
        "core",
    ]


async def test_every_star_says_why(served: Served) -> None:
    report = await _report(served)
    for section in report["sections"]:
        for sentence in section["sentences"]:
            missing = [f for f in sentence["figures"] if f["missing"]]
            assert len(re.findall(r"\*+", sentence["text"])) <= len(missing), sentence
            for figure in sentence["figures"]:
                assert (figure["value"] is None) == bool(figure["missing"]), figure
                assert (figure["source"] is None) == (figure["value"] is None)
    reasons = {f["id"]: f["missing"] for f in _figures(report)}
    assert reasons["minors.center_area"] == "未启用插件 minors / plugin minors is not enabled"
    assert reasons["core.tasks_assigned"] == "核心尚未统计该指标 / figure not yet counted by core"


async def test_every_source_agrees(served: Served) -> None:
    counted = [f for f in _figures(await _report(served)) if f["source"]]
    assert {f["id"] for f in counted} >= {"core.tax_exempt_organizations", "core.divorces_with_minors"}
    for figure in counted:
        source = figure["source"]
        value: Any = (await served.ask(source["query"], variables=source["variables"]))["data"]
        for step in source["path"]:
            value = value[step]
        assert value == figure["value"], figure


async def test_the_year_the_day_and_the_names(served: Served) -> None:
    names = BureauNames(zh="示范市民政局", superior="示范地区", place="示范市")
    served.service.settings = served.service.settings.model_copy(update={"bureau": names})
    report = await _report(served, year=2021, asOf="2021-06-30")
    assert (report["year"], report["asOf"], report["title"]) == (
        2021,
        "2021-06-30",
        "示范市民政局2021年工作总结",
    )
    text = "".join(s["text"] for section in report["sections"] for s in section["sentences"])
    assert text.startswith("2021年以来，示范市民政局以")
    assert "1—6月份" in text
    assert "率先在示范地区建成" in text
    assert "入驻示范市，" in text
    assert "2021年巩固脱贫攻坚成果" in text


async def test_previous_is_the_same_span_of_the_year_before(served: Served) -> None:
    now = {f["id"]: f for f in _figures(await _report(served))}
    before = {f["id"]: f for f in _figures(await _report(served, year=2021, asOf="2021-11-30"))}
    for name, figure in now.items():
        assert figure["previous"] == before[name]["value"], name


@pytest.mark.parametrize(
    ("caller", "division", "year", "code"),
    [
        ("town", CITY, 2022, "FORBIDDEN_SCOPE"),
        ("city", NEIGHBOUR, 2022, "FORBIDDEN_SCOPE"),
        ("nobody", CITY, 2022, "FORBIDDEN_SCOPE"),
        ("city", CITY, 2023, "DATE_FUTURE"),
        ("nation", "410199000000", 2022, "DIV_UNKNOWN"),
    ],
)
async def test_refusals(served: Served, caller: str, division: str, year: int, code: str) -> None:
    answer = await served.ask(REPORT, caller, variables={"division": division, "year": year})
    assert answer["errors"][0]["extensions"]["code"] == code
    assert answer["data"] == {"workReport": None}


async def test_a_town_has_a_report_of_its_own(served: Served) -> None:
    report = await _report(served, "town", division=EAST)
    assert report["divisionName"] == "东镇"
    found = {f["id"]: f["value"] for f in _figures(report)}
    assert found["core.deductible_organizations"] == "1"


async def test_markdown(served: Served) -> None:
    query = '{ workReport(division: "%s", year: 2022) { markdown } }' % CITY
    text = (await served.ask(query))["data"]["workReport"]["markdown"]
    assert text.startswith("# 民政局2022年工作总结\n")
    assert "| 有免税资格的社会组织 | 1 | 个 |" in text
