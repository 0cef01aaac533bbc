from __future__ import annotations

from decimal import Decimal
from typing import Any

import strawberry

from core.funds.models import Fund as FundRow
from core.funds.service import FUND, replenish
from core.work import Work
from schema.mutations.base import found, mutation, perform
from schema.mutations.fund_input import FundMovementInput, FundPayload
from schema.sql.fields import both


@strawberry.input(description=both("向备用资金追加。", "More money for a fund."))
class ReplenishFundInput(FundMovementInput):
    fund: strawberry.ID = strawberry.field(description=both("资金编号。", "Id of the fund."))
    amount: Decimal = strawberry.field(description=both("金额，元。", "Yuan."))


@mutation("向备用资金追加拨付。", "Put more money into a fund.")
async def replenish_fund(info: strawberry.Info, input: ReplenishFundInput) -> FundPayload:
    async def act(work: Work) -> Any:
        fund = await found(work, input.fund, "fund", FundRow, FUND)
        await replenish(work, fund, input.amount, on=input.on, reason=input.reason)
        return fund

    return await perform(info, FundPayload, input, act)
