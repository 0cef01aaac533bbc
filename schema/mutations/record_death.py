from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.events.death import Death, death
from core.work import Work
from schema.mutations.base import Payload, UpdateInput, found, mutation, payload, perform
from schema.mutations.event_input import recorded_event, recorded_subject
from schema.sql.fields import both
from schema.types.event import LifeEvent
from schema.types.person import Person


@strawberry.input(description=both("死亡登记。", "A death."))
class RecordDeathInput(UpdateInput):
    person: strawberry.ID = strawberry.field(description=both("人员编号。", "Id of the person."))
    on: date = strawberry.field(description=both("死亡日期。", "Day of the death."))
    new_head: strawberry.ID | None = strawberry.field(
        default=None,
        description=both(
            "死者为户主时的新户主，默认配偶，其次最年长的成年人。",
            "Who heads the household of a head who died; by default the spouse, else the eldest adult.",
        ),
    )


@payload("写入结果。", "What was written.")
class RecordDeathPayload(Payload):
    life_event: LifeEvent | None = recorded_event()
    person: Person | None = recorded_subject("死者。", "The person who died.")


@mutation("登记死亡：退出各户，配偶改为丧偶。", "Record a death: memberships end, the spouse is widowed.")
async def record_death(info: strawberry.Info, input: RecordDeathInput) -> RecordDeathPayload:
    async def act(work: Work) -> Any:
        asked = Death(
            person=await found(work, input.person, "person"),
            on=input.on,
            new_head=await found(work, input.new_head, "newHead"),
        )
        return await death(work, asked, input.expected_version)

    return await perform(info, RecordDeathPayload, input, act)
