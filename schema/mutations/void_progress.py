from __future__ import annotations

from typing import Any

import strawberry

from core.projects.models import PROGRESS, ProgressEntry
from core.projects.progress import void_progress as void
from core.work import Work
from schema.mutations.base import WriteInput, found, mutation, perform
from schema.mutations.project_input import ProgressPayload
from schema.sql.fields import both


@strawberry.input(description=both("误登的进展。", "Progress recorded wrongly."))
class VoidProgressInput(WriteInput):
    progress: strawberry.ID = strawberry.field(description=both("编号。", "Its id."))


@mutation("作废误登的进展。", "Void progress that was recorded wrongly.")
async def void_progress(info: strawberry.Info, input: VoidProgressInput) -> ProgressPayload:
    async def act(work: Work) -> Any:
        return await void(work, await found(work, input.progress, "progress", ProgressEntry, PROGRESS))

    return await perform(info, ProgressPayload, input, act)
