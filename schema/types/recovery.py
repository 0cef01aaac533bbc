from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import type_coerce

from core.db import Money, text
from core.payments.models import Recovery as RecoveryRow
from core.payments.models import RecoveryMonth as MonthRow
from core.payments.models import RecoveryRepayment as RepaymentRow
from core.payments.recoveries import RECOVERIES, RECOVERY
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
from schema.types.declared import Programme, programme
from schema.types.division import Division
from schema.types.enums import order_enum, order_input
from schema.types.money_enums import RecoveryCause
from schema.types.node import Node
from schema.types.scalars import DivisionCode
from schema.types.workflow import WorkflowStep, actions, history

if TYPE_CHECKING:
    from schema.types.person import Person


@sql_type(MonthRow, name="RecoveryMonth", zh="一个月的多发。", en="What was overpaid for one month.")
class RecoveryMonth:
    month: date = column(MonthRow.month, zh="月份的首日。", en="First day of the month.")
    paid: Decimal = column(MonthRow.paid, zh="已发，元。", en="What was paid, in yuan.")
    due: Decimal = column(MonthRow.due, zh="应发，元。", en="What was due, in yuan.")
    excess: Decimal = column(
        MonthRow.excess,
        zh="应追回，元：已发减应发，再减其他追回。",
        en="To be recovered: paid less due, less what others recover.",
    )


@sql_type(RepaymentRow, name="RecoveryRepayment", zh="一笔还款。", en="Money that came back.")
class RecoveryRepayment:
    amount: Decimal = column(RepaymentRow.amount, zh="金额，元。", en="Yuan.")
    on: date = column(RepaymentRow.on, zh="日期。", en="The day.")
    note: str | None = column(RepaymentRow.note, zh="备注。", en="A note.")
    actor: str = column(
        RepaymentRow.actor, zh="经办人的用户标识。", en="Subject of the user who recorded it."
    )


@sql_type(
    RecoveryRow,
    name="Recovery",
    prefix=RECOVERY,
    zh="追回多发的待遇。",
    en="Money paid without being due, asked back.",
)
class Recovery(Node):
    id: strawberry.ID = node_id(RECOVERY, RecoveryRow)
    programme: Programme = programme(RecoveryRow.programme)
    person: Annotated[Person, strawberry.lazy("schema.types.person")] | None = to_one(
        later.person,
        RecoveryRow,
        lambda r, p: p.id == r.person_id,
        zh="领取人；不在管辖范围时为空。",
        en="Who was paid; null out of scope.",
    )
    cause: RecoveryCause = column(RecoveryRow.cause, zh="原因。", en="The cause.")
    state: str = column(RecoveryRow.state, zh="状态。", en="State.")
    entered_on: date = column(RecoveryRow.entered_on, zh="进入此状态的日期。", en="In this state since.")
    amount: Decimal = column(
        RecoveryRow.amount, zh="应追回合计，元。", en="All that is to be recovered, in yuan."
    )
    repaid: Decimal = column(RecoveryRow.repaid, zh="已还，元。", en="What has come back, in yuan.")
    owed: Decimal = expression(
        sql=lambda row, bind: type_coerce(row[RecoveryRow].amount - row[RecoveryRow].repaid, Money),
        python=lambda row, env: row[RecoveryRow].amount - row[RecoveryRow].repaid,
        type_=Money,
        zh="尚欠，元。",
        en="What is still owed, in yuan.",
    )
    months: list[RecoveryMonth] = to_many(
        lambda: RecoveryMonth,
        RecoveryRow,
        lambda r, m: m.recovery_id == r.id,
        order=("month", "id"),
        implied=True,
        zh="各月明细。",
        en="Month by month.",
    )
    repayments: list[RecoveryRepayment] = to_many(
        lambda: RecoveryRepayment,
        RecoveryRow,
        lambda r, m: m.recovery_id == r.id,
        order=("on", "id"),
        implied=True,
        zh="还款记录。",
        en="What has come back, payment by payment.",
    )
    division: Division | None = to_one(
        lambda: Division, RecoveryRow, lambda r, d: d.code == r.division, zh="所在区划。", en="Where it lies."
    )
    history: list[WorkflowStep] = history(RecoveryRow)
    actions: list[str] = actions(RECOVERIES)
    version: int = column(
        RecoveryRow.version, zh="版本，供 expectedVersion 使用。", en="Version, for expectedVersion."
    )


@filter_input(name="RecoveryFilter", zh="追回筛选。", en="Filter of recoveries.")
class RecoveryFilter:
    programme: str | None = where(
        Compare("programme", text(80)), zh="待遇项目名称。", en="Name of the programme."
    )
    state: str | None = where(Compare("state", text(32)), zh="状态。", en="State.")
    cause: RecoveryCause | None = where(Compare("cause", RecoveryRow.cause.type), zh="原因。", en="Cause.")
    division: DivisionCode | None = where(
        InDivision(None), zh="区划及其下级。", en="This division and all below."
    )


RecoveryOrderField = order_enum(
    "RecoveryOrderField",
    "追回排序字段。",
    "Orderings of recoveries.",
    {"ENTERED_ON": ("进入当前状态的日期", "In its state since")},
)
RecoveryOrder = order_input("RecoveryOrder", RecoveryOrderField)


def recoveries(name: str, zh: str, en: str, **options: Any) -> Any:
    """A connection of recoveries, the latest first."""
    return connection(
        name,
        lambda: Recovery,
        zh=zh,
        en=en,
        filter=RecoveryFilter,
        order=RecoveryOrder,
        orders={"ENTERED_ON": "entered_on"},
        default=(Key("entered_on", descending=True),),
        **options,
    )


def recoveries_of_person(parent: Any) -> Any:
    """What is asked back of a person."""
    zh, en = "对本人的追回，新的在前。", "What is asked back of the person, the latest first."
    return recoveries(
        "Person.recoveries", zh, en, parent=parent, on=lambda p, r: r.person_id == p.id, mode="reached"
    )
