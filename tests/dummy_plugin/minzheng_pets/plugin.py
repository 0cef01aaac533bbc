from __future__ import annotations

from collections.abc import Mapping, Sequence

from minzheng.graphql import Household, Mutation, Person, Query
from minzheng.plugin import (
    DocumentKind,
    ErrorCode,
    Exclusion,
    FundKind,
    HouseholdChange,
    Job,
    LifeEvent,
    LifeEventType,
    Measure,
    Permission,
    Programme,
    ProjectKind,
    ReferralTarget,
    ReportSection,
    TimelineKind,
    Work,
    Workflow,
    hookimpl,
)
from minzheng_pets import rights, service, shared
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
def programmes() -> Sequence[Programme]:
    return [shared.ALLOWANCE]


@hookimpl
def exclusions() -> Sequence[Exclusion]:
    return [shared.ONE_ONLY]


@hookimpl
def fund_kinds() -> Sequence[FundKind]:
    return [shared.RESERVE]


@hookimpl
def referral_targets() -> Sequence[ReferralTarget]:
    return [shared.SHELTER]


@hookimpl
def document_kinds() -> Sequence[DocumentKind]:
    return [shared.VACCINATION]


@hookimpl
def project_kinds() -> Sequence[ProjectKind]:
    return [shared.KENNELS]


@hookimpl
def timeline() -> Sequence[TimelineKind]:
    return [shared.REGISTERED]


@hookimpl
def measures() -> Sequence[Measure]:
    return [shared.DOGS, shared.ALLOWANCES]


@hookimpl
def report_section() -> Sequence[ReportSection]:
    return [shared.REPORT]


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
