"""What the mutations of funds share."""

from __future__ import annotations

from datetime import date

import strawberry

from schema.mutations.base import Payload, WriteInput, payload, written
from schema.sql.fields import both
from schema.types.fund import Fund


@strawberry.input(description=both("资金收支的公共字段。", "What every movement of a fund takes."))
class FundMovementInput(WriteInput):
    on: date | None = strawberry.field(
        default=None, description=both("日期，默认今天。", "The day; today by default.")
    )
    reason: str | None = strawberry.field(default=None, description=both("事由。", "The reason."))


@payload("写入结果。", "What was written.")
class FundPayload(Payload):
    fund: Fund | None = written(lambda: Fund, "备用资金。", "The fund.")
