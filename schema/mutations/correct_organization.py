from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.organizations.service import correct
from core.work import Work
from schema.mutations.base import mutation, perform
from schema.mutations.organization_input import (
    OrganizationInput,
    OrganizationPayload,
    organization_of,
    representative_of,
)
from schema.sql.fields import both
from schema.types.enums import OrganizationKind
from schema.types.scalars import CreditCode, DivisionCode

_FIELDS = ("name", "credit_code", "kind", "division", "registered_on")


def _optional(zh: str, en: str) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=both(zh, en))


@strawberry.input(
    description=both(
        "更正或变更组织；未给出的字段不变。", "A correction or change; fields left out stay as they are."
    )
)
class CorrectOrganizationInput(OrganizationInput):
    on: date | None = strawberry.field(
        default=None,
        description=both(
            "变更（更名、迁址、换法定代表人）的起始日；不填为更正登记错误。",
            "From which day a change (of name, seat, representative) holds; without it a mistake is corrected.",
        ),
    )
    name: str | None = _optional("名称。", "Name.")
    credit_code: CreditCode | None = _optional("统一社会信用代码。", "Credit code.")
    kind: OrganizationKind | None = _optional("类别。", "Kind.")
    division: DivisionCode | None = _optional("所在区划。", "Seat.")
    registered_on: date | None = _optional("登记日期。", "Registered on.")
    legal_rep: strawberry.ID | None = _optional(
        "法定代表人（在册人员）；null 清除。", "Legal representative, if registered here; null clears it."
    )
    legal_rep_name: str | None = _optional(
        "法定代表人姓名（不在册时）；null 清除。", "Name of one who is not registered here; null clears it."
    )


async def _changes(work: Work, input: CorrectOrganizationInput) -> dict[str, Any]:
    values = {name: getattr(input, name) for name in _FIELDS}
    changes = {name: value for name, value in values.items() if value not in (None, strawberry.UNSET)}
    if input.legal_rep is not strawberry.UNSET:
        changes["legal_rep"] = await representative_of(work, input.legal_rep)
    if input.legal_rep_name is not strawberry.UNSET:
        changes["legal_rep_name"] = input.legal_rep_name
    return changes


@mutation(
    "更正组织的登记，或自某日起变更。",
    "Correct what is recorded of an organization, or change it from a day on.",
)
async def correct_organization(info: strawberry.Info, input: CorrectOrganizationInput) -> OrganizationPayload:
    async def act(work: Work) -> Any:
        row = await organization_of(work, input)
        return await correct(work, row, await _changes(work, input), input.on, input.expected_version)

    return await perform(info, OrganizationPayload, input, act)
