"""Texts that do not fit are refused alike on both databases, and searched for without harm."""

from __future__ import annotations

import pytest

from core.households.models import HouseholdVersion
from tests.schema.asking import done, foreigner, refused, rows
from tests.schema.conftest import Served
from tests.schema.small_city import EAST_VILLAGE


async def test_long_numbers_and_keys_are_refused(served: Served) -> None:
    assert await refused(served, "registerPerson", **foreigner("P" * 31)) == ["TEXT_LENGTH idNumber"]
    long_key = {**foreigner(), "idempotencyKey": "k" * 201}
    assert await refused(served, "registerPerson", **long_key) == ["TEXT_LENGTH idempotencyKey"]
    for name in ("", "  ", "x" * 101):
        division = {"code": "410189101250", "name": name}
        assert await refused(served, "openDivision", **division) == ["TEXT_LENGTH name"]


@pytest.mark.parametrize("code", ["", "x" * 41, "a\\u0000b"])
async def test_household_codes_fit(served: Served, code: str) -> None:
    home = {
        "kind": "ASSISTANCE",
        "addressDivision": EAST_VILLAGE,
        "address": "东街 9 号",
        "code": code.encode().decode("unicode_escape") if "u0000" in code else code,
        "members": [{"person": served.city.person(1), "relation": "02"}],
    }
    assert await refused(served, "openHousehold", **home) == ["TEXT_LENGTH code"]


async def test_a_search_for_a_nul_is_refused(served: Served) -> None:
    for caller in ("city", "town"):
        answer, _ = await served.both('{ persons(filter: {name: "\\u0000"}) { totalCount } }', caller)
        assert answer["errors"][0]["extensions"]["code"] == "TEXT_LENGTH"


async def test_a_move_to_the_same_place_is_no_move(served: Served) -> None:
    stay = {"person": served.city.person(0), "on": "2022-11-01", "residenceDivision": EAST_VILLAGE}
    assert await refused(served, "recordMove", **stay) == ["INPUT_EMPTY"]


async def test_a_closed_household_says_so_from_its_last_day(served: Served) -> None:
    await done(served, "closeHousehold", household=served.city.household(1), on="2022-11-01")
    found = await rows(
        served, HouseholdVersion, HouseholdVersion.household_id == served.city.households[1].id
    )
    known = [row for row in found if row.voided_at is None]
    valid = sorted((str(row.valid_from), str(row.valid_to), str(row.closed_on)) for row in known)
    assert valid == [("2022-01-01", "2022-11-01", "None"), ("2022-11-01", "None", "2022-11-01")]
