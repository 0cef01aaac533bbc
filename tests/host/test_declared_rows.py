"""Rows of several plugins in one table of core's: each is shown by its own permission, where its plugin is used."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from core.access import service as access
from core.codes.sets import UserRole
from core.districts import Districts
from core.errors import Refused
from core.ids import typed
from core.workflow.models import Task
from core.workflow.tasks import NewTask, open_task
from tests.host.conftest import DISTRICT, FIRST, OTHER_DISTRICT, TODAY, City

TASKS = "{ tasks { totalCount edges { node { id kind } } } }"
NODE = "query ($id: ID!) { node(id: $id) { id ... on Task { kind } } task(id: $id) { kind } }"
EXPLAIN = """
query ($id: ID!, $subject: String) {
  accessExplain(id: $id, subject: $subject) { visible rule { en } grants { how } }
}
"""


@pytest.fixture(scope="module")
def plugins(pets: tuple[str, ...]) -> tuple[str, ...]:
    return pets


def _new(city: City, kind: str, index: int, read: str) -> NewTask:
    return NewTask(
        kind=kind,
        prefix="person",
        subject_id=city.persons[index].id,
        division=city.persons[index].division,
        read=read,
        act="registry:write",
        title_zh="遛犬",
        title_en="Walk",
    )


@pytest.fixture
async def tasks(city: City) -> list[Task]:
    """A plugin's task in the first district and in the other, and one of core's in the first."""
    kinds = (("pets.walk", 0, "pets:read"), ("pets.walk", 3, "pets:read"), ("core.look", 0, "audit:read"))
    async with city.running.work() as work:
        return [await open_task(work, _new(city, *one)) for one in kinds]


async def test_two_at_once_open_one_task(city: City) -> None:
    """Whoever comes second finds the first one's task, or is told to try again."""

    async def second() -> object:
        async with city.running.work() as work:
            return (await open_task(work, _new(city, "pets.walk", 0, "pets:read"))).id

    async with city.running.work() as work:
        first = (await open_task(work, _new(city, "pets.walk", 0, "pets:read"))).id
        other = asyncio.create_task(second())
        await asyncio.sleep(0.2)
    (found,) = await asyncio.gather(other, return_exceptions=True)
    assert found == first or (isinstance(found, Refused) and found.code.code == "CONFLICT")
    assert await kinds(city, role=UserRole.CITY_OFFICER) == ["pets.walk"]


async def kinds(city: City, **caller: Any) -> list[str]:
    answer = await city.running.execute(TASKS, **caller)
    return sorted(edge["node"]["kind"] for edge in answer["data"]["tasks"]["edges"])


@pytest.fixture(autouse=True)
def shown(city: City) -> None:
    """`audit:read` shows core's tasks here."""
    city.running.host.shows("core", "audit:read")


@pytest.mark.usefixtures("tasks")
async def test_each_row_by_its_own_permission(city: City) -> None:
    assert await kinds(city, role=UserRole.CITY_OFFICER) == ["pets.walk", "pets.walk"]
    assert await kinds(city, role=UserRole.CITY_OFFICER, division=DISTRICT) == ["pets.walk"]
    assert await kinds(city, role=UserRole.AUDITOR) == ["core.look"]
    assert await kinds(city, role=UserRole.CITIZEN) == []
    mixed = {DISTRICT: ["audit:read"], OTHER_DISTRICT: ["pets:read"]}
    assert await kinds(city, grants=mixed) == ["core.look", "pets.walk"]
    assert await kinds(city, grants={FIRST: ["pets:read"]}) == ["pets.walk"]


@pytest.mark.usefixtures("tasks")
async def test_not_where_the_plugin_is_off(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        city.running.host, "districts", Districts(frozenset(), {DISTRICT: frozenset({"pets"})})
    )
    assert await kinds(city, role=UserRole.CITY_OFFICER) == ["pets.walk"]
    assert await kinds(city, role=UserRole.CITY_OFFICER, division=OTHER_DISTRICT) == []
    assert await kinds(city, role=UserRole.CITY_OFFICER, district=DISTRICT) == ["pets.walk"]


async def test_by_id_as_in_lists(city: City, tasks: list[Task]) -> None:
    ids = {"id": typed("task", tasks[0].id)}
    seen = await city.running.execute(NODE, variables=ids, division=DISTRICT)
    assert seen["data"]["node"]["kind"] == seen["data"]["task"]["kind"] == "pets.walk"
    for caller in ({"division": OTHER_DISTRICT}, {"role": UserRole.AUDITOR}):
        hidden = await city.running.execute(NODE, variables=ids, **caller)
        assert hidden["data"] == {"node": None, "task": None}


async def test_why_somebody_sees_it(city: City, tasks: list[Task]) -> None:
    async with city.running.work() as work:
        for name, role, division in (
            ("here", UserRole.TOWN_OFFICER, DISTRICT),
            ("there", UserRole.TOWN_OFFICER, OTHER_DISTRICT),
            ("auditor", UserRole.AUDITOR, DISTRICT),
        ):
            user = await access.user_named(work.session, name, work.clock, "", "test")
            await access.grant(
                work.session, user, division, work.clock, role=role, by="test", valid_from=TODAY
            )
    for name, how in (("here", "PLACE"), ("there", "NONE"), ("auditor", "NONE")):
        variables = {"id": typed("task", tasks[0].id), "subject": name}
        answer = await city.running.execute(EXPLAIN, role=UserRole.AUDITOR, variables=variables)
        found = answer["data"]["accessExplain"]
        assert (found["visible"], [grant["how"] for grant in found["grants"]]) == (how == "PLACE", [how]), (
            name
        )
        assert found["rule"]["en"].startswith("By the division where it lies")
