"""What happened in the demo city this year: births, deaths, moves, marriages, divorces, a duplicate found and merged.

Recorded through the services that the mutations call; equal seeds give equal lives.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import inspect

from core.codes.ages import age_on
from core.codes.division_code import Tier
from core.codes.sets import Gender, IdType, MaritalStatus
from core.demo_city.people import NewFamily
from core.divisions.models import Division
from core.errors import Refused
from core.events.birth import Birth, birth
from core.events.death import Death, death
from core.events.divorce import Divorce, apply, divorce, withdraw
from core.events.marriage import AGES, MarriageRegistration, marry
from core.events.move import Move, move
from core.households.models import Household
from core.marriages.service import MARRIED, spouse_of
from core.merges.service import merge
from core.parameters.service import view_of
from core.parameters.view import ParameterView
from core.persons.models import Person
from core.persons.service import NewPerson, register
from core.work import Work

_FIRST, _EVERY = 10, 10  # parts of a thousand residents that have lives: the first ones, then one in ten
_NEWBORNS = 2
_FOR_A_DUPLICATE = 500  # residents of a part
_ELDER = 70
_SINGLE = (MaritalStatus.UNMARRIED, MaritalStatus.DIVORCED, MaritalStatus.WIDOWED)


def eventful(number: int) -> bool:
    """Whether part `number` of the city has lives: a large city has enough of them so."""
    return number < _FIRST or number % _EVERY == 0


@dataclass(frozen=True)
class Newborn:
    """A child of this year, not registered with the family: its birth is recorded."""

    family: int
    child: NewPerson
    relation: str


def without_newborns(chunk: Sequence[NewFamily], today: date) -> tuple[list[NewFamily], list[Newborn]]:
    """The families with at most two children of this year taken out, and these."""
    families, newborns = list(chunk), list[Newborn]()
    for number, family in enumerate(chunk):
        child, relation = family.members[-1]
        if len(newborns) < _NEWBORNS and len(family.members) > 1 and _of_this_year(child, today):
            newborns.append(Newborn(number, child, relation))
            rest = family.members[:-1]
            opened = max(person.since or today for person, _ in rest)
            families[number] = replace(family, members=rest, opened_on=opened)
    return families, newborns


def _of_this_year(child: NewPerson, today: date) -> bool:
    born = child.birth_date or date(int((child.id_number or "0" * 18)[6:10]), 1, 1)
    return born.year == today.year and child.id_type in (IdType.RESIDENT_ID, IdType.NONE)


@dataclass
class Lives:
    """The lives of one part of the city."""

    work: Work
    random: random.Random
    divisions: Sequence[Division]
    homes: Sequence[Household]
    members: Sequence[list[Person]]

    async def births(self, newborns: Sequence[Newborn]) -> None:
        """Record the births; the children join their families."""
        for newborn in newborns:
            family = self.members[newborn.family]
            asked = Birth(
                child=newborn.child,
                mother=_parent(family, newborn, Gender.FEMALE),
                father=_parent(family, newborn, Gender.MALE),
                household=self.homes[newborn.family],
                relation=newborn.relation,
            )
            event = await birth(self.work, asked)
            self.members[newborn.family].append(await self.work.session.get_one(Person, event.person_id))

    async def others(self, number: int) -> None:
        """One event of each other kind, where somebody is fit for it; a duplicate in the first part."""
        steps: list[Callable[[int], object]] = [self._move, self._death, self._wedding, self._divorce]
        if number == 0 and sum(map(len, self.members)) >= _FOR_A_DUPLICATE:
            steps.append(self._duplicate)
        for step in steps:
            try:
                async with self.work.session.begin_nested():
                    await step(number)  # type: ignore[misc]
            except Refused:  # these residents were not fit for it: nothing happened
                await self._reload()

    async def _reload(self) -> None:
        """What a savepoint took back is expired, and an async session loads nothing by itself."""
        for row in (*self.homes, *(person for family in self.members for person in family)):
            if inspect(row).expired:
                await self.work.session.refresh(row)

    def _day(self, earliest: date) -> date:
        today = self.work.clock.today()
        start = max(earliest, date(today.year, 1, 1))
        return start + timedelta(days=self.random.randrange(max((today - start).days, 1)))

    def _pick(self, fit: Callable[[Person], bool]) -> Iterator[tuple[Household, Person]]:
        found = [
            (home, person)
            for home, family in zip(self.homes, self.members, strict=True)
            for person in family
            if person.death_date is None and fit(person)
        ]
        self.random.shuffle(found)
        return iter(found)

    async def _move(self, number: int) -> None:
        villages = [row.code for row in self.divisions if row.tier is Tier.VILLAGE]
        home, head = next(self._pick(lambda person: any(person.id == h.head_id for h in self.homes)))
        target = self.random.choice([code for code in villages if code != home.division])
        asked = Move(
            person=head,
            on=self._day(home.opened_on),
            residence_division=target,
            registered_division=target,
            household=home,
            address=f"新居 {self.random.randint(1, 99)} 号",
        )
        await move(self.work, asked)

    async def _death(self, number: int) -> None:
        today = self.work.clock.today()
        for home, person in self._pick(lambda p: age_on(p.birth_date, today) >= _ELDER):
            await death(self.work, Death(person=person, on=self._day(home.opened_on)))
            return

    async def _wedding(self, number: int) -> None:
        on = self._day(date.min)
        ages = await view_of(self.work, self.divisions[0].code)
        man = next(self._pick(lambda p: self._free(p, Gender.MALE, on, ages)), None)
        woman = next(self._pick(lambda p: self._free(p, Gender.FEMALE, on, ages)), None)
        if man and woman and man[0] is not woman[0]:
            home = man[0] if man[0].head_id == man[1].id else None
            await marry(self.work, MarriageRegistration(husband=man[1], wife=woman[1], on=on, household=home))

    def _free(self, person: Person, gender: Gender, on: date, ages: ParameterView) -> bool:
        age = ages.whole(AGES["husband" if gender is Gender.MALE else "wife"], person.division, on)
        return (
            person.gender is gender
            and person.marital_status in _SINGLE
            and age <= age_on(person.birth_date, on) < _ELDER
        )

    async def _divorce(self, number: int) -> None:
        """By turns registered, withdrawn, and left to lapse."""
        today = self.work.clock.today()
        for home, man in self._pick(lambda p: p.gender is Gender.MALE and p.marital_status in MARRIED):
            wife = await spouse_of(self.work, man)
            if wife is None:
                continue
            on = max(home.opened_on, date(today.year, 3, 1)) + timedelta(days=self.random.randrange(120))
            row = await apply(self.work, man, wife, min(on, today))
            if number % 3 == 0 and row.certificate_from <= today:
                await divorce(self.work, Divorce(application=row, on=row.certificate_from))
            elif number % 3 == 1 and row.withdraw_until <= today:
                await withdraw(self.work, row, row.withdraw_until)
            return

    async def _duplicate(self, number: int) -> None:
        """Somebody was registered a second time, without papers; it was noticed."""
        _, person = next(self._pick(lambda p: p.id_type is IdType.RESIDENT_ID))
        again = NewPerson(
            name=person.name,
            id_type=IdType.NONE,
            gender=person.gender,
            birth_date=person.birth_date,
            registered_division=person.registered_division,
            residence_division=person.division,
        )
        (twin,) = await register(self.work, [again])
        await merge(self.work, person, twin, "重复登记 / registered twice")


def _parent(family: Sequence[Person], newborn: Newborn, gender: Gender) -> Person | None:
    """Of a child of the head: the head or the spouse, by gender."""
    if newborn.relation[0] not in "23":
        return None
    couple = [person for person in family[:2] if person.marital_status in MARRIED]
    return next((person for person in couple if person.gender is gender), None)
