from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.events.divorce import apply
from core.work import Work
from schema.mutations.base import Payload, WriteInput, found, mutation, payload, perform, written
from schema.sql.fields import both
from schema.types.marriage import DivorceApplication


@strawberry.input(description=both("离婚登记申请。", "An application for divorce."))
class ApplyForDivorceInput(WriteInput):
    husband: strawberry.ID = strawberry.field(description=both("丈夫。", "The husband."))
    wife: strawberry.ID = strawberry.field(description=both("妻子。", "The wife."))
    on: date = strawberry.field(description=both("申请日期。", "Day of the application."))
    minor_children: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description=both(
            "登记册未显示的未成年子女。", "Minor children whom the register does not show as such."
        ),
    )


@payload("写入结果。", "What was written.")
class ApplyForDivorcePayload(Payload):
    divorce_application: DivorceApplication | None = written(
        lambda: DivorceApplication, "申请。", "The application."
    )


@mutation("受理离婚登记申请，计算冷静期。", "Record an application for divorce and the limits that follow.")
async def apply_for_divorce(info: strawberry.Info, input: ApplyForDivorceInput) -> ApplyForDivorcePayload:
    async def act(work: Work) -> Any:
        husband = await found(work, input.husband, "husband")
        wife = await found(work, input.wife, "wife")
        children = [await found(work, child, "minorChildren") for child in input.minor_children]
        return await apply(work, husband, wife, input.on, children)

    return await perform(info, ApplyForDivorcePayload, input, act)
