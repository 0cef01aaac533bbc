"""A third party's plugin, installed as one, on both databases."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import func, select

import core
from core.codes.sets import UserRole
from core.db import Base
from core.districts import Districts
from core.divisions.service import NewDivision, open_divisions
from core.events.models import FailedHook, LifeEvent, LifeEventConsequence
from core.households.models import HouseholdMember
from core.ids import typed
from core.persons.models import Person
from migrations.author import include_object
from migrations.run import async_downgrade, async_pending, async_upgrade
from schema.service import GraphQLService

Ask = Callable[..., Awaitable[Any]]


@pytest.fixture(scope="module")
def plugins(pets: tuple[str, ...]) -> tuple[str, ...]:
    return pets


REGISTER = """
mutation ($input: RegisterPetsDogInput!) {
  registerPetsDog(input: $input) {
    dog { id name licence registeredOn owner { id } household { id } } errors { code field message } dryRun
  }
}
"""
MOVE = """
mutation ($input: RecordMoveInput!) {
  recordMove(input: $input) { person { id residenceDivision { code } } errors { code field message } }
}
"""


def dog_input(city: Any, index: int, name: str, licence: str, **more: Any) -> dict[str, Any]:
    home = {0: 0, 2: 1, 3: 2}[index]
    return {
        "household": typed("household", city.homes[home].id),
        "owner": typed("person", city.persons[index].id),
        "name": name,
        "licence": licence,
        **more,
    }


async def register_dog(city: Any, index: int, name: str, licence: str, **more: Any) -> Any:
    variables = {"input": dog_input(city, index, name, licence, **more)}
    return (await city.running.execute(REGISTER, variables=variables))["data"]["registerPetsDog"]


@pytest.fixture
async def dogs(city: Any) -> Any:
    """Three dogs: two of the first family, one of the second."""
    await register_dog(city, 0, "阿黄", "P-1", on="2022-01-05")
    await register_dog(city, 0, "小黑", "P-2", on="2022-03-05")
    await register_dog(city, 2, "旺财", "P-3", on="2022-02-05")
    return city


@pytest.fixture
def both_paths(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Awaitable[Any]]:
    """Ask on the planner's path and on graphql-core's, and demand the same answer."""

    async def unplanned(*_arguments: Any) -> None:
        return None

    async def ask(city: Any, query: str, **options: Any) -> Any:
        planned = await city.running.execute(query, **options)
        explain = planned.pop("extensions")["explain"]
        assert explain["planned"], explain["reason"]
        assert explain["statementCount"] == 1
        with monkeypatch.context() as patched:
            patched.setattr(GraphQLService, "_planned", unplanned)
            ordinary = await city.running.execute(query, **options)
        assert not ordinary.pop("extensions")["explain"]["planned"]
        assert planned == ordinary
        return planned["data"]

    return ask


async def test_the_fields_of_a_person(dogs: Any, both_paths: Ask) -> None:
    query = (
        "{ persons { edges { node { name pets { dogs { name licence owner { id } } "
        'hello: greeting(openingWords: "早上好") greeting } } } } }'
    )
    data = await both_paths(dogs, query)
    found = {edge["node"]["name"]: edge["node"]["pets"] for edge in data["persons"]["edges"]}
    assert [dog["name"] for dog in found["张甲"]["dogs"]] == ["阿黄", "小黑"]
    assert found["张乙"]["dogs"] == []
    assert (found["张甲"]["hello"], found["张乙"]["greeting"]) == ("早上好，先生", "您好，女士")


async def test_a_batched_resolver_is_called_once(
    dogs: Any, both_paths: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from minzheng_pets.graphql import extensions  # installed only while tests run

    calls: list[int] = []
    mapping = extensions.PetsPerson.__strawberry_definition__.get_field("greeting").mapping
    greet = mapping.run

    async def counting(rows: Any, env: Any, **arguments: Any) -> Any:
        calls.append(len(rows))
        return await greet(rows, env, **arguments)

    monkeypatch.setattr(mapping, "run", counting)
    await both_paths(dogs, "{ persons { edges { node { pets { greeting } } } } }")
    assert calls == [4, 4]  # once on each path, whatever the number of rows


async def test_the_fields_of_a_household(dogs: Any, both_paths: Ask) -> None:
    data = await both_paths(
        dogs, "{ households { edges { node { code pets { dogCount latestDog { name } } } } } }"
    )
    found = {edge["node"]["code"]: edge["node"]["pets"] for edge in data["households"]["edges"]}
    assert found == {
        "H0": {"dogCount": 2, "latestDog": {"name": "小黑"}},
        "H2": {"dogCount": 1, "latestDog": {"name": "旺财"}},
        "H3": {"dogCount": 0, "latestDog": None},
    }


LIST = """
query ($filter: PetsDogFilter, $orderBy: [PetsDogOrder!], $first: Int, $after: String) {
  pets { dogs(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    totalCount edges { node { name } } pageInfo { hasNextPage endCursor }
  } }
}
"""


@pytest.mark.parametrize(
    ("variables", "names"),
    [
        ({"orderBy": [{"field": "REGISTERED_ON", "direction": "DESC"}]}, ["小黑", "旺财", "阿黄"]),
        ({"filter": {"division": "410189102000"}}, ["旺财"]),
        ({"filter": {"or": [{"licence": "P-1"}, {"name": "小"}]}}, ["小黑", "阿黄"]),
    ],
)
async def test_the_list(dogs: Any, both_paths: Ask, variables: Any, names: list[str]) -> None:
    page = (await both_paths(dogs, LIST, variables=variables))["pets"]["dogs"]
    assert [edge["node"]["name"] for edge in page["edges"]] == names
    assert page["totalCount"] == len(names)


async def test_the_list_has_pages(dogs: Any, both_paths: Ask) -> None:
    page = (await both_paths(dogs, LIST, variables={"first": 2}))["pets"]["dogs"]
    assert page["pageInfo"]["hasNextPage"]
    after = {"first": 2, "after": page["pageInfo"]["endCursor"]}
    rest = (await both_paths(dogs, LIST, variables=after))["pets"]["dogs"]
    names = [edge["node"]["name"] for edge in (*page["edges"], *rest["edges"])]
    assert names == sorted(["阿黄", "小黑", "旺财"])


async def test_scope_and_permission(dogs: Any, both_paths: Ask) -> None:
    query = "{ pets { dogs { totalCount } } persons { edges { node { pets { dogs { name } } } } } }"
    town = await both_paths(dogs, query, role=UserRole.TOWN_OFFICER, division="410189102000")
    assert town["pets"]["dogs"]["totalCount"] == 1
    auditor = await both_paths(dogs, query, role=UserRole.AUDITOR)
    assert auditor["pets"] is None
    assert {edge["node"]["pets"] for edge in auditor["persons"]["edges"]} == {None}


async def test_a_permission_over_a_part(dogs: Any, both_paths: Ask) -> None:
    grants = {"410189000000": UserRole.AUDITOR, "410189102000": ["pets:read"]}
    query = (
        "{ persons { edges { node { registeredDivision { code } pets { dogs { name } } } } } "
        "households { edges { node { code pets { dogCount } } } } }"
    )
    data = await both_paths(dogs, query, grants=grants)
    seen = [edge["node"]["pets"] for edge in data["persons"]["edges"]]
    assert sorted(seen, key=bool) == [None, None, {"dogs": [{"name": "旺财"}]}]
    homes = {edge["node"]["code"]: edge["node"]["pets"] for edge in data["households"]["edges"]}
    assert homes == {"H0": None, "H2": {"dogCount": 1}}


async def test_a_dog_by_its_id(dogs: Any, both_paths: Ask) -> None:
    made = await register_dog(dogs, 2, "点点", "P-9")
    key = made["dog"]["id"]
    assert key.startswith("pets_dog_")
    query = "query ($id: ID!) { node(id: $id) { __typename id ... on PetsDog { name } } nodes(ids: [$id]) { id } }"
    data = await both_paths(dogs, query, variables={"id": key})
    assert data == {"node": {"__typename": "PetsDog", "id": key, "name": "点点"}, "nodes": [{"id": key}]}
    hidden = await both_paths(dogs, query, variables={"id": key}, division="410189101000")
    assert hidden == {"node": None, "nodes": [None]}


async def count(city: Any, model: Any) -> int:
    async with city.running.database.reading() as session:
        return int(await session.scalar(select(func.count()).select_from(model)))


async def test_the_mutation(city: Any) -> None:
    from minzheng_pets.models import PetsDog

    tried = await register_dog(city, 0, "阿黄", "P-1", dryRun=True)
    assert (tried["dog"]["name"], tried["dryRun"], tried["errors"]) == ("阿黄", True, [])
    assert await count(city, PetsDog) == 0
    made = await register_dog(city, 0, "阿黄", "P-1", idempotencyKey="k1")
    assert made["dog"]["registeredOn"] == "2022-11-30"
    assert made["dog"]["owner"]["id"] == typed("person", city.persons[0].id)
    assert await register_dog(city, 0, "阿黄", "P-1", idempotencyKey="k1") == made
    other = await register_dog(city, 0, "小黑", "P-1", idempotencyKey="k1")
    assert [error["code"] for error in other["errors"]] == ["IDEMPOTENCY_MISMATCH"]
    assert await count(city, PetsDog) == 1


async def test_the_mutation_refuses(city: Any) -> None:
    await register_dog(city, 0, "阿黄", "P-1")
    refused = await register_dog(city, 2, "旺财", "P-1")
    assert refused["dog"] is None
    assert refused["errors"] == [
        {
            "code": "PETS_LICENCE_TAKEN",
            "field": ["input", "licence"],
            "message": "The licence P-1 belongs to another dog.",
        }
    ]
    variables = {"input": dog_input(city, 0, "小黑", "P-2")}
    answer = await city.running.execute(REGISTER, variables=variables, role=UserRole.VILLAGE_WORKER)
    assert answer["data"]["registerPetsDog"]["errors"][0]["code"] == "FORBIDDEN"


async def test_two_dogs_of_one_licence_at_once(city: Any) -> None:
    answers = await asyncio.gather(*(register_dog(city, i, "双", "P-7") for i in (0, 2)))
    codes = [[error["code"] for error in answer["errors"]] for answer in answers]
    assert sorted(codes) == [[], ["PETS_LICENCE_TAKEN"]]


async def move(city: Any, index: int, to: str) -> Any:
    person = typed("person", city.persons[index].id)
    divisions = {"residenceDivision": to, "registeredDivision": to}
    variables = {"input": {"person": person, "on": "2022-11-30", **divisions}}
    return (await city.running.execute(MOVE, variables=variables))["data"]["recordMove"]


async def told(city: Any) -> Any:
    async with city.running.database.reading() as session:
        events = (await session.scalars(select(LifeEvent.id).order_by(LifeEvent.id))).all()
        said = (await session.scalars(select(LifeEventConsequence))).all()
    by_plugins = [row for row in said if row.plugin != "core"]
    return [
        [{"plugin": row.plugin, "text": row.text} for row in by_plugins if row.event_id == key]
        for key in events
    ]


async def test_a_move_takes_the_dogs_along(dogs: Any, both_paths: Ask) -> None:
    assert (await move(dogs, 0, dogs.second))["errors"] == []
    said = {"plugin": "pets", "text": "2 只犬随主人迁移。 2 dogs moved with their owner."}
    assert await told(dogs) == [[said]]
    data = await both_paths(dogs, LIST, variables={"filter": {"division": "410189102000"}})
    assert data["pets"]["dogs"]["totalCount"] == 3


async def test_dogs_follow_a_merged_village(dogs: Any, both_paths: Ask) -> None:
    """Rows that declare `__follows__` say where something is now; nobody has moved, and no event says so."""
    given = {"divisions": [dogs.first], "into": dogs.second, "on": "2022-11-01"}
    query = "mutation ($i: MergeDivisionsInput!) { mergeDivisions(input: $i) { errors { code } } }"
    answer = await dogs.running.execute(query, variables={"i": given})
    assert answer["data"]["mergeDivisions"]["errors"] == []
    assert await told(dogs) == []
    data = await both_paths(dogs, LIST, variables={"filter": {"division": dogs.second}})
    assert data["pets"]["dogs"]["totalCount"] == 3


def life_events(city: Any, monkeypatch: pytest.MonkeyPatch, policy: Any) -> None:
    plugin = city.running.host.plugins["pets"]
    changed = replace(plugin, manifest=replace(plugin.manifest, life_events=policy))
    monkeypatch.setitem(city.running.host.plugins, "pets", changed)


@pytest.fixture
def failing(dogs: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The plugin writes, and then raises."""
    from minzheng_pets import service

    move_dogs = service.move_dogs

    async def fail(work: Any, event: Any) -> str:
        await move_dogs(work, event)
        raise RuntimeError("the name of 张甲 must not be kept")

    monkeypatch.setattr(service, "move_dogs", fail)
    return dogs


async def residence(city: Any) -> str:
    async with city.running.database.reading() as session:
        return str(await session.scalar(select(Person.division).where(Person.id == city.persons[0].id)))


async def dog_places(city: Any) -> set[str]:
    from minzheng_pets.models import PetsDog

    async with city.running.database.reading() as session:
        return set(await session.scalars(select(PetsDog.division).where(PetsDog.licence != "P-3")))


async def test_a_may_plugin_that_raises_is_set_aside(failing: Any) -> None:
    assert (await move(failing, 0, failing.second))["errors"] == []
    assert await residence(failing) == failing.second
    assert await dog_places(failing) == {failing.first}  # its own part is undone
    async with failing.running.database.reading() as session:
        row = (await session.scalars(select(FailedHook))).one()
    assert (row.plugin, row.hook, row.error) == ("pets", "life_event", "RuntimeError")
    assert row.subject.startswith("life_event_")
    assert await told(failing) == [[]]


async def test_a_must_plugin_that_raises_undoes_all(failing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    life_events(failing, monkeypatch, "must")
    answer = await move(failing, 0, failing.second)
    assert answer["person"] is None
    assert [error["code"] for error in answer["errors"]] == ["HOOK_FAILED"]
    assert "pets" in answer["errors"][0]["message"]
    assert await residence(failing) == failing.first
    assert (await told(failing), await count(failing, FailedHook)) == ([], 0)


async def test_a_hook_that_hangs_is_cut(dogs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from minzheng_pets import service

    async def hang(work: Any, event: Any) -> str:
        await asyncio.sleep(60)
        return "never"

    monkeypatch.setattr(service, "move_dogs", hang)
    async with asyncio.timeout(10):
        assert (await move(dogs, 0, dogs.second))["errors"] == []
    async with dogs.running.database.reading() as session:
        assert (await session.scalars(select(FailedHook.error))).all() == ["TimeoutError"]


async def test_a_changed_household_is_recounted(dogs: Any, both_paths: Ask) -> None:
    from minzheng_pets.models import PetsDog, PetsHousehold

    async with dogs.running.work() as work:
        row = (await work.session.scalars(select(PetsDog).where(PetsDog.licence == "P-2"))).one()
        row.household_id = dogs.homes[1].id
    join = """mutation ($input: JoinHouseholdInput!) {
      joinHousehold(input: $input) { household { pets { dogCount } } errors { code message } } }"""
    variables = {
        "input": {
            "household": typed("household", dogs.homes[0].id),
            "person": typed("person", dogs.persons[1].id),
            "relation": "配偶",
            "on": "2022-11-30",
        }
    }
    answer = (await dogs.running.execute(join, variables=variables))["data"]["joinHousehold"]
    assert answer == {"household": {"pets": {"dogCount": 1}}, "errors": []}
    async with dogs.running.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(PetsHousehold)) == 2


async def test_a_move_is_heard_where_it_leaves(dogs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    here = Districts(frozenset(), {dogs.district: frozenset({"pets"})})
    monkeypatch.setattr(dogs.running.host, "districts", here)
    async with dogs.running.work() as work:  # nor does a household tie the person to the district
        for row in await work.session.scalars(select(HouseholdMember)):
            row.voided_at = work.clock.now()
    assert (await move(dogs, 0, dogs.elsewhere))["errors"] == []
    assert [entry["plugin"] for entry in (await told(dogs))[0]] == ["pets"]
    assert await dog_places(dogs) == {dogs.elsewhere}
    farther = f"{dogs.elsewhere[:-1]}9"
    async with dogs.running.work() as work:
        await open_divisions(work, [NewDivision(farther, "更远村")])
    assert (await move(dogs, 3, farther))["errors"] == []
    assert (await told(dogs))[1] == []  # a district without the plugin


async def test_the_migration_makes_what_the_models_declare(city: Any) -> None:
    def differences(connection: Any) -> Any:
        options = {"compare_type": True, "include_object": include_object("pets", ["core", "pets"])}
        return compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)

    async with city.running.database.read_engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_the_branch_comes_and_goes(pets: tuple[str, ...], empty_url: str) -> None:
    assert await async_pending(empty_url, pets) == ["core", "pets"]
    await async_upgrade(empty_url, [])
    assert await async_pending(empty_url, pets) == ["pets"]
    await async_upgrade(empty_url, pets)
    assert await async_pending(empty_url, pets) == []
    await async_downgrade(empty_url, pets, "pets@base")
    assert await async_pending(empty_url, pets) == ["pets"]


def test_plugins_list_names_it(pets_folder: Path) -> None:
    path = os.pathsep.join([str(Path(core.__file__).parents[1]), str(pets_folder)])
    command = [
        sys.executable,
        "-c",
        "from server.cli import main; main()",
        "plugins",
        "list",
        "--plugins",
        "pets",
    ]
    run = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": path, "COLUMNS": "200"}, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert "pets" in run.stdout
    assert "1.2.0" in run.stdout
