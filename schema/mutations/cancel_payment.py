from __future__ import annotations

from typing import Any

import strawberry

from core.payments.corrections import PAYMENT, cancel_item
from core.payments.models import Payment as PaymentRow
from core.work import Work
from schema.mutations.base import WriteInput, found, mutation, perform
from schema.mutations.payment_input import PaymentPayload
from schema.sql.fields import both


@strawberry.input(description=both("要取消的发放。", "A payment to cancel."))
class CancelPaymentInput(WriteInput):
    payment: strawberry.ID = strawberry.field(description=both("发放编号。", "Id of the payment."))
    reason: str = strawberry.field(description=both("理由。", "The reason."))


@mutation("取消退汇或暂缓的发放。", "Cancel a payment that bounced or is held back.")
async def cancel_payment(info: strawberry.Info, input: CancelPaymentInput) -> PaymentPayload:
    async def act(work: Work) -> Any:
        item = await found(work, input.payment, "payment", PaymentRow, PAYMENT)
        return await cancel_item(work, item, input.reason)

    return await perform(info, PaymentPayload, input, act)
