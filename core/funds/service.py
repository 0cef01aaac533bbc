"""Moving the money of funds. The balance is never below nothing, whoever withdraws at the same moment (domain 2).

Each movement is one conditional UPDATE of the fund, whose row lock numbers and orders the entries.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import func, select, update

from core.db import Money, new_id
from core.divisions.service import by_code, check_in_force
from core.errors import Refused
from core.funds.declared import FundKind
from core.funds.models import Fund, FundEntry, FundEntryKind
from core.funds.refusals import (
    FUND_EMPTY,
    FUND_EXISTS,
    FUND_INSUFFICIENT,
    FUND_KIND_UNKNOWN,
    FUND_RETURN_EXCESS,
    FUND_SUBJECT_MISSING,
    FUND_YEAR,
)
from core.ids import typed
from core.money import CENT, NOTHING, check_amount
from core.placed import place
from core.texts import check_text
from core.work import Work

FUND = "fund"  # the id prefix
_IN = (FundEntryKind.ALLOCATE, FundEntryKind.REPLENISH)


@dataclass(frozen=True, kw_only=True)
class Movement:
    """What moves a fund.

    Attributes:
        subject: the typed id of what it is for; a DISBURSE needs one. on: the day; today by default.
    """

    kind: FundEntryKind
    amount: Decimal
    on: date | None = None
    subject: str | None = None
    reason: str | None = None


def kind_of(work: Work, name: str) -> FundKind:
    """The declaration of a kind of fund.

    Raises:
        Refused: FUND_KIND_UNKNOWN.
    """
    book = work.host.book(FundKind)
    found = book.get(name)
    if found is None:
        known = ", ".join(kind.name for kind in book) or "–"
        raise Refused(FUND_KIND_UNKNOWN, ("kind",), name=name[:80], known=known)
    return found


async def allocate(
    work: Work,
    kind: str,
    division: str,
    year: int,
    amount: Decimal,
    *,
    on: date | None = None,
    reason: str | None = None,
) -> Fund:
    """Set up the fund of a holder for a year, with its first money.

    Raises:
        Refused: FUND_KIND_UNKNOWN, FORBIDDEN, FORBIDDEN_SCOPE, DIV_UNKNOWN, DIV_INACTIVE, FUND_EXISTS, and as `move`.
    """
    declared = kind_of(work, kind)
    work.require_within(declared.allocate, division, field=("division",))
    day = on or work.clock.today()
    check_in_force((await by_code(work.session, [division])).get(division), division, day)
    known = select(Fund.id).where(Fund.kind == kind, Fund.division == division, Fund.year == year)
    if (await work.session.scalar(known)) is not None:
        raise Refused(FUND_EXISTS, ("year",), year=year)
    nothing = {"balance": NOTHING, "allocated": NOTHING, "disbursed": NOTHING, "reclaimed": NOTHING}
    fund = Fund(
        id=new_id(),
        kind=kind,
        year=year,
        read=declared.read,
        entries=0,
        created_at=work.now,
        **nothing,
        **place(division),
    )
    work.session.add(fund)
    await work.flush()
    await _move(work, fund, Movement(kind=FundEntryKind.ALLOCATE, amount=amount, on=on, reason=reason))
    return fund


async def replenish(work: Work, fund: Fund, amount: Decimal, **more: Any) -> FundEntry:
    """Put more money into a fund.

    Raises:
        Refused: as `move`.
    """
    return await move(work, fund, Movement(kind=FundEntryKind.REPLENISH, amount=amount, **more))


async def reclaim(work: Work, fund: Fund, amount: Decimal | None = None, **more: Any) -> FundEntry:
    """Take money out of a fund again; at the end of the year all that is left of it (domain 2).

    Raises:
        Refused: as `move`; FUND_EMPTY.
    """
    _require(work, fund, FundEntryKind.RECLAIM)
    await work.session.refresh(fund, with_for_update=True)
    if amount is None and fund.balance == 0:
        raise Refused(FUND_EMPTY, ("fund",))
    left = fund.balance if amount is None else amount
    return await move(work, fund, Movement(kind=FundEntryKind.RECLAIM, amount=left, **more))


async def move(work: Work, fund: Fund, movement: Movement) -> FundEntry:
    """Let money into or out of a fund. Plugins disburse and return with it, for what they say in `subject`.

    Raises:
        Refused: FORBIDDEN, FORBIDDEN_SCOPE, MONEY_AMOUNT, FUND_INSUFFICIENT, FUND_SUBJECT_MISSING, FUND_RETURN_EXCESS,
            FUND_YEAR, DATE_FUTURE, TEXT_LENGTH.
    """
    _require(work, fund, movement.kind)
    return await _move(work, fund, movement)


def _require(work: Work, fund: Fund, kind: FundEntryKind) -> None:
    declared = kind_of(work, fund.kind)
    inner = kind in (FundEntryKind.DISBURSE, FundEntryKind.RETURN)
    work.require_within(declared.disburse if inner else declared.allocate, fund.division)


async def _move(work: Work, fund: Fund, movement: Movement) -> FundEntry:
    amount = check_amount(movement.amount, "amount")
    day = _day(work, fund, movement)
    reason = movement.reason and check_text(movement.reason, 400, ("reason",))
    await work.flush()
    number, balance = await _change(work, fund, movement.kind, amount)
    if movement.kind is FundEntryKind.RETURN:  # afterwards: the fund's row is ours alone now
        await _refuse_excess(work, fund, movement.subject, amount)
    entry = FundEntry(
        id=new_id(),
        fund_id=fund.id,
        number=number,
        kind=movement.kind,
        amount=amount,
        balance=balance,
        on=day,
        subject=movement.subject,
        reason=reason or None,
        actor=work.principal.subject,
        recorded_at=work.now,
        read=fund.read,
        **place(fund.division),
    )
    work.session.add(entry)
    details = {"kind": movement.kind.name, "fund": fund.kind, "number": number}
    work.audit("fund.moved", typed(FUND, fund.id), district=fund.district, details=details)
    await work.flush()
    await work.session.refresh(fund)
    return entry


def _day(work: Work, fund: Fund, movement: Movement) -> date:
    day = movement.on or work.clock.today()
    work.refuse_future(day, "on")
    kinds = FundEntryKind
    if movement.kind in (kinds.DISBURSE, kinds.RETURN) and not movement.subject:
        raise Refused(FUND_SUBJECT_MISSING, ("subject",))
    # What is returned or reclaimed may come after the year.
    if movement.kind in (*_IN, kinds.DISBURSE) and day.year != fund.year:
        raise Refused(FUND_YEAR, ("on",), year=fund.year)
    return day


async def _change(work: Work, fund: Fund, kind: FundEntryKind, amount: Decimal) -> tuple[int, Decimal]:
    """The one statement that moves money: it waits for whoever is before, and sees what they left."""
    sums = {
        "allocated": amount if kind in _IN else NOTHING,
        "disbursed": {"DISBURSE": amount, "RETURN": -amount}.get(kind.name, NOTHING),
        "reclaimed": amount if kind is FundEntryKind.RECLAIM else NOTHING,
    }
    changes = {name: getattr(Fund, name) + change for name, change in sums.items() if change}
    enough = [Fund.balance >= amount] if kind.sign < 0 else []
    statement = (
        update(Fund)
        .where(Fund.id == fund.id, *enough)
        .values(balance=Fund.balance + kind.sign * amount, entries=Fund.entries + 1, **changes)
        .returning(Fund.entries, Fund.balance)
        .execution_options(synchronize_session=False)
    )
    found = (await work.session.execute(statement)).first()
    if found is None:
        await work.session.refresh(fund)
        raise Refused(FUND_INSUFFICIENT, ("amount",), balance=fund.balance, amount=amount)
    return found[0], found[1]


async def _refuse_excess(work: Work, fund: Fund, subject: str | None, amount: Decimal) -> None:
    """No more comes back than went out for the same thing."""

    def total(kind: FundEntryKind) -> Any:
        mine = (FundEntry.fund_id == fund.id, FundEntry.subject == subject, FundEntry.kind == kind)
        return select(func.coalesce(func.sum(FundEntry.amount, type_=Money), 0, type_=Money)).where(*mine)

    out = await work.session.scalar(total(FundEntryKind.DISBURSE))
    back = await work.session.scalar(total(FundEntryKind.RETURN))
    if out - back < amount:
        raise Refused(FUND_RETURN_EXCESS, ("amount",), amount=out - back)


def utilisation(disbursed: Decimal, allocated: Decimal) -> Decimal | None:
    """What was used of a fund, in percent with two places; None of nothing (domain 2: 6500 of 50000 is 13.00)."""
    if not allocated:
        return None
    return (disbursed * 100 / allocated).quantize(CENT, ROUND_HALF_UP)
