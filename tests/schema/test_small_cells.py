"""Divorces with minor children are statistics on guardianship: cells of 1 and 2 are shown as <3 (domain 1.7)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from core.codes.sets import Gender, IdType
from core.db import new_id
from core.events.models import EventRole, LifeEvent, LifeEventPerson, LifeEventType
from core.persons.models import Person
from core.placed import place
from minzheng.testing import NewPerson, Running, register, service

CITY, NAME = "410189000000", "core.divorces_with_minors"
COUNTS = {"410189101201": 5, "410189101202": 1, "410189102201": 2, "410189103201": 4, "410189104201": 0}


@pytest.fixture
async def running(database_url: str) -> AsyncIterator[Running]:
    async with service(database_url, [], today=date(2022, 11, 30), migrate=False) as opened:
        await opened.settle(*COUNTS)
        async with opened.work() as work:
            new = NewPerson(
                name="张某",
                id_type=IdType.NONE,
                gender=Gender.MALE,
                birth_date=date(1980, 3, 4),
                registered_division="410189101201",
                residence_division="410189101201",
            )
            (person,) = await register(work, [new])
            for code, count in COUNTS.items():
                for number in range(count):
                    work.session.add_all(await _divorce(work, person, code, date(2022, 1 + number, 7)))
        yield opened


async def _divorce(work: Any, person: Person, code: str, day: date) -> list[Any]:
    event = LifeEvent(
        id=new_id(),
        type=LifeEventType.DIVORCE,
        person_id=person.id,
        event_date=day,
        reported_at=work.now,
        reported_on=day,
        details={},
        **place(code),
    )
    work.session.add(event)
    await work.flush()
    return [LifeEventPerson(id=new_id(), event_id=event.id, person_id=person.id, role=EventRole.CHILD)]


async def _ask(running: Running, division: str, more: str = "") -> Any:
    query = """{ indicator(id: "%s", division: "%s"%s) { value display suppressed by { division { code } value
      suppressed } series { value } rows(first: 100) { totalCount value nodes { division } } } }"""
    answer = await running.execute(query % (NAME, division, more), division=CITY)
    assert "errors" not in answer, answer
    return answer["data"]["indicator"]


def _cells(found: Any) -> dict[str, Any]:
    return {cell["division"]["code"]: cell["value"] for cell in found["by"]}


async def test_small_cells_and_a_second_one(running: Running) -> None:
    found = await _ask(running, CITY, ", by: TOWN")
    assert found["value"] == "12"
    # 2 is small; 4 is held back, since 12 would tell it; 0 is 0.
    assert _cells(found) == {
        "410189101000": "6",
        "410189102000": "<3",
        "410189103000": None,
        "410189104000": "0",
    }
    assert [cell["suppressed"] for cell in found["by"]] == [False, True, True, False]
    villages = _cells(await _ask(running, CITY, ", by: VILLAGE"))
    assert villages["410189101202"] == "<3"
    assert villages["410189101201"] is None
    assert villages["410189102201"] == "<3"
    assert villages["410189103201"] is None
    assert villages["410189104201"] == "0"


async def test_a_cell_that_is_held_back_is_so_when_asked_alone(running: Running) -> None:
    for division, value in (
        ("410189103000", None),
        ("410189103201", None),
        ("410189102201", "<3"),
        ("410189101000", "6"),
        ("410189101201", None),
        ("410189104201", "0"),
    ):
        found = await _ask(running, division)
        assert (found["value"], found["display"]) == (value, value), division
        assert found["rows"]["value"] == value
        if value in (None, "<3"):
            assert found["rows"] == {"totalCount": None, "value": value, "nodes": []}


async def test_facts_behind_small_cells_are_not_listed(running: Running) -> None:
    rows = (await _ask(running, CITY))["rows"]
    assert (rows["totalCount"], rows["value"]) == (12, "12")
    assert rows["nodes"] == []  # every village has a cell that is held back
    months = await _ask(running, CITY, ", by: MONTH")
    assert [point["value"] for point in months["series"]][:6] == ["4", "3", "<3", "<3", "<3", "0"]


async def test_the_report_shows_them_so(running: Running) -> None:
    query = """{ workReport(division: "410189102000", year: 2022) { sections { sentences { figures {
      id value missing source { query variables path } } } } } }"""
    answer = (await running.execute(query, division=CITY))["data"]["workReport"]
    figures = [f for section in answer["sections"] for s in section["sentences"] for f in s["figures"]]
    (figure,) = [f for f in figures if f["id"] == NAME]
    assert (figure["value"], figure["missing"]) == ("<3", None)
    source = figure["source"]
    found = await running.execute(source["query"], variables=source["variables"], division=CITY)
    assert found["data"]["indicator"]["rows"]["value"] == "<3"
