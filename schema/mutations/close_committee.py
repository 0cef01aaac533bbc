from __future__ import annotations

from typing import Any

import strawberry

from core.committees.service import close
from core.work import Work
from schema.mutations.base import mutation, perform
from schema.mutations.committee_input import CommitteeInput, CommitteePayload, committee_of


@mutation("撤销村（居）委会，其任期与职务同时终止。", "Close a committee; its term and posts end.")
async def close_committee(info: strawberry.Info, input: CommitteeInput) -> CommitteePayload:
    async def act(work: Work) -> Any:
        return await close(work, await committee_of(work, input), input.on, input.expected_version)

    return await perform(info, CommitteePayload, input, act)
