"""What hangs on a project: milestones, money, progress, meetings. A voided record is listed no more."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Boolean, Date, and_

from core.db import text
from core.projects import models as m
from schema.sql.days import on_day
from schema.sql.fields import column, connection, filter_input, node_id, sql_type, to_one, where
from schema.sql.filters import Compare, InDivision, Present
from schema.sql.paging import Key
from schema.types import later
from schema.types.connection import Connection
from schema.types.division import Division
from schema.types.enums import order_enum, order_input
from schema.types.node import Node
from schema.types.scalars import DivisionCode

if TYPE_CHECKING:
    from schema.types.project import Project

LazyProject = Annotated["Project", strawberry.lazy("schema.types.project")]


def _project(model: Any) -> Any:
    return to_one(
        later.project,
        model,
        lambda row, p: p.id == row.project_id,
        zh="项目；不属于某一项目或不在管辖范围时为空。",
        en="The project; null if it is of none, or out of scope.",
    )


def _division(model: Any) -> Any:
    return to_one(
        lambda: Division,
        model,
        lambda row, d: d.code == row.division,
        zh="所在区划。",
        en="Its division.",
    )


def _recorded_at(model: Any) -> Any:
    return column(model.recorded_at, zh="登记时刻。", en="When it was recorded.")


def _voided_at(model: Any) -> Any:
    return column(model.voided_at, zh="作废时刻。", en="When it was voided.")


@sql_type(m.Milestone, name="Milestone", prefix=m.MILESTONE, zh="节点。", en="A milestone.")
class Milestone(Node):
    id: strawberry.ID = node_id(m.MILESTONE, m.Milestone)
    subject: strawberry.ID = column(m.Milestone.subject, zh="所涉对象编号。", en="Id of what it is about.")
    project: LazyProject | None = _project(m.Milestone)
    kind: str = column(m.Milestone.kind, zh="类别。", en="Kind.")
    name: str = column(m.Milestone.name, zh="名称。", en="Name.")
    owner: str = column(m.Milestone.owner, zh="责任人或责任单位。", en="Who is responsible.")
    due: date = column(m.Milestone.due, zh="应达成的最后一日。", en="The last day for it.")
    reached_on: date | None = column(m.Milestone.reached_on, zh="达成日期。", en="Reached on.")
    result: str | None = column(m.Milestone.result, zh="结果。", en="With what result.")
    overdue: bool = on_day(
        m.Milestone,
        sql=lambda row, day: and_(row.reached_on.is_(None), row.due < day),
        python=lambda row, day: row.reached_on is None and row.due < day,
        type_=Boolean(),
        zh="是否逾期未达成。",
        en="Whether it is overdue.",
    )
    division: Division | None = _division(m.Milestone)
    recorded_at: datetime = _recorded_at(m.Milestone)
    voided_at: datetime | None = _voided_at(m.Milestone)


@sql_type(m.Funding, name="Funding", prefix=m.FUNDING, zh="争取到的资金。", en="Money won.")
class Funding(Node):
    id: strawberry.ID = node_id(m.FUNDING, m.Funding)
    kind: str = column(m.Funding.kind, zh="用于哪类项目。", en="For which kind of project.")
    project: LazyProject | None = _project(m.Funding)
    source: str = column(m.Funding.source, zh="来源。", en="Source.")
    amount: Decimal = column(m.Funding.amount, zh="金额（元）。", en="Yuan.")
    won_on: date = column(m.Funding.won_on, zh="到账或批复日期。", en="Won on.")
    division: Division | None = _division(m.Funding)
    recorded_at: datetime = _recorded_at(m.Funding)
    voided_at: datetime | None = _voided_at(m.Funding)


@sql_type(
    m.ProjectPayment, name="ProjectPayment", prefix=m.PAYMENT, zh="项目支付。", en="A payment of a project."
)
class ProjectPayment(Node):
    id: strawberry.ID = node_id(m.PAYMENT, m.ProjectPayment)
    project: LazyProject | None = _project(m.ProjectPayment)
    amount: Decimal = column(m.ProjectPayment.amount, zh="金额（元）。", en="Yuan.")
    paid_on: date = column(m.ProjectPayment.paid_on, zh="支付日期。", en="Paid on.")
    purpose: str | None = column(m.ProjectPayment.purpose, zh="用途。", en="What for.")
    recorded_at: datetime = _recorded_at(m.ProjectPayment)
    voided_at: datetime | None = _voided_at(m.ProjectPayment)


@sql_type(
    m.ProgressEntry, name="ProgressEntry", prefix=m.PROGRESS, zh="项目进展。", en="Progress of a project."
)
class ProgressEntry(Node):
    id: strawberry.ID = node_id(m.PROGRESS, m.ProgressEntry)
    project: LazyProject | None = _project(m.ProgressEntry)
    meeting: DispatchMeeting | None = to_one(
        lambda: DispatchMeeting,
        m.ProgressEntry,
        lambda e, d: d.id == e.meeting_id,
        zh="调度会；不是会上报告或不在管辖范围时为空。",
        en="The meeting it was reported at; null if at none, or out of scope.",
    )
    reported_on: date = column(m.ProgressEntry.reported_on, zh="报告日期。", en="Reported on.")
    percent: int = column(m.ProgressEntry.percent, zh="进度（%）。", en="Percent.")
    reason: str | None = column(m.ProgressEntry.reason, zh="进度下降的原因。", en="Why the percent fell.")
    issue: str | None = column(m.ProgressEntry.issue, zh="存在问题。", en="What keeps it.")
    due: date | None = column(m.ProgressEntry.due, zh="问题解决期限。", en="The last day for the issue.")
    recorded_at: datetime = _recorded_at(m.ProgressEntry)
    voided_at: datetime | None = _voided_at(m.ProgressEntry)


def progress_entries(name: str, parent: Any, on: Any, zh: str, en: str, *, implied: bool = True) -> Any:
    """A connection of progress, the latest first."""
    return connection(
        name,
        lambda: ProgressEntry,
        zh=zh,
        en=en,
        parent=parent,
        on=on,
        default=(Key("reported_on", descending=True),),
        where=lambda e: e.voided_at.is_(None),
        implied=implied,
    )


@sql_type(
    m.DispatchMeeting,
    name="DispatchMeeting",
    prefix=m.MEETING,
    zh="项目调度会。",
    en="A meeting that urges projects on.",
)
class DispatchMeeting(Node):
    id: strawberry.ID = node_id(m.MEETING, m.DispatchMeeting)
    held_on: date = column(m.DispatchMeeting.held_on, zh="召开日期。", en="Held on.")
    chair: str = column(m.DispatchMeeting.chair, zh="主持人。", en="Who chaired it.")
    task_force: str | None = column(m.DispatchMeeting.task_force, zh="专班。", en="Task force.")
    summary: str | None = column(m.DispatchMeeting.summary, zh="会议纪要。", en="What was decided.")
    division: Division | None = _division(m.DispatchMeeting)
    progress: Connection[ProgressEntry] = progress_entries(
        "DispatchMeeting.progress",
        m.DispatchMeeting,
        lambda d, e: e.meeting_id == d.id,
        "会上各项目的进展；不在管辖范围的项目不列出。",
        "The progress of each project discussed; those out of scope are absent.",
        implied=False,
    )
    recorded_at: datetime = _recorded_at(m.DispatchMeeting)
    voided_at: datetime | None = _voided_at(m.DispatchMeeting)


def _in_division() -> Any:
    return where(InDivision(None), zh="区划及其下级。", en="This division and all below.")


def _kind(zh: str, en: str) -> Any:
    return where(Compare("kind", text(80)), zh=zh, en=en)


@filter_input(name="MilestoneFilter", zh="节点筛选。", en="Filter of milestones.")
class MilestoneFilter:
    division: DivisionCode | None = _in_division()
    kind: str | None = _kind("类别。", "Kind.")
    subject: strawberry.ID | None = where(
        Compare("subject", text(80)), zh="所涉对象编号。", en="Id of what they are about."
    )
    reached: bool | None = where(Present("reached_on"), zh="是否已达成。", en="Whether reached.")
    due_by: date | None = where(Compare("due", Date(), "<="), zh="到期日不晚于。", en="Due by this day.")


@filter_input(name="FundingFilter", zh="资金筛选。", en="Filter of money won.")
class FundingFilter:
    division: DivisionCode | None = _in_division()
    kind: str | None = _kind("用于哪类项目。", "For which kind of project.")
    since: date | None = where(Compare("won_on", Date(), ">="), zh="于该日或之后。", en="Won on or after.")
    until: date | None = where(Compare("won_on", Date(), "<="), zh="于该日或之前。", en="Won on or before.")


@filter_input(name="DispatchMeetingFilter", zh="调度会筛选。", en="Filter of dispatch meetings.")
class DispatchMeetingFilter:
    division: DivisionCode | None = _in_division()
    task_force: str | None = where(Compare("task_force", text(100)), zh="专班。", en="Task force.")
    since: date | None = where(Compare("held_on", Date(), ">="), zh="于该日或之后。", en="Held on or after.")
    until: date | None = where(Compare("held_on", Date(), "<="), zh="于该日或之前。", en="Held on or before.")


def _ordering(name: str, zh: str, en: str, member: str, labels: tuple[str, str]) -> Any:
    return order_input(f"{name}Order", order_enum(f"{name}OrderField", zh, en, {member: labels}))


MilestoneOrder = _ordering(
    "Milestone", "节点排序字段。", "Orderings of milestones.", "DUE", ("到期日", "Due on")
)
FundingOrder = _ordering(
    "Funding", "资金排序字段。", "Orderings of money won.", "WON_ON", ("到账日期", "Won on")
)
DispatchMeetingOrder = _ordering(
    "DispatchMeeting", "调度会排序字段。", "Orderings of meetings.", "HELD_ON", ("召开日期", "Held on")
)
_LISTS: dict[Any, tuple[Any, Any, str, bool]] = {
    Milestone: (MilestoneFilter, MilestoneOrder, "due", False),
    Funding: (FundingFilter, FundingOrder, "won_on", True),
    DispatchMeeting: (DispatchMeetingFilter, DispatchMeetingOrder, "held_on", True),
}


def recorded(name: str, target: Any, zh: str, en: str) -> Any:
    """A connection of milestones, money won or meetings; what is voided is not listed."""
    filter_, order, by, descending = _LISTS[target]
    return connection(
        name,
        lambda: target,
        zh=zh,
        en=en,
        filter=filter_,
        order=order,
        orders={by.upper(): by},
        default=(Key(by, descending=descending),),
        where=lambda row: row.voided_at.is_(None),
    )
