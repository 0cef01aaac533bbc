"""Opening and closing divisions through GraphQL, on both databases (domain 1.3)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from core.divisions.models import DivisionVersion
from tests.schema.asking import audited, done, foreigner, refused, rows_of, write
from tests.schema.conftest import Served
from tests.schema.small_city import CITY, EAST, EAST_VILLAGE, WEST, WEST_VILLAGE

STREET = "410189001000"


async def test_a_division_is_opened_below_its_parent(served: Served) -> None:
    found = await done(served, "openDivision", code="410189101202", name=" 三村 ")
    assert (found["name"], found["fullName"]) == ("三村", "示范省示范地区示范市东镇三村")
    (row,) = (await audited(served, "division.opened"))[-1:]
    assert (row.subject, row.district) == (found["id"], CITY)


async def test_parents_of_a_village(served: Served) -> None:
    found = await served.ask('{ division(code: "%s") { parent { code parent { code } } } }' % EAST_VILLAGE)
    assert found["data"]["division"]["parent"] == {"code": EAST, "parent": {"code": CITY}}


@pytest.mark.parametrize(
    ("code", "given", "urban"),
    [
        ("410189001001", None, True),  # a community in a street
        ("410189101202", None, False),  # a village in a town
        ("410189101501", None, False),
        ("410189101002", None, None),  # a community in a town: its centre or its outskirts
        ("410189001201", None, None),
        ("410189101002", "121", True),
        ("410189001001", "220", False),
    ],
)
async def test_urban_or_rural(served: Served, code: str, given: str | None, urban: bool | None) -> None:
    await done(served, "openDivision", code=STREET, name="一街")
    found = await done(served, "openDivision", code=code, name="新", urbanRuralClass=given)
    assert found["urban"] is urban


async def test_openings_that_are_refused(served: Served) -> None:
    cases: dict[str, dict[str, Any]] = {
        "DIV_EXISTS code": {"code": EAST[:9]},
        "DIV_PARENT_MISSING code": {"code": "410189103201"},
        "CODE_UNKNOWN urbanRuralClass": {"code": "410189103", "urbanRuralClass": "999"},
        "FORBIDDEN_SCOPE code": {"code": "410188103"},
    }
    found = {
        reason: await refused(served, "openDivision", name="新", **given) for reason, given in cases.items()
    }
    assert found == {reason: [reason] for reason in cases}
    assert await refused(served, "openDivision", "town", code="410189101202", name="新") == ["FORBIDDEN"]


EMPTY = "410189101202"


async def emptied(served: Served, code: str = EMPTY) -> None:
    """A village without a soul."""
    await done(served, "openDivision", code=code, name="三村", validFrom="2020-01-01")


async def test_a_division_closes_with_a_successor(served: Served) -> None:
    await emptied(served)
    found = await done(served, "closeDivision", code=EMPTY, on="2022-11-01", successor=WEST_VILLAGE)
    assert (found["validTo"], found["successor"], found["version"]) == (
        "2022-11-01",
        {"code": WEST_VILLAGE},
        2,
    )


async def test_a_closed_division_keeps_its_history(served: Served) -> None:
    await emptied(served)
    found = await done(served, "closeDivision", code=EMPTY, on="2022-11-01", successor=WEST_VILLAGE)
    kept = [
        row for row in await rows_of(served, DivisionVersion, "division_id", found["id"]) if not row.voided_at
    ]
    before, after = sorted(kept, key=lambda row: row.valid_from)
    assert (before.valid_to, before.successor_code) == (date(2022, 11, 1), None)
    assert (after.valid_from, after.successor_code) == (date(2022, 11, 1), WEST_VILLAGE)


async def test_a_division_closes_once(served: Served) -> None:
    await emptied(served)
    await done(served, "closeDivision", code=EMPTY, on="2022-11-01")
    for on in ("2022-11-01", "2022-11-30"):
        assert await refused(served, "closeDivision", code=EMPTY, on=on) == ["DIV_INACTIVE code"]


async def test_closings_that_are_refused(served: Served) -> None:
    cases: dict[str, dict[str, Any]] = {
        "DIV_HAS_CHILDREN code": {"code": WEST},
        "DIV_HAS_RESIDENTS code": {"code": EAST_VILLAGE},
        "DIV_UNKNOWN code": {"code": "410189103"},
        "DIV_UNKNOWN successor": {"code": WEST_VILLAGE, "successor": "410189103"},
        "DATE_ORDER on": {"code": WEST_VILLAGE, "on": "1949-10-01"},
        "CONFLICT expectedVersion": {"code": WEST_VILLAGE, "expectedVersion": 3},
        "FORBIDDEN_SCOPE code": {"code": "410188101201"},
    }
    found = {
        reason: await refused(served, "closeDivision", **{"on": "2022-11-01", **given})
        for reason, given in cases.items()
    }
    assert found == {reason: [reason] for reason in cases}
    assert await refused(served, "closeDivision", "town", code=EAST_VILLAGE, on="2022-11-01") == ["FORBIDDEN"]


async def test_a_town_closes_after_its_villages(served: Served) -> None:
    town, village = "410189103000", "410189103201"
    for code in (town, village):
        await emptied(served, code)
    await done(served, "closeDivision", code=village, on="2022-11-01")
    assert await refused(served, "closeDivision", code=town, on="2022-10-31") == ["DIV_HAS_CHILDREN code"]
    assert (await done(served, "closeDivision", code=town, on="2022-11-01"))["validTo"] == "2022-11-01"


async def test_a_division_with_people_says_how_many(served: Served) -> None:
    payload = await write(served, "closeDivision", code=EAST_VILLAGE, on="2022-11-30")
    (error,) = payload["errors"]
    assert (
        "4 residents, 5 registered persons and 1 households; merge it with mergeDivisions" in error["message"]
    )


async def test_the_dead_do_not_keep_a_village_open(served: Served) -> None:
    await emptied(served)
    fields = foreigner(registeredDivision=EMPTY, residenceDivision=EMPTY, since="2022-02-01")
    person = (await done(served, "registerPerson", **fields))["id"]
    assert await refused(served, "closeDivision", code=EMPTY, on="2022-11-01") == ["DIV_HAS_RESIDENTS code"]
    death = "mutation D($i: RecordDeathInput!) { recordDeath(input: $i) { errors { code } } }"
    told = {"i": {"person": person, "on": "2022-11-02"}}
    answer = await served.ask(death, variables=told)
    assert answer["data"]["recordDeath"]["errors"] == [], answer
    # on the day itself there was still somebody
    assert await refused(served, "closeDivision", code=EMPTY, on="2022-11-01") == ["DIV_HAS_RESIDENTS code"]
    await done(served, "closeDivision", code=EMPTY, on="2022-11-02")
