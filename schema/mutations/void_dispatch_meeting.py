from __future__ import annotations

from typing import Any

import strawberry

from core.projects.models import MEETING, DispatchMeeting
from core.projects.progress import void_meeting as void
from core.work import Work
from schema.mutations.base import WriteInput, found, mutation, perform
from schema.mutations.project_input import DispatchMeetingPayload
from schema.sql.fields import both


@strawberry.input(description=both("误登的调度会。", "A meeting that was not held."))
class VoidDispatchMeetingInput(WriteInput):
    meeting: strawberry.ID = strawberry.field(description=both("编号。", "Its id."))


@mutation(
    "作废误登的调度会；会上的进展须另行作废。",
    "Void a meeting that was not held; its progress is voided by itself.",
)
async def void_dispatch_meeting(
    info: strawberry.Info, input: VoidDispatchMeetingInput
) -> DispatchMeetingPayload:
    async def act(work: Work) -> Any:
        return await void(work, await found(work, input.meeting, "meeting", DispatchMeeting, MEETING))

    return await perform(info, DispatchMeetingPayload, input, act)
