from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import strawberry

from minzheng.graphql import Payload, WriteInput, both, mutation, payload, perform, written
from minzheng.plugin import Household as HouseholdRow
from minzheng.plugin import Person as PersonRow
from minzheng.plugin import Work, key_of
from plugins.assistance import codes
from plugins.assistance.graphql.enums import AssistanceIncomeKind, AssistancePeriod
from plugins.assistance.graphql.types import AssistanceIncomeItem
from plugins.assistance.service import NewIncome, record_incomes


@strawberry.input(description=both("登记一项家庭收入。", "A term of a household's income."))
class AssistanceRecordIncomeInput(WriteInput):
    household: strawberry.ID = strawberry.field(description=both("户编号（全局）。", "Id of the household."))
    kind: AssistanceIncomeKind = strawberry.field(description=both("类别。", "Kind."))
    amount: Decimal = strawberry.field(
        description=both("金额（元），扣减项也填正数。", "Yuan; positive even where it is subtracted.")
    )
    period: AssistancePeriod = strawberry.field(
        default=codes.AssistancePeriod.MONTH,
        description=both("周期，默认每月。", "Period; a month by default."),
    )
    person: strawberry.ID | None = strawberry.field(
        default=None, description=both("取得收入的成员编号。", "Id of the member who earns it.")
    )
    since: date | None = strawberry.field(
        default=None, description=both("起始日期，默认今天。", "From which day; today by default.")
    )


@payload("写入结果。", "What was written.")
class AssistanceRecordIncomePayload(Payload):
    item: AssistanceIncomeItem | None = written(lambda: AssistanceIncomeItem, "收入项。", "The income item.")


@mutation("登记家庭收入，随即重新核算。", "Record income of a household; it is assessed anew at once.")
async def record_assistance_income(
    info: strawberry.Info, input: AssistanceRecordIncomeInput
) -> AssistanceRecordIncomePayload:
    async def act(work: Work) -> Any:
        home = await work.find(
            HouseholdRow, key_of("household", input.household), "household", ("household",)
        )
        new = NewIncome(
            home=home,
            kind=input.kind,
            amount=input.amount,
            period=input.period,
            person_id=await _person(work, input.person),
            since=input.since,
        )
        return (await record_incomes(work, [new]))[0]

    return await perform(info, AssistanceRecordIncomePayload, input, act)


async def _person(work: Work, text: str | None) -> Any:
    if text is None:
        return None
    return (await work.find(PersonRow, key_of("person", text), "person", ("person",))).id
