"""What the mutations on an open household share."""

from __future__ import annotations

from datetime import date

import strawberry

from core.households.models import Household as HouseholdRow
from core.persons.models import Person as PersonRow
from core.work import Work
from schema.mutations.base import UpdateInput, found
from schema.sql.fields import both


@strawberry.input(description=both("户的变更。", "A change of a household."))
class HouseholdInput(UpdateInput):
    household: strawberry.ID = strawberry.field(description=both("户编号（全局）。", "Id of the household."))
    on: date = strawberry.field(description=both("变更日期。", "From which day."))


@strawberry.input(description=both("户成员的变更。", "A change of a member."))
class MembershipInput(HouseholdInput):
    person: strawberry.ID = strawberry.field(description=both("人员编号。", "Id of the person."))


async def household_of(work: Work, input: HouseholdInput) -> HouseholdRow:
    """The household the input names, in reach."""
    return await found(work, input.household, "household", HouseholdRow, "household")


async def both_of(work: Work, input: MembershipInput) -> tuple[HouseholdRow, PersonRow]:
    """The household and the person the input names, in reach."""
    return await household_of(work, input), await found(work, input.person, "person")
