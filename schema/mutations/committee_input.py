"""What the mutations on a committee share."""

from __future__ import annotations

from datetime import date

import strawberry

from core.committees.models import Committee as CommitteeRow
from core.work import Work
from schema.mutations.base import Payload, UpdateInput, found, payload, written
from schema.sql.fields import both
from schema.types.committee import Committee


@strawberry.input(description=both("委员会的变更。", "A change of a committee."))
class CommitteeInput(UpdateInput):
    committee: strawberry.ID = strawberry.field(description=both("委员会编号。", "Id of the committee."))
    on: date = strawberry.field(description=both("变更日期。", "From which day."))


@payload("写入结果。", "What was written.")
class CommitteePayload(Payload):
    committee: Committee | None = written(lambda: Committee, "委员会。", "The committee.")


async def committee_of(work: Work, input: CommitteeInput) -> CommitteeRow:
    """The committee the input names, in reach."""
    return await found(work, input.committee, "committee", CommitteeRow, "committee")
