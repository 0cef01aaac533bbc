from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.ids import key_of
from core.organizations.models import Organization, OrganizationQualification
from core.organizations.service import revoke_qualification as revoke
from core.work import Work
from schema.mutations.base import UpdateInput, mutation, perform
from schema.mutations.organization_input import OrganizationPayload
from schema.sql.fields import both


@strawberry.input(description=both("取消税收资格。", "A tax qualification to take back."))
class RevokeQualificationInput(UpdateInput):
    qualification: strawberry.ID = strawberry.field(
        description=both("资格编号。", "Id of the qualification.")
    )
    on: date = strawberry.field(
        description=both("首个不再有资格的日期，可在将来。", "First day without it; may lie ahead.")
    )


@mutation(
    "自某日起取消一项税收资格；expectedVersion 为组织的版本。",
    "End a tax qualification from a day on; expectedVersion is the organization's.",
)
async def revoke_qualification(info: strawberry.Info, input: RevokeQualificationInput) -> OrganizationPayload:
    async def act(work: Work) -> Any:
        key, field = key_of("qualification", input.qualification), ("qualification",)
        found = await work.find(OrganizationQualification, key, "qualification", field)
        owner = await work.find(Organization, found.organization_id, "organization", field)
        return await revoke(work, owner, found, input.on, input.expected_version)

    return await perform(info, OrganizationPayload, input, act)
