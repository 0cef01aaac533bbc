from __future__ import annotations

from typing import Any

import strawberry

from core.referrals.service import move_on
from core.work import Work
from schema.mutations.base import mutation, perform
from schema.mutations.referral_input import ReferralInput, ReferralPayload, referral_of
from schema.sql.fields import both


@strawberry.input(description=both("不予接收转介。", "A referral to decline."))
class DeclineReferralInput(ReferralInput):
    reason: str = strawberry.field(description=both("理由。", "Why."))


@mutation("不予接收转介，须写明理由。", "Decline a referral, with the reason.")
async def decline_referral(info: strawberry.Info, input: DeclineReferralInput) -> ReferralPayload:
    async def act(work: Work) -> Any:
        row, version = await referral_of(work, input), input.expected_version
        return await move_on(work, row, "decline", reason=input.reason, expected_version=version)

    return await perform(info, ReferralPayload, input, act)
