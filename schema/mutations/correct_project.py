from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import strawberry

from core.organizations.models import Organization
from core.projects.service import correct
from core.work import Work
from schema.mutations.base import found, mutation, perform
from schema.mutations.project_input import ProjectInput, ProjectPayload, project_of
from schema.sql.fields import both
from schema.types.project_enums import ProjectFacility, ProjectLevel

_NEEDED = (
    "name",
    "owner",
    "planned_completion",
    "approved_on",
    "actual_start",
    "actual_completion",
    "operation_date",
)
_CLEARED = ("planned_start", "task_force", "level", "facility", "budget", "area_m2")


@strawberry.input(
    description=both(
        "更正或调整项目；未给出的字段不变。", "A correction or change; fields left out stay as they are."
    )
)
class CorrectProjectInput(ProjectInput):
    on: date | None = strawberry.field(
        default=None,
        description=both(
            "计划（工期、预算、责任人等）自何日起调整；不填为更正登记错误。",
            "From which day a change of plan (time, budget, owner) holds; without it a mistake is corrected.",
        ),
    )
    name: str | None = strawberry.field(default=strawberry.UNSET, description=both("名称。", "Name."))
    owner: str | None = strawberry.field(
        default=strawberry.UNSET, description=both("责任人或责任单位。", "Who is responsible.")
    )
    planned_completion: date | None = strawberry.field(
        default=strawberry.UNSET, description=both("计划竣工日期。", "Planned completion.")
    )
    planned_start: date | None = strawberry.field(
        default=strawberry.UNSET,
        description=both("计划开工日期；null 清除。", "Planned start; null clears it."),
    )
    organization: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description=both("责任单位；null 清除。", "The body responsible; null clears it."),
    )
    task_force: str | None = strawberry.field(
        default=strawberry.UNSET, description=both("专班；null 清除。", "Task force; null clears it.")
    )
    level: ProjectLevel | None = strawberry.field(
        default=strawberry.UNSET,
        description=both("民生实事级别；null 清除。", "Level of the livelihood list; null clears it."),
    )
    facility: ProjectFacility | None = strawberry.field(
        default=strawberry.UNSET, description=both("设施；null 清除。", "What is built; null clears it.")
    )
    budget: Decimal | None = strawberry.field(
        default=strawberry.UNSET,
        description=both("预算（元）；null 为不限。", "Budget in yuan; null is without a limit."),
    )
    area_m2: Decimal | None = strawberry.field(
        default=strawberry.UNSET,
        description=both("面积（平方米）；null 清除。", "Area, square metres; null clears it."),
    )
    approved_on: date | None = strawberry.field(
        default=strawberry.UNSET, description=both("立项日期（更正）。", "The day it was set up, corrected.")
    )
    actual_start: date | None = strawberry.field(
        default=strawberry.UNSET,
        description=both("实际开工日期（更正）。", "The day it was begun, corrected."),
    )
    actual_completion: date | None = strawberry.field(
        default=strawberry.UNSET,
        description=both("实际竣工日期（更正）。", "The day it was completed, corrected."),
    )
    operation_date: date | None = strawberry.field(
        default=strawberry.UNSET,
        description=both("投入运营日期（更正）。", "The day it went into operation, corrected."),
    )


async def _changes(work: Work, input: CorrectProjectInput) -> dict[str, Any]:
    said = {name: getattr(input, name) for name in (*_NEEDED, *_CLEARED)}
    changes = {name: value for name, value in said.items() if value is not strawberry.UNSET}
    changes = {name: value for name, value in changes.items() if value is not None or name in _CLEARED}
    if input.organization is not strawberry.UNSET:
        changes["organization"] = await found(
            work, input.organization, "organization", Organization, "organization"
        )
    return changes


@mutation(
    "更正项目的登记，或自某日起调整计划。",
    "Correct what is recorded of a project, or change its plan from a day on.",
)
async def correct_project(info: strawberry.Info, input: CorrectProjectInput) -> ProjectPayload:
    async def act(work: Work) -> Any:
        row = await project_of(work, input.project)
        return await correct(work, row, await _changes(work, input), input.on, input.expected_version)

    return await perform(info, ProjectPayload, input, act)
