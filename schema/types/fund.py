from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import strawberry
from sqlalchemy import Date, Integer

from core.db import text
from core.funds.declared import FundKind as FundKindDeclared
from core.funds.models import Fund as FundRow
from core.funds.models import FundEntry as EntryRow
from core.funds.service import FUND, utilisation
from schema.sql.fields import (
    batched,
    column,
    connection,
    field,
    filter_input,
    node_id,
    sql_type,
    to_one,
    where,
)
from schema.sql.filters import Compare, InDivision
from schema.sql.paging import Key
from schema.types.connection import Connection
from schema.types.declared import DeclaredOf, name_of, plugin_of, titled
from schema.types.division import Division
from schema.types.enums import order_enum, order_input
from schema.types.money_enums import FundEntryKind
from schema.types.node import Node
from schema.types.scalars import DivisionCode


class FundKindName:
    """Stands for the model behind `FundKind`: the name alone."""


KIND = name_of(FundKindName)


@sql_type(FundKindName, name="FundKind", zh="资金类别。", en="A kind of fund.")
class FundKind:
    name: str = column(KIND, zh="名称，由插件声明。", en="Its name, as its plugin declares it.")
    title: str = batched({"name": KIND}, zh="标题，按所用语言。", en="Title in the caller's language.")(
        titled(FundKindDeclared)
    )
    plugin: str = batched({"name": KIND}, zh="所属插件。", en="The plugin it belongs to.")(plugin_of)


@filter_input(name="FundFilter", zh="资金筛选。", en="Filter of funds.")
class FundFilter:
    kind: str | None = where(Compare("kind", text(80)), zh="资金类别名称。", en="Name of the kind.")
    year: int | None = where(Compare("year", Integer()), zh="年度。", en="Year.")
    division: DivisionCode | None = where(
        InDivision(None), zh="持有区划及其下级。", en="The holder's division and all below."
    )


FundOrderField = order_enum(
    "FundOrderField",
    "资金排序字段。",
    "Orderings of funds.",
    {"YEAR": ("年度", "Year"), "DIVISION": ("持有区划", "The holder's division")},
)
FundOrder = order_input("FundOrder", FundOrderField)


@filter_input(name="FundEntryFilter", zh="资金收支筛选。", en="Filter of entries of funds.")
class FundEntryFilter:
    kind: FundEntryKind | None = where(Compare("kind", EntryRow.kind.type), zh="类别。", en="Kind.")
    subject: strawberry.ID | None = where(
        Compare("subject", text(80)), zh="所用于的对象编号。", en="Id of what it was for."
    )
    from_: date | None = where(Compare("on", Date(), ">="), zh="不早于。", en="Not before.", name="from")
    until: date | None = where(Compare("on", Date(), "<"), zh="早于。", en="Before.")


FundEntryOrderField = order_enum(
    "FundEntryOrderField", "资金收支排序字段。", "Orderings of entries.", {"NUMBER": ("序号", "Number")}
)
FundEntryOrder = order_input("FundEntryOrder", FundEntryOrderField)


@sql_type(EntryRow, name="FundEntry", prefix="fund_entry", zh="资金收支。", en="A movement of a fund.")
class FundEntry(Node):
    id: strawberry.ID = node_id("fund_entry", EntryRow)
    number: int = column(EntryRow.number, zh="在本资金中的序号。", en="Its number in the fund.")
    kind: FundEntryKind = column(EntryRow.kind, zh="类别。", en="Kind.")
    amount: Decimal = column(
        EntryRow.amount, zh="金额，元，恒为正。", en="Yuan, always positive; the kind says which way."
    )
    balance: Decimal = column(EntryRow.balance, zh="此后的余额，元。", en="Balance afterwards, in yuan.")
    on: date = column(EntryRow.on, zh="日期。", en="The day.")
    subject: strawberry.ID | None = column(
        EntryRow.subject, zh="所用于的对象编号。", en="Id of what it was for."
    )
    reason: str | None = column(EntryRow.reason, zh="事由。", en="The reason given.")
    actor: str = column(EntryRow.actor, zh="经办人的用户标识。", en="Subject of the user who made it.")
    recorded_at: datetime = column(EntryRow.recorded_at, zh="记录时刻。", en="Recorded at.")


async def _utilisation(rows: Sequence[Mapping[str, Any]], env: Any) -> list[Decimal | None]:
    """In percent, with two places."""
    return [utilisation(Decimal(row["disbursed"]), Decimal(row["allocated"])) for row in rows]


@sql_type(
    FundRow,
    name="Fund",
    prefix=FUND,
    zh="备用资金，每个持有区划每年一笔。",
    en="Money of one kind that a division holds for a year.",
)
class Fund(Node):
    id: strawberry.ID = node_id(FUND, FundRow)
    kind: FundKind = field(DeclaredOf(FundRow.kind, FundKind), "资金类别。", "The kind of fund.")
    holder: Division | None = to_one(
        lambda: Division,
        FundRow,
        lambda f, d: d.code == f.division,
        zh="持有区划。",
        en="The division that holds it.",
    )
    year: int = column(FundRow.year, zh="年度。", en="Year.")
    balance: Decimal = column(
        FundRow.balance, zh="余额，元；不会为负。", en="Balance in yuan, never negative."
    )
    allocated: Decimal = column(FundRow.allocated, zh="拨付与追加合计。", en="Allocated and replenished.")
    disbursed: Decimal = column(FundRow.disbursed, zh="支出减退回。", en="Disbursed, less what was returned.")
    reclaimed: Decimal = column(FundRow.reclaimed, zh="收回合计。", en="Reclaimed.")
    utilisation: Decimal | None = batched(
        {"disbursed": FundRow.disbursed, "allocated": FundRow.allocated},
        zh="使用率（%）：支出净额 ÷（拨付 + 追加）。",
        en="Use in percent: disbursed, less returned, of what was allocated and replenished.",
    )(_utilisation)
    entries: Connection[FundEntry] = connection(
        "Fund.entries",
        lambda: FundEntry,
        zh="收支，新的在前。",
        en="Its movements, the latest first.",
        filter=FundEntryFilter,
        order=FundEntryOrder,
        orders={"NUMBER": "number"},
        default=(Key("number", descending=True),),
        parent=FundRow,
        on=lambda f, e: e.fund_id == f.id,
        implied=True,
    )


def funds(name: str) -> Any:
    """The funds that their kind's permission shows."""
    return connection(
        name,
        lambda: Fund,
        zh="备用资金，按其类别自己的权限和持有区划。",
        en="Funds, as far as the permission of their kind shows them.",
        filter=FundFilter,
        order=FundOrder,
        orders={"YEAR": "year", "DIVISION": "division"},
        default=(Key("year", descending=True), Key("division")),
    )
