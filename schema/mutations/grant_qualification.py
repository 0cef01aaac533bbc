from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.organizations.service import NewQualification
from core.organizations.service import grant_qualification as grant
from core.work import Work
from schema.mutations.base import mutation, perform
from schema.mutations.organization_input import OrganizationInput, OrganizationPayload, organization_of
from schema.sql.fields import both
from schema.types.enums import QualificationKind


@strawberry.input(description=both("授予税收资格。", "A tax qualification to give."))
class GrantQualificationInput(OrganizationInput):
    kind: QualificationKind = strawberry.field(description=both("类别。", "Kind."))
    valid_from: date = strawberry.field(description=both("起始日期。", "First day."))
    valid_to: date = strawberry.field(
        description=both("截止日期（不含），可在将来。", "Day it ends; may lie ahead.")
    )
    document_number: str | None = strawberry.field(
        default=None, description=both("文号。", "Number of the document.")
    )


@mutation("授予组织一项税收资格。", "Give an organization a tax qualification.")
async def grant_qualification(info: strawberry.Info, input: GrantQualificationInput) -> OrganizationPayload:
    async def act(work: Work) -> Any:
        new = NewQualification(
            kind=input.kind,
            valid_from=input.valid_from,
            valid_to=input.valid_to,
            document_number=input.document_number,
        )
        return await grant(work, await organization_of(work, input), new, input.expected_version)

    return await perform(info, OrganizationPayload, input, act)
