from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import strawberry

from core.projects.models import FUNDING, Funding
from core.projects.money import correct_funding as correct
from core.work import Work
from schema.mutations.base import WriteInput, found, mutation, perform
from schema.mutations.project_input import FundingPayload
from schema.sql.fields import both


@strawberry.input(
    description=both("更正资金；未给出的字段不变。", "A correction; fields left out stay as they are.")
)
class CorrectFundingInput(WriteInput):
    funding: strawberry.ID = strawberry.field(description=both("编号。", "Its id."))
    source: str | None = strawberry.field(default=None, description=both("来源。", "Source."))
    amount: Decimal | None = strawberry.field(default=None, description=both("金额（元）。", "Yuan."))
    on: date | None = strawberry.field(default=None, description=both("到账或批复日期。", "Won on."))


@mutation(
    "更正争取到的资金：原记录作废，另记一条。", "Correct money won: the record is voided and another written."
)
async def correct_funding(info: strawberry.Info, input: CorrectFundingInput) -> FundingPayload:
    async def act(work: Work) -> Any:
        row = await found(work, input.funding, "funding", Funding, FUNDING)
        said = {"source": input.source, "amount": input.amount, "won_on": input.on}
        return await correct(work, row, {name: value for name, value in said.items() if value is not None})

    return await perform(info, FundingPayload, input, act)
