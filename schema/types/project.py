from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Boolean, ColumnElement, Date, Integer, and_, not_
from sqlalchemy.types import TypeEngine

from core.codes.projects import ProjectState as States
from core.db import Text, text
from core.projects import late as lateness
from core.projects.declared import ProjectKind as Declared
from core.projects.models import PROJECT as PREFIX
from core.projects.models import Project as ProjectRow
from core.projects.workflow import PROJECT
from schema.sql.days import on_day
from schema.sql.fields import (
    batched,
    column,
    connection,
    expression,
    filter_input,
    node_id,
    sql_type,
    to_many,
    to_one,
    where,
)
from schema.sql.filters import Compare, InDivision, Prefix, Where
from schema.sql.paging import Key
from schema.types import later
from schema.types.connection import Connection
from schema.types.division import Division
from schema.types.enums import order_enum, order_input
from schema.types.node import Node
from schema.types.project_enums import ProjectFacility, ProjectLevel, ProjectState
from schema.types.project_parts import (
    Funding,
    Milestone,
    ProgressEntry,
    ProjectPayment,
    progress_entries,
)
from schema.types.scalars import DivisionCode
from schema.types.workflow import WorkflowDeadline, WorkflowStep, actions, deadlines, history

if TYPE_CHECKING:
    from schema.types.organization import Organization


class InState(Where):
    """Projects in a state."""

    def values(self, value: Any, env: Any) -> Sequence[Any]:
        return (States(value).name,)

    def clause(self, row: Any, shape: Hashable, binds: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
        test: ColumnElement[bool] = row.state == binds[0]
        return test


class IsLate(Where):
    """Projects that are late today, or are not."""

    def shape(self, value: Any) -> Hashable:
        return bool(value)

    def values(self, value: Any, env: Any) -> Sequence[Any]:
        return (env.clock.today(),)

    def types(self, shape: Hashable) -> Sequence[TypeEngine[Any]]:
        return (Date(),)

    def clause(self, row: Any, shape: Hashable, binds: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
        test = lateness.late_sql(row, binds[0])
        return test if shape else not_(test)


class OnTheList(Where):
    """Projects that are on a list of livelihood projects, or are not."""

    def shape(self, value: Any) -> Hashable:
        return bool(value)

    def values(self, value: Any, env: Any) -> Sequence[Any]:
        return ()

    def types(self, shape: Hashable) -> Sequence[TypeEngine[Any]]:
        return ()

    def clause(self, row: Any, shape: Hashable, binds: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
        test: ColumnElement[bool] = row.level.is_not(None) if shape else row.level.is_(None)
        return test


class OfPlugin(Where):
    """Projects of one plugin's kinds, or of core's."""

    def values(self, value: Any, env: Any) -> Sequence[Any]:
        return (f"{value}.", f"{value}/")  # all that starts with the plugin's name and a dot

    def types(self, shape: Hashable) -> Sequence[TypeEngine[Any]]:
        return (Text, Text)

    def clause(self, row: Any, shape: Hashable, binds: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
        return and_(row.kind >= binds[0], row.kind < binds[1])


@filter_input(name="ProjectFilter", zh="项目筛选。", en="Filter of projects.")
class ProjectFilter:
    kind: str | None = where(
        Compare("kind", text(80)), zh="类别，如 core.construction。", en="Kind, such as core.construction."
    )
    plugin: str | None = where(OfPlugin(), zh="类别所属插件。", en="The plugin that the kind belongs to.")
    state: ProjectState | None = where(InState(), zh="状态。", en="State.")
    late: bool | None = where(IsLate(), zh="今日是否逾期。", en="Whether late today.")
    livelihood: bool | None = where(
        OnTheList(), zh="是否列入民生实事。", en="Whether on a list of livelihood projects."
    )
    level: ProjectLevel | None = where(
        Compare("level", ProjectRow.level.type), zh="民生实事级别。", en="Level of the list that it is on."
    )
    facility: ProjectFacility | None = where(
        Compare("facility", ProjectRow.facility.type), zh="设施。", en="What is built."
    )
    division: DivisionCode | None = where(
        InDivision(None), zh="区划及其下级。", en="This division and all below."
    )
    task_force: str | None = where(Compare("task_force", text(100)), zh="专班。", en="Task force.")
    name: str | None = where(Prefix("name"), zh="名称前缀。", en="Start of the name.")
    due_by: date | None = where(
        Compare("planned_completion", Date(), "<="), zh="计划竣工不晚于。", en="Planned to be completed by."
    )


ProjectOrderField = order_enum(
    "ProjectOrderField",
    "项目排序字段。",
    "Orderings of projects.",
    {"PLANNED_COMPLETION": ("计划竣工日期", "Planned completion"), "NAME": ("名称", "Name")},
)
ProjectOrder = order_input("ProjectOrder", ProjectOrderField)
_ORDERS = {"PLANNED_COMPLETION": "planned_completion", "NAME": "name"}


async def kind_titles(rows: Sequence[Mapping[str, Any]], env: Any) -> list[str | None]:
    """What each kind is called, in the caller's language; null once nobody declares it."""
    book = env.host.book(Declared)
    kinds = [book.get(row["kind"]) for row in rows]
    return [kind and (kind.zh if env.language == "zh" else kind.en) for kind in kinds]


@sql_type(ProjectRow, name="Project", prefix=PREFIX, zh="项目。", en="A project.")
class Project(Node):
    id: strawberry.ID = node_id(PREFIX, ProjectRow)
    kind: str = column(
        ProjectRow.kind, zh="类别，由核心或插件声明。", en="Kind, declared by core or a plugin."
    )
    kind_title: str | None = batched(
        {"kind": ProjectRow.kind}, zh="类别名称，按所用语言。", en="What the kind is called."
    )(kind_titles)
    name: str = column(ProjectRow.name, zh="名称。", en="Name.")
    state: ProjectState = expression(
        sql=lambda row, bind: row[ProjectRow].state,
        python=lambda row, env: States(row[ProjectRow].state),
        type_=Text,
        zh="状态。",
        en="State.",
    )
    division: Division | None = to_one(
        lambda: Division,
        ProjectRow,
        lambda p, d: d.code == p.division,
        zh="所在区划。",
        en="Where it is built.",
    )
    owner: str = column(ProjectRow.owner, zh="责任人或责任单位。", en="Who is responsible.")
    organization: Annotated[Organization, strawberry.lazy("schema.types.organization")] | None = to_one(
        later.organization,
        ProjectRow,
        lambda p, o: o.id == p.owner_organization_id,
        zh="责任单位；未登记或不在管辖范围时为空。",
        en="The body responsible; null if not registered here, or out of scope.",
    )
    task_force: str | None = column(ProjectRow.task_force, zh="专班。", en="Task force.")
    level: ProjectLevel | None = column(
        ProjectRow.level,
        zh="列入哪一级民生实事；未列入为空。",
        en="Level of the list of livelihood projects that it is on; null if on none.",
    )
    facility: ProjectFacility | None = column(ProjectRow.facility, zh="设施。", en="What is built.")
    approved_on: date = column(ProjectRow.approved_on, zh="立项日期。", en="Set up on.")
    planned_start: date | None = column(ProjectRow.planned_start, zh="计划开工日期。", en="Planned start.")
    planned_completion: date = column(
        ProjectRow.planned_completion, zh="计划竣工日期。", en="Planned completion."
    )
    actual_start: date | None = column(ProjectRow.actual_start, zh="实际开工日期。", en="Begun on.")
    actual_completion: date | None = column(
        ProjectRow.actual_completion, zh="实际竣工日期。", en="Completed on."
    )
    operation_date: date | None = column(
        ProjectRow.operation_date, zh="投入运营日期。", en="In operation since."
    )
    late: bool = on_day(
        ProjectRow,
        sql=lateness.late_sql,
        python=lambda p, day: lateness.late(p.planned_completion, p.actual_completion, day),
        type_=Boolean(),
        zh="是否逾期：实际竣工日期（未竣工则为当日）晚于计划竣工日期。",
        en="Whether it is late: completed after the planned day, or not completed though that is over.",
    )
    days_late: int = on_day(
        ProjectRow,
        sql=lateness.days_late_sql,
        python=lambda p, day: lateness.days_late(p.planned_completion, p.actual_completion, day),
        type_=Integer(),
        zh="逾期天数；未逾期为 0。",
        en="By how many days it is late; 0 if it is not.",
    )
    days_to_operation: int | None = on_day(
        ProjectRow,
        sql=lateness.days_to_operation_sql,
        python=lambda p, day: lateness.days_to_operation(p.actual_completion, p.operation_date, day),
        type_=Integer(),
        zh="竣工到运营的天数，未运营则算到当日；未竣工为空。",
        en="Days from completion to operation, so far if it does not operate; null before completion.",
    )
    budget: Decimal | None = column(ProjectRow.budget, zh="预算（元）。", en="Budget, yuan.")
    paid: Decimal = column(ProjectRow.paid, zh="已付（元）。", en="Paid, yuan.")
    area_m2: Decimal | None = column(ProjectRow.area_m2, zh="面积（平方米）。", en="Area, square metres.")
    percent: int | None = column(ProjectRow.percent, zh="最近一次进度（%）。", en="Progress last reported.")
    milestones: list[Milestone] = to_many(
        lambda: Milestone,
        ProjectRow,
        lambda p, m: (m.project_id == p.id) & m.voided_at.is_(None),
        order=("due", "id"),
        implied=True,
        zh="节点，先到期的在前。",
        en="Milestones, the first due first.",
    )
    fundings: list[Funding] = to_many(
        lambda: Funding,
        ProjectRow,
        lambda p, f: (f.project_id == p.id) & f.voided_at.is_(None),
        order=("won_on", "id"),
        implied=True,
        zh="为该项目争取的资金。",
        en="Money won for it.",
    )
    payments: list[ProjectPayment] = to_many(
        lambda: ProjectPayment,
        ProjectRow,
        lambda p, m: (m.project_id == p.id) & m.voided_at.is_(None),
        order=("paid_on", "id"),
        implied=True,
        zh="支付记录。",
        en="Payments.",
    )
    progress: Connection[ProgressEntry] = progress_entries(
        "Project.progress",
        ProjectRow,
        lambda p, e: e.project_id == p.id,
        "进展，新的在前。",
        "Progress, the latest first.",
    )
    history: list[WorkflowStep] = history(ProjectRow)
    deadlines: list[WorkflowDeadline] = deadlines(ProjectRow)
    actions: list[str] = actions(PROJECT)
    voided_at: datetime | None = column(
        ProjectRow.voided_at, zh="作废时刻。", en="When it was voided as a mistake."
    )
    version: int = column(
        ProjectRow.version, zh="版本，供 expectedVersion 使用。", en="Version, for expectedVersion."
    )
    updated_at: datetime = column(ProjectRow.updated_at, zh="更新时刻。", en="When last changed.")


def projects(name: str, zh: str, en: str, **options: Any) -> Any:
    """A connection of projects, what is due first first."""
    return connection(
        name,
        lambda: Project,
        zh=zh,
        en=en,
        filter=ProjectFilter,
        order=ProjectOrder,
        orders=_ORDERS,
        default=(Key("planned_completion"),),
        where=lambda p: p.voided_at.is_(None),
        **options,
    )
