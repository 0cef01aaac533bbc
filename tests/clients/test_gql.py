"""Python's gql against the service: DSL, paging, a mutation, and both kinds of errors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from gql import Client, gql
from gql.client import AsyncClientSession
from gql.dsl import DSLMutation, DSLQuery, DSLSchema, dsl_gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport
from graphql import GraphQLError

from tests.clients.conftest import PERSONS
from tests.clients.telling import telling
from tests.live import Live

SDL = (Path(__file__).parents[2] / "schema/sdl/full.graphql").read_text(encoding="utf-8")
PAGE = """
query Page($division: DivisionCode!, $after: String) {
  persons(filter: {division: $division}, first: 60, after: $after) {
    totalCount
    edges { node { id name } }
    pageInfo { hasNextPage endCursor }
  }
}
"""


def _transport(site: Live) -> HTTPXAsyncTransport:
    headers = {"Authorization": f"Bearer {site.token()}", "Accept-Language": "en"}
    return HTTPXAsyncTransport(url=f"{site.url}/graphql", headers=headers)


@pytest.fixture
async def session(site: Live) -> AsyncIterator[AsyncClientSession]:
    """A session that checks documents against the committed SDL before it sends them."""
    async with Client(transport=_transport(site), schema=SDL) as session:
        yield session


async def _pages(session: AsyncClientSession) -> list[Any]:
    query, pages, after = gql(PAGE), [], None
    while not pages or pages[-1]["pageInfo"]["hasNextPage"]:
        query.variable_values = {"division": "410189000000", "after": after}
        pages.append((await session.execute(query))["persons"])
        after = pages[-1]["pageInfo"]["endCursor"]
    return pages


async def test_all_pages_without_a_repetition(session: AsyncClientSession) -> None:
    pages = await _pages(session)
    ids = [edge["node"]["id"] for page in pages for edge in page["edges"]]
    assert len(ids) == len(set(ids)) == pages[0]["totalCount"] == PERSONS


async def test_a_query_and_a_mutation_written_as_python(session: AsyncClientSession) -> None:
    ds = DSLSchema(session.client.schema)
    node = ds.Person.id, ds.Person.name, ds.Person.version
    first = ds.Query.persons(first=1).select(
        ds.PersonConnection.edges.select(ds.PersonEdge.node.select(*node))
    )
    person = (await session.execute(dsl_gql(DSLQuery(first))))["persons"]["edges"][0]["node"]
    assert person["name"]
    payload = ds.CorrectPersonPayload
    correct = ds.Mutation.correctPerson(
        input={"person": person["id"], "phone": "12", "expectedVersion": person["version"]}
    ).select(payload.errors.select(ds.UserError.code, ds.UserError.field), payload.dryRun)
    answer = (await session.execute(dsl_gql(DSLMutation(correct))))["correctPerson"]
    assert answer == {"errors": [{"code": "PHONE_FORMAT", "field": ["input", "phone"]}], "dryRun": False}


async def test_a_refused_field_has_its_code(session: AsyncClientSession) -> None:
    query = gql(PAGE)
    query.variable_values = {"division": "370687000000"}
    with pytest.raises(TransportQueryError) as refused:
        await session.execute(query)
    assert refused.value.errors is not None
    assert refused.value.errors[0]["extensions"]["code"] == "FORBIDDEN_SCOPE"


async def test_a_misspelt_field_never_leaves_the_client(session: AsyncClientSession) -> None:
    with pytest.raises(GraphQLError, match="nmae"):
        await session.execute(gql("{ persons(first: 1) { edges { node { nmae } } } }"))


async def test_the_schema_can_be_fetched_too(site: Live) -> None:
    client = Client(transport=_transport(site), fetch_schema_from_transport=True)
    async with client as session:
        assert session.client.schema is not None
        assert "assistance" in session.client.schema.query_type.fields  # type: ignore[union-attr]


CHANGES = """
subscription Changes($after: Int) {
  taskChanged(filter: {plugin: "core"}, after: $after) { position event task { title } }
}
"""


async def _heard(site: Live, count: int, token: str | None = None, **variables: Any) -> list[Any]:
    """The first changes that a WebSocket delivers."""
    payload = {"Authorization": f"Bearer {token or site.token()}", "Accept-Language": "en"}
    address = site.url.replace("http://", "ws://") + "/graphql"
    transport = WebsocketsTransport(
        url=address,
        init_payload=payload,
        subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
        connect_args={"proxy": None},
    )
    query, found = gql(CHANGES), []
    query.variable_values = variables
    async with Client(transport=transport, schema=SDL) as session:
        async for answer in session.subscribe(query):
            found.append(answer["taskChanged"])
            if len(found) == count:
                return found
    return found


async def test_a_subscription_that_is_taken_up_again(site: Live) -> None:
    async with telling(site):
        before = await _heard(site, 2)
        after = await _heard(site, 3, after=before[-1]["position"])
    positions = [change["position"] for change in before + after]
    assert positions == list(range(positions[0], positions[0] + 5))
    assert {change["task"]["title"] for change in before} == {"Look"}


async def test_a_subscription_is_refused_with_a_code(site: Live) -> None:
    with pytest.raises(TransportQueryError) as refused:
        await _heard(site, 1, after=1_000_000)
    assert refused.value.errors is not None
    assert refused.value.errors[0]["extensions"]["code"] == "POSITION_GONE"
