from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.projects.models import MEETING, DispatchMeeting
from core.projects.progress import record_progress as record
from core.work import Work
from schema.mutations.base import found, mutation, perform
from schema.mutations.project_input import ProgressPayload, ProjectInput, progress_of
from schema.sql.fields import both


@strawberry.input(description=both("项目的进展。", "Progress of a project."))
class RecordProgressInput(ProjectInput):
    percent: int = strawberry.field(description=both("进度（%）。", "Percent, 0 to 100."))
    issue: str | None = strawberry.field(default=None, description=both("存在问题。", "What keeps it."))
    due: date | None = strawberry.field(
        default=None, description=both("问题解决期限。", "The last day for the issue.")
    )
    reason: str | None = strawberry.field(
        default=None, description=both("进度下降的原因。", "Why the percent falls.")
    )
    on: date | None = strawberry.field(
        default=None, description=both("日期，默认今天。", "The day, today by default.")
    )
    meeting: strawberry.ID | None = strawberry.field(
        default=None, description=both("在哪次调度会上报告。", "The meeting it was reported at.")
    )


@mutation("登记项目进展；进度下降须写明原因。", "Record progress; a percent that falls needs a reason.")
async def record_progress(info: strawberry.Info, input: RecordProgressInput) -> ProgressPayload:
    async def act(work: Work) -> Any:
        new = await progress_of(work, input)
        meeting = await found(work, input.meeting, "meeting", DispatchMeeting, MEETING)
        return await record(work, new, input.on, meeting, input.expected_version)

    return await perform(info, ProgressPayload, input, act)
