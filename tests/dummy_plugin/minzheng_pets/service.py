"""Registering dogs, and keeping up with their people."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from minzheng.plugin import Household, LifeEvent, Person, Refused, Work, new_id, place, tell_timeline, typed
from minzheng_pets.models import PetsDog, PetsHousehold
from minzheng_pets.rights import PETS_LICENCE_TAKEN, PETS_WRITE
from minzheng_pets.shared import registered


async def register_dog(
    work: Work, home: Household, owner: Person, name: str, licence: str, on: date | None = None
) -> PetsDog:
    """Register a dog of a household.

    Raises:
        Refused: PETS_LICENCE_TAKEN; FORBIDDEN and FORBIDDEN_SCOPE as everywhere.
    """
    work.require_within(PETS_WRITE, home.division, field=("household",))
    await _refuse_taken(work, licence)
    dog = PetsDog(
        id=new_id(),
        household_id=home.id,
        person_id=owner.id,
        name=name.strip(),
        licence=licence,
        registered_on=on or work.clock.today(),
        **place(owner.division),
    )
    work.session.add(dog)
    work.audit("pets.dog_registered", typed("pets_dog", dog.id), district=dog.district)
    await _flush(work, licence)
    await tell_timeline(work, registered(dog))
    await recount(work, [home.id])
    return dog


async def _refuse_taken(work: Work, licence: str) -> None:
    taken = await work.session.scalar(select(PetsDog.id).where(PetsDog.licence == licence))
    if taken is not None:
        raise Refused(PETS_LICENCE_TAKEN, ("licence",), licence=licence)


async def _flush(work: Work, licence: str) -> None:
    try:
        await work.flush()
    except IntegrityError as error:  # another writer was faster than our check
        if "licence" not in str(error.orig):
            raise
        raise Refused(PETS_LICENCE_TAKEN, ("licence",), licence=licence) from error


async def recount(work: Work, households: Iterable[uuid.UUID]) -> None:
    """Bring the derived row of each household up to date."""
    keys = list(households)
    query = select(PetsDog).where(PetsDog.household_id.in_(keys))
    newest_first = query.order_by(PetsDog.registered_on.desc(), PetsDog.id.desc())
    dogs: dict[uuid.UUID, list[PetsDog]] = {}
    for dog in await work.session.scalars(newest_first):
        dogs.setdefault(dog.household_id, []).append(dog)
    rows = await work.session.scalars(select(PetsHousehold).where(PetsHousehold.household_id.in_(keys)))
    known = {row.household_id: row for row in rows}
    for key in known.keys() | dogs.keys():
        row = known.get(key) or PetsHousehold(id=new_id(), household_id=key)
        row.dog_count = len(dogs.get(key, []))
        row.latest_dog_id = dogs[key][0].id if key in dogs else None
        work.session.add(row)
    await work.flush()


async def move_dogs(work: Work, event: LifeEvent) -> str | None:
    """Let a person's dogs move along, and say how many did."""
    owner = await work.session.get_one(Person, event.person_id)
    dogs = (await work.session.scalars(select(PetsDog).where(PetsDog.person_id == owner.id))).all()
    for dog in dogs:
        for column, value in place(owner.division).items():
            setattr(dog, column, value)
    await work.flush()
    return f"{len(dogs)} 只犬随主人迁移。 {len(dogs)} dogs moved with their owner." if dogs else None
