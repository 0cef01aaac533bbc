"""What the bank answers: each item was paid or bounced. All of an answer is taken, or nothing of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from core.codes.text import fold
from core.errors import Refusals, Refused
from core.importing.headers import Column
from core.importing.tables import Row, read_table
from core.payments import selecting
from core.payments.codes import PaymentKind, PaymentState
from core.payments.models import Payment, PaymentBatch
from core.payments.refusals import (
    PAYMENT_AMOUNT,
    PAYMENT_CELL,
    PAYMENT_DATE_MISSING,
    PAYMENT_REPEATED,
    PAYMENT_SETTLED,
    PAYMENT_UNKNOWN,
)
from core.payments.workflow import PAYMENTS
from core.refusals import DATE_FUTURE, DATE_ORDER
from core.texts import check_text
from core.work import Work
from core.workflow.refusals import REASON_MISSING
from core.workflow.service import advance

RETURNED = (
    Column("number", ("序号", "number"), required=True),
    Column("amount", ("金额", "amount"), required=True),
    Column("result", ("结果", "处理结果", "result"), required=True),
    Column("paid_on", ("入账日期", "日期", "paid on", "paid_on")),
    Column("reason", ("失败原因", "原因", "reason")),
    Column("file", ("文件号", "file")),
)
_PAID = {fold(word) for word in ("成功", "已入账", "paid", "success")}
_BOUNCED = {fold(word) for word in ("失败", "退汇", "bounced", "failed")}
_MOST = 1000  # refusals told at once


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one item.

    Attributes:
        file: which sending it answers; without it, the last one.
        row: where the answer says so, for messages about a file.
    """

    number: int
    amount: Decimal
    paid: bool
    paid_on: date | None = None
    reason: str | None = None
    file: int | None = None
    row: int | None = None


async def reconcile(work: Work, batch: PaymentBatch, outcomes: Sequence[Outcome]) -> PaymentBatch:
    """Take the bank's answer about items of a batch. When all were paid, the batch is reconciled.

    An answer that is given again changes nothing, also after an item was sent again, where it names its file.

    Raises:
        Refused: FORBIDDEN, FORBIDDEN_SCOPE, STATE_INVALID.
        Refusals: of every item at fault, PAYMENT_UNKNOWN, PAYMENT_REPEATED, PAYMENT_AMOUNT, PAYMENT_SETTLED,
            PAYMENT_DATE_MISSING, DATE_FUTURE, DATE_ORDER, REASON_MISSING, TEXT_LENGTH; its field is `items.<index>`.
    """
    work.require_within(PAYMENTS.permission("reconcile"), batch.division)
    if batch.state != "RECONCILED":  # the bank's answer may come twice
        await advance(work, PAYMENTS, batch, "reconcile")
        await work.flush()
    known = await _items(work, batch)
    found, refusals, seen = [], [], set[int]()
    for index, outcome in enumerate(outcomes):
        try:
            found += _checked(work, known, outcome, seen)
        except Refused as refusal:
            refusals.append(refusal.at("items", str(index), *refusal.field))
    if refusals:
        raise Refusals(refusals[:_MOST])
    if found:
        await work.session.execute(update(Payment), found)
    await selecting.recount(work.session, batch)
    await finish(work, batch)
    return batch


async def _items(work: Work, batch: PaymentBatch) -> dict[int, Any]:
    columns = (Payment.id, Payment.number, Payment.amount, Payment.state, Payment.sent_on)
    query = select(*columns, Payment.paid_on, Payment.bounce_reason, Payment.file).where(
        Payment.batch_id == batch.id, Payment.kind != PaymentKind.REVERSAL
    )
    return {row.number: row for row in await work.session.execute(query)}


def _checked(work: Work, known: dict[int, Any], outcome: Outcome, seen: set[int]) -> list[dict[str, Any]]:
    """The change of one item; none when it has been told before."""
    item = known.get(outcome.number)
    if item is None or item.sent_on is None:
        raise Refused(PAYMENT_UNKNOWN, ("number",), number=outcome.number)
    if outcome.number in seen:
        raise Refused(PAYMENT_REPEATED, ("number",), number=outcome.number)
    seen.add(outcome.number)
    if item.amount != outcome.amount:
        raise Refused(PAYMENT_AMOUNT, ("amount",), number=outcome.number, amount=item.amount)
    change = _paid(work, item, outcome) if outcome.paid else _bounced(outcome)
    if outcome.file is not None and outcome.file != item.file:
        return _of_another_file(item, outcome)
    if item.state is PaymentState.SENT:
        return [{"id": item.id, **change}]
    if any(getattr(item, name) != value for name, value in change.items()):
        raise Refused(PAYMENT_SETTLED, ("number",), number=outcome.number)
    return []


def _of_another_file(item: Any, outcome: Outcome) -> list[dict[str, Any]]:
    """What was sent again had bounced: an earlier sending's answer says so, or contradicts it."""
    if outcome.file is None or not 0 < outcome.file < item.file:
        raise Refused(PAYMENT_UNKNOWN, ("number",), number=outcome.number)
    if outcome.paid:
        raise Refused(PAYMENT_SETTLED, ("number",), number=outcome.number)
    return []


def _paid(work: Work, item: Any, outcome: Outcome) -> dict[str, Any]:
    day, today = outcome.paid_on, work.clock.today()
    if day is None:
        raise Refused(PAYMENT_DATE_MISSING, ("paidOn",))
    if day > today:
        raise Refused(DATE_FUTURE, ("paidOn",), day=day, today=today)
    if day < item.sent_on:
        raise Refused(DATE_ORDER, ("paidOn",), day=day, earliest=item.sent_on)
    return {"state": PaymentState.PAID, "paid_on": day}


def _bounced(outcome: Outcome) -> dict[str, Any]:
    if outcome.reason is None or not outcome.reason.strip():
        raise Refused(REASON_MISSING, ("reason",))
    return {"state": PaymentState.BOUNCED, "bounce_reason": check_text(outcome.reason, 200, ("reason",))}


async def finish(work: Work, batch: PaymentBatch) -> None:
    """Close a batch of which nothing is out any more: all was paid, or bounced and was cancelled."""
    going = (PaymentState.SENT, PaymentState.BOUNCED)
    out = select(Payment.id).where(Payment.batch_id == batch.id, Payment.state.in_(going)).limit(1)
    if batch.state == "SENT" and (await work.session.scalar(out)) is None:
        await advance(work, PAYMENTS, batch, "finish")


def read_outcomes(path: Path) -> list[Outcome]:
    """The bank's answer in a file, CSV or XLSX, with the columns `RETURNED`.

    Raises:
        Refused: the file or its header cannot be used. Refusals: of every cell at fault; its field is `row.<number>`.
    """
    table = read_table(path, RETURNED)
    outcomes, refusals = [], []
    for row in table.rows:
        try:
            outcomes.append(_outcome(row))
        except Refused as refusal:
            refusals.append(refusal.at("row", str(row.number), *refusal.field))
    if refusals:
        raise Refusals(refusals[:_MOST])
    return outcomes


def _outcome(row: Row) -> Outcome:
    for column, fault in row.faults.items():
        raise fault.at(column)
    result = fold(row["result"])
    if result not in _PAID | _BOUNCED:
        raise Refused(PAYMENT_CELL, ("result",), value=row["result"][:40], wanted="成功/失败 (paid, bounced)")
    return Outcome(
        number=_cell(row, "number", int, "1, 2, …"),
        amount=_cell(row, "amount", _amount, "540.00"),
        paid=result in _PAID,
        paid_on=_cell(row, "paid_on", _day, "2022-11-10") if row["paid_on"] else None,
        reason=row["reason"] or None,
        file=_cell(row, "file", int, "1, 2, …") if row["file"] else None,
        row=row.number,
    )


def _cell(row: Row, name: str, parse: Any, wanted: str) -> Any:
    try:
        return parse(row[name])
    except (ValueError, InvalidOperation):
        raise Refused(PAYMENT_CELL, (name,), value=row[name][:40], wanted=wanted) from None


def _amount(text: str) -> Decimal:
    return Decimal(text.replace(",", "").replace("，", ""))


def _day(text: str) -> date:
    plain = text.replace("/", "-").replace(".", "-")
    return date.fromisoformat(plain if "-" in plain else f"{plain[:4]}-{plain[4:6]}-{plain[6:]}")
