from __future__ import annotations

from typing import Any

import strawberry

from core.projects.milestones import void_milestone as void
from core.projects.models import MILESTONE, Milestone
from core.work import Work
from schema.mutations.base import WriteInput, found, mutation, perform
from schema.mutations.project_input import MilestonePayload
from schema.sql.fields import both


@strawberry.input(description=both("误登的节点。", "A milestone entered wrongly."))
class VoidMilestoneInput(WriteInput):
    milestone: strawberry.ID = strawberry.field(description=both("编号。", "Its id."))


@mutation("作废误登的节点。", "Void a milestone entered wrongly.")
async def void_milestone(info: strawberry.Info, input: VoidMilestoneInput) -> MilestonePayload:
    async def act(work: Work) -> Any:
        return await void(work, await found(work, input.milestone, "milestone", Milestone, MILESTONE))

    return await perform(info, MilestonePayload, input, act)
