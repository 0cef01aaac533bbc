from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import strawberry

from minzheng.graphql import DivisionCode, Payload, WriteInput, both, mutation, payload, perform, written
from minzheng.plugin import Work
from plugins.assistance.graphql.enums import AssistanceFactorKind
from plugins.assistance.graphql.types import AssistanceFactor
from plugins.assistance.service import set_factor


@strawberry.input(description=both("设定低保边缘系数。", "A marginal factor to set."))
class AssistanceSetFactorInput(WriteInput):
    division: DivisionCode = strawberry.field(
        description=both("适用区划及其下级。", "Where it holds, and below.")
    )
    kind: AssistanceFactorKind = strawberry.field(description=both("类别。", "Kind."))
    value: Decimal = strawberry.field(description=both("系数：标准的倍数。", "Factor, times the standard."))
    valid_from: date = strawberry.field(description=both("生效日期。", "First day in force."))
    source: str | None = strawberry.field(
        default=None,
        description=both("依据：法规条款或文号。", "Its source: law and article, or number of the document."),
    )


@payload("写入结果。", "What was written.")
class AssistanceSetFactorPayload(Payload):
    factor: AssistanceFactor | None = written(lambda: AssistanceFactor, "系数。", "The factor.")


@mutation(
    "设定低保边缘系数，所涉各户随即重新核算。", "Set a marginal factor; all it concerns are assessed anew."
)
async def set_assistance_factor(
    info: strawberry.Info, input: AssistanceSetFactorInput
) -> AssistanceSetFactorPayload:
    async def act(work: Work) -> Any:
        return await set_factor(work, input.division, input.kind, input.value, input.valid_from, input.source)

    return await perform(info, AssistanceSetFactorPayload, input, act)
