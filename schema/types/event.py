from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Boolean, ColumnElement, Date, and_

from core.access.permissions import REGISTRY_READ
from core.events.models import LifeEvent as EventRow
from core.events.models import LifeEventConsequence as ConsequenceRow
from core.events.models import LifeEventPerson as PartRow
from core.events.models import concerns
from core.events.service import PREFIX
from core.persons.models import Person as PersonRow
from schema.sql.fields import (
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
from schema.sql.filters import Compare, InDivision
from schema.sql.paging import Key
from schema.types import later
from schema.types.division import Division
from schema.types.enums import EventRole, LifeEventType, order_enum, order_input
from schema.types.node import Node
from schema.types.scalars import DivisionCode

if TYPE_CHECKING:
    from schema.types.person import Person


@filter_input(name="LifeEventFilter", zh="人生事项筛选。", en="Filter of life events.")
class LifeEventFilter:
    type: LifeEventType | None = where(
        Compare("type", EventRow.type.type), zh="事项类型。", en="Kind of event."
    )
    division: DivisionCode | None = where(
        InDivision(REGISTRY_READ),
        zh="登记地区划及其下级。",
        en="Where recorded: this division and all below.",
    )
    since: date | None = where(
        Compare("event_date", Date(), ">="), zh="发生于该日或之后。", en="On or after."
    )
    until: date | None = where(Compare("event_date", Date(), "<"), zh="发生于该日之前。", en="Before.")


LifeEventOrderField = order_enum(
    "LifeEventOrderField",
    "人生事项排序字段。",
    "Orderings of life events.",
    {"EVENT_DATE": ("发生日期", "Day of the event")},
)
LifeEventOrder = order_input("LifeEventOrder", LifeEventOrderField)
_ORDERS = {"EVENT_DATE": "event_date"}


def life_events(name: str, zh: str, en: str, **options: Any) -> Any:
    """A connection of life events, the latest first."""
    return connection(
        name,
        lambda: LifeEvent,
        zh=zh,
        en=en,
        filter=LifeEventFilter,
        order=LifeEventOrder,
        orders=_ORDERS,
        default=(Key("event_date", descending=True),),
        **options,
    )


def standing(row: Any) -> ColumnElement[bool]:
    """Events that were not reversed."""
    found: ColumnElement[bool] = row.reversed_at.is_(None)
    return found


def events_of_person() -> Any:
    """The events that concern a person, whoever else they concern."""
    return life_events(
        "Person.lifeEvents",
        "与本人有关的人生事项，新的在前。",
        "The life events that concern the person, the latest first.",
        parent=PersonRow,
        on=lambda p, e: concerns(e, p),
        implied=True,
    )


@sql_type(PartRow, name="LifeEventPerson", zh="事项涉及的人员。", en="A person whom a life event concerns.")
class LifeEventPerson:
    role: EventRole = column(PartRow.role, zh="身份。", en="In which role.")
    person: Annotated[Person, strawberry.lazy("schema.types.person")] | None = to_one(
        later.person,
        PartRow,
        lambda part, p: p.id == part.person_id,
        zh="人员；不在管辖范围时为空。",
        en="The person; null out of scope.",
    )


@sql_type(
    ConsequenceRow,
    name="LifeEventConsequence",
    zh="事项的一项后果。",
    en="What core or a plugin did because of a life event.",
)
class LifeEventConsequence:
    plugin: str = column(
        ConsequenceRow.plugin, zh="由谁处理；core 为核心。", en="Whose part; `core` is core's own."
    )
    text: str = column(ConsequenceRow.text, zh="说明。", en="In a sentence.")


def _late(row: Any, bind: Any) -> ColumnElement[Any]:
    return and_(row[EventRow].due_on.is_not(None), row[EventRow].reported_on > row[EventRow].due_on)


def _is_late(row: Any, env: Any) -> bool:
    event = row[EventRow]
    return event.due_on is not None and event.reported_on > event.due_on


@sql_type(EventRow, name="LifeEvent", prefix=PREFIX, zh="人生事项。", en="A life event.")
class LifeEvent(Node):
    id: strawberry.ID = node_id(PREFIX, EventRow)
    type: LifeEventType = column(EventRow.type, zh="类型。", en="Kind.")
    event_date: date = column(EventRow.event_date, zh="发生日期。", en="When it happened.")
    due_on: date | None = column(
        EventRow.due_on, zh="应申报的最后日期。", en="The last day on which it should have been reported."
    )
    reported_at: datetime = column(EventRow.reported_at, zh="登记时刻。", en="When it was recorded.")
    late: bool = expression(
        sql=_late, python=_is_late, type_=Boolean(), zh="是否逾期申报。", en="Whether it was reported late."
    )
    division: Division | None = to_one(
        lambda: Division,
        EventRow,
        lambda e, d: d.code == e.division,
        zh="登记时的常住地。",
        en="Where the person lived when it was recorded.",
    )
    persons: list[LifeEventPerson] = to_many(
        lambda: LifeEventPerson,
        EventRow,
        lambda e, part: part.event_id == e.id,
        implied=True,
        zh="涉及的人员。",
        en="Whom it concerns.",
    )
    consequences: list[LifeEventConsequence] = to_many(
        lambda: LifeEventConsequence,
        EventRow,
        lambda e, c: c.event_id == e.id,
        order=("position",),
        implied=True,
        zh="核心与各插件所做的处理。",
        en="What core and each plugin did.",
    )
    reversed_at: datetime | None = column(EventRow.reversed_at, zh="撤销时刻。", en="When it was reversed.")
