"""Births (domain 1.6; V-HK: registered within one month)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.codes.ages import months_after
from core.codes.relations import child_of
from core.codes.sets import Gender, HouseholdKind
from core.errors import Refused
from core.events.models import EventRole, LifeEvent, LifeEventType
from core.events.service import Happening, record
from core.households import service as households
from core.households.models import Household
from core.ids import typed
from core.parameters.limits import BIRTH_MONTHS
from core.parameters.service import whole
from core.persons.models import Person
from core.persons.service import NewPerson, register
from core.refusals import BIRTH_FUTURE, BIRTH_PLACE, DATE_ORDER, PARENT_GENDER, RELATION_NEEDED
from core.work import Work


@dataclass(frozen=True, kw_only=True)
class Birth:
    """A child to register, and whose it is.

    Attributes:
        child: `since` is the birth date; empty divisions are those of the mother, else of the father.
        household: the registered household to enter; None is the mother's, else the father's.
        relation: to the head of that household (GB/T 4761); None follows from the parent's own.
    """

    child: NewPerson
    mother: Person | None = None
    father: Person | None = None
    household: Household | None = None
    relation: str | None = None

    @property
    def parents(self) -> list[tuple[EventRole, Person]]:
        both = ((EventRole.MOTHER, self.mother), (EventRole.FATHER, self.father))
        return [(role, person) for role, person in both if person is not None]


async def birth(work: Work, asked: Birth) -> LifeEvent:
    """Register a birth: the child joins the parents' registered and assistance households from its first day.

    Raises:
        Refusals: everything wrong with the child, as in `register`.
        Refused: BIRTH_FUTURE, BIRTH_PLACE, PARENT_GENDER, DATE_ORDER (a parent younger than the child),
            RELATION_NEEDED, those of joining a household.
    """
    if asked.child.birth_date is not None and asked.child.birth_date > work.clock.today():
        raise Refused(BIRTH_FUTURE, ("birthDate",))
    _check_parents(asked)
    return await record(work, lambda: _effect(work, replace(asked, child=_placed(asked))))


def _check_parents(asked: Birth) -> None:
    genders = {EventRole.MOTHER: Gender.FEMALE, EventRole.FATHER: Gender.MALE}
    for role, parent in asked.parents:
        if parent.gender not in (genders[role], Gender.UNKNOWN, Gender.UNSPECIFIED):
            raise Refused(PARENT_GENDER, (role.name.lower(),))
        born = asked.child.birth_date
        if born is not None and born <= parent.birth_date:
            raise Refused(DATE_ORDER, ("birthDate",), day=born, earliest=parent.birth_date)


def _placed(asked: Birth) -> NewPerson:
    child = asked.child
    parent = next((person for _, person in asked.parents), None)
    home = asked.household
    registered = child.registered_division or (
        parent.registered_division if parent else home.division if home else ""
    )
    residence = child.residence_division or (parent.division if parent else home.division if home else "")
    if not registered or not residence:
        raise Refused(BIRTH_PLACE, ("registeredDivision",))
    return replace(
        child, registered_division=registered, residence_division=residence, since=child.birth_date
    )


async def _effect(work: Work, asked: Birth) -> Happening:
    child = (await register(work, [asked.child]))[0]
    homes = await _enter(work, asked, child)
    details = {role.name.lower(): typed("person", parent.id) for role, parent in asked.parents}
    codes = "、".join(home.code for home in homes)
    joined = f"新生儿加入户 {codes}。 The child joined household {codes}." if homes else None
    return Happening(
        type=LifeEventType.BIRTH,
        on=child.birth_date,
        subject=child,
        others=asked.parents,
        details={**details, "households": [typed("household", home.id) for home in homes]},
        due_on=months_after(
            child.birth_date, await whole(work, BIRTH_MONTHS, child.division, child.birth_date)
        ),
        done=["已登记新生儿。 The child was registered.", *([joined] if joined else [])],
    )


async def _enter(work: Work, asked: Birth, child: Person) -> Sequence[Household]:
    """Join the households that the child is born into, one of each kind at most."""
    wanted: dict[HouseholdKind, tuple[Household, Person | None]] = {}
    if asked.household is not None:
        wanted[asked.household.kind] = (asked.household, None)
    for _, parent in asked.parents:
        for home in await households.homes_of(work, parent):
            wanted.setdefault(home.kind, (home, parent))
    main = asked.household or next((wanted[k][0] for k in HouseholdKind if k in wanted), None)
    for home, through in wanted.values():
        relation = await _relation(work, home, asked, through, child, main=home is main)
        await households.join(work, home, child, relation, max(child.birth_date, home.opened_on))
    return [home for home, _ in wanted.values()]


async def _relation(
    work: Work, home: Household, asked: Birth, parent: Person | None, child: Person, *, main: bool
) -> str:
    """What was given is told of the main household; in another one it helps where nothing follows."""
    if main and asked.relation:
        return asked.relation
    known = await households.relations(work, home)
    candidates = [parent] if parent else [person for _, person in asked.parents]
    for candidate in candidates:
        found = child_of(known.get(candidate.id, ""), male=child.gender is Gender.MALE)
        if found:
            return found
    if asked.relation:
        return asked.relation
    raise Refused(RELATION_NEEDED, ("relation",))
