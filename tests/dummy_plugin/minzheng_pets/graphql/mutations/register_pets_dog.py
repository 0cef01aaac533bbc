from __future__ import annotations

from datetime import date

import strawberry

from minzheng.graphql import Payload, WriteInput, both, mutation, payload, perform, written
from minzheng.plugin import Household, Person, Work, key_of
from minzheng_pets.graphql.types import PetsDog
from minzheng_pets.models import PetsDog as DogRow
from minzheng_pets.service import register_dog


@strawberry.input(description=both("登记一只犬。", "A dog to register."))
class RegisterPetsDogInput(WriteInput):
    household: strawberry.ID = strawberry.field(description=both("饲养户编号。", "Id of the household."))
    owner: strawberry.ID = strawberry.field(description=both("犬主编号。", "Id of the owner."))
    name: str = strawberry.field(description=both("犬名。", "Name."))
    licence: str = strawberry.field(description=both("犬牌号。", "Licence."))
    on: date | None = strawberry.field(
        default=None, description=both("登记日期，默认今天。", "Registered on; today by default.")
    )


@payload("写入结果。", "What was written.")
class RegisterPetsDogPayload(Payload):
    dog: PetsDog | None = written(lambda: PetsDog, "犬只。", "The dog.")


@mutation("登记一只犬。", "Register a dog.")
async def register_pets_dog(info: strawberry.Info, input: RegisterPetsDogInput) -> RegisterPetsDogPayload:
    async def act(work: Work) -> DogRow:
        home = await work.find(Household, key_of("household", input.household), "household", ("household",))
        owner = await work.find(Person, key_of("person", input.owner), "person", ("owner",))
        return await register_dog(work, home, owner, input.name, input.licence, input.on)

    return await perform(info, RegisterPetsDogPayload, input, act)
