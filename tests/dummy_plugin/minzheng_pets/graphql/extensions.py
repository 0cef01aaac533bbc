"""The one field that each extended core type gets, and what is under it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import strawberry
from sqlalchemy import Integer, func

from minzheng.graphql import batched, both, expression, namespace, sql_type, to_many, to_one
from minzheng.plugin import Gender
from minzheng.plugin import Household as HouseholdRow
from minzheng.plugin import Person as PersonRow
from minzheng_pets.graphql.mutations.register_pets_dog import register_pets_dog
from minzheng_pets.graphql.permits import PermitTransitions, apply_for_pets_permit
from minzheng_pets.graphql.query import PetsQuery
from minzheng_pets.graphql.types import PetsDog
from minzheng_pets.models import PetsHousehold as PetsHouseholdRow
from minzheng_pets.rights import PETS_READ

TITLES = {Gender.MALE: "先生", Gender.FEMALE: "女士"}

OpeningWords = Annotated[str, strawberry.argument(description=both("开头的话。", "The words to open with."))]


async def greet(
    rows: Sequence[Mapping[str, Any]], env: Any, opening_words: OpeningWords = "您好"
) -> list[str]:
    """Called once, with a row for each person of the selection."""
    return [f"{opening_words}，{TITLES.get(row['gender'], '同志')}" for row in rows]


@sql_type(PersonRow, name="PetsPerson", zh="某人的犬只。", en="A person's dogs.")
class PetsPerson:
    dogs: list[PetsDog] = to_many(
        lambda: PetsDog,
        PersonRow,
        lambda p, d: d.person_id == p.id,
        order=("registered_on", "id"),
        zh="名下犬只，先登记的在前。",
        en="The person's dogs, first registered first.",
    )
    greeting: str = batched({"gender": PersonRow.gender}, zh="问候语。", en="A greeting.")(greet)


@sql_type(HouseholdRow, name="PetsHousehold", zh="某户的犬只。", en="A household's dogs.")
class PetsHousehold:
    dog_count: int = expression(
        sql=lambda row, bind: func.coalesce(row[PetsHouseholdRow].dog_count, 0),
        python=lambda row, env: row[PetsHouseholdRow].dog_count if row[PetsHouseholdRow] else 0,
        type_=Integer(),
        zh="犬只数量。",
        en="How many dogs.",
    )
    latest_dog: PetsDog | None = to_one(
        lambda: PetsDog,
        PetsHouseholdRow,
        lambda h, d: d.id == h.latest_dog_id,
        zh="最近登记的犬只。",
        en="The dog registered last.",
    )


@strawberry.type
class PersonPets:
    pets: PetsPerson | None = namespace(
        lambda: PetsPerson, plugin="pets", permission=PETS_READ, parent=PersonRow, zh="犬只。", en="Dogs."
    )


@strawberry.type
class HouseholdPets:
    pets: PetsHousehold | None = namespace(
        lambda: PetsHousehold,
        plugin="pets",
        permission=PETS_READ,
        parent=HouseholdRow,
        row=(PetsHouseholdRow, lambda home, row: row.household_id == home.id),
        zh="犬只。",
        en="Dogs.",
    )


@strawberry.type
class QueryPets:
    pets: PetsQuery | None = namespace(
        lambda: PetsQuery, plugin="pets", permission=PETS_READ, zh="养犬登记。", en="Registration of dogs."
    )


@strawberry.type
class MutationPets(PermitTransitions):
    register_pets_dog = register_pets_dog
    apply_for_pets_permit = apply_for_pets_permit
