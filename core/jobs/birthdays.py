"""`core.birthdays`: tells plugins who reaches an age today."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from core.dated import open_now
from core.host import Host
from core.households.models import Household, HouseholdMember
from core.ids import typed
from core.jobs.models import JobRun
from core.persons.birthdays import AGES, Birthday, turning
from core.work import Work

CHUNK = 500


def ages_of(host: Host) -> list[int]:
    """The ages that core and the plugins ask for."""
    asked = host.collected("birthday_ages").values()
    return sorted({*AGES, *(age for ages in asked for age in ages)})


async def step(work: Work, run: JobRun, cursor: Any) -> Any:
    """A chunk of the day's birthdays; the cursor is the district and the id of the last one."""
    after = None if cursor is None else (str(cursor[0]), uuid.UUID(cursor[1]))
    found = await turning(work.session, run.day, ages_of(work.host), after, CHUNK)
    for districts, some in (await _by_districts(work, found)).items():
        subject = typed("person", some[0].person.id)
        await work.tell("birthdays", subject, districts, birthdays=some)
    run.done += len(found)
    if len(found) < CHUNK:
        return None
    return [found[-1].person.district, found[-1].person.id.hex]


async def _by_districts(work: Work, found: Sequence[Birthday]) -> dict[frozenset[str], list[Birthday]]:
    """Together those whom the plugins of the same districts hear of: a plugin hears of nobody else's."""
    homes = (
        select(HouseholdMember.person_id, Household.district)
        .join(Household, Household.id == HouseholdMember.household_id)
        .where(HouseholdMember.person_id.in_([b.person.id for b in found]), open_now(HouseholdMember))
    )
    theirs = {b.person.id: {b.person.district, b.person.registered_district} for b in found}
    for person, district in await work.session.execute(homes):
        theirs[person].add(district)
    groups: dict[frozenset[str], list[Birthday]] = {}
    for birthday in found:
        groups.setdefault(frozenset(theirs[birthday.person.id]), []).append(birthday)
    return groups
