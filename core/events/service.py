"""Recording life events and fanning them out (domain 1.6, design 6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select

from core.codes import division_code
from core.dated import open_now
from core.db import new_id
from core.events.models import LifeEvent, LifeEventType
from core.households.models import Household, HouseholdMember
from core.ids import typed
from core.persons.models import Person
from core.work import Work


async def districts_of(work: Work, person: Person) -> set[str]:
    """The registered, residence and household districts of a person: whose plugins hear of an event."""
    query = (
        select(Household.district)
        .join(HouseholdMember, HouseholdMember.household_id == Household.id)
        .where(HouseholdMember.person_id == person.id, open_now(HouseholdMember))
    )
    return {person.district, person.registered_district, *(await work.session.scalars(query))}


async def record_move(work: Work, person: Person, on: date, before: Mapping[str, str]) -> LifeEvent:
    """Record a move and let the plugins do their part; `consequences` lists what each did."""
    event = LifeEvent(
        id=new_id(),
        type=LifeEventType.MOVE,
        person_id=person.id,
        event_date=on,
        reported_at=work.now,
        details=dict(before),
        consequences=[],
    )
    work.session.add(event)
    subject = typed("person", person.id)
    districts = await districts_of(work, person)
    left = (division_code.district(code) for code in before.values())  # these must hear of it too
    districts.update(district for district in left if district)
    event.consequences = await work.tell("life_event", subject, districts, event=event)
    await work.flush()
    return event
