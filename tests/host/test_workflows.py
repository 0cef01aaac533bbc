"""A plugin's workflow: what its declaration alone brings about, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from core.access.models import AuditEntry
from core.codes.sets import UserRole
from core.ids import typed
from core.workflow.automatic import make_due
from core.workflow.models import Task
from minzheng.testing import Matrix
from schema.service import GraphQLService
from tests.host.conftest import DISTRICT, FIRST, SECOND, TODAY, City
from tests.over_http import Http, over_http

TOWN = "410189101000"


@pytest.fixture(scope="module")
def plugins(pets: tuple[str, ...]) -> tuple[str, ...]:
    return pets


@pytest.fixture
async def http(pets: tuple[str, ...], database_url: str, tmp_path: Path) -> AsyncIterator[Http]:
    async with over_http(database_url, tmp_path, pets, TODAY) as http:
        yield http


@pytest.fixture
async def town(http: Http) -> City:
    """Two families of two towns, the first with a dog."""
    from minzheng_pets.service import register_dog

    city = City(http.running)
    await city.fill()
    async with http.running.work() as work:
        city.dog = await register_dog(work, city.homes[0], city.persons[0], "阿黄", "P-1")  # type: ignore[attr-defined]
    return city


async def test_every_transition_from_every_state_by_every_role(http: Http, town: City) -> None:
    from minzheng_pets.graphql.permits import permit_of
    from minzheng_pets.workflows import PERMIT

    from core.workflow.service import start

    async def make(work: Any) -> Any:
        return await start(work, PERMIT, permit_of(town.dog, TODAY))  # type: ignore[attr-defined]

    matrix = Matrix(PERMIT, "PetsPermit", make)
    cases = matrix.cases()
    assert len(cases) == 5 * 4 * len(UserRole)
    for case in cases:
        await matrix.check(http.running, case, http.ask)


APPLY = """
mutation ($input: ApplyForPetsPermitInput!) { applyForPetsPermit(input: $input) {
  permit { id state version actions deadlines { name dueOn } } errors { code }
} }
"""
VERB = """
mutation ($input: %sPetsPermitInput!) { %sPetsPermit(input: $input) {
  permit { id state history { verb actor late reason } deadlines { dueOn extended metOn } } errors { code field }
} }
"""
TASKS = """
query ($filter: TaskFilter) { tasks(filter: $filter) { totalCount edges { node {
  id title plugin state dueOn overdue waitsFor assignee subject division { code }
} } } }
"""


async def asked(http: Http, query: str, role: str, division: str = DISTRICT, **variables: Any) -> Any:
    answer = await http.ask(query, variables, UserRole[role], division)
    assert "errors" not in answer, answer
    return next(iter(answer["data"].values()))


async def applied(http: Http, town: City, **more: Any) -> Any:
    given = {"dog": typed("pets_dog", town.dog.id), **more}  # type: ignore[attr-defined]
    return await asked(http, APPLY, "TOWN_OFFICER", TOWN, input=given)


async def moved(http: Http, verb: str, permit: str, role: str, division: str = DISTRICT, **more: Any) -> Any:
    query = VERB % (verb.capitalize(), verb)
    return await asked(http, query, role, division, input={"permit": permit, **more})


async def tasks(http: Http, role: str, division: str = DISTRICT, /, **wanted: Any) -> Any:
    found = await asked(http, TASKS, role, division, filter=wanted)
    assert found["totalCount"] == len(found["edges"])
    return [edge["node"] for edge in found["edges"]]


async def test_from_application_to_permit(http: Http, town: City) -> None:
    made = (await applied(http, town))["permit"]
    # Wed 2022-11-30: three working days to inspect, ten to decide.
    assert made["deadlines"] == [{"name": "decision", "dueOn": "2022-12-14"}]
    assert (made["state"], made["actions"]) == ("ASKED", ["inspect"])
    (task,) = await tasks(http, "TOWN_OFFICER", TOWN, mine=True)
    assert (task["dueOn"], task["waitsFor"], task["subject"]) == ("2022-12-05", ["TOWN_OFFICER"], made["id"])
    assert (task["plugin"], task["state"], task["overdue"]) == ("pets", "ASKED", False)
    assert await tasks(http, "CITY_OFFICER", mine=True) == []
    assert len(await tasks(http, "CITY_OFFICER", waitsFor="TOWN_OFFICER")) == 1

    done = await moved(http, "inspect", made["id"], "TOWN_OFFICER", TOWN)
    assert (done["permit"]["state"], done["errors"]) == ("INSPECTED", [])
    (task,) = await tasks(http, "CITY_OFFICER", mine=True)
    assert (task["waitsFor"], task["dueOn"]) == (["CITY_OFFICER"], "2022-12-14")  # the deadline that runs
    longer = await moved(http, "extend", made["id"], "CITY_LEADER", reason="待补充材料。")
    assert longer["permit"]["deadlines"] == [{"dueOn": "2022-12-28", "extended": True, "metOn": None}]
    (task,) = await tasks(http, "CITY_OFFICER", mine=True)
    assert task["dueOn"] == "2022-12-28"
    done = await moved(http, "grant", made["id"], "CITY_OFFICER")
    assert [step["verb"] for step in done["permit"]["history"]] == ["start", "inspect", "extend", "grant"]
    assert done["permit"]["deadlines"][0]["metOn"] == "2022-11-30"
    assert await tasks(http, "CITY_OFFICER") == []


async def test_what_is_refused(http: Http, town: City) -> None:
    made = (await applied(http, town))["permit"]

    async def codes(verb: str, role: str, division: str = DISTRICT, **more: Any) -> list[str]:
        answer = await moved(http, verb, made["id"], role, division, **more)
        assert answer["permit"] is None
        return [error["code"] for error in answer["errors"]]

    assert await codes("grant", "CITY_OFFICER") == ["STATE_INVALID"]
    assert await codes("refuse", "CITY_OFFICER", reason="  ") == ["REASON_MISSING"]
    assert await codes("inspect", "TOWN_OFFICER", "410189102000") == ["NOT_FOUND"]
    assert await codes("inspect", "TOWN_OFFICER", TOWN, expectedVersion=made["version"] + 1) == ["CONFLICT"]
    assert await codes("inspect", "AUDITOR") == ["NOT_FOUND"]
    assert await codes("inspect", "VILLAGE_WORKER", FIRST) == ["FORBIDDEN"]
    assert (await tasks(http, "TOWN_OFFICER", TOWN))[0]["state"] == "ASKED"


async def test_four_eyes_are_two_people(http: Http, town: City) -> None:
    """Somebody with both roles may not grant what they inspected; the second officer may."""
    from core.access import service as access

    made = (await applied(http, town))["permit"]
    async with http.running.work() as work:
        user = await access.user_named(work.session, "both-roles", work.clock, "", "test")
        for role in (UserRole.TOWN_OFFICER, UserRole.CITY_OFFICER):
            await access.grant(
                work.session, user, DISTRICT, work.clock, role=role, by="test", valid_from=TODAY
            )
    principal = await _principal(http, "both-roles")
    first = await _as(http, principal, "inspect", made["id"])
    assert first["errors"] == []
    second = await _as(http, principal, "grant", made["id"])
    assert [error["code"] for error in second["errors"]] == ["FOUR_EYES"]
    assert (await moved(http, "grant", made["id"], "CITY_OFFICER"))["errors"] == []


async def _principal(http: Http, subject: str) -> Any:
    from core.access.service import principal_of

    runtime = http.runtime
    async with runtime.database.reading() as session:
        return await principal_of(session, subject, runtime.host.permissions, TODAY, None)


async def _as(http: Http, principal: Any, verb: str, permit: str) -> Any:
    import orjson

    from schema.request import GraphQLRequest

    query = VERB % (verb.capitalize(), verb)
    request = GraphQLRequest(query, principal, {"input": {"permit": permit}})
    answer = orjson.loads((await http.runtime.graphql.execute(request)).body)
    return next(iter(answer["data"].values()))


async def test_a_second_click_and_a_dry_run(http: Http, town: City) -> None:
    dry = await applied(http, town, dryRun=True)
    assert dry["permit"]["state"] == "ASKED"
    assert await tasks(http, "TOWN_OFFICER", TOWN) == []
    made = (await applied(http, town, idempotencyKey="a"))["permit"]
    again = (await applied(http, town, idempotencyKey="a"))["permit"]
    assert again["id"] == made["id"]
    once = await moved(http, "inspect", made["id"], "TOWN_OFFICER", TOWN, idempotencyKey="b")
    twice = await moved(http, "inspect", made["id"], "TOWN_OFFICER", TOWN, idempotencyKey="b")
    assert once == twice
    assert len(once["permit"]["history"]) == 2
    assert (await moved(http, "inspect", made["id"], "TOWN_OFFICER", TOWN))["errors"][0][
        "code"
    ] == "STATE_INVALID"


CLAIM = "mutation ($input: %sTaskInput!) { %sTask(input: $input) { task { assignee } errors { code } } }"


async def test_a_task_is_taken_by_one(http: Http, town: City) -> None:
    await applied(http, town)
    (task,) = await tasks(http, "TOWN_OFFICER", TOWN)

    async def asks(verb: str, role: str, division: str) -> Any:
        query = CLAIM % (verb.capitalize(), verb)
        found = await asked(http, query, role, division, input={"task": task["id"]})
        return found["task"] and found["task"]["assignee"], [error["code"] for error in found["errors"]]

    assert await asks("claim", "CITY_OFFICER", DISTRICT) == (None, ["FORBIDDEN"])
    taken, errors = await asks("claim", "TOWN_OFFICER", TOWN)
    assert (bool(taken), errors) == (True, [])
    assert (await asks("claim", "TOWN_OFFICER", TOWN))[1] == []  # the second click
    # Another officer, whose reach is the whole city.
    assert await asks("claim", "TOWN_OFFICER", DISTRICT) == (None, ["TASK_TAKEN"])
    assert len(await tasks(http, "TOWN_OFFICER", TOWN, mine=True)) == 1
    assert await tasks(http, "TOWN_OFFICER", mine=True) == []
    assert await asks("release", "TOWN_OFFICER", DISTRICT) == (None, ["TASK_TAKEN"])
    assert await asks("release", "TOWN_OFFICER", TOWN) == (None, [])
    assert len(await tasks(http, "TOWN_OFFICER", mine=True)) == 1


async def test_who_sees_a_task(http: Http, town: City) -> None:
    await applied(http, town)
    for role, division, count in (
        ("TOWN_OFFICER", TOWN, 1),
        ("VILLAGE_WORKER", FIRST, 1),
        ("VILLAGE_WORKER", SECOND, 0),
        ("TOWN_OFFICER", "410189102000", 0),
        ("CITY_OFFICER", "410190000000", 0),
        ("AUDITOR", DISTRICT, 0),
        ("CITIZEN", DISTRICT, 0),
    ):
        assert len(await tasks(http, role, division)) == count, (role, division)


async def test_due_today_and_overdue(http: Http, town: City) -> None:
    await applied(http, town)
    assert len(await tasks(http, "TOWN_OFFICER", due="WEEK")) == 1
    assert await tasks(http, "TOWN_OFFICER", due="TODAY") == []
    async with http.running.work() as work:
        task = (await work.session.scalars(select(Task))).one()
        task.due_on = TODAY
    assert len(await tasks(http, "TOWN_OFFICER", due="TODAY")) == 1
    assert await tasks(http, "TOWN_OFFICER", due="OVERDUE") == []


async def test_nobody_inspected_for_sixty_days(http: Http, town: City) -> None:
    from minzheng_pets.models import PetsPermit
    from minzheng_pets.workflows import PERMIT

    made = (await applied(http, town))["permit"]
    for entered, lapsed in ((date(2022, 10, 1), 0), (date(2022, 9, 30), 1), (date(2022, 9, 30), 0)):
        async with http.running.work() as work:
            permit = (await work.session.scalars(select(PetsPermit))).one()
            permit.entered_on = entered
            await work.flush()
            assert (await make_due(work, PERMIT)).made == lapsed
    assert await tasks(http, "TOWN_OFFICER") == []
    async with http.running.work() as work:
        permit = (await work.session.scalars(select(PetsPermit))).one()
        assert (permit.state, typed("pets_permit", permit.id)) == ("LAPSED", made["id"])


async def test_two_officers_on_one_case(http: Http, town: City) -> None:
    """Whoever comes second, at the same moment or later, is told; one step is made."""
    made = (await applied(http, town))["permit"]
    # Two subjects, as the reach is part of who a development token is.
    officers = (moved(http, "inspect", made["id"], "TOWN_OFFICER", place) for place in (TOWN, DISTRICT))
    both = await asyncio.gather(*officers)
    codes = sorted(error["code"] for answer in both for error in answer["errors"])
    assert len(codes) == 1
    assert set(codes) <= {"CONFLICT", "STATE_INVALID"}
    winner = next(answer["permit"] for answer in both if answer["permit"])
    assert len(winner["history"]) == 2


async def test_both_paths_show_the_same_tasks(
    http: Http, town: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    await applied(http, town)
    wanted: list[dict[str, Any]] = [
        {},
        {"mine": True},
        {"mine": False},
        {"not": {"mine": True}},
        {"due": "WEEK", "plugin": "pets"},
        {"waitsFor": "TOWN_OFFICER"},
        {"division": FIRST},
    ]
    callers = [("TOWN_OFFICER", TOWN), ("CITY_OFFICER", DISTRICT), ("SYSTEM", "000000000000")]
    planned = [await tasks(http, role, place, **f) for f in wanted for role, place in callers]

    async def never(*_: Any) -> None:
        return None

    monkeypatch.setattr(GraphQLService, "_planned", never)
    assert [await tasks(http, role, place, **f) for f in wanted for role, place in callers] == planned
    assert sum(map(len, planned)) >= 12


async def test_everything_is_audited(http: Http, town: City) -> None:
    made = (await applied(http, town))["permit"]
    await moved(http, "inspect", made["id"], "TOWN_OFFICER", TOWN)
    async with http.runtime.database.reading() as session:
        query = select(func.count()).where(
            AuditEntry.action.in_(["pets.permit.start", "pets.permit.inspect"])
        )
        assert await session.scalar(query) == 2
