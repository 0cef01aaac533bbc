from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.projects.milestones import reach_milestone as reach
from core.projects.models import MILESTONE, Milestone
from core.work import Work
from schema.mutations.base import WriteInput, found, mutation, perform
from schema.mutations.project_input import MilestonePayload
from schema.sql.fields import both


@strawberry.input(description=both("节点的达成。", "That a milestone was reached."))
class ReachMilestoneInput(WriteInput):
    milestone: strawberry.ID = strawberry.field(description=both("节点编号。", "Id of the milestone."))
    on: date | None = strawberry.field(
        default=None, description=both("日期，默认今天。", "The day, today by default.")
    )
    result: str | None = strawberry.field(default=None, description=both("结果。", "With what result."))


@mutation("登记节点已达成。", "Say that a milestone was reached.")
async def reach_milestone(info: strawberry.Info, input: ReachMilestoneInput) -> MilestonePayload:
    async def act(work: Work) -> Any:
        row = await found(work, input.milestone, "milestone", Milestone, MILESTONE)
        return await reach(work, row, input.on, input.result)

    return await perform(info, MilestonePayload, input, act)
