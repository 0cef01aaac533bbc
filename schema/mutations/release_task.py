from __future__ import annotations

from typing import Any

import strawberry

from core.work import Work
from core.workflow.models import Task as TaskRow
from core.workflow.tasks import TASK, release
from schema.mutations.base import Payload, UpdateInput, found, mutation, payload, perform, written
from schema.sql.fields import both
from schema.types.task import Task


@strawberry.input(description=both("释放任务。", "A task to give back."))
class ReleaseTaskInput(UpdateInput):
    task: strawberry.ID = strawberry.field(description=both("任务编号。", "Id of the task."))


@payload("写入结果。", "What was written.")
class ReleaseTaskPayload(Payload):
    task: Task | None = written(lambda: Task, "任务。", "The task.")


@mutation("释放任务，供他人认领。", "Give a task back, for anybody to take.")
async def release_task(info: strawberry.Info, input: ReleaseTaskInput) -> ReleaseTaskPayload:
    async def act(work: Work) -> Any:
        task = await found(work, input.task, "task", TaskRow, TASK)
        work.expect_version(task, input.expected_version)
        return await release(work, task)

    return await perform(info, ReleaseTaskPayload, input, act)
