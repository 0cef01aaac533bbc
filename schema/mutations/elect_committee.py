from __future__ import annotations

from typing import Any

import strawberry

from core.codes.organizations import CommitteePost as Post
from core.committees.service import elect
from core.work import Work
from schema.mutations.base import found, mutation, perform
from schema.mutations.committee_input import CommitteeInput, CommitteePayload, committee_of
from schema.sql.fields import both
from schema.types.enums import CommitteePost


@strawberry.input(description=both("当选的成员。", "A member elected."))
class ElectedInput:
    person: strawberry.ID = strawberry.field(description=both("人员编号。", "Id of the person."))
    post: CommitteePost = strawberry.field(
        default=Post.MEMBER, description=both("职务，默认委员。", "Post, member by default.")
    )


@strawberry.input(description=both("换届选举的结果。", "The outcome of an election."))
class ElectCommitteeInput(CommitteeInput):
    members: list[ElectedInput] = strawberry.field(
        description=both(
            "全部成员，须有一名主任；村委会 3–7 人，居委会 5–9 人。",
            "All members, one of them chair: 3 to 7 in a village, 5 to 9 in a community.",
        )
    )


@mutation(
    "登记换届选举：开始新一届，上一届终止。", "Record an election: a new term begins, the former one ends."
)
async def elect_committee(info: strawberry.Info, input: ElectCommitteeInput) -> CommitteePayload:
    async def act(work: Work) -> Any:
        row = await committee_of(work, input)
        members = [(await found(work, item.person, "members"), item.post) for item in input.members]
        return await elect(work, row, members, input.on, input.expected_version)

    return await perform(info, CommitteePayload, input, act)
