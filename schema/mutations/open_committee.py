from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.committees.service import NewCommittee, open_committees
from core.work import Work
from schema.mutations.base import WriteInput, mutation, perform
from schema.mutations.committee_input import CommitteePayload
from schema.sql.fields import both
from schema.types.enums import CommitteeKind
from schema.types.scalars import DivisionCode


@strawberry.input(description=both("设立村（居）委会。", "A committee to open."))
class OpenCommitteeInput(WriteInput):
    kind: CommitteeKind = strawberry.field(
        description=both(
            "类别，决定该区划是村还是社区。",
            "Kind; it says whether the division is a village or a community.",
        )
    )
    division: DivisionCode = strawberry.field(description=both("村（社区）代码。", "Village or community."))
    name: str | None = strawberry.field(
        default=None, description=both("名称，默认由区划名称得出。", "Name; by default after the division.")
    )
    opened_on: date | None = strawberry.field(
        default=None, description=both("设立日期，默认今天。", "Opened on; today by default.")
    )


@mutation("设立村（居）委会。", "Open a committee.")
async def open_committee(info: strawberry.Info, input: OpenCommitteeInput) -> CommitteePayload:
    async def act(work: Work) -> Any:
        new = NewCommittee(
            kind=input.kind, division=input.division, name=input.name, opened_on=input.opened_on
        )
        return (await open_committees(work, [new]))[0]

    return await perform(info, CommitteePayload, input, act)
