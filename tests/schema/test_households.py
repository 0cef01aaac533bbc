"""Opening, changing and closing households through GraphQL, on both databases."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import update

from core.access.service import system
from core.households.models import Household, HouseholdMember, HouseholdVersion
from core.persons.models import Person
from tests.schema.asking import audited, change_rows, done, newcomer, refused, rows_of
from tests.schema.conftest import Served
from tests.schema.small_city import CITY, EAST_VILLAGE, NEIGHBOUR_VILLAGE, WEST_VILLAGE

TODAY = date(2022, 11, 30)
CHANGES = ("joinHousehold", "leaveHousehold", "changeHouseholdRole", "changeHouseholdHead", "closeHousehold")


def home(*members: tuple[str, str], **changes: Any) -> dict[str, Any]:
    """The input of a household to open."""
    given = [{"person": person, "relation": relation} for person, relation in members]
    base = {"kind": "REGISTERED", "addressDivision": EAST_VILLAGE, "address": "东街 9 号", "members": given}
    return {**base, **changes}


def change(served: Served, verb: str, person: int, **fields: Any) -> dict[str, Any]:
    """The input of a change of the first household, whose members are the persons 0 to 3."""
    base: dict[str, Any] = {"household": served.city.household(0), "on": "2022-11-01"}
    if verb != "closeHousehold":
        base["person"] = served.city.person(person)
    base |= {"joinHousehold": {"relation": "子"}, "changeHouseholdRole": {"relation": "子"}}.get(verb, {})
    base |= {"formerHeadRelation": "父亲"} if verb == "changeHouseholdHead" else {}
    return {**base, **fields}


async def memberships(served: Served, household: int, *, known: bool = True) -> list[tuple[Any, ...]]:
    """The membership rows of a household that still count, or those that were voided."""
    found = await rows_of(served, HouseholdMember, "household_id", served.city.household(household))
    persons = [row.id for row in served.city.persons]
    return sorted(
        (persons.index(row.person_id), row.relation, row.valid_from, row.valid_to or date.max)
        for row in found
        if (row.voided_at is None) == known
    )


async def test_a_household_is_opened(served: Served) -> None:
    child = await done(served, "registerPerson", **newcomer(date(2015, 1, 1)))
    opened = home((served.city.person(5), "户主"), (child["id"], "女儿"), code="E-0009")
    found = await done(served, "openHousehold", **opened)
    assert (found["code"], found["head"]["id"]) == ("E-0009", served.city.person(5))
    assert [(m["relation"], m["since"]) for m in found["members"]] == [
        ("02", "2022-11-30"),
        ("30", "2022-11-30"),
    ]
    (version,) = await rows_of(served, HouseholdVersion, "household_id", found["id"])
    assert (version.valid_from, version.division) == (TODAY, EAST_VILLAGE)


async def test_a_code_is_made_when_none_is_given(served: Served) -> None:
    found = await done(served, "openHousehold", **home((served.city.person(5), "02")))
    assert found["code"].startswith(f"{EAST_VILLAGE[:9]}-")


async def test_openings_that_are_refused(served: Served) -> None:
    free, taken = served.city.person(5), served.city.person(1)
    cases: dict[str, list[dict[str, Any]]] = {
        "HEAD_REQUIRED members": [
            home(),
            home((free, "子")),
            home((free, "02"), (served.city.person(8), "01")),
        ],
        "MEMBER_DUPLICATE members": [home((free, "02"), (taken, "妻")), home((free, "02"), (free, "子"))],
        "CODE_UNKNOWN members": [home((free, "邻居"))],
        "HOUSEHOLD_CODE_TAKEN code": [home((free, "02"), code="E-0001")],
        "ADDRESS_FORMAT address": [home((free, "02"), address=text) for text in ("", "  ", "街" * 201)],
        "DATE_FUTURE openedOn": [home((free, "02"), openedOn="2022-12-01")],
        "DIV_TIER addressDivision": [home((free, "02"), addressDivision=CITY)],
        "DIV_UNKNOWN addressDivision": [home((free, "02"), addressDivision="410189101999")],
        "FORBIDDEN_SCOPE addressDivision": [home((free, "02"), addressDivision=NEIGHBOUR_VILLAGE)],
        "NOT_FOUND members": [home((served.city.person(6), "02"))],
    }
    for reason, given in cases.items():
        assert [await refused(served, "openHousehold", **one) for one in given] == [[reason]] * len(given)


async def test_who_may_open_a_household(served: Served) -> None:
    given = home((served.city.person(5), "02"))
    assert await refused(served, "openHousehold", "auditor", **given) == ["FORBIDDEN"]
    elsewhere = {**given, "addressDivision": WEST_VILLAGE}
    reason = await refused(served, "openHousehold", "town", **elsewhere)
    assert reason == ["FORBIDDEN_SCOPE addressDivision"]
    assert await done(served, "openHousehold", "town", **given)


async def test_a_code_is_unique_in_its_district_only(served: Served) -> None:
    caller = system(served.service.host.permissions)
    neighbour = await done(
        served,
        "registerPerson",
        caller,
        **newcomer(
            date(1970, 1, 1), residenceDivision=NEIGHBOUR_VILLAGE, registeredDivision=NEIGHBOUR_VILLAGE
        ),
    )
    given = home((neighbour["id"], "02"), addressDivision=NEIGHBOUR_VILLAGE, code="E-0001")
    assert (await done(served, "openHousehold", caller, **given))["code"] == "E-0001"


async def test_one_registered_and_one_assistance_household_at_once(served: Served) -> None:
    second = home((served.city.person(1), "02"), kind="ASSISTANCE")
    opened = await done(served, "openHousehold", **second)
    found = await served.ask(
        '{ person(id: "%s") { memberships { household { id kind } } } }' % served.city.person(1)
    )
    kinds = {m["household"]["kind"] for m in found["data"]["person"]["memberships"]}
    assert kinds == {"REGISTERED", "ASSISTANCE"}
    again = home((served.city.person(5), "02"), (served.city.person(1), "妻"), kind="ASSISTANCE")
    assert await refused(served, "openHousehold", **again) == ["MEMBER_DUPLICATE members"]
    assert opened["head"]["id"] == served.city.person(1)


async def test_the_dead_join_nothing(served: Served) -> None:
    await change_rows(
        served,
        update(Person).where(Person.id == served.city.persons[5].id).values(death_date=date(2022, 11, 30)),
    )
    assert await refused(served, "openHousehold", **home((served.city.person(5), "02"))) == [
        "PERSON_DECEASED person"
    ]
    given = change(served, "joinHousehold", 5)
    assert await refused(served, "joinHousehold", **given) == ["PERSON_DECEASED person"]


async def test_joining_and_leaving_are_dated(served: Served) -> None:
    joined = await done(served, "joinHousehold", **change(served, "joinHousehold", 5, on="2022-11-30"))
    assert joined["version"] > 1
    assert (5, "20", TODAY, date.max) in await memberships(served, 0)
    await done(served, "leaveHousehold", **change(served, "leaveHousehold", 2, on="2022-10-01"))
    assert (2, "20", date(2022, 1, 1), date(2022, 10, 1)) in await memberships(served, 0)
    assert await memberships(served, 0, known=False) == [(2, "20", date(2022, 1, 1), date.max)]
    assert [row.subject for row in await audited(served, "household.left")][-1] == served.city.household(0)


async def test_leaving_on_the_day_of_joining_leaves_nothing_valid(served: Served) -> None:
    await done(served, "joinHousehold", **change(served, "joinHousehold", 5))
    await done(served, "leaveHousehold", **change(served, "leaveHousehold", 5))
    assert 5 not in {row[0] for row in await memberships(served, 0)}


async def test_a_role_changes_from_a_day_on(served: Served) -> None:
    given = change(served, "changeHouseholdRole", 2, relation="27", on="2022-07-01")
    found = await done(served, "changeHouseholdRole", **given)
    assert "27" in [m["relation"] for m in found["members"]]
    day = date(2022, 7, 1)
    mine = [row for row in await memberships(served, 0) if row[0] == 2]
    assert mine == [(2, "20", date(2022, 1, 1), day), (2, "27", day, date.max)]


async def test_one_head_after_a_change_of_head(served: Served) -> None:
    given = change(served, "changeHouseholdHead", 1, formerHeadRelation="丈夫", on="2022-07-01")
    found = await done(served, "changeHouseholdHead", **given)
    assert found["head"]["id"] == served.city.person(1)
    assert [m["person"]["id"] for m in found["members"] if m["relation"] == "02"] == [served.city.person(1)]
    day, start = date(2022, 7, 1), date(2022, 1, 1)
    changed = [row for row in await memberships(served, 0) if row[0] < 2]
    assert changed == [
        (0, "02", start, day),
        (0, "11", day, date.max),
        (1, "02", day, date.max),
        (1, "12", start, day),
    ]


async def test_the_head_is_in_the_households_history(served: Served) -> None:
    await done(served, "changeHouseholdHead", **change(served, "changeHouseholdHead", 1, on="2022-07-01"))
    found = await rows_of(served, HouseholdVersion, "household_id", served.city.household(0))
    heads = sorted(
        (row.valid_from, row.valid_to or date.max, row.head_id) for row in found if not row.voided_at
    )
    day, persons = date(2022, 7, 1), served.city.persons
    assert heads == [(date(2022, 1, 1), day, persons[0].id), (day, date.max, persons[1].id)]


async def test_after_closing_the_members_can_join_elsewhere(served: Served) -> None:
    closed = await done(served, "closeHousehold", **change(served, "closeHousehold", 0))
    assert (closed["closedOn"], closed["members"]) == ("2022-11-01", [])
    assert {row[3] for row in await memberships(served, 0)} == {date(2022, 11, 1)}
    elsewhere = change(served, "joinHousehold", 0, household=served.city.household(1))
    assert await done(served, "joinHousehold", **elsewhere)


async def test_a_closed_household_does_not_change(served: Served) -> None:
    await done(served, "closeHousehold", **change(served, "closeHousehold", 0))
    for verb in CHANGES:
        assert await refused(served, verb, **change(served, verb, 1)) == ["HOUSEHOLD_CLOSED household"]


async def test_what_every_change_refuses(served: Served) -> None:
    for verb in CHANGES:
        cases: dict[str, dict[str, Any]] = {
            "DATE_FUTURE on": {"on": "2022-12-01"},
            "DATE_ORDER on": {"on": "2021-12-31"},
            "CONFLICT expectedVersion": {"expectedVersion": 99},
            "NOT_FOUND household": {"household": served.city.household(3)},
        }
        found = {
            reason: await refused(served, verb, **change(served, verb, 1, **given))
            for reason, given in cases.items()
        }
        assert found == {reason: [reason] for reason in cases}
        assert await refused(served, verb, "auditor", **change(served, verb, 1)) == ["FORBIDDEN"]
        missing = change(served, verb, 1, household="household_" + "0" * 32)
        assert await refused(served, verb, **missing) == ["NOT_FOUND household"]


async def test_changes_of_members_that_are_refused(served: Served) -> None:
    cases: list[tuple[str, str, int, dict[str, Any]]] = [
        ("MEMBER_DUPLICATE person", "joinHousehold", 4, {}),
        ("MEMBER_DUPLICATE person", "joinHousehold", 1, {}),
        ("HEAD_REQUIRED relation", "joinHousehold", 5, {"relation": "02"}),
        ("CODE_UNKNOWN relation", "joinHousehold", 5, {"relation": "邻居"}),
        ("HEAD_LEAVES person", "leaveHousehold", 0, {}),
        ("MEMBER_MISSING person", "leaveHousehold", 5, {}),
        ("DATE_ORDER on", "leaveHousehold", 3, {"on": "2022-05-31"}),
        ("MEMBER_MISSING person", "changeHouseholdRole", 5, {}),
        ("HEAD_REQUIRED relation", "changeHouseholdRole", 0, {}),
        ("HEAD_REQUIRED relation", "changeHouseholdRole", 1, {"relation": "户主"}),
        ("CODE_UNKNOWN relation", "changeHouseholdRole", 1, {"relation": "邻居"}),
        ("DATE_ORDER on", "changeHouseholdRole", 3, {"on": "2022-05-31"}),
        ("MEMBER_MISSING person", "changeHouseholdHead", 5, {}),
        ("HEAD_REQUIRED person", "changeHouseholdHead", 0, {}),
        ("HEAD_REQUIRED person", "changeHouseholdHead", 1, {"formerHeadRelation": "02"}),
        ("CODE_UNKNOWN formerHeadRelation", "changeHouseholdHead", 1, {"formerHeadRelation": "邻居"}),
        ("DATE_ORDER on", "closeHousehold", 0, {"on": "2022-05-31"}),  # a member joined on 1 June
        ("NOT_FOUND person", "joinHousehold", 6, {}),
    ]
    for reason, verb, person, fields in cases:
        assert await refused(served, verb, **change(served, verb, person, **fields)) == [reason], verb
    (row,) = await rows_of(served, Household, "id", served.city.household(0))
    assert row.closed_on is None


async def test_nobody_is_in_two_households_of_a_kind_on_one_day(served: Served) -> None:
    left = served.city.person(7)  # on 1 October
    for on in ("2022-02-01", "2022-09-30"):
        given = change(served, "joinHousehold", 7, on=on)
        assert await refused(served, "joinHousehold", **given) == ["MEMBER_DUPLICATE person"]
        opened = home((left, "02"), openedOn=on)
        assert await refused(served, "openHousehold", **opened) == ["MEMBER_DUPLICATE members"]
    assert await done(served, "joinHousehold", **change(served, "joinHousehold", 7, on="2022-10-01"))
