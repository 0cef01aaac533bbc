from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import date
from typing import Any

import strawberry
from sqlalchemy import Boolean, ColumnElement, Date, and_, case, false, or_
from sqlalchemy.types import TypeEngine

from core.access.declared import Declared
from core.codes.sets import UserRole as Roles
from core.db import Text, text
from core.workflow.models import Task as TaskRow
from schema.sql.fields import (
    batched,
    column,
    connection,
    expression,
    filter_input,
    node_id,
    sql_type,
    to_one,
    where,
)
from schema.sql.filters import Compare, InDivision, Inside, Where
from schema.sql.paging import Key
from schema.types.division import Division
from schema.types.enums import Due, TaskDue, UserRole, order_enum, order_input
from schema.types.node import Node
from schema.types.owned import OfPlugin, plugin_of
from schema.types.person import Person
from schema.types.scalars import DivisionCode

_ACTS = Declared(column="act")


class Mine(Where):
    """Tasks that the caller took, or may do and nobody took."""

    def shape(self, value: Any) -> Hashable:
        return bool(value)

    def values(self, value: Any, env: Any) -> Sequence[Any]:
        return (env.principal.subject,)

    def scoped(
        self, row: Any, shape: Hashable, binds: Sequence[ColumnElement[Any]], inside: Inside
    ) -> ColumnElement[bool]:
        may = inside(_ACTS)
        free = and_(row.assignee.is_(None), false() if may is None else may)
        mine = or_(and_(row.assignee.is_not(None), row.assignee == binds[0]), free)
        return mine if shape else ~mine


_DAYS = {Due.TODAY: (0, 0), Due.OVERDUE: (None, -1), Due.WEEK: (0, 7)}


class DueIn(Where):
    """Tasks whose last day is today, past, or near."""

    def shape(self, value: Any) -> Hashable:
        return Due(value)

    def values(self, value: Any, env: Any) -> Sequence[Any]:
        low, high = _DAYS[Due(value)]
        today = env.clock.today()
        return (date.min if low is None else _shifted(today, low), _shifted(today, high))

    def types(self, shape: Hashable) -> Sequence[TypeEngine[Any]]:
        return (Date(), Date())

    def clause(self, row: Any, shape: Hashable, binds: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
        return and_(row.due_on >= binds[0], row.due_on <= binds[1])


def _shifted(day: date, days: int) -> date:
    return date.fromordinal(day.toordinal() + days)


class WaitsFor(Where):
    """Tasks that a role may do."""

    def values(self, value: Any, env: Any) -> Sequence[Any]:
        return (f"%,{Roles(value).name},%",)

    def clause(self, row: Any, shape: Hashable, binds: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
        found: ColumnElement[bool] = row.roles.like(binds[0])
        return found


@filter_input(name="TaskFilter", zh="任务筛选。", en="Filter of tasks.")
class TaskFilter:
    mine: bool | None = where(
        Mine(),
        zh="本人已认领的，或本人可办且无人认领的。",
        en="Taken by me, or mine to do and taken by nobody.",
    )
    due: TaskDue | None = where(DueIn(), zh="时限。", en="When they are due.")
    due_by: date | None = where(Compare("due_on", Date(), "<="), zh="到期日不晚于。", en="Due by this day.")
    waits_for: UserRole | None = where(WaitsFor(), zh="等待哪类人员办理。", en="The role that they wait for.")
    plugin: str | None = where(OfPlugin(), zh="所属插件。", en="The plugin they belong to.")
    kind: str | None = where(Compare("kind", text(80)), zh="任务类别。", en="Kind of task.")
    subject: strawberry.ID | None = where(
        Compare("subject", text(80)), zh="所涉对象编号。", en="Id of what they are about."
    )
    assignee: str | None = where(Compare("assignee", text(200)), zh="认领人。", en="Who took them.")
    division: DivisionCode | None = where(
        InDivision(None), zh="区划及其下级。", en="This division and all below."
    )


TaskOrderField = order_enum(
    "TaskOrderField",
    "任务排序字段。",
    "Orderings of tasks.",
    {
        "DUE_ON": ("到期日；无期限者升序在后", "Due on; those without come last ascending"),
        "OPENED_ON": ("产生日期", "Opened on"),
    },
)
TaskOrder = order_input("TaskOrder", TaskOrderField)
_ORDERS = {"DUE_ON": "due_on", "OPENED_ON": "opened_on"}


async def waiting_for(rows: Sequence[Mapping[str, Any]], env: Any) -> list[list[UserRole]]:
    """The roles of each task."""
    return [[Roles(name) for name in row["roles"].split(",") if name] for row in rows]


@sql_type(
    TaskRow,
    name="Task",
    prefix="task",
    zh="待办任务，不含个人信息。",
    en="Something to do; it holds no personal data.",
)
class Task(Node):
    id: strawberry.ID = node_id("task", TaskRow)
    kind: str = column(TaskRow.kind, zh="类别，即工作流或任务名。", en="Kind: the workflow or task declared.")
    plugin: str = batched({"kind": TaskRow.kind}, zh="所属插件。", en="The plugin it belongs to.")(plugin_of)
    title: str = expression(
        sql=lambda row, bind: case((bind("zh"), row[TaskRow].title_zh), else_=row[TaskRow].title_en),
        python=lambda row, env: row[TaskRow].title_zh if env.language == "zh" else row[TaskRow].title_en,
        type_=Text,
        binds={"zh": (lambda env: env.language == "zh", Boolean())},
        zh="标题，按所用语言。",
        en="Title in the caller's language.",
    )
    title_zh: str = column(TaskRow.title_zh, zh="中文标题。", en="Title in Chinese.")
    title_en: str = column(TaskRow.title_en, zh="英文标题。", en="Title in English.")
    state: str | None = column(TaskRow.state, zh="所涉案件的状态。", en="State of the case it is about.")
    subject: strawberry.ID = column(TaskRow.subject, zh="所涉对象编号。", en="Id of what it is about.")
    person: Person | None = to_one(
        lambda: Person,
        TaskRow,
        lambda t, p: p.id == t.person_id,
        zh="所涉人员。",
        en="The person it is about.",
    )
    division: Division | None = to_one(
        lambda: Division, TaskRow, lambda t, d: d.code == t.division, zh="所在区划。", en="Where it lies."
    )
    waits_for: list[UserRole] = batched(
        {"roles": TaskRow.roles}, zh="等待哪类人员办理。", en="The roles that it waits for."
    )(waiting_for)
    assignee: str | None = column(
        TaskRow.assignee, zh="认领人的用户标识。", en="Subject of the user who took it."
    )
    opened_on: date = column(TaskRow.opened_on, zh="产生日期。", en="Opened on.")
    due_on: date | None = column(TaskRow.due_on, zh="期限的最后一日。", en="The last day for it.")
    overdue: bool = expression(
        sql=lambda row, bind: and_(
            row[TaskRow].closed_on.is_(None),
            row[TaskRow].due_on.is_not(None),
            row[TaskRow].due_on < bind("today"),
        ),
        python=lambda row, env: _late(row[TaskRow], env.clock.today()),
        type_=Boolean(),
        binds={"today": (lambda env: env.clock.today(), Date())},
        zh="是否已逾期。",
        en="Whether it is overdue.",
    )
    closed_on: date | None = column(TaskRow.closed_on, zh="办结日期。", en="Done on.")
    outcome: str | None = column(TaskRow.outcome, zh="办结结果。", en="What came of it.")
    version: int = column(
        TaskRow.version, zh="版本，供 expectedVersion 使用。", en="Version, for expectedVersion."
    )


def _late(task: TaskRow, today: date) -> bool:
    return task.closed_on is None and task.due_on is not None and task.due_on < today


def tasks(name: str, zh: str, en: str, **options: Any) -> Any:
    """A connection of open tasks, the most urgent first."""
    return connection(
        name,
        lambda: Task,
        zh=zh,
        en=en,
        filter=TaskFilter,
        order=TaskOrder,
        orders=_ORDERS,
        default=(Key("due_on"),),
        where=lambda t: t.closed_on.is_(None),
        **options,
    )
