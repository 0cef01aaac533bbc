"""Residents of the demo city, in households, ready for the services: the same ones for the same seed.

Nothing here reads a database or a clock; the first N residents of a larger city are those of a smaller one.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from core.codes.ages import months_after
from core.codes.sets import DisabilityCategory, IdType
from core.demo_city.divisions import homes, is_rural_town
from core.demo_city.families import Families, Sketch
from core.demo_city.identities import Identities
from core.demo_city.names import Names
from core.divisions.service import SINCE
from core.persons.service import Disability, NewPerson

_YEAR = 365.2425
# The register is taken to go back five years: what it holds has been so since then.
_REGISTER_MONTHS = 60
_HAN = "01"
_MINORITIES = {"03": 12, "11": 7, "02": 4, "15": 2, "06": 2, "08": 1, "10": 1}
_DISABILITIES = {
    DisabilityCategory.PHYSICAL: 40,
    DisabilityCategory.HEARING: 20,
    DisabilityCategory.VISUAL: 15,
    DisabilityCategory.INTELLECTUAL: 8,
    DisabilityCategory.MENTAL: 8,
    DisabilityCategory.MULTIPLE: 6,
    DisabilityCategory.SPEECH: 3,
}
_LEVELS = {1: 12, 2: 22, 3: 30, 4: 36}


@dataclass(frozen=True)
class NewFamily:
    """A household to open: where, since when, and its members with their relations, the head first."""

    code: str
    division: str
    address: str
    opened_on: date
    members: tuple[tuple[NewPerson, str], ...]


def families(persons: int, seed: int, today: date) -> Iterator[NewFamily]:
    """Families of exactly `persons` residents together; the last family may be cut short."""
    makers = _People(str(seed), today)
    left, number = persons, 0
    while left > 0:
        number += 1
        family = makers.family(number, left)
        left -= len(family.members)
        yield family


class _People:
    """Turns sketches into persons."""

    def __init__(self, seed: str, today: date) -> None:
        self._random = random.Random(f"people:{seed}")
        self._today = today
        self._sketches = Families(seed)
        self._names = Names(seed)
        self._identities = Identities(seed)
        self._homes = homes()
        self._weights = list(accumulate(place.weight for place in self._homes))
        self._street_homes = [place.code for place in self._homes if not is_rural_town(place.code)]

    def family(self, number: int, most: int) -> NewFamily:
        """Family `number`, of at most `most` members."""
        sketches = self._sketches.draw()[:most]
        (home,) = self._random.choices(self._homes, cum_weights=self._weights)
        away = self._away(home.code)
        surnames = [self._names.surname() for _ in range(3)]
        ethnicities = self._ethnicities()
        members = tuple(
            (self._person(sketch, home.code, away, surnames, ethnicities), sketch.relation)
            for sketch in sketches
        )
        opened = max(person.since or self._today for person, _ in members)
        return NewFamily(f"{home.code}-{number:06d}", home.code, self._address(home.code), opened, members)

    def _ethnicities(self) -> list[str]:
        """One for each line of the family; most families have one, and most are Han."""
        if self._random.random() >= 0.03:
            return [_HAN] * 3
        (code,) = self._random.choices(list(_MINORITIES), list(_MINORITIES.values()))
        return [code, *(code if self._random.random() < 0.8 else _HAN for _ in range(2))]

    def _away(self, home: str) -> tuple[str, float, float]:
        """Where those who left their town live, and from which age to which the family's members left it."""
        target = self._random.choice(self._street_homes)
        chance = self._random.random()
        if not is_rural_town(home) or chance > 0.24:
            return target, 0, 0
        # Some families moved as a whole; from others those who work did, and left children and elders behind.
        return (target, 0, 200) if chance < 0.08 else (target, 18, 50)

    def _person(
        self,
        sketch: Sketch,
        home: str,
        away: tuple[str, float, float],
        surnames: list[str],
        ethnicities: list[str],
    ) -> NewPerson:
        birth = self._today - timedelta(days=int(sketch.age * _YEAR))
        id_type, number, birth = self._identity(sketch, birth)
        foreign = id_type is IdType.PASSPORT
        given = self._names.given(sketch.gender, birth.year)
        target, low, high = away
        return NewPerson(
            name=self._names.foreign() if foreign else surnames[sketch.line] + given,
            id_type=id_type,
            id_number=number,
            gender=sketch.gender,
            birth_date=birth,
            ethnicity=None if foreign else ethnicities[sketch.line],
            marital_status=sketch.marital,
            registered_division=home,
            residence_division=target if low <= sketch.age < high else home,
            phone=self._phone(sketch.age),
            disabilities=self._disabilities(sketch.age),
            since=max(birth, SINCE, months_after(self._today, -_REGISTER_MONTHS)),
        )

    def _identity(self, sketch: Sketch, birth: date) -> tuple[IdType, str | None, date]:
        chance = self._random.random()
        if sketch.relation == "12" and sketch.age < 45 and chance < 0.01:
            return IdType.PASSPORT, self._identities.passport(), birth
        if (self._today - birth).days <= 30 and chance < 0.7:
            return IdType.NONE, None, birth
        return IdType.RESIDENT_ID, *self._identities.resident(birth, sketch.gender)

    def _phone(self, age: float) -> str | None:
        has = 0.0 if age < 16 else 0.96 if age < 75 else 0.5
        return self._identities.phone() if self._random.random() < has else None

    def _disabilities(self, age: float) -> tuple[Disability, ...]:
        share = 0.015 if age < 18 else 0.04 if age < 60 else 0.16
        if self._random.random() >= share:
            return ()
        (category,) = self._random.choices(list(_DISABILITIES), list(_DISABILITIES.values()))
        (level,) = self._random.choices(list(_LEVELS), list(_LEVELS.values()))
        return (Disability(category, level),)

    def _address(self, home: str) -> str:
        if is_rural_town(home):
            return f"{self._random.randint(1, 12)}组{self._random.randint(1, 180)}号"
        building, unit = self._random.randint(1, 24), self._random.randint(1, 4)
        room = self._random.randint(1, 11) * 100 + self._random.randint(1, 4)
        return f"{building}号楼{unit}单元{room}室"
