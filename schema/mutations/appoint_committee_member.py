from __future__ import annotations

from typing import Any

import strawberry

from core.codes.organizations import CommitteePost as Post
from core.committees.models import Committee, SubCommittee
from core.committees.service import appoint
from core.errors import Refused
from core.refusals import NOT_FOUND
from core.work import Work
from schema.mutations.base import found, mutation, perform
from schema.mutations.committee_input import CommitteeInput, CommitteePayload, committee_of
from schema.sql.fields import both
from schema.types.enums import CommitteePost


@strawberry.input(description=both("补选或调整成员。", "A member who joins or gets another post."))
class AppointCommitteeMemberInput(CommitteeInput):
    person: strawberry.ID = strawberry.field(description=both("人员编号。", "Id of the person."))
    post: CommitteePost = strawberry.field(
        default=Post.MEMBER, description=both("职务，默认委员。", "Post, member by default.")
    )
    sub_committee: strawberry.ID | None = strawberry.field(
        default=None, description=both("兼任的下属委员会编号。", "Id of the sub-committee to sit on as well.")
    )


async def _sub_committee(work: Work, row: Committee, id_: str | None) -> SubCommittee | None:
    place = await found(work, id_, "subCommittee", SubCommittee, "subcommittee")
    if place is not None and (place.committee_id != row.id or place.dissolved_on is not None):
        raise Refused(NOT_FOUND, ("subCommittee",), id=id_)
    return place


@mutation(
    "届内补选成员，或调整成员的职务。", "Fill a vacancy within the term, or give a member another post."
)
async def appoint_committee_member(
    info: strawberry.Info, input: AppointCommitteeMemberInput
) -> CommitteePayload:
    async def act(work: Work) -> Any:
        row = await committee_of(work, input)
        person = await found(work, input.person, "person")
        place = await _sub_committee(work, row, input.sub_committee)
        return await appoint(work, row, person, input.post, input.on, place, input.expected_version)

    return await perform(info, CommitteePayload, input, act)
