"""What happens to all items of a batch at once: sent, sent again, cancelled."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, select, update
from sqlalchemy.orm import aliased

from core.errors import Refused
from core.payments import selecting
from core.payments.codes import PaymentState
from core.payments.models import BankAccount, Payment, PaymentBatch
from core.payments.refusals import PAYMENTS_NOTHING
from core.work import Work

_States = PaymentState


async def _set(work: Work, batch: PaymentBatch, found: PaymentState, *tests: Any, **values: Any) -> int:
    """Change all items of a batch that are in a state, in one statement."""
    statement = (
        update(Payment)
        .where(Payment.batch_id == batch.id, Payment.state == found, *tests)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    done: Any = await work.session.execute(statement)
    return int(done.rowcount)


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

    What is no longer due, or of somebody dead, stays bounced, to be cancelled.

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
    await selecting.lock(work.session, batch.division)
    changed = and_(changed, ~selecting.is_stale(Payment), ~selecting.dead())
    if not await _set(work, batch, _States.BOUNCED, changed, account_id=newest, **values):
        raise Refused(PAYMENTS_NOTHING, ("batch",))
    await selecting.recount(work.session, batch)


async def cancel_all(work: Work, batch: PaymentBatch) -> None:
    """Cancel what waits in a batch: its months can be prepared anew."""
    for state in (_States.PLANNED, _States.HELD):
        await _set(work, batch, state, state=_States.CANCELLED, live=False)
    await selecting.recount(work.session, batch)
