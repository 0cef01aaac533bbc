"""Who has a birthday: for what begins or ends with an age (domain 1.6)."""

from __future__ import annotations

import uuid
from calendar import isleap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.persons.models import Person

# 14: not "sensitive" any more; 16 and 18: children's benefits; 60: elderly; 80: age allowance (domain 1.6).
AGES = (14, 16, 18, 60, 80)


@dataclass(frozen=True)
class Birthday:
    """A living person who reaches an age on a day."""

    person: Person
    age: int
    on: date


def births(on: date, ages: Iterable[int]) -> dict[date, int]:
    """The dates of birth of those who reach one of the ages on a day, with the age.

    Whoever was born on 29 February has the birthday on 28 February in common years (`core.codes.ages`).
    """
    found: dict[date, int] = {}
    for age in ages:
        year = on.year - age
        for month, day in _days(on):
            if (month, day) != (2, 29) or isleap(year):
                found[date(year, month, day)] = age
    return found


def _days(on: date) -> list[tuple[int, int]]:
    own = (on.month, on.day)
    return [own, (2, 29)] if own == (2, 28) and not isleap(on.year) else [own]


async def turning(
    session: AsyncSession,
    on: date,
    ages: Iterable[int],
    after: tuple[str, uuid.UUID] | None,
    limit: int,
) -> Sequence[Birthday]:
    """Those who reach one of the ages on a day, by (residence district, id).

    District by district, so that each query is a few short ranges of the index (district, birth_date, id).

    Args:
        after: the district and id of the last one before.
    """
    dates, found = births(on, ages), list[Birthday]()
    district = after[0] if after else await _district_after(session, "")
    key = after[1] if after else None
    while district is not None and len(found) < limit:
        query = select(Person).where(Person.district == district, Person.birth_date.in_(list(dates)))
        query = query.where(Person.death_date.is_(None), Person.removed_at.is_(None))
        query = query if key is None else query.where(Person.id > key)
        rows = await session.scalars(query.order_by(Person.id).limit(limit - len(found)))
        found += [Birthday(person, dates[person.birth_date], on) for person in rows]
        district, key = await _district_after(session, district), None
    return found


async def _district_after(session: AsyncSession, code: str) -> str | None:
    """The next district with persons: a look into an index, however many there are."""
    return (await session.scalars(select(func.min(Person.district)).where(Person.district > code))).first()
