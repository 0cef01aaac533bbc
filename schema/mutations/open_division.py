from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.divisions.service import SINCE, NewDivision, open_divisions
from core.work import Work
from schema.mutations.base import Payload, WriteInput, mutation, payload, perform, written
from schema.sql.fields import both
from schema.types.division import Division
from schema.types.scalars import DivisionCode


@strawberry.input(description=both("设立区划。", "A division to open."))
class OpenDivisionInput(WriteInput):
    code: DivisionCode = strawberry.field(description=both("代码。", "Code."))
    name: str = strawberry.field(description=both("名称。", "Name."))
    urban_rural_class: str | None = strawberry.field(
        default=None, description=both("城乡分类代码。", "Urban-rural class.")
    )
    valid_from: date = strawberry.field(default=SINCE, description=both("生效日期。", "First day in force."))


@payload("写入结果。", "What was written.")
class OpenDivisionPayload(Payload):
    division: Division | None = written(lambda: Division, "区划。", "The division.")


@mutation("设立区划。", "Open a division.")
async def open_division(info: strawberry.Info, input: OpenDivisionInput) -> OpenDivisionPayload:
    async def act(work: Work) -> Any:
        new = NewDivision(input.code, input.name.strip(), input.valid_from, input.urban_rural_class)
        return (await open_divisions(work, [new]))[0]

    return await perform(info, OpenDivisionPayload, input, act)
