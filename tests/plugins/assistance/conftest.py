"""A small city with the plugin on, spoken to through GraphQL."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.access.principal import Grant, Principal
from core.access.service import system
from core.clock import Clock
from core.codes import resident_id
from core.codes.sets import HouseholdKind, UserRole
from core.db import Database
from core.divisions.service import NewDivision, open_divisions
from core.host import Host
from core.households.service import NewHousehold, open_households
from core.ids import typed
from core.persons.service import NewPerson, register
from core.settings import Settings
from core.vault import Keyring, Vault
from core.work import Work
from migrations.branches import installed
from schema.request import GraphQLRequest
from schema.service import GraphQLService

CITY, TOWN, OTHER_TOWN = "410189000000", "410189101000", "410189102000"
VILLAGE, OTHER_VILLAGE = "410189101201", "410189102203"
DIVISIONS = (
    (CITY, "示范市"),
    (TOWN, "甲镇"),
    (VILLAGE, "一村"),
    (OTHER_TOWN, "乙镇"),
    (OTHER_VILLAGE, "二村"),
)


@dataclass
class City:
    """The service, its callers, and the ids of two households: three persons in one town, one in another."""

    service: GraphQLService
    host: Host
    database: Database
    vault: Vault
    clock: Clock
    home: str = ""
    other: str = ""
    persons: tuple[str, ...] = ()

    def as_role(
        self, role: UserRole, division: str = CITY, without: frozenset[str] = frozenset()
    ) -> Principal:
        grant = Grant(division, self.host.permissions.of_role(role) - without)
        return Principal(None, role.name.lower(), (grant,))

    def work(self, session: Any) -> Work:
        return Work(session, system(self.host.permissions), self.clock, self.vault, self.host)

    async def ask(
        self, query: str, caller: Principal | None = None, variables: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """The answer; a query of the planner's is asked of graphql-core as well, and must be the same."""
        principal = caller or self.as_role(UserRole.CITY_OFFICER)
        request = GraphQLRequest(query, principal, variables=variables or {}, language="en")
        answer: dict[str, Any] = json.loads((await self.service.execute(request)).body)
        if answer["extensions"]["explain"]["planned"]:
            assert await self._ordinarily(request) == answer["data"]
        return answer

    async def _ordinarily(self, request: GraphQLRequest) -> Any:
        async def no(*_: Any) -> None:
            return None

        planned = self.service._planned
        self.service._planned = no  # type: ignore[method-assign, assignment]
        try:
            return json.loads((await self.service.execute(request)).body)["data"]
        finally:
            self.service._planned = planned  # type: ignore[method-assign]

    async def do(self, mutation: str, caller: Principal | None = None) -> dict[str, Any]:
        """The one payload of a mutation that is not refused."""
        answer = await self.ask("mutation { %s }" % mutation, caller)
        assert "errors" not in answer, answer
        payload: dict[str, Any] = next(iter(answer["data"].values()))
        assert not payload["errors"], payload
        return payload

    async def refused(self, mutation: str, caller: Principal | None = None) -> str:
        """The code that a mutation is refused with."""
        answer = await self.ask("mutation { %s }" % mutation, caller)
        code: str = next(iter(answer["data"].values()))["errors"][0]["code"]
        return code

    async def assessment(self, home: str | None = None, caller: Principal | None = None) -> Any:
        fields = "perCapitaIncome standard band nationalBand members monthlyIncome"
        answer = await self.ask(
            '{ household(id: "%s") { assistance { %s } } }' % (home or self.home, fields), caller
        )
        assert answer["extensions"]["explain"]["statementCount"] == 1
        return answer["data"]["household"]["assistance"]

    async def earns(
        self, amount: str, home: str | None = None, more: str = "kind: OTHER", period: str = "MONTH"
    ) -> str:
        payload = await self.do(
            'recordAssistanceIncome(input: {household: "%s", amount: "%s", period: %s, %s}) '
            "{ item { id } errors { code } }" % (home or self.home, amount, period, more)
        )
        item: str = payload["item"]["id"]
        return item


@pytest.fixture(scope="module")
def plugins() -> tuple[str, ...]:
    assert "assistance" in installed(), "the plugin assistance is not installed: make install"
    return ("assistance",)


def _person(number: int, birth: date, village: str) -> NewPerson:
    code = resident_id.make("410189", birth, number)
    return NewPerson(
        name="张三李"[number - 1] + "某",
        id_number=code,
        registered_division=village,
        residence_division=village,
    )


async def _settle(city: City, work: Work) -> None:
    await open_divisions(work, [NewDivision(code, name) for code, name in DIVISIONS])
    births = (date(1958, 3, 15), date(1968, 3, 15), date(2010, 2, 28), date(1990, 6, 1))
    villages = (VILLAGE, VILLAGE, VILLAGE, OTHER_VILLAGE)
    news = [
        _person(1 + i % 3, birth, village)
        for i, (birth, village) in enumerate(zip(births, villages, strict=True))
    ]
    people = await register(work, news)
    first, second = await open_households(
        work,
        [
            _household(VILLAGE, "H1", [(people[0], "02"), (people[1], "10"), (people[2], "20")]),
            _household(OTHER_VILLAGE, "H2", [(people[3], "02")]),
        ],
    )
    city.home, city.other = typed("household", first.id), typed("household", second.id)
    city.persons = tuple(typed("person", person.id) for person in people)


def _household(division: str, code: str, members: Any) -> NewHousehold:
    return NewHousehold(
        kind=HouseholdKind.ASSISTANCE,
        division=division,
        address="1 号",
        members=members,
        code=code,
        opened_on=date(2021, 5, 1),
    )


@pytest.fixture
async def city(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[City]:
    host, clock = Host(["assistance"]), Clock(date(2022, 11, 30))
    vault = Vault(Keyring.ensure(tmp_path / "keys.json"))
    settings = Settings(dev=True, database=database_url)
    service = GraphQLService(host=host, database=database, vault=vault, clock=clock, settings=settings)
    await service.open()
    made = City(service, host, database, vault, clock)
    async with database.writing() as session:
        await _settle(made, made.work(session))
    yield made
    await service.close()


@pytest.fixture
async def ruled(city: City) -> City:
    """The city with S = 630 for all, national k = 1.5 and local k = 2."""
    await city.do(
        'setAssistanceStandard(input: {division: "410189", monthly: "630", validFrom: "2022-01-01"})'
        " { standard { monthly urbanRural validFrom division { name } } errors { code } }"
    )
    for kind, value, day in (("NATIONAL", "1.5", "2021-01-01"), ("LOCAL", "2", "2022-03-01")):
        await city.do(
            'setAssistanceFactor(input: {division: "410189", kind: %s, value: "%s", validFrom: "%s"})'
            " { factor { kind value } errors { code } }" % (kind, value, day)
        )
    return city
