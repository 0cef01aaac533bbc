"""From income to band through GraphQL, on both databases; both paths of the engine answer alike (`City.ask`)."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from core.access.principal import Grant, Principal
from core.clock import Clock
from core.codes.sets import UserRole
from core.db import recorded_statements
from core.demo import DemoCity
from core.divisions import reorganize
from core.divisions.models import Division
from core.errors import Refused
from core.events.models import LifeEventConsequence
from core.households.models import Household, HouseholdMember
from core.ids import key_of
from core.persons.models import Person
from plugins.assistance import demo
from plugins.assistance.assessing import reassess
from plugins.assistance.importing import parse_annual_income
from plugins.assistance.models import AssistanceAssessment
from plugins.assistance.repository import home_of

from .conftest import CITY, OTHER_TOWN, TOWN, City

LIST = """{ households(filter: {division: "410189101000"}, first: 50) { edges { node { code address
  members { person { name idNumber birthDate } relation } assistance { band perCapitaIncome } } }
  pageInfo { hasNextPage endCursor } } }"""


async def _history(city: City) -> list[AssistanceAssessment]:
    model = AssistanceAssessment
    async with city.database.reading() as session:
        return list(await session.scalars(select(model).order_by(model.recorded_at, model.id)))


async def test_income_makes_a_band(ruled: City) -> None:
    assert await ruled.assessment() == dict.fromkeys(
        ("perCapitaIncome", "standard", "band", "nationalBand", "members", "monthlyIncome")
    )
    await ruled.earns("1890")
    assert await ruled.assessment() == {
        "perCapitaIncome": "630.00",
        "standard": "630.00",
        "band": "MARGINAL",
        "nationalBand": "MARGINAL",
        "members": 3,
        "monthlyIncome": "1890.00",
    }
    await ruled.earns("945", ruled.other)
    other = await ruled.assessment(ruled.other)
    assert (other["perCapitaIncome"], other["band"], other["nationalBand"]) == ("945.00", "MARGINAL", "NONE")


async def test_what_was_declared_on_a_day(ruled: City) -> None:
    item = await ruled.earns("1890", more='kind: OTHER, since: "2022-03-01"')
    declared = ruled.clock.now()
    await ruled.do('endAssistanceIncome(input: {item: "%s", on: "2022-09-01"}) { errors { code } }' % item)
    query = """query H($id: ID!, $asOf: Date, $knownAt: DateTime) {
      household(id: $id, asOf: $asOf, knownAt: $knownAt) { assistance { incomeItems { amount } band } } }"""

    async def seen(as_of: str | None, known_at: str | None = None) -> tuple[list[str], str | None]:
        variables = {"id": ruled.home, "asOf": as_of, "knownAt": known_at}
        found = (await ruled.ask(query, variables=variables))["data"]["household"]["assistance"]
        return [entry["amount"] for entry in found["incomeItems"]], found["band"]

    days = ("2022-02-28", "2022-03-01", "2022-08-31", "2022-09-01")
    assert [(await seen(day))[0] for day in days] == [[], ["1890.00"], ["1890.00"], []]
    assert await seen("2022-11-30", declared.isoformat()) == (["1890.00"], "MARGINAL")
    assert await seen(None) == await seen("2022-11-30") == ([], None)


async def test_the_worked_example(ruled: City) -> None:
    person = f'person: "{ruled.persons[1]}"'
    for kind, amount in (
        ("WAGES", "1800"),
        ("WORK_COST", "300"),
        ("TRANSFER_IN", "150"),
        ("DEDUCTION", "300"),
    ):
        await ruled.earns(amount, more=f"kind: {kind}, {person}")
    found = await ruled.assessment()
    assert (found["monthlyIncome"], found["perCapitaIncome"], found["band"]) == ("1350.00", "450.00", "DIBAO")


async def test_recomputed_when_members_change(ruled: City) -> None:
    await ruled.earns("1890")
    await ruled.do(
        'leaveHousehold(input: {household: "%s", person: "%s", on: "2022-11-30"}) { household { assistance { band } } '
        "errors { code } }" % (ruled.home, ruled.persons[2])
    )
    found = await ruled.assessment()
    assert (found["members"], found["perCapitaIncome"], found["nationalBand"]) == (2, "945.00", "NONE")


async def test_a_closed_household_has_no_assessment(ruled: City) -> None:
    await ruled.earns("100")
    await ruled.do(
        'closeHousehold(input: {household: "%s", on: "2022-11-30"}) { household { id } errors { code } }'
        % ruled.home
    )
    assert (await ruled.assessment())["band"] is None
    assert (
        await ruled.refused(
            'recordAssistanceIncome(input: {household: "%s", kind: OTHER, amount: "1"}) { errors { code } }'
            % ruled.home
        )
        == "HOUSEHOLD_CLOSED"
    )


async def test_recomputed_when_income_ends(ruled: City) -> None:
    first, second = await ruled.earns("900"), await ruled.earns("12000", period="YEAR")
    assert (await ruled.assessment())["perCapitaIncome"] == "633.33"
    end = 'endAssistanceIncome(input: {item: "%s", on: "2022-11-30"}) { item { id } errors { code } }'
    await ruled.do(end % second)
    found = await ruled.ask(
        '{ household(id: "%s") { assistance { band incomeItems { id amount kind } } } }' % ruled.home
    )
    assert found["data"]["household"]["assistance"] == {
        "band": "DIBAO",
        "incomeItems": [{"id": first, "amount": "900.00", "kind": "OTHER"}],
    }
    await ruled.do(end % first)
    assert (await ruled.assessment())["band"] is None


async def test_the_local_factor_rises(city: City) -> None:
    await city.do(
        'setAssistanceStandard(input: {division: "410189", monthly: "630", validFrom: "2022-01-01"}) '
        "{ errors { code } }"
    )
    setting = (
        'setAssistanceFactor(input: {division: "410189", kind: LOCAL, value: "%s", validFrom: "%s"}) '
        "{ errors { code } }"
    )
    await city.do(setting % ("1.5", "2021-01-01"))
    await city.earns("2835")
    assert (await city.assessment())["band"] == "NONE"
    await city.do(setting % ("2", "2022-03-01"))
    assert (await city.assessment())["band"] == "MARGINAL"
    factors = await city.ask(
        "{ assistance { factors { totalCount edges { node { value validFrom validTo } } } } }"
    )
    assert [edge["node"] for edge in factors["data"]["assistance"]["factors"]["edges"]] == [
        {"value": "2.0000", "validFrom": "2022-03-01", "validTo": None},
        {"value": "1.5000", "validFrom": "2021-01-01", "validTo": "2022-03-01"},
    ]


async def test_no_standard_no_band(city: City) -> None:
    await city.earns("300")
    found = await city.assessment()
    assert (found["perCapitaIncome"], found["standard"], found["band"], found["nationalBand"]) == (
        "100.00",
        None,
        None,
        None,
    )


async def test_history_is_kept(ruled: City) -> None:
    await ruled.earns("300")
    ruled.clock = ruled.service.clock = replace_today(date(2022, 12, 1))
    await ruled.earns("300")
    rows = await _history(ruled)
    said = [(row.valid_from.day, row.valid_to and row.valid_to.day, row.voided_at is None) for row in rows]
    assert sorted(said, key=str) == sorted([(30, None, False), (30, 1, True), (1, None, True)], key=str)


def replace_today(day: date) -> Clock:

    return Clock(day)


async def test_lists_by_band_and_division(ruled: City) -> None:
    await ruled.earns("1890")
    await ruled.earns("945", ruled.other)

    async def codes(filter: str, caller: Principal | None = None) -> list[str]:
        query = "{ assistance { households(filter: {%s}) { totalCount edges { node { code assistance { band } } } } } }"
        answer = await ruled.ask(query % filter, caller)
        assert answer["extensions"]["explain"]["statementCount"] == 1
        found = answer["data"]["assistance"]["households"]
        assert found["totalCount"] == len(found["edges"])
        return [edge["node"]["code"] for edge in found["edges"]]

    assert await codes("band: MARGINAL") == ["H1", "H2"]
    assert await codes("nationalBand: NONE") == ["H2"]
    assert await codes('band: MARGINAL, division: "410189101000"') == ["H1"]
    assert await codes("band: DIBAO") == []
    assert await codes("not: {nationalBand: MARGINAL}") == ["H2"]
    town = ruled.as_role(UserRole.TOWN_OFFICER, OTHER_TOWN)
    assert await codes("band: MARGINAL", town) == ["H2"]
    own = Grant(CITY, frozenset({"registry:read"})), Grant(TOWN, frozenset({"assistance:read"}))
    assert await codes("band: MARGINAL", Principal(None, "narrow", own)) == ["H1"]
    foreign = Grant(CITY, frozenset({"assistance:read"})), Grant(TOWN, frozenset({"registry:read"}))
    assert await codes("band: MARGINAL", Principal(None, "narrow", foreign)) == ["H1"]


async def test_the_register_and_its_bands_are_one_statement(ruled: City) -> None:
    await ruled.earns("1890")
    answer = await ruled.ask(LIST)
    explain = answer["extensions"]["explain"]
    assert (explain["planned"], explain["statementCount"]) == (True, 1)
    nodes = [edge["node"] for edge in answer["data"]["households"]["edges"]]
    assert [(node["code"], node["assistance"]["band"], len(node["members"])) for node in nodes] == [
        ("H1", "MARGINAL", 3)
    ]


async def test_without_permission_null(ruled: City) -> None:
    await ruled.earns("1890")
    worker = ruled.as_role(UserRole.VILLAGE_WORKER)
    answer = await ruled.ask(
        "{ households { edges { node { code assistance { band } } } } assistance { standards { totalCount } } }",
        worker,
    )
    assert answer["data"]["assistance"] is None
    assert [edge["node"]["assistance"] for edge in answer["data"]["households"]["edges"]] == [None, None]
    auditor = await ruled.assessment(caller=ruled.as_role(UserRole.AUDITOR))
    assert auditor["band"] == "MARGINAL"


@pytest.mark.parametrize(
    ("mutation", "role", "code"),
    [
        (
            'recordAssistanceIncome(input: {household: "%(home)s", kind: OTHER, amount: "-1"})',
            "CITY_OFFICER",
            "AMOUNT_RANGE",
        ),
        (
            'recordAssistanceIncome(input: {household: "%(home)s", kind: OTHER, amount: "1.001"})',
            "CITY_OFFICER",
            "AMOUNT_RANGE",
        ),
        (
            'recordAssistanceIncome(input: {household: "%(home)s", kind: OTHER, amount: "1", since: "2022-12-01"})',
            "CITY_OFFICER",
            "DATE_FUTURE",
        ),
        (
            'recordAssistanceIncome(input: {household: "%(home)s", kind: OTHER, amount: "1", since: "2021-04-30"})',
            "CITY_OFFICER",
            "DATE_ORDER",
        ),
        (
            'recordAssistanceIncome(input: {household: "%(home)s", kind: OTHER, amount: "1", person: "%(stranger)s"})',
            "CITY_OFFICER",
            "MEMBER_MISSING",
        ),
        (
            'recordAssistanceIncome(input: {household: "%(home)s", kind: OTHER, amount: "1"})',
            "TOWN_LEADER",
            "FORBIDDEN",
        ),
        (
            'setAssistanceStandard(input: {division: "410189", monthly: "1", validFrom: "2021-12-31"})',
            "CITY_OFFICER",
            "DATE_ORDER",
        ),
        (
            'setAssistanceStandard(input: {division: "410189", monthly: "1", validFrom: "2022-12-01"})',
            "CITY_OFFICER",
            "DATE_FUTURE",
        ),
        (
            'setAssistanceStandard(input: {division: "410189109", monthly: "1", validFrom: "2022-11-01"})',
            "CITY_OFFICER",
            "DIV_UNKNOWN",
        ),
        (
            'setAssistanceStandard(input: {division: "410189", monthly: "1", validFrom: "2022-11-01"})',
            "TOWN_OFFICER",
            "FORBIDDEN",
        ),
        (
            'setAssistanceFactor(input: {division: "410189", kind: LOCAL, value: "0.9", validFrom: "2022-11-01"})',
            "CITY_OFFICER",
            "FACTOR_RANGE",
        ),
    ],
)
async def test_refusals(ruled: City, mutation: str, role: str, code: str) -> None:
    text = (
        mutation % {"home": ruled.home, "stranger": ruled.persons[3]} + " { errors { code field message } }"
    )
    assert await ruled.refused(text, ruled.as_role(UserRole(role))) == code


async def test_a_move_says_what_it_did(ruled: City) -> None:
    await ruled.earns("1890")
    await ruled.do(
        'recordMove(input: {person: "%s", on: "2022-11-30", residenceDivision: "410189102203"}) '
        "{ person { id } errors { code } }" % ruled.persons[1]
    )
    async with ruled.database.reading() as session:
        said = (await session.scalars(select(LifeEventConsequence))).all()
    assert [row.plugin for row in said] == ["core", "assistance"]
    assert "1 household" in said[1].text


async def test_a_batch_is_a_fixed_number_of_statements(ruled: City) -> None:
    await ruled.earns("1890")
    await ruled.earns("945", ruled.other)
    counts = []
    async with ruled.database.writing() as session:
        work, homes = (
            ruled.work(session),
            [home_of(home) for home in await session.scalars(select(Household))],
        )
        for part in (homes[:1], homes):
            with recorded_statements() as statements:
                assert await reassess(work, part, "test") == 0
            counts.append(len(statements))
    assert counts == [6, 5]  # the parameters are read once in a transaction


async def test_imported_incomes_replace_each_other(ruled: City) -> None:
    assert parse_annual_income("22,680.00") == parse_annual_income("２２６８０元") == Decimal(22680)
    for text in ("-1", "1.001", "1,2,3", "", "约两万"):
        with pytest.raises(Refused, match="AMOUNT_RANGE"):
            parse_annual_income(text)
    ((column,),) = ruled.host.collected("importers").values()
    assert column.headers[0] == "年收入"
    async with ruled.database.writing() as session:
        person = await session.get(Person, key_of("person", ruled.persons[0]))
        home = await session.get(Household, key_of("household", ruled.home))
        assert person is not None
        assert home is not None
        for amount in (Decimal(1), Decimal(22680)):
            await column.store(ruled.work(session), [(home, person, amount)])
    assert (await ruled.assessment())["perCapitaIncome"] == "630.00"


async def test_the_demo_fills_every_household(city: City) -> None:
    async with city.database.writing() as session:
        homes = list(await session.scalars(select(Household).order_by(Household.code)))
        query = select(Person).join(HouseholdMember, HouseholdMember.person_id == Person.id)
        members = [
            list(await session.scalars(query.where(HouseholdMember.household_id == home.id)))
            for home in homes
        ]
        divisions = list(await session.scalars(select(Division)))
        said: list[str] = []
        await demo.fill(
            DemoCity(city.work(session), random.Random(1), CITY, divisions, homes, members, True, said.append)
        )
    assert said
    found = await city.assessment()
    assert found["standard"] == "630.00"
    assert found["band"] is not None


async def test_a_merged_village_is_assessed_by_the_standard_of_the_other(
    ruled: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has moved, and yet another standard holds; plugins hear of all households, some at a time."""
    monkeypatch.setattr(reorganize, "CHUNK", 1)
    await ruled.do(
        'setAssistanceStandard(input: {division: "410189102", monthly: "700", validFrom: "2022-01-01"})'
        " { errors { code } }"
    )
    await ruled.earns("1890")
    assert (await ruled.assessment())["standard"] == "630.00"
    await ruled.do(
        'mergeDivisions(input: {divisions: ["410189101201"], into: "410189102203", on: "2022-11-01"}) '
        "{ division { code } errors { code } }"
    )
    assert (await ruled.assessment())["standard"] == "700.00"
    async with ruled.database.reading() as session:
        rows = select(AssistanceAssessment).where(AssistanceAssessment.voided_at.is_(None))
        (row,) = await session.scalars(rows.where(AssistanceAssessment.valid_to.is_(None)))
    assert (row.division, row.reason) == ("410189102203", "division")
