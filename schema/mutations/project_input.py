"""What the mutations on projects share."""

from __future__ import annotations

from typing import Any

import strawberry

from core.projects import models as m
from core.projects.progress import NewProgress
from core.work import Work
from schema.mutations.base import Payload, UpdateInput, found, payload, written
from schema.sql.fields import both
from schema.types.project import Project
from schema.types.project_parts import DispatchMeeting, Funding, Milestone, ProgressEntry, ProjectPayment


@strawberry.input(description=both("项目的变更。", "A change of a project."))
class ProjectInput(UpdateInput):
    project: strawberry.ID = strawberry.field(description=both("项目编号。", "Id of the project."))


@payload("写入结果。", "What was written.")
class ProjectPayload(Payload):
    project: Project | None = written(lambda: Project, "项目。", "The project.")


@payload("写入结果。", "What was written.")
class MilestonePayload(Payload):
    milestone: Milestone | None = written(lambda: Milestone, "节点。", "The milestone.")


@payload("写入结果。", "What was written.")
class FundingPayload(Payload):
    funding: Funding | None = written(lambda: Funding, "资金。", "The money won.")


@payload("写入结果。", "What was written.")
class ProjectPaymentPayload(Payload):
    payment: ProjectPayment | None = written(lambda: ProjectPayment, "支付。", "The payment.")


@payload("写入结果。", "What was written.")
class ProgressPayload(Payload):
    progress: ProgressEntry | None = written(lambda: ProgressEntry, "进展。", "The progress.")


@payload("写入结果。", "What was written.")
class DispatchMeetingPayload(Payload):
    meeting: DispatchMeeting | None = written(lambda: DispatchMeeting, "调度会。", "The meeting.")


async def project_of(work: Work, id_: str, field: str = "project") -> m.Project:
    """The project an input names, in reach."""
    return await found(work, id_, field, m.Project, m.PROJECT)


async def progress_of(work: Work, input: Any) -> NewProgress:
    """The progress an input tells of."""
    return NewProgress(
        project=await project_of(work, input.project),
        percent=input.percent,
        issue=input.issue,
        due=input.due,
        reason=input.reason,
    )
