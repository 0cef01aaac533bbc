from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.events.move import Move, move
from core.households.models import Household as HouseholdRow
from core.work import Work
from schema.mutations.base import Payload, UpdateInput, found, mutation, payload, perform
from schema.mutations.event_input import recorded_event, recorded_subject
from schema.sql.fields import both
from schema.types.event import LifeEvent
from schema.types.person import Person
from schema.types.scalars import DivisionCode


@strawberry.input(description=both("迁移。", "A move."))
class RecordMoveInput(UpdateInput):
    person: strawberry.ID = strawberry.field(description=both("人员编号。", "Id of the person."))
    on: date = strawberry.field(description=both("迁移日期。", "From which day."))
    residence_division: DivisionCode | None = strawberry.field(
        default=None, description=both("新常住地代码。", "New residence.")
    )
    registered_division: DivisionCode | None = strawberry.field(
        default=None, description=both("新户籍地代码。", "New registration.")
    )
    household: strawberry.ID | None = strawberry.field(
        default=None,
        description=both(
            "全户迁移时的户编号。", "The household, if it moves as a whole with all its members."
        ),
    )
    address: str | None = strawberry.field(
        default=None, description=both("全户迁移后的地址。", "The household's new address.")
    )


@payload("写入结果。", "What was written.")
class RecordMovePayload(Payload):
    life_event: LifeEvent | None = recorded_event()
    person: Person | None = recorded_subject("迁移的人员。", "The person who moved.")


@mutation("登记迁移：常住地、户籍地或两者。", "Record a move of residence, registration or both.")
async def record_move(info: strawberry.Info, input: RecordMoveInput) -> RecordMovePayload:
    async def act(work: Work) -> Any:
        asked = Move(
            person=await found(work, input.person, "person"),
            on=input.on,
            residence_division=input.residence_division,
            registered_division=input.registered_division,
            household=await found(work, input.household, "household", HouseholdRow, "household"),
            address=input.address,
        )
        return await move(work, asked, input.expected_version)

    return await perform(info, RecordMovePayload, input, act)
