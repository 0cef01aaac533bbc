from __future__ import annotations

from typing import Any

import strawberry

from core.work import Work
from core.workflow.models import Task as TaskRow
from core.workflow.tasks import TASK, claim
from schema.mutations.base import Payload, UpdateInput, found, mutation, payload, perform, written
from schema.sql.fields import both
from schema.types.task import Task


@strawberry.input(description=both("认领任务。", "A task to take."))
class ClaimTaskInput(UpdateInput):
    task: strawberry.ID = strawberry.field(description=both("任务编号。", "Id of the task."))


@payload("写入结果。", "What was written.")
class ClaimTaskPayload(Payload):
    task: Task | None = written(lambda: Task, "任务。", "The task.")


@mutation("认领任务，他人即不可再认领。", "Take a task, so that nobody else begins it.")
async def claim_task(info: strawberry.Info, input: ClaimTaskInput) -> ClaimTaskPayload:
    async def act(work: Work) -> Any:
        task = await found(work, input.task, "task", TaskRow, TASK)
        work.expect_version(task, input.expected_version)
        return await claim(work, task)

    return await perform(info, ClaimTaskPayload, input, act)
