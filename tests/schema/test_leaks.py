"""What a caller must not learn by a way around: relations, filters, ids, refusals."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import update

from core.persons.models import Person
from schema.sql.env import Env, SearchLimiter
from tests.schema.asking import audited, change_rows, done, newcomer, refused, top_codes
from tests.schema.conftest import Served
from tests.schema.small_city import CITY, number

HEAD = '{ household(id: "%s") { closedOn head { name birthDate } } }'
MEMBERSHIPS = '{ person(id: "%s") { name memberships { relation since household { code } } } }'


async def test_the_head_of_a_closed_household_may_be_out_of_reach(served: Served) -> None:
    home, head = served.city.household(2), served.city.person(0)  # the house is in the west, he in the east
    day = {"household": home, "on": "2022-11-20"}
    await done(served, "changeHouseholdHead", **day, person=head, formerHeadRelation="其他亲属")
    found, _ = await served.both(HEAD % home, "other town")
    assert found["data"]["household"]["head"]["name"] == "张三丰"
    await done(served, "closeHousehold", **day)
    found, _ = await served.both(HEAD % home, "other town")
    assert found["data"]["household"] == {"closedOn": "2022-11-20", "head": None}
    found, _ = await served.both(HEAD % home, "city")
    assert found["data"]["household"]["head"]["name"] == "张三丰"


async def test_memberships_of_households_elsewhere_are_absent(served: Served) -> None:
    person = served.city.person(0)  # at home in the east, and a member of a household in the west
    counts = {}
    for caller in ("city", "town", "other town", "village"):
        found, _ = await served.both(MEMBERSHIPS % person, caller)
        counts[caller] = len(found["data"]["person"]["memberships"])
        assert all(membership["household"] for membership in found["data"]["person"]["memberships"])
    assert counts == {"city": 2, "town": 1, "other town": 1, "village": 1}


NAMES = "{ persons(filter: %s, first: 100) { totalCount edges { node { name } } } }"


async def test_masked_names_are_not_searched(served: Served) -> None:
    for test in ('{name: "张三"}', '{not: {name: "张三"}}', '{or: [{name: ""}, {bornAfter: "2000-01-01"}]}'):
        found, _ = await served.both(NAMES % test, "auditor")
        assert top_codes(found) == ["FORBIDDEN"], test
        assert found["data"] == {"persons": None}


async def test_names_are_searched_where_they_are_shown(served: Served) -> None:
    async def found(test: str, caller: str) -> set[str]:
        answer, _ = await served.both(NAMES % test, caller)
        page = answer["data"]["persons"]
        assert page["totalCount"] == len(page["edges"])
        return {edge["node"]["name"] for edge in page["edges"]}

    caller = "names in one town"
    everybody = await found("{}", caller)
    assert {"张三丰", "J********h"} <= everybody
    assert await found('{name: "张"}', caller) == {"张三丰", "张小明"}
    assert await found('{name: "John"}', "city") == {"John Smith"}
    assert await found('{name: "John"}', caller) == set()
    # what is masked answers alike whatever is asked of it
    assert await found('{not: {name: "John"}}', caller) == everybody
    assert await found('{not: {name: "张"}}', caller) == everybody - {"张三丰", "张小明"}


async def test_a_masked_person_of_no_town_is_not_searched_by_exclusion(served: Served) -> None:
    placed = {"town": None, "division": CITY, "registered_town": None, "registered_division": CITY}
    await change_rows(served, update(Person).where(Person.name == "John Smith").values(**placed))
    for name in ("John", "Zoe"):
        found, _ = await served.both(NAMES % ('{not: {name: "%s"}}' % name), "names in one town")
        assert "J********h" in str(found["data"])


@pytest.mark.parametrize("planned", [True, False])
async def test_a_failure_is_logged_without_its_values(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, planned: bool
) -> None:
    private = "1380000" + "1234"

    async def fails(_env: Env) -> None:
        raise RuntimeError(private)

    monkeypatch.setattr(Env, "settle", fails)
    await served.ask("{ persons { totalCount } }", planned=planned, request_id="r-1")
    assert "r-1" in caplog.text
    assert "RuntimeError" in caplog.text
    assert "test_leaks.py" in caplog.text
    assert private not in caplog.text


@pytest.mark.parametrize("dry", [True, False])
async def test_a_known_id_number_met_in_a_write_is_audited_as_a_search(served: Served, dry: bool) -> None:
    elsewhere = number(date(1970, 5, 5), 9)  # registered in the neighbouring county
    fields = {**newcomer(date(1970, 5, 5)), "idNumber": elsewhere, "dryRun": dry}
    assert await refused(served, "registerPerson", **fields) == ["ID_DUPLICATE idNumber"]
    (row,) = await audited(served, "search.id_number")
    assert row.actor == served.callers["city"].subject
    assert elsewhere not in str([row.details, row.fields, row.subject])


async def test_known_id_numbers_are_not_tried_out_without_limit(served: Served) -> None:
    served.service.limiter = SearchLimiter(2)
    elsewhere = {**newcomer(date(1970, 5, 5)), "idNumber": number(date(1970, 5, 5), 9), "dryRun": True}
    for _ in range(2):
        assert await refused(served, "registerPerson", **elsewhere) == ["ID_DUPLICATE idNumber"]
    for fields in (
        elsewhere,
        {**newcomer(date(1970, 5, 5), 75), "dryRun": True},
    ):  # known or not: all the same
        assert await refused(served, "registerPerson", **fields) == ["RATE_LIMITED"]
