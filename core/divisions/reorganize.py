"""Divisions merged and split: from a day on everybody is elsewhere, and nobody has moved (domain 1.3).

No life event tells of it: the versions of persons and households keep the code valid on each day.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from core.access.permissions import DIVISIONS_WRITE
from core.codes import division_code
from core.codes.division_code import Tier
from core.codes.sets import HouseholdKind
from core.dated import open_now
from core.divisions.models import Division
from core.divisions.resettle import Resettling, followers, resettle
from core.divisions.residents import residents
from core.divisions.service import NewDivision, by_code, check_closable, check_usable, end, open_divisions
from core.errors import Refused
from core.households.changes import HouseholdChange
from core.households.models import Household, HouseholdMember
from core.ids import typed
from core.persons.models import Person
from core.refusals import (
    DATE_ORDER,
    DIV_INACTIVE,
    DIV_MERGE_TIER,
    DIV_SPLIT_PARENT,
    DIV_SPLIT_TWICE,
    DIV_SPLIT_VILLAGE,
    DIV_UNKNOWN,
    INPUT_EMPTY,
    MERGE_SAME,
    NOT_FOUND,
)
from core.work import Work

CHUNK = 1000  # households told of at once, and ids in one statement


async def merge(work: Work, codes: Sequence[str], into: str, on: date) -> Division:
    """Close divisions and let everything in them be in another of the same tier from a day on.

    One division into a new one is a change of code.

    Returns:
        The division that took over.

    Raises:
        Refused: INPUT_EMPTY, DIV_UNKNOWN, MERGE_SAME, DIV_MERGE_TIER, DIV_TIER (above the towns), DIV_INACTIVE,
            DATE_FUTURE, DATE_ORDER, DIV_HAS_CHILDREN, HOUSEHOLD_CODE_TAKEN (in the other district), FORBIDDEN,
            FORBIDDEN_SCOPE.
    """
    closing, target = await _checked(work, codes, into, on)
    ending = tuple(division.code for division in closing)
    counts = await residents(work.session, ending, on)
    for model in followers(work):
        await resettle(work, model, Resettling(ending, target, on))
    await end(work, closing, on, into)
    for division in closing:
        details = {"into": into, "on": on.isoformat(), **counts[division.code]}
        _audit(work, division, "merged", details)
    await _tell(work, [target], {division.district for division in closing}, on)
    return target


async def _checked(work: Work, codes: Sequence[str], into: str, on: date) -> tuple[list[Division], Division]:
    if not codes:
        raise Refused(INPUT_EMPTY, ("divisions",))
    work.require_within(DIVISIONS_WRITE, into, field=("into",))
    found = await by_code(work.session, [*codes, into])
    target = _standing(found, into, on, "into")
    work.refuse_future(on, "on")
    for code in codes:
        work.require_within(DIVISIONS_WRITE, code, field=("divisions",))
        _check_pair(found, code, target)
    closing = [found[code] for code in sorted(set(codes))]
    await check_closable(work, closing, on, "divisions")
    return closing, target


def _standing(found: dict[str, Division], code: str, on: date, field: str) -> Division:
    """A town or village in force on a day and ever since."""
    try:
        division = check_usable(found.get(code), code, on)
    except Refused as refusal:
        raise refusal.at(field) from None
    if division.valid_to is not None:
        raise Refused(DIV_INACTIVE, (field,), code=code, day=division.valid_to)
    return division


def _check_pair(found: dict[str, Division], code: str, target: Division) -> None:
    if code not in found:
        raise Refused(DIV_UNKNOWN, ("divisions",), code=code)
    if code == target.code:
        raise Refused(MERGE_SAME, ("into",))
    if found[code].tier is not target.tier:
        raise Refused(DIV_MERGE_TIER, ("divisions",), code=code, into=target.code)


@dataclass(frozen=True)
class Part:
    """A new division, and the households that are in it from the day of the split on."""

    code: str
    name: str
    households: Sequence[uuid.UUID]
    urban_rural_class: str | None = None


async def split(work: Work, code: str, on: date, parts: Sequence[Part]) -> Division:
    """Open new villages beside one, and let some of its households be in them from a day on; the rest stays.

    With a household go its present members, as far as they live or are registered in the village. Whoever is in two
    of the households goes where the registered one (户籍户) goes.

    Returns:
        The division that was split.

    Raises:
        Refused: INPUT_EMPTY, DIV_UNKNOWN, DIV_SPLIT_VILLAGE, DIV_SPLIT_PARENT, DIV_SPLIT_TWICE, DIV_INACTIVE,
            DIV_EXISTS, DATE_FUTURE, DATE_ORDER, NOT_FOUND (a household that is not in the village), FORBIDDEN,
            FORBIDDEN_SCOPE.
    """
    division = await _splittable(work, code, on, parts)
    await _check_households(work, code, parts)
    opened = {row.code: row for row in await _open(work, on, parts)}
    moved = {part.code: await _move_households(work, division, opened[part.code], on, part) for part in parts}
    # The registered households first: whoever has gone along is not in the village any more.
    persons: Counter[str] = Counter()
    for kind in (HouseholdKind.REGISTERED, HouseholdKind.ASSISTANCE):
        for part in parts:
            persons[part.code] += await _move_members(work, division, opened[part.code], on, part, kind)
    told = [{"code": new, "households": count, "persons": persons[new]} for new, count in moved.items()]
    _audit(work, division, "split", {"on": on.isoformat(), "parts": told})
    await _tell(work, list(opened.values()), {division.district}, on)
    return division


async def _splittable(work: Work, code: str, on: date, parts: Sequence[Part]) -> Division:
    work.require_within(DIVISIONS_WRITE, code, field=("code",))
    if not parts:
        raise Refused(INPUT_EMPTY, ("parts",))
    if division_code.tier(code) is not Tier.VILLAGE:
        raise Refused(DIV_SPLIT_VILLAGE, ("code",))
    division = _standing(await by_code(work.session, [code]), code, on, "code")
    work.refuse_future(on, "on")
    if on <= division.valid_from:
        raise Refused(DATE_ORDER, ("on",), day=on, earliest=division.valid_from)
    for part in parts:
        if division_code.parent(part.code) != division.parent_code:
            raise Refused(DIV_SPLIT_PARENT, ("parts",), code=part.code, division=code)
    return division


async def _open(work: Work, on: date, parts: Sequence[Part]) -> list[Division]:
    news = [NewDivision(part.code, part.name, on, part.urban_rural_class) for part in parts]
    try:
        return await open_divisions(work, news)
    except Refused as refusal:
        raise refusal.at("parts") from None


async def _check_households(work: Work, code: str, parts: Sequence[Part]) -> None:
    wanted = [key for part in parts for key in part.households]
    twice = [key for key, count in Counter(wanted).items() if count > 1]
    if twice:
        raise Refused(DIV_SPLIT_TWICE, ("parts",), id=typed("household", twice[0]))
    known: set[uuid.UUID] = set()
    for some in _chunks(wanted):
        here = (Household.division == code, Household.removed_at.is_(None), Household.closed_on.is_(None))
        known |= set(await work.session.scalars(select(Household.id).where(Household.id.in_(some), *here)))
    missing = [key for key in wanted if key not in known]
    if missing:
        raise Refused(NOT_FOUND, ("parts",), id=typed("household", missing[0]))


async def _move_households(work: Work, division: Division, new: Division, on: date, part: Part) -> int:
    count = 0
    for some in _chunks(part.households):
        named = Resettling((division.code,), new, on, lambda key, some=some: key.in_(some))  # type: ignore[misc]
        count += await resettle(work, Household, named)
    return count


async def _move_members(
    work: Work, division: Division, new: Division, on: date, part: Part, kind: HouseholdKind
) -> int:
    count = 0
    for some in _chunks(part.households):
        row = HouseholdMember
        members = select(row.person_id).where(row.household_id.in_(some), row.kind == kind, open_now(row))
        along = Resettling((division.code,), new, on, lambda key, members=members: key.in_(members))  # type: ignore[misc]
        count += await resettle(work, Person, along)
    return count


def _chunks(keys: Sequence[uuid.UUID]) -> Iterator[Sequence[uuid.UUID]]:
    return (keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK))


def _audit(work: Work, division: Division, done: str, details: dict[str, Any]) -> None:
    subject = typed("division", division.id)
    work.audit(f"division.{done}", subject, district=division.district, details=details)


async def _tell(work: Work, into: Sequence[Division], left: Iterable[str | None], on: date) -> None:
    """Let plugins hear of the households that are elsewhere now, some at a time."""
    await work.flush()
    if not work.host.implementing("household_changed"):
        return
    districts = {code for code in (*left, *(division.district for division in into)) if code}
    codes = [division.code for division in into]
    moved = (Household.division.in_(codes), Household.updated_at == work.now, Household.removed_at.is_(None))
    query = select(Household).where(*moved).order_by(Household.id).limit(CHUNK)
    homes = list(await work.session.scalars(query.execution_options(populate_existing=True)))
    while homes:
        change, subject = HouseholdChange(homes, on, "division"), typed("household", homes[0].id)
        await work.tell("household_changed", subject, districts, change=change)
        after = query.where(Household.id > homes[-1].id)
        homes = list(await work.session.scalars(after.execution_options(populate_existing=True)))
