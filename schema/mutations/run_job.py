from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.jobs.service import ask, job_named
from core.work import Work
from schema.mutations.base import Payload, WriteInput, mutation, payload, perform, written
from schema.sql.fields import both
from schema.types.job import JobRun


@strawberry.input(description=both("要求运行定时任务。", "Asking for the run of a job."))
class RunJobInput(WriteInput):
    job: str = strawberry.field(
        description=both("任务名，如 core.birthdays。", "The job's name, such as core.birthdays.")
    )
    on: date | None = strawberry.field(
        default=None,
        description=both(
            "哪一天（按月的为当月，按小时的为当日首个小时）；默认当前一期。",
            "A day of the period: its month, its first hour; by default the present period.",
        ),
    )


@payload("写入结果。", "What was written.")
class RunJobPayload(Payload):
    run: JobRun | None = written(lambda: JobRun, "该期的运行。", "The run of the period.")


@mutation(
    "要求运行一期：排队，由服务进程随即运行；已完成的不再重做。",
    "Ask for the run of a period: it is queued, and a serving process takes it at once; one that is done stays done.",
)
async def run_job(info: strawberry.Info, input: RunJobInput) -> RunJobPayload:
    async def act(work: Work) -> Any:
        context: Any = info.context
        return await ask(work, job_named(work.host, input.job, context.env.plugins), input.on)

    return await perform(info, RunJobPayload, input, act)
