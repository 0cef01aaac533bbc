"""Recovery of overpayments (追回, domain 2): what was paid for a month, less what was due, is asked back.

PROPOSED → DECIDED | CANCELLED; DECIDED → REPAYING → RECOVERED | WRITTEN_OFF.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, update

from core.access.permissions import PAYMENTS_READ
from core.codes.months import check_month, months_between
from core.codes.sets import UserRole
from core.dated import ALWAYS, holds
from core.db import Money, new_id
from core.entitlements.models import Entitlement
from core.entitlements.service import programme_of
from core.errors import Refused
from core.ids import typed
from core.money import NOTHING, check_amount
from core.payments.codes import PaymentKind, PaymentState, RecoveryCause
from core.payments.models import Payment, Recovery, RecoveryMonth, RecoveryRepayment
from core.payments.refusals import RECOVERY_NOTHING, REPAYMENT_EXCESS
from core.persons.models import Person
from core.placed import place
from core.refusals import DATE_ORDER
from core.texts import check_text
from core.work import Work
from core.workflow.declared import State, Step, Transition, Workflow
from core.workflow.service import advance, start

RECOVERY = "recovery"  # the id prefix
_OFFICER = frozenset({UserRole.CITY_OFFICER})
_LEADER = frozenset({UserRole.CITY_LEADER})
_OWED = ("DECIDED", "REPAYING")
_PAID_KINDS = (PaymentKind.REGULAR, PaymentKind.BACK_PAY, PaymentKind.REVERSAL)


async def _cancelled(work: Work, row: Any, step: Step) -> None:
    """What is not asked back here may be asked back by another."""
    freed = update(RecoveryMonth).where(RecoveryMonth.recovery_id == row.id).values(live=False)
    await work.session.execute(freed.execution_options(synchronize_session=False))


RECOVERIES = Workflow(
    name="core.recoveries",
    zh="追回",
    en="Recovery",
    model=Recovery,
    prefix=RECOVERY,
    read=PAYMENTS_READ,
    initial="PROPOSED",
    begin="propose",
    starts=_OFFICER,
    states=(
        State("PROPOSED", "已提出", "Proposed", awaits="decide"),
        State("DECIDED", "已决定", "Decided", awaits="repay"),
        State("REPAYING", "还款中", "Repaying", awaits="repay"),
        State("RECOVERED", "已追回", "Recovered", final=True),
        State("WRITTEN_OFF", "已核销", "Written off", final=True),
        State("CANCELLED", "已取消", "Cancelled", final=True),
    ),
    transitions=(
        Transition("decide", "决定追回", "Decide", ("PROPOSED",), "DECIDED", _LEADER, ("start",)),
        Transition(
            "cancel", "取消", "Cancel", ("PROPOSED",), "CANCELLED", _LEADER, reason=True, effect=_cancelled
        ),
        Transition("repay", "还款", "Record a repayment", _OWED, "REPAYING", _OFFICER, bare=False),
        Transition("settle", "追回完毕", "Settle", _OWED, "RECOVERED", _OFFICER, bare=False),
        Transition("write_off", "核销欠款", "Write off", _OWED, "WRITTEN_OFF", _LEADER, reason=True),
    ),
)


async def propose(
    work: Work,
    programme: str,
    person: Person,
    first: date,
    end: date,
    cause: RecoveryCause,
    *,
    dues: Mapping[date, Decimal] | None = None,
) -> Recovery:
    """Propose to ask back what somebody was paid too much for the months from `first` until before `end`.

    Args:
        person: who was paid. dues: what was due for a month, where entitlements do not say it as known now.

    Raises:
        Refused: PROGRAMME_UNKNOWN, FORBIDDEN, FORBIDDEN_SCOPE, MONTH_INVALID, DATE_ORDER, RECOVERY_NOTHING.
    """
    declared = programme_of(work, programme, "programme")
    check_month(first, "first")
    if check_month(end, "end") <= first:
        raise Refused(DATE_ORDER, ("end",), day=end, earliest=first)
    found = [
        await _excess(work, declared.name, person, month, dues or {}) for month in months_between(first, end)
    ]
    months = [row for row in found if row is not None]
    if not months:
        raise Refused(RECOVERY_NOTHING, ("first",))
    row = Recovery(
        id=new_id(),
        programme=declared.name,
        person_id=person.id,
        cause=cause,
        amount=sum((month.excess for month in months), NOTHING),
        repaid=NOTHING,
        read=declared.read,
        created_at=work.now,
        **place(await _division(work, declared.name, person, first, end)),
    )
    await start(work, RECOVERIES, row)
    for month in months:
        month.recovery_id = row.id
    work.session.add_all(months)
    await work.flush()
    return row


async def _division(work: Work, programme: str, person: Person, first: date, end: date) -> str:
    """Where what was paid lies."""
    mine = (Payment.person_id == person.id, Payment.programme == programme)
    query = select(Payment.division).where(*mine, Payment.for_month >= first, Payment.for_month < end)
    return (await work.session.scalars(query.order_by(Payment.id.desc()).limit(1))).first() or person.division


async def _excess(
    work: Work, programme: str, person: Person, month: date, dues: Mapping[date, Decimal]
) -> RecoveryMonth | None:
    mine = (Payment.person_id == person.id, Payment.programme == programme, Payment.for_month == month)
    paid = await _sum(
        work, Payment.amount, *mine, Payment.state == PaymentState.PAID, Payment.kind.in_(_PAID_KINDS)
    )
    row = Entitlement
    known = (row.person_id == person.id, row.programme == programme, holds(row, month, ALWAYS))
    due = dues[month] if month in dues else await _sum(work, row.amount, *known)
    claims = (
        RecoveryMonth.person_id == person.id,
        RecoveryMonth.programme == programme,
        RecoveryMonth.month == month,
    )
    claimed = await _sum(work, RecoveryMonth.excess, *claims, RecoveryMonth.live)
    excess = paid - due - claimed
    if excess <= 0:
        return None
    number = await work.session.scalar(select(func.count()).select_from(RecoveryMonth).where(*claims))
    return RecoveryMonth(
        id=new_id(),
        programme=programme,
        person_id=person.id,
        beneficiary_id=person.id,
        month=month,
        sequence=number or 0,
        paid=paid,
        due=due,
        excess=excess,
    )


async def _sum(work: Work, column: Any, *tests: Any) -> Decimal:
    found = await work.session.scalar(select(func.sum(column, type_=Money)).where(*tests))
    return NOTHING if found is None else found


async def repay(
    work: Work, row: Recovery, amount: Decimal, *, on: date | None = None, note: str | None = None
) -> RecoveryRepayment:
    """Record money that came back, never more than is owed.

    Raises:
        Refused: FORBIDDEN, FORBIDDEN_SCOPE, STATE_INVALID, MONEY_AMOUNT, REPAYMENT_EXCESS, DATE_FUTURE, TEXT_LENGTH.
    """
    work.require_within(RECOVERIES.permission("repay"), row.division)
    paid = check_amount(amount, "amount")
    day = on or work.clock.today()
    work.refuse_future(day, "on")
    await work.session.refresh(row, with_for_update=True)
    done = row.state in _OWED and paid == row.amount - row.repaid
    await advance(work, RECOVERIES, row, "settle" if done else "repay")
    if paid > row.amount - row.repaid:
        raise Refused(REPAYMENT_EXCESS, ("amount",), amount=row.amount - row.repaid)
    row.repaid += paid
    made = RecoveryRepayment(
        id=new_id(),
        recovery_id=row.id,
        amount=paid,
        on=day,
        note=note and check_text(note, 200, ("note",)),
        actor=work.principal.subject,
        recorded_at=work.now,
    )
    work.session.add(made)
    work.audit("recovery.repaid", typed(RECOVERY, row.id), district=row.district)
    await work.flush()
    return made
