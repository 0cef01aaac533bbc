"""On a city of some size PostgreSQL answers searches and pages from an index, whatever the values are."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from core.access.principal import Principal
from core.clock import Clock
from core.codes.sets import UserRole
from core.db import Database
from core.demo_city.generate import fill
from core.host import Host
from core.settings import Settings
from core.vault import Keyring, Vault
from schema.request import GraphQLRequest
from schema.service import GraphQLService
from tests.conftest import Postgres
from tests.schema.small_city import CITY, TODAY, officer

RESIDENTS = 20_000
TOWN = "410189101000"
HOST = Host([])
OFFICERS = {
    "city": officer(HOST, UserRole.CITY_OFFICER, CITY),
    "town": officer(HOST, UserRole.TOWN_OFFICER, TOWN),
}
NODES = "{ edges { cursor node { id name birthDate } } pageInfo { hasNextPage endCursor } }"
SEARCHES = {
    "characters": '{ persons(filter: {name: "王"}) %s }' % NODES,
    "pinyin": '{ persons(filter: {name: "wang"}) %s }' % NODES,
    "syllables": '{ persons(filter: {name: "wangx"}) %s }' % NODES,
    "initials": '{ persons(filter: {name: "wxm"}) %s }' % NODES,
    "a mix": '{ persons(filter: {name: "王x"}) %s }' % NODES,
    "id number": '{ persons(filter: {idNumber: "410189195803150015"}) %s }' % NODES,
    "a first page": "{ persons %s }" % NODES,
    "a last page": "{ persons(last: 20) %s }" % NODES,
    "women": "{ persons(filter: {gender: FEMALE}) %s }" % NODES,
    "disabled": "{ persons(filter: {hasDisability: true}) %s }" % NODES,
    "by birth": "{ persons(orderBy: [{field: BIRTH_DATE, direction: DESC}]) %s }" % NODES,
    "by death": "{ persons(orderBy: [{field: DEATH_DATE, direction: DESC}]) %s }" % NODES,
    "the dead": "{ persons(filter: {deceased: true}, orderBy: [{field: DEATH_DATE}]) %s }" % NODES,
}


class Town:
    """The service over a generated city, and a connection to explain its statements."""

    def __init__(self, service: GraphQLService, connection: asyncpg.Connection[Any]) -> None:
        self.service, self.connection = service, connection

    async def ask(self, query: str, principal: Principal) -> Any:
        return json.loads((await self.service.execute(GraphQLRequest(query, principal))).body)

    async def explained(self, query: str, caller: str) -> tuple[Any, list[dict[str, Any]]]:
        """The data, and every node of the statement's generic plan."""
        answer = await self.ask(query, OFFICERS[caller])
        assert "errors" not in answer, answer
        (statement,) = answer["extensions"]["explain"]["statements"]
        values = ", ".join("NULL" for _ in set(re.findall(r"\$\d+", statement)))
        await self.connection.execute(f"PREPARE asked AS {statement}")
        plan = await self.connection.fetch(f"EXPLAIN (FORMAT JSON) EXECUTE asked ({values})")
        await self.connection.execute("DEALLOCATE asked")
        return answer["data"]["persons"], list(nodes_of(json.loads(plan[0][0])[0]["Plan"]))


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes_of(inner)


@pytest.fixture(scope="module")
async def town(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with postgres.migrated(()) as url:
        database, vault, clock = Database(url), Vault(Keyring.fresh()), Clock(TODAY)
        await fill(database, HOST, vault, clock, persons=RESIDENTS, seed=1, progress=lambda *_: None)
        var: Path = tmp_path_factory.mktemp("var")
        settings = Settings(dev=True, database=url, var=var, id_searches_per_minute=1000)
        service = GraphQLService(host=HOST, database=database, vault=vault, clock=clock, settings=settings)
        await service.open()
        connection = await asyncpg.connect(
            statement_cache_size=0,
            host=database.url.query["host"],
            user=database.url.username,
            database=database.url.database,
        )
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        yield Town(service, connection)
        await connection.close()
        await service.close()
        await database.close()


@pytest.mark.parametrize("caller", list(OFFICERS))
@pytest.mark.parametrize("name", list(SEARCHES))
async def test_persons_are_found_by_an_index(town: Town, name: str, caller: str) -> None:
    page, plan = await town.explained(SEARCHES[name], caller)
    scans = [node for node in plan if node.get("Relation Name") == "core_person"]
    assert scans
    assert {node["Node Type"] for node in scans} <= {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}, (
        scans
    )
    # What is sorted is a search's few rows, never a list.
    sorts = [node for node in plan if node["Node Type"] == "Sort" and node["Plan Rows"] > RESIDENTS / 100]
    assert sorts == []
    assert page["edges"] or name in ("id number", "the dead")


@pytest.mark.parametrize("caller", list(OFFICERS))
async def test_the_next_page_is_found_by_an_index_too(town: Town, caller: str) -> None:
    query = SEARCHES["a first page"]
    page, _ = await town.explained(query, caller)
    after = f'persons(after: "{page["pageInfo"]["endCursor"]}")'
    _, plan = await town.explained(query.replace("persons", after, 1), caller)
    scans = [node for node in plan if node.get("Relation Name") == "core_person"]
    assert any("ROW" in node.get("Index Cond", "") for node in scans)
    assert {node["Node Type"] for node in scans} <= {"Index Scan", "Index Only Scan"}
