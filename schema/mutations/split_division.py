from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.divisions.reorganize import Part, split
from core.divisions.service import by_code
from core.ids import key_of
from core.work import Work
from schema.mutations.base import Payload, UpdateInput, mutation, payload, perform, written
from schema.sql.fields import both
from schema.types.division import Division
from schema.types.scalars import DivisionCode


@strawberry.input(description=both("拆分出的新区划。", "A new division that is split off."))
class DivisionPartInput:
    code: DivisionCode = strawberry.field(
        description=both("新代码，与原区划同属一个乡镇。", "Its code, in the same town.")
    )
    name: str = strawberry.field(description=both("名称。", "Name."))
    households: list[strawberry.ID] = strawberry.field(
        description=both(
            "划入的户；其成员凡常住或户籍在原区划的一并划入。",
            "The households that go there, with those members who live or are registered in the old division.",
        )
    )
    urban_rural_class: str | None = strawberry.field(
        default=None, description=both("城乡分类代码。", "Urban-rural class.")
    )

    def part(self) -> Part:
        """As the service takes it."""
        keys = [key_of("household", key) for key in self.households]
        return Part(self.code, self.name, keys, self.urban_rural_class)


@strawberry.input(description=both("拆分区划。", "A division to split."))
class SplitDivisionInput(UpdateInput):
    code: DivisionCode = strawberry.field(
        description=both("被拆分的村（社区）代码。", "Code of the village.")
    )
    on: date = strawberry.field(
        description=both(
            "新区划设立之日；不晚于今天。", "The day on which the new ones begin; not after today."
        )
    )
    parts: list[DivisionPartInput] = strawberry.field(
        description=both("新区划；未列入的户留在原区划。", "The new divisions; other households stay.")
    )


@payload("写入结果。", "What was written.")
class SplitDivisionPayload(Payload):
    division: Division | None = written(lambda: Division, "被拆分的区划。", "The division that was split.")


@mutation(
    "拆分村（社区）：设立新区划并划入若干户；历史保留，不算迁移。",
    "Split a village: open new ones and place households there. History stays; nobody has moved.",
)
async def split_division(info: strawberry.Info, input: SplitDivisionInput) -> SplitDivisionPayload:
    async def act(work: Work) -> Any:
        known = (await by_code(work.session, [input.code])).get(input.code)
        if known is not None:
            work.expect_version(known, input.expected_version)
        return await split(work, input.code, input.on, [part.part() for part in input.parts])

    return await perform(info, SplitDivisionPayload, input, act)
