from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.organizations.service import close
from core.work import Work
from schema.mutations.base import mutation, perform
from schema.mutations.organization_input import OrganizationInput, OrganizationPayload, organization_of
from schema.sql.fields import both


@strawberry.input(description=both("注销组织。", "An organization to close."))
class CloseOrganizationInput(OrganizationInput):
    on: date = strawberry.field(description=both("注销日期（当日起不再存续）。", "First day without it."))


@mutation("注销组织，其税收资格同时终止。", "Close an organization; its tax qualifications end.")
async def close_organization(info: strawberry.Info, input: CloseOrganizationInput) -> OrganizationPayload:
    async def act(work: Work) -> Any:
        return await close(work, await organization_of(work, input), input.on, input.expected_version)

    return await perform(info, OrganizationPayload, input, act)
