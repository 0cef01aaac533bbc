"""Who sees what: scope, masks, purpose, exact searches, cursors, ids and grants, on both databases."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from core.access.masks import mask_name
from core.access.models import AuditEntry, GrantRow
from core.access.principal import NATION, Principal
from core.access.service import grant, principal_of, revoke, user_named
from core.codes.sets import UserRole
from schema.sql.env import Env, SearchLimiter
from tests.schema.asking import audited, done, listed, refused, rows, top_codes
from tests.schema.conftest import Served
from tests.schema.small_city import CITY, EAST_VILLAGE, TODAY, WEST, number

FULL = "{ persons(first: 100) { edges { cursor node { id name idNumber phone } } } }"
PEOPLE = "{ persons(first: 100%s) { edges { cursor node { id name } } pageInfo { startCursor endCursor } } }"
PERSON = '{ person(id: "%s") { id name idNumber phone } }'
SEARCH = '{ persons(filter: {idNumber: "%s"}) { edges { node { id } } } }'
MISSING = "person_" + "0" * 32


async def person(served: Served, index: int, caller: Any) -> Any:
    return (await served.ask(PERSON % served.city.person(index), caller))["data"]["person"]


async def test_a_division_out_of_scope_as_an_argument(served: Served) -> None:
    for field in ("persons", "households"):
        query = '{ %s(filter: {division: "410189102203"}) { totalCount } }' % field
        found, _ = await served.both(query, "town")
        assert top_codes(found) == ["FORBIDDEN_SCOPE"]
        assert found["data"] == {field: None}


async def test_a_person_out_of_scope_by_id_reads_as_missing(served: Served) -> None:
    outside = await served.ask(PERSON % served.city.person(7), "town")
    missing = await served.ask(PERSON % MISSING, "town")
    assert outside["data"] == missing["data"] == {"person": None}
    assert "errors" not in outside
    assert "errors" not in missing


async def test_a_person_out_of_scope_is_absent_from_lists(served: Served) -> None:
    here, there = await listed(served, "town"), await listed(served, "other town")
    assert served.city.person(7) in there - here
    assert served.city.person(0) in here - there
    assert here | there == await listed(served, "city")


async def test_registration_reaches_but_does_not_list(served: Served) -> None:
    index = 3  # lives in the west, is registered in the east
    assert served.city.person(index) not in await listed(served, "town")
    assert (await person(served, index, "town"))["name"] == "王五"


MASKS = {
    "city": ("张三丰", "4****************5", "138****1234"),
    "town": ("张三丰", "4****************5", "138****1234"),
    "auditor": ("张*丰", "4****************5", "138****1234"),
    "no purpose": ("张三丰", "4****************5", "138****1234"),
    "unmasking": ("张三丰", number(date(1958, 3, 15), 1), "13800001234"),
}


async def test_masks(served: Served) -> None:
    for caller, (name, id_number, phone) in MASKS.items():
        wanted = {"id": served.city.person(0), "name": name, "idNumber": id_number, "phone": phone}
        assert await person(served, 0, caller) == wanted, caller


async def test_nobody_sees_nobody(served: Served) -> None:
    assert await person(served, 0, "nobody") is None
    found = await served.ask(
        "{ persons { totalCount edges { node { id } } } households { totalCount } }", "nobody"
    )
    assert found["data"] == {"persons": {"totalCount": 0, "edges": []}, "households": {"totalCount": 0}}


async def test_masked_names_by_length(served: Served) -> None:
    found = await served.ask(FULL, "auditor")
    names = {edge["node"]["name"] for edge in found["data"]["persons"]["edges"]}
    mine = await listed(served, "auditor")
    plain = [row.name for row in served.city.persons if f"person_{row.id.hex}" in mine]
    assert names == {mask_name(name) for name in plain}
    assert {"*", "李*", "张*丰"} <= names


async def test_an_auditors_answer_holds_no_plain_name(served: Served) -> None:
    queries = [
        FULL,
        PEOPLE % ", orderBy: [{field: NAME, direction: DESC}]",
        "{ households { edges { cursor node { code head { name } members { person { name } } } } } }",
    ]
    for query in queries:
        found = await served.ask(query, "auditor")
        for row in served.city.persons:
            assert row.name == "赵" or row.name not in str(found)
            assert row.name_key.strip() not in str(found)


async def test_every_opened_field_of_every_record_is_audited(served: Served) -> None:
    await served.ask(FULL, "unmasking")
    found = await audited(served, "pii.read")
    opened = {(row.subject, *row.fields) for row in found}
    ids = await listed(served, "unmasking")
    with_number = {id_ for id_ in ids if id_ != served.city.person(8)}
    phones = {served.city.person(0), served.city.person(3)}
    assert opened == {(id_, "idNumber") for id_ in with_number} | {(id_, "phone") for id_ in phones}
    assert len(found) == len(opened)
    assert {(row.actor, row.purpose) for row in found} == {(served.callers["unmasking"].subject, "核对身份")}


async def test_masked_reads_are_not_audited(served: Served) -> None:
    before = len(await rows(served, AuditEntry))
    for caller in ("city", "no purpose", "auditor"):
        await served.ask(FULL, caller)
    assert len(await rows(served, AuditEntry)) == before


@pytest.mark.parametrize("planned", [True, False])
async def test_no_audit_no_plain_data(served: Served, monkeypatch: pytest.MonkeyPatch, planned: bool) -> None:
    async def fails(_env: Env) -> None:
        raise RuntimeError("the audit could not be written")

    monkeypatch.setattr(Env, "settle", fails)
    found = await served.ask(FULL, "unmasking", planned=planned)
    assert top_codes(found) == ["INTERNAL"]
    assert found["data"] is None
    assert "13800001234" not in str(found)
    assert number(date(1958, 3, 15), 1) not in str(found)


@pytest.mark.parametrize("planned", [True, False])
async def test_the_audit_is_there_before_the_answer(served: Served, planned: bool) -> None:
    before = len(await audited(served, "pii.read"))
    await served.ask(PERSON % served.city.person(0), "unmasking", planned=planned)
    assert len(await audited(served, "pii.read")) == before + 2


async def test_a_mutation_that_opens_a_field_is_audited_with_it(served: Served) -> None:
    caller = Principal(
        None, "opens", (*served.callers["city"].grants, *served.callers["unmasking"].grants), "核对"
    )
    shown = await done(served, "correctPerson", caller, person=served.city.person(0), maritalStatus="WIDOWED")
    assert shown["phone"] == "13800001234"
    opened = [(row.actor, *row.fields) for row in await audited(served, "pii.read")]
    assert sorted(opened) == [("opens", "idNumber"), ("opens", "phone")]


@pytest.mark.parametrize("planned", [True, False])
async def test_exact_searches_are_audited(served: Served, planned: bool) -> None:
    text = number(date(1958, 3, 15), 1)
    for wanted in (text, number(date(1958, 3, 15), 9)):
        await served.ask(SEARCH % wanted, "city", planned=planned)
    found = await audited(served, "search.id_number")
    assert [row.actor for row in found] == [served.callers["city"].subject] * 2
    assert text not in str([(row.fields, row.details, row.subject) for row in found])


@pytest.mark.parametrize("planned", [True, False])
async def test_exact_searches_are_limited(served: Served, planned: bool) -> None:
    served.service.limiter = SearchLimiter(2)
    query = SEARCH % number(date(1958, 3, 15), 1)
    found = [top_codes(await served.ask(query, "city", planned=planned)) for _ in range(3)]
    assert found == [[], [], ["RATE_LIMITED"]]
    assert top_codes(await served.ask(query, "town", planned=planned)) == []  # each caller has its own
    assert top_codes(await served.ask(FULL, "city", planned=planned)) == []


async def test_exact_searches_reach_no_further_than_the_caller(served: Served) -> None:
    found = await served.ask(SEARCH % number(date(1970, 5, 5), 9), "city")
    assert found["data"]["persons"]["edges"] == []


async def test_cursors_of_elsewhere_are_refused(served: Served) -> None:
    own = (await served.ask(PEOPLE % ""))["data"]["persons"]["edges"]
    households = await served.ask("{ households { pageInfo { endCursor } } }")
    neighbour = own[0]["cursor"][:8] + served.city.person(6).split("_")[1]
    missing = own[0]["cursor"][:8] + "0" * 32
    for cursor in (
        households["data"]["households"]["pageInfo"]["endCursor"],
        neighbour,
        missing,
        "",
        "x",
        "*" * 40,
    ):
        found, _ = await served.both(PEOPLE % (', after: "%s"' % cursor))
        assert top_codes(found) == ["CURSOR_INVALID"], cursor
        assert found["data"] == {"persons": None}


async def test_a_cursor_belongs_to_its_ordering(served: Served) -> None:
    cursor = (await served.ask(PEOPLE % ""))["data"]["persons"]["edges"][0]["cursor"]
    for order in ("[{field: BIRTH_DATE}]", "[{field: NAME, direction: DESC}]"):
        found, _ = await served.both(PEOPLE % (', after: "%s", orderBy: %s' % (cursor, order)))
        assert top_codes(found) == ["CURSOR_INVALID"]


async def test_cursors_hold_an_id_and_nothing_personal(served: Served) -> None:
    for caller in ("city", "auditor"):
        found = await served.ask(PEOPLE % "", caller)
        for edge in found["data"]["persons"]["edges"]:
            assert edge["cursor"][8:] == edge["node"]["id"].split("_")[1]


async def test_malformed_ids(served: Served) -> None:
    foreign = served.city.household(0)
    for wrong in ("", "x", "person_", "person_xyz", MISSING + "0", MISSING.upper(), "1", foreign):
        found, _ = await served.both(PERSON % wrong)
        assert top_codes(found) == ["ID_INVALID"], wrong
        assert found["data"] == {"person": None}


async def test_an_id_of_no_type_is_no_node(served: Served) -> None:
    for wrong in ("x", "planet_" + "0" * 32, "user_" + "0" * 32):
        found, _ = await served.both('{ node(id: "%s") { id } }' % wrong)
        assert found["data"] == {"node": None}
        assert top_codes(found) in ([], ["ID_INVALID"])


async def test_mutations_refuse_ids_of_another_type(served: Served) -> None:
    home, someone = served.city.household(0), served.city.person(0)
    assert await refused(served, "correctPerson", person=home, name="某") == ["ID_INVALID person"]
    closing = {"household": someone, "on": "2022-11-01"}
    assert await refused(served, "closeHousehold", **closing) == ["ID_INVALID household"]


async def rights(served: Served, *grants: dict[str, Any], division: str = CITY) -> Principal:
    """A user with these grants, as a token's subject comes back from the rows."""
    async with served.service.database.writing() as session:
        user = await user_named(session, "someone", served.service.clock)
        for given in grants:
            await grant(
                session, user, division, served.service.clock, **{"role": UserRole.CITY_OFFICER, **given}
            )
    return await again(served)


async def again(served: Served) -> Principal:
    async with served.service.database.reading() as session:
        found = await principal_of(session, "someone", served.service.host.permissions, TODAY)
    assert found is not None
    return found


async def test_grants_hold_in_their_interval(served: Served) -> None:
    past = {"valid_from": date(2022, 1, 1), "valid_to": TODAY}
    future = {"valid_from": date(2022, 12, 1)}
    caller = await rights(served, past, future)
    assert caller.grants == ()
    assert await listed(served, caller) == set()
    caller = await rights(served, {"valid_from": TODAY, "valid_to": date(2022, 12, 1)})
    assert await listed(served, caller) == await listed(served, "city")


async def test_a_revoked_grant_does_not_count(served: Served) -> None:
    assert (await rights(served, {})).grants
    (row,) = await rows(served, GrantRow)
    async with served.service.database.writing() as session:
        await revoke(session, await session.merge(row), served.service.clock)
    assert (await again(served)).grants == ()


async def test_a_single_permission_is_no_role(served: Served) -> None:
    caller = await rights(served, {"role": None, "permission": "registry:read"})
    assert (await person(served, 0, caller))["name"] == "张*丰"
    unknown = await rights(served, {"role": None, "permission": "made:up"})
    assert "made:up" not in unknown.permissions


async def test_strangers_and_the_disabled_have_no_rights(served: Served) -> None:
    await rights(served, {})
    async with served.service.database.writing() as session:
        (await user_named(session, "someone", served.service.clock)).disabled_at = served.service.clock.now()
    async with served.service.database.reading() as session:
        book = served.service.host.permissions
        assert await principal_of(session, "someone", book, TODAY) is None
        assert await principal_of(session, "stranger", book, TODAY) is None


async def test_a_grant_over_the_nation_reaches_everywhere(served: Served) -> None:
    caller = await rights(served, {}, division=NATION)
    assert len(await listed(served, caller)) == len(served.city.persons)
    assert await done(served, "openDivision", caller, code="420000", name="外省")


async def test_grants_over_two_places_add_up(served: Served) -> None:
    await rights(served, {"role": UserRole.TOWN_OFFICER}, division=WEST)
    caller = await rights(served, {"role": UserRole.AUDITOR}, division=EAST_VILLAGE)
    assert await listed(served, caller) == await listed(served, "two places")
    assert (await person(served, 7, caller))["name"] == "John Smith"
    assert (await person(served, 1, caller))["name"] == "李*"


async def test_a_districts_address_narrows_the_caller(served: Served) -> None:
    found = await served.ask("{ persons(first: 100) { totalCount } }", "nation", district=CITY)
    assert found["data"]["persons"]["totalCount"] == 8
    assert top_codes(await served.ask("{ persons { totalCount } }", "nation", district="410187000000")) == [
        "DISTRICT_UNKNOWN"
    ]
