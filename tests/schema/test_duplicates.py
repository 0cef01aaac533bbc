"""Which records are taken for one person's, with which reasons, at what cost."""

from __future__ import annotations

from typing import Any

import pytest

from core.db import recorded_statements
from core.merges.candidates import similar_dates, swapped
from tests.schema.conftest import Served
from tests.schema.living import done
from tests.schema.small_city import CITY, EAST, EAST_COMMUNITY, EAST_VILLAGE

QUERY = """query D($person: ID, $division: DivisionCode, $first: Int! = 50) {
  duplicateCandidates(person: $person, division: $division, first: $first) {
    score reasons persons { id name residenceDivision { code } } } }"""


async def newcomer(served: Served, name: str, born: str, **more: Any) -> str:
    place = {"registeredDivision": EAST_VILLAGE, "residenceDivision": EAST_VILLAGE}
    fields = {"name": name, "idType": "NONE", "gender": "MALE", "birthDate": born, **place, **more}
    return str((await done(served, "registerPerson", **fields))["person"]["id"])


async def found(served: Served, caller: str = "city", **asked: Any) -> list[tuple[str, int, set[str]]]:
    answer = await served.ask(QUERY, caller, variables=asked)
    assert "errors" not in answer, answer
    return [
        (item["persons"][1]["name"], item["score"], set(item["reasons"]))
        for item in answer["data"]["duplicateCandidates"]
    ]


async def test_every_reason(served: Served) -> None:
    one = await newcomer(served, "陈小北", "1992-01-21")
    away = {"registeredDivision": EAST_COMMUNITY, "residenceDivision": EAST_COMMUNITY}
    await newcomer(served, "陈小北", "1992-01-21")
    await newcomer(served, "陈北小", "1992-01-21", **away)
    await newcomer(served, "陈晓北", "1992-01-21", **away)
    await newcomer(served, "陈小北", "1992-10-21", **away)
    await newcomer(served, "陈小北", "1992-01-12", gender="FEMALE", **away)
    await newcomer(served, "陈小北", "1993-01-21", **away)  # another year is another person
    await newcomer(served, "林大山", "1992-01-21")  # as is another name
    assert await found(served, person=one) == [
        ("陈小北", 95, {"SAME_NAME_AND_BIRTH", "SAME_ADDRESS"}),
        ("陈北小", 65, {"NAME_TRANSPOSED"}),
        ("陈晓北", 55, {"SAME_READING"}),
        ("陈小北", 55, {"BIRTH_TRANSPOSED"}),
        ("陈小北", 25, {"BIRTH_TRANSPOSED"}),
    ]
    scores = [score for _, score, _ in await found(served, division=EAST)]
    assert scores[0] == 95
    assert [reason for _, _, reason in await found(served, division=CITY)] == [
        {"SAME_NAME_AND_BIRTH", "SAME_ADDRESS"}
    ]
    assert len(await found(served, person=one, first=2)) == 2


async def test_one_number_under_two_kinds_of_id(served: Served) -> None:
    paper = {"idType": "PASSPORT", "idNumber": "E1234567"}
    one = await newcomer(served, "Ann Lee", "1990-01-01", **paper)
    await newcomer(served, "Anne Li", "1991-02-02", **{**paper, "idType": "FOREIGN_PR"})
    await newcomer(served, "Ann Lea", "1993-03-03", **{**paper, "idNumber": "E1324567"})
    assert await found(served, person=one) == [
        ("Anne Li", 100, {"SAME_ID_NUMBER", "SAME_ADDRESS"}),
        ("Ann Lea", 75, {"ID_TRANSPOSED", "SAME_ADDRESS"}),
    ]


@pytest.mark.parametrize("first", [0, 101])
async def test_pages_are_bounded(served: Served, first: int) -> None:
    answer = await served.ask(QUERY, variables={"division": EAST, "first": first})
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["PAGE_SIZE"]


async def test_statements_do_not_grow_with_rows(served: Served) -> None:
    async def cost(**asked: Any) -> int:
        with recorded_statements() as statements:
            await served.ask(QUERY, variables=asked)
        return len(statements)

    one = await newcomer(served, "陈小北", "1992-01-21")
    await newcomer(served, "陈小北", "1992-01-21")
    few = [await cost(person=one), await cost(division=EAST)]
    for _ in range(6):
        await newcomer(served, "陈小北", "1992-01-21")
    assert [await cost(person=one), await cost(division=EAST)] == few


def test_dates_that_look_alike() -> None:
    from datetime import date

    assert list(swapped("aab")) == ["aba"]
    assert similar_dates(date(1992, 1, 21)) == {
        date(1992, 10, 21),
        date(1992, 1, 12),
        date(1929, 1, 21),
        date(9192, 1, 21),
        date(1992, 2, 11),
    }
