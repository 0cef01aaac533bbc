"""Whatever is done in whatever order, the cents agree: items, batches, months, and what is asked back."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.codes.months import months_between
from core.dated import ALWAYS, holds
from core.db import Database
from core.entitlements.models import Entitlement
from core.entitlements.service import change
from core.errors import Refusals, Refused
from core.payments.accounts import set_account
from core.payments.codes import PaymentKind, PaymentState, RecoveryCause
from core.payments.corrections import cancel_item, reverse_item
from core.payments.models import Payment, PaymentBatch
from core.payments.preparing import prepare
from core.payments.reconciling import Outcome, reconcile
from core.payments.recoveries import propose
from core.payments.workflow import PAYMENTS
from core.persons.models import Person
from core.workflow.service import advance
from tests.schema.money_city import DIBAO, MoneyCity, money_city
from tests.schema.small_city import CITY, TODAY

FIRST, LAST, END = date(2022, 9, 1), date(2022, 11, 1), date(2022, 12, 1)
PEOPLE = (0, 3, 4)
_CENTS = st.decimals("0.01", "9999.99", places=2)
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("prepare"), st.sampled_from(list(months_between(FIRST, END)))),
        st.tuples(st.just("change"), st.tuples(st.sampled_from(range(3)), _CENTS)),
        st.tuples(st.sampled_from(["send", "cancel", "resend", "account"]), st.integers(0, 2)),
        st.tuples(st.sampled_from(["answer", "reverse", "drop"]), st.integers(0, 2**16)),
    ),
    min_size=4,
    max_size=12,
)


@pytest.fixture
async def money(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[MoneyCity]:
    async with money_city(database, database_url, tmp_path) as made:
        yield made


@dataclass
class Ledger:
    """One run of random steps over people of its own."""

    money: MoneyCity
    persons: list[Person]
    awards: list[Any] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    async def step(self, verb: str, value: Any) -> None:
        try:
            await getattr(self, verb)(value)
        except Refused as refused:
            self.refused.add(refused.code.code)
        except Refusals as several:
            self.refused.update(refused.code.code for refused in several.refusals)
        await self.check()

    async def prepare(self, month: date) -> None:
        async with self.money.work("city") as work:
            back = FIRST if month > FIRST else None
            await prepare(work, DIBAO, CITY, month, back_to=back)

    async def change(self, what: tuple[int, Decimal]) -> None:
        person, amount = what
        async with self.money.work() as work:
            await change(work, self.awards[person], amount=amount, since=FIRST)

    async def account(self, person: int) -> None:
        async with self.money.work() as work:
            row = await work.session.get_one(Person, self.persons[person].id)
            await set_account(work, row, f"62170000{person}{id(work) % 10**9:09d}", "示范银行")

    async def verb(self, state: str, caller: str, verb: str, **more: Any) -> None:
        """Move on every batch that is in a state, each by itself."""
        query = select(PaymentBatch.id).where(PaymentBatch.state == state).order_by(PaymentBatch.id)
        async with self.money.database.reading() as session:
            keys = (await session.scalars(query)).all()
        for key in keys:
            try:
                async with self.money.work(caller) as work:
                    batch = await work.session.get_one(PaymentBatch, key)
                    await advance(work, PAYMENTS, batch, verb, **more)
            except Refused as refused:
                self.refused.add(refused.code.code)

    async def send(self, _: int) -> None:
        await self.verb("PREPARED", "second", "review")
        await self.verb("REVIEWED", "leader", "approve")
        await self.verb("APPROVED", "city", "send")

    async def cancel(self, _: int) -> None:
        for state in ("PREPARED", "REVIEWED", "APPROVED"):
            await self.verb(state, "city", "cancel", reason="重来")

    async def resend(self, _: int) -> None:
        await self.verb("SENT", "city", "resend")

    async def answer(self, dice: int) -> None:
        async with self.money.work() as work:
            query = select(PaymentBatch).where(PaymentBatch.state == "SENT")
            for batch in (await work.session.scalars(query)).all():
                await reconcile(
                    work,
                    batch,
                    [
                        self.outcome(item, dice)
                        for item in await self.items(SENT)
                        if item.batch_id == batch.id
                    ],
                )

    def outcome(self, item: Payment, dice: int) -> Outcome:
        was_paid = bool(dice >> (item.number % 16) & 1)
        more: dict[str, Any] = {"paid_on": TODAY} if was_paid else {"reason": "账号有误"}
        return Outcome(number=item.number, amount=item.amount, paid=was_paid, **more)

    async def reverse(self, dice: int) -> None:
        found = [item for item in await self.items(PAID) if item.live]
        if found:
            async with self.money.work() as work:
                item = await work.session.get_one(Payment, found[dice % len(found)].id)
                await reverse_item(work, item, "误发")

    async def drop(self, dice: int) -> None:
        found = await self.items(BOUNCED)
        if found:
            async with self.money.work() as work:
                item = await work.session.get_one(Payment, found[dice % len(found)].id)
                await cancel_item(work, item, "无需再付")

    async def items(self, *states: PaymentState) -> list[Payment]:
        async with self.money.database.reading() as session:
            query = select(Payment).order_by(Payment.id)
            query = query.where(Payment.state.in_(states)) if states else query
            return list(await session.scalars(query))

    async def dues(self) -> dict[tuple[Any, date], Decimal]:
        found: dict[tuple[Any, date], Decimal] = {}
        async with self.money.database.reading() as session:
            for month in months_between(FIRST, END):
                for row in await session.scalars(
                    select(Entitlement).where(holds(Entitlement, month, ALWAYS))
                ):
                    found[row.person_id, month] = row.amount
        return found

    async def check(self) -> None:
        """The invariants that hold after every step."""
        items = await self.items()
        regular: dict[Any, int] = defaultdict(int)
        for item in items:
            regular[item.person_id, item.for_month] += item.live and item.kind is PaymentKind.REGULAR
        assert max(regular.values(), default=0) <= 1
        async with self.money.database.reading() as session:
            batches = list(await session.scalars(select(PaymentBatch)))
        for batch in batches:
            self.check_batch(batch, [item for item in items if item.batch_id == batch.id])
        net = self.net(items)
        assert min(net.values(), default=Decimal(0)) >= 0
        for item in items:
            opposite = [other for other in items if other.reverses_id == item.id]
            assert [other.amount for other in opposite] in ([], [-item.amount])

    def check_batch(self, batch: PaymentBatch, items: list[Payment]) -> None:
        def total(*states: PaymentState) -> tuple[int, Decimal]:
            mine = [i.amount for i in items if i.state in states and i.kind is not PaymentKind.REVERSAL]
            return len(mine), sum(mine, Decimal(0))

        assert (batch.items, batch.amount) == total(PLANNED, SENT, PAID, BOUNCED)
        assert (batch.held, batch.held_amount) == total(PaymentState.HELD)
        assert (batch.paid, batch.paid_amount) == total(PAID)
        assert (batch.bounced, batch.bounced_amount) == total(BOUNCED)
        assert len({item.number for item in items}) == len(items)

    def net(self, items: list[Payment]) -> dict[tuple[Any, date], Decimal]:
        """What each has in hand for each month."""
        found: dict[tuple[Any, date], Decimal] = defaultdict(Decimal)
        for item in items:
            if item.state is PAID:
                found[item.person_id, item.for_month] += item.amount
        return found

    async def settle(self) -> None:
        """Pay all that is due: everybody then has what is due, or more where it was overpaid before."""
        for person in range(3):
            await self.step("account", person)
        for _ in range(2):
            for step, value in (
                ("resend", 0),
                ("answer", -1),
                ("cancel", 0),
                ("prepare", LAST),
                ("send", 0),
                ("answer", -1),
            ):
                await self.step(step, value)

    async def recover(self) -> None:
        """What is asked back is what is in hand beyond what is due, to the cent."""
        net, dues = self.net(await self.items()), await self.dues()
        excess = sum((max(net[key] - due, Decimal(0)) for key, due in dues.items()), Decimal(0))
        asked = Decimal(0)
        for person in self.persons:
            try:
                async with self.money.work() as work:
                    row = await work.session.get_one(Person, person.id)
                    asked += (await propose(work, DIBAO, row, FIRST, END, RecoveryCause.OFFICE_ERROR)).amount
            except Refused as refused:
                self.refused.add(refused.code.code)
        assert asked == excess


PLANNED, SENT, PAID, BOUNCED = (
    PaymentState.PLANNED,
    PaymentState.SENT,
    PaymentState.PAID,
    PaymentState.BOUNCED,
)


async def test_any_order_of_steps_keeps_the_cents(money: MoneyCity) -> None:
    ledger = Ledger(money, [money.person(i) for i in PEOPLE])
    for person in PEOPLE:
        ledger.awards.append((await money.award(person, "540.00", first=FIRST)).award_id)

    async def run(steps: list[tuple[str, Any]]) -> None:
        for verb, value in steps:
            await ledger.step(verb, value)
        await ledger.settle()
        net, dues = ledger.net(await ledger.items()), await ledger.dues()
        assert all(net[key] >= due for key, due in dues.items())

    loop = asyncio.get_running_loop()

    # One ledger goes on through all examples: each begins where the last one ended.
    @settings(max_examples=8)
    @given(_STEPS)
    def examples(steps: list[tuple[str, Any]]) -> None:
        asyncio.run_coroutine_threadsafe(run(steps), loop).result(300)

    await asyncio.to_thread(examples)
    await ledger.recover()
    unexpected = ledger.refused - {"PAYMENTS_NOTHING", "STATE_INVALID", "RECOVERY_NOTHING", "PAYMENT_STATE"}
    assert not unexpected
