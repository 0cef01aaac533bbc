from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import strawberry
from sqlalchemy import Date

from core.db import text
from core.payments.models import PriceSubsidy as SubsidyRow
from core.payments.subsidies import SUBSIDY
from schema.sql.fields import column, connection, filter_input, node_id, sql_type, to_one, where
from schema.sql.filters import Compare
from schema.sql.paging import Key
from schema.types.declared import Programme, programme
from schema.types.division import Division
from schema.types.enums import order_enum, order_input
from schema.types.node import Node


@filter_input(name="PriceSubsidyFilter", zh="价格补贴筛选。", en="Filter of price subsidies.")
class PriceSubsidyFilter:
    programme: str | None = where(
        Compare("programme", text(80)), zh="待遇项目名称。", en="Name of the programme."
    )
    month: date | None = where(Compare("month", Date()), zh="月份的首日。", en="First day of the month.")


SubsidyOrderField = order_enum(
    "PriceSubsidyOrderField",
    "价格补贴排序字段。",
    "Orderings of price subsidies.",
    {"MONTH": ("月份", "Month")},
)
SubsidyOrder = order_input("PriceSubsidyOrder", SubsidyOrderField)


@sql_type(
    SubsidyRow,
    name="PriceSubsidy",
    prefix=SUBSIDY,
    zh="已登记的价格补贴：某月每人一笔，不计收入。",
    en="A price subsidy: a sum for each person for a month; it is no income.",
)
class PriceSubsidy(Node):
    id: strawberry.ID = node_id(SUBSIDY, SubsidyRow)
    programme: Programme = programme(SubsidyRow.programme)
    division: Division | None = to_one(
        lambda: Division, SubsidyRow, lambda s, d: d.code == s.division, zh="适用区划。", en="Where it holds."
    )
    month: date = column(SubsidyRow.month, zh="月份的首日。", en="First day of the month.")
    amount: Decimal = column(SubsidyRow.amount, zh="每人金额，元。", en="Yuan for each person.")
    source: str = column(SubsidyRow.basis, zh="依据。", en="The announcement it comes from.")


def price_subsidies(name: str) -> Any:
    """The subsidies that were announced, the latest month first."""
    return connection(
        name,
        lambda: PriceSubsidy,
        zh="已登记的价格补贴，新的在前。",
        en="Price subsidies, the latest month first.",
        filter=PriceSubsidyFilter,
        order=SubsidyOrder,
        orders={"MONTH": "month"},
        default=(Key("month", descending=True),),
    )
