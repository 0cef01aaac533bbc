"""How the tests of payments ask."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from core.payments.accounts import set_account
from core.payments.models import Payment, PaymentBatch
from core.payments.preparing import prepare
from tests.schema.money_city import DIBAO, MONTH, MoneyCity
from tests.schema.small_city import CITY

NUMBER = "6217000000000{:06d}"

BATCH = """batch { id code state month payBy count amount heldCount heldAmount paidCount paidAmount bouncedCount
  bouncedAmount files version programme { name title } division { code } actions
  history { verb source target actor reason }
  payments(first: 100) { totalCount edges { node { id number kind state live heldReason amount forMonth paidOn sentOn
    bounceReason file reason person { id } payee { id } account { number holder bank } programme { name }
    reverses { number } reversal { number } } } } } errors { code field } dryRun"""
PAYMENT = (
    "payment { id number kind amount state forMonth paidOn reason reverses { id } } errors { code field }"
)
RECOVERY = """recovery { id state cause amount repaid owed person { id } programme { name } actions
  months { month paid due excess } repayments { amount on note } history { verb } } errors { code field }"""
ACCOUNT = "bankAccount { id holder bank number openedOn closedOn } errors { code field }"
_SELECTED = {
    "cancelPayment": PAYMENT,
    "reversePayment": PAYMENT,
    "setBankAccount": ACCOUNT,
    "reviewPaymentBatch": "batch { id state } errors { code field }",
    "approvePaymentBatch": "batch { id state } errors { code field }",
    "issuePaymentFile": "batch { id } name content errors { code field }",
}


def _document(verb: str) -> str:
    about = RECOVERY if "ecovery" in verb or verb == "recordRepayment" else BATCH
    selected = _SELECTED.get(verb, about)
    return f"mutation V($i: {verb[0].upper()}{verb[1:]}Input!) {{ {verb}(input: $i) {{ {selected} }} }}"


async def write(money: MoneyCity, verb: str, caller: str = "city", **fields: Any) -> Any:
    """The payload of one write."""
    answer = await money.ask(_document(verb), caller, variables={"i": fields})
    assert "errors" not in answer, answer["errors"]
    return answer["data"][verb]


async def done(money: MoneyCity, verb: str, caller: str = "city", **fields: Any) -> Any:
    payload = await write(money, verb, caller, **fields)
    assert payload["errors"] == [], payload
    return next(iter(payload.values()))


async def refused(money: MoneyCity, verb: str, caller: str = "city", **fields: Any) -> list[str]:
    payload = await write(money, verb, caller, **fields)
    assert next(iter(payload.values())) is None, payload
    return [" ".join([e["code"], ".".join(e["field"][1:])]).strip() for e in payload["errors"]]


async def accounts(money: MoneyCity, *persons: int) -> None:
    """Bank accounts of persons."""
    async with money.work() as work:
        for person in persons:
            await set_account(work, money.person(person), NUMBER.format(person), "示范农商行")


async def shown(money: MoneyCity, batch: str) -> Any:
    """A batch as it is, the same on both paths."""
    query = f"query B($id: ID!) {{ paymentBatch(id: $id) {{ {BATCH.split('{', 1)[1].rsplit('} errors', 1)[0]} }} }}"
    answer, _ = await money.both(query, variables={"id": batch})
    assert "errors" not in answer, answer["errors"]
    return answer["data"]["paymentBatch"]


async def prepared(money: MoneyCity, caller: str = "city", **fields: Any) -> Any:
    given = {"programme": DIBAO, "division": CITY, "month": MONTH.isoformat(), **fields}
    return await done(money, "preparePaymentBatch", caller, **given)


def items(batch: Any) -> dict[int, Any]:
    return {edge["node"]["number"]: edge["node"] for edge in batch["payments"]["edges"]}


async def approved(money: MoneyCity, batch: Any) -> Any:
    """Reviewed by a second officer and approved by the leader."""
    await done(money, "reviewPaymentBatch", "second", batch=batch["id"])
    return await done(money, "approvePaymentBatch", "leader", batch=batch["id"])


async def sent(money: MoneyCity, **fields: Any) -> Any:
    batch = await prepared(money, **fields)
    await approved(money, batch)
    return await done(money, "sendPaymentBatch", batch=batch["id"])


def paid(item: Any, on: str = "2022-11-30") -> dict[str, Any]:
    return {"number": item["number"], "amount": item["amount"], "result": "PAID", "paidOn": on}


def bounced(item: Any, reason: str = "账号有误") -> dict[str, Any]:
    return {"number": item["number"], "amount": item["amount"], "result": "BOUNCED", "reason": reason}


async def rows(money: MoneyCity) -> list[Payment]:
    async with money.database.reading() as session:
        return list(await session.scalars(select(Payment).order_by(Payment.for_month, Payment.number)))


async def prepare_directly(money: MoneyCity, month: date = MONTH, **more: Any) -> PaymentBatch:
    async with money.work() as work:
        return await prepare(work, DIBAO, CITY, month, **more)


def total(found: list[Payment]) -> Decimal:
    return sum((row.amount for row in found if row.live), Decimal("0.00"))
