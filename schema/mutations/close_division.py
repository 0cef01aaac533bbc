from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.divisions.service import by_code, close
from core.errors import Refused
from core.refusals import DIV_UNKNOWN
from core.work import Work
from schema.mutations.base import Payload, UpdateInput, mutation, payload, perform, written
from schema.sql.fields import both
from schema.types.division import Division
from schema.types.scalars import DivisionCode


@strawberry.input(description=both("撤销区划。", "A division to close."))
class CloseDivisionInput(UpdateInput):
    code: DivisionCode = strawberry.field(description=both("代码。", "Code."))
    on: date = strawberry.field(description=both("失效日期（不含）。", "First day no longer in force."))
    successor: DivisionCode | None = strawberry.field(
        default=None, description=both("继任区划代码。", "Code of the division that takes over.")
    )


@payload("写入结果。", "What was written.")
class CloseDivisionPayload(Payload):
    division: Division | None = written(lambda: Division, "区划。", "The division.")


@mutation("撤销区划。", "Close a division.")
async def close_division(info: strawberry.Info, input: CloseDivisionInput) -> CloseDivisionPayload:
    async def act(work: Work) -> Any:
        found = await by_code(work.session, [input.code])
        if input.code not in found:
            raise Refused(DIV_UNKNOWN, ("code",), code=input.code)
        work.expect_version(found[input.code], input.expected_version)
        return await close(work, found[input.code], input.on, input.successor)

    return await perform(info, CloseDivisionPayload, input, act)
