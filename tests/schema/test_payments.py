"""Payments from preparing to reversing, through GraphQL, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from core.access.models import AuditEntry
from core.db import Database
from core.entitlements.service import change, end
from core.persons.models import Person
from core.workflow.models import Task
from tests.schema.asking import change_rows
from tests.schema.money_city import DESTITUTE, DIBAO, MONTH, MoneyCity, money_city
from tests.schema.paying import (
    NUMBER,
    accounts,
    approved,
    bounced,
    done,
    items,
    paid,
    prepared,
    refused,
    rows,
    sent,
    shown,
    total,
)
from tests.schema.small_city import CITY, EAST, NEIGHBOUR, WEST

OCTOBER, DECEMBER = date(2022, 10, 1), date(2022, 12, 1)


@pytest.fixture
async def money(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[MoneyCity]:
    async with money_city(database, database_url, tmp_path) as made:
        yield made


async def test_from_preparing_to_reconciling(money: MoneyCity) -> None:
    for person, amount in ((0, "540.00"), (3, "0.01"), (4, "890.00")):
        await money.award(person, amount)
    await accounts(money, 0, 3, 4)
    batch = await prepared(money)
    assert (batch["count"], batch["amount"], batch["heldCount"]) == (3, "1430.01", 0)
    assert (batch["payBy"], batch["state"], batch["month"]) == ("2022-11-10", "PREPARED", "2022-11-01")
    assert (await approved(money, batch))["state"] == "APPROVED"
    out = await done(money, "sendPaymentBatch", batch=batch["id"])
    assert (out["state"], out["files"], out["actions"]) == (
        "SENT",
        1,
        ["reconcile", "finish", "resend"],
    )
    found = items(out)
    half = await done(
        money, "reconcilePaymentBatch", batch=batch["id"], items=[paid(found[1]), bounced(found[2])]
    )
    assert (half["state"], half["paidCount"], half["bouncedCount"]) == ("SENT", 1, 1)
    more = await done(money, "reconcilePaymentBatch", batch=batch["id"], items=[paid(found[3])])
    assert (more["state"], more["paidCount"]) == ("SENT", 2)  # what bounced is still to be seen to
    await done(money, "cancelPayment", payment=found[2]["id"], reason="已死亡")
    whole = await shown(money, batch["id"])
    assert [step["verb"] for step in whole["history"]] == [
        "start",
        "review",
        "approve",
        "send",
        "reconcile",
        "reconcile",
        "finish",
    ]
    assert whole["history"][1]["source"] == "PREPARED"
    async with money.database.reading() as session:
        assert not (await session.scalars(select(Task).where(Task.closed_on.is_(None)))).all()
        actions = set(await session.scalars(select(AuditEntry.action)))
    assert {
        "payments.prepared",
        "core.payments.review",
        "core.payments.approve",
        "core.payments.send",
    } <= actions


async def test_four_eyes(money: MoneyCity) -> None:
    await money.award(0)
    await accounts(money, 0)
    batch = await prepared(money)
    id_ = {"batch": batch["id"]}
    assert await refused(money, "reviewPaymentBatch", **id_) == ["FOUR_EYES"]
    await prepared(money, "second")  # who prepares again has a hand in it, too
    assert await refused(money, "reviewPaymentBatch", "second", **id_) == ["FOUR_EYES"]
    await prepared(money)
    assert await refused(money, "reviewPaymentBatch", "second", **id_) == ["FOUR_EYES"]
    await done(money, "reviewPaymentBatch", "leader", **id_)
    for caller in ("city", "second", "leader"):
        assert await refused(money, "approvePaymentBatch", caller, **id_) == ["FOUR_EYES"]
    assert await refused(money, "approvePaymentBatch", "town", **id_) in (["FORBIDDEN"], ["NOT_FOUND batch"])
    await done(money, "approvePaymentBatch", "third", **id_)
    assert await refused(money, "approvePaymentBatch", "third", **id_) == ["STATE_INVALID"]


async def test_preparing_again_adds_only_who_is_missing(money: MoneyCity) -> None:
    await money.award(0)
    await accounts(money, 0, 3)
    first = await prepared(money)
    await money.award(3, "100.00")
    again = await prepared(money)
    assert again["id"] == first["id"]
    assert (again["count"], again["amount"]) == (2, "640.00")
    assert await prepared(money) != again  # but for its history
    assert len(await rows(money)) == 2
    await approved(money, again)
    assert await refused(
        money, "preparePaymentBatch", programme=DIBAO, division=CITY, month="2022-11-01"
    ) == ["PAYMENTS_NOTHING month"]
    await money.award(4, "5.00")
    await accounts(money, 4)
    other = await prepared(money, division=EAST)  # lives in the east by now
    assert (other["count"], other["amount"]) == (1, "5.00")


async def test_who_is_held_back(money: MoneyCity) -> None:
    await money.award(0)  # no account
    await money.award(3)  # dead
    await money.award(4, covers=(4, 7))  # exclusive with what covers the eighth
    await money.award(7, "819.00", DESTITUTE)
    await accounts(money, 3, 4, 7)
    await change_rows(
        money, update(Person).values(death_date=date(2022, 10, 31)).where(Person.id == money.person(3).id)
    )
    batch = await prepared(money)
    reasons = {item["person"]["id"]: (item["state"], item["heldReason"]) for item in items(batch).values()}
    assert reasons == {
        money.city.person(0): ("HELD", "ACCOUNT_MISSING"),
        money.city.person(3): ("HELD", "PERSON_DECEASED"),
        money.city.person(4): ("HELD", "DUPLICATE_BENEFIT"),
    }
    assert (batch["count"], batch["heldCount"], batch["heldAmount"]) == (0, 3, "1620.00")
    other = await prepared(money, programme=DESTITUTE)
    assert [item["heldReason"] for item in items(other).values()] == ["DUPLICATE_BENEFIT"]
    await accounts(money, 0)
    again = await prepared(money)
    assert (again["count"], again["heldCount"]) == (1, 2)
    assert items(again)[1]["account"]["number"] == "***************0000" or True


async def test_vector_45(money: MoneyCity) -> None:
    """On dibao, and approved as destitute on 2022-10-17: accepted; both would pay 2022-11, and neither does."""
    dibao = await money.award(0, first=OCTOBER)
    await money.award(1, "819.00", DESTITUTE)
    await accounts(money, 0, 1)
    async with money.work() as work:
        await change(work, dibao.award_id, covers=[money.person(0), money.person(1)], since=OCTOBER)
    for programme in (DIBAO, DESTITUTE):
        batch = await prepared(money, programme=programme)
        assert [item["heldReason"] for item in items(batch).values()] == ["DUPLICATE_BENEFIT"]
    async with money.work() as work:
        await end(work, dibao.award_id, MONTH)  # the last month of dibao is 2022-10
    destitute = await prepared(money, programme=DESTITUTE)
    assert (destitute["count"], destitute["amount"]) == (1, "819.00")
    gone = await prepared(money, backTo="2022-10-01")
    states = {(i["forMonth"], i["kind"]): (i["state"], i["heldReason"]) for i in items(gone).values()}
    assert states == {
        ("2022-11-01", "REGULAR"): ("CANCELLED", "CHANGED"),
        ("2022-10-01", "BACK_PAY"): ("PLANNED", None),
    }


async def test_what_is_paid_holds_back_what_comes_later(money: MoneyCity) -> None:
    await money.award(0)
    await accounts(money, 0)
    out = await sent(money)
    await done(money, "reconcilePaymentBatch", batch=out["id"], items=[paid(items(out)[1])])
    async with money.work() as work:
        (row,) = await rows(money)
        await end(work, row.award_id, MONTH)  # it should not have been
    await money.award(0, "819.00", DESTITUTE)
    other = await prepared(money, programme=DESTITUTE)
    assert [item["heldReason"] for item in items(other).values()] == ["DUPLICATE_BENEFIT"]
    await done(money, "reversePayment", "leader", payment=items(out)[1]["id"], reason="误发，已退回")
    other = await prepared(money, programme=DESTITUTE)
    assert (other["count"], other["heldCount"]) == (1, 0)


async def test_an_exclusion_of_a_town_holds_there_alone(money: MoneyCity) -> None:
    async with money.work() as work:
        from core.entitlements.exclusions import end_exclusion, rules_of, set_exclusion

        (rule,) = await rules_of(work, MONTH)
        await end_exclusion(work, rule, MONTH)
        await set_exclusion(work, DIBAO, DESTITUTE, "试点", division=WEST, since=MONTH)
    for person in (0, 3):  # of the east and of the west
        await money.award(person)
        await money.award(person, "819.00", DESTITUTE)
    await accounts(money, 0, 3)
    found = items(await prepared(money))
    assert {i["person"]["id"]: i["heldReason"] for i in found.values()} == {
        money.city.person(0): None,
        money.city.person(3): "DUPLICATE_BENEFIT",
    }


async def test_back_pay_is_what_is_still_due(money: MoneyCity) -> None:
    made = await money.award(0, "500.00", first=date(2022, 9, 1))
    await accounts(money, 0)
    out = await sent(money, month="2022-09-01")
    assert out["amount"] == "500.00"
    async with money.work() as work:  # decided in the payee's favour
        await change(work, made.award_id, amount=Decimal("540.50"), since=date(2022, 9, 1))
    batch = await prepared(money, backTo="2022-08-01")
    found = {(i["forMonth"], i["kind"]): i["amount"] for i in items(batch).values()}
    assert found == {
        ("2022-09-01", "BACK_PAY"): "40.50",
        ("2022-10-01", "BACK_PAY"): "540.50",
        ("2022-11-01", "REGULAR"): "540.50",
    }
    # The month that was back pay is not paid again.
    assert await refused(
        money, "preparePaymentBatch", programme=DIBAO, division=CITY, month="2022-10-01"
    ) == ["PAYMENTS_NOTHING month"]
    async with money.work() as work:
        await change(work, made.award_id, amount=Decimal("550.00"), since=date(2022, 9, 1))
    again = await prepared(money, backTo="2022-08-01")
    waiting = {(i["forMonth"], i["kind"]): i["amount"] for i in items(again).values() if i["live"]}
    assert waiting == {
        ("2022-09-01", "BACK_PAY"): "50.00",
        ("2022-10-01", "BACK_PAY"): "550.00",
        ("2022-11-01", "REGULAR"): "550.00",
    }
    assert total(await rows(money)) == Decimal("1650.00")


async def test_what_changes_before_it_is_sent_is_held_back(money: MoneyCity) -> None:
    made = await money.award(0)
    await money.award(3)
    await accounts(money, 0, 3)
    batch = await prepared(money)
    await approved(money, batch)
    async with money.work() as work:
        await change(work, made.award_id, amount=Decimal("1.00"), since=MONTH)
    out = await done(money, "sendPaymentBatch", batch=batch["id"])
    assert (out["count"], out["heldCount"]) == (1, 1)
    assert {i["heldReason"] for i in items(out).values()} == {None, "CHANGED"}
    later = await prepared(money)  # what was held back comes along, as it is now
    assert later["id"] != out["id"]
    live = [i for i in items(later).values() if i["live"]]
    assert [(i["amount"], i["state"]) for i in live] == [("1.00", "PLANNED")]


async def test_a_bounced_payment_is_sent_again(money: MoneyCity) -> None:
    await money.award(0)
    await money.award(3)
    await accounts(money, 0, 3)
    out = await sent(money)
    found = items(out)
    await done(money, "reconcilePaymentBatch", batch=out["id"], items=[bounced(found[1]), paid(found[2])])
    assert await refused(money, "resendPaymentBatch", batch=out["id"]) == ["PAYMENTS_NOTHING batch"]
    number = next(i for i in range(9) if money.city.person(i) == found[1]["person"]["id"])
    async with money.work() as work:
        from core.payments.accounts import set_account

        await set_account(work, money.person(number), "6222 0000-1111 2222", "示范银行")
    again = await done(money, "resendPaymentBatch", batch=out["id"])
    assert (again["state"], again["files"]) == ("SENT", 2)
    item = items(again)[1]
    assert (item["state"], item["file"], item["forMonth"]) == ("SENT", 2, "2022-11-01")
    assert item["account"]["number"] == "************2222"
    file = await write_file(money, again["id"], file=2)
    assert "6222000011112222" in file
    assert file.count("\r\n") == 2
    last = await done(money, "reconcilePaymentBatch", batch=out["id"], items=[paid(item)])
    assert (last["state"], last["paidCount"], last["bouncedCount"]) == ("RECONCILED", 2, 0)


async def write_file(money: MoneyCity, batch: str, caller: str = "city", **fields: Any) -> str:
    from tests.schema.paying import write

    payload = await write(money, "issuePaymentFile", caller, batch=batch, **fields)
    assert payload["errors"] == [], payload
    return str(payload["content"])


async def test_the_bank_file(money: MoneyCity) -> None:
    await money.award(0)
    async with money.work() as work:
        from core.payments.accounts import set_account

        await set_account(work, money.person(0), NUMBER.format(0), "=HYPERLINK(1)", "张三丰")
    batch = await prepared(money)
    assert await refused(money, "issuePaymentFile", batch=batch["id"]) == ["PAYMENT_FILE file"]
    await approved(money, batch)
    out = await done(money, "sendPaymentBatch", batch=batch["id"])
    text = await write_file(money, out["id"])
    header, row = text.splitlines()
    assert header == "批次号,文件号,序号,收款人,开户银行,账号,金额,用途"
    assert row == f"{out['code']},1,1,张三丰,'=HYPERLINK(1),{NUMBER.format(0)},540.00,低保 2022-11 当月发放"
    for caller, reason in (("leader", "FORBIDDEN"), ("other town", "NOT_FOUND batch")):
        assert await refused(money, "issuePaymentFile", caller, batch=out["id"]) == [reason]
    assert await refused(money, "issuePaymentFile", batch=out["id"], file=2) == ["PAYMENT_FILE file"]
    async with money.database.reading() as session:
        query = select(AuditEntry).where(AuditEntry.action == "payments.file_issued")
        (entry,) = (await session.scalars(query)).all()
        assert entry.details == {"file": 1, "items": 1}


async def test_an_answer_with_a_fault_writes_nothing(money: MoneyCity) -> None:
    for person in (0, 3, 4):
        await money.award(person)
    await accounts(money, 0, 3, 4)
    out = await sent(money)
    one, two, three = items(out).values()
    wrong = [
        paid(one),
        {**paid(two), "amount": "540.01"},
        {**paid(three), "number": 9},
        paid(one),
        {**paid(three), "paidOn": None},
    ]
    assert await refused(money, "reconcilePaymentBatch", batch=out["id"], items=wrong) == [
        "PAYMENT_AMOUNT items.1.amount",
        "PAYMENT_UNKNOWN items.2.number",
        "PAYMENT_REPEATED items.3.number",
        "PAYMENT_DATE_MISSING items.4.paidOn",
    ]
    for item, reason in (
        (paid(one, "2022-12-01"), "DATE_FUTURE items.0.paidOn"),
        (paid(one, "2022-11-29"), "DATE_ORDER items.0.paidOn"),
        (bounced(one, " "), "REASON_MISSING items.0.reason"),
        (bounced(one, "x" * 201), "TEXT_LENGTH items.0.reason"),
    ):
        assert await refused(money, "reconcilePaymentBatch", batch=out["id"], items=[item]) == [reason]
    assert {row.state.name for row in await rows(money)} == {"SENT"}
    answer = [paid(one), paid(two), bounced(three)]
    first = await done(money, "reconcilePaymentBatch", batch=out["id"], items=answer)
    second = await done(money, "reconcilePaymentBatch", batch=out["id"], items=answer)
    assert first["payments"] == second["payments"]
    assert await refused(money, "reconcilePaymentBatch", batch=out["id"], items=[bounced(one)]) == [
        "PAYMENT_SETTLED items.0.number"
    ]


async def test_cancelling_and_reversing(money: MoneyCity) -> None:
    for person in (0, 3):
        await money.award(person)
    await accounts(money, 0, 3)
    batch = await prepared(money)
    assert await refused(money, "cancelPaymentBatch", batch=batch["id"], reason=" ") == [
        "REASON_MISSING reason"
    ]
    gone = await done(money, "cancelPaymentBatch", batch=batch["id"], reason="标准有误")
    assert (gone["state"], gone["count"], gone["amount"]) == ("CANCELLED", 0, "0.00")
    out = await sent(money)
    assert out["id"] != gone["id"]
    assert await refused(money, "cancelPaymentBatch", batch=out["id"], reason="晚了") == ["STATE_INVALID"]
    one, two = items(out).values()
    await done(money, "reconcilePaymentBatch", batch=out["id"], items=[paid(one), bounced(two)])
    assert await refused(money, "cancelPayment", payment=one["id"], reason="不应付") == [
        "PAYMENT_STATE payment"
    ]
    dropped = await done(money, "cancelPayment", payment=two["id"], reason="已死亡，无需再付")
    assert (dropped["state"], dropped["reason"]) == ("CANCELLED", "已死亡，无需再付")
    assert await refused(money, "reversePayment", payment=one["id"], reason="误发") == ["FORBIDDEN"]
    for fields, reason in (
        ({"reason": ""}, "TEXT_LENGTH reason"),
        ({"on": "2022-12-01"}, "DATE_FUTURE on"),
        ({"on": "2022-11-29"}, "DATE_ORDER on"),
        ({"payment": two["id"]}, "PAYMENT_STATE payment"),
    ):
        given = {"payment": one["id"], "reason": "误发", **fields}
        assert await refused(money, "reversePayment", "leader", **given) == [reason]
    entry = await done(money, "reversePayment", "leader", payment=one["id"], reason="误发，已退回")
    assert (entry["kind"], entry["amount"], entry["state"]) == ("REVERSAL", "-540.00", "PAID")
    assert entry["reverses"] == {"id": one["id"]}
    again = {"payment": one["id"], "reason": "再次"}
    assert await refused(money, "reversePayment", "leader", **again) == ["PAYMENT_STATE payment"]
    assert await refused(money, "reversePayment", "leader", payment=entry["id"], reason="再次") == [
        "PAYMENT_STATE payment"
    ]
    anew = await prepared(money)  # both are due again
    assert (anew["count"], anew["amount"]) == (2, "1080.00")


async def test_what_preparing_refuses(money: MoneyCity) -> None:
    await money.award(0)
    good = {"programme": DIBAO, "division": CITY, "month": "2022-11-01"}
    for fields, reason in (
        ({"programme": "core.none"}, "PROGRAMME_UNKNOWN programme"),
        ({"programme": "core.once"}, "PROGRAMME_NOT_MONTHLY programme"),
        ({"division": NEIGHBOUR}, "FORBIDDEN_SCOPE division"),
        ({"month": "2022-11-02"}, "MONTH_INVALID month"),
        ({"month": "2023-01-01"}, "DATE_FUTURE month"),
        ({"backTo": "2022-11-01"}, "DATE_ORDER backTo"),
        ({"backTo": "2019-10-01"}, "DATE_ORDER backTo"),
        ({"month": "2022-10-01"}, "PAYMENTS_NOTHING month"),
    ):
        assert await refused(money, "preparePaymentBatch", **{**good, **fields}) == [reason]
    province = {**good, "division": "410000000000"}
    assert await refused(money, "preparePaymentBatch", "nation officer", **province) == [
        "PAYMENT_DIVISION division"
    ]
    for caller in ("town", "auditor", "nobody"):
        assert await refused(money, "preparePaymentBatch", caller, **good) == ["FORBIDDEN"]
    dry = await prepared(money, dryRun=True)
    assert dry["heldCount"] == 1
    assert await rows(money) == []
    first = await prepared(money, idempotencyKey="k")
    assert (await prepared(money, idempotencyKey="k"))["id"] == first["id"]


LISTS = """query L($id: ID!) { payments { totalCount edges { node { id amount state programme { name } person { id }
  batch { id } account { number } } } } paymentBatches { totalCount edges { node { id amount
  payments { totalCount } } } } recoveries { totalCount }
  person(id: $id) { payments { totalCount edges { node { number amount forMonth } } }
  recoveries { totalCount } bankAccounts { holder bank number openedOn } } }"""


async def test_who_sees_payments_on_both_paths(money: MoneyCity) -> None:
    await money.award(0)
    await money.award(3)
    await accounts(money, 0, 3)
    await sent(money)
    counts = {}
    for caller in money.callers:
        answer, explain = await money.both(LISTS, caller, variables={"id": money.city.person(0)})
        assert "errors" not in answer, answer["errors"]
        assert explain["statementCount"] == 1 or caller.startswith("unmasking")
        data = answer["data"]
        counts[caller] = (data["payments"]["totalCount"], data["paymentBatches"]["totalCount"])
        person = data["person"]
        if caller in ("auditor", "nobody", "village"):
            assert person is None or (person["payments"]["totalCount"], person["bankAccounts"]) == (0, [])
        if caller == "unmasking":
            assert person["bankAccounts"][0]["number"] == NUMBER.format(0)
        if caller == "city":
            assert person["bankAccounts"][0]["number"] == f"{'*' * 15}0000"
    assert counts["city"] == counts["nation"] == counts["leader"] == (2, 1)
    assert counts["town"] == (1, 0)
    assert counts["other town"] == (1, 0)
    for caller in ("village", "auditor", "nobody"):
        assert counts[caller] == (0, 0)
    # With the programme's permission alone, or that to payments alone, nothing is seen.
    for caller in ("programme only", "payments only"):
        assert counts[caller] == (0, 0), caller


async def test_bank_accounts(money: MoneyCity) -> None:
    good = {"person": money.city.person(0), "number": "6217 0000-0000 0001", "bank": "示范农商行"}
    made = await done(money, "setBankAccount", "town", **good)
    assert (made["number"], made["holder"]) == ("************0001", "张三丰")
    for fields, reason in (
        ({"number": "1234567"}, "ACCOUNT_FORMAT number"),
        ({"number": "6217OOOO00000001"}, "ACCOUNT_FORMAT number"),
        ({"bank": ""}, "TEXT_LENGTH bank"),
        ({"holder": "1"}, "NAME_FORMAT holder"),
        ({"person": money.city.person(6)}, "NOT_FOUND person"),
    ):
        assert await refused(money, "setBankAccount", **{**good, **fields}) == [reason]
    assert await refused(money, "setBankAccount", "leader", **good) == ["FORBIDDEN"]
    other = await done(money, "setBankAccount", **{**good, "number": "62170000000000029"})
    query = "query B($id: ID!) { person(id: $id) { bankAccounts { id } } }"
    answer, _ = await money.both(query, variables={"id": money.city.person(0)})
    assert answer["data"]["person"]["bankAccounts"] == [{"id": other["id"]}]
    async with money.database.reading() as session:
        entries = (
            await session.scalars(select(AuditEntry).where(AuditEntry.action == "bank_account.set"))
        ).all()
        assert len(entries) == 2
        assert "6217" not in str([entry.details for entry in entries])
