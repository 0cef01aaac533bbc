from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.divisions.reorganize import merge
from core.work import Work
from schema.mutations.base import Payload, WriteInput, mutation, payload, perform, written
from schema.sql.fields import both
from schema.types.division import Division
from schema.types.scalars import DivisionCode


@strawberry.input(description=both("合并区划。", "Divisions to merge into another."))
class MergeDivisionsInput(WriteInput):
    divisions: list[DivisionCode] = strawberry.field(
        description=both(
            "被并入的村（或乡镇）代码，将被撤销；乡镇须先撤并所辖各村。",
            "Codes of the villages (or towns) to be closed; of a town, its villages first.",
        )
    )
    into: DivisionCode = strawberry.field(
        description=both("并入的区划代码，须已设立。", "Code of the division that takes over; open it first.")
    )
    on: date = strawberry.field(
        description=both(
            "自该日起人员与户属于新区划；不晚于今天。",
            "From this day on persons and households are there; not after today.",
        )
    )


@payload("写入结果。", "What was written.")
class MergeDivisionsPayload(Payload):
    division: Division | None = written(lambda: Division, "并入后的区划。", "The division that took over.")


@mutation(
    "合并区划：撤销若干区划，人员与户自该日起属于并入的区划；历史保留，不算迁移。",
    "Merge divisions: persons and households are in the other from a day on. History stays; nobody has moved.",
)
async def merge_divisions(info: strawberry.Info, input: MergeDivisionsInput) -> MergeDivisionsPayload:
    async def act(work: Work) -> Any:
        return await merge(work, input.divisions, input.into, input.on)

    return await perform(info, MergeDivisionsPayload, input, act)
