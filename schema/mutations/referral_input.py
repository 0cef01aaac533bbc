from __future__ import annotations

import strawberry

from core.referrals.models import Referral as ReferralRow
from core.referrals.workflow import PREFIX
from core.work import Work
from schema.mutations.base import Payload, UpdateInput, found, payload, written
from schema.sql.fields import both
from schema.types.referral import Referral


@strawberry.input(description=both("办理转介的一个环节。", "A step of a referral."))
class ReferralInput(UpdateInput):
    referral: strawberry.ID = strawberry.field(description=both("转介编号。", "Id of the referral."))


@payload("写入结果。", "What was written.")
class ReferralPayload(Payload):
    referral: Referral | None = written(lambda: Referral, "转介。", "The referral.")


async def referral_of(work: Work, input: ReferralInput) -> ReferralRow:
    """The referral that an input names, in the caller's reach."""
    return await found(work, input.referral, "referral", ReferralRow, PREFIX)
