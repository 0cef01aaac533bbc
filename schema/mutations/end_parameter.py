from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.access.principal import NATION
from core.parameters.setting import end_value
from core.work import Work
from schema.mutations.base import WriteInput, mutation, perform
from schema.mutations.set_parameter import ParameterPayload
from schema.sql.fields import both
from schema.types.scalars import DivisionCode


@strawberry.input(description=both("终止参数值。", "A value of a parameter to end."))
class EndParameterInput(WriteInput):
    name: str = strawberry.field(description=both("参数名。", "Name of the parameter."))
    division: DivisionCode | None = strawberry.field(
        default=None, description=both("区划，默认全国。", "The division; by default the whole country.")
    )
    on: date = strawberry.field(description=both("失效日期（不含）。", "The first day without it."))


@mutation(
    "终止某区划自己设定的参数值，此后适用上级的值或默认值。",
    "End a division's own value of a parameter; what is set above it applies again, or the default.",
)
async def end_parameter(info: strawberry.Info, input: EndParameterInput) -> ParameterPayload:
    async def act(work: Work) -> Any:
        return await end_value(work, input.name, input.division or NATION, input.on)

    return await perform(info, ParameterPayload, input, act)
