from __future__ import annotations

from typing import Any

import strawberry

from core.households.service import change_head
from core.work import Work
from schema.mutations.base import Payload, mutation, payload, perform, written
from schema.mutations.household_input import MembershipInput, both_of
from schema.sql.fields import both
from schema.types.household import Household


@strawberry.input(description=both("变更户主。", "A member becomes the head."))
class ChangeHouseholdHeadInput(MembershipInput):
    former_head_relation: str = strawberry.field(
        description=both("原户主与新户主的关系。", "Relation of the former head to the new one.")
    )


@payload("写入结果。", "What was written.")
class ChangeHouseholdHeadPayload(Payload):
    household: Household | None = written(lambda: Household, "户。", "The household.")


@mutation("变更户主。", "A member becomes the head.")
async def change_household_head(
    info: strawberry.Info, input: ChangeHouseholdHeadInput
) -> ChangeHouseholdHeadPayload:
    async def act(work: Work) -> Any:
        home, person = await both_of(work, input)
        return await change_head(
            work, home, person, input.former_head_relation, input.on, input.expected_version
        )

    return await perform(info, ChangeHouseholdHeadPayload, input, act)
