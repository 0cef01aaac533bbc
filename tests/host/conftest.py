"""A city to test plugins in: two districts, two families, and ways to make throw-away plugins."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date

import pytest

from core.codes.sets import HouseholdKind
from core.households.models import Household
from core.persons.models import Person
from minzheng.testing import NewHousehold, NewPerson, Running, id_number, open_households, register, service

TODAY = date(2022, 11, 30)
FIRST, SECOND = "410189101201", "410189102203"
ELSEWHERE = "410190101201"
DISTRICT, OTHER_DISTRICT = "410189000000", "410190000000"


class City:
    """A running service with people in it."""

    first, second, elsewhere = FIRST, SECOND, ELSEWHERE
    district, other_district = DISTRICT, OTHER_DISTRICT

    def __init__(self, running: Running) -> None:
        self.running = running
        self.persons: list[Person] = []
        self.homes: list[Household] = []

    async def fill(self) -> None:
        await self.running.settle(FIRST, SECOND, ELSEWHERE)
        async with self.running.work() as work:
            places = (FIRST, FIRST, SECOND, ELSEWHERE)
            news = [
                NewPerson(
                    name=f"张{'甲乙丙丁'[i]}",
                    id_number=id_number(place, date(1960 + i, 3, 15), i + 1),
                    registered_division=place,
                    residence_division=place,
                )
                for i, place in enumerate(places)
            ]
            self.persons = await register(work, news)
            self.homes = await open_households(work, [self._home(i) for i in (0, 2, 3)])

    def _home(self, index: int) -> NewHousehold:
        person = self.persons[index]
        return NewHousehold(
            kind=HouseholdKind.REGISTERED,
            division=person.division,
            address="甲街1号",
            members=[(person, "02")],
            code=f"H{index}",
        )


@pytest.fixture
async def city(pets: tuple[str, ...], database_url: str) -> AsyncIterator[City]:
    """The city of a service that has the dummy plugin."""
    async with service(database_url, pets, today=TODAY, event_seconds=0.5, migrate=False) as running:
        made = City(running)
        await made.fill()
        yield made
