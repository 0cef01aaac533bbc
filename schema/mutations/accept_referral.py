from __future__ import annotations

from typing import Any

import strawberry

from core.referrals.service import move_on
from core.work import Work
from schema.mutations.base import mutation, perform
from schema.mutations.referral_input import ReferralInput, ReferralPayload, referral_of
from schema.sql.fields import both


@strawberry.input(description=both("接收转介。", "A referral to accept."))
class AcceptReferralInput(ReferralInput):
    reason: str | None = strawberry.field(default=None, description=both("说明。", "A remark."))


@mutation("接收转介：此后由接收方办理。", "Accept a referral: the addressee sees to the person from now on.")
async def accept_referral(info: strawberry.Info, input: AcceptReferralInput) -> ReferralPayload:
    async def act(work: Work) -> Any:
        row, version = await referral_of(work, input), input.expected_version
        return await move_on(work, row, "accept", reason=input.reason, expected_version=version)

    return await perform(info, ReferralPayload, input, act)
