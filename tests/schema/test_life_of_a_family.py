"""The life of one family, and what can be asked of it on both sides of each step (design 3, domain 1.6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.schema.asking import audited
from tests.schema.conftest import Served
from tests.schema.living import adult, at, done, events, home_of, now, refused, whole
from tests.schema.small_city import EAST_COMMUNITY, EAST_VILLAGE, WEST_VILLAGE


@dataclass
class Family:
    """Two who have not met yet, with a household each, and the child they will have."""

    served: Served
    man: str
    woman: str
    home: str
    own: str
    child: str = ""


async def marries(family: Family) -> None:
    """Marriage: she joins his household, hers is empty and closes."""
    served, man, woman, home, own = family.served, family.man, family.woman, family.home, family.own
    single = now(served)
    wed = await done(served, "recordMarriage", husband=man, wife=woman, on="2021-05-20", household=home)
    assert wed["lifeEvent"]["type"] == "MARRIAGE"
    assert {part["role"] for part in wed["lifeEvent"]["persons"]} == {"HUSBAND", "WIFE"}
    before, after = await at(served, woman, "2021-05-19"), await at(served, woman, "2021-05-20")
    assert (before["maritalStatus"], after["maritalStatus"]) == ("UNMARRIED", "FIRST_MARRIAGE")
    assert [m["household"]["id"] for m in before["memberships"]] == [own]
    assert [(m["household"]["id"], m["relation"]) for m in after["memberships"]] == [(home, "12")]
    assert (before["marriages"], after["marriages"][0]["since"]) == ([], "2021-05-20")
    assert (await at(served, woman, "2021-05-20", single))["maritalStatus"] == "UNMARRIED"


async def has_a_child(family: Family) -> None:
    """Birth: the child is in the household from its first day."""
    served, man, woman, home = family.served, family.man, family.woman, family.home
    childless = now(served)
    birth = await done(
        served, "recordBirth", name="陈小北", gender="MALE", birthDate="2022-01-31", mother=woman, father=man
    )
    child = family.child = birth["person"]["id"]
    assert (birth["lifeEvent"]["dueOn"], birth["lifeEvent"]["late"]) == ("2022-02-28", True)
    assert await at(served, child, "2022-01-30") is None
    born = await at(served, child, "2022-01-31")
    assert [(m["relation"], m["household"]["id"]) for m in born["memberships"]] == [("20", home)]
    assert len(born["memberships"][0]["household"]["members"]) == 3
    assert await at(served, child, "2022-01-31", childless) is None


async def moves(family: Family) -> None:
    """Move: the whole household, address and all."""
    served, man, woman, home, child = family.served, family.man, family.woman, family.home, family.child
    await done(
        served,
        "recordMove",
        person=man,
        household=home,
        on="2022-03-01",
        residenceDivision=WEST_VILLAGE,
        address="北街 6 号",
    )
    for member in (man, woman, child):
        there = [
            (await at(served, member, day))["residenceDivision"]["code"]
            for day in ("2022-02-28", "2022-03-01")
        ]
        assert there == [EAST_VILLAGE, WEST_VILLAGE]
    query = """query H($id: ID!, $asOf: Date) {
      household(id: $id, asOf: $asOf) { address addressDivision { code } members { person { id } } } }"""
    asked = [
        (await served.both(query, variables={"id": home, "asOf": day}))[0]["data"]["household"]
        for day in ("2020-01-01", "2022-02-28", "2022-03-01")
    ]
    assert [h["addressDivision"]["code"] for h in asked] == [EAST_VILLAGE, EAST_VILLAGE, WEST_VILLAGE]
    assert [len(h["members"]) for h in asked] == [1, 3, 3]


async def divorces(family: Family) -> None:
    """Divorce: cooling-off, then the household is split."""
    served, man, woman, home, child = family.served, family.man, family.woman, family.home, family.child
    married = now(served)
    application = (await done(served, "applyForDivorce", husband=man, wife=woman, on="2022-06-06"))[
        "divorceApplication"
    ]
    assert [part["person"]["id"] for part in application["minorChildren"]] == [child]
    wrong = [
        await refused(served, "registerDivorce", application=application["id"], on=day)
        for day in ("2022-07-06", "2022-08-06")
    ]
    assert wrong == [["COOLING_OFF"], ["DEEMED_WITHDRAWN"]]
    split = await done(
        served, "registerDivorce", application=application["id"], on="2022-07-07", childrenLeaving=[child]
    )
    assert len(split["lifeEvent"]["consequences"]) == 2
    before, after = await at(served, woman, "2022-07-06"), await at(served, woman, "2022-07-07")
    assert (before["maritalStatus"], after["maritalStatus"]) == ("FIRST_MARRIAGE", "DIVORCED")
    assert before["memberships"][0]["household"]["id"] == home
    assert after["memberships"][0]["household"]["head"]["id"] == woman
    assert {m["person"]["id"] for m in after["memberships"][0]["household"]["members"]} == {woman, child}
    assert (await at(served, woman, "2022-07-07", married))["maritalStatus"] == "FIRST_MARRIAGE"


async def dies(family: Family) -> None:
    """Death: the empty household closes."""
    served, man = family.served, family.man
    alive = now(served)
    await done(served, "recordDeath", person=man, on="2022-09-09")
    before, after = await at(served, man, "2022-09-08"), await at(served, man, "2022-09-09")
    assert (before["deathDate"], after["deathDate"]) == (None, "2022-09-09")
    assert (len(before["memberships"]), after["memberships"]) == (1, [])
    assert (await at(served, man, "2022-09-09", alive))["deathDate"] is None
    assert (await at(served, man)) == after


async def is_found_twice(family: Family) -> None:
    """A duplicate, found, merged and unmerged."""
    served, child = family.served, family.child
    twin = (
        await done(
            served,
            "registerPerson",
            name="陈小北",
            idType="NONE",
            gender="MALE",
            birthDate="2022-01-31",
            registeredDivision=WEST_VILLAGE,
            residenceDivision=WEST_VILLAGE,
            ethnicity="01",
        )
    )["person"]["id"]
    found = await served.ask(
        "query D($id: ID) { duplicateCandidates(person: $id) { score reasons persons { id } } }",
        variables={"id": child},
    )
    (pair,) = found["data"]["duplicateCandidates"]
    assert {person["id"] for person in pair["persons"]} == {child, twin}
    assert set(pair["reasons"]) == {"SAME_NAME_AND_BIRTH", "SAME_ADDRESS"}
    two = [await whole(served, key) for key in (child, twin)]
    merged = (await done(served, "mergePersons", kept=child, dropped=twin, reason="重复登记"))["merge"]
    assert (merged["kept"]["id"], merged["dropped"]) == (child, None)
    assert await at(served, twin) is None
    assert (await whole(served, child))["ethnicity"] == "01"
    undone = (await done(served, "undoMerge", merge=merged["id"]))["merge"]
    assert undone["undoneAt"] is not None
    assert [await whole(served, key) for key in (child, twin)] == two
    assert await refused(served, "undoMerge", merge=merged["id"]) == ["MERGE_UNDONE"]


async def is_corrected(family: Family) -> None:
    """A correction of last month: wrong for as long as it was recorded."""
    served, woman = family.served, family.woman
    wrong_name = now(served)
    await done(served, "correctPerson", person=woman, name="林晓溪")
    for day in ("2021-05-19", "2022-07-07", None):
        assert (await at(served, woman, day))["name"] == "林晓溪"
        assert (await at(served, woman, day, wrong_name))["name"] == "林小溪"


async def test_the_life_of_a_family(served: Served) -> None:
    man = await adult(served, "陈大山", date(1990, 5, 1), 11)
    woman = await adult(served, "林小溪", date(1992, 6, 1), 22)
    family = Family(served, man, woman, await home_of(served, man), await home_of(served, woman))
    for step in (marries, has_a_child, moves, divorces, dies, is_found_twice, is_corrected):
        await step(family)
    child = family.child
    assert await events(served, man) == ["DEATH", "DIVORCE", "MOVE", "BIRTH", "MARRIAGE"]
    assert await events(served, child) == ["DIVORCE", "MOVE", "BIRTH"]
    kinds = [row.details["type"] for row in await audited(served, "life_event.recorded")]
    assert kinds[-5:] == ["MARRIAGE", "BIRTH", "MOVE", "DIVORCE", "DEATH"]


async def test_a_reversal_leaves_no_trace_but_the_audits(served: Served) -> None:
    man = await adult(served, "陈大山", date(1990, 5, 1), 11)
    woman = await adult(served, "林小溪", date(1992, 6, 1), 22)
    home, own = await home_of(served, man), await home_of(served, woman)
    await home_of(served, man, "ASSISTANCE")
    days = ("2020-01-01", "2021-06-01", "2022-03-31", "2022-08-31", None)

    async def seen() -> Any:
        people = [await whole(served, key) for key in (man, woman)]
        return people, [[await at(served, key, day) for day in days] for key in (man, woman)]

    async def story() -> list[tuple[str, dict[str, Any]]]:
        return [
            ("recordMarriage", {"husband": man, "wife": woman, "on": "2021-05-20", "household": home}),
            (
                "recordBirth",
                {
                    "name": "陈小北",
                    "gender": "FEMALE",
                    "birthDate": "2022-03-31",
                    "mother": woman,
                    "father": man,
                },
            ),
            ("recordMove", {"person": woman, "on": "2021-06-01", "registeredDivision": EAST_COMMUNITY}),
            ("recordDeath", {"person": man, "on": "2022-08-31"}),
        ]

    told, states = [], [await seen()]
    for verb, fields in await story():
        dry = await done(served, verb, **fields, dryRun=True)
        assert dry["lifeEvent"]["consequences"]
        assert await seen() == states[-1]
        told.append((await done(served, verb, **fields))["lifeEvent"]["id"])
        states.append(await seen())
    assert states[1] != states[0]
    assert await refused(served, "reverseLifeEvent", lifeEvent=told[0], reason="误登") == ["CHANGED_SINCE"]
    for event in reversed(told):
        states.pop()
        await done(served, "reverseLifeEvent", lifeEvent=event, reason="误登")
        assert await seen() == states[-1]
        assert await refused(served, "reverseLifeEvent", lifeEvent=event, reason="误登") == ["EVENT_REVERSED"]
    listed = await served.ask("{ lifeEvents { edges { node { id } } } }")
    assert not {edge["node"]["id"] for edge in listed["data"]["lifeEvents"]["edges"]} & set(told)
    assert len(await audited(served, "life_event.reversed")) == len(told)
    assert own


async def test_a_divorce_can_be_reversed_too(served: Served) -> None:
    man, woman = served.city.person(0), served.city.person(1)
    await done(served, "correctPerson", person=man, maritalStatus="FIRST_MARRIAGE")
    application = (await done(served, "applyForDivorce", husband=man, wife=woman, on="2022-09-01"))[
        "divorceApplication"
    ]
    assert application["withdrawUntil"] == "2022-10-08"
    state = [await whole(served, key) for key in (man, woman)]
    event = (await done(served, "registerDivorce", application=application["id"], on="2022-10-09"))[
        "lifeEvent"
    ]
    assert [await whole(served, key) for key in (man, woman)] != state
    await done(served, "reverseLifeEvent", lifeEvent=event["id"], reason="误登")
    assert [await whole(served, key) for key in (man, woman)] == state
