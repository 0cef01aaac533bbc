from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import strawberry

from minzheng.graphql import DivisionCode, Payload, WriteInput, both, mutation, payload, perform, written
from minzheng.plugin import Work
from plugins.assistance import codes
from plugins.assistance.graphql.enums import AssistanceUrbanRural
from plugins.assistance.graphql.types import AssistanceStandard
from plugins.assistance.service import set_standard


@strawberry.input(description=both("设定低保标准。", "A dibao standard to set."))
class AssistanceSetStandardInput(WriteInput):
    division: DivisionCode = strawberry.field(
        description=both("适用区划及其下级。", "Where it holds, and below.")
    )
    urban_rural: AssistanceUrbanRural = strawberry.field(
        default=codes.AssistanceUrbanRural.ALL,
        description=both("城乡类别，默认统一。", "Whom it is for; all by default."),
    )
    monthly: Decimal = strawberry.field(description=both("每人每月金额（元）。", "Yuan a head and month."))
    valid_from: date = strawberry.field(description=both("生效日期。", "First day in force."))


@payload("写入结果。", "What was written.")
class AssistanceSetStandardPayload(Payload):
    standard: AssistanceStandard | None = written(lambda: AssistanceStandard, "标准。", "The standard.")


@mutation(
    "设定低保标准，所涉各户随即重新核算。", "Set the dibao standard; all it concerns are assessed anew."
)
async def set_assistance_standard(
    info: strawberry.Info, input: AssistanceSetStandardInput
) -> AssistanceSetStandardPayload:
    async def act(work: Work) -> Any:
        return await set_standard(work, input.division, input.urban_rural, input.monthly, input.valid_from)

    return await perform(info, AssistanceSetStandardPayload, input, act)
