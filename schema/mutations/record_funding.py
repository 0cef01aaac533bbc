from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import strawberry

from core.projects.models import PROJECT, Project
from core.projects.money import NewFunding
from core.projects.money import record_funding as record
from core.work import Work
from schema.mutations.base import WriteInput, found, mutation, perform
from schema.mutations.project_input import FundingPayload
from schema.sql.fields import both
from schema.types.scalars import DivisionCode


@strawberry.input(
    description=both(
        "争取到的资金：某项目的，或某区划某类项目的。", "Money won, for a project or for a kind somewhere."
    )
)
class RecordFundingInput(WriteInput):
    source: str = strawberry.field(description=both("来源。", "Source."))
    amount: Decimal = strawberry.field(description=both("金额（元）。", "Yuan."))
    on: date | None = strawberry.field(
        default=None, description=both("日期，默认今天。", "The day, today by default.")
    )
    project: strawberry.ID | None = strawberry.field(
        default=None, description=both("项目编号。", "Id of the project.")
    )
    kind: str | None = strawberry.field(
        default=None,
        description=both("不属于某一项目时：用于哪类项目。", "If it is of no project: for which kind."),
    )
    division: DivisionCode | None = strawberry.field(
        default=None, description=both("不属于某一项目时：所在区划。", "If it is of no project: where.")
    )


@mutation("登记争取到的资金。", "Record money that was won.")
async def record_funding(info: strawberry.Info, input: RecordFundingInput) -> FundingPayload:
    async def act(work: Work) -> Any:
        new = NewFunding(
            source=input.source,
            amount=input.amount,
            on=input.on,
            project=await found(work, input.project, "project", Project, PROJECT),
            kind=input.kind,
            division=input.division,
        )
        return await record(work, new)

    return await perform(info, FundingPayload, input, act)
