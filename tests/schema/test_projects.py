"""Projects through GraphQL, on both databases: their course, who sees them, and late by the clock."""

from __future__ import annotations

from datetime import date

from core.codes.sets import UserRole
from core.host import Host
from core.projects.models import Project, ProjectVersion
from core.workflow.models import Task
from tests.schema.asking import audited, listed, rows, rows_of
from tests.schema.conftest import Served
from tests.schema.living import on_day
from tests.schema.projects import at, done, names, new, refused, write
from tests.schema.small_city import (
    CITY,
    EAST,
    EAST_VILLAGE,
    NEIGHBOUR,
    NEIGHBOUR_VILLAGE,
    WEST_VILLAGE,
    officer,
)


async def test_the_course_of_a_project(served: Served) -> None:
    made = await done(served, "planProject", **new(organization=served.city.organization(0)))
    assert (made["state"], made["paid"], made["percent"], made["late"]) == ("PLANNED", "0.00", None, False)
    assert (made["kindTitle"], made["organization"]["name"]) == ("Construction", "市慈善总会")
    assert made["actions"] == ["begin"]
    id_ = made["id"]
    begun = await done(served, "beginProject", project=id_, on="2022-02-01")
    assert (begun["state"], begun["actualStart"]) == ("STARTED", "2022-02-01")
    await done(served, "suspendProject", project=id_, on="2022-03-01", reason="疫情")
    resumed = await done(served, "resumeProject", project=id_, on="2022-04-01", reason="解封")
    assert (resumed["state"], resumed["actualStart"]) == ("STARTED", "2022-02-01")
    done_ = await done(served, "completeProject", project=id_, on="2022-10-01")
    assert (done_["actualCompletion"], done_["daysToOperation"]) == ("2022-10-01", 60)
    last = await done(served, "operateProject", project=id_)
    assert (last["state"], last["operationDate"], last["daysToOperation"]) == ("OPERATING", "2022-11-30", 60)
    assert [(s["verb"], s["madeOn"]) for s in last["history"]] == [
        ("start", "2022-01-01"), ("begin", "2022-02-01"), ("suspend", "2022-03-01"), ("resume", "2022-04-01"),
        ("complete", "2022-10-01"), ("operate", "2022-11-30"),
    ]  # fmt: skip
    assert last["deadlines"] == [
        {"name": "start", "dueOn": "2022-01-10", "metOn": "2022-02-01"},
        {"name": "completion", "dueOn": "2022-12-31", "metOn": "2022-10-01"},
    ]
    for day, state in (
        ("2021-12-31", None), ("2022-01-01", "PLANNED"), ("2022-01-31", "PLANNED"), ("2022-02-01", "STARTED"),
        ("2022-03-15", "SUSPENDED"), ("2022-04-01", "STARTED"), ("2022-09-30", "STARTED"),
        ("2022-10-01", "COMPLETED"), ("2022-11-30", "OPERATING"),
    ):  # fmt: skip
        found = await at(served, id_, day)
        assert (found and found["state"]) == state, day
    assert (await at(served, id_, "2022-09-30"))["actualCompletion"] is None


async def test_vector_43(served: Served) -> None:
    id_ = (await done(served, "planProject", **new()))["id"]
    await done(served, "beginProject", project=id_, on="2022-02-01")
    for day, late, days in (
        (date(2022, 12, 30), False, 0),
        (date(2022, 12, 31), False, 0),
        (date(2023, 1, 1), True, 1),
        (date(2023, 1, 5), True, 5),
        (date(2024, 3, 1), True, 426),
    ):
        with on_day(served, day):
            found = await at(served, id_)
            assert (found["late"], found["daysLate"]) == (late, days)
            assert await names(served, "{late: true}") == (["殡仪馆迁建"] if late else [])
            assert await names(served, "{not: {late: true}}") == ([] if late else ["殡仪馆迁建"])
    with on_day(served, date(2023, 2, 1)):
        await done(served, "completeProject", project=id_, on="2023-01-05")
        found = await at(served, id_)
        assert (found["late"], found["daysLate"]) == (True, 5)
        assert (await at(served, id_, "2023-01-04"))["daysLate"] == 4
        assert (await at(served, id_, "2022-12-31"))["late"] is False
        (step,) = [step for step in found["history"] if step["verb"] == "complete"]
        assert (step["late"], step["dueOn"]) == (True, "2022-12-31")


async def test_transitions_that_are_refused(served: Served) -> None:
    id_ = (await done(served, "planProject", **new()))["id"]
    assert await refused(served, "completeProject", project=id_) == ["STATE_INVALID"]
    assert await refused(served, "beginProject", project=id_, on="2022-12-01") == ["DATE_FUTURE on"]
    assert await refused(served, "beginProject", project=id_, on="2021-12-31") == ["DATE_ORDER on"]
    assert await refused(served, "beginProject", project=id_, expectedVersion=9) == [
        "CONFLICT expectedVersion"
    ]
    await done(served, "beginProject", project=id_, on="2022-06-01")
    assert await refused(served, "completeProject", project=id_, on="2022-05-31") == ["DATE_ORDER on"]
    assert await refused(served, "suspendProject", project=id_, reason=" ") == ["REASON_MISSING reason"]
    host = served.service.host
    leader = officer(host, UserRole.CITY_LEADER, CITY)
    assert await refused(served, "completeProject", leader, project=id_) == ["FORBIDDEN"]
    await done(served, "suspendProject", leader, project=id_, reason="资金")
    for caller, reason in (
        ("town", "NOT_FOUND project"), ("auditor", "FORBIDDEN"), ("nobody", "NOT_FOUND project"),
        (officer(host, UserRole.CITY_OFFICER, NEIGHBOUR), "NOT_FOUND project"),
    ):  # fmt: skip
        assert (await refused(served, "resumeProject", caller, project=id_, reason="好"))[0] in (
            reason,
            "NOT_FOUND project",
        )


async def test_plans_that_are_refused(served: Served) -> None:
    for fields, reason in (
        ({"kind": "core.zoo"}, "PROJECT_KIND_UNKNOWN kind"),
        ({"kind": "core.livelihood"}, "PROJECT_LEVEL_MISSING level"),
        ({"name": " "}, "TEXT_LENGTH name"),
        ({"owner": ""}, "TEXT_LENGTH owner"),
        ({"taskForce": ""}, "TEXT_LENGTH taskForce"),
        ({"budget": "0"}, "PROJECT_AMOUNT budget"),
        ({"budget": "1.001"}, "PROJECT_AMOUNT budget"),
        ({"budget": "1000000000000"}, "PROJECT_AMOUNT budget"),
        ({"areaM2": "-1"}, "PROJECT_AMOUNT areaM2"),
        ({"plannedStart": "2023-01-01"}, "DATE_ORDER plannedCompletion"),
        ({"on": "2022-12-01"}, "DATE_FUTURE on"),
        ({"division": NEIGHBOUR_VILLAGE}, "FORBIDDEN_SCOPE division"),
        ({"division": "410189101299"}, "DIV_UNKNOWN division"),
        ({"on": "1940-01-01"}, "DIV_INACTIVE division"),
        ({"organization": "organization_" + "0" * 32}, "NOT_FOUND organization"),
    ):
        assert await refused(served, "planProject", **new(**fields)) == [reason]
    for caller in ("town", "village", "auditor", "nobody"):
        assert await refused(served, "planProject", caller, **new()) == ["FORBIDDEN"]
    assert await rows(served, Project) == []


async def test_a_change_of_plan_holds_from_a_day_on(served: Served) -> None:
    id_ = (await done(served, "planProject", **new(plannedCompletion="2022-06-30")))["id"]
    await done(served, "beginProject", project=id_, on="2022-02-01")
    assert (await at(served, id_))["daysLate"] == 153
    changed = {"project": id_, "plannedCompletion": "2022-12-31", "on": "2022-08-01", "budget": "2000.00"}
    found = await done(served, "correctProject", **changed)
    assert (found["late"], found["plannedCompletion"], found["budget"]) == (False, "2022-12-31", "2000.00")
    assert found["deadlines"][1]["dueOn"] == "2022-12-31"
    assert [(await at(served, id_, day))["late"] for day in ("2022-07-31", "2022-08-01")] == [True, False]
    # A name that changed earlier, entered later: the plan of August stays.
    await done(served, "correctProject", project=id_, name="新馆", on="2022-05-01")
    seen = [await at(served, id_, day) for day in ("2022-04-30", "2022-05-01", "2022-08-01")]
    assert [(s["name"], s["plannedCompletion"]) for s in seen] == [
        ("殡仪馆迁建", "2022-06-30"), ("新馆", "2022-06-30"), ("新馆", "2022-12-31")
    ]  # fmt: skip
    # A mistake is one for as long as it stood.
    await done(served, "correctProject", project=id_, budget="3000.00", level="COUNTY")
    seen = [await at(served, id_, day) for day in ("2022-07-31", "2022-08-01")]
    assert [(s["budget"], s["level"]) for s in seen] == [("1000.00", "COUNTY"), ("3000.00", "COUNTY")]
    assert len(await audited(served, "project.changed")) == 2
    assert len(await audited(served, "project.corrected")) == 1


async def test_days_are_corrected(served: Served) -> None:
    id_ = (await done(served, "planProject", **new()))["id"]
    await done(served, "beginProject", project=id_, on="2022-02-01")
    await done(served, "suspendProject", project=id_, on="2022-03-01", reason="疫情")
    await done(served, "resumeProject", project=id_, on="2022-03-01", reason="疫情")
    await done(served, "completeProject", project=id_, on="2022-09-15")
    known = served.service.clock.now().isoformat()
    found = await done(
        served, "correctProject", project=id_, actualCompletion="2022-10-08", actualStart="2022-02-02"
    )
    assert (found["actualStart"], found["actualCompletion"], found["state"]) == (
        "2022-02-02", "2022-10-08", "COMPLETED"
    )  # fmt: skip
    assert found["deadlines"][1]["metOn"] == "2022-10-08"
    states = [
        (await at(served, id_, day))["state"]
        for day in ("2022-02-01", "2022-02-02", "2022-10-07", "2022-10-08")
    ]
    assert states == ["PLANNED", "STARTED", "STARTED", "COMPLETED"]
    assert (await at(served, id_, "2022-10-07", known))["state"] == "COMPLETED"  # what was known then
    for fields, reason in (
        ({"actualCompletion": "2022-02-01"}, "DATE_ORDER actualCompletion"),
        ({"actualStart": "2021-01-01"}, "DATE_ORDER actualStart"),
        ({"actualCompletion": "2023-01-01"}, "DATE_FUTURE actualCompletion"),
        ({"operationDate": "2022-11-01"}, "NOT_FOUND operationDate"),
        ({"actualStart": "2022-02-03", "on": "2022-11-01"}, "INPUT_EMPTY on"),
        ({"approvedOn": "2022-02-03"}, "DATE_ORDER actualStart"),
        ({}, "INPUT_EMPTY"),
        ({"name": ""}, "TEXT_LENGTH name"),
        ({"plannedCompletion": "2022-01-01"}, "DATE_ORDER plannedCompletion"),
        ({"name": "新", "on": "2021-12-31"}, "DATE_ORDER on"),
        ({"name": "新", "expectedVersion": 1}, "CONFLICT expectedVersion"),
    ):
        assert await refused(served, "correctProject", project=id_, **fields) == [reason], fields
    found = await done(served, "correctProject", project=id_, approvedOn="2021-12-01")
    assert (await at(served, id_, "2021-12-01"))["state"] == "PLANNED"
    assert await refused(served, "operateProject", project=id_, on="2022-10-07") == ["DATE_ORDER on"]
    await done(served, "operateProject", project=id_, on="2022-10-08")
    standing = [v for v in await rows_of(served, ProjectVersion, "project_id", id_) if v.voided_at is None]
    assert sorted(v.valid_from for v in standing) == [date(2021, 12, 1), date(2022, 2, 2), date(2022, 10, 8)]


async def test_filters(served: Served) -> None:
    await done(served, "planProject", **new(name="甲", plannedCompletion="2022-06-30", taskForce="专班"))
    await done(
        served, "planProject", **new(name="乙", kind="core.livelihood", level="PROVINCE", division=EAST)
    )
    third = (
        await done(
            served,
            "planProject",
            **new(name="丙", level="CITY", division=WEST_VILLAGE, plannedCompletion="2023-01-31"),
        )
    )["id"]
    await done(served, "beginProject", project=third)
    for test, found in (
        ("{}", ["甲", "乙", "丙"]),
        ("{late: true}", ["甲"]),
        ("{late: false}", ["乙", "丙"]),
        ("{state: STARTED}", ["丙"]),
        ('{kind: "core.livelihood"}', ["乙"]),
        ("{livelihood: true}", ["乙", "丙"]),
        ("{livelihood: false}", ["甲"]),
        ("{level: PROVINCE}", ["乙"]),
        ('{taskForce: "专班"}', ["甲"]),
        ('{plugin: "core"}', ["甲", "乙", "丙"]),
        ('{plugin: "cor"}', []),
        ('{division: "%s"}' % EAST, ["乙"]),
        ('{dueBy: "2022-12-31"}', ["甲", "乙"]),
        ('{name: "乙"}', ["乙"]),
        ("{or: [{late: true}, {state: STARTED}]}", ["甲", "丙"]),
        ("{facility: FUNERAL_HOME}", ["甲", "乙", "丙"]),
    ):
        assert await names(served, test) == found, test
    query = (
        "{ projects(orderBy: [{field: NAME, direction: DESC}], first: 2) "
        "{ edges { node { name } } pageInfo { hasNextPage } } }"
    )
    page = (await served.both(query))[0]["data"]["projects"]
    assert ([e["node"]["name"] for e in page["edges"]], page["pageInfo"]["hasNextPage"]) == (
        ["甲", "乙"],
        True,
    )


async def test_who_sees_which_project(served: Served) -> None:
    east = (await done(served, "planProject", **new(division=EAST)))["id"]
    village = (await done(served, "planProject", **new(division=EAST_VILLAGE)))["id"]
    city = (await done(served, "planProject", **new()))["id"]
    await done(served, "recordProjectPayment", project=east, amount="1")
    neighbour = officer(served.service.host, UserRole.CITY_OFFICER, NEIGHBOUR)
    for caller, seen in (
        ("city", {east, village, city}), ("town", {east, village}), ("village", {village}),
        ("other town", set()), ("auditor", set()), ("nobody", set()), (neighbour, set()),
    ):  # fmt: skip
        assert await listed(served, caller, "projects") == seen, caller
        for id_ in (east, village, city):
            query = '{ project(id: "%s") { payments { amount } } node(id: "%s") { id } }' % (id_, id_)
            answer = await served.ask(query, caller)
            assert (answer["data"]["project"] is not None) == (id_ in seen)
            assert (answer["data"]["node"] is not None) == (id_ in seen)
    query = '{ projects(filter: {division: "%s"}) { totalCount } }' % NEIGHBOUR_VILLAGE
    answer, _ = await served.both(query)
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN_SCOPE"


async def test_a_project_entered_by_mistake(served: Served) -> None:
    id_ = (await done(served, "planProject", **new()))["id"]
    voided = await done(served, "voidProject", project=id_)
    assert voided["voidedAt"] is not None
    assert await names(served) == []
    assert await at(served, id_, "2022-11-30") is None
    for verb, fields in (
        ("voidProject", {}), ("beginProject", {}), ("correctProject", {"name": "新"}),
        ("recordProgress", {"percent": 1}), ("recordProjectPayment", {"amount": "1"}),
    ):  # fmt: skip
        assert await refused(served, verb, project=id_, **fields) == ["PROJECT_VOIDED project"]
    fields = {"name": "节点", "owner": "甲", "due": "2022-12-01"}
    assert await refused(served, "addMilestone", project=id_, **fields) == ["PROJECT_VOIDED project"]
    assert await refused(served, "recordFunding", project=id_, source="省", amount="1") == [
        "PROJECT_VOIDED project"
    ]


async def test_the_tasks_of_a_project_follow_its_plan(served: Served) -> None:
    id_ = (await done(served, "planProject", **new()))["id"]
    assert [(t.state, t.due_on) for t in await rows(served, Task)] == [("PLANNED", date(2022, 1, 10))]
    await done(served, "beginProject", project=id_, on="2022-02-01")
    await done(served, "correctProject", project=id_, plannedCompletion="2022-12-20")
    open_ = await rows(served, Task, Task.closed_on.is_(None))
    assert [(t.state, t.due_on) for t in open_] == [("STARTED", date(2022, 12, 20))]


async def test_dry_runs_and_repeats(served: Served) -> None:
    tried = await write(served, "planProject", **new(), dryRun=True)
    assert (tried["project"]["state"], tried["dryRun"]) == ("PLANNED", True)
    assert await rows(served, Project) == []
    once = await done(served, "planProject", **new(), idempotencyKey="k")
    again = await done(served, "planProject", **new(), idempotencyKey="k")
    assert again["id"] == once["id"]
    assert len(await rows(served, Project)) == 1


async def test_the_kinds_of_projects(served: Served) -> None:
    answer = await served.ask("{ capabilities { projectKinds { name titleZh livelihood } } }")
    assert answer["data"]["capabilities"]["projectKinds"] == [
        {"name": "core.livelihood", "titleZh": "民生实事", "livelihood": True},
        {"name": "core.construction", "titleZh": "建设项目", "livelihood": False},
    ]
    assert isinstance(served.service.host, Host)
