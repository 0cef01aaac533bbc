"""What happens to one payment: cancelled before it was paid, reversed afterwards."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from core.access.permissions import PAYMENTS_REVERSE
from core.db import new_id
from core.errors import Refused
from core.ids import typed
from core.payments import selecting
from core.payments.codes import PaymentKind, PaymentState
from core.payments.models import Payment, PaymentBatch
from core.payments.reconciling import finish
from core.payments.refusals import PAYMENT_STATE
from core.payments.workflow import PAYMENTS
from core.placed import place
from core.refusals import DATE_ORDER
from core.texts import check_text
from core.work import Work

PAYMENT = "payment"  # the id prefix
_States = PaymentState


async def cancel_item(work: Work, item: Payment, reason: str) -> Payment:
    """Cancel an item that bounced or is held back: nothing is due, or not so (domain 2).

    Raises:
        Refused: FORBIDDEN, FORBIDDEN_SCOPE, PAYMENT_STATE, TEXT_LENGTH.
    """
    work.require_within(PAYMENTS.permission("cancel"), item.division)
    await _check(work, item, _States.BOUNCED, _States.HELD)
    item.state, item.live = _States.CANCELLED, False
    item.reason = check_text(reason, 400, ("reason",))
    await _told(work, item, "payment.cancelled")
    await finish(work, await work.session.get_one(PaymentBatch, item.batch_id))
    return item


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
