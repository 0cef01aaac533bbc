from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar, dataclass_transform

import strawberry
from sqlalchemy import Text

from core.outbox.models import OutboxEntry
from core.workflow.tasks import TASK
from core.workflow.tasks import TaskEvent as Events
from schema.sql.fields import both, changed, column, expression, sql_type, to_one
from schema.types.enums import TaskEvent
from schema.types.task import Task, TaskFilter

T = TypeVar("T", bound=type)


@strawberry.interface(description=both("一项变更，由订阅送达。", "A change, as a subscription delivers it."))
class Change:
    position: int = column(
        OutboxEntry.position,
        zh="位置，按提交先后递增；续订时作为 after。",
        en="Position, in the order of commits; give it as `after` to go on from here.",
    )
    at: datetime = column(OutboxEntry.at, zh="发生时刻。", en="When it happened.")
    subject: strawberry.ID = column(OutboxEntry.subject, zh="变更对象编号。", en="Id of what has changed.")


def _type_name(row: Any, info: Any, abstract: Any) -> str:
    name: str = row.type.__strawberry_definition__.name
    return name


Change.__strawberry_definition__.resolve_type = _type_name  # type: ignore[attr-defined]


def change_event(kind: Any) -> Any:
    """What happened, as a member of an enum by its name."""
    return expression(
        sql=lambda row, bind: row[OutboxEntry].event,
        python=lambda row, env: kind[row[OutboxEntry].event],
        type_=Text(),
        zh="发生了什么。",
        en="What happened.",
    )


def changed_thing(target: Callable[[], Any], *, zh: str, en: str) -> Any:
    """What it happened to, as it is when the change is delivered; null if it is gone or out of reach."""
    return to_one(target, OutboxEntry, lambda change, row: row.id == change.subject_id, zh=zh, en=en)


@dataclass_transform(kw_only_default=True)
def change_type(*, name: str, zh: str, en: str) -> Callable[[T], T]:
    """The payload type of a subscription: a subclass of `Change` with `change_event` and `changed_thing` fields."""
    return sql_type(OutboxEntry, name=name, zh=zh, en=en)


@change_type(name="TaskChange", zh="任务的变更。", en="A change of a task.")
class TaskChange(Change):
    event: TaskEvent = change_event(Events)
    task: Task | None = changed_thing(
        lambda: Task, zh="任务，为送达时的情况。", en="The task, as it is when this is delivered."
    )


def task_changed() -> Any:
    """Changes of the tasks in the caller's reach."""
    return changed(
        TASK,
        lambda: TaskChange,
        lambda: Task,
        filter=TaskFilter,
        zh="任务的产生、认领、释放与办结；只送达当时可见的任务。",
        en="Tasks opened, claimed, released and closed, as far as they are visible when it happens.",
    )
