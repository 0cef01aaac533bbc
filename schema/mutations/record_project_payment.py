from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import strawberry

from core.projects.money import record_payment
from core.work import Work
from schema.mutations.base import mutation, perform
from schema.mutations.project_input import ProjectInput, ProjectPaymentPayload, project_of
from schema.sql.fields import both


@strawberry.input(description=both("项目的支付。", "A payment of a project."))
class RecordProjectPaymentInput(ProjectInput):
    amount: Decimal = strawberry.field(description=both("金额（元）。", "Yuan."))
    on: date | None = strawberry.field(
        default=None, description=both("日期，默认今天。", "The day, today by default.")
    )
    purpose: str | None = strawberry.field(default=None, description=both("用途。", "What for."))


@mutation("登记项目支付，累计不得超过预算。", "Record a payment of a project; they never exceed its budget.")
async def record_project_payment(
    info: strawberry.Info, input: RecordProjectPaymentInput
) -> ProjectPaymentPayload:
    async def act(work: Work) -> Any:
        row = await project_of(work, input.project)
        return await record_payment(work, row, input.amount, input.on, input.purpose, input.expected_version)

    return await perform(info, ProjectPaymentPayload, input, act)
