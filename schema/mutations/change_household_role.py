from __future__ import annotations

from typing import Any

import strawberry

from core.households.service import change_role
from core.work import Work
from schema.mutations.base import Payload, mutation, payload, perform, written
from schema.mutations.household_input import MembershipInput, both_of
from schema.sql.fields import both
from schema.types.household import Household


@strawberry.input(description=both("变更与户主关系。", "A member gets another relation to the head."))
class ChangeHouseholdRoleInput(MembershipInput):
    relation: str = strawberry.field(
        description=both("与户主关系代码或名称。", "Relation to the head, by code or name.")
    )


@payload("写入结果。", "What was written.")
class ChangeHouseholdRolePayload(Payload):
    household: Household | None = written(lambda: Household, "户。", "The household.")


@mutation("变更与户主关系。", "A member gets another relation to the head.")
async def change_household_role(
    info: strawberry.Info, input: ChangeHouseholdRoleInput
) -> ChangeHouseholdRolePayload:
    async def act(work: Work) -> Any:
        home, person = await both_of(work, input)
        return await change_role(work, home, person, input.relation, input.on, input.expected_version)

    return await perform(info, ChangeHouseholdRolePayload, input, act)
