"""What happens to the items of a batch: sent, sent again, cancelled, reversed."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import and_, select, update
from sqlalchemy.orm import aliased

from core.access.permissions import PAYMENTS_REVERSE
from core.db import new_id
from core.errors import Refused
from core.ids import typed
from core.payments import selecting
from core.payments.codes import PaymentKind, PaymentState
from core.payments.models import BankAccount, Payment, PaymentBatch
from core.payments.refusals import PAYMENT_STATE, PAYMENTS_NOTHING
from core.placed import place
from core.refusals import DATE_ORDER
from core.texts import check_text
from core.work import Work

PAYMENT = "payment"  # the id prefix
PAYMENTS_CANCEL = "payments:cancel"
_States = PaymentState


async def _set(work: Work, batch: PaymentBatch, found: PaymentState, *tests: Any, **values: Any) -> int:
    """Change all items of a batch that are in a state, in one statement."""
    statement = (
        update(Payment)
        .where(Payment.batch_id == batch.id, Payment.state == found, *tests)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return int((await work.session.execute(statement)).rowcount)


async def send_all(work: Work, batch: PaymentBatch) -> None:
    """Send what is planned. What has become wrong since it was prepared is held back instead.

    Raises:
        Refused: PAYMENTS_NOTHING.
    """
    await selecting.lock(work.session, batch.division)
    await selecting.hold_back(work.session, batch, stale=True)
    batch.files = 1
    sent = await _set(work, batch, _States.PLANNED, state=_States.SENT, file=1, sent_on=work.clock.today())
    if not sent:
        raise Refused(PAYMENTS_NOTHING, ("batch",))
    await selecting.recount(work.session, batch)


async def resend_all(work: Work, batch: PaymentBatch) -> None:
    """Send what bounced again, as far as its payee has named another account since: for the same months.

    Raises:
        Refused: PAYMENTS_NOTHING.
    """
    account = aliased(BankAccount)
    newest = (
        select(account.id)
        .where(account.person_id == Payment.payee_id, account.closed_on.is_(None))
        .order_by(account.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    batch.files += 1
    values = {
        "state": _States.SENT,
        "file": batch.files,
        "sent_on": work.clock.today(),
        "bounce_reason": None,
    }
    changed = and_(newest.is_not(None), newest != Payment.account_id)
    if not await _set(work, batch, _States.BOUNCED, changed, account_id=newest, **values):
        raise Refused(PAYMENTS_NOTHING, ("batch",))
    await selecting.recount(work.session, batch)


async def cancel_all(work: Work, batch: PaymentBatch) -> None:
    """Cancel what waits in a batch: its months can be prepared anew."""
    for state in (_States.PLANNED, _States.HELD):
        await _set(work, batch, state, state=_States.CANCELLED, live=False)
    await selecting.recount(work.session, batch)


async def cancel_item(work: Work, item: Payment, reason: str) -> Payment:
    """Cancel an item that bounced or is held back: nothing is due, or not so (domain 2).

    Raises:
        Refused: FORBIDDEN, FORBIDDEN_SCOPE, PAYMENT_STATE, TEXT_LENGTH.
    """
    work.require_within(PAYMENTS_CANCEL, item.division)
    await _check(work, item, _States.BOUNCED, _States.HELD)
    item.state, item.live = _States.CANCELLED, False
    item.reason = check_text(reason, 400, ("reason",))
    return await _told(work, item, "payment.cancelled")


async def reverse_item(work: Work, item: Payment, reason: str, on: date | None = None) -> Payment:
    """Reverse what was paid, by an entry of its own: both stay, and the month can be paid anew (domain 2).

    Args:
        on: when the money was back; today by default.

    Returns:
        The entry, of the opposite amount.

    Raises:
        Refused: FORBIDDEN, FORBIDDEN_SCOPE, PAYMENT_STATE (not paid, or reversed already), DATE_FUTURE, DATE_ORDER,
            TEXT_LENGTH.
    """
    work.require_within(PAYMENTS_REVERSE, item.division)
    await _check(work, item, _States.PAID)
    day = on or work.clock.today()
    work.refuse_future(day, "on")
    if item.paid_on is not None and day < item.paid_on:
        raise Refused(DATE_ORDER, ("on",), day=day, earliest=item.paid_on)
    item.live = False
    entry = _reversal(work, item, check_text(reason, 400, ("reason",)), day)
    entry.number = await _next_number(work, item)
    work.session.add(entry)
    await _told(work, item, "payment.reversed")
    return entry


async def _check(work: Work, item: Payment, *allowed: PaymentState) -> None:
    """Look at an item as it is now, and let nobody else change it meanwhile."""
    await work.session.refresh(item, with_for_update=True)
    gone = item.kind is PaymentKind.REVERSAL or not item.live
    if gone or item.state not in allowed:
        known = "REVERSED" if gone and item.state is _States.PAID else item.state.name
        raise Refused(PAYMENT_STATE, ("payment",), state=known, allowed=", ".join(s.name for s in allowed))


async def _next_number(work: Work, item: Payment) -> int:
    query = select(Payment.number).where(Payment.batch_id == item.batch_id).order_by(Payment.number.desc())
    return int((await work.session.scalars(query.limit(1))).one()) + 1


def _reversal(work: Work, item: Payment, reason: str, day: date) -> Payment:
    return Payment(
        id=new_id(),
        batch_id=item.batch_id,
        programme=item.programme,
        kind=PaymentKind.REVERSAL,
        award_id=item.award_id,
        person_id=item.person_id,
        payee_id=item.payee_id,
        beneficiary_id=item.beneficiary_id,
        for_month=item.for_month,
        sequence=item.sequence,
        amount=-item.amount,
        state=_States.PAID,
        live=False,  # it takes no place: what it reverses has left one
        account_id=item.account_id,
        paid_on=day,
        reverses_id=item.id,
        reason=reason,
        read=item.read,
        created_at=work.now,
        **place(item.division),
    )


async def _told(work: Work, item: Payment, action: str) -> Payment:
    await work.flush()
    batch = await work.session.get_one(PaymentBatch, item.batch_id)
    await selecting.recount(work.session, batch)
    details = {"number": item.number, "month": item.for_month.isoformat()[:7]}
    work.audit(action, typed(PAYMENT, item.id), district=item.district, details=details)
    await work.flush()
    return item
