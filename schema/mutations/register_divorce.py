from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.events.divorce import DIVORCE_PREFIX, Divorce, divorce
from core.marriages.models import DivorceApplication as ApplicationRow
from core.work import Work
from schema.mutations.base import Payload, UpdateInput, found, mutation, payload, perform
from schema.mutations.event_input import recorded_event
from schema.sql.fields import both
from schema.types.event import LifeEvent


@strawberry.input(description=both("离婚登记。", "The registration of a divorce."))
class RegisterDivorceInput(UpdateInput):
    application: strawberry.ID = strawberry.field(description=both("申请编号。", "Id of the application."))
    on: date = strawberry.field(description=both("领证日期。", "Day of the certificate."))
    leaving: strawberry.ID | None = strawberry.field(
        default=None,
        description=both(
            "离开共同户的一方，默认非户主。",
            "Who leaves the households they share; by default who is not the head.",
        ),
    )
    children_leaving: list[strawberry.ID] = strawberry.field(
        default_factory=list, description=both("随其离开的子女。", "The children who leave with them.")
    )


@payload("写入结果。", "What was written.")
class RegisterDivorcePayload(Payload):
    life_event: LifeEvent | None = recorded_event()


@mutation(
    "在领证期内登记离婚，分立共同的户。", "Register a divorce within its days; shared households are split."
)
async def register_divorce(info: strawberry.Info, input: RegisterDivorceInput) -> RegisterDivorcePayload:
    async def act(work: Work) -> Any:
        asked = Divorce(
            application=await found(work, input.application, "application", ApplicationRow, DIVORCE_PREFIX),
            on=input.on,
            leaving=await found(work, input.leaving, "leaving"),
            children=[await found(work, child, "childrenLeaving") for child in input.children_leaving],
        )
        return await divorce(work, asked, input.expected_version)

    return await perform(info, RegisterDivorcePayload, input, act)
