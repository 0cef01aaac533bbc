"""Vectors 28 and 29 of domain 8: the limits of an application for divorce, through GraphQL."""

from __future__ import annotations

import pytest

from tests.schema.conftest import Served
from tests.schema.test_life_of_a_family import done, refused

CASES = {
    "2022-06-06": ("2022-07-06", "2022-07-07", "2022-08-05"),
    "2022-03-01": ("2022-03-31", "2022-04-01", "2022-05-05"),
    "2022-09-01": ("2022-10-08", "2022-10-09", "2022-11-07"),
}


async def applied(served: Served, on: str) -> dict[str, str]:
    man, woman = served.city.person(0), served.city.person(1)
    await done(served, "correctPerson", person=man, maritalStatus="FIRST_MARRIAGE")
    payload = await done(served, "applyForDivorce", husband=man, wife=woman, on=on)
    found: dict[str, str] = payload["divorceApplication"]
    return found


@pytest.mark.parametrize("on", CASES)
async def test_the_limits_of_an_application(served: Served, on: str) -> None:
    found = await applied(served, on)
    assert (found["withdrawUntil"], found["certificateFrom"], found["certificateUntil"]) == CASES[on]
    query = "query D($id: ID!) { divorceApplication(id: $id) { status } }"
    answer, explain = await served.both(query, variables={"id": found["id"]})  # asked on 30 November
    assert answer["data"]["divorceApplication"]["status"] == "DEEMED_WITHDRAWN"
    assert explain["statementCount"] == 1


async def test_the_day_after_the_last_is_too_late(served: Served) -> None:
    found = await applied(served, "2022-06-06")
    for day, code in (("2022-07-06", "COOLING_OFF"), ("2022-08-06", "DEEMED_WITHDRAWN")):
        assert await refused(served, "registerDivorce", application=found["id"], on=day) == [code]
    late = await refused(served, "withdrawDivorceApplication", application=found["id"], on="2022-07-07")
    assert late == ["WITHDRAWAL_LATE"]


async def test_the_moved_last_day_is_in_time(served: Served) -> None:
    found = await applied(served, "2022-03-01")
    divorced = await done(served, "registerDivorce", application=found["id"], on="2022-05-05")
    assert divorced["lifeEvent"]["eventDate"] == "2022-05-05"
