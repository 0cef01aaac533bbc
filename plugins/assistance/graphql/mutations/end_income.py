from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from minzheng.graphql import Payload, WriteInput, both, mutation, payload, perform, written
from minzheng.plugin import Household as HouseholdRow
from minzheng.plugin import Work, key_of
from plugins.assistance.graphql.types import AssistanceIncomeItem
from plugins.assistance.models import AssistanceIncomeItem as ItemRow
from plugins.assistance.service import INCOME, end_income


@strawberry.input(description=both("终止一项家庭收入。", "An income item to end."))
class AssistanceEndIncomeInput(WriteInput):
    item: strawberry.ID = strawberry.field(description=both("收入项编号。", "Id of the income item."))
    on: date = strawberry.field(description=both("终止日期（不含）。", "First day without it."))


@payload("写入结果。", "What was written.")
class AssistanceEndIncomePayload(Payload):
    item: AssistanceIncomeItem | None = written(lambda: AssistanceIncomeItem, "收入项。", "The income item.")


@mutation("终止家庭收入，随即重新核算。", "End income of a household; it is assessed anew at once.")
async def end_assistance_income(
    info: strawberry.Info, input: AssistanceEndIncomeInput
) -> AssistanceEndIncomePayload:
    async def act(work: Work) -> Any:
        item = await work.find(ItemRow, key_of(INCOME, input.item), INCOME, ("item",))
        home = await work.find(HouseholdRow, item.household_id, "household", ("item",))
        return await end_income(work, item, home, input.on)

    return await perform(info, AssistanceEndIncomePayload, input, act)
