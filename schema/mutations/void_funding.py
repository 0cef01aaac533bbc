from __future__ import annotations

from typing import Any

import strawberry

from core.projects.models import FUNDING, Funding
from core.projects.money import void_funding as void
from core.work import Work
from schema.mutations.base import WriteInput, found, mutation, perform
from schema.mutations.project_input import FundingPayload
from schema.sql.fields import both


@strawberry.input(description=both("误登的资金。", "Money that was not won."))
class VoidFundingInput(WriteInput):
    funding: strawberry.ID = strawberry.field(description=both("编号。", "Its id."))


@mutation("作废误登的资金。", "Void money that was not won.")
async def void_funding(info: strawberry.Info, input: VoidFundingInput) -> FundingPayload:
    async def act(work: Work) -> Any:
        return await void(work, await found(work, input.funding, "funding", Funding, FUNDING))

    return await perform(info, FundingPayload, input, act)
