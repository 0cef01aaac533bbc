from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import strawberry

from core.payments.models import Recovery as RecoveryRow
from core.payments.recoveries import RECOVERY, repay
from core.work import Work
from schema.mutations.base import UpdateInput, found, mutation, perform
from schema.mutations.propose_recovery import RecoveryPayload
from schema.sql.fields import both


@strawberry.input(description=both("一笔还款。", "Money that came back."))
class RecordRepaymentInput(UpdateInput):
    recovery: strawberry.ID = strawberry.field(description=both("追回编号。", "Id of the recovery."))
    amount: Decimal = strawberry.field(description=both("金额，元。", "Yuan."))
    on: date | None = strawberry.field(
        default=None, description=both("日期，默认今天。", "The day; today by default.")
    )
    note: str | None = strawberry.field(default=None, description=both("备注。", "A note."))


@mutation("登记还款，不超过尚欠金额。", "Record money that came back, never more than is owed.")
async def record_repayment(info: strawberry.Info, input: RecordRepaymentInput) -> RecoveryPayload:
    async def act(work: Work) -> Any:
        row = await found(work, input.recovery, "recovery", RecoveryRow, RECOVERY)
        work.expect_version(row, input.expected_version)
        await repay(work, row, input.amount, on=input.on, note=input.note)
        return row

    return await perform(info, RecoveryPayload, input, act)
