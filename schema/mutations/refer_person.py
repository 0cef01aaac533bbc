from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.errors import Refused
from core.ids import key_of
from core.organizations.models import Organization
from core.persons.models import Person
from core.referrals.codes import ConsentBy
from core.referrals.service import Consent, NewReferral, Override, organization_near, refer
from core.work import Work
from schema.mutations.base import WriteInput, found, mutation, perform
from schema.mutations.referral_input import ReferralPayload
from schema.sql.fields import both
from schema.types.enums import ReferralBasis, ReferralConsentBy, ReferralReason


@strawberry.input(description=both("对转介的同意。", "Consent to a referral."))
class ReferralConsentInput:
    on: date = strawberry.field(description=both("同意日期。", "Day of the consent."))
    by: ReferralConsentBy = strawberry.field(
        default=ConsentBy.SELF,
        description=both("同意人；未满十四周岁须为监护人。", "Who consented; under fourteen, the guardian."),
    )


@strawberry.input(
    description=both("未经同意转介的法定依据，将留痕。", "A legal basis without consent; it is logged.")
)
class ReferralOverrideInput:
    basis: ReferralBasis = strawberry.field(description=both("依据。", "The basis."))
    reason: str = strawberry.field(description=both("理由。", "Why it holds."))


@strawberry.input(
    description=both("转给谁、为什么、依据什么。", "To whom somebody is referred, why, and on what it rests.")
)
class ReferralTo:
    target: str | None = strawberry.field(
        default=None, description=both("接收业务的名称。", "Name of the service addressed.")
    )
    organization: strawberry.ID | None = strawberry.field(
        default=None, description=both("或接收组织的编号。", "Or the id of the organization addressed.")
    )
    reason: ReferralReason = strawberry.field(description=both("原因。", "Why."))
    note: str | None = strawberry.field(
        default=None, description=both("说明，最多 1000 字。", "What else they should know.")
    )
    consent: ReferralConsentInput | None = strawberry.field(
        default=None, description=both("同意。", "The consent.")
    )
    override: ReferralOverrideInput | None = strawberry.field(
        default=None, description=both("或法定依据。", "Or the legal basis.")
    )
    from_organization: strawberry.ID | None = strawberry.field(
        default=None,
        description=both("提出转介的组织。", "The organization at whose word it is sent."),
    )


@strawberry.input(description=both("要转出的转介。", "A referral to send."))
class ReferPersonInput(WriteInput, ReferralTo):
    person: strawberry.ID = strawberry.field(description=both("人员编号。", "Id of the person."))


async def referral_to(work: Work, person: Person, to: ReferralTo) -> NewReferral:
    """The referral that an input describes."""
    return NewReferral(
        person=person,
        reason=to.reason,
        grounds=_grounds(to),
        target=to.target,
        organization=await _organization(work, to.organization, person, "organization"),
        note=to.note,
        source_organization=await _organization(work, to.from_organization, person, "fromOrganization"),
    )


@mutation(
    "把人员转介给另一业务或组织，须有同意或法定依据。",
    "Refer a person to another service or an organization, with consent or a legal basis.",
)
async def refer_person(info: strawberry.Info, input: ReferPersonInput) -> ReferralPayload:
    async def act(work: Work) -> Any:
        person = await found(work, input.person, "person")
        return await refer(work, await referral_to(work, person, input))

    return await perform(info, ReferralPayload, input, act)


def _grounds(input: ReferralTo) -> Consent | Override | None:
    if input.override is not None:
        return Override(input.override.basis, input.override.reason)
    return None if input.consent is None else Consent(input.consent.on, input.consent.by)


async def _organization(work: Work, id: str | None, person: Person, field: str) -> Organization | None:
    if id is None:
        return None
    try:
        key = key_of("organization", id)
    except Refused as refusal:
        raise refusal.at(field) from None
    return await organization_near(work, key, person, field)
