from __future__ import annotations

from typing import Any

import strawberry

from core.households.service import close
from core.work import Work
from schema.mutations.base import mutation, payload, perform
from schema.mutations.household_input import HouseholdInput, household_of
from schema.types.household import Household

CloseHouseholdPayload = payload("CloseHouseholdPayload", "household", Household, "户", "the household")


@mutation("销户，成员关系随之结束。", "Close a household; its memberships end.")
async def close_household(info: strawberry.Info, input: HouseholdInput) -> CloseHouseholdPayload:
    async def act(work: Work) -> Any:
        return await close(work, await household_of(work, input), input.on, input.expected_version)

    return await perform(info, input, act)
