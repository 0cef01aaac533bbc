"""Who is in a division from a day on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.households.models import Household, HouseholdVersion
from core.persons.models import Person, PersonVersion

# What is counted: the model, the column of its versions that names the division, and the one that says it is over.
_COUNTED: dict[str, tuple[Any, str, str]] = {
    "residents": (Person, "division", "death_date"),
    "registered": (Person, "registered_division", "death_date"),
    "households": (Household, "division", "closed_on"),
}


async def residents(session: AsyncSession, codes: Sequence[str], on: date) -> dict[str, dict[str, int]]:
    """How many people and households are in each division on `on` or later, as far as is known now.

    The dead and closed households count until they are: what is left of them keeps its place.

    Returns:
        `residents`, `registered` and `households` by code.
    """
    found = {code: dict.fromkeys(_COUNTED, 0) for code in codes}
    for name, (model, column, over) in _COUNTED.items():
        for code, count in await session.execute(_query(model, column, over, codes, on)):
            found[code][name] = count
    return found


def _query(model: Any, column: str, over: str, codes: Sequence[str], on: date) -> Any:
    versions: type[PersonVersion | HouseholdVersion] = model.__history__.versions()
    place, key = getattr(versions, column), getattr(versions, model.__history__.key)
    tests = (
        place.in_(codes),
        versions.voided_at.is_(None),
        or_(versions.valid_to.is_(None), versions.valid_to > on),
        getattr(versions, over).is_(None),
        model.removed_at.is_(None),
    )
    return (
        select(place, func.count(key.distinct())).join(model, model.id == key).where(*tests).group_by(place)
    )
