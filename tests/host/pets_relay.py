"""What the dummy plugin would have for timelines, referrals and signals; to be imported once it is installed."""

from __future__ import annotations

from datetime import date
from typing import Any

from minzheng_pets.models import PetsDog
from minzheng_pets.rights import PETS_READ, PETS_WRITE
from sqlalchemy import func, select

from minzheng.plugin import (
    Found,
    Limit,
    NewEntry,
    NewSignal,
    Referral,
    ReferralTarget,
    Signal,
    TimelineKind,
    UserRole,
    Work,
    hookimpl,
    tell_timeline,
    typed,
)

REGISTERED = TimelineKind("pets.dog_registered", "登记犬只", "A dog was registered", read=PETS_READ)


async def tell_registered(work: Work, dog: PetsDog) -> None:
    entry = NewEntry(
        kind=REGISTERED.name,
        on=dog.registered_on,
        division=dog.division,
        subject=typed("pets_dog", dog.id),
        person_id=dog.person_id,
        household_id=dog.household_id,
    )
    await tell_timeline(work, entry)


SHELTER = ReferralTarget("pets.shelter", "犬只收容", "Dog shelter", accepts=PETS_WRITE, read=PETS_READ)


@hookimpl
async def referral_accepted(work: Work, referral: Referral) -> None:
    if referral.target == SHELTER.name:
        work.audit("pets.stay_opened", typed("referral", referral.id), district=referral.district)


async def many_dogs(work: Work, day: date, cursor: str | None) -> Found:
    owners = select(PetsDog.person_id, PetsDog.division).group_by(PetsDog.person_id, PetsDog.division)
    rows: Any = await work.session.execute(owners.having(func.count() > 2))
    return Found([NewSignal(signal=MANY.name, person_id=who, division=place) for who, place in rows], None)


MANY = Signal(
    "pets.many_dogs",
    "一人养犬过多",
    "Too many dogs of one owner",
    read=PETS_READ,
    roles=frozenset({UserRole.TOWN_OFFICER}),
    within=Limit(10),
    quiet=90,
    find=many_dogs,
)
