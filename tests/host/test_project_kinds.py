"""A plugin's kind of project: its projects are shown by its own permission, with all that hangs on them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from core.codes.sets import UserRole
from core.districts import Districts
from core.workflow.models import Task, WorkflowDeadline, WorkflowStep
from minzheng.plugin import (
    PROJECT,
    NewMilestone,
    NewProject,
    Project,
    ProjectKind,
    Work,
    add_milestone,
    advance,
    plan_project,
    record_project_payment,
)
from tests.host.conftest import DISTRICT, OTHER_DISTRICT, City

PLAN = """
mutation ($input: PlanProjectInput!) { planProject(input: $input) {
  project { id kindTitle } errors { code field }
} }
"""
LISTS = """
query ($id: ID!) {
  projects { edges { node { name payments { amount } history { verb } } } }
  milestones { totalCount } fundings { totalCount } tasks { totalCount }
  dispatchMeetings { edges { node { progress { edges { node { percent } } } } } }
  node(id: $id) { id }
}
"""


@pytest.fixture(scope="module")
def plugins(pets: tuple[str, ...]) -> tuple[str, ...]:
    return pets


SHELTER = ProjectKind("pets.shelter", "收容所", "Shelters", read="pets:read")


async def build_shelter(work: Work, town: str) -> Project:
    """A shelter that is being built."""
    new = NewProject(
        kind=SHELTER.name,
        division=town,
        name="犬只收容所",
        owner="动物防疫站",
        planned_completion=date(2022, 12, 31),
        budget=Decimal("500000.00"),
        on=date(2022, 3, 1),
    )
    project = await plan_project(work, new)
    await advance(work, PROJECT, project, "begin", on=date(2022, 4, 11))
    await record_project_payment(work, project, Decimal("120000.00"), date(2022, 5, 20), "首付款")
    await add_milestone(
        work, NewMilestone(name="通水通电", owner="动物防疫站", due=date(2022, 10, 31), project=project)
    )
    return project


@pytest.fixture(autouse=True)
def kind(city: City) -> ProjectKind:
    city.running.host.book(ProjectKind).add("pets", [SHELTER])
    city.running.host.shows("pets", "pets:read")
    return SHELTER


async def run(city: City, verb: str, entity: str, **fields: Any) -> Any:
    name = verb[0].upper() + verb[1:]
    query = f"mutation ($input: {name}Input!) {{ m: {verb}(input: $input) {{ errors {{ code }} {entity} }} }}"
    answer = await city.running.execute(query, variables={"input": fields}, division=DISTRICT)
    assert answer["data"]["m"]["errors"] == [], answer
    return answer["data"]["m"]


async def planned(city: City, **fields: Any) -> Any:
    base = {
        "kind": "pets.shelter",
        "division": DISTRICT,
        "name": "收容所",
        "owner": "科",
        "plannedCompletion": "2022-12-31",
    }
    return await city.running.execute(PLAN, variables={"input": {**base, **fields}}, division=DISTRICT)


async def test_shown_by_the_kinds_own_permission(city: City) -> None:
    made = (await planned(city))["data"]["planProject"]["project"]
    assert made["kindTitle"] == "Shelters"
    id_ = made["id"]
    await run(city, "recordProjectPayment", "payment { id }", project=id_, amount="1")
    await run(city, "recordFunding", "funding { id }", project=id_, amount="1", source="省")
    await run(
        city, "addMilestone", "milestone { id }", project=id_, name="封顶", owner="科", due="2022-12-01"
    )
    said = [{"project": id_, "percent": 5}]
    await run(city, "holdDispatchMeeting", "meeting { id }", division=DISTRICT, chair="局长", progress=said)
    for role, seen in ((UserRole.CITY_OFFICER, 1), (UserRole.TOWN_LEADER, 0), (UserRole.AUDITOR, 0)):
        answer = await city.running.execute(LISTS, variables={"id": id_}, role=role, division=DISTRICT)
        found = answer["data"]
        assert len(found["projects"]["edges"]) == seen
        assert found["milestones"]["totalCount"] == found["fundings"]["totalCount"] == seen
        assert (found["node"] is not None) == bool(seen)
        for meeting in found["dispatchMeetings"][
            "edges"
        ]:  # core's, but not what was said of the plugin's project
            assert len(meeting["node"]["progress"]["edges"]) == seen
        assert found["tasks"]["totalCount"] >= seen
        assert role is not UserRole.TOWN_LEADER or found["tasks"]["totalCount"] == 0


async def test_built_by_the_plugin_itself(city: City) -> None:
    async with city.running.work() as work:
        project = await build_shelter(work, DISTRICT)
    assert (project.state, project.paid, project.read) == ("STARTED", Decimal("120000.00"), "pets:read")


async def test_its_tasks_and_steps_carry_its_permission(city: City) -> None:
    await planned(city)
    async with city.running.work() as work:
        for model in (Task, WorkflowStep, WorkflowDeadline):
            assert set(await work.session.scalars(select(model.read))) == {"pets:read"}


async def test_not_where_the_plugin_is_off(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    off = Districts(frozenset(), {OTHER_DISTRICT: frozenset({"pets"})})
    monkeypatch.setattr(city.running.host, "districts", off)
    refused = (await planned(city))["data"]["planProject"]["errors"]
    assert refused == [{"code": "PROJECT_KIND_UNKNOWN", "field": ["input", "kind"]}]


async def test_livelihood_projects_of_a_plugin_are_found_with_the_others(city: City) -> None:
    await planned(city, level="COUNTY", name="甲")
    await planned(city, kind="core.livelihood", level="CITY", name="乙")
    query = "{ projects(filter: {livelihood: true}) { edges { node { name } } } }"
    answer = await city.running.execute(query, division=DISTRICT)
    assert {edge["node"]["name"] for edge in answer["data"]["projects"]["edges"]} == {"甲", "乙"}
    query = '{ projects(filter: {plugin: "pets"}) { edges { node { name } } } }'
    answer = await city.running.execute(query, division=DISTRICT)
    assert {edge["node"]["name"] for edge in answer["data"]["projects"]["edges"]} == {"甲"}
