"""Every refusal of a life event, and the events that are told late or in an unusual order."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest

from core.events.models import LifeEvent
from core.marriages.models import DivorceApplication, Marriage
from tests.schema.asking import counts, rows
from tests.schema.conftest import Served
from tests.schema.living import (
    adult,
    application,
    at,
    blamed,
    couple,
    done,
    heads,
    home_of,
    refused,
    whole,
    write,
)
from tests.schema.small_city import EAST_COMMUNITY, EAST_VILLAGE, NEIGHBOUR_VILLAGE, TODAY, WEST_VILLAGE

TOMORROW = "2022-12-01"
NOBODY = "person_" + "0" * 32


async def status(served: Served, person: str) -> str:
    return str((await whole(served, person))["maritalStatus"])


async def test_refusals_of_a_marriage(served: Served) -> None:
    man = await adult(served, "陈大山", date(2000, 5, 1), 11)
    woman = await adult(served, "林小溪", date(2002, 6, 1), 12)

    async def why(**fields: Any) -> list[str]:
        base = {"husband": man, "wife": woman, "on": "2022-06-01"}
        return await blamed(served, "recordMarriage", **{**base, **fields})

    assert await why(on="2022-04-30") == ["MARRIAGE_AGE husband"]
    assert await why(on="2022-05-31") == ["MARRIAGE_AGE wife"]
    assert await why(husband=woman, wife=man) == ["MARRIAGE_PARTIES husband"]
    assert await why(husband=man, wife=man) == ["MARRIAGE_PARTIES husband"]
    assert await why(on=TOMORROW) == ["DATE_FUTURE on"]
    assert await why(on="1999-01-01") == ["DATE_ORDER on"]
    assert await why(wife=served.city.person(1)) == ["ALREADY_MARRIED wife"]
    assert await why(wife=NOBODY) == ["NOT_FOUND wife"]
    assert await why(husband=served.city.person(6)) == ["NOT_FOUND husband"]  # in the next county
    assert await why(household=served.city.household(0)) == ["MEMBER_MISSING household"]
    assert await why(idempotencyKey="") == ["TEXT_LENGTH idempotencyKey"]
    assert await refused(served, "recordMarriage", "auditor", husband=man, wife=woman, on="2022-06-01") == [
        "FORBIDDEN"
    ]
    before = await counts(served)
    dry = await done(served, "recordMarriage", husband=man, wife=woman, on="2022-06-01", dryRun=True)
    assert (dry["dryRun"], len(dry["lifeEvent"]["persons"])) == (True, 2)
    assert await counts(served) == before
    fields = {"husband": man, "wife": woman, "on": "2022-06-01", "idempotencyKey": "k"}
    first = await done(served, "recordMarriage", **fields)
    assert await done(served, "recordMarriage", **fields) == first
    assert await why(on="2022-06-02", idempotencyKey="k") == ["IDEMPOTENCY_MISMATCH idempotencyKey"]
    assert await why() == ["ALREADY_MARRIED husband"]
    assert len(await rows(served, Marriage)) == 1


async def test_statuses_and_the_order_of_marriages(served: Served) -> None:
    man, woman = await couple(served)
    assert (await status(served, man), await status(served, woman)) == ("FIRST_MARRIAGE",) * 2
    asked = await application(served, man, woman)
    await done(served, "registerDivorce", application=asked["id"], on="2022-07-07")
    other = await adult(served, "周小河", date(1991, 1, 1), 14)
    # he was married then, or was not yet divorced
    assert await blamed(served, "recordMarriage", husband=man, wife=other, on="2022-01-01") == [
        "DATE_ORDER on"
    ]
    wed = await done(served, "recordMarriage", husband=man, wife=woman, on="2022-08-01")
    assert await status(served, man) == "REMARRIED_SAME"
    await done(served, "reverseLifeEvent", lifeEvent=wed["lifeEvent"]["id"], reason="误登")
    await done(served, "recordMarriage", husband=man, wife=other, on="2022-08-01")
    assert (await status(served, man), await status(served, other)) == ("REMARRIED", "FIRST_MARRIAGE")
    # a death before the wedding contradicts it; one after it widows her
    assert await blamed(served, "recordDeath", person=man, on="2022-07-31") == ["DATE_ORDER on"]
    await done(served, "recordDeath", person=man, on="2022-08-02")
    assert (await status(served, other), await status(served, woman)) == ("WIDOWED", "DIVORCED")
    unknown = served.city.person(4)
    await done(served, "recordMarriage", husband=unknown, wife=other, on="2022-09-01")
    assert (await status(served, other), await status(served, unknown)) == ("REMARRIED", "MARRIED")
    assert len((await at(served, other, "2022-08-01"))["marriages"]) == 1
    assert (await at(served, other, "2022-08-31"))["marriages"] == []


async def test_two_heads_who_marry(served: Served) -> None:
    man = await adult(served, "陈大山", date(1990, 5, 1), 11)
    woman = await adult(served, "林小溪", date(1992, 6, 1), 12)
    child = await adult(served, "林小河", date(2012, 6, 1), 14)
    home, hers = await home_of(served, man), await home_of(served, woman)
    fields = {"household": hers, "person": child, "relation": "30", "on": "2020-06-01"}
    query = "mutation M($i: JoinHouseholdInput!) { joinHousehold(input: $i) { errors { code } } }"
    assert (await served.ask(query, variables={"i": fields}))["data"]["joinHousehold"]["errors"] == []
    wedding = {"husband": man, "wife": woman, "on": "2021-05-20"}
    assert await blamed(served, "recordMarriage", **wedding, household=home) == ["HEAD_LEAVES household"]
    await done(served, "recordMarriage", **wedding, household=hers)  # he leaves nobody behind
    found = await whole(served, man)
    assert [(m["household"]["id"], m["relation"]) for m in found["memberships"]] == [(hers, "11")]
    assert (await at(served, man, "2021-05-19"))["memberships"][0]["household"]["id"] == home


async def test_refusals_of_a_birth(served: Served) -> None:
    base = {"name": "小新", "gender": "MALE", "birthDate": "2022-11-01"}
    mother, father = served.city.person(1), served.city.person(0)

    async def why(**fields: Any) -> list[str]:
        return await blamed(served, "recordBirth", **{**base, **fields})

    assert await why() == ["BIRTH_PLACE registeredDivision"]
    assert await why(mother=father) == ["PARENT_GENDER mother"]
    assert await why(father=mother) == ["PARENT_GENDER father"]
    assert await why(mother=mother, birthDate="1950-01-01") == ["DATE_ORDER birthDate"]
    assert await why(mother=mother, birthDate=TOMORROW) == ["BIRTH_FUTURE birthDate"]
    assert await why(mother=served.city.person(3)) == ["RELATION_NEEDED relation"]  # of another relation
    assert await why(household=served.city.household(0)) == ["RELATION_NEEDED relation"]
    assert await why(mother=mother, registeredDivision="410189999999") == ["DIV_UNKNOWN registeredDivision"]
    assert await why(mother=mother, name="") == ["NAME_FORMAT name"]
    assert await why(mother=NOBODY) == ["NOT_FOUND mother"]
    assert await why(mother=served.city.person(6)) == ["NOT_FOUND mother"]
    parents = {"mother": mother, "father": father}
    # in the assistance household the father is the head's father: what the child is there does not follow
    assert await why(**parents) == ["RELATION_NEEDED relation"]
    assert await why(**parents, relation="02") == ["HEAD_REQUIRED relation"]
    born = await done(served, "recordBirth", **base, **parents, relation="73")
    other = {
        m["household"]["id"]: m["relation"]
        for m in (await whole(served, born["person"]["id"]))["memberships"]
    }
    assert other == {served.city.household(0): "73", served.city.household(2): "73"}
    await done(served, "reverseLifeEvent", lifeEvent=born["lifeEvent"]["id"], reason="误登")
    born = await done(served, "recordBirth", **base, mother=mother)
    child = born["person"]["id"]
    assert born["lifeEvent"]["dueOn"] == "2022-12-01"
    kin = {m["household"]["id"]: m["relation"] for m in (await whole(served, child))["memberships"]}
    assert kin[served.city.household(0)] == "20"


async def test_refusals_of_a_death(served: Served) -> None:
    person = served.city.person(2)

    async def why(**fields: Any) -> list[str]:
        return await blamed(served, "recordDeath", **{"person": person, "on": "2022-11-01", **fields})

    assert await why(on=TOMORROW) == ["DATE_FUTURE on"]
    assert await why(on="2004-02-28") == ["DATE_ORDER on"]
    assert await why(expectedVersion=7) == ["CONFLICT expectedVersion"]
    assert await why(newHead=served.city.person(0)) == ["MEMBER_MISSING newHead"]  # he was no head
    assert await why(person=served.city.person(6)) == ["NOT_FOUND person"]
    assert await refused(served, "recordDeath", "auditor", person=person, on="2022-11-01") == ["FORBIDDEN"]
    assert await refused(served, "recordDeath", "nobody", person=person, on="2022-11-01") != []
    before = await counts(served)
    await done(served, "recordDeath", person=person, on="2022-11-01", dryRun=True)
    assert await counts(served) == before
    await done(served, "recordDeath", person=person, on="2022-11-01")
    assert await why() == ["PERSON_DECEASED person"]
    late = {"person": person, "on": "2022-11-02"}
    assert await blamed(served, "recordMove", **late, residenceDivision=EAST_COMMUNITY) == [
        "PERSON_DECEASED person"
    ]


async def test_a_reach_through_a_household_is_not_a_right_to_write(served: Served) -> None:
    person = served.city.person(0)  # a member of a household in the west; at home in the east
    assert await blamed(served, "recordDeath", "other town", person=person, on="2022-11-01") == [
        "FORBIDDEN_SCOPE person"
    ]
    wedding = {"husband": person, "wife": served.city.person(3), "on": "2022-11-01"}
    assert await blamed(served, "recordMarriage", "other town", **wedding) == ["FORBIDDEN_SCOPE husband"]


async def test_the_death_of_a_head(served: Served) -> None:
    man, wife, son = (served.city.person(i) for i in (0, 1, 2))
    other, home = served.city.person(3), served.city.household(0)
    cases = [({}, wife), ({"newHead": son}, son), ({"newHead": other}, other)]
    for given, heir in cases:
        event = (await done(served, "recordDeath", person=man, on="2022-11-01", **given))["lifeEvent"]["id"]
        assert await heads(served, home, "2022-10-31") == [man]
        assert await heads(served, home, "2022-11-01") == [heir]
        await done(served, "reverseLifeEvent", lifeEvent=event, reason="误登")
        assert await heads(served, home, "2022-11-01") == [man]
    # told late: before the membership of one began, before the household was opened
    await done(served, "recordDeath", person=wife, on="2021-01-01")
    assert (await at(served, wife, "2021-01-01"))["deathDate"] == "2021-01-01"
    assert await at(served, wife, "2020-12-31") is None
    for day in ("2021-01-01", "2022-01-01", "2022-11-30"):
        assert (await at(served, wife, day))["memberships"] == []
    # no spouse any more: the eldest adult
    await done(served, "recordDeath", person=man, on="2022-11-01")
    assert await heads(served, home, "2022-11-01") == [other]
    await done(served, "recordDeath", person=other, on="2022-11-02")
    last = (await done(served, "recordDeath", person=son, on="2022-11-03"))["lifeEvent"]
    assert "已销户" in str(last["consequences"])
    found = await served.ask('{ household(id: "%s") { closedOn members { relation } } }' % home)
    assert found["data"]["household"] == {"closedOn": "2022-11-03", "members": []}


async def test_a_death_before_the_person_became_head(served: Served) -> None:
    man, wife, other = (served.city.person(i) for i in (0, 1, 3))
    home = served.city.household(0)
    await done(served, "recordDeath", person=served.city.person(2), on="2022-11-20")
    await done(served, "recordDeath", person=man, on="2022-10-14")
    assert await heads(served, home, "2022-10-14") == [wife]
    before = await whole(served, other)
    event = (await done(served, "recordDeath", person=wife, on="2022-04-23"))["lifeEvent"]["id"]
    assert await heads(served, home, "2022-10-13") == [man]
    assert await heads(served, home, "2022-10-14") == [other]
    for day in ("2022-04-23", "2022-10-13", "2022-10-14", None):
        assert (await at(served, wife, day))["memberships"] == []
    assert len((await at(served, wife, "2022-04-22"))["memberships"]) == 1
    await done(served, "reverseLifeEvent", lifeEvent=event, reason="误登")
    assert await whole(served, other) == before


async def test_moves_told_late(served: Served) -> None:
    person = served.city.person(2)

    async def why(**fields: Any) -> list[str]:
        base = {"person": person, "on": "2022-06-01", "residenceDivision": WEST_VILLAGE}
        return await blamed(served, "recordMove", **{**base, **fields})

    assert await why(residenceDivision=EAST_VILLAGE) == ["INPUT_EMPTY"]
    assert await why(residenceDivision=NEIGHBOUR_VILLAGE) == ["FORBIDDEN_SCOPE residenceDivision"]
    assert await why(on=TOMORROW) == ["DATE_FUTURE on"]
    assert await why(expectedVersion=9) == ["CONFLICT expectedVersion"]
    assert await why(household=served.city.household(1), address="x") == ["MEMBER_MISSING person"]
    assert await why(household=served.city.household(0)) == ["ADDRESS_FORMAT address"]
    assert await why(residenceDivision="410189101299") == ["DIV_UNKNOWN residenceDivision"]

    async def lived(day: str) -> str:
        return str((await at(served, person, day))["residenceDivision"]["code"])

    await done(served, "recordMove", person=person, on="2022-06-01", residenceDivision=WEST_VILLAGE)
    await done(served, "recordMove", person=person, on="2022-03-01", residenceDivision=EAST_COMMUNITY)
    days = ("2022-02-28", "2022-03-01", "2022-05-31", "2022-06-01", "2022-11-30")
    expected = [EAST_VILLAGE, EAST_COMMUNITY, EAST_COMMUNITY, WEST_VILLAGE, WEST_VILLAGE]
    assert [await lived(day) for day in days] == expected
    await done(served, "recordMove", person=person, on="2021-06-01", registeredDivision=WEST_VILLAGE)
    early = await at(served, person, "2021-06-01")
    assert (early["registeredDivision"]["code"], early["residenceDivision"]["code"]) == (
        WEST_VILLAGE,
        EAST_VILLAGE,
    )


async def test_a_household_that_moved_before_a_child_was_born(served: Served) -> None:
    mother, home = served.city.person(1), served.city.household(0)
    born = await done(
        served, "recordBirth", name="小新", gender="MALE", birthDate="2022-11-01", mother=mother
    )
    child = born["person"]["id"]
    move = {"person": mother, "household": home, "on": "2022-10-01", "address": "新街 1 号"}
    await done(served, "recordMove", **move, residenceDivision=EAST_COMMUNITY)
    assert await at(served, child, "2022-10-31") is None
    assert (await at(served, child, "2022-11-01"))["residenceDivision"]["code"] == EAST_COMMUNITY


async def test_refusals_of_a_reversal(served: Served) -> None:
    died = (await done(served, "recordDeath", person=served.city.person(2), on="2022-11-01"))["lifeEvent"]
    event = {"lifeEvent": died["id"], "reason": "误登"}
    assert await blamed(served, "reverseLifeEvent", **{**event, "reason": ""}) == ["TEXT_LENGTH reason"]
    assert await blamed(served, "reverseLifeEvent", "other town", **event) == ["NOT_FOUND lifeEvent"]
    why = await blamed(served, "reverseLifeEvent", **{**event, "lifeEvent": NOBODY})
    assert why == ["ID_INVALID lifeEvent"]
    assert await blamed(served, "reverseLifeEvent", "auditor", **event) == ["FORBIDDEN"]
    before = await counts(served)
    await done(served, "reverseLifeEvent", **event, dryRun=True)
    assert await counts(served) == before
    await done(served, "reverseLifeEvent", **event, idempotencyKey="r")
    await done(served, "reverseLifeEvent", **event, idempotencyKey="r")
    assert await blamed(served, "reverseLifeEvent", **event) == ["EVENT_REVERSED lifeEvent"]


async def test_refusals_of_merges_and_removals(served: Served) -> None:
    man, woman = await couple(served)
    newborn = served.city.person(8)

    async def why(kept: str, dropped: str, **more: Any) -> list[str]:
        return await blamed(served, "mergePersons", kept=kept, dropped=dropped, **{"reason": "重复", **more})

    assert await why(man, man) == ["MERGE_SAME dropped"]
    assert await why(man, served.city.person(0)) == ["MERGE_CONFLICT dropped"]
    assert await why(newborn, woman) == ["ID_MISMATCH dropped"]
    assert await why(man, woman) in (["MERGE_CONFLICT dropped"], ["ALREADY_MARRIED dropped"])
    assert await why(man, served.city.person(6)) == ["NOT_FOUND dropped"]
    assert await why(man, newborn, reason="") == ["TEXT_LENGTH reason"]
    assert await refused(served, "mergePersons", "auditor", kept=man, dropped=newborn, reason="x") == [
        "FORBIDDEN"
    ]
    assert await blamed(served, "removePerson", person=served.city.person(0), reason="误登") == [
        "PERSON_NEEDED person"
    ]
    assert await refused(served, "removePerson", person=man, reason="误登") == ["CHANGED_SINCE"]
    assert await blamed(served, "removePerson", person=newborn, reason="误登", expectedVersion=4) == [
        "CONFLICT expectedVersion"
    ]
    before = await counts(served)
    await done(served, "mergePersons", kept=man, dropped=newborn, reason="重复", dryRun=True)
    assert await counts(served) == before
    await done(served, "removePerson", person=newborn, reason="误登")
    assert await why(man, newborn) == ["NOT_FOUND dropped"]
    member = served.city.person(2)
    await done(served, "removePerson", person=member, reason="误登")
    assert member not in str(
        await served.ask('{ household(id: "%s") { members { person { id } } } }' % served.city.household(0))
    )


async def test_the_dead_and_the_living_are_not_merged(served: Served) -> None:
    head = served.city.person(2)  # a member of a household
    fields = {"name": "张小明", "idType": "PASSPORT", "idNumber": "X1", "gender": "MALE"}
    place = {"registeredDivision": EAST_VILLAGE, "residenceDivision": EAST_VILLAGE}
    twin = (await done(served, "registerPerson", **fields, **place, birthDate="2004-02-29"))["person"]["id"]
    await done(served, "recordDeath", person=twin, on=TODAY.isoformat())
    for kept, dropped, field in ((twin, head, "kept"), (head, twin, "dropped")):
        why = await blamed(served, "mergePersons", kept=kept, dropped=dropped, reason="重复")
        assert why == [f"PERSON_DECEASED {field}"]


async def at_once(served: Served, *writes: tuple[str, dict[str, Any]]) -> list[list[str]]:
    found = await asyncio.gather(*(write(served, verb, **fields) for verb, fields in writes))
    return sorted([error["code"] for error in payload["errors"]] for payload in found)


@pytest.mark.parametrize("attempt", range(3))
async def test_two_officers_at_once(served: Served, attempt: int) -> None:
    death = ("recordDeath", {"person": served.city.person(2), "on": "2022-11-01"})
    first, second = await at_once(served, death, death)
    assert first == []
    assert second in (["CONFLICT"], ["PERSON_DECEASED"])
    assert len(await rows(served, LifeEvent, LifeEvent.type == "DEATH")) == 1

    man, woman = await couple(served)
    apply = ("applyForDivorce", {"husband": man, "wife": woman, "on": "2022-06-06"})
    first, second = await at_once(served, apply, apply)
    assert first == []
    assert second in (["CONFLICT"], ["DIVORCE_PENDING"])
    assert len(await rows(served, DivorceApplication)) == 1

    twins = {"kept": man, "dropped": served.city.person(8), "reason": "重复"}
    merge = ("mergePersons", twins)
    first, second = await at_once(served, merge, merge)
    assert first == []
    assert second in (["CONFLICT"], ["NOT_FOUND"])


async def test_todays_answer_is_the_one_without_a_day(served: Served) -> None:
    man, woman = await couple(served)
    await done(served, "recordMove", person=man, on=TODAY.isoformat(), residenceDivision=WEST_VILLAGE)
    await done(served, "recordDeath", person=served.city.person(0), on=TODAY.isoformat())
    await done(served, "recordMove", person=served.city.person(2), on="2022-03-01",
               residenceDivision=EAST_COMMUNITY)  # fmt: skip
    for person in (man, woman, *(served.city.person(i) for i in range(9))):
        found = await at(served, person, TODAY.isoformat())
        assert found == await at(served, person)
