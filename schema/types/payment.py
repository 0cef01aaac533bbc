"""Payments: bank accounts, batches and their items."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Date

from core.access.masks import mask_name
from core.access.permissions import NAMES_READ
from core.db import text
from core.payments.accounts import ACCOUNT, ACCOUNT_CONTEXT
from core.payments.corrections import PAYMENT
from core.payments.models import BankAccount as AccountRow
from core.payments.models import Payment as PaymentRow
from core.payments.models import PaymentBatch as BatchRow
from core.payments.workflow import BATCH, PAYMENTS
from schema.sql.fields import (
    column,
    connection,
    filter_input,
    masked,
    node_id,
    sensitive,
    sql_type,
    to_many,
    to_one,
    where,
)
from schema.sql.filters import Compare, InDivision
from schema.sql.paging import Key
from schema.types import later
from schema.types.connection import Connection
from schema.types.declared import Programme, programme, typed_key
from schema.types.division import Division
from schema.types.enums import order_enum, order_input
from schema.types.masking import mask_name_sql
from schema.types.money_enums import PaymentHeldReason, PaymentKind, PaymentState
from schema.types.node import Node
from schema.types.scalars import DivisionCode
from schema.types.workflow import WorkflowStep, actions, history

if TYPE_CHECKING:
    from schema.types.person import Person


@sql_type(AccountRow, name="BankAccount", prefix=ACCOUNT, zh="银行账户。", en="Where somebody is paid.")
class BankAccount(Node):
    id: strawberry.ID = node_id(ACCOUNT, AccountRow)
    holder: str = masked(
        AccountRow.holder,
        permission=NAMES_READ,
        mask_sql=mask_name_sql,
        mask_python=mask_name,
        zh="户名。",
        en="Whose account it is.",
    )
    bank: str = column(AccountRow.bank, zh="开户银行。", en="The bank.")
    number: str = sensitive(
        AccountRow.number_cipher,
        AccountRow.number_masked,
        context=ACCOUNT_CONTEXT,
        prefix=ACCOUNT,
        zh="账号，默认只显示末四位。",
        en="Account number; its last four digits unless a purpose is given.",
    )
    opened_on: date = column(AccountRow.opened_on, zh="启用日期。", en="In use since.")
    closed_on: date | None = column(AccountRow.closed_on, zh="停用日期。", en="Replaced on.")


def bank_accounts(parent: Any) -> Any:
    """The account in use; more than one only after two records were merged: the last one counts."""
    return to_many(
        lambda: BankAccount,
        parent,
        lambda p, a: (a.person_id == p.id) & a.closed_on.is_(None),
        order=("id",),
        zh="在用的银行账户；需要 payments:accounts。",
        en="The bank account in use; needs payments:accounts.",
    )


@filter_input(name="PaymentFilter", zh="发放筛选。", en="Filter of payments.")
class PaymentFilter:
    programme: str | None = where(
        Compare("programme", text(80)), zh="待遇项目名称。", en="Name of the programme."
    )
    kind: PaymentKind | None = where(Compare("kind", PaymentRow.kind.type), zh="类别。", en="Kind.")
    state: PaymentState | None = where(Compare("state", PaymentRow.state.type), zh="状态。", en="State.")
    held_reason: PaymentHeldReason | None = where(
        Compare("held_reason", PaymentRow.held_reason.type), zh="暂缓原因。", en="Why it is held back."
    )
    for_month: date | None = where(
        Compare("for_month", Date()), zh="所属月份的首日。", en="First day of the month it is for."
    )
    paid_from: date | None = where(Compare("paid_on", Date(), ">="), zh="入账不早于。", en="Paid not before.")
    paid_until: date | None = where(Compare("paid_on", Date(), "<"), zh="入账早于。", en="Paid before.")
    division: DivisionCode | None = where(
        InDivision(None), zh="区划及其下级。", en="This division and all below."
    )


PaymentOrderField = order_enum(
    "PaymentOrderField",
    "发放排序字段。",
    "Orderings of payments.",
    {
        "FOR_MONTH": ("所属月份", "The month it is for"),
        "PAID_ON": ("入账日期；未入账者升序在后", "Paid on; the unpaid come last ascending"),
        "NUMBER": ("批次内序号", "Number in its batch"),
    },
)
PaymentOrder = order_input("PaymentOrder", PaymentOrderField)
_ORDERS = {"FOR_MONTH": "for_month", "PAID_ON": "paid_on", "NUMBER": "number"}


@sql_type(
    PaymentRow,
    name="Payment",
    prefix=PAYMENT,
    zh="一笔发放：一人一月。",
    en="A payment to one person for one month.",
)
class Payment(Node):
    id: strawberry.ID = node_id(PAYMENT, PaymentRow)
    number: int = column(PaymentRow.number, zh="批次内序号。", en="Its number in the batch.")
    programme: Programme = programme(PaymentRow.programme)
    kind: PaymentKind = column(PaymentRow.kind, zh="类别。", en="Kind.")
    award: strawberry.ID = typed_key(
        PaymentRow.award_id, "award", "所依据的待遇编号。", "The award it is of."
    )
    person: Annotated[Person, strawberry.lazy("schema.types.person")] | None = to_one(
        later.person,
        PaymentRow,
        lambda x, p: p.id == x.person_id,
        zh="受益人；不在管辖范围时为空。",
        en="Who benefits; null out of scope.",
    )
    payee: Annotated[Person, strawberry.lazy("schema.types.person")] | None = to_one(
        later.person,
        PaymentRow,
        lambda x, p: p.id == x.payee_id,
        zh="收款人；不在管辖范围时为空。",
        en="To whom it goes; null out of scope.",
    )
    batch: PaymentBatch | None = to_one(
        lambda: PaymentBatch,
        PaymentRow,
        lambda x, b: b.id == x.batch_id,
        zh="所在批次；不在管辖范围时为空。",
        en="Its batch; null out of scope.",
    )
    for_month: date = column(
        PaymentRow.for_month, zh="所属月份的首日。", en="First day of the month it is for."
    )
    amount: Decimal = column(
        PaymentRow.amount, zh="金额，元；冲销为负。", en="Yuan; negative for a reversal."
    )
    state: PaymentState = column(PaymentRow.state, zh="状态。", en="State.")
    live: bool = column(
        PaymentRow.live,
        zh="是否有效：未取消、未冲销。",
        en="Whether it stands: neither cancelled nor reversed.",
    )
    held_reason: PaymentHeldReason | None = column(
        PaymentRow.held_reason,
        zh="暂缓（或系统取消）的原因。",
        en="Why it is held back, or was cancelled by the service.",
    )
    account: BankAccount | None = to_one(
        lambda: BankAccount,
        PaymentRow,
        lambda x, a: a.id == x.account_id,
        zh="收款账户；需要 payments:accounts。",
        en="The account it goes to; needs payments:accounts.",
    )
    file: int | None = column(
        PaymentRow.file, zh="最近一次所在的银行文件号。", en="The bank file it was last sent in."
    )
    sent_on: date | None = column(PaymentRow.sent_on, zh="送银行日期。", en="Sent on.")
    paid_on: date | None = column(
        PaymentRow.paid_on, zh="入账日期；支出按此统计。", en="Paid on; spending counts by it."
    )
    bounce_reason: str | None = column(PaymentRow.bounce_reason, zh="退汇原因。", en="Why it bounced.")
    reverses: Payment | None = to_one(
        lambda: Payment,
        PaymentRow,
        lambda x, y: y.id == x.reverses_id,
        implied=True,
        zh="所冲销的发放。",
        en="What it reverses.",
    )
    reversal: Payment | None = to_one(
        lambda: Payment,
        PaymentRow,
        lambda x, y: y.reverses_id == x.id,
        implied=True,
        zh="对其的冲销。",
        en="What reverses it.",
    )
    reason: str | None = column(
        PaymentRow.reason, zh="取消或冲销的理由。", en="Why it was cancelled or reverses another."
    )
    division: Division | None = to_one(
        lambda: Division, PaymentRow, lambda x, d: d.code == x.division, zh="所在区划。", en="Where it lies."
    )


def payments(name: str, zh: str, en: str, **options: Any) -> Any:
    """A connection of payments, the latest month first."""
    return connection(
        name,
        lambda: Payment,
        zh=zh,
        en=en,
        filter=PaymentFilter,
        order=PaymentOrder,
        orders=_ORDERS,
        default=options.pop("default", (Key("for_month", descending=True),)),
        **options,
    )


def payments_of_person(parent: Any) -> Any:
    """What was paid for a person's benefit."""
    zh = "本人的发放记录，新的在前；需要 payments:read 和项目自己的权限。"
    en = "Payments for the person, the latest first; needs payments:read and the programme's own permission."
    return payments(
        "Person.payments", zh, en, parent=parent, on=lambda p, x: x.person_id == p.id, mode="reached"
    )


@filter_input(name="PaymentBatchFilter", zh="发放批次筛选。", en="Filter of batches.")
class PaymentBatchFilter:
    programme: str | None = where(
        Compare("programme", text(80)), zh="待遇项目名称。", en="Name of the programme."
    )
    state: str | None = where(
        Compare("state", text(32)),
        zh="状态：PREPARED、REVIEWED、APPROVED、SENT、RECONCILED、CANCELLED。",
        en="State: PREPARED, REVIEWED, APPROVED, SENT, RECONCILED, CANCELLED.",
    )
    month: date | None = where(Compare("month", Date()), zh="月份的首日。", en="First day of the month.")
    division: DivisionCode | None = where(
        InDivision(None), zh="区划及其下级。", en="This division and all below."
    )


BatchOrderField = order_enum(
    "PaymentBatchOrderField", "发放批次排序字段。", "Orderings of batches.", {"MONTH": ("月份", "Month")}
)
BatchOrder = order_input("PaymentBatchOrder", BatchOrderField)


def _count(attribute: Any, zh: str, en: str) -> Any:
    return column(attribute, zh=zh, en=en)


@sql_type(
    BatchRow,
    name="PaymentBatch",
    prefix=BATCH,
    zh="发放批次：编制、审核、批准须三人分别办理。",
    en="What is paid together; three people prepare, review and approve it.",
)
class PaymentBatch(Node):
    id: strawberry.ID = node_id(BATCH, BatchRow)
    code: str = column(BatchRow.code, zh="批次号，写入银行文件。", en="Its code, as in the bank file.")
    programme: Programme = programme(BatchRow.programme)
    kind: PaymentKind = column(BatchRow.kind, zh="类别。", en="Kind.")
    division: Division | None = to_one(
        lambda: Division, BatchRow, lambda b, d: d.code == b.division, zh="区划。", en="The division."
    )
    month: date = column(BatchRow.month, zh="月份的首日。", en="First day of the month.")
    pay_by: date = column(BatchRow.pay_by, zh="应在此日前发放。", en="To be paid by this day.")
    state: str = column(BatchRow.state, zh="状态。", en="State.")
    entered_on: date = column(BatchRow.entered_on, zh="进入此状态的日期。", en="In this state since.")
    files: int = column(BatchRow.files, zh="已出具的银行文件数。", en="How many bank files it has had.")
    count: int = _count(BatchRow.items, "应发笔数，不含暂缓。", "Payments, those held back not among them.")
    amount: Decimal = column(BatchRow.amount, zh="应发金额，元。", en="Their sum, in yuan.")
    held_count: int = _count(BatchRow.held, "暂缓笔数。", "Payments held back.")
    held_amount: Decimal = column(BatchRow.held_amount, zh="暂缓金额，元。", en="Their sum, in yuan.")
    paid_count: int = _count(BatchRow.paid, "已入账笔数。", "Payments that were paid.")
    paid_amount: Decimal = column(BatchRow.paid_amount, zh="已入账金额，元。", en="Their sum, in yuan.")
    bounced_count: int = _count(BatchRow.bounced, "退汇笔数。", "Payments that bounced.")
    bounced_amount: Decimal = column(BatchRow.bounced_amount, zh="退汇金额，元。", en="Their sum, in yuan.")
    payments: Connection[Payment] = payments(
        "PaymentBatch.payments",
        "各笔发放，按序号。",
        "Its payments, by number.",
        parent=BatchRow,
        on=lambda b, x: x.batch_id == b.id,
        implied=True,
        default=(Key("number"),),
    )
    history: list[WorkflowStep] = history(BatchRow)
    actions: list[str] = actions(PAYMENTS)
    version: int = column(
        BatchRow.version, zh="版本，供 expectedVersion 使用。", en="Version, for expectedVersion."
    )


def payment_batches(name: str) -> Any:
    """Batches, the latest month first."""
    return connection(
        name,
        lambda: PaymentBatch,
        zh="发放批次，新的在前；需要 payments:read 和项目自己的权限。",
        en="Batches, the latest month first; needs payments:read and the programme's own permission.",
        filter=PaymentBatchFilter,
        order=BatchOrder,
        orders={"MONTH": "month"},
        default=(Key("month", descending=True),),
    )
