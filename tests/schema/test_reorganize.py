"""Divisions merged and split: everybody is elsewhere from a day on, and the past stays what it was (domain 1.3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import insert, inspect, select

from core import history
from core.access.service import system
from core.codes.sets import Gender, IdType, MaritalStatus
from core.dated import Dated
from core.db import new_id, recorded_statements
from core.divisions.models import Division
from core.divisions.reorganize import merge
from core.events.models import LifeEvent
from core.households.models import Household, HouseholdVersion
from core.ids import key_of
from core.persons.models import Person, PersonVersion
from core.placed import place
from core.work import Work
from tests.schema.asking import audited, counts, done, newcomer, refused, rows_of, write
from tests.schema.conftest import Served
from tests.schema.small_city import (
    CITY,
    EAST,
    EAST_COMMUNITY,
    EAST_VILLAGE,
    NEIGHBOUR_VILLAGE,
    TODAY,
    WEST,
    WEST_VILLAGE,
)

NEW = "410189101205"
DAY = "2022-09-01"
MERGE: dict[str, Any] = {"divisions": [EAST_VILLAGE], "into": WEST_VILLAGE, "on": DAY}

PERSON = """query At($id: ID!, $asOf: Date, $knownAt: DateTime) {
  person(id: $id, asOf: $asOf, knownAt: $knownAt) { residenceDivision { code } registeredDivision { code } }
}"""
HOME = """query At($id: ID!, $asOf: Date, $knownAt: DateTime) {
  household(id: $id, asOf: $asOf, knownAt: $knownAt) { address addressDivision { code } }
}"""
DIVISION = """query At($code: DivisionCode!, $asOf: Date, $knownAt: DateTime) {
  division(code: $code, asOf: $asOf, knownAt: $knownAt) { validTo successor { code } }
}"""


async def at(
    served: Served, query: str, as_of: str | None = None, known: datetime | None = None, **key: str
) -> Any:
    """An answer at a moment, on both paths."""
    variables = {**key, "asOf": as_of, "knownAt": known.isoformat() if known else None}
    found, explain = await served.both(query, variables=variables)
    assert explain["planned"]
    (answer,) = found["data"].values()
    return answer


async def places(
    served: Served, id_: str, as_of: str | None = None, known: datetime | None = None
) -> list[str]:
    """Where somebody lives and is registered."""
    found = await at(served, PERSON, as_of, known, id=id_)
    return [found["residenceDivision"]["code"], found["registeredDivision"]["code"]]


async def total(served: Served, **filters: str) -> int:
    given = ", ".join(f'{name}: "{code}"' for name, code in filters.items())
    found = await served.both("{ persons(filter: {%s}) { totalCount } }" % given)
    return int(found[0]["data"]["persons"]["totalCount"])


async def homes(served: Served, code: str) -> int:
    found = await served.both('{ households(filter: {division: "%s"}) { totalCount } }' % code)
    return int(found[0]["data"]["households"]["totalCount"])


async def test_people_are_in_the_other_village_from_the_day_on(served: Served) -> None:
    person, before = served.city.person(0), served.service.clock.now()
    found = await done(served, "mergeDivisions", **MERGE)
    assert (found["code"], found["validTo"]) == (WEST_VILLAGE, None)
    assert await places(served, person, "2022-08-31") == [EAST_VILLAGE, EAST_VILLAGE]
    assert await places(served, person, DAY) == [WEST_VILLAGE, WEST_VILLAGE]
    assert await places(served, person) == [WEST_VILLAGE, WEST_VILLAGE]
    # what was known before the merge, on both days
    for day in ("2022-08-31", DAY, TODAY.isoformat()):
        assert await places(served, person, day, before) == [EAST_VILLAGE, EAST_VILLAGE]


async def test_residence_and_registration_go_apart(served: Served) -> None:
    person = served.city.person(3)  # lives in the west, is registered in the east
    await done(served, "mergeDivisions", divisions=[EAST_VILLAGE], into=EAST_COMMUNITY, on=DAY)
    assert await places(served, person, "2022-08-31") == [WEST_VILLAGE, EAST_VILLAGE]
    assert await places(served, person, DAY) == [WEST_VILLAGE, EAST_COMMUNITY]


async def test_lists_and_counts_go_along(served: Served) -> None:
    sums = [await total(served, division=code) for code in (EAST_VILLAGE, WEST_VILLAGE, EAST, WEST)]
    registered = [await total(served, registeredDivision=code) for code in (EAST_VILLAGE, WEST_VILLAGE)]
    houses = [await homes(served, code) for code in (EAST_VILLAGE, WEST_VILLAGE)]
    await done(served, "mergeDivisions", **MERGE)
    assert [await total(served, division=code) for code in (EAST_VILLAGE, WEST_VILLAGE)] == [0, sum(sums[:2])]
    assert [await total(served, division=code) for code in (EAST, WEST)] == [
        sums[2] - sums[0],
        sums[3] + sums[0],
    ]
    assert await total(served, registeredDivision=EAST_VILLAGE) == 0
    assert await total(served, registeredDivision=WEST_VILLAGE) == sum(registered)
    assert [await homes(served, code) for code in (EAST_VILLAGE, WEST_VILLAGE)] == [0, sum(houses)]


async def test_a_household_goes_along_with_its_address(served: Served) -> None:
    home = served.city.household(0)
    await done(served, "mergeDivisions", **MERGE)
    before, after = await at(served, HOME, "2022-08-31", id=home), await at(served, HOME, DAY, id=home)
    assert (before["addressDivision"]["code"], before["address"]) == (
        EAST_VILLAGE,
        "示范省示范地区示范市东镇一村",
    )
    assert (after["addressDivision"]["code"], after["address"]) == (
        WEST_VILLAGE,
        "示范省示范地区示范市西镇二村",
    )
    asked = '{ household(id: "%s") { address } }' % home
    (plain,) = (await served.ask(asked, "unmasking"))["data"].values()
    assert plain == {"address": "东街 1 号"}  # the street and number are nobody's to change


async def test_the_closed_village_keeps_its_history(served: Served) -> None:
    before = served.service.clock.now()
    await done(served, "mergeDivisions", **MERGE)
    closed = {"validTo": DAY, "successor": {"code": WEST_VILLAGE}}
    assert await at(served, DIVISION, DAY, code=EAST_VILLAGE) == closed
    assert await at(served, DIVISION, code=EAST_VILLAGE) == closed
    still = {"validTo": None, "successor": None}
    assert await at(served, DIVISION, "2022-08-31", code=EAST_VILLAGE) == still
    assert await at(served, DIVISION, DAY, before, code=EAST_VILLAGE) == still


async def test_it_is_audited_with_counts_and_is_no_move(served: Served) -> None:
    await done(served, "mergeDivisions", **MERGE)
    (row,) = await audited(served, "division.merged")
    division = (await served.ask('{ division(code: "%s") { id } }' % EAST_VILLAGE))["data"]["division"]["id"]
    assert (row.subject, row.district) == (division, CITY)
    assert row.details == {"into": WEST_VILLAGE, "on": DAY, "residents": 4, "registered": 5, "households": 1}
    asked = '{ person(id: "%s") { lifeEvents { totalCount } } }' % served.city.person(0)
    assert (await served.ask(asked))["data"]["person"]["lifeEvents"]["totalCount"] == 0


async def test_what_happened_there_stays_there(served: Served) -> None:
    """The move of a resident was recorded in a village that is closed later: the year's count is the old code's."""
    async with served.service.database.reading() as session:
        before = [(row.id, row.division) for row in await session.scalars(select(LifeEvent))]
    closing = sorted({division for _, division in before})
    await done(served, "mergeDivisions", divisions=closing, into=EAST_VILLAGE, on=DAY)
    async with served.service.database.reading() as session:
        after = [(row.id, row.division) for row in await session.scalars(select(LifeEvent))]
    assert before
    assert after == before


async def test_a_back_dated_merge_takes_those_who_came_and_went(served: Served) -> None:
    """After the day somebody moved in, somebody moved out, and somebody came into the world."""
    clock = served.service.clock
    came = (await done(served, "registerPerson", **newcomer(date(1991, 1, 1), since="2022-10-01")))["id"]
    gone, moved_in = served.city.person(1), served.city.person(4)
    move = "mutation M($i: RecordMoveInput!) { recordMove(input: $i) { errors { code } } }"
    for person, to in ((gone, EAST_COMMUNITY), (moved_in, EAST_VILLAGE)):
        told = {"person": person, "residenceDivision": to, "on": "2022-10-15"}
        assert (await served.ask(move, variables={"i": told}))["data"]["recordMove"]["errors"] == []
    before = clock.now()
    await done(served, "mergeDivisions", divisions=[EAST_VILLAGE], into=WEST_VILLAGE, on="2022-06-15")
    assert await places(served, came, "2022-10-01") == [WEST_VILLAGE, WEST_VILLAGE]
    assert await at(served, PERSON, "2022-09-30", id=came) is None
    days = ("2022-06-14", "2022-06-15", "2022-10-14", "2022-10-15")
    assert [(await places(served, gone, day))[0] for day in days] == [
        EAST_VILLAGE,
        WEST_VILLAGE,
        WEST_VILLAGE,
        EAST_COMMUNITY,
    ]
    assert [(await places(served, moved_in, day))[0] for day in days[2:]] == [EAST_COMMUNITY, WEST_VILLAGE]
    assert (await places(served, moved_in, "2022-10-15", before))[0] == EAST_VILLAGE


async def test_two_villages_into_a_new_one(served: Served) -> None:
    await done(served, "openDivision", code=NEW, name="新村", validFrom="2022-09-01")
    both = [EAST_VILLAGE, EAST_COMMUNITY, EAST_VILLAGE]
    found = await done(served, "mergeDivisions", divisions=both, into=NEW, on=DAY)
    assert found["code"] == NEW
    assert await total(served, division=NEW) == await total(served, division=EAST) == 6
    assert len(await audited(served, "division.merged")) == 2


async def test_towns_merge_after_their_villages(served: Served) -> None:
    towns: dict[str, Any] = {"divisions": [WEST], "into": EAST, "on": DAY}
    assert await refused(served, "mergeDivisions", **towns) == ["DIV_HAS_CHILDREN divisions"]
    await done(served, "openDivision", code=NEW, name="二村", validFrom=DAY)
    await done(served, "mergeDivisions", divisions=[WEST_VILLAGE], into=NEW, on=DAY)
    await done(served, "mergeDivisions", **towns)
    assert await total(served, division=WEST) == 0
    assert (await at(served, DIVISION, code=WEST))["successor"] == {"code": EAST}


async def test_a_repeat_is_answered_or_refused(served: Served) -> None:
    first = await done(served, "mergeDivisions", **MERGE, idempotencyKey="k")
    written = await counts(served)
    assert await done(served, "mergeDivisions", **MERGE, idempotencyKey="k") == first
    assert await counts(served) == written
    assert await refused(served, "mergeDivisions", **MERGE) == ["DIV_INACTIVE divisions"]


async def test_mergers_that_are_refused(served: Served) -> None:
    await done(served, "openDivision", code=NEW, name="新村", validFrom="2022-10-01")
    cases: dict[str, dict[str, Any]] = {
        "INPUT_EMPTY divisions": {"divisions": []},
        "DIV_UNKNOWN divisions": {"divisions": [EAST_VILLAGE, "410189101299"]},
        "DIV_UNKNOWN into": {"into": "410189101299"},
        "MERGE_SAME into": {"into": EAST_VILLAGE},
        "DIV_MERGE_TIER divisions": {"into": WEST},
        "DIV_TIER into": {"into": CITY},
        "DIV_INACTIVE into": {"into": NEW},  # not yet in force
        "DATE_FUTURE on": {"on": "2022-12-01"},
        "DATE_ORDER on": {"divisions": [EAST_VILLAGE], "on": "1949-10-01"},
        "FORBIDDEN_SCOPE divisions": {"divisions": [EAST_VILLAGE, NEIGHBOUR_VILLAGE]},
        "FORBIDDEN_SCOPE into": {"into": NEIGHBOUR_VILLAGE},
    }
    found = {
        why: await refused(served, "mergeDivisions", **{**MERGE, **given}) for why, given in cases.items()
    }
    assert found == {why: [why] for why in cases}
    assert await refused(served, "mergeDivisions", "town", **MERGE) == ["FORBIDDEN"]
    await done(served, "mergeDivisions", divisions=[EAST_VILLAGE], into=EAST_COMMUNITY, on=DAY)
    into_closed = {"divisions": [WEST_VILLAGE], "into": EAST_VILLAGE, "on": "2022-08-01"}
    assert await refused(served, "mergeDivisions", **into_closed) == ["DIV_INACTIVE into"]


async def test_into_another_district(served: Served) -> None:
    fields = {**MERGE, "into": NEIGHBOUR_VILLAGE}
    found = await done(served, "mergeDivisions", _nation(served), **fields)
    assert found["code"] == NEIGHBOUR_VILLAGE
    async with served.service.database.reading() as session:
        row = await session.get_one(Household, key_of("household", served.city.household(0)))
    assert (row.district, row.town, row.division) == tuple(place(NEIGHBOUR_VILLAGE).values())


def _nation(served: Served) -> Any:
    return system(served.service.host.permissions)


async def test_a_dry_run_writes_nothing(served: Served) -> None:
    part = {"code": NEW, "name": "新村", "households": [served.city.household(0)]}
    before = await counts(served)
    await done(served, "mergeDivisions", **MERGE, dryRun=True)
    await done(served, "splitDivision", code=EAST_VILLAGE, on=DAY, parts=[part], dryRun=True)
    assert await counts(served) == before
    assert await total(served, division=EAST_VILLAGE) == 4


# -- split


async def test_a_village_is_split(served: Served) -> None:
    clock, home = served.service.clock, served.city.household(0)
    before = clock.now()
    part = {"code": NEW, "name": "新村", "households": [home]}
    found = await done(served, "splitDivision", code=EAST_VILLAGE, on=DAY, parts=[part])
    assert (found["code"], found["validTo"]) == (EAST_VILLAGE, None)
    for index in (0, 1, 2):
        person = served.city.person(index)
        assert await places(served, person, "2022-08-31") == [EAST_VILLAGE, EAST_VILLAGE]
        assert await places(served, person, DAY) == [NEW, NEW]
        assert await places(served, person, DAY, before) == [EAST_VILLAGE, EAST_VILLAGE]
    # the member who lives in the west is registered here
    assert await places(served, served.city.person(3), DAY) == [WEST_VILLAGE, NEW]
    assert await places(served, served.city.person(8), TODAY.isoformat()) == [EAST_VILLAGE, EAST_VILLAGE]
    after = await at(served, HOME, DAY, id=home)
    assert after == {"address": "示范省示范地区示范市东镇新村", "addressDivision": {"code": NEW}}
    (row,) = await audited(served, "division.split")
    assert row.details == {"on": DAY, "parts": [{"code": NEW, "households": 1, "persons": 4}]}
    assert await refused(served, "splitDivision", code=NEW, on=DAY, parts=[part]) == ["DATE_ORDER on"]


async def test_splits_that_are_refused(served: Served) -> None:
    home, other = served.city.household(0), served.city.household(1)
    part = {"code": NEW, "name": "新村", "households": [home]}
    again = {**part, "code": "410189101206"}
    split: dict[str, Any] = {"code": EAST_VILLAGE, "on": DAY, "parts": [part]}
    cases: dict[str, dict[str, Any]] = {
        "INPUT_EMPTY parts": {"parts": []},
        "DIV_UNKNOWN code": {"code": "410189101299"},
        "DIV_SPLIT_VILLAGE code": {"code": EAST},
        "DIV_SPLIT_PARENT parts": {"parts": [{**part, "code": "410189102299"}]},
        "DIV_SPLIT_TWICE parts": {"parts": [part, again]},
        "DIV_EXISTS parts": {"parts": [{**part, "code": EAST_COMMUNITY}]},
        "NOT_FOUND parts": {"parts": [{**part, "households": [other]}]},
        "DATE_FUTURE on": {"on": "2022-12-01"},
        "CONFLICT expectedVersion": {"expectedVersion": 7},
        "FORBIDDEN_SCOPE code": {"code": NEIGHBOUR_VILLAGE},
    }
    found = {
        why: await refused(served, "splitDivision", **{**split, **given}) for why, given in cases.items()
    }
    assert found == {why: [why] for why in cases}
    assert await refused(served, "splitDivision", "village", **split) == ["FORBIDDEN"]
    assert (await write(served, "splitDivision", **split))["errors"] == []


# -- the same as row by row, and as fast for a town


def _said(row: Dated) -> tuple[str, ...]:
    names = [
        name
        for name in inspect(type(row)).columns.keys()  # noqa: SIM118 (a collection of columns, no dict)
        if name not in ("id", "recorded_at", "voided_at")
    ]
    return (*(repr(getattr(row, name)) for name in names), str(row.voided_at is None))


async def _versions(served: Served, model: Any) -> list[tuple[str, ...]]:
    async with served.service.database.reading() as session:
        return sorted(_said(row) for row in await session.scalars(select(model)))


async def _one_by_one(served: Served, on: date) -> None:
    """What `merge` does to persons and households, through `history.amend`."""
    service = served.service
    async with service.database.writing() as session:
        work = Work(session, _nation(served), service.clock, service.vault, service.host)
        into = (await session.scalars(select(Division).where(Division.code == WEST_VILLAGE))).one()
        for column in ("division", "registered_division"):
            await _amend(
                work, list(await session.scalars(select(Person))), column, {column: WEST_VILLAGE}, on
            )
        moved = {"division": WEST_VILLAGE, "address_masked": into.full_name}
        await _amend(work, list(await session.scalars(select(Household))), "division", moved, on)


async def _amend(work: Work, rows: Iterable[Any], column: str, moved: dict[str, str], on: date) -> None:
    for row in rows:
        while stays := await _stay(work, row, column, on):
            await history.amend(work, {row: moved}, max(on, stays.valid_from))
            await work.flush()


async def _stay(work: Work, row: Any, column: str, on: date) -> Any:
    known = (await history.known_versions(work, [row]))[row.id]
    late = [one for one in known if one.valid_to is None or one.valid_to > on]
    return next((one for one in late if getattr(one, column) == EAST_VILLAGE), None)


@pytest.mark.parametrize("on", [date(2022, 1, 1), date(2022, 6, 15), date(2022, 11, 30)])
async def test_the_versions_are_those_of_amend(served: Served, on: date) -> None:
    move = "mutation M($i: RecordMoveInput!) { recordMove(input: $i) { errors { code } } }"
    for person, to, day in (
        (1, EAST_COMMUNITY, "2022-10-15"),
        (4, EAST_VILLAGE, "2022-10-15"),
        (1, EAST_VILLAGE, TODAY),
    ):
        told = {"person": served.city.person(person), "residenceDivision": to, "on": str(day)}
        assert (await served.ask(move, variables={"i": told}))["data"]["recordMove"]["errors"] == []
    service = served.service
    async with service.database.writing() as session:
        work = Work(session, _nation(served), service.clock, service.vault, service.host)
        await merge(work, [EAST_VILLAGE], WEST_VILLAGE, on)
        bulk = [
            sorted(
                _said(row)
                for row in await session.scalars(select(model).execution_options(populate_existing=True))
            )
            for model in (PersonVersion, HouseholdVersion)
        ]
        await session.rollback()
    await _one_by_one(served, on)
    single = [await _versions(served, model) for model in (PersonVersion, HouseholdVersion)]
    # Where residence and registration change in two steps, the step between is voided at once: nobody ever saw it.
    for told, expected in zip(bulk, single, strict=True):
        assert [row for row in told if row[-1] == "True"] == [row for row in expected if row[-1] == "True"]
        assert {row for row in told if row[-1] == "False"} <= set(expected)


async def test_ids_of_versions_are_in_order_of_time(served: Served) -> None:
    await done(served, "mergeDivisions", **MERGE)
    kept = await rows_of(served, PersonVersion, "person_id", served.city.person(0))
    assert {row.id.version for row in kept} == {7}
    assert [row.recorded_at for row in kept] == sorted(row.recorded_at for row in kept)


async def _crowd(served: Served, size: int) -> None:
    """Many people of one village, past the services."""
    now, born = served.service.clock.now(), date(1980, 1, 1)
    said = {
        "name": "众人",
        "gender": Gender.MALE,
        "birth_date": born,
        "marital_status": MaritalStatus.UNMARRIED,
    }
    where = {"division": EAST_VILLAGE, "registered_division": EAST_VILLAGE}
    keys = [new_id() for _ in range(size)]
    person = {**said, **place(EAST_VILLAGE), **place(EAST_VILLAGE, "registered_"), "id_type": IdType.NONE}
    stamps = {"name_key": "zhong ren", "version": 1, "created_at": now, "updated_at": now}
    version = {**said, **where, "valid_from": date(2020, 1, 1), "recorded_at": now}
    async with served.service.database.writing() as session:
        await session.execute(insert(Person.__table__), [{"id": key, **person, **stamps} for key in keys])
        rows = [{"id": new_id(), "person_id": key, **version} for key in keys]
        await session.execute(insert(PersonVersion.__table__), rows)


async def _merged(served: Served, *, keep: bool) -> list[str]:
    """The statements of a merge."""
    service = served.service
    async with service.database.writing() as session:
        work = Work(session, _nation(served), service.clock, service.vault, service.host)
        with recorded_statements() as statements:
            await merge(work, [EAST_VILLAGE], WEST_VILLAGE, date(2022, 9, 1))
        if not keep:
            await session.rollback()
    return statements


async def test_twenty_thousand_people_take_as_many_statements_as_four(served: Served) -> None:
    few = await _merged(served, keep=False)
    await _crowd(served, 20_000)
    started = monotonic()
    many = await _merged(served, keep=True)
    assert len(many) == len(few) <= 25, many
    assert monotonic() - started < 30
    assert await total(served, division=WEST_VILLAGE) == 20_006
