from __future__ import annotations

from typing import Any

import strawberry

from core.committees.service import form_sub_committee as form
from core.work import Work
from schema.mutations.base import found, mutation, perform
from schema.mutations.committee_input import CommitteeInput, CommitteePayload, committee_of
from schema.sql.fields import both
from schema.types.enums import SubCommitteeKind


@strawberry.input(description=both("设立下属委员会。", "A sub-committee to form."))
class FormSubCommitteeInput(CommitteeInput):
    kind: SubCommitteeKind = strawberry.field(description=both("类别。", "Kind."))
    name: str | None = strawberry.field(
        default=None, description=both("名称，默认按类别。", "Name; by default the kind's.")
    )
    members: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description=both(
            "兼任其成员的现任委员（人员编号）。", "Present members who sit on it, by id of the person."
        ),
    )


@mutation("设立下属委员会。", "Form a committee under a committee.")
async def form_sub_committee(info: strawberry.Info, input: FormSubCommitteeInput) -> CommitteePayload:
    async def act(work: Work) -> Any:
        row = await committee_of(work, input)
        members = [await found(work, id_, "members") for id_ in input.members]
        return await form(work, row, input.kind, input.on, input.name, members, input.expected_version)

    return await perform(info, CommitteePayload, input, act)
