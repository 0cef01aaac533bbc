"""Reading the audit: who may, what they get, that both paths agree; and where its rows belong."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from core.access.audit import entry
from core.access.models import AuditEntry
from core.access.principal import Grant, Principal
from core.access.seal import seal
from core.codes.sets import UserRole
from tests.schema.asking import audited, done, newcomer, rows, top_codes
from tests.schema.conftest import Served
from tests.schema.small_city import CITY, EAST, NEIGHBOUR, WEST, number, officer

ENTRIES = (
    "query Q($f: AuditFilter, $n: Int, $after: String, $order: [AuditOrder!]) { auditEntries(filter: $f, first: $n, "
    "after: $after, orderBy: $order) { totalCount pageInfo { hasNextPage endCursor } edges { node { id at actor action "
    "subject district fields purpose details position seal } } } }"
)


async def found(served: Served, caller: Any, **variables: Any) -> list[Any]:
    answer, explain = await served.both(ENTRIES, caller, variables={"n": 100, **variables})
    assert (explain["planned"], explain["statementCount"]) == (True, 1)
    page = answer["data"]["auditEntries"]
    nodes = [edge["node"] for edge in page["edges"]]
    assert page["totalCount"] >= len(nodes)
    return nodes


def over(served: Served, role: UserRole, *divisions: str) -> Principal:
    return officer(served.service.host, role, *divisions)


@pytest.fixture
async def filled(served: Served) -> Served:
    """The small city with a row of no district, and everything sealed but the last row."""
    service = served.service
    async with service.database.writing() as session:
        session.add(entry(service.clock, "system", "keys.rotated", details={"key": "a1", "说明": "x"}))
    await seal(service.database, service.vault, service.clock)
    await done(served, "registerPerson", **newcomer(date(1980, 1, 1)))
    return served


async def test_an_auditor_reads_the_rows_of_the_district(filled: Served) -> None:
    nodes = await found(filled, "auditor")
    wanted = await rows(filled, AuditEntry, AuditEntry.district == CITY)
    assert {node["id"] for node in nodes} == {f"audit_{row.id.hex}" for row in wanted}
    assert [node["at"] for node in nodes] == sorted((node["at"] for node in nodes), reverse=True)
    assert (nodes[0]["action"], nodes[0]["position"], nodes[0]["seal"]) == ("person.registered", None, None)
    assert all(len(node["seal"]) == 64 for node in nodes[1:])


async def test_who_reads_what(filled: Served) -> None:
    auditor = UserRole.AUDITOR
    seen = {
        "whole country": await found(filled, over(filled, auditor, "000000000000")),
        "prefecture": await found(filled, over(filled, auditor, "410100000000")),
        "neighbour": await found(filled, over(filled, auditor, NEIGHBOUR)),
        "two districts": await found(filled, over(filled, auditor, NEIGHBOUR, CITY)),
        "leader": await found(filled, over(filled, UserRole.CITY_LEADER, CITY)),
    }
    districts = {who: {node["district"] for node in nodes} for who, nodes in seen.items()}
    assert districts == {
        "whole country": {CITY, NEIGHBOUR, None},
        "prefecture": {CITY, NEIGHBOUR},
        "neighbour": {NEIGHBOUR},
        "two districts": {CITY, NEIGHBOUR},
        "leader": {CITY},
    }
    town = over(filled, auditor, EAST)
    part = Principal(None, "part", (Grant(CITY, frozenset()), Grant(EAST, frozenset({"audit:read"}))))
    for caller in (town, part, "city", "town", "nobody"):
        assert await found(filled, caller) == []


async def test_a_row_by_its_id_stays_in_scope(filled: Served) -> None:
    query = "query N($id: ID!) { node(id: $id) { id ... on AuditEntry { action fields } } }"
    for district, callers in {CITY: {"auditor": True, "city": False}, None: {"auditor": False}}.items():
        (row, *_) = await rows(filled, AuditEntry, AuditEntry.district.is_not_distinct_from(district))
        for caller, sees in callers.items():
            answer, _ = await filled.both(query, caller, variables={"id": f"audit_{row.id.hex}"})
            assert (answer["data"]["node"] is not None) == sees, (district, caller)


async def test_filters(filled: Served) -> None:
    person = filled.city.person(0)
    assert {n["subject"] for n in await found(filled, "auditor", f={"subject": person})} == {person}
    assert {n["actor"] for n in await found(filled, "auditor", f={"actor": "system"})} == {"system"}
    actions = {n["action"] for n in await found(filled, "auditor", f={"action": "household."})}
    assert actions == {"household.opened", "household.joined", "household.left"}
    assert await found(filled, "auditor", f={"since": "2022-12-02T00:00:00Z"}) == []
    assert await found(filled, "auditor", f={"until": "2022-11-29T00:00:00Z"}) == []
    everything = await found(filled, "auditor")
    assert await found(filled, "auditor", f={"district": CITY}) == everything
    nation = over(filled, UserRole.AUDITOR, "000000000000")
    above = await found(filled, nation, f={"district": "410100000000"})
    assert {node["district"] for node in above} == {CITY, NEIGHBOUR}
    assert {node["district"] for node in await found(filled, nation, f={"district": CITY})} == {CITY}


async def test_a_district_elsewhere_and_a_town_are_refused(filled: Served) -> None:
    for caller, district in (("auditor", NEIGHBOUR), ("auditor", EAST), ("city", CITY)):
        answer, _ = await filled.both(ENTRIES, caller, variables={"f": {"district": district}})
        assert top_codes(answer) == ["FORBIDDEN_SCOPE"]


async def test_pages_cover_the_audit_once(filled: Served) -> None:
    for direction in ("ASC", "DESC"):
        order = [{"field": "AT", "direction": direction}]
        whole = [node["id"] for node in await found(filled, "auditor", order=order)]
        seen: list[str] = []
        after = None
        while True:
            answer, _ = await filled.both(
                ENTRIES, "auditor", variables={"n": 3, "after": after, "order": order}
            )
            page = answer["data"]["auditEntries"]
            seen += [edge["node"]["id"] for edge in page["edges"]]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert seen == whole


async def test_lists_and_details_are_what_was_written(filled: Served) -> None:
    await filled.ask('{ person(id: "%s") { idNumber } }' % filled.city.person(0), "unmasking")
    nation = over(filled, UserRole.AUDITOR, "000000000000")
    read, *_ = await found(filled, nation, f={"action": "pii.read"})
    assert (read["fields"], read["purpose"], read["district"]) == (["idNumber"], "核对身份", CITY)
    (rotated,) = await found(filled, nation, f={"action": "keys."})
    assert rotated["details"] == '{"key": "a1", "\\u8bf4\\u660e": "x"}'


@pytest.mark.parametrize("planned", [True, False])
async def test_every_row_that_has_a_district_says_so(served: Served, planned: bool) -> None:
    home = '{ household(id: "%s") { address } }' % served.city.household(1)
    search = '{ persons(filter: {idNumber: "%s"}) { totalCount } }' % number(date(1970, 5, 5), 9)
    await served.ask(home, "unmasking", planned=planned)
    await served.ask(search, "town", planned=planned)
    await served.ask(search, "nation", planned=planned)
    assert [row.district for row in await audited(served, "pii.read")] == [CITY]
    assert [row.district for row in await audited(served, "search.id_number")] == [CITY, None]
    missing = {row.action for row in await rows(served, AuditEntry, AuditEntry.district.is_(None))}
    assert missing <= {"search.id_number", "division.opened"}
    assert WEST not in {row.district for row in await rows(served, AuditEntry)}
