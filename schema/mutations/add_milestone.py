from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.projects.milestones import NewMilestone
from core.projects.milestones import add_milestone as add
from core.work import Work
from schema.mutations.base import WriteInput, mutation, perform
from schema.mutations.project_input import MilestonePayload, project_of
from schema.sql.fields import both


@strawberry.input(description=both("项目的节点。", "A milestone of a project."))
class AddMilestoneInput(WriteInput):
    project: strawberry.ID = strawberry.field(description=both("项目编号。", "Id of the project."))
    name: str = strawberry.field(description=both("名称。", "Name."))
    owner: str = strawberry.field(description=both("责任人或责任单位。", "Who is responsible."))
    due: date = strawberry.field(description=both("应达成的最后一日。", "The last day for it."))


@mutation("增加项目节点。", "Add a milestone of a project.")
async def add_milestone(info: strawberry.Info, input: AddMilestoneInput) -> MilestonePayload:
    async def act(work: Work) -> Any:
        project = await project_of(work, input.project)
        return await add(
            work, NewMilestone(name=input.name, owner=input.owner, due=input.due, project=project)
        )

    return await perform(info, MilestonePayload, input, act)
