"""Applications for divorce and what becomes of them (domain 1.6, vectors 28 and 29 of domain 8)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from core.events.divorce import limits
from tests.schema.conftest import Served
from tests.schema.living import (
    adult,
    application,
    blamed,
    couple,
    done,
    heads,
    home_of,
    on_day,
    whole,
)
from tests.schema.small_city import EAST_VILLAGE

TOMORROW = "2022-12-01"
NOBODY = "person_" + "0" * 32

CASES = {
    "2022-06-06": ("2022-07-06", "2022-07-07", "2022-08-05"),
    "2022-03-01": ("2022-03-31", "2022-04-01", "2022-05-05"),
    "2022-09-01": ("2022-10-08", "2022-10-09", "2022-11-07"),
}


@pytest.mark.parametrize("on", CASES)
async def test_the_limits_of_an_application(served: Served, on: str) -> None:
    found = await application(served, *await couple(served), on)
    assert (found["withdrawUntil"], found["certificateFrom"], found["certificateUntil"]) == CASES[on]
    query = "query D($id: ID!) { divorceApplication(id: $id) { status } }"
    answer, explain = await served.both(query, variables={"id": found["id"]})  # asked on 30 November
    assert answer["data"]["divorceApplication"]["status"] == "DEEMED_WITHDRAWN"
    assert explain["statementCount"] == 1


async def test_refusals_of_an_application_for_divorce(served: Served) -> None:
    man, woman = await couple(served)

    async def why(**fields: Any) -> list[str]:
        base = {"husband": man, "wife": woman, "on": "2022-06-06"}
        return await blamed(served, "applyForDivorce", **{**base, **fields})

    assert await why(wife=served.city.person(1)) == ["NOT_MARRIED wife"]
    assert await why(wife=man) == ["NOT_MARRIED wife"]
    assert await why(on=TOMORROW) == ["DATE_FUTURE on"]
    assert await why(on="2021-05-19") == ["DATE_ORDER on"]
    assert await why(wife=NOBODY) == ["NOT_FOUND wife"]
    assert await why(minorChildren=[served.city.person(6)]) == ["NOT_FOUND minorChildren"]
    first = await application(served, man, woman)
    assert await why(on="2022-08-05") == ["DIVORCE_PENDING husband"]
    second = await application(served, man, woman, "2022-08-06")  # the first has lapsed
    states = "query A($id: ID!) { node(id: $id) { ... on DivorceApplication { status endedOn version } } }"

    async def state(id_: str) -> Any:
        return (await served.both(states, variables={"id": id_}))[0]["data"]["node"]

    assert (await state(first["id"]))["status"] == "DEEMED_WITHDRAWN"

    async def withdrawn(application: str, on: str, **more: Any) -> list[str]:
        return await blamed(served, "withdrawDivorceApplication", application=application, on=on, **more)

    assert await withdrawn(first["id"], "2022-07-07") == ["WITHDRAWAL_LATE on"]
    assert await withdrawn(second["id"], "2022-08-05") == ["DATE_ORDER on"]
    assert await withdrawn(second["id"], TOMORROW) == ["DATE_FUTURE on"]
    assert await withdrawn(second["id"], "2022-08-07", expectedVersion=5) == ["CONFLICT expectedVersion"]
    await done(served, "withdrawDivorceApplication", application=second["id"], on="2022-08-07")
    assert await withdrawn(second["id"], "2022-08-07") == ["DIVORCE_CLOSED application"]
    assert await blamed(served, "registerDivorce", application=second["id"], on="2022-10-01") == [
        "DIVORCE_CLOSED application"
    ]
    third = await application(served, man, woman, "2022-09-01")
    await done(served, "recordDeath", person=man, on="2022-09-05")
    assert [(await state(a["id"]))["status"] for a in (first, second, third)] == [
        "DEEMED_WITHDRAWN",
        "WITHDRAWN",
        "WITHDRAWN",
    ]
    assert await why(on="2022-09-06") == ["PERSON_DECEASED husband"]


async def test_a_marriage_that_was_reversed_is_not_divorced(served: Served) -> None:
    man = await adult(served, "陈大山", date(1990, 5, 1), 11)
    woman = await adult(served, "林小溪", date(1992, 6, 1), 12)
    wed = await done(served, "recordMarriage", husband=man, wife=woman, on="2021-05-20")
    asked = await application(served, man, woman)
    await done(served, "reverseLifeEvent", lifeEvent=wed["lifeEvent"]["id"], reason="误登")
    why = await blamed(served, "registerDivorce", application=asked["id"], on="2022-07-07")
    assert why == ["NOT_MARRIED application"]


async def test_vectors_28_and_29(served: Served) -> None:
    man, woman = await couple(served)
    child = (
        await done(
            served, "recordBirth", name="陈小北", gender="MALE", birthDate="2021-12-31", mother=woman,
            father=man, registeredDivision=EAST_VILLAGE, residenceDivision=EAST_VILLAGE,
        )
    )["person"]["id"]  # fmt: skip
    with on_day(served, date(2022, 5, 5)):
        spring = await application(served, man, woman, "2022-03-01")
        certificate = {"application": spring["id"], "on": "2022-05-05"}
        dry = await done(served, "registerDivorce", **certificate, dryRun=True)
        assert dry["lifeEvent"]["type"] == "DIVORCE"
    with on_day(served, date(2022, 7, 6)):
        asked = await application(served, man, woman)
        days = (asked["withdrawUntil"], asked["certificateFrom"], asked["certificateUntil"])
        assert days == ("2022-07-06", "2022-07-07", "2022-08-05")
        assert [part["person"]["id"] for part in asked["minorChildren"]] == [child]
        why = await blamed(served, "registerDivorce", application=asked["id"], on="2022-07-06")
        assert why == ["COOLING_OFF on"]
        why = await blamed(served, "registerDivorce", application=asked["id"], on="2022-07-07")
        assert why == ["DATE_FUTURE on"]
    with on_day(served, date(2022, 8, 6)):
        why = await blamed(served, "registerDivorce", application=asked["id"], on="2022-08-06")
        assert why == ["DEEMED_WITHDRAWN on"]
    autumn = await application(served, man, woman, "2022-09-01")
    days = (autumn["withdrawUntil"], autumn["certificateFrom"], autumn["certificateUntil"])
    assert days == ("2022-10-08", "2022-10-09", "2022-11-07")


def test_limits_of_a_year_without_a_calendar() -> None:
    assert limits(date(2091, 6, 1), 30, 30).withdraw_until == date(2091, 7, 2)  # 1 July 2091 is a Sunday
    assert limits(date(2091, 6, 1), 30, 30).certificate_from == date(2091, 7, 3)


async def test_the_head_leaves_with_the_children(served: Served) -> None:
    man = await adult(served, "陈大山", date(1990, 5, 1), 11)
    woman = await adult(served, "林小溪", date(1992, 6, 1), 12)
    home, aided = await home_of(served, man), await home_of(served, man, "ASSISTANCE")
    wedding = {"husband": man, "wife": woman, "on": "2021-05-20"}
    await done(served, "recordMarriage", **wedding, household=home)
    query = "mutation M($i: JoinHouseholdInput!) { joinHousehold(input: $i) { errors { code } } }"
    fields = {"household": aided, "person": woman, "relation": "12", "on": "2021-05-20"}
    assert (await served.ask(query, variables={"i": fields}))["data"]["joinHousehold"]["errors"] == []
    children = []
    for name, born in (("陈小北", "2021-12-31"), ("陈小南", "2022-05-05")):
        fields = {"name": name, "gender": "FEMALE", "birthDate": born, "mother": woman, "father": man}
        children.append((await done(served, "recordBirth", **fields))["person"]["id"])
    leave = "mutation M($i: MembershipInput!) { leaveHousehold(input: $i) { errors { code } } }"
    fields = {"household": aided, "person": children[1], "on": "2022-06-01"}
    assert (await served.ask(leave, variables={"i": fields}))["data"]["leaveHousehold"]["errors"] == []
    asked = await application(served, man, woman)
    assert {part["person"]["id"] for part in asked["minorChildren"]} == set(children)
    certificate = {"application": asked["id"], "on": "2022-07-07", "leaving": man}

    async def why(**fields: Any) -> list[str]:
        return await blamed(served, "registerDivorce", **{**certificate, **fields})

    assert await why(childrenLeaving=[woman]) == ["MEMBER_MISSING childrenLeaving"]
    assert await why(childrenLeaving=[served.city.person(2)]) == ["MEMBER_MISSING childrenLeaving"]
    assert await why(leaving=served.city.person(2)) == ["MEMBER_MISSING leaving"]
    assert await why(expectedVersion=9) == ["CONFLICT expectedVersion"]
    state = [await whole(served, key) for key in (man, woman, *children)]
    split = await done(served, "registerDivorce", **certificate, childrenLeaving=[children[0], *children])
    assert len(split["lifeEvent"]["consequences"]) == 3
    for old in (home, aided):
        assert await heads(served, old, "2022-07-06") == [man]
        assert await heads(served, old, "2022-07-07") == [woman]
    his = (await whole(served, man))["memberships"]
    assert {len(m["household"]["members"]) for m in his} == {2, 3}
    assert {m["household"]["head"]["id"] for m in his} == {man}
    event = split["lifeEvent"]["id"]
    await done(served, "reverseLifeEvent", lifeEvent=event, reason="误登")
    assert [await whole(served, key) for key in (man, woman, *children)] == state
