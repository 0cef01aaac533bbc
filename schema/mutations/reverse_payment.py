from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.payments.corrections import PAYMENT, reverse_item
from core.payments.models import Payment as PaymentRow
from core.work import Work
from schema.mutations.base import WriteInput, found, mutation, perform
from schema.mutations.payment_input import PaymentPayload
from schema.sql.fields import both


@strawberry.input(description=both("要冲销的发放。", "A payment to reverse."))
class ReversePaymentInput(WriteInput):
    payment: strawberry.ID = strawberry.field(description=both("发放编号。", "Id of the payment."))
    reason: str = strawberry.field(description=both("理由。", "The reason."))
    on: date | None = strawberry.field(
        default=None,
        description=both("款项退回日期，默认今天。", "When the money was back; today by default."),
    )


@mutation(
    "冲销已入账的发放：另记一笔负数，原记录保留；返回冲销记录。",
    "Reverse what was paid, by an entry of its own, which is answered; what it reverses stays.",
)
async def reverse_payment(info: strawberry.Info, input: ReversePaymentInput) -> PaymentPayload:
    async def act(work: Work) -> Any:
        item = await found(work, input.payment, "payment", PaymentRow, PAYMENT)
        return await reverse_item(work, item, input.reason, input.on)

    return await perform(info, PaymentPayload, input, act)
