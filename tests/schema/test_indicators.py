"""Figures over GraphQL: both paths alike, in the caller's divisions alone, broken down, in series, and their rows."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from core.measures.declared import Measure, MeasureKind, MeasureLevel
from tests.schema.conftest import Served
from tests.schema.small_city import CITY, EAST, EAST_VILLAGE, NEIGHBOUR, WEST

ALL = """id plugin title unit definition caveats kind timing level additive smallCells"""
QUERIES = (
    "{ indicators { %s } }" % ALL,
    '{ indicators(ids: ["core.population"], plugin: "core") { __typename id title } }',
    '{ indicators(plugin: "nobody") { id } }',
    '{ indicator(id: "core.population", division: "%s") { %s value display previous missing suppressed from to '
    "asOf parts { numerator } division { code name tier } } }" % (CITY, ALL),
    '{ a: indicator(id: "core.population", division: "%s", by: TOWN) { by { division { id code name } value '
    'suppressed } series { from } } division(code: "410189") { name } }' % CITY,
    '{ indicator(id: "core.population", division: "%s", by: VILLAGE) { by { division { code kind } value } } }'
    % CITY,  # the kind of a division has SQL of its own: graphql-core answers
    '{ indicator(id: "core.committees_in_term", division: "%s", by: TOWN) { value display parts { numerator '
    "denominator } by { division { code } value parts { numerator denominator } } "
    "rows(first: 2) { totalCount value nodes { id part division on amount } endCursor hasNextPage } } }"
    % CITY,
    '{ indicator(id: "core.moves", division: "%s", period: {year: 2022}, by: MONTH) { value series { from to '
    "asOf value display suppressed } } }" % EAST,
    '{ indicator(id: "core.births", division: "%s", period: {from: "2021-06-01", to: "2022-06-01"}, by: YEAR, '
    'asOf: "2022-03-31", knownAt: "2022-11-30T00:00:00Z") { from to asOf value series { from to value } } }'
    % CITY,
)


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("caller", ["city", "town", "auditor", "nobody"])
async def test_both_paths_agree(served: Served, query: str, caller: str) -> None:
    if caller == "nobody" and "indicators" not in query:
        pytest.skip("a refusal is graphql-core's alone")
    answer = await served.ask(query, caller)
    ordinary = await served.ask(query, caller, planned=False)
    told = answer.pop("extensions")["explain"]
    ordinary.pop("extensions")
    assert json.dumps(answer, ensure_ascii=False) == json.dumps(ordinary, ensure_ascii=False)
    refused = "errors" in answer
    assert told["planned"] == (not refused and " kind }" not in query), told


async def test_languages(served: Served) -> None:
    query = '{ indicators(ids: ["core.births"]) { title unit } }'
    zh = await served.ask(query, language="zh")
    assert zh["data"]["indicators"] == [{"title": "出生", "unit": "人"}]


async def test_a_caller_asks_about_its_own_divisions(served: Served) -> None:
    query = '{ indicator(id: "core.population", division: "%s") { value } }'
    for caller, division, code in (
        ("town", EAST, None),
        ("town", EAST_VILLAGE, None),
        ("town", WEST, "FORBIDDEN_SCOPE"),
        ("town", CITY, "FORBIDDEN_SCOPE"),
        ("city", NEIGHBOUR, "FORBIDDEN_SCOPE"),
        ("nobody", CITY, "FORBIDDEN"),
        ("nation", "410000000000", None),
        ("nation", "410199000000", "DIV_UNKNOWN"),
    ):
        answer = await served.ask(query % division, caller)
        told = answer["errors"][0]["extensions"]["code"] if "errors" in answer else None
        assert told == code, (caller, division, answer)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ('id: "core.nothing", division: "%s"' % CITY, "INDICATOR_UNKNOWN"),
        ('id: "core.towns", division: "%s", by: VILLAGE' % CITY, "INDICATOR_BY"),
        ('id: "core.population", division: "%s", by: TOWN' % EAST, "INDICATOR_BY"),
        ('id: "core.population", division: "%s", period: {year: 2023}' % CITY, "DATE_FUTURE"),
        ('id: "core.population", division: "%s", period: {year: 0}' % CITY, "DATE_ORDER"),
        ('id: "core.population", division: "%s", period: {year: 2022, month: 13}' % CITY, "DATE_ORDER"),
        ('id: "core.population", division: "%s", period: {year: 2022, month: 0}' % CITY, "DATE_ORDER"),
        ('id: "core.births", division: "%s", period: {from: "0001-01-01"}' % CITY, "DATE_ORDER"),
        ('id: "core.births", division: "%s", period: {year: 9999}' % CITY, "DATE_FUTURE"),
        (
            'id: "core.births", division: "%s", period: {from: "2022-01-01"}, asOf: "9999-12-31"' % CITY,
            "DATE_FUTURE",
        ),
        (
            'id: "core.births", division: "%s", knownAt: "0001-01-01T00:00:00+14:00"' % CITY,
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            'id: "core.births", division: "%s", by: MONTH, period: {from: "1990-01-01", to: "2022-01-01"}'
            % CITY,
            "INDICATOR_POINTS",
        ),
    ],
)
async def test_refusals(served: Served, arguments: str, code: str) -> None:
    answer = await served.ask("{ indicator(%s) { value by { value } series { value } } }" % arguments, "city")
    assert answer["errors"][0]["extensions"]["code"] == code, answer


@pytest.mark.parametrize("arguments", ["first: 0", "first: 101", 'after: "x"', 'after: "AAAA"'])
async def test_pages_are_refused(served: Served, arguments: str) -> None:
    query = '{ indicator(id: "core.population", division: "%s") { rows(%s) { value } } }' % (CITY, arguments)
    answer = await served.ask(query)
    assert answer["errors"][0]["extensions"]["code"] in ("PAGE_SIZE", "CURSOR_INVALID")


def _measures(served: Served) -> list[Measure]:
    return list(served.service.host.book(Measure))


async def test_divisions_below_add_up(served: Served) -> None:
    for measure in _measures(served):
        for by in (MeasureLevel.TOWN, MeasureLevel.VILLAGE):
            if measure.level in (by, MeasureLevel.VILLAGE):
                await _adds_up(served, measure, by.name)


async def _adds_up(served: Served, measure: Measure, by: str) -> None:
    query = (
        '{ indicator(id: "%s", division: "%s", by: %s) { value by { division { code } value suppressed } } }'
    )
    found = (await served.ask(query % (measure.name, CITY, by)))["data"]["indicator"]
    codes = [cell["division"]["code"] for cell in found["by"]]
    assert codes == sorted(set(codes))
    assert len(codes) >= 2  # those with nothing as well
    values = [cell["value"] for cell in found["by"]]
    if measure.additive and not any(cell["suppressed"] for cell in found["by"]):
        known = [Decimal(value) for value in values if value is not None]  # a sum of nothing is missing
        total = None if found["value"] is None else Decimal(found["value"])
        assert (sum(known) if known else None) == total, measure.name


async def test_rows_page_by_page(served: Served) -> None:
    """Every measure: the rows are its facts, each once, by ids that a client can look up, and count to its value."""
    for measure in _measures(served):
        value, nodes = await _paged(served, measure.name)
        parts = 2 if measure.kind is MeasureKind.RATE else 1
        assert len({(node["id"], node["part"]) for node in nodes}) == len(nodes)
        if measure.kind is MeasureKind.COUNT and value != "<3":
            assert value == str(len(nodes)), measure.name
        assert len({node["part"] for node in nodes}) <= parts
        found = await served.ask(
            "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }",
            variables={"ids": [n["id"] for n in nodes][:100]},
        )
        assert [node["id"] for node in found["data"]["nodes"]] == [n["id"] for n in nodes], measure.name


async def _paged(served: Served, name: str) -> tuple[str, list[Any]]:
    query = (
        'query ($after: String) { indicator(id: "%s", division: "%s") { value rows(first: 1, after: $after) '
        "{ value totalCount endCursor hasNextPage nodes { id part division on } } } }" % (name, CITY)
    )
    nodes: list[Any] = []
    after: str | None = None
    while True:
        found = (await served.ask(query, variables={"after": after}))["data"]["indicator"]
        assert found["rows"]["value"] == found["value"], name
        nodes += found["rows"]["nodes"]
        after = found["rows"]["endCursor"]
        if not found["rows"]["hasNextPage"]:
            assert found["rows"]["totalCount"] in (len(nodes), None)
            return found["value"], nodes


async def test_months_of_a_year_add_up(served: Served) -> None:
    query = (
        '{ indicator(id: "core.moves", division: "%s", by: MONTH, period: {year: 2022}) { value to '
        "series { from to value } } }" % CITY
    )
    found = (await served.ask(query))["data"]["indicator"]
    assert [point["from"] for point in found["series"]][:2] == ["2022-01-01", "2022-02-01"]
    assert found["series"][-1]["to"] == found["to"] == "2022-12-01"
    assert sum(int(point["value"]) for point in found["series"]) == int(found["value"]) == 1


async def test_statements_do_not_grow_with_the_towns(served: Served) -> None:
    query = '{ indicator(id: "core.population", division: "%s", by: %s) { value previous by { value } } }'
    counts = {}
    for division, by in (("410000000000", "VILLAGE"), (CITY, "TOWN"), (EAST, "VILLAGE")):
        answer = await served.ask(query % (division, by), "nation")
        told = answer["extensions"]["explain"]
        counts[division] = len([text for text in told["statements"] if "BEGIN" not in text])
    assert len(set(counts.values())) == 1, counts
    assert counts[CITY] <= 5
