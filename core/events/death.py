"""Deaths (domain 1.6; V-HK: registered before burial in towns, within one month elsewhere)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from core.codes.ages import ADULT, age_on, months_after
from core.codes.relations import HEAD, SPOUSES
from core.codes.sets import MaritalStatus
from core.divisions.service import by_code
from core.errors import Refused
from core.events.models import EventRole, LifeEvent, LifeEventType
from core.events.service import Happening, check_subject, record
from core.households import service as households
from core.households.models import Household
from core.ids import typed
from core.marriages import service as marriages
from core.parameters.limits import DEATH_MONTHS
from core.parameters.service import whole
from core.persons.models import Person
from core.persons.service import change
from core.refusals import DATE_ORDER, MEMBER_MISSING
from core.work import Work


@dataclass(frozen=True, kw_only=True)
class Death:
    """Who died and when.

    Attributes:
        new_head: who heads the household of a head who died; None is the spouse, else the eldest adult.
    """

    person: Person
    on: date
    new_head: Person | None = None


async def death(work: Work, asked: Death, expected_version: int | None = None) -> LifeEvent:
    """Record a death: memberships end, the spouse is widowed, an application for divorce falls.

    Raises:
        Refused: PERSON_DECEASED, DATE_FUTURE, DATE_ORDER, FORBIDDEN_SCOPE, CONFLICT, MEMBER_MISSING (new head).
    """
    check_subject(work, asked.person, asked.on, "person")
    work.expect_version(asked.person, expected_version)
    marriage = await marriages.marriage_of(work, asked.person)
    if marriage is not None and asked.on < marriage.valid_from:
        raise Refused(DATE_ORDER, ("on",), day=asked.on, earliest=marriage.valid_from)
    return await record(work, lambda: _effect(work, asked))


async def _effect(work: Work, asked: Death) -> Happening:
    person, on = asked.person, asked.on
    spouse = await marriages.spouse_of(work, person)
    homes = await households.homes_of(work, person)
    await _check_new_head(work, asked, homes)
    division = (await by_code(work.session, [person.division])).get(person.division)
    await change(work, person, {"death_date": on}, on)
    person.updated_at = work.now
    done = [text for home in homes for text in await _leave(work, asked, home)]
    await households.cut_past(work, person, on)
    if spouse is not None:
        await change(work, spouse, {"marital_status": MaritalStatus.WIDOWED}, on)
        spouse.updated_at = work.now
        done.append("配偶婚姻状况改为丧偶。 The spouse is recorded as widowed.")
    await marriages.end(work, person, on)
    return Happening(
        type=LifeEventType.DEATH,
        on=on,
        subject=person,
        others=[] if spouse is None else [(EventRole.SUBJECT, person), (EventRole.SPOUSE, spouse)],
        details={"households": [typed("household", home.id) for home in homes]},
        due_on=None
        if division and division.urban
        else months_after(on, await whole(work, DEATH_MONTHS, person.division, on)),
        done=done,
        left=[person.division, *(home.division for home in homes)],
    )


async def _check_new_head(work: Work, asked: Death, homes: list[Household]) -> None:
    """The new head must be a member of a household that the person heads; of another the default heir is head."""
    if asked.new_head is None:
        return
    for home in homes:
        known = await households.relations(work, home)
        if (
            known[asked.person.id] == HEAD
            and asked.new_head.id in known
            and asked.new_head is not asked.person
        ):
            return
    raise Refused(MEMBER_MISSING, ("newHead",))


async def _leave(work: Work, asked: Death, home: Household) -> list[str]:
    """End the membership; a head is followed by somebody, an empty household is closed."""
    relations = await households.relations(work, home)
    rest = [member for member in await households.members(work, home) if member is not asked.person]
    if not rest:
        await households.dissolve(work, home, asked.on)
        return [f"户 {home.code} 无其他成员，已销户。 Household {home.code} is empty and was closed."]
    if relations[asked.person.id] != HEAD:
        await households.depart(work, home, asked.person, asked.on)
        return [f"已退出户 {home.code}。 Left household {home.code}."]
    heir = _heir(asked, rest, relations)
    await households.succeed(work, home, asked.person, heir, asked.on)
    return [f"户 {home.code} 已变更户主。 Household {home.code} has a new head."]


def _heir(asked: Death, rest: list[Person], relations: Mapping[uuid.UUID, str]) -> Person:
    if asked.new_head is not None and asked.new_head in rest:
        return asked.new_head
    spouses = [member for member in rest if relations[member.id] in SPOUSES]
    adults = [member for member in rest if age_on(member.birth_date, asked.on) >= ADULT]
    return min(spouses or adults or rest, key=lambda member: (member.birth_date, member.id))
