from __future__ import annotations

from decimal import Decimal
from typing import Any

import strawberry

from core.funds.models import Fund as FundRow
from core.funds.service import FUND, reclaim
from core.work import Work
from schema.mutations.base import found, mutation, perform
from schema.mutations.fund_input import FundMovementInput, FundPayload
from schema.sql.fields import both


@strawberry.input(description=both("从备用资金收回。", "Money to take out of a fund again."))
class ReclaimFundInput(FundMovementInput):
    fund: strawberry.ID = strawberry.field(description=both("资金编号。", "Id of the fund."))
    amount: Decimal | None = strawberry.field(
        default=None, description=both("金额，元；默认全部余额。", "Yuan; all that is left by default.")
    )


@mutation(
    "收回备用资金，年末收回全部余额。", "Reclaim money of a fund, at the end of the year all that is left."
)
async def reclaim_fund(info: strawberry.Info, input: ReclaimFundInput) -> FundPayload:
    async def act(work: Work) -> Any:
        fund = await found(work, input.fund, "fund", FundRow, FUND)
        await reclaim(work, fund, input.amount, on=input.on, reason=input.reason)
        return fund

    return await perform(info, FundPayload, input, act)
