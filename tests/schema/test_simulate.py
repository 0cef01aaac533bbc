"""`simulate`: a rule set with other values over the register, and nothing written."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.permissions import REGISTRY_READ
from core.access.principal import NATION
from core.codes.ages import age_on
from core.db import Base, Database, new_id
from core.errors import Refused
from core.ids import typed
from core.parameters.declared import Default, Parameter, ParameterKind
from core.parameters.models import ParameterValue
from core.parameters.view import ParameterView
from core.persons.models import Person
from core.simulations.declared import Category, RuleSet, Subject, Verdict
from core.simulations.service import Question, pages, simulate
from tests.schema.asking import top_codes
from tests.schema.conftest import Served
from tests.schema.small_city import CITY, EAST, EAST_VILLAGE, NEIGHBOUR, TODAY, WEST
from tests.schema.test_parameters import put

AGE, RATE = "core.elder_age", "core.elder_rate"
PARAMETERS = (
    Parameter(
        name=AGE,
        zh="老年年龄",
        en="Age of elders",
        kind=ParameterKind.WHOLE,
        minimum=0,
        maximum=150,
        defaults=(Default("60", source="《老年人权益保障法》第二条"),),
    ),
    Parameter(name=RATE, zh="补贴", en="Allowance", minimum=0, defaults=(Default("100", source="某文"),)),
)


async def residents(session: AsyncSession, division: str, on: date) -> AsyncIterator[Sequence[Subject]]:
    query = select(Person.division, Person.birth_date)
    if division != NATION:
        wanted = (Person.district, Person.town, Person.division)
        query = query.where((wanted[0] == division) | (wanted[1] == division) | (wanted[2] == division))
    async for rows in pages(session, query, Person.id, 2):
        yield [Subject(typed("person", row.id), row.division, row.birth_date) for row in rows]


def judged(subject: Subject, view: ParameterView, on: date) -> Verdict:
    if age_on(subject.facts, on) < view.whole(AGE, subject.division, on):
        return Verdict(None)
    return Verdict("ELDER", view.number(RATE, subject.division, on))


ELDERS = RuleSet(
    name="core.elders",
    zh="老年人",
    en="Elders",
    permission=REGISTRY_READ,
    parameters=(AGE, RATE),
    categories=(Category("ELDER", "老年人", "Elder"),),
    subjects=residents,
    judge=judged,
)


async def writing(session: AsyncSession, division: str, on: date) -> AsyncIterator[Sequence[Subject]]:
    await session.execute(text("UPDATE core_person SET name = 'x'"))
    yield []


async def adding(session: AsyncSession, division: str, on: date) -> AsyncIterator[Sequence[Subject]]:
    session.add(
        ParameterValue(
            id=new_id(),
            name=AGE,
            division=CITY,
            value="1",
            source="x",
            set_by="x",
            valid_from=on,
            recorded_at=func.now(),
        )
    )
    yield []


async def dawdling(session: AsyncSession, division: str, on: date) -> AsyncIterator[Sequence[Subject]]:
    while True:
        yield [Subject("person_1", CITY, date(1950, 1, 1))]


RULES = (
    ELDERS,
    replace(ELDERS, name="core.writing", subjects=writing),
    replace(ELDERS, name="core.adding", subjects=adding),
    replace(ELDERS, name="core.dawdling", subjects=dawdling),
)


@pytest.fixture
def ruled(served: Served) -> Served:
    served.service.host.book(Parameter).add("core", PARAMETERS)
    served.service.host.book(RuleSet).add("core", RULES)
    return served


async def counts(database: Database) -> dict[str, int]:
    """The rows of every table."""
    async with database.reading() as session:
        tables = [table for table in Base.metadata.sorted_tables if table.name.startswith("core_")]
        return {t.name: await session.scalar(select(func.count()).select_from(t)) or 0 for t in tables}


# One document for all: what is asked varies in the variables.
ASK = """query S($ruleSet: String!, $division: DivisionCode, $on: Date,
  $values: [SimulatedValueInput!]!, $first: Int!) {
  simulate(ruleSet: $ruleSet, division: $division, on: $on, values: $values) {
    ruleSet { name plugin parameters categories { name } } on divisions
    parameters { name divisionCode baseline source simulated }
    baseline { count outside amount categories { name count amount } }
    simulated { count outside amount categories { name count amount } }
    entered left moved adjusted unchanged monthlyDifference
    byDivision { divisionCode baseline simulated entered left moved monthlyDifference }
    examples(first: $first) { subject divisionCode before after monthlyDifference } } }"""


def asked(
    *values: tuple[str, str],
    rules: str = "core.elders",
    division: str | None = CITY,
    first: int = 20,
    **more: Any,
) -> dict[str, Any]:
    """The variables of a question."""
    given = [{"parameter": name, "value": value, "division": more.get("by")} for name, value in values]
    return {"ruleSet": rules, "division": division, "on": more.get("on"), "values": given, "first": first}


async def run(served: Served, variables: dict[str, Any], caller: str = "city") -> Any:
    answer = await served.ask(ASK, caller, variables=variables)
    return answer["data"]["simulate"]


async def test_other_values_over_the_register(ruled: Served) -> None:
    """Of the city's eight, 张三丰 and 李四 are over 60; from 50 on nobody more, from 30 on three more."""
    before = await counts(ruled.service.database)
    found, explain = await ruled.both(ASK, variables=asked((AGE, "30"), (RATE, "80"), first=2))
    shown = found["data"]["simulate"]
    assert not explain["planned"]
    assert shown["parameters"] == [
        {
            "name": AGE,
            "divisionCode": CITY,
            "baseline": "60",
            "source": "《老年人权益保障法》第二条",
            "simulated": "30",
        },
        {"name": RATE, "divisionCode": CITY, "baseline": "100", "source": "某文", "simulated": "80"},
    ]
    assert shown["baseline"] == {
        "count": 2,
        "outside": 6,
        "amount": "200.00",
        "categories": [{"name": "ELDER", "count": 2, "amount": "200.00"}],
    }
    assert shown["simulated"]["count"] == 5
    assert shown["simulated"]["amount"] == "400.00"
    numbers = [shown[name] for name in ("entered", "left", "moved", "adjusted", "unchanged")]
    assert numbers == [3, 0, 0, 2, 3]
    assert shown["monthlyDifference"] == "200.00"
    assert [part["divisionCode"] for part in shown["byDivision"]] == [EAST, WEST]
    assert sum(part["entered"] for part in shown["byDivision"]) == 3
    assert len(shown["examples"]) == 2
    assert shown["divisions"] == [CITY]
    assert await counts(ruled.service.database) == before


async def test_leaving_and_a_day_of_its_own(ruled: Served) -> None:
    shown = await run(ruled, asked((AGE, "61"), on="2018-03-15"))
    assert (shown["on"], shown["baseline"]["count"], shown["simulated"]["count"]) == ("2018-03-15", 1, 0)
    assert (shown["left"], shown["monthlyDifference"]) == (1, "-100.00")
    assert shown["examples"][0]["before"] == "ELDER"
    assert shown["examples"][0]["after"] is None


async def test_as_if_the_division_had_set_it(ruled: Served) -> None:
    """What a town has set for itself still comes first, as it would."""
    await put(ruled, EAST, "120", date(2022, 1, 1), AGE)
    shown = await run(ruled, asked((AGE, "30")))
    by_town = {part["divisionCode"]: part["entered"] for part in shown["byDivision"]}
    assert by_town[EAST] == 0
    assert by_town[WEST] > 0
    shown = await run(ruled, asked((AGE, "30"), by=EAST))
    by_town = {part["divisionCode"]: part["entered"] for part in shown["byDivision"]}
    assert by_town[EAST] > 0
    assert by_town[WEST] == 0
    assert shown["parameters"][0]["baseline"] == "120"


async def test_scope(ruled: Served) -> None:
    town = await run(ruled, asked((AGE, "30")), "town")
    assert town["divisions"] == [EAST]
    assert [part["divisionCode"] for part in town["byDivision"]] == [EAST]
    own = await run(ruled, asked((AGE, "30"), division=EAST), "town")
    assert own["entered"] == town["entered"]
    assert {part["divisionCode"] for part in own["byDivision"]} >= {EAST_VILLAGE}
    two = await run(ruled, asked((AGE, "30")), "two places")
    assert set(two["divisions"]) == {WEST, EAST_VILLAGE}
    nation = await run(ruled, asked((AGE, "30"), division=None), "nation")
    assert nation["divisions"] == [NATION]
    assert [part["divisionCode"] for part in nation["byDivision"]] == ["410000000000"]
    assert (await run(ruled, asked((AGE, "30"), division=None), "town"))["divisions"] == [EAST]


@pytest.mark.parametrize(
    ("query", "caller", "code"),
    [
        (asked((AGE, "30")), "nobody", "FORBIDDEN"),
        (asked((AGE, "30"), division=WEST), "town", "FORBIDDEN_SCOPE"),
        (asked((AGE, "30"), division=NEIGHBOUR), "city", "FORBIDDEN_SCOPE"),
        (asked((AGE, "30"), rules="core.nothing"), "city", "RULE_SET_UNKNOWN"),
        (asked(("core.marriage_age_man", "30")), "city", "RULE_SET_PARAMETER"),
        (asked((AGE, "-1")), "city", "PARAMETER_RANGE"),
        (asked((AGE, "30"), first=0), "city", "PAGE_SIZE"),
        (asked((AGE, "30"), rules="core.writing"), "city", "SIMULATION_WROTE"),
    ],
)
async def test_refusals(ruled: Served, query: dict[str, Any], caller: str, code: str) -> None:
    before = await counts(ruled.service.database)
    assert top_codes(await ruled.ask(ASK, caller, variables=query)) == [code]
    assert await counts(ruled.service.database) == before


async def test_what_is_added_is_thrown_away_and_writing_works_afterwards(ruled: Served) -> None:
    before = await counts(ruled.service.database)
    for rules in ("core.adding", "core.writing"):
        await ruled.ask(ASK, variables=asked((AGE, "30"), rules=rules))
    assert await counts(ruled.service.database) == before
    async with (
        ruled.service.database.reading() as session
    ):  # a connection of the pool that served the simulation
        await session.execute(text("UPDATE core_person SET name = 'x'"))
    await put(ruled, CITY, "61", date(2022, 1, 1), AGE)


async def test_the_time_limit(ruled: Served) -> None:
    host, principal = ruled.service.host, ruled.callers["city"]
    question = Question(host.book(RuleSet)["core.dawdling"], CITY, TODAY, {(AGE, CITY): "30"})
    began = time.monotonic()
    with pytest.raises(Refused, match="SIMULATION_SLOW"):
        await simulate(ruled.service.database, host, principal, question, 0.2)
    assert time.monotonic() - began < 5
    await asyncio.sleep(0)
    assert (await counts(ruled.service.database))["core_person"]


async def test_the_rule_sets_there_are(ruled: Served) -> None:
    found, _ = await ruled.both(
        "{ ruleSets { name plugin titleZh titleEn parameters categories { titleEn } } }"
    )
    assert found["data"]["ruleSets"][0] == {
        "name": "core.elders",
        "plugin": "core",
        "titleZh": "老年人",
        "titleEn": "Elders",
        "parameters": [AGE, RATE],
        "categories": [{"titleEn": "Elder"}],
    }
