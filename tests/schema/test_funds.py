"""Funds: their sums, their refusals, and 200 who withdraw at once, from two processes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.db import Database, Money
from core.errors import Refused
from core.funds.models import Fund, FundEntry
from core.funds.models import FundEntryKind as Kind
from core.funds.service import Movement, allocate, move, reclaim, utilisation
from tests.conftest import Postgres
from tests.schema.asking import audited
from tests.schema.money_city import RESERVE, MoneyCity, money_city
from tests.schema.small_city import CITY, EAST, NEIGHBOUR

HERE = Path(__file__).parents[2]


@pytest.fixture
async def money(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[MoneyCity]:
    async with money_city(database, database_url, tmp_path) as made:
        yield made


async def fund_of(money: MoneyCity, amount: str = "50000", division: str = EAST) -> Fund:
    async with money.work() as work:
        return await allocate(work, RESERVE, division, 2022, Decimal(amount))


async def moved(money: MoneyCity, fund: Fund, kind: Kind, amount: str, **more: Any) -> FundEntry:
    async with money.work(more.pop("by", None)) as work:
        row = await work.session.get_one(Fund, fund.id)
        return await move(work, row, Movement(kind=kind, amount=Decimal(amount), **more))


async def refusal(call: Any) -> str:
    with pytest.raises(Refused) as caught:
        await call
    return " ".join([caught.value.code.code, *caught.value.field])


FUNDS = """{ funds { totalCount edges { node { id kind { name title plugin } holder { code } year balance allocated
  disbursed reclaimed utilisation entries { totalCount edges { node {
    number kind amount balance on subject reason actor } } } } } } }"""


async def test_the_figures_of_the_domain(money: MoneyCity) -> None:
    fund = await fund_of(money)
    for amount in ("2000", "1500", "3000"):
        await moved(money, fund, Kind.DISBURSE, amount, subject="relief_1", reason="火灾")
    answer, explain = await money.both(FUNDS, "town")
    assert explain["planned"]
    assert explain["statementCount"] == 1
    (edge,) = answer["data"]["funds"]["edges"]
    node = edge["node"]
    assert (node["balance"], node["utilisation"]) == ("43500.00", "13.00")
    assert node["kind"] == {"name": RESERVE, "title": "Reserve", "plugin": "core"}
    kinds = [(e["node"]["number"], e["node"]["kind"], e["node"]["balance"]) for e in node["entries"]["edges"]]
    assert kinds == [
        (4, "DISBURSE", "43500.00"),
        (3, "DISBURSE", "46500.00"),
        (2, "DISBURSE", "48000.00"),
        (1, "ALLOCATE", "50000.00"),
    ]
    hidden = {"other town", "two places", "village", "auditor", "nobody", "payments only"}
    for caller in money.callers:
        answer, _ = await money.both(FUNDS, caller)
        shown = answer["data"]["funds"]["totalCount"]
        assert shown == (caller not in hidden), caller
    assert len(await audited(money, "fund.moved")) == 4


async def test_vector_24_and_other_refusals(money: MoneyCity) -> None:
    fund = await fund_of(money, "1000")
    out: dict[str, Any] = {"subject": "relief_1"}
    cases: list[tuple[Kind, str, dict[str, Any], str]] = [
        (Kind.DISBURSE, "1000.01", out, "FUND_INSUFFICIENT amount"),
        (Kind.DISBURSE, "1", {}, "FUND_SUBJECT_MISSING subject"),
        (Kind.DISBURSE, "0", out, "MONEY_AMOUNT amount"),
        (Kind.DISBURSE, "0.001", out, "MONEY_AMOUNT amount"),
        (Kind.DISBURSE, "1", {**out, "on": date(2022, 12, 1)}, "DATE_FUTURE on"),
        (Kind.DISBURSE, "1", {**out, "on": date(2021, 12, 31)}, "FUND_YEAR on"),
        (Kind.RETURN, "1", out, "FUND_RETURN_EXCESS amount"),
        (Kind.RECLAIM, "1000.01", {}, "FUND_INSUFFICIENT amount"),
        (Kind.REPLENISH, "1", {"by": "town"}, "FORBIDDEN"),
        (Kind.DISBURSE, "1", {**out, "by": "other town"}, "FORBIDDEN_SCOPE"),
        (Kind.DISBURSE, "1", {**out, "by": "auditor"}, "FORBIDDEN"),
        (Kind.DISBURSE, "1", {**out, "reason": "x" * 401}, "TEXT_LENGTH reason"),
    ]
    for kind, amount, more, reason in cases:
        assert await refusal(moved(money, fund, kind, amount, **more)) == reason
    assert (await moved(money, fund, Kind.DISBURSE, "1000.00", by="town", **out)).balance == 0
    assert (await moved(money, fund, Kind.RETURN, "200.00", **out)).balance == 200
    assert await refusal(moved(money, fund, Kind.RETURN, "800.01", **out)) == "FUND_RETURN_EXCESS amount"
    async with money.work() as work:
        row = await work.session.get_one(Fund, fund.id)
        assert (await reclaim(work, row)).amount == 200
        assert await refusal(reclaim(work, row)) == "FUND_EMPTY fund"
        assert (row.balance, row.disbursed, row.reclaimed, row.allocated) == (0, 800, 200, 1000)


ALLOCATE = """mutation A($i: AllocateFundInput!) { allocateFund(input: $i) {
  fund { id balance } errors { code field } dryRun } }"""
VERB = """mutation V($i: %sFundInput!) { %sFund(input: $i) { fund { balance } errors { code field } } }"""


async def asked(money: MoneyCity, query: str, caller: str = "city", **fields: Any) -> Any:
    answer = await money.ask(query, caller, variables={"i": fields})
    assert "errors" not in answer, answer["errors"]
    found = next(iter(answer["data"].values()))
    return found["fund"] or [" ".join([e["code"], *e["field"][1:]]) for e in found["errors"]]


async def test_the_mutations(money: MoneyCity) -> None:
    good = {"kind": RESERVE, "division": EAST, "year": 2022, "amount": "100.10"}
    assert (await asked(money, ALLOCATE, **good, dryRun=True))["balance"] == "100.10"
    made = await asked(money, ALLOCATE, **good, idempotencyKey="a")
    assert await asked(money, ALLOCATE, **good, idempotencyKey="a") == made
    for fields, reason in (
        ({}, "FUND_EXISTS year"),
        ({"kind": "core.none"}, "FUND_KIND_UNKNOWN kind"),
        ({"division": NEIGHBOUR}, "FORBIDDEN_SCOPE division"),
        ({"division": CITY, "year": 2021}, "FUND_YEAR on"),
        ({"division": CITY, "amount": "-1"}, "MONEY_AMOUNT amount"),
    ):
        assert await asked(money, ALLOCATE, **{**good, **fields}) == [reason]
    assert await asked(money, ALLOCATE, "town", **good) == ["FORBIDDEN"]
    replenish, reclaim_ = VERB % ("Replenish", "replenish"), VERB % ("Reclaim", "reclaim")
    assert (await asked(money, replenish, fund=made["id"], amount="0.90"))["balance"] == "101.00"
    assert await asked(money, replenish, "other town", fund=made["id"], amount="1") == ["NOT_FOUND fund"]
    assert (await asked(money, reclaim_, fund=made["id"], amount="1"))["balance"] == "100.00"
    assert (await asked(money, reclaim_, fund=made["id"]))["balance"] == "0.00"


async def check_sums(database: Database, fund: Fund) -> Fund:
    """The entries, signed, are the balance; each says the balance that the ones before it left."""
    async with database.reading() as session:
        row = await session.get_one(Fund, fund.id)
        query = select(FundEntry).where(FundEntry.fund_id == fund.id).order_by(FundEntry.number)
        entries = (await session.scalars(query)).all()
    running = Decimal(0)
    for number, entry in enumerate(entries, 1):
        running += entry.kind.sign * entry.amount
        assert (entry.number, entry.balance) == (number, running)
        assert running >= 0
    assert (row.balance, row.entries) == (running, len(entries))
    return row


_MOVES = st.lists(
    st.tuples(st.sampled_from(list(Kind)[1:]), st.decimals("0.01", "99999.99", places=2)), max_size=12
)


async def test_any_order_of_movements_is_exact(money: MoneyCity) -> None:
    years, codes = iter(range(1960, 2022)), set[str]()

    async def run(first: Decimal, moves: list[tuple[Kind, Decimal]]) -> None:
        async with money.work() as work:
            year = next(years)
            fund = await allocate(work, RESERVE, EAST, year, first, on=date(year, 1, 1))
        for kind, amount in moves:
            more: dict[str, Any] = {} if kind in (Kind.REPLENISH, Kind.RECLAIM) else {"subject": "relief_1"}
            try:
                await moved(money, fund, kind, str(amount), on=date(fund.year, 6, 1), **more)
            except Refused as refused:
                codes.add(refused.code.code)
        row = await check_sums(money.database, fund)
        assert row.disbursed >= 0

    loop = asyncio.get_running_loop()

    @settings(max_examples=20)
    @given(st.decimals("0.01", "99999.99", places=2), _MOVES)
    def examples(first: Decimal, moves: list[tuple[Kind, Decimal]]) -> None:
        asyncio.run_coroutine_threadsafe(run(first, moves), loop).result(120)

    await asyncio.to_thread(examples)
    assert codes <= {"FUND_INSUFFICIENT", "FUND_RETURN_EXCESS"}


async def test_the_database_itself_refuses(money: MoneyCity) -> None:
    fund = await fund_of(money, "1")
    async with AsyncSession(money.database.write_engine) as session:
        row = await session.get_one(Fund, fund.id)
        row.balance, row.disbursed = Decimal("-0.01"), Decimal("1.01")
        with pytest.raises(IntegrityError):
            await session.flush()


def test_utilisation_is_rounded_half_up() -> None:
    assert utilisation(Decimal("6500"), Decimal("50000")) == Decimal("13.00")
    assert utilisation(Decimal("0.01"), Decimal("200")) == Decimal("0.01")  # 0.005 %
    assert utilisation(Decimal(0), Decimal(0)) is None


WITHDRAW = """
import asyncio, sys, uuid
from decimal import Decimal
from core.access.service import system
from core.clock import Clock
from core.db import Database
from core.errors import Refused
from core.funds.models import Fund, FundEntryKind
from core.funds.service import Movement, move
from core.vault import Keyring, Vault
from core.work import Work
from tests.schema.money_city import TODAY, declared

async def main(url, key, count):
    database, host, vault = Database(url), declared(), Vault(Keyring.fresh())
    gate = asyncio.Semaphore(10)
    async def one(i):
        async with gate:
            try:
                async with database.writing() as session:
                    work = Work(session, system(host.permissions), Clock(TODAY), vault, host)
                    fund = await session.get_one(Fund, uuid.UUID(key))
                    await move(work, fund, Movement(
                        kind=FundEntryKind.DISBURSE, amount=Decimal("7.31"), subject=f"relief_{i}"))
                return 1
            except Refused as refused:
                assert refused.code.code == "FUND_INSUFFICIENT", refused
                return 0
    print(sum(await asyncio.gather(*map(one, range(count)))))
    await database.close()
asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


async def test_two_hundred_withdraw_at_once_from_two_processes(postgres: Postgres, tmp_path: Path) -> None:
    async with postgres.migrated(()) as url:
        database = Database(url)
        async with money_city(database, url, tmp_path) as money:
            fund = await fund_of(money, "1000")
            command = [sys.executable, "-c", WITHDRAW, url, fund.id.hex, "100"]
            running = [
                await asyncio.create_subprocess_exec(*command, cwd=HERE, stdout=asyncio.subprocess.PIPE)
                for _ in range(2)
            ]
            answers = [await process.communicate() for process in running]
            assert [process.returncode for process in running] == [0, 0]
            done = sum(int(out) for out, _ in answers)
            assert done == 136  # 136 × 7.31 = 994.16; one more would overdraw
            row = await check_sums(database, fund)
            assert row.balance == Decimal("5.84")
            total = select(func.sum(FundEntry.amount, type_=Money)).where(FundEntry.kind == Kind.DISBURSE)
            async with database.reading() as session:
                assert await session.scalar(total) == Decimal("994.16")
        await database.close()
