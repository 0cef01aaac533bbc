from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.access.principal import NATION
from core.parameters.setting import NewValue, set_value
from core.work import Work
from schema.mutations.base import Payload, WriteInput, mutation, payload, perform, written
from schema.sql.fields import both
from schema.types.parameter import ParameterValue
from schema.types.scalars import DivisionCode


@strawberry.input(description=both("设定参数。", "A value of a parameter to set."))
class SetParameterInput(WriteInput):
    name: str = strawberry.field(description=both("参数名。", "Name of the parameter."))
    division: DivisionCode | None = strawberry.field(
        default=None,
        description=both(
            "适用区划及其下级，默认全国。", "Where it holds, and below; by default the whole country."
        ),
    )
    value: str = strawberry.field(description=both("值，文本。", "The value, as text."))
    valid_from: date = strawberry.field(
        description=both(
            "生效日期，可在将来；与已有值同日即为更正。",
            "First day, may lie ahead; that of a known value corrects it.",
        )
    )
    source: str = strawberry.field(
        description=both("依据：法规条款或文号。", "Its source: law and article, or number of the document.")
    )


@payload("写入结果。", "What was written.")
class ParameterPayload(Payload):
    value: ParameterValue | None = written(lambda: ParameterValue, "参数值。", "The value.")


@mutation(
    "设定参数在某区划自某日起的值，有关数据随即重算。",
    "Set a parameter in a division from a day on; what depends on it is computed anew.",
)
async def set_parameter(info: strawberry.Info, input: SetParameterInput) -> ParameterPayload:
    async def act(work: Work) -> Any:
        new = NewValue(
            name=input.name,
            division=input.division or NATION,
            value=input.value,
            valid_from=input.valid_from,
            source=input.source,
        )
        return await set_value(work, new)

    return await perform(info, ParameterPayload, input, act)
