"""Payments under two officers, two processes, and one that is killed: on real connections to PostgreSQL."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from core.codes.sets import Gender, IdType
from core.db import Database
from core.entitlements.service import NewEntitlement, award_many
from core.errors import Refused
from core.payments.codes import PaymentState, RecoveryCause
from core.payments.corrections import reverse_item
from core.payments.models import Payment, PaymentBatch
from core.payments.preparing import prepare
from core.payments.reconciling import Outcome, reconcile
from core.payments.recoveries import RECOVERIES, propose, repay
from core.payments.workflow import PAYMENTS
from core.persons.models import Person
from core.persons.service import NewPerson, register
from core.workflow.service import advance
from tests.conftest import Postgres
from tests.schema.money_city import DESTITUTE, DIBAO, MONTH, MoneyCity, money_city
from tests.schema.paying import accounts, paid, prepare_directly, prepared, rows, sent
from tests.schema.small_city import CITY, EAST_VILLAGE

HERE = Path(__file__).parents[2]
PEOPLE = 400

PREPARE = """
import asyncio, sys
from core.access.service import system
from core.clock import Clock
from core.db import Database
from core.errors import Refused
from core.payments import preparing, selecting
from core.vault import Keyring, Vault
from core.work import Work
from tests.schema.money_city import DIBAO, MONTH, TODAY, declared
from tests.schema.small_city import CITY

async def stop(*_):
    print("half-way", flush=True)
    await asyncio.sleep(600)

async def main(url, how):
    database, host, vault = Database(url), declared(), Vault(Keyring.fresh())
    if how == "die":
        preparing.selecting.recount = stop
    try:
        async with database.writing() as session:
            work = Work(session, system(host.permissions), Clock(TODAY), vault, host)
            batch = await preparing.prepare(work, DIBAO, CITY, MONTH)
            print(batch.items + batch.held, flush=True)
    except Refused as refused:
        print(refused.code.code, flush=True)
    await database.close()
asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
async def money(postgres: Postgres, tmp_path: Path) -> AsyncIterator[MoneyCity]:
    async with postgres.migrated(()) as url:
        database = Database(url)
        async with money_city(database, url, tmp_path) as made:
            yield made
        await database.close()


async def crowd(money: MoneyCity, count: int = PEOPLE) -> None:
    """So many people on dibao."""
    news = [
        NewPerson(
            name="居民",
            id_type=IdType.NONE,
            gender=Gender.FEMALE,
            birth_date=date(1950, 1, 1),
            residence_division=EAST_VILLAGE,
            registered_division=EAST_VILLAGE,
        )
        for _ in range(count)
    ]
    async with money.work() as work:
        people = await register(work, news)
        entitled = [
            NewEntitlement(programme=DIBAO, payee=person, amount=Decimal("123.45"), first=MONTH)
            for person in people
        ]
        await award_many(work, entitled)


async def process(money: MoneyCity, how: str) -> asyncio.subprocess.Process:
    url = money.database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    command = [sys.executable, "-c", PREPARE, url, how]
    return await asyncio.create_subprocess_exec(*command, cwd=HERE, stdout=asyncio.subprocess.PIPE)


async def counted(money: MoneyCity) -> tuple[int, int, int]:
    """Batches, payments, and persons who are paid."""
    async with money.database.reading() as session:
        batches = await session.scalar(select(func.count()).select_from(PaymentBatch))
        count, persons = (
            await session.execute(select(func.count(), func.count(Payment.person_id.distinct())))
        ).one()
        return batches or 0, count, persons


async def test_two_processes_prepare_the_same_batch(money: MoneyCity) -> None:
    await crowd(money)
    running = [await process(money, "whole") for _ in range(2)]
    answers = [(await each.communicate())[0].decode().split() for each in running]
    assert answers == [[str(PEOPLE)], [str(PEOPLE)]]
    assert await counted(money) == (1, PEOPLE, PEOPLE)


async def test_a_process_is_killed_half_way(money: MoneyCity) -> None:
    await crowd(money)
    dying = await process(money, "die")
    assert dying.stdout is not None
    assert await dying.stdout.readline() == b"half-way\n"
    dying.send_signal(signal.SIGKILL)
    assert await dying.wait() == -signal.SIGKILL
    assert await counted(money) == (0, 0, 0)  # nothing is half written
    batch = await asyncio.wait_for(prepare_directly(money), 30)  # and nothing is locked any more
    assert batch.items + batch.held == PEOPLE
    assert await counted(money) == (1, PEOPLE, PEOPLE)


async def test_two_officers_prepare_at_once(money: MoneyCity) -> None:
    await crowd(money, 50)

    async def one(caller: str) -> None:
        async with money.work(caller) as work:
            await prepare(work, DIBAO, CITY, MONTH)

    done = await asyncio.gather(
        *(one(caller) for caller in ("city", "second", "third", "city")), return_exceptions=True
    )
    assert [error for error in done if error is not None] == []
    assert await counted(money) == (1, 50, 50)


async def test_exclusive_programmes_prepared_at_once(money: MoneyCity) -> None:
    for person in (0, 3, 4):
        await money.award(person)
        await money.award(person, "819.00", DESTITUTE)
    await accounts(money, 0, 3, 4)
    await asyncio.gather(prepared(money), prepared(money, "second", programme=DESTITUTE))
    assert {row.state for row in await rows(money)} == {PaymentState.HELD}


async def test_one_item_is_reversed_once(money: MoneyCity) -> None:
    from tests.schema.paying import done, items

    await money.award(0)
    await accounts(money, 0)
    out = await sent(money)
    await done(money, "reconcilePaymentBatch", batch=out["id"], items=[paid(items(out)[1])])
    (row,) = await rows(money)

    async def reverse() -> str:
        try:
            async with money.work() as work:
                item = await work.session.get_one(Payment, row.id)
                await reverse_item(work, item, "误发")
        except Refused as refused:
            return refused.code.code
        return "done"

    answers = await asyncio.gather(*(reverse() for _ in range(8)))
    assert answers.count("done") == 1
    assert set(answers) <= {"done", "PAYMENT_STATE", "CONFLICT"}
    assert sum(item.amount for item in await rows(money)) == 0


async def test_two_answers_of_the_bank_at_once(money: MoneyCity) -> None:
    from tests.schema.paying import items

    await money.award(0)
    await accounts(money, 0)
    out = await sent(money)
    assert items(out)[1]["state"] == "SENT"

    async def answer(was_paid: bool) -> str:
        try:
            async with money.work() as work:
                batch = (await work.session.scalars(select(PaymentBatch))).one()
                day, reason = (work.clock.today(), None) if was_paid else (None, "账号有误")
                outcome = Outcome(
                    number=1, amount=Decimal("540.00"), paid=was_paid, paid_on=day, reason=reason
                )
                await reconcile(work, batch, [outcome])
        except Refused as refused:
            return refused.code.code
        except Exception as error:
            return type(error).__name__
        return "done"

    answers = await asyncio.gather(*(answer(bool(i % 2)) for i in range(6)))
    assert set(answers) <= {"done", "CONFLICT", "Refusals", "STATE_INVALID"}
    assert "done" in answers
    (row,) = await rows(money)
    assert row.state in (PaymentState.PAID, PaymentState.BOUNCED)


async def test_no_more_is_repaid_than_is_owed(money: MoneyCity) -> None:
    from core.entitlements.service import end
    from tests.schema.paying import done, items

    made = await money.award(0, "100.00")
    await accounts(money, 0)
    out = await sent(money)
    await done(money, "reconcilePaymentBatch", batch=out["id"], items=[paid(items(out)[1])])
    async with money.work() as work:
        await end(work, made.award_id, MONTH)

    async def ask() -> str:
        try:
            async with money.work() as work:
                person = await work.session.get_one(Person, money.person(0).id)
                await propose(work, DIBAO, person, MONTH, date(2022, 12, 1), RecoveryCause.OFFICE_ERROR)
        except Refused as refused:
            return refused.code.code
        return "done"

    answers = await asyncio.gather(*(ask() for _ in range(4)))
    assert answers.count("done") == 1
    assert set(answers) <= {"done", "CONFLICT", "RECOVERY_NOTHING"}
    async with money.work("leader") as work:
        row = (await work.session.scalars(select(RECOVERIES.model))).one()
        await advance(work, RECOVERIES, row, "decide")

    async def pay() -> str:
        try:
            async with money.work() as work:
                row = (await work.session.scalars(select(RECOVERIES.model))).one()
                await repay(work, row, Decimal("30.00"))
        except Refused as refused:
            return refused.code.code
        return "done"

    answers = await asyncio.gather(*(pay() for _ in range(10)))
    assert answers.count("done") <= 3
    assert set(answers) <= {"done", "REPAYMENT_EXCESS", "CONFLICT", "STATE_INVALID"}
    async with money.database.reading() as session:
        row = (await session.scalars(select(RECOVERIES.model))).one()
        assert row.repaid == Decimal("30.00") * answers.count("done")
        total = await session.scalar(text("select sum(amount) from core_recovery_repayment"))
        assert total == row.repaid


async def test_the_database_itself_pays_nobody_twice(money: MoneyCity) -> None:
    """Past all services: a second live payment of a month does not fit."""
    from sqlalchemy.exc import IntegrityError
    from sqlalchemy.ext.asyncio import AsyncSession

    await money.award(0)
    await prepare_directly(money)
    columns = ", ".join(c.name for c in Payment.__table__.c if c.name not in ("id", "number"))
    copy = text(
        f"INSERT INTO core_payment (id, number, {columns}) SELECT gen_random_uuid(), 99, {columns} FROM core_payment"
    )
    async with AsyncSession(money.database.write_engine) as session:
        with pytest.raises(IntegrityError, match="uq_core_payment_live"):
            await session.execute(copy)
    assert PAYMENTS.initial == "PREPARED"
