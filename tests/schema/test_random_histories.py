"""Random lives: nothing breaks, today's answer needs no day, and every reversal is whole."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from tests.schema.conftest import Served
from tests.schema.living import at, write
from tests.schema.small_city import DIVISIONS, EAST_COMMUNITY, EAST_VILLAGE, TODAY, WEST_VILLAGE, number

HOUSEHOLD = """query H($id: ID!, $asOf: Date) { household(id: $id, asOf: $asOf) {
  code address addressDivision { code } closedOn head { id } members { relation since person { id name } } } }"""
DIVISION = "query D($code: DivisionCode!, $asOf: Date) { division(code: $code, asOf: $asOf) { name fullName validTo } }"
PERSONS = "{ persons(first: 100) { edges { node { id } } } }"
HOUSEHOLDS = "{ households(first: 100) { edges { node { id } } } }"
VILLAGES = (EAST_VILLAGE, EAST_COMMUNITY, WEST_VILLAGE)


class Lives:
    """Tells random events of random persons, some of which are refused."""

    def __init__(self, served: Served, seed: int) -> None:
        self.served, self.random = served, Random(seed)
        self.events: list[str] = []
        self.merges: list[str] = []
        self.applications: list[str] = []
        self.told = 0

    async def ids(self, query: str, name: str) -> list[str]:
        found = await self.served.ask(query)
        return sorted(edge["node"]["id"] for edge in found["data"][name]["edges"])

    async def tell(self) -> None:
        persons = await self.ids(PERSONS, "persons")
        homes = await self.ids(HOUSEHOLDS, "households")
        pick, some = self.random.choice, self.random.random
        person, other = self.random.sample(persons, 2)
        day = (TODAY - timedelta(days=self.random.randrange(400))).isoformat()
        couple = {"husband": person, "wife": other}
        choices: dict[str, dict[str, Any]] = {
            "recordDeath": {"person": person, "on": day},
            "recordMove": {
                "person": person,
                "on": day,
                "residenceDivision": pick(VILLAGES),
                **({"household": pick(homes), "address": "某街"} if some() < 0.4 else {}),
            },
            "recordMarriage": {**couple, "on": day, **({"household": pick(homes)} if some() < 0.4 else {})},
            "applyForDivorce": {**couple, "on": day},
            "recordBirth": {
                "name": "新" + pick("甲乙丙丁"),
                "gender": pick(("MALE", "FEMALE")),
                "birthDate": day,
                "mother": person,
            },
            "correctPerson": {"person": person, "name": "改" + pick("甲乙丙丁")},
            "mergePersons": {"kept": person, "dropped": other, "reason": "重复"},
        }
        if self.events:
            choices["reverseLifeEvent"] = {"lifeEvent": pick(self.events), "reason": "误登"}
        if self.merges:
            choices["undoMerge"] = {"merge": pick(self.merges)}
        if self.applications:
            choices["registerDivorce"] = {"application": pick(self.applications), "on": day}
        verb = pick(sorted(choices))
        payload = await write(self.served, verb, **choices[verb])
        if payload["errors"] == []:
            self.told += 1
            if verb == "mergePersons":
                self.merges.append(payload["merge"]["id"])
            elif verb == "applyForDivorce":
                self.applications.append(payload["divorceApplication"]["id"])
            elif verb.startswith("record") or verb == "registerDivorce":
                self.events.append(payload["lifeEvent"]["id"])


async def single_adults(served: Served) -> None:
    for index in range(6):
        born, sequence = date(1980 + index, 3, 4), 21 + index
        fields = {
            "name": "单" + "甲乙丙丁戊己"[index],
            "idNumber": number(born, sequence),
            "maritalStatus": "UNMARRIED",
        }
        place = {"registeredDivision": EAST_VILLAGE, "residenceDivision": EAST_VILLAGE, "since": "2021-01-01"}
        made = await write(served, "registerPerson", **fields, **place)
        head = [{"person": made["person"]["id"], "relation": "02"}]
        home = {"kind": "REGISTERED" if index % 2 else "ASSISTANCE", "addressDivision": EAST_VILLAGE}
        opened = {"address": "某街 1 号", "members": head, "openedOn": "2021-01-01"}
        await write(served, "openHousehold", **home, **opened)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_today_needs_no_day(served: Served, seed: int) -> None:
    await single_adults(served)
    lives = Lives(served, seed)
    for _ in range(60):
        await lives.tell()
    assert lives.told > 10
    today = TODAY.isoformat()
    for person in await lives.ids(PERSONS, "persons"):
        assert await at(served, person, today) == await at(served, person)
    for home in await lives.ids(HOUSEHOLDS, "households"):
        asked = [await served.both(HOUSEHOLD, variables={"id": home, "asOf": day}) for day in (today, None)]
        (dated, _), (plain, _) = asked
        assert dated == plain
        found = plain["data"]["household"]
        heads = [m["person"]["id"] for m in found["members"] if m["relation"] == "02"]
        assert heads == ([] if found["closedOn"] else [found["head"]["id"]])
    for code in DIVISIONS:
        asked = [await served.both(DIVISION, variables={"code": code, "asOf": day}) for day in (today, None)]
        assert asked[0][0] == asked[1][0]
