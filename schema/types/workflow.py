"""What every case of a workflow shows: its history, its deadlines, what the caller may do with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from core.workflow.declared import Workflow
from core.workflow.models import WorkflowDeadline as DeadlineRow
from core.workflow.models import WorkflowStep as StepRow
from core.workflow.service import possible
from schema.sql.fields import batched, column, sql_type, to_many


@sql_type(StepRow, name="WorkflowStep", zh="办理环节。", en="A step of a case.")
class WorkflowStep:
    verb: str = column(StepRow.verb, zh="环节。", en="The transition.")
    source: str | None = column(StepRow.source, zh="原状态。", en="The state before.")
    target: str = column(StepRow.target, zh="新状态。", en="The state after.")
    actor: str = column(StepRow.actor, zh="经办人的用户标识。", en="Subject of the user who made it.")
    made_on: date = column(StepRow.made_on, zh="办理日期。", en="Made on.")
    made_at: datetime = column(StepRow.made_at, zh="办理时刻。", en="Made at.")
    reason: str | None = column(StepRow.reason, zh="理由。", en="The reason given.")
    due_on: date | None = column(StepRow.due_on, zh="应办结的最后一日。", en="The last day for it.")
    late: bool = column(StepRow.late, zh="是否逾期办理。", en="Whether it was made late.")


@sql_type(DeadlineRow, name="WorkflowDeadline", zh="跨环节的期限。", en="A limit over several steps.")
class WorkflowDeadline:
    name: str = column(DeadlineRow.name, zh="名称。", en="Name.")
    began_on: date = column(DeadlineRow.began_on, zh="起算日。", en="It began on.")
    due_on: date = column(DeadlineRow.due_on, zh="最后一日。", en="Its last day.")
    extended: bool = column(DeadlineRow.extended, zh="是否已延长。", en="Whether it was extended.")
    met_on: date | None = column(DeadlineRow.met_on, zh="完成日期。", en="Met on.")


def history(model: Any) -> Any:
    """The steps of a case, first to last: `history: list[WorkflowStep] = history(CaseRow)`."""
    return to_many(
        lambda: WorkflowStep,
        model,
        lambda case, step: step.subject_id == case.id,
        order=("id",),
        implied=True,
        zh="办理经过，先办的在前。",
        en="The steps so far, the first one first.",
    )


def deadlines(model: Any) -> Any:
    """The limits of a case that span several steps."""
    return to_many(
        lambda: WorkflowDeadline,
        model,
        lambda case, deadline: deadline.subject_id == case.id,
        order=("due_on", "id"),
        implied=True,
        zh="跨环节的期限。",
        en="Its limits over several steps.",
    )


def actions(workflow: Workflow) -> Any:
    """The transitions that the caller may make of a case now, as far as role, place and state decide."""

    async def possible_here(rows: Sequence[Mapping[str, Any]], env: Any) -> list[list[str]]:
        return [possible(env.principal, workflow, row["state"], row["division"]) for row in rows]

    needs = {"state": workflow.model.state, "division": workflow.model.division}
    return batched(needs, zh="您现在可办理的环节。", en="The transitions that you may make now.")(
        possible_here
    )
