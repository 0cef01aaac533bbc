from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.entitlements.exclusions import set_exclusion as set_
from core.work import Work
from schema.mutations.base import Payload, WriteInput, mutation, payload, perform, written
from schema.sql.fields import both
from schema.types.entitlement import BenefitExclusion
from schema.types.scalars import DivisionCode


@payload("写入结果。", "What was written.")
class ExclusionPayload(Payload):
    exclusion: BenefitExclusion | None = written(lambda: BenefitExclusion, "互斥规则。", "The exclusion.")


@strawberry.input(description=both("两项互斥的待遇。", "Two programmes that exclude each other."))
class SetExclusionInput(WriteInput):
    first: str = strawberry.field(description=both("待遇项目名称。", "Name of a programme."))
    second: str = strawberry.field(description=both("另一项目名称。", "Name of the other."))
    source: str = strawberry.field(description=both("依据，如文件及条款。", "The rule it comes from."))
    division: DivisionCode | None = strawberry.field(
        default=None, description=both("适用区划；空为全部。", "Where; null is everywhere.")
    )
    since: date | None = strawberry.field(
        default=None,
        description=both(
            "起始月份的首日，默认下月。", "First day of its first month, next month by default."
        ),
    )


@mutation(
    "登记待遇互斥规则；编制发放批次时据以暂缓。",
    "Let two programmes exclude each other: what would be paid twice is held back when a batch is prepared.",
)
async def set_exclusion(info: strawberry.Info, input: SetExclusionInput) -> ExclusionPayload:
    async def act(work: Work) -> Any:
        place, since = input.division, input.since
        return await set_(work, input.first, input.second, input.source, division=place, since=since)

    return await perform(info, ExclusionPayload, input, act)
