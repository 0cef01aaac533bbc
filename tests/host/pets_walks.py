"""What the dummy plugin would have in a `graphql/subscription.py` of its own; to be imported once it is installed."""

from __future__ import annotations

import strawberry
from minzheng_pets.graphql.types import PetsDog
from minzheng_pets.models import PetsDog as DogRow
from minzheng_pets.rights import PETS_READ

from core.codes.sets import CodedEnum
from minzheng.graphql import (
    Change,
    Compare,
    change_event,
    change_type,
    changed,
    changed_thing,
    described,
    filter_input,
    where,
)
from minzheng.plugin import Work, publish, text


class Walks(CodedEnum, zh="遛犬"):
    WALKED = "WALKED", "1", "遛过", "Walked"


Walk = described(Walks, "遛犬。", "Walks.", "PetsWalk")


@filter_input(name="PetsDogFilterInput", zh="犬只筛选。", en="Filter of dogs.")
class DogFilter:
    name: str | None = where(Compare("name", text(40)), zh="犬名。", en="Name.")


@change_type(name="PetsDogChange", zh="犬只的变更。", en="A change of a dog.")
class PetsDogChange(Change):
    event: Walk = change_event(Walks)  # type: ignore[valid-type]
    dog: PetsDog | None = changed_thing(lambda: PetsDog, zh="犬只。", en="The dog.")


@strawberry.type
class SubscriptionFields:
    pets_dog_walked: PetsDogChange | None = changed(
        "pets.dog", lambda: PetsDogChange, lambda: PetsDog, filter=DogFilter, zh="遛犬。", en="Walks."
    )


async def walk(work: Work, dog: DogRow) -> None:
    """Tell that a dog was walked."""
    await publish(
        work,
        "pets.dog",
        Walks.WALKED.name,
        prefix="pets_dog",
        subject_id=dog.id,
        division=dog.division,
        read=PETS_READ,
    )
