"""Preparing a batch: whoever is entitled and not paid yet, in a few statements and one transaction.

Preparing again adds only who is missing. A process that dies half-way leaves nothing; two officers who prepare at
the same moment make one batch.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select, update

from core.codes import division_code
from core.codes.ages import months_after
from core.codes.months import check_month, month_after, months_between
from core.db import new_id
from core.divisions.service import by_code, check_in_force
from core.entitlements.declared import Programme
from core.entitlements.service import programme_of
from core.errors import Refused
from core.ids import typed
from core.payments import selecting
from core.payments.codes import PaymentKind, PaymentState
from core.payments.models import Payment, PaymentBatch
from core.payments.refusals import PAYMENT_DIVISION, PAYMENTS_NOTHING, PROGRAMME_NOT_MONTHLY
from core.payments.subsidies import subsidies_of
from core.payments.workflow import BATCH, PAYMENTS
from core.placed import place
from core.refusals import DATE_FUTURE, DATE_ORDER
from core.work import Work
from core.workflow.declared import START
from core.workflow.service import advance, start

# How far back pay reaches in one batch, in months: three years (Civil Code 188).
BACK_MONTHS = 36


async def prepare(
    work: Work,
    programme: str,
    division: str,
    month: date,
    *,
    back_to: date | None = None,
    kind: PaymentKind = PaymentKind.REGULAR,
) -> PaymentBatch:
    """Prepare the payments of a programme for a month, in a division and all below it.

    What is due for a month is paid less what is paid or planned for it already, so that back pay and regular payments
    of one month never come to more than is due. Whoever has no bank account, has died, or has an exclusive benefit for
    the same month is held back with the reason, and looked at again when this is called again.

    Args:
        back_to: pay, too, what is still due for the months from this one on, the batch's own included.
        kind: PRICE_SUBSIDY prepares the subsidy that was announced for the month instead, a payment for each person.

    Returns:
        The batch; that which is there already and not reviewed yet.

    Raises:
        Refused: PROGRAMME_UNKNOWN, PROGRAMME_NOT_MONTHLY, FORBIDDEN, FORBIDDEN_SCOPE, MONTH_INVALID, DATE_FUTURE,
            DATE_ORDER, DIV_UNKNOWN, DIV_INACTIVE, PAYMENT_DIVISION, PAYMENTS_NOTHING, SUBSIDY_MISSING.
    """
    declared = programme_of(work, programme, "programme")
    await _check(work, declared, division, month, back_to)
    await selecting.lock(work.session, division)
    batch = await _batch(work, declared, division, month, kind)
    await _adopt(work, batch)
    changed = await selecting.drop_stale(work.session, batch)
    if kind is PaymentKind.PRICE_SUBSIDY:
        amounts = [(s.division, s.amount) for s in await subsidies_of(work, programme, division, month)]
        added = await selecting.add_subsidies(work.session, batch, amounts, work.now)
    else:
        added = await _add(
            work, batch, changed.union(months_between(back_to, month_after(month)) if back_to else ())
        )
    await selecting.hold_back(work.session, batch)
    await selecting.recount(work.session, batch)
    if not batch.items + batch.held:
        raise Refused(PAYMENTS_NOTHING, ("month",))
    details = {"programme": programme, "month": month.isoformat()[:7], "added": added, "held": batch.held}
    work.audit("payments.prepared", typed(BATCH, batch.id), district=batch.district, details=details)
    await work.flush()
    return batch


async def _add(work: Work, batch: PaymentBatch, months: set[date]) -> int:
    """Plan the regular payments, and what is still due for some months: of the batch's own, a later rise."""
    session, added = work.session, 0
    for month in sorted(months - {batch.month}):
        added += await selecting.add_missing(session, batch, month, PaymentKind.BACK_PAY, work.now)
    added += await selecting.add_missing(session, batch, batch.month, PaymentKind.REGULAR, work.now)
    if batch.month in months:
        added += await selecting.add_missing(session, batch, batch.month, PaymentKind.BACK_PAY, work.now)
    return added


async def _check(work: Work, declared: Programme, division: str, month: date, back_to: date | None) -> None:
    for permission in (PAYMENTS.permission(START), declared.read):
        work.require_within(permission, division, field=("division",))
    if not declared.monthly:
        raise Refused(PROGRAMME_NOT_MONTHLY, ("programme",), name=declared.name)
    if division_code.district(division) is None:
        raise Refused(PAYMENT_DIVISION, ("division",))
    today = work.clock.today()
    if check_month(month, "month") > month_after(today):
        raise Refused(DATE_FUTURE, ("month",), day=month, today=today)
    if back_to is not None:
        earliest = months_after(month, -BACK_MONTHS)
        if not earliest <= check_month(back_to, "backTo") < month:
            raise Refused(DATE_ORDER, ("backTo",), day=back_to, earliest=earliest)
    check_in_force((await by_code(work.session, [division])).get(division), division, today)


async def _batch(
    work: Work, declared: Programme, division: str, month: date, kind: PaymentKind
) -> PaymentBatch:
    """The batch that is being prepared, or a new one."""
    model = PaymentBatch
    same = (
        model.programme == declared.name,
        model.division == division,
        model.month == month,
        model.kind == kind,
    )
    known = (await work.session.scalars(select(model).where(*same, model.state == PAYMENTS.initial))).first()
    if known is not None:
        return await advance(work, PAYMENTS, known, "prepare_again")  # type: ignore[no-any-return]
    number = await work.session.scalar(select(func.count()).select_from(model).where(*same))
    key = new_id()
    row = PaymentBatch(
        id=key,
        code=f"{month:%Y%m}-{division[:6]}-{key.hex[:12]}-{(number or 0) + 1}",
        programme=declared.name,
        kind=kind,
        month=month,
        pay_by=month.replace(day=declared.pay_day),
        read=declared.read,
        created_at=work.now,
        **place(division),
    )
    return await start(work, PAYMENTS, row)  # type: ignore[no-any-return]


def _together(batch: PaymentBatch) -> tuple[PaymentKind, ...]:
    """The kinds of payments that a batch holds."""
    return (batch.kind,) if batch.kind is PaymentKind.PRICE_SUBSIDY else selecting.MONTHLY


async def _adopt(work: Work, batch: PaymentBatch) -> None:
    """Take over what was held back in batches that have been sent, of this month and earlier ones."""
    sent = select(PaymentBatch.id).where(PaymentBatch.state.in_(("SENT", "RECONCILED")))
    query = (
        select(Payment.id, Payment.batch_id)
        .where(
            Payment.programme == batch.programme,
            Payment.kind.in_(_together(batch)),
            Payment.for_month <= batch.month,
            Payment.state == PaymentState.HELD,
            Payment.batch_id.in_(sent),
            selecting.within(Payment, batch.division),
        )
        .order_by(Payment.for_month, Payment.id)
    )
    held = (await work.session.execute(query)).all()
    last = await work.session.scalar(select(func.max(Payment.number)).where(Payment.batch_id == batch.id))
    moved = [
        {"id": row.id, "batch_id": batch.id, "number": number}
        for number, row in enumerate(held, (last or 0) + 1)
    ]
    if moved:
        await work.session.execute(update(Payment), moved)
    for key in sorted({row.batch_id for row in held}):
        await selecting.recount(work.session, await work.session.get_one(PaymentBatch, key))
