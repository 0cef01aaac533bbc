from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.events.divorce import DIVORCE_PREFIX, withdraw
from core.marriages.models import DivorceApplication as ApplicationRow
from core.work import Work
from schema.mutations.base import Payload, UpdateInput, found, mutation, payload, perform, written
from schema.sql.fields import both
from schema.types.marriage import DivorceApplication


@strawberry.input(description=both("撤回离婚登记申请。", "The withdrawal of an application for divorce."))
class WithdrawDivorceApplicationInput(UpdateInput):
    application: strawberry.ID = strawberry.field(description=both("申请编号。", "Id of the application."))
    on: date = strawberry.field(description=both("撤回日期。", "Day of the withdrawal."))


@payload("写入结果。", "What was written.")
class WithdrawDivorceApplicationPayload(Payload):
    divorce_application: DivorceApplication | None = written(
        lambda: DivorceApplication, "申请。", "The application."
    )


@mutation("冷静期内撤回离婚登记申请。", "Withdraw an application for divorce within the cooling-off period.")
async def withdraw_divorce_application(
    info: strawberry.Info, input: WithdrawDivorceApplicationInput
) -> WithdrawDivorceApplicationPayload:
    async def act(work: Work) -> Any:
        row = await found(work, input.application, "application", ApplicationRow, DIVORCE_PREFIX)
        return await withdraw(work, row, input.on, input.expected_version)

    return await perform(info, WithdrawDivorceApplicationPayload, input, act)
