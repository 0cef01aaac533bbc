from __future__ import annotations

from typing import Any

import strawberry

from core.events.models import LifeEvent as EventRow
from core.events.reversal import reverse
from core.events.service import PREFIX
from core.work import Work
from schema.mutations.base import Payload, WriteInput, found, mutation, payload, perform
from schema.mutations.event_input import recorded_event
from schema.sql.fields import both
from schema.types.event import LifeEvent


@strawberry.input(
    description=both("撤销误登的人生事项。", "The reversal of an event that was entered wrongly.")
)
class ReverseLifeEventInput(WriteInput):
    life_event: strawberry.ID = strawberry.field(description=both("事项编号。", "Id of the event."))
    reason: str = strawberry.field(
        description=both("撤销原因，记入审计日志。", "Why; kept in the audit log.")
    )


@payload("写入结果。", "What was written.")
class ReverseLifeEventPayload(Payload):
    life_event: LifeEvent | None = recorded_event()


@mutation(
    "撤销误登的人生事项，一切恢复原状。", "Reverse an event that was entered wrongly; all is as before."
)
async def reverse_life_event(info: strawberry.Info, input: ReverseLifeEventInput) -> ReverseLifeEventPayload:
    async def act(work: Work) -> Any:
        event = await found(work, input.life_event, "lifeEvent", EventRow, PREFIX)
        return await reverse(work, event, input.reason)

    return await perform(info, ReverseLifeEventPayload, input, act)
