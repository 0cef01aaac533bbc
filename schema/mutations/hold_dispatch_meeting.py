from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.projects.progress import NewMeeting, hold_meeting
from core.work import Work
from schema.mutations.base import WriteInput, mutation, perform
from schema.mutations.project_input import DispatchMeetingPayload, progress_of
from schema.sql.fields import both
from schema.types.scalars import DivisionCode


@strawberry.input(description=both("会上一个项目的进展。", "The progress of a project discussed."))
class DiscussedProjectInput:
    project: strawberry.ID = strawberry.field(description=both("项目编号。", "Id of the project."))
    percent: int = strawberry.field(description=both("进度（%）。", "Percent, 0 to 100."))
    issue: str | None = strawberry.field(default=None, description=both("存在问题。", "What keeps it."))
    due: date | None = strawberry.field(
        default=None, description=both("问题解决期限。", "The last day for the issue.")
    )
    reason: str | None = strawberry.field(
        default=None, description=both("进度下降的原因。", "Why the percent falls.")
    )


@strawberry.input(description=both("项目调度会。", "A dispatch meeting."))
class HoldDispatchMeetingInput(WriteInput):
    division: DivisionCode = strawberry.field(description=both("所在区划。", "Of which division."))
    chair: str = strawberry.field(description=both("主持人。", "Who chaired it."))
    on: date | None = strawberry.field(
        default=None, description=both("日期，默认今天。", "The day, today by default.")
    )
    task_force: str | None = strawberry.field(default=None, description=both("专班。", "Task force."))
    summary: str | None = strawberry.field(default=None, description=both("会议纪要。", "What was decided."))
    progress: list[DiscussedProjectInput] = strawberry.field(
        default_factory=list, description=both("各项目的进展。", "The progress of each project discussed.")
    )


@mutation(
    "登记项目调度会及会上各项目的进展。", "Record a dispatch meeting with the progress of each project."
)
async def hold_dispatch_meeting(
    info: strawberry.Info, input: HoldDispatchMeetingInput
) -> DispatchMeetingPayload:
    async def act(work: Work) -> Any:
        new = NewMeeting(
            division=input.division,
            chair=input.chair,
            on=input.on,
            task_force=input.task_force,
            summary=input.summary,
        )
        return await hold_meeting(work, new, [await progress_of(work, item) for item in input.progress])

    return await perform(info, DispatchMeetingPayload, input, act)
