from __future__ import annotations

from typing import Any

import strawberry

from core.households.service import close
from core.work import Work
from schema.mutations.base import Payload, mutation, payload, perform, written
from schema.mutations.household_input import HouseholdInput, household_of
from schema.types.household import Household


@payload("写入结果。", "What was written.")
class CloseHouseholdPayload(Payload):
    household: Household | None = written(lambda: Household, "户。", "The household.")


@mutation("销户，成员关系随之结束。", "Close a household; its memberships end.")
async def close_household(info: strawberry.Info, input: HouseholdInput) -> CloseHouseholdPayload:
    async def act(work: Work) -> Any:
        return await close(work, await household_of(work, input), input.on, input.expected_version)

    return await perform(info, CloseHouseholdPayload, input, act)
