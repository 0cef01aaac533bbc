"""Marriages (domain 1.6; Civil Code 1047): entered once registered, not a workflow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core.codes.ages import age_on
from core.codes.relations import HEAD, spouse_of
from core.codes.sets import Gender, HouseholdKind, MaritalStatus
from core.db import new_id
from core.errors import Refused
from core.events.models import EventRole, LifeEvent, LifeEventType
from core.events.service import Happening, check_subject, record
from core.history import check_last_change
from core.households import service as households
from core.households.models import Household
from core.ids import typed
from core.marriages.models import Marriage
from core.marriages.service import MARRIED, marriage_of, were_married
from core.parameters.limits import MARRIAGE_AGE_MAN, MARRIAGE_AGE_WOMAN
from core.parameters.service import whole
from core.persons.models import Person
from core.persons.service import change
from core.refusals import (
    ALREADY_MARRIED,
    HEAD_LEAVES,
    MARRIAGE_AGE,
    MARRIAGE_PARTIES,
    MEMBER_MISSING,
    RELATION_NEEDED,
)
from core.work import Work

AGES = {"husband": MARRIAGE_AGE_MAN, "wife": MARRIAGE_AGE_WOMAN}


@dataclass(frozen=True, kw_only=True)
class MarriageRegistration:
    """Who marries whom.

    Attributes:
        household: one spouse's, which the other joins; None is the assistance household of either, the husband's
            first, and no other.
        relation: of the joining spouse to its head; None follows from the other's.
    """

    husband: Person
    wife: Person
    on: date
    household: Household | None = None
    relation: str | None = None


async def marry(work: Work, asked: MarriageRegistration) -> LifeEvent:
    """Record a marriage that was registered.

    Raises:
        Refused: MARRIAGE_PARTIES, MARRIAGE_AGE, ALREADY_MARRIED, PERSON_DECEASED, DATE_FUTURE, DATE_ORDER,
            FORBIDDEN_SCOPE; for the household MEMBER_MISSING, HEAD_LEAVES, RELATION_NEEDED.
    """
    parties = {"husband": asked.husband, "wife": asked.wife}
    for name, person in parties.items():
        check_subject(work, person, asked.on, name)
    if (asked.husband.gender, asked.wife.gender) != (Gender.MALE, Gender.FEMALE):
        raise Refused(MARRIAGE_PARTIES, ("husband",))
    for name, person in parties.items():
        await _refuse_young(work, name, person, asked.on)
        if person.marital_status in MARRIED or await marriage_of(work, person):
            raise Refused(ALREADY_MARRIED, (name,))
        await check_last_change(work, person, "marital_status", asked.on)
    return await record(work, lambda: _effect(work, asked))


async def _refuse_young(work: Work, name: str, person: Person, on: date) -> None:
    age = await whole(work, AGES[name], person.division, on)
    if age_on(person.birth_date, on) < age:
        raise Refused(MARRIAGE_AGE, (name,), day=on, age=age)


async def _effect(work: Work, asked: MarriageRegistration) -> Happening:
    again = await were_married(work, asked.husband, asked.wife)
    couple = (asked.husband, asked.wife)
    left = [home.division for person in couple for home in await households.homes_of(work, person)]
    for person in couple:
        person.updated_at = work.now
        await change(work, person, {"marital_status": _status(person, again)}, asked.on)
    row = Marriage(
        id=new_id(),
        husband_id=asked.husband.id,
        wife_id=asked.wife.id,
        valid_from=asked.on,
        recorded_at=work.now,
    )
    work.session.add(row)
    home = await _live_together(work, asked)
    done = ["已更新双方婚姻状况。 Both are recorded as married."]
    if home is not None:
        done.append(f"配偶加入户 {home.code}。 The spouse joined household {home.code}.")
    return Happening(
        type=LifeEventType.MARRIAGE,
        on=asked.on,
        subject=asked.husband,
        others=[(EventRole.HUSBAND, asked.husband), (EventRole.WIFE, asked.wife)],
        details={"household": typed("household", home.id)} if home else {},
        done=done,
        left=[asked.husband.division, *left],
    )


def _status(person: Person, again: bool) -> MaritalStatus:
    """21, 22 or 23, else 20 (domain 1.6)."""
    if person.marital_status is MaritalStatus.UNMARRIED:
        return MaritalStatus.FIRST_MARRIAGE
    if person.marital_status in (MaritalStatus.WIDOWED, MaritalStatus.DIVORCED):
        return MaritalStatus.REMARRIED_SAME if again else MaritalStatus.REMARRIED
    return MaritalStatus.MARRIED


async def _live_together(work: Work, asked: MarriageRegistration) -> Household | None:
    """Let one spouse join the other's household; None when both are in it already, or none was named or found."""
    couple = (asked.husband, asked.wife)
    home = asked.household or await _assistance_home(work, asked)
    if home is None:
        return None
    relations = await households.relations(work, home)
    inside = [person for person in couple if person.id in relations]
    if not inside:
        raise Refused(MEMBER_MISSING, ("household",))
    joining = [person for person in couple if person.id not in relations]
    for person in joining:
        await _leave_own(work, person, home, asked.on)
        relation = asked.relation or _follows(relations[inside[0].id], person)
        await households.join(work, home, person, relation, max(asked.on, home.opened_on))
    return home if joining else None


async def _assistance_home(work: Work, asked: MarriageRegistration) -> Household | None:
    for person in (asked.husband, asked.wife):
        for home in await households.homes_of(work, person):
            if home.kind is HouseholdKind.ASSISTANCE:
                return home
    return None


async def _leave_own(work: Work, person: Person, joined: Household, on: date) -> None:
    for home in await households.homes_of(work, person):
        if home.kind is joined.kind:
            relations = await households.relations(work, home)
            if len(relations) == 1:
                await households.dissolve(work, home, on)
            elif relations[person.id] == HEAD:
                raise Refused(HEAD_LEAVES, ("household",))
            else:
                await households.depart(work, home, person, on)


def _follows(relation: str, spouse: Person) -> str:
    found = spouse_of(relation, male=spouse.gender is Gender.MALE)
    if found is None:
        raise Refused(RELATION_NEEDED, ("relation",))
    return found
