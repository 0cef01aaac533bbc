from __future__ import annotations

from typing import Any

import strawberry

from core.committees.service import dismiss
from core.work import Work
from schema.mutations.base import found, mutation, perform
from schema.mutations.committee_input import CommitteeInput, CommitteePayload, committee_of
from schema.sql.fields import both


@strawberry.input(description=both("成员离任。", "A member who leaves."))
class DismissCommitteeMemberInput(CommitteeInput):
    person: strawberry.ID = strawberry.field(description=both("人员编号。", "Id of the person."))


@mutation(
    "成员在届内离任（辞职、罢免、死亡等），空缺可补选。",
    "End a member's post within the term (resignation, recall, death); the vacancy may be filled.",
)
async def dismiss_committee_member(
    info: strawberry.Info, input: DismissCommitteeMemberInput
) -> CommitteePayload:
    async def act(work: Work) -> Any:
        row = await committee_of(work, input)
        person = await found(work, input.person, "person")
        return await dismiss(work, row, person, input.on, input.expected_version)

    return await perform(info, CommitteePayload, input, act)
