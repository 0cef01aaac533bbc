"""The whole service over HTTP, nothing faked: tokens, rows as rights, both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.access.verify import verify
from core.settings import Settings
from server.app import create_app
from server.auth import mint
from server.runtime import Runtime
from tests.schema import small_city
from tests.schema.small_city import CITY, EAST, TODAY, WEST, WEST_VILLAGE

HOUSEHOLDS = (
    '{ households(filter: {division: "410189101000"}, first: 50) { edges { node { code address '
    "members { person { name idNumber birthDate } relation } } } pageInfo { hasNextPage endCursor } } }"
)


@pytest.fixture(scope="module")
def plugins() -> tuple[str, ...]:
    return ()


@dataclass
class Site:
    """A running service, a client and its small city."""

    runtime: Runtime
    client: httpx.AsyncClient
    city: small_city.City

    def token(self, role: str, division: str, *grants: str) -> str:
        return mint(self.runtime.settings, role, division, grants, timedelta(hours=1))

    async def ask(self, query: str, token: str, path: str = "/graphql", **headers: str) -> Any:
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en", **headers}
        answer = await self.client.post(path, json={"query": query}, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    settings = Settings(dev=True, database=database_url, var=tmp_path, plugins=[], today=TODAY)
    runtime = await Runtime.open(settings)
    city = await small_city.build(runtime.database, runtime.host, runtime.vault)
    transport = httpx.ASGITransport(create_app(runtime))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield Site(runtime, client, city)
    await runtime.close()


async def test_a_city_officer_reads_households_in_one_statement(site: Site) -> None:
    body = await site.ask(HOUSEHOLDS, site.token("CITY_OFFICER", CITY))
    explain = body["extensions"]["explain"]
    assert (explain["planned"], explain["statementCount"]) == (True, 1)
    household = body["data"]["households"]["edges"][0]["node"]
    assert household["code"] == "E-0001"
    assert household["members"][0]["person"]["idNumber"] == "4****************5"
    assert body["data"]["households"]["pageInfo"]["hasNextPage"] is False


async def test_a_town_officer_sees_only_the_town(site: Site) -> None:
    token = site.token("TOWN_OFFICER", WEST)
    refused = await site.ask(HOUSEHOLDS, token)
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN_SCOPE"
    lists = await site.ask(
        "{ persons(first: 100) { edges { node { residenceDivision { code } } } } "
        "households(first: 100) { edges { node { addressDivision { code } } } } }",
        token,
    )
    persons = {e["node"]["residenceDivision"]["code"] for e in lists["data"]["persons"]["edges"]}
    homes = {e["node"]["addressDivision"]["code"] for e in lists["data"]["households"]["edges"]}
    assert persons == homes == {WEST_VILLAGE}
    hidden = site.city.household(0)
    by_id = await site.ask('{ household(id: "%s") { code } node(id: "%s") { id } }' % (hidden, hidden), token)
    assert by_id["data"] == {"household": None, "node": None}


async def test_a_purpose_opens_what_the_grant_allows(site: Site) -> None:
    query = '{ person(id: "%s") { idNumber phone } }' % site.city.person(0)
    plain = site.token("CITY_OFFICER", CITY)
    granted = site.token("CITY_OFFICER", CITY, "pii:read")
    assert (await site.ask(query, plain, Purpose="audit"))["data"]["person"]["idNumber"].startswith("4***")
    assert (await site.ask(query, granted))["data"]["person"]["idNumber"].startswith("4***")
    opened = await site.ask(query, granted, Purpose="%E6%A0%B8%E5%AF%B9")
    assert opened["data"]["person"] == {"idNumber": "410189195803150015", "phone": "13800001234"}


async def test_a_district_has_its_own_endpoint_and_schema(site: Site) -> None:
    token = site.token("CITY_LEADER", "410100000000")
    both = await site.ask("{ households { totalCount } }", token)
    own = await site.ask("{ households { totalCount } }", token, f"/districts/{CITY}/graphql")
    assert (both["data"]["households"]["totalCount"], own["data"]["households"]["totalCount"]) == (4, 3)
    sdl = await site.client.get(f"/districts/{CITY}/schema.graphql")
    assert "type Household implements Node" in sdl.text
    unknown = await site.client.get("/districts/410199000000/schema.graphql")
    assert (unknown.status_code, unknown.json()["errors"][0]["extensions"]["code"]) == (
        404,
        "DISTRICT_UNKNOWN",
    )


async def test_get_reads_and_never_writes(site: Site) -> None:
    token = site.token("CITY_OFFICER", CITY)
    headers = {"Authorization": f"Bearer {token}"}
    read = await site.client.get("/graphql", params={"query": "{ persons { totalCount } }"}, headers=headers)
    assert read.json()["data"]["persons"]["totalCount"] == 8
    query = 'mutation { closeHousehold(input: {household: "x", on: "2022-11-30"}) { dryRun } }'
    write = await site.client.get("/graphql", params={"query": query}, headers=headers)
    assert (write.status_code, write.headers["Allow"]) == (405, "POST")


async def test_a_mutation_repeats_by_its_header(site: Site) -> None:
    token = site.token("TOWN_OFFICER", EAST)
    query = (
        'mutation { registerPerson(input: {name: "赵六", idNumber: "%s", registeredDivision: "410189101201", '
        'residenceDivision: "410189101201"}) { person { id } errors { code message } } }'
    ) % small_city.number(date(1970, 1, 1), 11)
    first, second = [await site.ask(query, token, **{"Idempotency-Key": "k1"}) for _ in range(2)]
    assert first["data"]["registerPerson"]["person"] is not None
    assert first["data"] == second["data"]
    again = await site.ask(query, token, **{"Accept-Language": "zh-CN"})
    assert again["data"]["registerPerson"]["errors"][0]["code"] == "ID_DUPLICATE"
    assert "登记" in again["data"]["registerPerson"]["errors"][0]["message"]


async def test_errors_have_codes_and_no_traces(site: Site) -> None:
    token = site.token("CITY_OFFICER", CITY)
    for query, code in (
        ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ persons", "GRAPHQL_PARSE_FAILED"),
        ('{ person(id: "household_%s") { id } }' % ("0" * 32), "ID_INVALID"),
        ('{ persons(filter: {division: "12"}) { totalCount } }', "DIV_FORMAT"),
        ("query A { __typename } query B { __typename }", "OPERATION_NAME"),
    ):
        body = await site.ask(query, token)
        assert body["errors"][0]["extensions"]["code"] == code, query
        assert "Traceback" not in str(body)


async def test_it_is_ready(site: Site) -> None:
    assert (await site.client.get("/healthz")).status_code == 200
    assert (await site.client.get("/readyz")).status_code == 200


async def test_the_audit_is_sealed_while_the_application_runs(site: Site) -> None:
    app = create_app(site.runtime)
    async with app.router.lifespan_context(app):
        await site.ask("{ capabilities { today } }", site.token("AUDITOR", CITY))
        for _ in range(100):
            chains = await verify(site.runtime.database, site.runtime.vault)
            if chains and not sum(chain.unsealed for chain in chains):
                break
            await asyncio.sleep(0.05)
    assert {chain.name for chain in chains if chain.rows and chain.sound} >= {CITY, "410188000000"}
