from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.ids import key_of
from core.persons.models import Person as PersonRow
from core.persons.service import move
from core.work import Work
from schema.mutations.base import Payload, UpdateInput, mutation, payload, perform, written
from schema.sql.fields import both
from schema.types.person import Person
from schema.types.scalars import DivisionCode


@strawberry.input(description=both("人员迁移。", "A move."))
class MovePersonInput(UpdateInput):
    person: strawberry.ID = strawberry.field(description=both("人员编号。", "Id of the person."))
    on: date = strawberry.field(description=both("迁移日期。", "From which day."))
    residence_division: DivisionCode | None = strawberry.field(
        default=None, description=both("新常住地代码。", "New residence.")
    )
    registered_division: DivisionCode | None = strawberry.field(
        default=None, description=both("新户籍地代码。", "New registration.")
    )


@payload("写入结果。", "What was written.")
class MovePersonPayload(Payload):
    person: Person | None = written(lambda: Person, "人员。", "The person.")


@mutation("迁移常住地、户籍地或两者。", "Move a person's residence, registration or both.")
async def move_person(info: strawberry.Info, input: MovePersonInput) -> MovePersonPayload:
    async def act(work: Work) -> Any:
        person = await work.find(PersonRow, key_of("person", input.person), "person", ("person",))
        return await move(
            work,
            person,
            input.on,
            residence_division=input.residence_division,
            registered_division=input.registered_division,
            expected_version=input.expected_version,
        )

    return await perform(info, MovePersonPayload, input, act)
