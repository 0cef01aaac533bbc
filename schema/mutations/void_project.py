from __future__ import annotations

from typing import Any

import strawberry

from core.projects.service import void
from core.work import Work
from schema.mutations.base import mutation, perform
from schema.mutations.project_input import ProjectInput, ProjectPayload, project_of
from schema.sql.fields import both


@strawberry.input(description=both("作废误登的项目。", "A project that was entered by mistake."))
class VoidProjectInput(ProjectInput):
    pass


@mutation(
    "作废误登的项目：不再列出和统计。", "Void a project entered by mistake: it is listed and counted no more."
)
async def void_project(info: strawberry.Info, input: VoidProjectInput) -> ProjectPayload:
    async def act(work: Work) -> Any:
        return await void(work, await project_of(work, input.project), input.expected_version)

    return await perform(info, ProjectPayload, input, act)
