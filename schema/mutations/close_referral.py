from __future__ import annotations

from typing import Any

import strawberry

from core.referrals.service import move_on
from core.work import Work
from schema.mutations.base import mutation, perform
from schema.mutations.referral_input import ReferralInput, ReferralPayload, referral_of
from schema.sql.fields import both
from schema.types.enums import ReferralOutcome


@strawberry.input(description=both("办结转介。", "A referral to close."))
class CloseReferralInput(ReferralInput):
    outcome: ReferralOutcome = strawberry.field(description=both("结果。", "What came of it."))
    reason: str | None = strawberry.field(default=None, description=both("说明。", "A remark."))


@mutation("办结已接收的转介，写明结果。", "Close an accepted referral with its outcome.")
async def close_referral(info: strawberry.Info, input: CloseReferralInput) -> ReferralPayload:
    async def act(work: Work) -> Any:
        row, version = await referral_of(work, input), input.expected_version
        return await move_on(
            work, row, "close", reason=input.reason, outcome=input.outcome, expected_version=version
        )

    return await perform(info, ReferralPayload, input, act)
