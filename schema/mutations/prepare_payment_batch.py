from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.payments.codes import PaymentKind
from core.payments.preparing import prepare
from core.work import Work
from schema.mutations.base import WriteInput, mutation, perform
from schema.mutations.payment_input import PaymentBatchPayload
from schema.sql.fields import both
from schema.types.scalars import DivisionCode


@strawberry.input(description=both("要编制的发放批次。", "A batch to prepare."))
class PreparePaymentBatchInput(WriteInput):
    programme: str = strawberry.field(description=both("待遇项目名称。", "Name of the programme."))
    division: DivisionCode = strawberry.field(
        description=both("县级或以下区划，含其下级。", "A district, or a division within one, and all below.")
    )
    month: date = strawberry.field(description=both("月份的首日。", "First day of the month."))
    back_to: date | None = strawberry.field(
        default=None,
        description=both(
            "同时补发自此月份起尚未足额发放的各月。",
            "Pay, too, what is still due for the months from this one on.",
        ),
    )
    price_subsidy: bool = strawberry.field(
        default=False,
        description=both(
            "改为编制已登记的本月价格补贴，每名享受人一笔。",
            "Prepare the price subsidy announced for the month instead, a payment for each person covered.",
        ),
    )


@mutation(
    "编制发放批次：再次编制只补充遗漏者，并重新核对暂缓者。",
    "Prepare a batch; preparing again adds only who is missing, and looks again at who is held back.",
)
async def prepare_payment_batch(
    info: strawberry.Info, input: PreparePaymentBatchInput
) -> PaymentBatchPayload:
    async def act(work: Work) -> Any:
        kind = PaymentKind.PRICE_SUBSIDY if input.price_subsidy else PaymentKind.REGULAR
        place, month = input.division, input.month
        return await prepare(work, input.programme, place, month, back_to=input.back_to, kind=kind)

    return await perform(info, PaymentBatchPayload, input, act)
