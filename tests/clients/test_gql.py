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
from graphql import GraphQLError

from tests.clients.conftest import PERSONS
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
