from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import strawberry

from core.organizations.models import Organization
from core.projects.service import NewProject, plan
from core.work import Work
from schema.mutations.base import WriteInput, found, mutation, perform
from schema.mutations.project_input import ProjectPayload
from schema.sql.fields import both
from schema.types.project_enums import ProjectFacility, ProjectLevel
from schema.types.scalars import DivisionCode


@strawberry.input(description=both("立项。", "A project to plan."))
class PlanProjectInput(WriteInput):
    kind: str = strawberry.field(
        description=both(
            "类别，见 capabilities 的 projectKinds。", "Kind: one of the projectKinds of capabilities."
        )
    )
    division: DivisionCode = strawberry.field(description=both("所在区划。", "Where it is built."))
    name: str = strawberry.field(description=both("名称。", "Name."))
    owner: str = strawberry.field(description=both("责任人或责任单位。", "Who is responsible."))
    planned_completion: date = strawberry.field(description=both("计划竣工日期。", "Planned completion."))
    planned_start: date | None = strawberry.field(
        default=None, description=both("计划开工日期。", "Planned start.")
    )
    organization: strawberry.ID | None = strawberry.field(
        default=None,
        description=both("责任单位（已登记的组织）。", "The body responsible, if registered here."),
    )
    task_force: str | None = strawberry.field(default=None, description=both("专班。", "Task force."))
    level: ProjectLevel | None = strawberry.field(
        default=None,
        description=both("列入哪一级民生实事。", "Level of the list of livelihood projects that it is on."),
    )
    facility: ProjectFacility | None = strawberry.field(
        default=None, description=both("设施。", "What is built.")
    )
    budget: Decimal | None = strawberry.field(
        default=None, description=both("预算（元）；不填为不限。", "Budget in yuan; none is without a limit.")
    )
    area_m2: Decimal | None = strawberry.field(
        default=None, description=both("面积（平方米）。", "Area, square metres.")
    )
    on: date | None = strawberry.field(
        default=None, description=both("立项日期，默认今天。", "The day it was set up, today by default.")
    )


_SAME = (
    "kind",
    "division",
    "name",
    "owner",
    "planned_completion",
    "planned_start",
    "task_force",
    "level",
    "facility",
    "budget",
    "area_m2",
    "on",
)


@mutation("立项。", "Plan a project.")
async def plan_project(info: strawberry.Info, input: PlanProjectInput) -> ProjectPayload:
    async def act(work: Work) -> Any:
        body = await found(work, input.organization, "organization", Organization, "organization")
        said = {name: getattr(input, name) for name in _SAME}
        return await plan(work, NewProject(organization=body, **said))

    return await perform(info, ProjectPayload, input, act)
