"""What was corrected, announced or answered between the steps of a batch, through GraphQL, on both databases."""

from __future__ import annotations

from datetime import date

from sqlalchemy import update

from core.entitlements.service import end
from core.persons.models import Person
from tests.schema.money_city import MONTH, MoneyCity
from tests.schema.paying import accounts, approved, bounced, done, items, paid, prepared, refused, sent
from tests.schema.small_city import EAST
from tests.schema.test_recoveries import announced, money

__all__ = ["money"]  # a fixture


async def test_the_nearest_price_subsidy_is_paid(money: MoneyCity) -> None:
    await money.award(0)  # in EAST
    await money.award(3)  # in WEST
    await accounts(money, 0, 3)
    await announced(money, amount="10.00")
    await announced(money, division=EAST, amount="20.00")
    batch = await prepared(money, priceSubsidy=True)
    paid_to = {item["person"]["id"]: item["amount"] for item in items(batch).values()}
    assert paid_to == {money.city.person(0): "20.00", money.city.person(3): "10.00"}


async def test_no_price_subsidy_for_whom_it_is_not_due(money: MoneyCity) -> None:
    award = await money.award(0, covers=(0, 1, 2))
    await money.award(3)
    await accounts(money, 0, 3)
    await announced(money)
    async with money.work() as work:
        death = update(Person).where(Person.id == money.person(2).id).values(death_date=date(2022, 10, 9))
        await work.session.execute(death)
    batch = await prepared(money, priceSubsidy=True)
    assert (batch["count"], batch["heldCount"]) == (3, 1)  # a child who died before the month
    held = {item["heldReason"] for item in items(batch).values()}
    assert held == {None, "PERSON_DECEASED"}
    await approved(money, batch)
    async with money.work() as work:
        await end(work, award.award_id, MONTH)
    out = await done(money, "sendPaymentBatch", batch=batch["id"])
    assert (out["count"], out["heldCount"]) == (1, 3)


async def test_what_bounced_and_is_no_longer_due_is_not_sent_again(money: MoneyCity) -> None:
    award = await money.award(0)
    await money.award(3)
    await accounts(money, 0, 3)
    batch = await sent(money)
    found = items(batch)
    answer = [bounced(item) for item in found.values()]
    await done(money, "reconcilePaymentBatch", batch=batch["id"], items=answer)
    await accounts(money, 0, 3)
    async with money.work() as work:
        await end(work, award.award_id, MONTH)
    out = await done(money, "resendPaymentBatch", batch=batch["id"])
    states = {item["person"]["id"]: item["state"] for item in items(out).values()}
    assert states == {money.city.person(0): "BOUNCED", money.city.person(3): "SENT"}
    assert await refused(money, "resendPaymentBatch", batch=batch["id"]) == ["PAYMENTS_NOTHING batch"]


async def test_an_answer_to_an_earlier_file_does_not_bounce_what_was_sent_again(money: MoneyCity) -> None:
    await money.award(0)
    await accounts(money, 0)
    batch = await sent(money)
    (item,) = items(batch).values()
    first = [{**bounced(item), "file": 1}]
    await done(money, "reconcilePaymentBatch", batch=batch["id"], items=first)
    await accounts(money, 0)
    await done(money, "resendPaymentBatch", batch=batch["id"])
    late = await done(money, "reconcilePaymentBatch", batch=batch["id"], items=first)
    assert [found["state"] for found in items(late).values()] == ["SENT"]
    wrong = [{**paid(item), "file": 1}], [{**paid(item), "file": 3}]
    for answer, code in zip(wrong, ("PAYMENT_SETTLED", "PAYMENT_UNKNOWN"), strict=True):
        told = await refused(money, "reconcilePaymentBatch", batch=batch["id"], items=answer)
        assert told == [f"{code} items.0.number"]
    whole = [{**paid(item), "file": 2}]
    assert (await done(money, "reconcilePaymentBatch", batch=batch["id"], items=whole))[
        "state"
    ] == "RECONCILED"
