"""Entitlements and exclusions, on both databases and both paths."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.clock import Clock
from core.db import Database
from core.entitlements.exclusions import conflicts, seed
from core.entitlements.service import NewEntitlement, award, change, end
from core.errors import Refused
from tests.schema.money_city import DESTITUTE, DIBAO, MONTH, MoneyCity, money_city
from tests.schema.small_city import EAST_VILLAGE, TODAY

OCTOBER, DECEMBER, JANUARY = date(2022, 10, 1), date(2022, 12, 1), date(2023, 1, 1)


@pytest.fixture
async def money(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[MoneyCity]:
    async with money_city(database, database_url, tmp_path) as made:
        yield made


PERSON = """query P($id: ID!, $asOf: Date) { person(id: $id) { entitlements(asOf: $asOf) {
  award programme { name title plugin } amount since until subject payee { id }
  persons { person { id } covered payee } division { code }
} } }"""
HOUSEHOLD = """query H($id: ID!, $asOf: Date) { household(id: $id) { entitlements(asOf: $asOf) {
  amount programme { name } } } }"""


async def of(money: MoneyCity, person: int, caller: str = "city", as_of: date | None = None) -> Any:
    variables = {"id": money.city.person(person), "asOf": as_of and as_of.isoformat()}
    answer, explain = await money.both(PERSON, caller, variables=variables)
    assert "errors" not in answer, answer["errors"]
    assert explain["planned"]
    assert explain["statementCount"] == 1
    found = answer["data"]["person"]
    return found and found["entitlements"]


async def amounts(money: MoneyCity, person: int, *days: date) -> list[list[str]]:
    return [[e["amount"] for e in await of(money, person, as_of=day)] for day in days]


async def refused(call: Any) -> str:
    with pytest.raises(Refused) as caught:
        await call
    return " ".join([caught.value.code.code, *caught.value.field])


async def test_a_household_is_covered_and_its_head_is_paid(money: MoneyCity) -> None:
    home = money.city.households[0]
    made = await money.award(0, covers=(0, 1, 2), household=home, subject="dibao_1")
    for person in (0, 1, 2):
        (found,) = await of(money, person)
        assert found["programme"] == {"name": DIBAO, "title": "Dibao", "plugin": "core"}
        assert (found["amount"], found["since"], found["until"]) == ("540.00", "2022-11-01", None)
        assert found["award"] == f"award_{made.award_id.hex}"
        assert found["payee"]["id"] == money.city.person(0)
        assert len(found["persons"]) == 3
        assert [p["person"]["id"] for p in found["persons"] if p["payee"]] == [money.city.person(0)]
    assert await of(money, 3) == []
    assert await of(money, 0, as_of=OCTOBER) == []
    answer, explain = await money.both(HOUSEHOLD, variables={"id": money.city.household(0), "asOf": None})
    assert answer["data"]["household"]["entitlements"] == [{"amount": "540.00", "programme": {"name": DIBAO}}]
    assert explain["statementCount"] == 1


async def test_who_sees_it(money: MoneyCity) -> None:
    await money.award(0, covers=(0, 3))  # the fourth lives in the west
    seen = {caller: await of(money, 0, caller) for caller in money.callers}
    shown = {caller for caller, found in seen.items() if found}
    hidden = {"village", "auditor", "nobody"}
    assert not shown & hidden
    assert {"city", "town", "nation", "prefecture"} <= shown
    # Reached through a covered person who lives there, though the case lies in the east.
    assert len(await of(money, 3, "other town")) == 1


async def test_change_and_end_by_whole_months(money: MoneyCity) -> None:
    made = await money.award(0, "540.00", first=OCTOBER)
    async with money.work() as work:
        await change(work, made.award_id, amount=Decimal("600"))
    assert await amounts(money, 0, OCTOBER, MONTH, DECEMBER, JANUARY) == [
        ["540.00"],
        ["540.00"],
        ["600.00"],
        ["600.00"],
    ]
    async with money.work() as work:  # what was known of November was wrong, and of December too
        await change(work, made.award_id, amount=Decimal("550.50"), since=MONTH)
    assert await amounts(money, 0, OCTOBER, MONTH, DECEMBER) == [["540.00"], ["550.50"], ["550.50"]]
    async with money.work() as work:
        left = await end(work, made.award_id)
    assert (left.valid_from, left.valid_to) == (MONTH, DECEMBER)
    assert await amounts(money, 0, OCTOBER, MONTH, DECEMBER) == [["540.00"], ["550.50"], []]
    again = await money.award(0, "1.00", first=DECEMBER)  # where one ends, another may begin
    assert again.award_id != made.award_id
    async with money.work() as work:
        gone = await end(work, again.award_id, DECEMBER)
    assert gone.voided_at is not None
    assert await amounts(money, 0, DECEMBER) == [[]]


async def test_other_persons_are_covered_from_a_month_on(money: MoneyCity) -> None:
    made = await money.award(0, covers=(0, 1))
    async with money.work() as work:
        await change(work, made.award_id, covers=[money.person(0), money.person(2)])
    for person, november, december in ((0, 1, 1), (1, 1, 0), (2, 0, 1)):
        assert len(await of(money, person, as_of=MONTH)) == november
        assert len(await of(money, person, as_of=DECEMBER)) == december


async def test_what_is_refused(money: MoneyCity) -> None:
    made = await money.award(0, covers=(0, 1))
    good: dict[str, Any] = {
        "programme": DIBAO,
        "payee": money.person(2),
        "amount": Decimal("1"),
        "first": MONTH,
    }
    cases: list[tuple[dict[str, Any], str]] = [
        ({"programme": "core.none"}, "PROGRAMME_UNKNOWN programme"),
        ({"amount": Decimal("-0.01")}, "MONEY_AMOUNT amount"),
        ({"amount": Decimal("0.001")}, "MONEY_AMOUNT amount"),
        ({"amount": Decimal("100000")}, "MONEY_AMOUNT amount"),
        ({"amount": Decimal("NaN")}, "MONEY_AMOUNT amount"),
        ({"first": date(2022, 11, 2)}, "MONTH_INVALID first"),
        ({"end": MONTH}, "DATE_ORDER end"),
        ({"payee": money.person(0)}, "ENTITLEMENT_OVERLAP covers"),
        ({"covers": [money.person(1)]}, "ENTITLEMENT_OVERLAP covers"),
        ({"payee": money.person(0), "covers": [money.person(2)]}, "ENTITLEMENT_OVERLAP payee"),
        ({"payee": money.person(1), "first": OCTOBER}, "ENTITLEMENT_OVERLAP covers"),
    ]
    for fields, reason in cases:
        async with money.work() as work:
            assert (await refused(award(work, NewEntitlement(**{**good, **fields})))).startswith(
                reason.split()[0]
            ), fields
    async with money.work("town") as work:
        assert await refused(award(work, NewEntitlement(**good))) == "FORBIDDEN"
        assert await refused(end(work, made.award_id)) == "FORBIDDEN"
    async with money.work() as work:
        assert await refused(change(work, made.id, since=OCTOBER)) == "DATE_ORDER since"
        assert await refused(end(work, made.award_id, date(2022, 11, 5))) == "MONTH_INVALID month"
        await end(work, made.award_id)
        assert await refused(end(work, made.award_id)) == "ENTITLEMENT_ENDED since"


async def test_conflicts_do_not_hinder_an_award(money: MoneyCity) -> None:
    first = await money.award(0, covers=(0, 1), first=OCTOBER)
    await money.award(1, "819.00", DESTITUTE)
    async with money.work() as work:
        assert await conflicts(work, money.person(1).id, OCTOBER) == []
        (found,) = await conflicts(work, money.person(1).id, MONTH)
        assert (found.first, found.second, found.source) == (DESTITUTE, DIBAO, "民发〔2021〕43号")
        assert await conflicts(work, money.person(0).id, MONTH) == []
        await end(work, first.award_id, MONTH)  # dibao ends with the day destitute support starts
        assert await conflicts(work, money.person(1).id, MONTH) == []


RULES = """{ exclusions { totalCount edges { node {
  id first { name title } second { name } division { code } source since until } } } }"""
SET = """mutation S($i: SetExclusionInput!) { setExclusion(input: $i) {
  exclusion { id until since } errors { code field } } }"""
END = """mutation E($i: EndExclusionInput!) { endExclusion(input: $i) {
  exclusion { id until } errors { code field } } }"""


async def rules(money: MoneyCity, caller: str = "city") -> Any:
    answer, explain = await money.both(RULES, caller)
    assert explain["statementCount"] == 1
    return [edge["node"] for edge in answer["data"]["exclusions"]["edges"]]


async def asked(money: MoneyCity, query: str, caller: str = "city", **fields: Any) -> Any:
    answer = await money.ask(query, caller, variables={"i": fields})
    assert "errors" not in answer, answer["errors"]
    found = next(iter(answer["data"].values()))
    return found["exclusion"] or [" ".join([e["code"], *e["field"][1:]]) for e in found["errors"]]


async def test_exclusions_are_data(money: MoneyCity) -> None:
    (seeded,) = await rules(money)
    assert (seeded["first"]["title"], seeded["second"]["name"]) == ("Destitute support", DIBAO)
    assert await seed(money.database, money.host, Clock(TODAY)) == 0
    assert await asked(money, END, "city", exclusion=seeded["id"]) == ["FORBIDDEN_SCOPE"]
    ended = await asked(money, END, "rules of the nation", exclusion=seeded["id"])
    assert ended["until"] == "2022-12-01"
    assert await asked(money, END, "rules of the nation", exclusion=ended["id"]) == [
        "EXCLUSION_ENDED exclusion"
    ]
    assert await seed(money.database, money.host, Clock(TODAY)) == 0  # it stays ended
    good = {"first": DIBAO, "second": DESTITUTE, "source": "本地规定", "division": "410189000000"}
    made = await asked(money, SET, **good)
    assert made["since"] == "2022-12-01"
    for fields, reason in (
        ({}, "EXCLUSION_EXISTS second"),
        ({"second": DIBAO}, "EXCLUSION_PAIR second"),
        ({"second": "core.none"}, "PROGRAMME_UNKNOWN second"),
        ({"division": EAST_VILLAGE, "since": "2022-12-02"}, "MONTH_INVALID since"),
        ({"division": "410189101299"}, "DIV_UNKNOWN division"),
        ({"division": None}, "FORBIDDEN_SCOPE division"),
        ({"division": EAST_VILLAGE, "source": ""}, "TEXT_LENGTH source"),
    ):
        assert await asked(money, SET, **{**good, **fields}) == [reason]
    for caller in ("town", "auditor", "nobody"):
        assert await asked(money, SET, caller, **good) == ["FORBIDDEN"]
    assert len(await rules(money, "nobody")) == 2
