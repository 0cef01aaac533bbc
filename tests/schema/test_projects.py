"""Projects through GraphQL, on both databases: their course, their money, their progress, and late by the clock."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

from core.access.models import AuditEntry
from core.codes.sets import UserRole
from core.host import Host
from core.projects.models import Project, ProjectVersion
from core.workflow.models import Task
from tests.schema.asking import audited, listed, reasons, rows, rows_of
from tests.schema.conftest import Served
from tests.schema.living import on_day
from tests.schema.small_city import (
    CITY,
    EAST,
    EAST_VILLAGE,
    NEIGHBOUR,
    NEIGHBOUR_VILLAGE,
    WEST_VILLAGE,
    officer,
)

PROJECT = (
    "project { id kind kindTitle state name owner taskForce level facility approvedOn plannedStart plannedCompletion "
    "actualStart actualCompletion operationDate late daysLate daysToOperation budget paid areaM2 percent actions "
    "version voidedAt organization { name } division { code } "
    "milestones { id name due reachedOn result overdue } fundings { id source amount wonOn } "
    "payments { id amount paidOn purpose } history { verb source target madeOn reason dueOn late } "
    "deadlines { name dueOn metOn } "
    "progress { totalCount edges { node { id reportedOn percent issue due reason meeting { chair } } } } }"
)
MEETING = (
    "meeting { id heldOn chair taskForce summary division { code } "
    "progress { edges { node { percent issue due project { name } } } } }"
)
ENTITY = {
    "addMilestone": "milestone { id name due reachedOn overdue subject project { name } }",
    "reachMilestone": "milestone { id reachedOn result }",
    "voidMilestone": "milestone { id voidedAt }",
    "recordFunding": "funding { id kind source amount wonOn project { name } division { code } }",
    "correctFunding": "funding { id source amount wonOn }",
    "voidFunding": "funding { id voidedAt }",
    "recordProjectPayment": "payment { id amount paidOn project { paid version } }",
    "voidProjectPayment": "payment { id voidedAt project { paid } }",
    "recordProgress": "progress { id percent project { percent } }",
    "voidProgress": "progress { id voidedAt project { percent } }",
    "holdDispatchMeeting": MEETING,
    "voidDispatchMeeting": "meeting { id voidedAt }",
}


async def write(served: Served, verb: str, caller: Any = "city", **fields: Any) -> Any:
    query = "mutation M($i: %sInput!) { m: %s(input: $i) { errors { code field message } dryRun %s } }" % (
        verb[0].upper() + verb[1:],
        verb,
        ENTITY.get(verb, PROJECT),
    )
    found = await served.ask(query, caller, variables={"i": fields})
    assert "errors" not in found, found
    return found["data"]["m"]


async def done(served: Served, verb: str, caller: Any = "city", **fields: Any) -> Any:
    payload = await write(served, verb, caller, **fields)
    assert payload["errors"] == [], payload
    return payload[ENTITY.get(verb, PROJECT).split(" ", 1)[0]]


async def refused(served: Served, verb: str, caller: Any = "city", **fields: Any) -> list[str]:
    payload = await write(served, verb, caller, **fields)
    assert payload[ENTITY.get(verb, PROJECT).split(" ", 1)[0]] is None, payload
    return reasons(payload)


def new(**changes: Any) -> dict[str, Any]:
    """What a funeral home says when it is planned."""
    base = {
        "kind": "core.construction",
        "division": CITY,
        "name": "殡仪馆迁建",
        "owner": "社会事务科",
        "facility": "FUNERAL_HOME",
        "plannedStart": "2022-01-10",
        "plannedCompletion": "2022-12-31",
        "budget": "1000.00",
        "on": "2022-01-01",
    }
    return {**base, **changes}


async def at(served: Served, id_: str, as_of: str | None = None, known_at: str | None = None) -> Any:
    query = "query P($id: ID!, $asOf: Date, $knownAt: DateTime) { project(id: $id, asOf: $asOf, knownAt: $knownAt) { "
    query += PROJECT.split("{", 1)[1].rsplit("}", 1)[0] + "} }"
    answer, explain = await served.both(query, variables={"id": id_, "asOf": as_of, "knownAt": known_at})
    assert explain["planned"]
    assert explain["statementCount"] == 1
    assert "errors" not in answer, answer
    return answer["data"]["project"]


async def names(served: Served, filter_: str = "{}", caller: Any = "city") -> list[str]:
    query = (
        "{ projects(filter: %s, first: 100) { totalCount edges { node { name late daysLate } } } }" % filter_
    )
    answer, explain = await served.both(query, caller)
    assert explain["statementCount"] == 1
    page = answer["data"]["projects"]
    assert page["totalCount"] == len(page["edges"])
    return [edge["node"]["name"] for edge in page["edges"]]


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


async def test_what_is_paid_is_the_sum_and_within_the_budget(served: Served) -> None:
    id_ = (await done(served, "planProject", **new()))["id"]
    first = await done(
        served, "recordProjectPayment", project=id_, amount="400.10", on="2022-03-31", purpose="首付款"
    )
    assert first["project"]["paid"] == "400.10"
    await done(served, "recordProjectPayment", project=id_, amount="599.90", on="2022-02-28")
    assert [(await at(served, id_, d))["paid"] for d in ("2022-02-27", "2022-02-28", "2022-03-31")] == [
        "0.00", "599.90", "1000.00"
    ]  # fmt: skip
    for fields, reason in (
        ({"amount": "0.01"}, "BUDGET_EXCEEDED amount"),
        ({"amount": "0"}, "PROJECT_AMOUNT amount"),
        ({"amount": "0.001"}, "PROJECT_AMOUNT amount"),
        ({"amount": "1", "on": "2022-12-01"}, "DATE_FUTURE on"),
        ({"amount": "1", "on": "2021-12-31"}, "DATE_ORDER on"),
        ({"amount": "1", "expectedVersion": 1}, "CONFLICT expectedVersion"),
    ):
        assert await refused(served, "recordProjectPayment", project=id_, **fields) == [reason]
    assert await refused(served, "correctProject", project=id_, budget="999.99") == ["BUDGET_EXCEEDED budget"]
    gone = await done(served, "voidProjectPayment", payment=first["id"])
    assert gone["project"]["paid"] == "599.90"
    assert await refused(served, "voidProjectPayment", payment=first["id"]) == ["FACT_VOIDED payment"]
    found = await at(served, id_)
    assert [(p["amount"], p["paidOn"]) for p in found["payments"]] == [("599.90", "2022-02-28")]
    await done(served, "correctProject", project=id_, budget=None)
    await done(served, "recordProjectPayment", project=id_, amount="999999.99")
    assert await refused(served, "recordProjectPayment", "town", project=id_, amount="1") == [
        "NOT_FOUND project"
    ]


async def test_two_payments_at_once_stay_within_the_budget(served: Served) -> None:
    id_ = (await done(served, "planProject", **new()))["id"]
    pay = {"project": id_, "amount": "600.00"}
    payloads = await asyncio.gather(*(write(served, "recordProjectPayment", **pay) for _ in range(3)))
    codes = [error["code"] for payload in payloads for error in payload["errors"]]
    assert len(codes) == 2
    assert set(codes) <= {"BUDGET_EXCEEDED", "CONFLICT"}
    assert (await at(served, id_))["paid"] == "600.00"


async def test_the_audit_of_a_project_says_what_was_done_but_no_texts(served: Served) -> None:
    id_ = (await done(served, "planProject", **new()))["id"]
    await done(served, "beginProject", project=id_, reason="好")
    await done(served, "recordProjectPayment", project=id_, amount="1.00", purpose="首付款")
    await done(served, "correctProject", project=id_, name="新馆", owner="新人")
    entries = [entry for entry in await rows(served, AuditEntry) if "project" in entry.action]
    assert [entry.action for entry in entries] == [
        "core.project.start", "core.project.begin", "project.paid", "project.corrected"
    ]  # fmt: skip
    assert entries[-1].fields == ["name", "owner"]
    told = str([(entry.fields, entry.details, entry.purpose) for entry in entries])
    assert not any(text in told for text in ("好", "首付款", "新馆", "新人", "1.00"))


async def test_percent_never_falls_without_a_reason(served: Served) -> None:
    id_ = (await done(served, "planProject", **new(division=EAST)))["id"]
    await done(
        served,
        "recordProgress",
        "town",
        project=id_,
        percent=40,
        on="2022-05-31",
        issue="缺资金",
        due="2022-06-30",
    )
    second = await done(served, "recordProgress", project=id_, percent=60, on="2022-07-31")
    assert second["project"]["percent"] == 60
    for fields, reason in (
        ({"percent": 59}, "PERCENT_FALLS reason"),
        ({"percent": 59, "reason": " "}, "PERCENT_FALLS reason"),
        ({"percent": 61, "on": "2022-06-15"}, "PERCENT_FALLS percent"),
        ({"percent": 101}, "PERCENT_RANGE percent"),
        ({"percent": -1}, "PERCENT_RANGE percent"),
        ({"percent": 70, "due": "2022-11-29"}, "DATE_ORDER due"),
        ({"percent": 70, "issue": ""}, "TEXT_LENGTH issue"),
        ({"percent": 70, "on": "2022-12-01"}, "DATE_FUTURE on"),
        ({"percent": 70, "on": "2021-12-31"}, "DATE_ORDER on"),
        ({"percent": 70, "meeting": "dispatch_meeting_" + "0" * 32}, "NOT_FOUND meeting"),
        ({"percent": 70, "expectedVersion": 1}, "CONFLICT expectedVersion"),
    ):
        assert await refused(served, "recordProgress", project=id_, **fields) == [reason]
    await done(served, "recordProgress", project=id_, percent=50, on="2022-06-15")
    fell = await done(served, "recordProgress", project=id_, percent=55, reason="返工")
    found = await at(served, id_)
    assert [e["node"]["percent"] for e in found["progress"]["edges"]] == [55, 60, 50, 40]
    assert [(await at(served, id_, d))["percent"] for d in ("2022-05-30", "2022-06-15", "2022-11-30")] == [
        None,
        50,
        55,
    ]
    assert (await done(served, "voidProgress", progress=fell["id"]))["project"]["percent"] == 60
    assert await refused(served, "voidProgress", progress=fell["id"]) == ["FACT_VOIDED progress"]


async def test_what_is_completed_is_whole(served: Served) -> None:
    id_ = (await done(served, "planProject", **new()))["id"]
    await done(served, "beginProject", project=id_, on="2022-02-01")
    await done(served, "recordProgress", project=id_, percent=90, on="2022-09-01")
    await done(served, "completeProject", project=id_, on="2022-10-01")
    assert [(await at(served, id_, d))["percent"] for d in ("2022-09-30", "2022-10-01")] == [90, 100]
    after = {"project": id_, "percent": 95, "on": "2022-11-01"}
    assert await refused(served, "recordProgress", **after) == ["PERCENT_FALLS reason"]
    await done(served, "recordProgress", **after, reason="返工")
    assert (await at(served, id_))["percent"] == 95
    await done(served, "correctProject", project=id_, actualCompletion="2022-11-02")
    assert [(await at(served, id_, d))["percent"] for d in ("2022-11-01", "2022-11-02")] == [95, 100]


async def test_a_dispatch_meeting(served: Served) -> None:
    home = (await done(served, "planProject", **new()))["id"]
    other = (await done(served, "planProject", **new(name="敬老院", division=EAST)))["id"]
    said = [
        {"project": home, "percent": 80, "issue": "设备未到", "due": "2022-12-10"},
        {"project": other, "percent": 30},
    ]
    meeting = {"division": CITY, "chair": "局长", "taskForce": "民生项目专班", "on": "2022-11-20"}
    leader = officer(served.service.host, UserRole.CITY_LEADER, CITY)
    held = await done(served, "holdDispatchMeeting", leader, **meeting, progress=said)
    found = {e["node"]["project"]["name"]: e["node"]["percent"] for e in held["progress"]["edges"]}
    assert found == {"殡仪馆迁建": 80, "敬老院": 30}
    fell = [{"project": home, "percent": 79}]
    assert await refused(served, "holdDispatchMeeting", **meeting, progress=fell) == [
        "PERCENT_FALLS progress.0.reason"
    ]
    twice = [said[1], said[1]]
    assert await refused(served, "holdDispatchMeeting", **meeting, progress=twice) == [
        "PROJECT_TWICE progress"
    ]
    for fields, reason in (
        ({"chair": ""}, "TEXT_LENGTH chair"),
        ({"on": "2022-12-01"}, "DATE_FUTURE on"),
        ({"division": NEIGHBOUR}, "FORBIDDEN_SCOPE division"),
    ):
        assert await refused(served, "holdDispatchMeeting", **{**meeting, **fields}) == [reason]
    assert await refused(served, "holdDispatchMeeting", "town", **meeting) == ["FORBIDDEN"]
    query = (
        '{ dispatchMeetings(filter: {division: "%s", taskForce: "民生项目专班", since: "2022-11-01"}) '
        "{ totalCount edges { node { chair progress { edges { node { percent } } } } } } }" % CITY
    )
    answer, explain = await served.both(query)
    assert answer["data"]["dispatchMeetings"]["totalCount"] == 1
    assert explain["statementCount"] == 1
    await done(served, "voidDispatchMeeting", meeting=held["id"])
    assert (await served.both(query))[0]["data"]["dispatchMeetings"]["totalCount"] == 0
    assert (await at(served, home))["percent"] == 80
    assert await refused(served, "voidDispatchMeeting", meeting=held["id"]) == ["FACT_VOIDED meeting"]


async def test_milestones(served: Served) -> None:
    id_ = (await done(served, "planProject", **new(division=EAST)))["id"]
    fields = {"project": id_, "name": "主体封顶", "owner": "施工方", "due": "2022-11-29"}
    made = await done(served, "addMilestone", "town", **fields)
    assert (made["overdue"], made["project"]["name"], made["subject"]) == (True, "殡仪馆迁建", id_)
    assert [m["overdue"] for m in (await at(served, id_, "2022-11-29"))["milestones"]] == [False]
    for bad, reason in (({"name": ""}, "TEXT_LENGTH name"), ({"owner": ""}, "TEXT_LENGTH owner")):
        assert await refused(served, "addMilestone", **{**fields, **bad}) == [reason]
    assert await refused(served, "addMilestone", "other town", **fields) == ["NOT_FOUND project"]
    late = {"milestone": made["id"], "on": "2022-12-01"}
    assert await refused(served, "reachMilestone", **late) == ["DATE_FUTURE on"]
    query = '{ milestones(filter: {reached: %s, dueBy: "2022-11-30"}) { edges { node { name } } } }'
    assert len((await served.both(query % "false"))[0]["data"]["milestones"]["edges"]) == 1
    reached = await done(
        served, "reachMilestone", "town", milestone=made["id"], on="2022-11-28", result="通过验收"
    )
    assert (reached["reachedOn"], reached["result"]) == ("2022-11-28", "通过验收")
    assert await refused(served, "reachMilestone", milestone=made["id"]) == ["MILESTONE_REACHED milestone"]
    assert len((await served.both(query % "true"))[0]["data"]["milestones"]["edges"]) == 1
    await done(served, "voidMilestone", milestone=made["id"])
    assert await refused(served, "voidMilestone", milestone=made["id"]) == ["FACT_VOIDED milestone"]
    assert (await at(served, id_))["milestones"] == []


async def test_money_that_was_won(served: Served) -> None:
    id_ = (await done(served, "planProject", **new(division=EAST)))["id"]
    won = await done(
        served,
        "recordFunding",
        project=id_,
        source="省级福彩",
        amount="500.00",
        on="2022-06-30",
    )
    assert (won["kind"], won["project"]["name"], won["division"]["code"]) == (
        "core.construction",
        "殡仪馆迁建",
        EAST,
    )
    free = {"source": "中央预算内", "amount": "20.00", "kind": "core.livelihood", "division": CITY}
    assert (await done(served, "recordFunding", **free))["wonOn"] == "2022-11-30"
    for fields, reason in (
        ({"kind": None}, "INPUT_EMPTY kind"),
        ({"division": None}, "INPUT_EMPTY division"),
        ({"kind": "core.zoo"}, "PROJECT_KIND_UNKNOWN kind"),
        ({"source": ""}, "TEXT_LENGTH source"),
        ({"amount": "0"}, "PROJECT_AMOUNT amount"),
        ({"on": "2022-12-01"}, "DATE_FUTURE on"),
        ({"division": NEIGHBOUR}, "FORBIDDEN_SCOPE division"),
        ({"division": "410189101299"}, "DIV_UNKNOWN division"),
    ):
        assert await refused(served, "recordFunding", **{**free, **fields}) == [reason]
    assert await refused(served, "recordFunding", "town", **free) == ["FORBIDDEN"]
    again = await done(served, "correctFunding", funding=won["id"], amount="600.00")
    assert (again["amount"], again["source"], again["wonOn"]) == ("600.00", "省级福彩", "2022-06-30")
    assert await refused(served, "correctFunding", funding=won["id"], amount="1") == ["FACT_VOIDED funding"]
    assert await refused(served, "correctFunding", funding=again["id"]) == ["INPUT_EMPTY"]
    assert await refused(served, "correctFunding", funding=again["id"], amount="0") == [
        "PROJECT_AMOUNT amount"
    ]
    assert await refused(served, "correctFunding", funding=again["id"], on="2022-12-01") == ["DATE_FUTURE on"]
    query = '{ fundings(filter: {since: "2022-01-01"}) { edges { node { amount } } } }'
    answer, explain = await served.both(query)
    assert [e["node"]["amount"] for e in answer["data"]["fundings"]["edges"]] == ["20.00", "600.00"]
    assert explain["statementCount"] == 1
    await done(served, "voidFunding", funding=again["id"])
    assert await refused(served, "voidFunding", funding=again["id"]) == ["FACT_VOIDED funding"]
    assert (await at(served, id_))["fundings"] == []


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
