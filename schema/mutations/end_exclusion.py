from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.entitlements.exclusions import EXCLUSION
from core.entitlements.exclusions import end_exclusion as end
from core.entitlements.models import BenefitExclusion as ExclusionRow
from core.work import Work
from schema.mutations.base import WriteInput, found, mutation, perform
from schema.mutations.set_exclusion import ExclusionPayload
from schema.sql.fields import both


@strawberry.input(description=both("要终止的互斥规则。", "An exclusion to end."))
class EndExclusionInput(WriteInput):
    exclusion: strawberry.ID = strawberry.field(description=both("互斥规则编号。", "Id of the exclusion."))
    month: date | None = strawberry.field(
        default=None,
        description=both(
            "不再适用的首个月份的首日，默认下月。",
            "First day of the first month without it, next month by default.",
        ),
    )


@mutation("终止待遇互斥规则。", "Let two programmes no longer exclude each other.")
async def end_exclusion(info: strawberry.Info, input: EndExclusionInput) -> ExclusionPayload:
    async def act(work: Work) -> Any:
        row = await found(work, input.exclusion, "exclusion", ExclusionRow, EXCLUSION)
        return await end(work, row, input.month)

    return await perform(info, ExclusionPayload, input, act)
