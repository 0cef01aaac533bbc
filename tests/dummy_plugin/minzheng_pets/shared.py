"""What the plugin has of core's shared machinery: it declares, core does. A case and a job have files of their own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import select

from minzheng.plugin import (
    DocumentKind,
    Entitlement,
    Exclusion,
    Facts,
    Frame,
    FundKind,
    Measure,
    NewEntitlement,
    NewEntry,
    Person,
    Programme,
    ProjectKind,
    ReferralTarget,
    ReportSection,
    Step,
    TimelineKind,
    Work,
    award_entitlement,
    month_after,
    typed,
)
from minzheng_pets.models import PetsDog, PetsPermit
from minzheng_pets.rights import PETS_READ, PETS_WRITE

ALLOWANCE = Programme(
    "pets.allowance", "导盲犬补贴", "Guide dog allowance", read=PETS_READ, manage=PETS_WRITE
)
ONE_ONLY = Exclusion("pets.one_only", "pets.allowance", "cats.allowance", "某市〔2022〕1号")
RESERVE = FundKind(
    "pets.reserve", "收容备用金", "Shelter reserve", read=PETS_READ, allocate=PETS_WRITE, disburse=PETS_WRITE
)
SHELTER = ReferralTarget("pets.shelter", "犬只收容", "Shelter", accepts=PETS_WRITE, read=PETS_READ)
VACCINATION = DocumentKind("pets.vaccination", "免疫证明", "Vaccination", PetsDog, PETS_READ, PETS_WRITE)
KENNELS = ProjectKind("pets.kennels", "犬只收容所", "Kennels", read=PETS_READ)
REGISTERED = TimelineKind("pets.dog_registered", "登记犬只", "A dog was registered", read=PETS_READ)
AMOUNT = Decimal("50.00")  # yuan a month


async def grant_allowance(work: Work, permit: PetsPermit, step: Step) -> None:
    """The effect of a granted permit: its owner gets the allowance, once, from the month after."""
    mine = (Entitlement.programme == ALLOWANCE.name, Entitlement.person_id == permit.person_id)
    if await work.session.scalar(
        select(Entitlement.id).where(*mine, Entitlement.voided_at.is_(None)).limit(1)
    ):
        return
    owner = await work.session.get_one(Person, permit.person_id)
    case = typed("pets_permit", permit.id)
    first = month_after(step.on)
    new = NewEntitlement(programme=ALLOWANCE.name, payee=owner, amount=AMOUNT, first=first, subject=case)
    await award_entitlement(work, new)


def registered(dog: PetsDog) -> NewEntry:
    """The entry on the owner's timeline."""
    where = {"division": dog.division, "person_id": dog.person_id, "household_id": dog.household_id}
    return NewEntry(kind=REGISTERED.name, on=dog.registered_on, subject=typed("pets_dog", dog.id), **where)


def _dogs(frame: Frame) -> Any:
    there = (frame.inside(PetsDog), PetsDog.registered_on <= frame.as_of)
    return select(PetsDog.id.label("key"), PetsDog.division).where(*there)


def _paid(frame: Frame) -> Any:
    row = Entitlement
    held = (row.programme == ALLOWANCE.name, frame.inside(row), frame.holds(row))
    return select(row.person_id.label("key"), row.division).where(*held)


DOGS = Measure(
    name="pets.dogs",
    zh="登记犬只",
    en="Registered dogs",
    unit_zh="只",
    unit_en="dogs",
    definition_zh="截至当日已登记的犬只。",
    definition_en="Dogs registered by the day.",
    read=PETS_READ,
    facts=Facts("pets_dog", _dogs),
)
ALLOWANCES = Measure(
    name="pets.allowances",
    zh="导盲犬补贴人数",
    en="Guide dog allowances",
    unit_zh="人",
    unit_en="persons",
    definition_zh="当月享受补贴的人。",
    definition_en="Persons with an allowance in the month.",
    read=PETS_READ,
    facts=Facts("person", _paid),
)
SENTENCES = ("全年登记犬只{**=pets.dogs}只，为{**=pets.allowances}人发放导盲犬补贴。",)
REPORT = ReportSection(plugin="pets", title="养犬管理", sentences=SENTENCES)
