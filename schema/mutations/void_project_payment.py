from __future__ import annotations

from typing import Any

import strawberry

from core.projects.models import PAYMENT, ProjectPayment
from core.projects.money import void_payment as void
from core.work import Work
from schema.mutations.base import WriteInput, found, mutation, perform
from schema.mutations.project_input import ProjectPaymentPayload
from schema.sql.fields import both


@strawberry.input(description=both("误登的支付。", "A payment that was not made."))
class VoidProjectPaymentInput(WriteInput):
    payment: strawberry.ID = strawberry.field(description=both("编号。", "Its id."))


@mutation("作废误登的支付。", "Void a payment that was not made.")
async def void_project_payment(
    info: strawberry.Info, input: VoidProjectPaymentInput
) -> ProjectPaymentPayload:
    async def act(work: Work) -> Any:
        return await void(work, await found(work, input.payment, "payment", ProjectPayment, PAYMENT))

    return await perform(info, ProjectPaymentPayload, input, act)
