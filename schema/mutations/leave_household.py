from __future__ import annotations

from typing import Any

import strawberry

from core.households.service import leave
from core.work import Work
from schema.mutations.base import Payload, mutation, payload, perform, written
from schema.mutations.household_input import MembershipInput, both_of
from schema.types.household import Household


@payload("写入结果。", "What was written.")
class LeaveHouseholdPayload(Payload):
    household: Household | None = written(lambda: Household, "户。", "The household.")


@mutation("人员离户。", "A person leaves a household.")
async def leave_household(info: strawberry.Info, input: MembershipInput) -> LeaveHouseholdPayload:
    async def act(work: Work) -> Any:
        home, person = await both_of(work, input)
        return await leave(work, home, person, input.on, input.expected_version)

    return await perform(info, LeaveHouseholdPayload, input, act)
