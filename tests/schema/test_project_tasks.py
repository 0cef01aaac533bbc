"""What a day brings: tasks of milestones, issues and late projects; and every step by every role."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from core.access.service import system
from core.codes.sets import UserRole
from core.projects.due import due_projects
from core.projects.service import NewProject, plan
from core.projects.workflow import PROJECT
from core.work import Work
from core.workflow.models import Task
from minzheng.testing import Matrix, service
from tests.schema.asking import rows
from tests.schema.conftest import Served
from tests.schema.living import on_day
from tests.schema.projects import done, new
from tests.schema.small_city import CITY, EAST


async def due(served: Served, day: date, chunk: int = 200) -> int:
    with on_day(served, day):
        async with served.service.database.writing() as session:
            run = served.service
            work = Work(session, system(run.host.permissions), run.clock, run.vault, run.host)
            return await due_projects(work, day, chunk=chunk)


async def waiting(served: Served) -> list[tuple[str, date | None]]:
    """The open tasks but those of the workflow itself."""
    tasks = await rows(served, Task, Task.closed_on.is_(None), Task.kind != "core.project")
    return sorted((task.kind.removeprefix("core."), task.due_on) for task in tasks)


async def test_a_milestone_is_a_task_a_week_before(served: Served) -> None:
    id_ = (await done(served, "planProject", **new()))["id"]
    fields = {"project": id_, "name": "封顶", "owner": "施工方", "due": "2022-12-08"}
    first = await done(served, "addMilestone", **fields)
    second = await done(served, "addMilestone", **fields)
    assert await due(served, date(2022, 11, 30)) == 0
    assert await due(served, date(2022, 12, 1), chunk=1) == 1
    assert await due(served, date(2022, 12, 1), chunk=1) == 1
    assert await due(served, date(2022, 12, 1)) == 0
    assert await waiting(served) == [("milestone_due", date(2022, 12, 8))] * 2
    await done(served, "reachMilestone", milestone=first["id"])
    await done(served, "voidMilestone", milestone=second["id"])
    assert await waiting(served) == []
    assert await due(served, date(2022, 12, 20)) == 0


async def test_an_issue_is_a_task_until_there_is_newer_progress(served: Served) -> None:
    id_ = (await done(served, "planProject", **new()))["id"]
    said = {"project": id_, "percent": 10, "issue": "设备未到", "due": "2022-11-30"}
    await done(served, "recordProgress", **said)
    assert await due(served, date(2022, 11, 30)) == 1
    assert await waiting(served) == [("project_issue", date(2022, 11, 30))]
    await done(served, "recordProgress", project=id_, percent=20)
    assert await waiting(served) == []
    assert await due(served, date(2022, 12, 10)) == 0


async def test_an_issue_is_over_with_the_completion(served: Served) -> None:
    id_ = (await done(served, "planProject", **new()))["id"]
    await done(served, "beginProject", project=id_)
    await done(served, "recordProgress", project=id_, percent=10, issue="设备未到", due="2022-11-30")
    assert await due(served, date(2022, 11, 30)) == 1
    await done(served, "completeProject", project=id_)
    assert await waiting(served) == []
    assert await due(served, date(2022, 12, 10)) == 0


async def test_a_late_project_is_a_task_of_whoever_urges_it_on(served: Served) -> None:
    id_ = (await done(served, "planProject", **new(plannedCompletion="2022-11-29", plannedStart=None)))["id"]
    assert await due(served, date(2022, 11, 29)) == 0
    assert await due(served, date(2022, 11, 30)) == 1
    answer, _ = await served.both("{ tasks(filter: {due: OVERDUE}) { edges { node { kind waitsFor } } } }")
    late = [
        e["node"] for e in answer["data"]["tasks"]["edges"] if e["node"]["kind"] == "core.project_overdue"
    ]
    assert late[0]["waitsFor"] == ["CITY_LEADER", "CITY_OFFICER"]
    await done(served, "correctProject", project=id_, plannedCompletion="2022-12-31", on="2022-11-30")
    assert await waiting(served) == []
    await done(served, "correctProject", project=id_, plannedCompletion="2022-11-15")
    assert await due(served, date(2022, 11, 30)) == 1
    await done(served, "beginProject", project=id_)
    await done(served, "completeProject", project=id_)
    assert await waiting(served) == []
    assert await due(served, date(2022, 12, 30)) == 0


async def test_nothing_is_due_of_a_voided_project(served: Served) -> None:
    id_ = (await done(served, "planProject", **new(plannedCompletion="2022-02-01")))["id"]
    fields = {"project": id_, "name": "封顶", "owner": "施工方", "due": "2022-02-01"}
    await done(served, "addMilestone", **fields)
    await done(served, "recordProgress", project=id_, percent=10, issue="缺资金", due="2022-11-30")
    await done(served, "voidProject", project=id_)
    assert await due(served, date(2022, 12, 30)) == 0


async def test_the_tasks_of_a_project_go_with_it(served: Served) -> None:
    id_ = (await done(served, "planProject", **new(plannedCompletion="2022-02-01")))["id"]
    fields = {"project": id_, "name": "封顶", "owner": "施工方", "due": "2022-02-01"}
    await done(served, "addMilestone", **fields)
    await done(served, "recordProgress", project=id_, percent=10, issue="缺资金", due="2022-11-30")
    assert await due(served, date(2022, 12, 30)) == 3
    await done(served, "voidProject", project=id_)
    assert await waiting(served) == []


async def test_every_step_from_every_state_by_every_role(database_url: str, tmp_path: Path) -> None:
    async def make(work: Any) -> Any:
        said = {
            "kind": "core.construction",
            "name": "馆",
            "owner": "科",
            "planned_completion": date(2022, 12, 31),
        }
        return await plan(work, NewProject(division=CITY, on=date(2021, 1, 1), **said))

    async with service(database_url, [], today=date(2022, 11, 30), migrate=False) as running:
        await running.settle(EAST)
        matrix = Matrix(PROJECT, "Project", make)
        cases = matrix.cases()
        assert len(cases) == 5 * 5 * len(UserRole)
        for case in cases:
            await matrix.check(running, case)
