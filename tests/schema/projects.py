"""Writing and reading projects in tests."""

from __future__ import annotations

from typing import Any

from tests.schema.asking import reasons
from tests.schema.conftest import Served
from tests.schema.small_city import (
    CITY,
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
