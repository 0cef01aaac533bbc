"""Recoveries of what was overpaid, and price subsidies, through GraphQL, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.db import Database
from core.entitlements.service import change, end
from core.persons.models import Person
from tests.schema.money_city import DIBAO, MoneyCity, money_city
from tests.schema.paying import (
    accounts,
    done,
    items,
    paid,
    prepared,
    refused,
    rows,
    sent,
)
from tests.schema.small_city import CITY, EAST_VILLAGE, NEIGHBOUR, WEST

OCTOBER, DECEMBER = date(2022, 10, 1), date(2022, 12, 1)


@pytest.fixture
async def money(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[MoneyCity]:
    async with money_city(database, database_url, tmp_path) as made:
        yield made


async def test_a_merge_of_two_records_that_were_both_paid(money: MoneyCity) -> None:
    """It goes through, and what was paid to both stays two payments; next month there is one."""
    from core.codes.sets import Gender, IdType
    from core.merges.service import merge
    from core.persons.service import NewPerson, register

    new = NewPerson(
        name="张三丰",
        id_type=IdType.NONE,
        gender=Gender.MALE,
        birth_date=date(1958, 3, 15),
        residence_division=EAST_VILLAGE,
        registered_division=EAST_VILLAGE,
    )
    async with money.work() as work:
        (twin,) = await register(work, [new])
    money.city.persons.append(twin)
    await money.award(0)
    award = await money.award(len(money.city.persons) - 1, "100.00")
    await accounts(money, 0, len(money.city.persons) - 1)
    out = await sent(money)
    assert out["amount"] == "640.00"
    async with money.work() as work:
        await end(work, award.award_id)
    async with money.work() as work:
        kept = await work.session.get_one(Person, money.person(0).id)
        dropped = await work.session.get_one(Person, twin.id)
        await merge(work, kept, dropped, "同一人")
    assert [row.person_id for row in await rows(money)] == [money.person(0).id] * 2
    later = await prepared(money, month="2022-12-01")
    assert (later["count"], later["amount"]) == (1, "540.00")


PROPOSE = {"programme": DIBAO, "first": "2022-09-01", "end": "2022-12-01", "cause": "NOT_REPORTED"}


async def test_recovery(money: MoneyCity) -> None:
    made = await money.award(0, "500.00", first=date(2022, 9, 1))
    await accounts(money, 0)
    for month in ("2022-09-01", "2022-10-01"):
        out = await sent(money, month=month)
        await done(money, "reconcilePaymentBatch", batch=out["id"], items=[paid(items(out)[1])])
    given = {**PROPOSE, "person": money.city.person(0)}
    assert await refused(money, "proposeRecovery", **given) == ["RECOVERY_NOTHING first"]
    async with money.work() as work:
        await change(work, made.award_id, amount=Decimal("420.10"), since=date(2022, 9, 1))
        await end(work, made.award_id, OCTOBER)
    row = await done(money, "proposeRecovery", **given)
    assert row["months"] == [
        {"month": "2022-09-01", "paid": "500.00", "due": "420.10", "excess": "79.90"},
        {"month": "2022-10-01", "paid": "500.00", "due": "0.00", "excess": "500.00"},
    ]
    assert (row["amount"], row["owed"], row["state"]) == ("579.90", "579.90", "PROPOSED")
    assert await refused(money, "proposeRecovery", **given) == ["RECOVERY_NOTHING first"]
    id_ = {"recovery": row["id"]}
    assert await refused(money, "decideRecovery", **id_) == ["FORBIDDEN"]
    assert await refused(money, "recordRepayment", **id_, amount="1") == ["STATE_INVALID"]
    gone = await done(money, "cancelRecovery", "leader", **id_, reason="重新核定")
    assert gone["state"] == "CANCELLED"
    row = await done(money, "proposeRecovery", **given)
    id_ = {"recovery": row["id"]}
    await done(money, "decideRecovery", "leader", **id_)
    part = await done(money, "recordRepayment", **id_, amount="79.90", note="现金")
    assert (part["state"], part["repaid"], part["owed"]) == ("REPAYING", "79.90", "500.00")
    assert await refused(money, "recordRepayment", **id_, amount="500.01") == ["REPAYMENT_EXCESS amount"]
    assert await refused(money, "recordRepayment", **id_, amount="0") == ["MONEY_AMOUNT amount"]
    whole = await done(money, "recordRepayment", **id_, amount="500")
    assert (whole["state"], whole["owed"], len(whole["repayments"])) == ("RECOVERED", "0.00", 2)
    query = """query R($id: ID!) { person(id: $id) { recoveries { edges { node {
      id amount owed months { month } } } } } }"""
    answer, explain = await money.both(query, variables={"id": money.city.person(0)})
    assert explain["statementCount"] == 1
    assert len(answer["data"]["person"]["recoveries"]["edges"]) == 2


async def test_writing_off(money: MoneyCity) -> None:
    made = await money.award(0, first=date(2022, 9, 1))
    await accounts(money, 0)
    out = await sent(money, month="2022-09-01")
    await done(money, "reconcilePaymentBatch", batch=out["id"], items=[paid(items(out)[1])])
    async with money.work() as work:
        await end(work, made.award_id, date(2022, 9, 1))
    row = await done(money, "proposeRecovery", **PROPOSE, person=money.city.person(0))
    await done(money, "decideRecovery", "leader", recovery=row["id"])
    assert await refused(money, "writeOffRecovery", recovery=row["id"], reason="困难") == ["FORBIDDEN"]
    assert await refused(money, "writeOffRecovery", "leader", recovery=row["id"], reason="") == [
        "REASON_MISSING reason"
    ]
    off = await done(money, "writeOffRecovery", "leader", recovery=row["id"], reason="确无偿还能力")
    assert (off["state"], off["owed"]) == ("WRITTEN_OFF", "540.00")


ANNOUNCE = """mutation A($i: AnnouncePriceSubsidyInput!) { announcePriceSubsidy(input: $i) {
  priceSubsidy { id amount month source division { code } } errors { code field } } }"""
SUBSIDIES = "{ priceSubsidies { totalCount edges { node { id amount source programme { title } } } } }"
SUBSIDY = {
    "programme": DIBAO,
    "division": CITY,
    "month": "2022-11-01",
    "amount": "36.50",
    "source": "联席会议",
}


async def announced(money: MoneyCity, caller: str = "city", **fields: Any) -> Any:
    answer = await money.ask(ANNOUNCE, caller, variables={"i": {**SUBSIDY, **fields}})
    found = answer["data"]["announcePriceSubsidy"]
    return found["priceSubsidy"] or [" ".join([e["code"], *e["field"][1:]]) for e in found["errors"]]


async def test_what_a_price_subsidy_refuses(money: MoneyCity) -> None:
    given = {"programme": DIBAO, "division": CITY, "month": "2022-11-01", "priceSubsidy": True}
    assert await refused(money, "preparePaymentBatch", **given) == ["SUBSIDY_MISSING month"]
    cases: list[tuple[dict[str, Any], str]] = [
        ({"amount": "0"}, "MONEY_AMOUNT amount"),
        ({"month": "2022-11-03"}, "MONTH_INVALID month"),
        ({"division": NEIGHBOUR}, "FORBIDDEN_SCOPE division"),
        ({"source": ""}, "TEXT_LENGTH source"),
        ({"programme": "core.none"}, "PROGRAMME_UNKNOWN programme"),
        ({"caller": "town"}, "FORBIDDEN"),
    ]
    for fields, reason in cases:
        assert await announced(money, **fields) == [reason]


async def test_a_price_subsidy_is_paid_for_each_person(money: MoneyCity) -> None:
    await money.award(0, covers=(0, 1, 2))
    await money.award(3)
    await accounts(money, 0, 3)
    await sent(money)
    assert (await announced(money))["amount"] == "36.50"
    assert await announced(money) == ["SUBSIDY_EXISTS month"]
    assert (await announced(money, division=WEST, amount="40.00"))["division"] == {"code": WEST}
    batch = await prepared(money, priceSubsidy=True)
    assert (batch["count"], batch["amount"]) == (4, "149.50")  # three in the city, one in WEST
    payees = {item["person"]["id"]: item["payee"]["id"] for item in items(batch).values()}
    assert payees == {money.city.person(i): money.city.person(0 if i < 3 else 3) for i in (0, 1, 2, 3)}
    assert {item["kind"] for item in items(batch).values()} == {"PRICE_SUBSIDY"}
    assert (await prepared(money, priceSubsidy=True))["count"] == 4
    for caller, count in (("city", 2), ("other town", 1), ("payments only", 0), ("nobody", 0)):
        answer, _ = await money.both(SUBSIDIES, caller)
        assert answer["data"]["priceSubsidies"]["totalCount"] == count
