from __future__ import annotations

from typing import Any

import strawberry

from core.errors import Refused
from core.persons.models import Person
from core.referrals.refusals import REFERRAL_ADDRESSEE
from core.signals.models import RaisedSignal
from core.signals.service import confirm
from core.work import Work
from schema.mutations.base import mutation, perform
from schema.mutations.refer_person import ReferralTo, referral_to
from schema.mutations.signal_input import SignalInput, SignalPayload, signal_of
from schema.sql.fields import both


@strawberry.input(description=both("要确认的预警。", "An early warning to confirm."))
class ConfirmSignalInput(SignalInput):
    reason: str | None = strawberry.field(default=None, description=both("说明。", "What was found."))
    referral: ReferralTo | None = strawberry.field(
        default=None,
        description=both("一并转介所涉人员。", "Refer the person it is about, too."),
    )


async def _person(work: Work, row: RaisedSignal) -> Person:
    """Whom a signal is about; a household is not referred, its members are, by `referPerson`."""
    if row.person_id is None:
        raise Refused(REFERRAL_ADDRESSEE, ("referral",))
    return await work.find(Person, row.person_id, "person", ("signal",))


@mutation("确认一条预警属实，可一并转介。", "Confirm an early warning, and perhaps refer the person.")
async def confirm_signal(info: strawberry.Info, input: ConfirmSignalInput) -> SignalPayload:
    async def act(work: Work) -> Any:
        row = await signal_of(work, input)
        to = (
            None
            if input.referral is None
            else await referral_to(work, await _person(work, row), input.referral)
        )
        return await confirm(work, row, input.reason, referral=to, expected_version=input.expected_version)

    return await perform(info, SignalPayload, input, act)
