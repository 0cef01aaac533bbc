"""Committees through GraphQL, on both databases: elections, by-elections, and what they make of a division."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

from core.committees.models import CommitteeMember, CommitteeTerm
from core.persons.models import Person
from tests.schema.asking import audited, change_rows, done, listed, newcomer, refused, rows_of
from tests.schema.conftest import Served
from tests.schema.small_city import EAST, EAST_COMMUNITY, EAST_VILLAGE, NEIGHBOUR_VILLAGE, WEST_VILLAGE

KIND = '{ division(code: "%s") { kind committee { name } } }'


def posts(found: Any, served: Served) -> list[tuple[int, str]]:
    """Who has which post, the persons by their number in the small city."""
    ids = [served.city.person(i) for i in range(len(served.city.persons))]
    return [(ids.index(m["person"]["id"]), m["post"]) for m in found["members"]]


def elected(served: Served, *persons: int) -> list[dict[str, str]]:
    """Members of whom the first is chair."""
    return [
        {"person": served.city.person(person), "post": "MEMBER" if i else "CHAIR"}
        for i, person in enumerate(persons)
    ]


def change(served: Served, committee: int = 0, **fields: Any) -> dict[str, Any]:
    return {"committee": served.city.committee(committee), "on": "2022-11-01", **fields}


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("410189000000", None),
        (EAST, "TOWN"),
        (EAST_VILLAGE, "VILLAGE"),
        (EAST_COMMUNITY, "VILLAGE"),  # the committee decides, not the code (domain 1.3)
        (WEST_VILLAGE, "VILLAGE"),
    ],
)
async def test_the_kind_of_a_division(served: Served, code: str, kind: str | None) -> None:
    for caller in ("city", "other town", "nobody"):
        found, explain = await served.both(KIND % code, caller)
        assert found["data"]["division"]["kind"] == kind
        assert explain["statementCount"] == 1


async def test_vector_12_without_a_committee(served: Served) -> None:
    for code, name, kind in (
        ("410189001000", "街道", "STREET"),
        ("410189001001", "社区甲", "COMMUNITY"),
        ("410189101498", "社区乙", "COMMUNITY"),
        ("410189101501", "村丙", "VILLAGE"),
        ("410189101601", "其他", None),
        ("410189201000", "乡", "TOWNSHIP"),
        ("410189401000", "园区", "SPECIAL"),
    ):
        await done(served, "openDivision", code=code, name=name)
        found, _ = await served.both(KIND % code)
        assert found["data"]["division"] == {"kind": kind, "committee": None}


async def test_a_village_becomes_a_community(served: Served) -> None:
    found = await done(served, "closeCommittee", **change(served))
    assert (found["closedOn"], found["members"], found["term"]) == ("2022-11-01", [], None)
    again = {"kind": "RESIDENT", "division": EAST_VILLAGE}
    opened = await done(served, "openCommittee", "town", **again)
    assert (opened["name"], opened["division"]["kind"]) == ("一村居民委员会", "COMMUNITY")
    assert await refused(served, "closeCommittee", **change(served)) == ["COMMITTEE_CLOSED committee"]
    assert served.city.committee(0) not in await listed(served, "city", "committees")


async def test_where_a_committee_may_be_opened(served: Served) -> None:
    good = {"kind": "VILLAGE", "division": WEST_VILLAGE}
    for fields, reason in (
        ({"division": EAST_VILLAGE}, "COMMITTEE_EXISTS division"),
        ({"division": EAST}, "COMMITTEE_DIVISION division"),
        ({"division": "410189101299"}, "DIV_UNKNOWN division"),
        ({"division": NEIGHBOUR_VILLAGE}, "FORBIDDEN_SCOPE division"),
        ({"openedOn": "2022-12-01"}, "DATE_FUTURE openedOn"),
        ({"openedOn": "1940-01-01"}, "DIV_INACTIVE division"),
        ({"name": ""}, "TEXT_LENGTH name"),
    ):
        assert await refused(served, "openCommittee", **{**good, **fields}) == [reason]
    assert await refused(served, "openCommittee", "town", **good) == ["FORBIDDEN_SCOPE division"]
    for caller in ("village", "auditor", "nobody"):
        assert await refused(served, "openCommittee", caller, **good) == ["FORBIDDEN"]
    assert (await done(served, "openCommittee", **good, name="二村村委会"))["name"] == "二村村委会"


async def test_an_election_ends_the_former_term(served: Served) -> None:
    found = await done(served, "electCommittee", "town", **change(served, members=elected(served, 1, 0, 4)))
    assert found["term"] == {"number": 2, "startsOn": "2022-11-01", "endsOn": None}
    assert [term["endsOn"] for term in found["terms"]] == ["2022-11-01", None]
    assert sorted(posts(found, served)) == [(0, "MEMBER"), (1, "CHAIR"), (4, "MEMBER")]
    rows = await rows_of(served, CommitteeMember, "committee_id", served.city.committee(0))
    ended = [row for row in rows if row.voided_at is None and row.valid_to == date(2022, 11, 1)]
    assert {row.term_number for row in ended} == {1}
    assert (len(rows), len(ended)) == (9, 3)  # three voided, three ended, three new
    assert len(await rows_of(served, CommitteeTerm, "committee_id", served.city.committee(0))) == 3
    assert len(await audited(served, "committee.elected")) == 2


async def test_elections_that_are_refused(served: Served) -> None:
    child = await done(served, "registerPerson", **newcomer(date(2010, 1, 1)))
    two_chairs = [{**member, "post": "CHAIR"} for member in elected(served, 0, 1, 3)]
    no_chair = [{**member, "post": "MEMBER"} for member in elected(served, 0, 1, 3)]
    minor = [*elected(served, 0, 1), {"person": child["id"]}]
    for members, reason in (
        (elected(served, 0, 1), "COMMITTEE_SIZE members"),
        (elected(served, 0, 1, 3, 4, 7, 0, 1, 3), "COMMITTEE_SIZE members"),
        (two_chairs, "COMMITTEE_CHAIR members"),
        (no_chair, "COMMITTEE_CHAIR members"),
        (elected(served, 0, 1, 1), "COMMITTEE_MEMBER_TWICE members"),
        (minor, "COMMITTEE_MEMBER_AGE members"),
        (elected(served, 0, 1, 6), "NOT_FOUND members"),
    ):
        assert await refused(served, "electCommittee", **change(served, members=members)) == [reason]
    good = elected(served, 0, 1, 3)
    for fields, reason in (
        ({"on": "2022-02-01"}, "TERM_OVERLAP on"),
        ({"on": "2022-01-31"}, "DATE_ORDER on"),
        ({"on": "2022-12-01"}, "DATE_FUTURE on"),
        ({"expectedVersion": 9}, "CONFLICT expectedVersion"),
    ):
        assert await refused(served, "electCommittee", **change(served, members=good, **fields)) == [reason]
    for caller, reason in (("other town", "NOT_FOUND committee"), ("village", "FORBIDDEN")):
        assert await refused(served, "electCommittee", caller, **change(served, members=good)) == [reason]
    await change_rows(served, update(Person).values(death_date=date(2022, 1, 1)).where(Person.name == "李四"))
    dead = change(served, members=good)
    assert await refused(served, "electCommittee", **dead) == ["PERSON_DECEASED members"]


async def test_a_residents_committee_has_five_to_nine(served: Served) -> None:
    await done(served, "closeCommittee", **change(served, 1))
    opened = await done(served, "openCommittee", kind="RESIDENT", division=EAST_COMMUNITY)
    fields = {"committee": opened["id"], "on": "2022-11-30"}
    few = elected(served, 0, 1, 3, 4)
    assert await refused(served, "electCommittee", **fields, members=few) == ["COMMITTEE_SIZE members"]
    found = await done(served, "electCommittee", **fields, members=elected(served, 0, 1, 3, 4, 7))
    assert len(found["members"]) == 5


async def test_members_come_and_go_within_a_term(served: Served) -> None:
    found = await done(served, "dismissCommitteeMember", **change(served, person=served.city.person(0)))
    assert [post for _, post in posts(found, served)] == ["MEMBER", "VICE_CHAIR"]
    gone = change(served, person=served.city.person(0))
    assert await refused(served, "dismissCommitteeMember", **gone) == ["COMMITTEE_MEMBER_MISSING person"]
    heir = change(served, person=served.city.person(1), post="CHAIR")
    found = await done(served, "appointCommitteeMember", **heir)
    assert posts(found, served) == [(1, "CHAIR"), (3, "MEMBER")]
    new = change(served, person=served.city.person(4), on="2022-11-20")
    found = await done(served, "appointCommitteeMember", **new)
    assert posts(found, served)[-1] == (4, "MEMBER")
    early = change(served, person=served.city.person(4), on="2022-11-19")
    assert await refused(served, "dismissCommitteeMember", **early) == ["DATE_ORDER on"]


async def test_appointments_that_are_refused(served: Served) -> None:
    for fields, reason in (
        ({"person": served.city.person(3)}, "COMMITTEE_MEMBER_TWICE person"),
        ({"person": served.city.person(4), "post": "CHAIR"}, "COMMITTEE_CHAIR post"),
        ({"person": served.city.person(5)}, "COMMITTEE_MEMBER_AGE person"),
        ({"person": served.city.person(6)}, "NOT_FOUND person"),
        ({"person": served.city.person(4), "subCommittee": "subcommittee_" + "0" * 32}, "NOT_FOUND subCommittee"),
    ):  # fmt: skip
        assert await refused(served, "appointCommitteeMember", **change(served, **fields)) == [reason]
    unelected = change(served, 1, person=served.city.person(4))
    assert await refused(served, "appointCommitteeMember", **unelected) == ["TERM_MISSING committee"]


async def test_a_sub_committee_is_formed_of_members(served: Served) -> None:
    formed = change(served, kind="MEDIATION", members=[served.city.person(1)])
    found = await done(served, "formSubCommittee", **formed)
    (mediation,) = found["subCommittees"]
    assert (mediation["name"], mediation["members"][0]["person"]["id"]) == (
        "人民调解委员会", served.city.person(1)
    )  # fmt: skip
    joins = change(served, person=served.city.person(3), subCommittee=mediation["id"])
    found = await done(served, "appointCommitteeMember", **joins)
    assert [m["subCommittee"] is not None for m in found["members"]] == [False, True, True]
    outsider = change(served, kind="SECURITY", members=[served.city.person(4)])
    for fields, reason in (
        (change(served, kind="MEDIATION"), "SUB_COMMITTEE_EXISTS kind"),
        (outsider, "COMMITTEE_MEMBER_MISSING members"),
        (change(served, kind="OTHER", name=""), "TEXT_LENGTH name"),
        (change(served, 1, kind="SECURITY", members=[served.city.person(4)]), "TERM_MISSING committee"),
    ):
        assert await refused(served, "formSubCommittee", **fields) == [reason]
    for name in ("妇女和儿童工作委员会", "环境卫生委员会"):
        await done(served, "formSubCommittee", **change(served, kind="OTHER", name=name))


async def test_who_sees_which_committee(served: Served) -> None:
    both = {served.city.committee(0), served.city.committee(1)}
    for caller, seen in (
        ("city", both), ("town", both), ("other town", set()), ("village", {served.city.committee(0)}),
        ("nobody", set()),
    ):  # fmt: skip
        assert await listed(served, caller, "committees") == seen, caller
        query = '{ committee(id: "%s") { members { person { name } } } }' % served.city.committee(0)
        found, _ = await served.both(query, caller)
        assert (found["data"]["committee"] is not None) == (served.city.committee(0) in seen)
    found, _ = await served.both(KIND % EAST_VILLAGE, "other town")
    assert found["data"]["division"]["committee"] is None
    # A member who lives elsewhere is reached by whoever reaches them; their post is not, without the committee.
    query = '{ person(id: "%s") { posts { post } } }' % served.city.person(3)
    assert (await served.both(query, "other town"))[0]["data"]["person"] == {"posts": []}
    assert (await served.both(query, "city"))[0]["data"]["person"] == {"posts": [{"post": "MEMBER"}]}
