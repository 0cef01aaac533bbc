"""Events, marriages, applications, merges and candidates of two towns: each sees its own, neither the other's."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.schema.conftest import Served
from tests.schema.living import adult, done
from tests.schema.small_city import CITY, EAST, EAST_VILLAGE, WEST, WEST_VILLAGE

EVENTS = """query E($filter: LifeEventFilter) { lifeEvents(filter: $filter, first: 50) { totalCount edges { cursor
  node { id type persons { role person { name } } } } } }"""
OF_PERSON = """query P($id: ID!) { person(id: $id) {
  lifeEvents { totalCount edges { node { id persons { role person { id } } } } }
  marriages { husband { id } wife { id } }
  divorceApplications { totalCount edges { node { id husband { id } wife { id } minorChildren { person { id } } } } }
} }"""
APPLICATIONS = "{ divorceApplications(first: 50) { totalCount edges { cursor node { id husband { id } } } } }"
NODE = "query N($id: ID!) { node(id: $id) { id } }"
MERGE = "query N($id: ID!) { node(id: $id) { ... on PersonMerge { kept { id } dropped { id } reason } } }"
CANDIDATES = """query D($person: ID, $division: DivisionCode) {
  duplicateCandidates(person: $person, division: $division, first: 50) { score reasons persons { id } } }"""


async def ask(served: Served, query: str, caller: str, **variables: Any) -> Any:
    answer, _ = await served.both(query, caller, variables=variables)
    assert "errors" not in answer, answer
    return answer["data"]


async def test_a_couple_of_two_towns(served: Served) -> None:
    man = await adult(served, "陈大山", date(1990, 5, 1), 11)
    woman = await adult(served, "林小溪", date(1992, 6, 1), 12, WEST_VILLAGE)
    child = await adult(served, "陈小北", date(2015, 6, 1), 13)
    wed = await done(served, "recordMarriage", husband=man, wife=woman, on="2021-05-20")
    asked = await done(
        served, "applyForDivorce", husband=man, wife=woman, on="2022-06-06", minorChildren=[child]
    )
    event, application = wed["lifeEvent"]["id"], asked["divorceApplication"]["id"]

    async def listed(caller: str) -> set[str]:
        page = (await ask(served, EVENTS, caller))["lifeEvents"]
        assert page["totalCount"] == len(page["edges"])
        return {edge["node"]["id"] for edge in page["edges"]}

    assert event in await listed("town")
    assert event not in await listed("other town")
    # each town finds it through its own person, and is not told who the other is
    for caller, own, other in (("town", man, woman), ("other town", woman, man)):
        found = (await ask(served, OF_PERSON, caller, id=own))["person"]
        (edge,) = found["lifeEvents"]["edges"]
        assert (edge["node"]["id"], found["lifeEvents"]["totalCount"]) == (event, 1)
        people = [part["person"] for part in edge["node"]["persons"]]
        assert {"id": own} in people
        assert None in people
        (marriage,) = found["marriages"]
        assert {"id": own} in marriage.values()
        assert None in marriage.values()
        (edge,) = found["divorceApplications"]["edges"]
        assert edge["node"]["id"] == application
        assert other not in str(found)
        assert (edge["node"]["minorChildren"] == [{"person": None}]) is (caller == "other town")
        assert (await ask(served, OF_PERSON, caller, id=other))["person"] is None
        assert (await ask(served, NODE, caller, id=event))["node"] == {"id": event}
        assert (await ask(served, NODE, caller, id=application))["node"] == {"id": application}
    for caller in ("nobody",):
        assert (await ask(served, NODE, caller, id=event))["node"] is None
        assert (await ask(served, NODE, caller, id=application))["node"] is None
    # of two persons elsewhere, nothing
    east = await adult(served, "周小河", date(1991, 1, 1), 14)
    groom = await adult(served, "周大河", date(1991, 1, 1), 15)
    alone = await done(served, "recordMarriage", husband=groom, wife=east, on="2022-05-01")
    asked = await done(served, "applyForDivorce", husband=groom, wife=east, on="2022-06-06")
    page = (await ask(served, APPLICATIONS, "village"))["divorceApplications"]
    assert page["totalCount"] == len(page["edges"]) == 2
    assert alone["lifeEvent"]["id"] not in await listed("other town")
    # the cursor of a row out of reach belongs to nobody's list
    edges = (await ask(served, EVENTS, "town"))["lifeEvents"]["edges"]
    cursor = next(e["cursor"] for e in edges if e["node"]["id"] == event)
    query = "query C($after: String) { lifeEvents(first: 5, after: $after) { edges { node { id } } } }"
    answer, _ = await served.both(query, "nobody", variables={"after": cursor})
    assert [e["extensions"]["code"] for e in answer.get("errors", ())] in (["CURSOR_INVALID"], [])
    assert event not in str(answer)


async def test_merges_and_candidates_of_another_town(served: Served) -> None:
    fields = {"name": "陈小北", "idType": "NONE", "gender": "MALE", "birthDate": "2022-01-31"}
    twins = []
    for village in (EAST_VILLAGE, EAST_VILLAGE, WEST_VILLAGE):
        place = {"registeredDivision": village, "residenceDivision": village}
        twins.append((await done(served, "registerPerson", **fields, **place))["person"]["id"])
    one, two, three = twins

    async def pairs(caller: str, **asked: Any) -> set[frozenset[str]]:
        answer = await served.ask(CANDIDATES, caller, variables=asked)
        found = answer["data"]["duplicateCandidates"]
        assert found == sorted(found, key=lambda item: -item["score"])
        return {frozenset(person["id"] for person in item["persons"]) for item in found}

    every = {frozenset(pair) for pair in ((one, two), (one, three), (two, three))}
    assert await pairs("city", division=CITY) == every
    assert await pairs("city", division=EAST) == every
    assert await pairs("city", division=WEST) == every - {frozenset((one, two))}
    assert await pairs("town", division=EAST) == {frozenset((one, two))}
    assert await pairs("other town", division=WEST) == set()
    assert await pairs("city", person=one) == every - {frozenset((two, three))}
    assert await pairs("town", person=one) == {frozenset((one, two))}
    assert await pairs("other town", person=three) == set()
    assert await pairs("other town", person=one) == set()
    for caller, division in (("town", WEST), ("other town", EAST), ("town", CITY), ("nobody", EAST)):
        answer = await served.ask(CANDIDATES, caller, variables={"division": division})
        assert [e["extensions"]["code"] for e in answer["errors"]] == ["FORBIDDEN_SCOPE"], answer
    for asked in ({}, {"person": one, "division": EAST}):
        answer = await served.ask(CANDIDATES, "city", variables=asked)
        assert [e["extensions"]["code"] for e in answer["errors"]] == ["ID_INVALID"]

    merged = (await done(served, "mergePersons", kept=one, dropped=two, reason="重复"))["merge"]["id"]
    shown = {"kept": {"id": one}, "dropped": None, "reason": "重复"}
    assert (await ask(served, MERGE, "town", id=merged))["node"] == shown
    assert (await ask(served, MERGE, "other town", id=merged))["node"] is None
    assert await pairs("city", division=CITY) == {frozenset((one, three))}


async def test_who_reads_no_names_finds_no_likeness(served: Served) -> None:
    fields = {"name": "陈小北", "idType": "NONE", "gender": "MALE", "birthDate": "2022-01-31"}
    twins = []
    for village in (EAST_VILLAGE, WEST_VILLAGE, EAST_VILLAGE):
        place = {"registeredDivision": village, "residenceDivision": village}
        twins.append((await done(served, "registerPerson", **fields, **place))["person"]["id"])
    for caller, pairs in (("city", 3), ("auditor", 0), ("names in one town", 1)):
        answer = await served.ask(CANDIDATES, caller, variables={"division": CITY})
        assert len(answer["data"]["duplicateCandidates"]) == pairs
    for caller, pairs in (("city", 2), ("auditor", 0), ("names in one town", 1)):
        answer = await served.ask(CANDIDATES, caller, variables={"person": twins[0]})
        assert len(answer["data"]["duplicateCandidates"]) == pairs


async def test_an_event_of_strangers_is_no_one_elses(served: Served) -> None:
    """Reached by id through its persons: their households in scope, not any household in scope."""
    man = await adult(served, "陈大山", date(1990, 5, 1), 11)
    died = await done(served, "recordDeath", person=man, on="2022-10-01")
    event = died["lifeEvent"]["id"]
    assert (await ask(served, NODE, "town", id=event))["node"] == {"id": event}
    assert (await ask(served, NODE, "other town", id=event))["node"] is None
