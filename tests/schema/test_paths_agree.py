"""Both paths give the same answer: the planner's one statement, and graphql-core over the repositories."""

from __future__ import annotations

from datetime import date

import pytest

from core.host import Host
from tests.schema.conftest import Served
from tests.schema.small_city import EAST, EAST_VILLAGE, WEST, callers, number

MEMBERS = "members { relation since person { id name idNumber age phone } household { code } }"

QUERIES = {
    "scalars": "{ persons(first: 100) { edges { cursor node { id idType name gender birthDate age ethnicity "
    "maritalStatus deathDate version updatedAt phone idNumber } } } }",
    "aliases and merging": "{ a: persons(first: 2) { edges { node { n: name name } } edges { node { n: name id } } } "
    "b: households(first: 1) { edges { node { code } } } }",
    "fragments": "query Q { households { edges { node { ...H ... on Household { kind } ... on Node { id } } } } } "
    "fragment H on Household { code head { ...P } } fragment P on Person { name memberships { relation } }",
    "directives": "query Q($no: Boolean = false) { persons(first: 3) { edges { node { name @skip(if: true) "
    "gender @include(if: $no) id } } } }",
    "typename": "{ __typename persons(first: 1) { __typename pageInfo { __typename } edges { __typename "
    "node { __typename residenceDivision { __typename } } } } }",
    "to one and back": "{ households { edges { node { head { name residenceDivision { name parent { name parent "
    "{ code } } } memberships { household { code head { name } } } } } } } }",
    "members": "{ households(first: 100) { edges { node { code address " + MEMBERS + " } } } }",
    "disabilities": "{ persons(first: 100) { edges { node { name disabilities { category level since } } } } }",
    "both divisions": "{ persons(first: 100) { edges { node { name registeredDivision { fullName urban } "
    "residenceDivision { fullName tier } } } } }",
    "page info": "{ persons(first: 2) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }",
    "last": "{ persons(last: 2) { edges { node { name } } pageInfo { hasNextPage hasPreviousPage } } }",
    "name prefix": '{ persons(filter: {name: "张"}) { edges { node { name } } } }',
    "birth dates": '{ persons(filter: {bornAfter: "1988-01-01", bornBefore: "2005-01-01"}, '
    "orderBy: [{field: BIRTH_DATE, direction: DESC}]) { edges { node { name birthDate } } } }",
    "mixed ordering": "{ persons(orderBy: [{field: BIRTH_DATE, direction: DESC}, {field: NAME}], first: 4) "
    "{ edges { cursor node { name } } pageInfo { endCursor } } }",
    "composites": '{ persons(filter: {or: [{name: "张"}, {bornAfter: "2020-01-01"}], not: {name: "张小"}}) '
    "{ edges { node { name } } } }",
    "empty or": "{ persons(filter: {or: []}) { totalCount } }",
    "null filter": "{ persons(filter: {name: null, and: []}, first: 1) { totalCount } }",
    "registered here": '{ persons(filter: {registeredDivision: "%s"}) { edges { node { name } } } }' % EAST,
    "village": '{ persons(filter: {division: "%s"}) { edges { node { name } } } }' % EAST_VILLAGE,
    "exact id": '{ persons(filter: {idNumber: "%s"}) { edges { node { name } } } }'
    % number(date(1958, 3, 15), 1),
    "wrong id": '{ persons(filter: {idNumber: "410189195803150016"}) { edges { node { name } } } }',
    "households of a town": '{ households(filter: {division: "%s", kind: REGISTERED}) { edges { node { code } } } }'
    % WEST,
    "household code": '{ households(filter: {code: "E-0001"}) { edges { node { code } } } }',
    "divisions": "{ divisions(filter: {tier: TOWN}) { totalCount edges { node { code children(first: 1) { totalCount "
    "edges { node { name children { edges { node { name } } } } } pageInfo { hasNextPage } } } } } }",
    "division by code": '{ division(code: "410189101") { name parent { name } successor { name } validFrom validTo } }',
    "organizations": "{ organizations(first: 100) { totalCount edges { cursor node { id creditCode "
    "creditCodeDoubtful kind name status registeredOn closedOn taxExempt deductible legalRepName version updatedAt "
    "legalRep { name organizations { name } } division { code name } "
    "qualifications { id kind validFrom validTo documentNumber } } } } }",
    "organization by code": '{ organization(creditCode: "52410189mj0a1b2c5j") { name taxExempt deductible } }',
    "malformed credit code": '{ organization(creditCode: "52") { name } }',
    "organizations by name": '{ organizations(filter: {name: "东镇", status: ACTIVE}) { edges { node { name } } } }',
    "organizations of a town": '{ organizations(filter: {division: "%s", kind: SOCIAL_SERVICE}, '
    "orderBy: [{field: CREDIT_CODE, direction: DESC}]) { edges { cursor node { name } } } }" % EAST,
    "exempt and deductible": '{ a: organizations(filter: {taxExemptOn: "2022-11-30"}) { totalCount } '
    'b: organizations(filter: {not: {deductibleOn: "2021-06-01"}}, orderBy: [{field: REGISTERED_ON}]) '
    "{ totalCount edges { node { name } } } }",
    "committees": "{ committees(first: 100) { totalCount edges { cursor node { id kind name openedOn closedOn version "
    "updatedAt division { code kind committee { name } } term { number startsOn endsOn } terms { number } "
    "subCommittees { id kind name formedOn members { post } } members { post since person { name posts { post "
    "committee { name } } } term { number } subCommittee { name } committee { kind } } } } } }",
    "committees of a town": '{ committees(filter: {division: "%s", kind: VILLAGE, name: "一"}, '
    "orderBy: [{field: NAME}]) { edges { node { name } } } }" % EAST,
    "kinds of divisions": "{ divisions(first: 100) { edges { node { code tier kind committee { name kind } "
    "parent { kind } } } } }",
    "posts": "{ persons(first: 100) { edges { node { name posts { post since committee { division { kind } } } "
    "organizations { name legalRepName } } } } }",
    "long key": "{ persons(first: 1) { edges { node { %s: name } } } }" % ("k" * 70),
    "too big a page": "{ persons(first: 101) { totalCount } }",
    "foreign cursor": '{ persons(after: "0000000001a20db0b4e173b5b936845428372201") { totalCount } }',
    "capabilities": "{ capabilities { coreVersion today permissions divisions plugins { name } } }",
}
NAMES = ("city", "town", "other town", "village", "two places", "prefecture", "nation", "auditor")
PARTIAL = ("names in one town", "unmasking", "unmasking one town", "no purpose", "nobody")


async def test_every_query_for_every_caller(served: Served) -> None:
    for query in QUERIES.values():
        for caller in (*NAMES, *PARTIAL):
            await served.both(query, caller)


async def test_nodes_by_id(served: Served) -> None:
    for id_ in served.city.ids:
        kind = "Person" if id_.startswith("person") else "Household"
        field = "name idNumber" if kind == "Person" else "code address members { relation }"
        query = '{ node(id: "%s") { id __typename ... on %s { %s } } }' % (id_, kind, field)
        for caller in (*NAMES, *PARTIAL):
            await served.both(query, caller)


async def test_many_nodes_keep_their_order_and_nulls(served: Served) -> None:
    ids = [*served.city.ids, "person_" + "0" * 32]
    query = "query Q($ids: [ID!]!) { nodes(ids: $ids) { id __typename ... on Person { name } } }"
    for caller in ("city", "town", "nobody"):
        answer, _ = await served.both(query, caller, variables={"ids": ids})
        assert answer["data"]["nodes"][-1] is None
        assert len(answer["data"]["nodes"]) == len(ids)


@pytest.mark.parametrize(
    "order", ["[{field: NAME}]", "[{field: BIRTH_DATE, direction: DESC}, {field: NAME}]"]
)
@pytest.mark.parametrize(("size", "cursor"), [("first", "after"), ("last", "before")])
async def test_pages_cover_the_list_once(served: Served, order: str, size: str, cursor: str) -> None:
    whole, _ = await served.both("{ persons(first: 100, orderBy: %s) { edges { node { id } } } }" % order)
    wanted = [edge["node"]["id"] for edge in whole["data"]["persons"]["edges"]]
    found: list[str] = []
    at = None
    while True:
        query = (
            "query Q($n: Int, $at: String) { persons(%s: $n, %s: $at, orderBy: %s) { edges { node { id } } "
            "pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }" % (size, cursor, order)
        )
        answer, explain = await served.both(query, variables={"n": 2, "at": at})
        assert explain["statementCount"] == 1
        page = [edge["node"]["id"] for edge in answer["data"]["persons"]["edges"]]
        info = answer["data"]["persons"]["pageInfo"]
        found = [*found, *page] if size == "first" else [*page, *found]
        if not info["hasNextPage" if size == "first" else "hasPreviousPage"]:
            break
        at = info["endCursor" if size == "first" else "startCursor"]
    assert found == wanted
    assert len(wanted) == 8  # nine persons, one of them the neighbour's


def test_callers_are_all_used() -> None:
    assert set(callers(Host([]))) == {*NAMES, *PARTIAL}


async def test_what_is_too_deep_for_sqlite_is_answered_all_the_same(served: Served) -> None:
    moment = '(asOf: "2022-11-30", knownAt: "2022-11-30T15:59:59Z")'
    query = (
        """{ household(id: "%s", asOf: "2022-11-30") { head { memberships MM { household { head { memberships MM {
          household { members MM { person { id memberships MM { relation } } } } } } } } } } }"""
        % served.city.household(0)
    ).replace("MM", moment)
    planned = await served.ask(query)
    ordinary = await served.ask(query, planned=False)
    assert "errors" not in planned
    assert planned["data"] == ordinary["data"]
