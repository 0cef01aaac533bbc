from __future__ import annotations

from decimal import Decimal
from typing import Any

import strawberry

from core.funds.service import allocate
from core.work import Work
from schema.mutations.base import mutation, perform
from schema.mutations.fund_input import FundMovementInput, FundPayload
from schema.sql.fields import both
from schema.types.scalars import DivisionCode


@strawberry.input(description=both("设立并拨付备用资金。", "A fund to set up, with its first money."))
class AllocateFundInput(FundMovementInput):
    kind: str = strawberry.field(description=both("资金类别名称。", "Name of the kind of fund."))
    division: DivisionCode = strawberry.field(description=both("持有区划。", "The division that holds it."))
    year: int = strawberry.field(description=both("年度。", "Year."))
    amount: Decimal = strawberry.field(description=both("金额，元。", "Yuan."))


@mutation(
    "设立一个区划某年度的备用资金，并首次拨付。",
    "Set up the fund of a division for a year, with its first money.",
)
async def allocate_fund(info: strawberry.Info, input: AllocateFundInput) -> FundPayload:
    async def act(work: Work) -> Any:
        day, why = input.on, input.reason
        return await allocate(work, input.kind, input.division, input.year, input.amount, on=day, reason=why)

    return await perform(info, FundPayload, input, act)
