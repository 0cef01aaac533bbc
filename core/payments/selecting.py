"""The statements that choose whom a batch pays, for all of them at once. Nothing here goes row by row.

What is due for a month is what the entitlements say of it now. What is paid or about to be is what the live
payments say. A payment is of the difference, so that nothing is paid twice, whatever is prepared or corrected when.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Text,
    Uuid,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    true,
    type_coerce,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.codes import division_code
from core.dated import ALWAYS, holds
from core.db import Money, new_id
from core.entitlements.exclusions import applies
from core.entitlements.models import BenefitExclusion, Entitlement, EntitlementPerson
from core.money import NOTHING
from core.payments.codes import HeldReason, PaymentKind, PaymentState
from core.payments.models import BankAccount, Payment, PaymentBatch
from core.persons.models import Person
from core.placed import LEVELS, below

MONTHLY = (PaymentKind.REGULAR, PaymentKind.BACK_PAY)
_STATES = Payment.state.type
_REASONS = Payment.held_reason.type


def new_ids(dialect: str) -> ColumnElement[uuid.UUID]:
    """A fresh UUIDv7 for each row of a statement, of this moment, made by the database."""
    now = new_id()
    if dialect == "postgresql":
        rest = func.substr(cast(func.gen_random_uuid(), Text), 16)
        return cast(literal(f"{str(now)[:14]}7", Text).op("||")(rest), Uuid)
    random = func.lower(func.hex(func.randomblob(16)))
    made = literal(f"{now.hex[:12]}7", Text).op("||")(func.substr(random, 14, 3))
    return type_coerce(made.op("||")("8").op("||")(func.substr(random, 18)), Uuid())


async def lock(session: AsyncSession, division: str) -> None:
    """Let one transaction at a time choose whom a district pays: each sees what the others have chosen.

    SQLite's writers are one at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        word = f"payments:{division_code.district(division)}"
        key = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], signed=True)
        await session.execute(select(func.pg_advisory_xact_lock(key)))


def inserting(dialect: str, model: Any) -> Any:
    """An INSERT that may leave out what is there already."""
    return postgresql.insert(model) if dialect == "postgresql" else sqlite.insert(model)


def within(row: Any, code: str) -> ColumnElement[bool]:
    """Rows with level columns in a division and all below it."""
    tier = division_code.tier(code)
    return below(row, tier, *((code,) if tier in LEVELS else division_code.code_range(code)))


def live_sum(row: Any, month: Any, apart: Any = None) -> ColumnElement[Any]:
    """What is paid or about to be paid of a programme to a person for a month, by other items than `apart`."""
    other = aliased(Payment)
    mine = (
        other.person_id == row.person_id,
        other.programme == row.programme,
        other.for_month == month,
        other.kind.in_(MONTHLY),
        other.live,
    )
    tests = [] if apart is None else [other.id != apart.id]
    total = select(func.coalesce(func.sum(other.amount, type_=Money), literal(NOTHING, Money)))
    return total.where(*mine, *tests).scalar_subquery()


def _count(row: Any, month: Any, kind: PaymentKind) -> ColumnElement[Any]:
    other = aliased(Payment)
    mine = (
        other.beneficiary_id == row.person_id,
        other.programme == row.programme,
        other.for_month == month,
        other.kind == kind,
    )
    return select(func.count()).select_from(other).where(*mine).scalar_subquery()


async def add_missing(
    session: AsyncSession, batch: PaymentBatch, month: date, kind: PaymentKind, now: Any
) -> int:
    """Plan what is due for a month and not paid or planned yet, and say for how many."""
    row = aliased(Entitlement)
    owed = type_coerce(row.amount - live_sum(row, month), Money)
    sequence = literal(0) if kind is PaymentKind.REGULAR else _count(row, month, kind)
    own = {"person_id": row.person_id, "sequence": sequence, "amount": owed}
    tests = [owed > literal(NOTHING, Money)]
    if kind is PaymentKind.REGULAR:
        tests.append(~_there(row.person_id, row.programme, month, kind))
    return await _insert(session, batch, row, {**_common(batch, month, kind, now), **own}, month, tests)


async def add_subsidies(
    session: AsyncSession, batch: PaymentBatch, amounts: Sequence[tuple[str, Decimal]], now: Any
) -> int:
    """Plan a price subsidy for each person covered in the month of a batch, to whoever is paid for them.

    Args:
        amounts: by division, the nearest first.
    """
    row, person = aliased(Entitlement), aliased(EntitlementPerson)
    month, kind = batch.month, PaymentKind.PRICE_SUBSIDY
    sums = [(within(row, code), literal(amount, Money)) for code, amount in amounts]
    amount = case(*sums, else_=literal(amounts[-1][1], Money))
    own = {"person_id": person.person_id, "sequence": literal(0), "amount": amount}
    tests = [
        person.award_id == row.award_id,
        person.covered.is_(True),
        holds(person, month, ALWAYS),
        ~_there(person.person_id, row.programme, month, kind),
    ]
    return await _insert(session, batch, row, {**_common(batch, month, kind, now), **own}, month, tests)


def _there(person: Any, programme: Any, month: date, kind: PaymentKind) -> ColumnElement[bool]:
    """Whether somebody has a live payment of a kind for a month."""
    other = aliased(Payment)
    mine = (other.person_id == person, other.programme == programme, other.for_month == month)
    return exists().where(*mine, other.kind == kind, other.live)


def _common(batch: PaymentBatch, month: date, kind: PaymentKind, now: Any) -> dict[str, Any]:
    return {
        "batch_id": literal(batch.id, Uuid()),
        "kind": literal(kind, Payment.kind.type),
        "for_month": literal(month, Payment.for_month.type),
        "state": literal(PaymentState.PLANNED, _STATES),
        "live": true(),
        "created_at": literal(now, Payment.created_at.type),
    }


async def _insert(
    session: AsyncSession,
    batch: PaymentBatch,
    row: Any,
    values: dict[str, Any],
    month: date,
    tests: Sequence[ColumnElement[bool]],
) -> int:
    """The one INSERT … SELECT over the entitlements of a batch that hold in a month.

    The index decides in the end: of two rows that would pay one person for one month, one is left out.
    """
    dialect, person = session.get_bind().dialect.name, values["person_id"]
    last = (
        select(func.coalesce(func.max(Payment.number), 0))
        .where(Payment.batch_id == batch.id)
        .scalar_subquery()
    )
    copied = ("programme", "award_id", "read", "district", "town", "division")
    whole = {
        **values,
        **{name: getattr(row, name) for name in copied},
        "id": new_ids(dialect),
        "number": func.row_number().over(order_by=(row.division, person)) + last,
        "payee_id": row.person_id,
        "account_id": _account(row.person_id),
        "beneficiary_id": person,
    }
    here = (row.programme == batch.programme, within(row, batch.division), holds(row, month, ALWAYS))
    query = select(*whole.values()).where(*here, *tests)
    statement = inserting(dialect, Payment).from_select(list(whole), query).on_conflict_do_nothing()
    done: Any = await session.execute(statement)
    return int(done.rowcount)


def due(item: Any) -> ColumnElement[Any]:
    """What the entitlements say of an item's person and month."""
    row = aliased(Entitlement)
    mine = (row.person_id == item.person_id, row.programme == item.programme)
    total = select(func.coalesce(func.sum(row.amount, type_=Money), literal(NOTHING, Money)))
    return total.where(*mine, holds(row, item.for_month, ALWAYS)).scalar_subquery()


def is_stale(item: Any) -> ColumnElement[bool]:
    """Items that are no longer what is due, less what others pay for the month; subsidies of who is not covered."""
    others, person = live_sum(item, item.for_month, item), aliased(EntitlementPerson)
    covered = exists().where(
        person.person_id == item.person_id,
        person.programme == item.programme,
        person.covered.is_(True),
        holds(person, item.for_month, ALWAYS),
    )
    return or_(
        and_(item.kind.in_(MONTHLY), type_coerce(due(item) - others, Money) != item.amount),
        and_(item.kind == PaymentKind.PRICE_SUBSIDY, ~covered),
    )


async def drop_stale(session: AsyncSession, batch: PaymentBatch) -> set[date]:
    """Cancel what waits in a batch and is no longer due as it stands, and say of which months it was.

    What is due instead is added anew.
    """
    waiting = (PaymentState.PLANNED, PaymentState.HELD)
    statement = (
        update(Payment)
        .where(Payment.batch_id == batch.id, Payment.state.in_(waiting), is_stale(Payment))
        .values(state=PaymentState.CANCELLED, live=False, held_reason=HeldReason.CHANGED)
        .returning(Payment.for_month)
        .execution_options(synchronize_session=False)
    )
    return set((await session.scalars(statement)).all())


async def hold_back(session: AsyncSession, batch: PaymentBatch, *, stale: bool = False) -> None:
    """Say of what waits in a batch to which account it goes, and whether and why it is held back.

    Args:
        stale: hold back, too, what is no longer due as it stands.
    """
    both = (PaymentState.PLANNED, PaymentState.HELD)
    waiting = update(Payment).execution_options(synchronize_session=False)
    waiting = waiting.where(Payment.batch_id == batch.id, Payment.state.in_(both))
    await session.execute(
        waiting.where(Payment.state == PaymentState.HELD).values(state=PaymentState.PLANNED)
    )
    account = _account(Payment.payee_id)
    # Only what changes: each row written again costs an entry in every index.
    other = waiting.where(Payment.account_id.is_distinct_from(account))
    await session.execute(other.values(account_id=account))
    reason = func.coalesce(
        _if(is_stale(Payment), HeldReason.CHANGED) if stale else null(),
        _if(dead(), HeldReason.PERSON_DECEASED),
        _if(await _duplicate(session, batch.programme), HeldReason.DUPLICATE_BENEFIT),
        _if(Payment.account_id.is_(None), HeldReason.ACCOUNT_MISSING),
        type_=_REASONS,
    )
    await session.execute(
        waiting.where(Payment.held_reason.is_distinct_from(reason)).values(held_reason=reason)
    )
    held = waiting.where(Payment.held_reason.is_not(None))
    await session.execute(held.values(state=PaymentState.HELD))


def _if(test: ColumnElement[bool], reason: HeldReason) -> ColumnElement[Any]:
    return case((test, literal(reason, _REASONS)), else_=null())


def _account(payee: Any) -> ColumnElement[Any]:
    """The account that a payee named last."""
    account = aliased(BankAccount)
    query = select(account.id).where(account.person_id == payee, account.closed_on.is_(None))
    return query.order_by(account.id.desc()).limit(1).scalar_subquery()


def dead() -> ColumnElement[bool]:
    """Whoever died before the month: their benefit ends with the month of death (domain 1.6).

    Of a subsidy, also whom it is for.
    """
    person = aliased(Person)
    theirs = person.id.in_((Payment.payee_id, Payment.person_id))
    return exists().where(theirs, person.death_date < Payment.for_month)


async def _duplicate(session: AsyncSession, programme: str) -> ColumnElement[bool]:
    """Whether somebody whom an item covers has an exclusive benefit for the same month (DUPLICATE_BENEFIT, domain 2).

    They have it when an entitlement says so, or when it is paid or about to be: of two that are both to be paid, both
    are held back until one of them is ended.
    """
    rule = BenefitExclusion
    query = select(rule).where(
        rule.voided_at.is_(None), or_(rule.first == programme, rule.second == programme)
    )
    rules = (await session.scalars(query)).all()
    return or_(*(_breaks(known, programme) for known in rules)) if rules else ~true()


def _breaks(rule: BenefitExclusion, programme: str) -> ColumnElement[bool]:
    other = rule.second if rule.first == programme else rule.first
    here = applies(rule, Payment)
    until = [Payment.for_month < rule.valid_to] if rule.valid_to else []
    place = [] if here is None else [here]
    both = or_(_entitled(other), _paid(other))
    return and_(Payment.for_month >= rule.valid_from, *until, *place, both)


def _covered() -> tuple[Any, Any, list[ColumnElement[bool]]]:
    """Those whom an item covers, and the same persons under other awards."""
    mine, theirs = aliased(EntitlementPerson), aliased(EntitlementPerson)
    tests: list[ColumnElement[bool]] = [
        mine.award_id == Payment.award_id,
        mine.covered.is_(True),
        holds(mine, Payment.for_month, ALWAYS),
        theirs.person_id == mine.person_id,
        theirs.covered.is_(True),
    ]
    return mine, theirs, tests


def _entitled(other: str) -> ColumnElement[bool]:
    _, theirs, tests = _covered()
    row = aliased(Entitlement)
    return exists().where(
        *tests,
        theirs.programme == other,
        holds(theirs, Payment.for_month, ALWAYS),
        row.award_id == theirs.award_id,
        row.amount > literal(NOTHING, Money),
        holds(row, Payment.for_month, ALWAYS),
    )


def _paid(other: str) -> ColumnElement[bool]:
    """Also by what is no longer known to be due: it is paid all the same, until it is reversed."""
    _, theirs, tests = _covered()
    item = aliased(Payment)
    going = (PaymentState.PLANNED, PaymentState.SENT, PaymentState.PAID, PaymentState.BOUNCED)
    return exists().where(
        *tests,
        theirs.programme == other,
        theirs.valid_from <= Payment.for_month,
        or_(theirs.valid_to.is_(None), theirs.valid_to > Payment.for_month),
        item.award_id == theirs.award_id,
        item.for_month == Payment.for_month,
        item.kind.in_(MONTHLY),
        item.live,
        item.state.in_(going),
    )


async def recount(session: AsyncSession, batch: PaymentBatch) -> None:
    """Count a batch anew from its items; reversals are told by their own entries."""
    states = PaymentState
    query = (
        select(Payment.state, func.count(), func.sum(Payment.amount, type_=Money))
        .where(Payment.batch_id == batch.id, Payment.kind != PaymentKind.REVERSAL)
        .group_by(Payment.state)
    )
    found = {state: (count, amount) for state, count, amount in await session.execute(query)}

    def total(*of: PaymentState) -> tuple[int, Any]:
        known = [found[state] for state in of if state in found]
        return sum(count for count, _ in known), sum((amount for _, amount in known), NOTHING)

    batch.items, batch.amount = total(states.PLANNED, states.SENT, states.PAID, states.BOUNCED)
    batch.held, batch.held_amount = total(states.HELD)
    batch.paid, batch.paid_amount = total(states.PAID)
    batch.bounced, batch.bounced_amount = total(states.BOUNCED)
    await session.flush()
