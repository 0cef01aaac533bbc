from __future__ import annotations

import enum
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import ColumnElement, Date, Text, case

from core.access.permissions import REGISTRY_READ
from core.events.divorce import DIVORCE_PREFIX
from core.marriages.models import DivorceApplication as ApplicationRow
from core.marriages.models import DivorceChild as ChildRow
from core.marriages.models import Marriage as MarriageRow
from schema.sql.emit import word
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
from schema.types.enums import described, order_enum, order_input
from schema.types.node import Node
from schema.types.scalars import DivisionCode

if TYPE_CHECKING:
    from schema.types.person import Person

LazyPerson = Annotated["Person", strawberry.lazy("schema.types.person")]


def _party(model: Any, column_name: str, zh: str, en: str) -> Any:
    return to_one(
        later.person,
        model,
        lambda row, p: p.id == getattr(row, column_name),
        zh=f"{zh}；不在管辖范围时为空。",
        en=f"{en}; null out of scope.",
    )


@sql_type(MarriageRow, name="Marriage", zh="婚姻登记。", en="A registered marriage.")
class Marriage:
    husband: LazyPerson | None = _party(MarriageRow, "husband_id", "丈夫", "The husband")
    wife: LazyPerson | None = _party(MarriageRow, "wife_id", "妻子", "The wife")
    since: date = column(MarriageRow.valid_from, zh="登记日期。", en="Registered on.")
    until: date | None = column(MarriageRow.valid_to, zh="终止日期。", en="The day on which it ended.")


class DivorceState(enum.Enum):
    APPLIED = "APPLIED"
    REGISTERED = "REGISTERED"
    WITHDRAWN = "WITHDRAWN"
    DEEMED_WITHDRAWN = "DEEMED_WITHDRAWN"


DivorceApplicationStatus = described(
    DivorceState,
    "离婚登记申请的状态。",
    "What became of an application for divorce.",
    "DivorceApplicationStatus",
    {
        DivorceState.APPLIED: ("已申请", "Applied"),
        DivorceState.REGISTERED: ("已登记离婚", "Divorce registered"),
        DivorceState.WITHDRAWN: ("已撤回", "Withdrawn"),
        DivorceState.DEEMED_WITHDRAWN: ("视为撤回", "Deemed withdrawn"),
    },
)


def _status(row: Any, bind: Any) -> ColumnElement[Any]:
    application = row[ApplicationRow]
    lapsed = (application.status == word("APPLIED")) & (application.certificate_until < bind("today"))
    return case((lapsed, word("DEEMED_WITHDRAWN")), else_=application.status)


def _status_in_python(row: Any, env: Any) -> DivorceState:
    application = row[ApplicationRow]
    if application.status.name == "APPLIED" and application.certificate_until < env.clock.today():
        return DivorceState.DEEMED_WITHDRAWN
    return DivorceState[application.status.name]


@sql_type(ChildRow, name="DivorceChild", zh="未成年子女。", en="A minor child of the couple.")
class DivorceChild:
    person: LazyPerson | None = _party(ChildRow, "person_id", "子女", "The child")


@sql_type(
    ApplicationRow,
    name="DivorceApplication",
    prefix=DIVORCE_PREFIX,
    zh="离婚登记申请（民法典第1077条）。",
    en="An application for divorce (Civil Code 1077).",
)
class DivorceApplication(Node):
    id: strawberry.ID = node_id(DIVORCE_PREFIX, ApplicationRow)
    husband: LazyPerson | None = _party(ApplicationRow, "husband_id", "丈夫", "The husband")
    wife: LazyPerson | None = _party(ApplicationRow, "wife_id", "妻子", "The wife")
    status: DivorceApplicationStatus = expression(  # type: ignore[valid-type]
        sql=_status,
        python=_status_in_python,
        type_=Text(),
        binds={"today": (lambda env: env.clock.today(), Date())},
        zh="状态；逾期未领证即视为撤回。",
        en="Status; deemed withdrawn once the days for the certificate are over.",
    )
    applied_on: date = column(ApplicationRow.applied_on, zh="申请日期。", en="Applied on.")
    withdraw_until: date = column(
        ApplicationRow.withdraw_until, zh="可撤回的最后日期。", en="The last day for withdrawing it."
    )
    certificate_from: date = column(
        ApplicationRow.certificate_from, zh="可领证的首日。", en="The first day for the certificate."
    )
    certificate_until: date = column(
        ApplicationRow.certificate_until, zh="可领证的末日。", en="The last day for the certificate."
    )
    ended_on: date | None = column(
        ApplicationRow.ended_on, zh="登记或撤回日期。", en="Registered or withdrawn on."
    )
    minor_children: list[DivorceChild] = to_many(
        lambda: DivorceChild,
        ApplicationRow,
        lambda a, c: c.application_id == a.id,
        implied=True,
        zh="申请时的未成年子女。",
        en="The minor children on the day of the application.",
    )
    version: int = column(
        ApplicationRow.version, zh="版本，供 expectedVersion 使用。", en="Version, for expectedVersion."
    )


@filter_input(
    name="DivorceApplicationFilter", zh="离婚登记申请筛选。", en="Filter of applications for divorce."
)
class DivorceApplicationFilter:
    division: DivisionCode | None = where(
        InDivision(REGISTRY_READ), zh="申请地区划及其下级。", en="Where applied: this division and all below."
    )
    applied_since: date | None = where(
        Compare("applied_on", Date(), ">="), zh="申请于该日或之后。", en="Applied on or after."
    )
    certificate_until: date | None = where(
        Compare("certificate_until", Date(), ">="),
        zh="该日仍可领证或之后到期。",
        en="Not lapsed before this day.",
    )


DivorceApplicationOrderField = order_enum(
    "DivorceApplicationOrderField",
    "离婚登记申请排序字段。",
    "Orderings of applications for divorce.",
    {"APPLIED_ON": ("申请日期", "Day of the application")},
)
DivorceApplicationOrder = order_input("DivorceApplicationOrder", DivorceApplicationOrderField)


def divorce_applications(name: str, zh: str, en: str, **options: Any) -> Any:
    """A connection of applications for divorce, the latest first."""
    return connection(
        name,
        lambda: DivorceApplication,
        zh=zh,
        en=en,
        filter=DivorceApplicationFilter,
        order=DivorceApplicationOrder,
        orders={"APPLIED_ON": "applied_on"},
        default=(Key("applied_on", descending=True),),
        **options,
    )
