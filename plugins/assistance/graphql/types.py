"""What the API shows of this plugin."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import strawberry

from minzheng.graphql import (
    Dating,
    Division,
    DivisionCode,
    Household,
    Node,
    Person,
    column,
    node_id,
    sql_type,
    to_many,
    to_one,
)
from minzheng.plugin import Household as HouseholdRow
from plugins.assistance.graphql.enums import (
    AssistanceBand,
    AssistanceFactorKind,
    AssistanceIncomeKind,
    AssistancePeriod,
    AssistanceProgramme,
    AssistanceUrbanRural,
)
from plugins.assistance.models import AssistanceAssessment as AssessmentRow
from plugins.assistance.models import AssistanceFactor as FactorRow
from plugins.assistance.models import AssistanceIncomeItem as ItemRow
from plugins.assistance.models import AssistanceStandard as StandardRow
from plugins.assistance.service import FACTOR, INCOME, STANDARD


@sql_type(
    ItemRow,
    name="AssistanceIncomeItem",
    prefix=INCOME,
    zh="一项家庭收入。",
    en="A term of a household's income.",
)
class AssistanceIncomeItem(Node):
    id: strawberry.ID = node_id(INCOME, ItemRow)
    kind: AssistanceIncomeKind = column(ItemRow.kind, zh="类别。", en="Kind.")
    amount: Decimal = column(ItemRow.amount, zh="金额（元），按周期计。", en="Yuan for the period.")
    period: AssistancePeriod = column(ItemRow.period, zh="周期。", en="Period.")
    since: date = column(ItemRow.valid_from, zh="起始日期。", en="Since.")
    ended_on: date | None = column(ItemRow.valid_to, zh="终止日期（不含）。", en="First day without it.")
    person: Person | None = to_one(
        lambda: Person,
        ItemRow,
        lambda i, p: p.id == i.person_id,
        zh="取得收入的成员。",
        en="The member who earns it.",
    )
    household: Household | None = to_one(
        lambda: Household, ItemRow, lambda i, h: h.id == i.household_id, zh="所属户。", en="The household."
    )


@sql_type(
    StandardRow, name="AssistanceStandard", prefix=STANDARD, zh="救助标准。", en="A standard of assistance."
)
class AssistanceStandard(Node):
    id: strawberry.ID = node_id(STANDARD, StandardRow)
    programme: AssistanceProgramme = column(StandardRow.programme, zh="项目。", en="Programme.")
    urban_rural: AssistanceUrbanRural = column(StandardRow.urban_rural, zh="城乡类别。", en="Urban or rural.")
    monthly: Decimal = column(StandardRow.monthly, zh="每人每月金额（元）。", en="Yuan a head and month.")
    division_code: DivisionCode = column(StandardRow.division, zh="区划代码。", en="Code of its division.")
    division: Division | None = to_one(
        lambda: Division,
        StandardRow,
        lambda s, d: d.code == s.division,
        zh="适用区划。",
        en="Where it holds.",
    )
    valid_from: date = column(StandardRow.valid_from, zh="生效日期。", en="First day in force.")
    valid_to: date | None = column(
        StandardRow.valid_to, zh="失效日期（不含）。", en="First day no longer in force."
    )
    recorded_at: datetime = column(StandardRow.recorded_at, zh="登记时刻。", en="When recorded.")


@sql_type(
    FactorRow,
    name="AssistanceFactor",
    prefix=FACTOR,
    zh="低保边缘系数。",
    en="A factor of the marginal layer.",
)
class AssistanceFactor(Node):
    id: strawberry.ID = node_id(FACTOR, FactorRow)
    kind: AssistanceFactorKind = column(FactorRow.kind, zh="类别。", en="Kind.")
    value: Decimal = column(FactorRow.value, zh="系数：标准的倍数。", en="Factor, times the standard.")
    division_code: DivisionCode = column(FactorRow.division, zh="区划代码。", en="Code of its division.")
    division: Division | None = to_one(
        lambda: Division, FactorRow, lambda f, d: d.code == f.division, zh="适用区划。", en="Where it holds."
    )
    valid_from: date = column(FactorRow.valid_from, zh="生效日期。", en="First day in force.")
    valid_to: date | None = column(
        FactorRow.valid_to, zh="失效日期（不含）。", en="First day no longer in force."
    )
    recorded_at: datetime = column(FactorRow.recorded_at, zh="登记时刻。", en="When recorded.")


@sql_type(
    HouseholdRow,
    name="AssistanceHousehold",
    zh="一户的救助核算；未申报收入时各项为空。",
    en="A household's assessment; everything is null while no income is declared.",
)
class AssistanceHousehold:
    per_capita_income: Decimal | None = column(
        AssessmentRow.per_capita,
        zh="人均月收入（元），四舍五入至分。",
        en="Monthly income a head, yuan, rounded once.",
    )
    standard: Decimal | None = column(
        AssessmentRow.standard,
        zh="适用的低保标准（元/月）；无标准为空。",
        en="The dibao standard that applies; null without one.",
    )
    band: AssistanceBand | None = column(
        AssessmentRow.band, zh="按本地系数的层次。", en="Layer by the local factor."
    )
    national_band: AssistanceBand | None = column(
        AssessmentRow.national_band, zh="按国家系数的层次。", en="Layer by the national factor."
    )
    monthly_income: Decimal | None = column(
        AssessmentRow.income,
        zh="家庭月收入（元），已扣减。",
        en="Income of the household, yuan a month, net.",
    )
    members: int | None = column(AssessmentRow.members, zh="计入人数。", en="Members counted.")
    assessed_on: date | None = column(AssessmentRow.assessed_on, zh="核算日期。", en="When assessed.")
    income_items: list[AssistanceIncomeItem] = to_many(
        lambda: AssistanceIncomeItem,
        HouseholdRow,
        lambda h, i: i.household_id == h.id,
        dated=Dating.OPEN,
        order=("kind", "id"),
        implied=True,
        zh="现有收入项。",
        en="Present income items.",
    )


NODES: tuple[Any, ...] = (AssistanceIncomeItem, AssistanceStandard, AssistanceFactor)
