"""What a project costs, how far it is, its meetings, milestones and funding, through GraphQL, on both databases."""

from __future__ import annotations

import asyncio

from core.access.models import AuditEntry
from core.codes.sets import UserRole
from tests.schema.asking import rows
from tests.schema.conftest import Served
from tests.schema.projects import at, done, new, refused, write
from tests.schema.small_city import (
    CITY,
    EAST,
    NEIGHBOUR,
    officer,
)


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
