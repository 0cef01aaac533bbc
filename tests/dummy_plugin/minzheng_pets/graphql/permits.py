"""Permits: the type, their list, and applying for one. The other verbs come from the workflow."""

from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from minzheng.graphql import (
    Node,
    Payload,
    WorkflowDeadline,
    WorkflowStep,
    WriteInput,
    actions,
    both,
    column,
    deadlines,
    history,
    mutation,
    node_id,
    payload,
    perform,
    sql_type,
    to_one,
    transition_mutations,
    written,
)
from minzheng.plugin import Work, key_of, new_id, place, start
from minzheng_pets.graphql.types import PetsDog
from minzheng_pets.models import PetsDog as DogRow
from minzheng_pets.models import PetsPermit as PermitRow
from minzheng_pets.workflows import PERMIT


@sql_type(PermitRow, name="PetsPermit", prefix="pets_permit", zh="准养证。", en="A permit to keep a dog.")
class PetsPermit(Node):
    id: strawberry.ID = node_id("pets_permit", PermitRow)
    state: str = column(PermitRow.state, zh="状态。", en="State.")
    asked_on: date = column(PermitRow.asked_on, zh="申请日期。", en="Asked for on.")
    dog: PetsDog | None = to_one(
        lambda: PetsDog, PermitRow, lambda p, d: d.id == p.dog_id, zh="犬只。", en="The dog."
    )
    history: list[WorkflowStep] = history(PermitRow)
    deadlines: list[WorkflowDeadline] = deadlines(PermitRow)
    actions: list[str] = actions(PERMIT)
    version: int = column(PermitRow.version, zh="版本。", en="Version.")


PermitTransitions = transition_mutations(PERMIT, PetsPermit, "PetsPermit")


@strawberry.input(description=both("申请准养证。", "A permit to apply for."))
class ApplyForPetsPermitInput(WriteInput):
    dog: strawberry.ID = strawberry.field(description=both("犬只编号。", "Id of the dog."))


@payload("写入结果。", "What was written.")
class ApplyForPetsPermitPayload(Payload):
    permit: PetsPermit | None = written(lambda: PetsPermit, "准养证。", "The permit.")


@mutation("申请准养证。", "Apply for a permit.")
async def apply_for_pets_permit(
    info: strawberry.Info, input: ApplyForPetsPermitInput
) -> ApplyForPetsPermitPayload:
    async def act(work: Work) -> Any:
        dog = await work.find(DogRow, key_of("pets_dog", input.dog), "pets_dog", ("dog",))
        return await start(work, PERMIT, permit_of(dog, work.clock.today()))

    return await perform(info, ApplyForPetsPermitPayload, input, act)


def permit_of(dog: DogRow, day: date) -> PermitRow:
    """A new case about a dog."""
    return PermitRow(id=new_id(), dog_id=dog.id, person_id=dog.person_id, asked_on=day, **place(dog.division))
