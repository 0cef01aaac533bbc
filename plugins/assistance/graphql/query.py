"""`{ assistance { … } }`: lists of this plugin."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.types import TypeEngine

from minzheng.graphql import (
    HOUSEHOLD_ORDERS,
    Connection,
    DivisionCode,
    Household,
    HouseholdOrder,
    InDivision,
    Key,
    Where,
    connection,
    filter_input,
    sql_type,
    where,
)
from minzheng.plugin import open_now
from plugins.assistance.graphql.enums import AssistanceBand
from plugins.assistance.graphql.types import AssistanceFactor, AssistanceStandard
from plugins.assistance.models import AssistanceAssessment
from plugins.assistance.permissions import READ


@dataclass
class Assessed(Where):
    """Households whose open assessment has this value in a column."""

    column: str

    def types(self, shape: Hashable) -> Sequence[TypeEngine[Any]]:
        return (AssistanceAssessment.__table__.c[self.column].type,)

    def clause(self, row: Any, shape: Hashable, binds: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
        found = AssistanceAssessment.__table__.alias().c
        query = select(found.id).where(
            found.household_id == row.id, found[self.column] == binds[0], open_now(found)
        )
        return query.exists()


@filter_input(
    name="AssistanceHouseholdFilter", zh="按救助层次筛选户。", en="Filter of households by their assessment."
)
class AssistanceHouseholdFilter:
    band: AssistanceBand | None = where(
        Assessed("band"), zh="按本地系数的层次。", en="Layer by the local factor."
    )
    national_band: AssistanceBand | None = where(
        Assessed("national_band"), zh="按国家系数的层次。", en="Layer by the national factor."
    )
    division: DivisionCode | None = where(
        InDivision(READ), zh="地址区划及其下级。", en="Address: this division and all below."
    )


def _known(row: Any) -> ColumnElement[bool]:
    known: ColumnElement[bool] = row.voided_at.is_(None)
    return known


@sql_type(None, name="AssistanceQuery", zh="社会救助查询。", en="Lists of social assistance.")
class AssistanceQuery:
    households: Connection[Household] | None = connection(
        "Assistance.households",
        lambda: Household,
        zh="户列表，可按救助层次筛选。",
        en="Households, filtered by their assessment.",
        filter=AssistanceHouseholdFilter,
        order=HouseholdOrder,
        orders=HOUSEHOLD_ORDERS,
        default=(Key("code"),),
        permission=READ,
    )
    standards: Connection[AssistanceStandard] | None = connection(
        "Assistance.standards",
        lambda: AssistanceStandard,
        zh="救助标准，新的在前，含已失效。",
        en="Standards, newest first, past ones included.",
        default=(Key("valid_from", descending=True),),
        where=_known,
    )
    factors: Connection[AssistanceFactor] | None = connection(
        "Assistance.factors",
        lambda: AssistanceFactor,
        zh="低保边缘系数，新的在前，含已失效。",
        en="Marginal factors, newest first, past ones included.",
        default=(Key("valid_from", descending=True),),
        where=_known,
    )
