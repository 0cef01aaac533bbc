from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import strawberry

from core.payments.reconciling import Outcome, reconcile
from core.work import Work
from schema.mutations.base import mutation, perform
from schema.mutations.payment_input import PaymentBatchInput, PaymentBatchPayload, batch_of
from schema.sql.fields import both
from schema.types.money_enums import PaymentResult, Result


@strawberry.input(description=both("银行对一笔发放的答复。", "The bank's answer about one item."))
class PaymentOutcomeInput:
    number: int = strawberry.field(description=both("批次内序号。", "Its number in the batch."))
    amount: Decimal = strawberry.field(description=both("金额，须与发放一致。", "Yuan, as it was sent."))
    result: PaymentResult = strawberry.field(description=both("结果。", "The result."))
    paid_on: date | None = strawberry.field(default=None, description=both("入账日期。", "Paid on."))
    reason: str | None = strawberry.field(default=None, description=both("退汇原因。", "Why it bounced."))
    file: int | None = strawberry.field(
        default=None,
        description=both("所答复的文件号；默认最近一次送银行。", "The file it answers; by default the last."),
    )


@strawberry.input(description=both("银行对一个批次的答复。", "The bank's answer about a batch."))
class ReconcilePaymentBatchInput(PaymentBatchInput):
    items: list[PaymentOutcomeInput] = strawberry.field(description=both("各笔结果。", "Item by item."))


@mutation(
    "按银行答复核对发放；任何一笔有误则全部不写入，全部办结后批次核销。",
    "Take the bank's answer; with one item at fault nothing is written. A batch with nothing out is reconciled.",
)
async def reconcile_payment_batch(
    info: strawberry.Info, input: ReconcilePaymentBatchInput
) -> PaymentBatchPayload:
    async def act(work: Work) -> Any:
        batch = await batch_of(work, input)
        return await reconcile(work, batch, [_outcome(item) for item in input.items])

    return await perform(info, PaymentBatchPayload, input, act)


def _outcome(item: PaymentOutcomeInput) -> Outcome:
    return Outcome(
        number=item.number,
        amount=item.amount,
        paid=item.result is Result.PAID,
        paid_on=item.paid_on,
        reason=item.reason,
        file=item.file,
    )
