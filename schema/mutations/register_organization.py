from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.organizations.service import NewOrganization, register
from core.work import Work
from schema.mutations.base import WriteInput, mutation, perform
from schema.mutations.organization_input import OrganizationPayload, representative_of
from schema.sql.fields import both
from schema.types.enums import OrganizationKind
from schema.types.scalars import CreditCode, DivisionCode


@strawberry.input(description=both("登记组织。", "An organization to register."))
class RegisterOrganizationInput(WriteInput):
    name: str = strawberry.field(description=both("名称。", "Name."))
    credit_code: CreditCode = strawberry.field(description=both("统一社会信用代码。", "Credit code."))
    kind: OrganizationKind = strawberry.field(
        description=both(
            "类别，须与信用代码前两位一致。", "Kind; the credit code's first two characters say it too."
        )
    )
    division: DivisionCode = strawberry.field(
        description=both("所在区划，县级及以下。", "Seat: a county-level division or one below.")
    )
    legal_rep: strawberry.ID | None = strawberry.field(
        default=None,
        description=both("法定代表人（在册人员）。", "Legal representative, if registered here."),
    )
    legal_rep_name: str | None = strawberry.field(
        default=None,
        description=both("法定代表人姓名（不在册时）。", "Name of one who is not registered here."),
    )
    registered_on: date | None = strawberry.field(
        default=None, description=both("登记日期，默认今天。", "Registered on; today by default.")
    )


@mutation("登记组织。", "Register an organization.")
async def register_organization(
    info: strawberry.Info, input: RegisterOrganizationInput
) -> OrganizationPayload:
    async def act(work: Work) -> Any:
        new = NewOrganization(
            name=input.name,
            credit_code=input.credit_code,
            kind=input.kind,
            division=input.division,
            legal_rep=await representative_of(work, input.legal_rep),
            legal_rep_name=input.legal_rep_name,
            registered_on=input.registered_on,
        )
        return (await register(work, [new]))[0]

    return await perform(info, OrganizationPayload, input, act)
