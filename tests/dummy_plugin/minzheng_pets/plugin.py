from __future__ import annotations

from collections.abc import Mapping, Sequence

from minzheng.graphql import Household, Mutation, Person, Query
from minzheng.plugin import (
    ErrorCode,
    HouseholdChange,
    Job,
    LifeEvent,
    LifeEventType,
    Permission,
    Work,
    Workflow,
    hookimpl,
)
from minzheng_pets import rights, service
from minzheng_pets.graphql.extensions import HouseholdPets, MutationPets, PersonPets, QueryPets
from minzheng_pets.graphql.permits import PetsPermit
from minzheng_pets.graphql.types import PetsDog
from minzheng_pets.vaccines import VACCINES
from minzheng_pets.workflows import PERMIT


@hookimpl
def type_extensions() -> Mapping[type, type]:
    return {Person: PersonPets, Household: HouseholdPets, Query: QueryPets, Mutation: MutationPets}


@hookimpl
def schema_types() -> Sequence[type]:
    return [PetsDog, PetsPermit]


@hookimpl
def permissions() -> Sequence[Permission]:
    return rights.PERMISSIONS


@hookimpl
def error_codes() -> Sequence[ErrorCode]:
    return [rights.PETS_LICENCE_TAKEN]


@hookimpl
def jobs() -> Sequence[Job]:
    return [VACCINES]


@hookimpl
def workflows() -> Sequence[Workflow]:
    return [PERMIT]


@hookimpl
async def life_event(work: Work, event: LifeEvent) -> str | None:
    if event.type is not LifeEventType.MOVE:
        return None
    return await service.move_dogs(work, event)


@hookimpl
async def household_changed(work: Work, change: HouseholdChange) -> None:
    await service.recount(work, [home.id for home in change.households])
