"""Life events, merges and removals in front of a plugin that blocks, fails half-way or keeps rows of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, select

from core.db import new_id
from core.districts import Districts
from core.errors import ErrorCode, Refused
from core.events.models import FailedHook, LifeEvent, LifeEventConsequence
from core.host import Host
from core.households.service import dissolve, join
from core.ids import typed
from core.journal import JournalEntry
from core.persons.models import Person
from tests.host.conftest import TODAY

PETS_NO = ErrorCode("PETS_LICENCE_TAKEN", "不行。", "No.")


@pytest.fixture(scope="module")
def plugins(pets: tuple[str, ...]) -> tuple[str, ...]:
    return pets


@dataclass
class Hooks:
    """Lets the dummy plugin implement hooks that it has not, for one test."""

    monkeypatch: pytest.MonkeyPatch

    def give(self, **functions: Callable[..., Any]) -> None:
        find = Host._implementation

        def found(host: Host, plugin: str, hook: str) -> Any:
            if hook not in functions:
                return find(host, plugin, hook)
            function = functions[hook]
            names = function.__code__.co_varnames[: function.__code__.co_argcount]
            return SimpleNamespace(function=function, argnames=names)

        self.monkeypatch.setattr(Host, "_implementation", found)


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> Hooks:
    return Hooks(monkeypatch)


VERBS = {
    "recordDeath": "lifeEvent { id consequences { plugin text } } person { deathDate }",
    "recordMove": "lifeEvent { id consequences { plugin text } }",
    "reverseLifeEvent": "lifeEvent { id reversedAt }",
    "mergePersons": "merge { id }",
    "undoMerge": "merge { id }",
    "removePerson": "",
}


async def write(city: Any, verb: str, **fields: Any) -> Any:
    query = "mutation M($i: %sInput!) { %s(input: $i) { errors { code field message } %s } }" % (
        verb[0].upper() + verb[1:],
        verb,
        VERBS[verb],
    )
    found = await city.running.execute(query, variables={"i": fields})
    assert (found["data"] or {}).get(verb), found
    return found["data"][verb]


async def done(city: Any, verb: str, **fields: Any) -> Any:
    payload = await write(city, verb, **fields)
    assert payload["errors"] == [], payload
    return payload


async def codes(city: Any, verb: str, **fields: Any) -> list[str]:
    return [error["code"] for error in (await write(city, verb, **fields))["errors"]]


def new_dog(work: Any, person: Any, home: Any, licence: str) -> Any:
    """A dog of a person, by the plugin's own model."""
    from minzheng_pets.models import PetsDog

    place = {"district": home.district, "town": home.town, "division": home.division}
    return PetsDog(
        id=new_id(),
        person_id=person.id,
        household_id=home.id,
        name="阿黄",
        licence=licence,
        registered_on=work.clock.today(),
        **place,
    )


async def dog(city: Any, index: int = 0) -> None:
    async with city.running.work() as work:
        home = city.homes[{0: 0, 2: 1}[index]]
        work.session.add(new_dog(work, city.persons[index], home, "P-9"))


def person_id(city: Any, index: int) -> str:
    return typed("person", city.persons[index].id)


async def count(city: Any, model: Any) -> int:
    async with city.running.database.reading() as session:
        return int(await session.scalar(select(func.count()).select_from(model)) or 0)


async def test_a_blocker_blocks(city: Any, hooks: Hooks) -> None:
    async def life_event_blockers(work: Any, event: Any) -> list[Refused]:
        return [Refused(PETS_NO, ("person",))]

    hooks.give(life_event_blockers=life_event_blockers)
    for dry in (True, False):
        fields = {"person": person_id(city, 0), "on": "2022-11-30", "dryRun": dry}
        payload = await write(city, "recordDeath", **fields)
        assert [(e["code"], e["field"]) for e in payload["errors"]] == [
            ("PETS_LICENCE_TAKEN", ["input", "person"])
        ]
        assert (payload["lifeEvent"], payload["person"]) == (None, None)
    assert await count(city, LifeEvent) == 0


async def test_a_may_plugin_that_fails_half_way_leaves_nothing(city: Any, hooks: Hooks) -> None:
    from minzheng_pets.models import PetsDog

    await dog(city)

    async def life_event(work: Any, event: Any) -> str:
        person = await work.session.get_one(Person, event.person_id)
        person.phone_masked = "half"  # a row that core noted too
        event.details = {**event.details, "half": True}
        found = (await work.session.scalars(select(PetsDog))).one()
        found.name = "半"
        work.session.add(new_dog(work, person, city.homes[0], "P-10"))
        await work.flush()
        raise RuntimeError("half-way")

    hooks.give(life_event=life_event)
    event = (await done(city, "recordDeath", person=person_id(city, 0), on="2022-11-30"))["lifeEvent"]
    assert {c["plugin"] for c in event["consequences"]} == {"core"}
    assert await count(city, FailedHook) == 1
    async with city.running.database.reading() as session:
        assert (await session.scalars(select(PetsDog.name))).all() == ["阿黄"]
        person = await session.get_one(Person, city.persons[0].id)
        assert (person.phone_masked, str(person.death_date)) == (None, "2022-11-30")
        noted = set(await session.scalars(select(JournalEntry.row_table)))
        assert "pets_dog" not in noted
    await done(city, "reverseLifeEvent", lifeEvent=event["id"], reason="误登")
    async with city.running.database.reading() as session:
        assert (await session.get_one(Person, city.persons[0].id)).death_date is None


async def _rename(work: Any, event: Any) -> str:
    from minzheng_pets.models import PetsDog

    for found in await work.session.scalars(select(PetsDog)):
        found.name = "阿黑"
    return "Renamed."


async def test_core_brings_back_a_plugins_rows(city: Any, hooks: Hooks) -> None:
    from minzheng_pets.models import PetsDog

    await dog(city)
    hooks.give(life_event=_rename)
    event = (await done(city, "recordDeath", person=person_id(city, 0), on="2022-11-30"))["lifeEvent"]
    assert [c["text"] for c in event["consequences"] if c["plugin"] == "pets"] == ["Renamed."]
    await done(city, "reverseLifeEvent", lifeEvent=event["id"], reason="误登")
    async with city.running.database.reading() as session:
        assert (await session.scalars(select(PetsDog.name))).all() == ["阿黄"]


async def test_core_brings_back_what_a_plugin_deleted(city: Any, hooks: Hooks) -> None:
    from minzheng_pets.models import PetsDog, PetsHousehold

    async def life_event(work: Any, event: Any) -> str:
        (found,) = await work.session.scalars(select(PetsDog))
        found.name = "阿黑"
        for counted in await work.session.scalars(select(PetsHousehold)):
            counted.latest_dog_id = None
        await work.flush()
        await work.session.delete(found)
        brief = new_dog(work, city.persons[0], city.homes[0], "P-10")
        work.session.add(brief)
        await work.flush()
        await work.session.delete(brief)
        return "Gone."

    await dog(city)
    hooks.give(life_event=life_event)
    event = (await done(city, "recordDeath", person=person_id(city, 0), on="2022-11-30"))["lifeEvent"]
    assert await count(city, PetsDog) == 0
    await done(city, "reverseLifeEvent", lifeEvent=event["id"], reason="误登")
    async with city.running.database.reading() as session:
        (found,) = await session.scalars(select(PetsDog))
        assert (found.name, found.licence, found.person_id) == ("阿黄", "P-9", city.persons[0].id)


async def test_a_plugin_that_reverses_is_left_to_it(city: Any, hooks: Hooks) -> None:
    from minzheng_pets.models import PetsDog

    heard = []

    async def life_event_reversed(work: Any, event: Any) -> None:
        heard.append(typed("life_event", event.id))

    await dog(city)
    hooks.give(life_event=_rename, life_event_reversed=life_event_reversed)
    event = (await done(city, "recordDeath", person=person_id(city, 0), on="2022-11-30"))["lifeEvent"]
    await done(city, "reverseLifeEvent", lifeEvent=event["id"], reason="误登")
    assert heard == [event["id"]]
    async with city.running.database.reading() as session:
        assert (await session.scalars(select(PetsDog.name))).all() == ["阿黑"]


async def test_a_merge_needs_the_plugin(city: Any, hooks: Hooks) -> None:
    from minzheng_pets.models import PetsDog

    await dog(city, 2)
    newborn = """mutation M($i: RegisterPersonInput!) { registerPerson(input: $i) { person { id } } }"""
    fields = {
        "name": "张丙",
        "idType": "NONE",
        "gender": "MALE",
        "birthDate": "1962-03-15",
        "registeredDivision": city.second,
        "residenceDivision": city.second,
    }
    made = await city.running.execute(newborn, variables={"i": fields})
    twin = made["data"]["registerPerson"]["person"]["id"]
    merge = {"kept": twin, "dropped": person_id(city, 2), "reason": "重复"}
    payload = await write(city, "mergePersons", **merge)
    assert [error["code"] for error in payload["errors"]] == ["MERGE_LEFTOVER"]
    assert "pets_dog" in payload["errors"][0]["message"]

    async def persons_merged(work: Any, merge: Any) -> None:
        for found in await work.session.scalars(select(PetsDog).where(PetsDog.person_id == merge.dropped_id)):
            found.person_id = merge.kept_id

    hooks.give(persons_merged=persons_merged)
    merged = (await done(city, "mergePersons", **merge))["merge"]["id"]
    async with city.running.database.reading() as session:
        assert [typed("person", key) for key in await session.scalars(select(PetsDog.person_id))] == [twin]
    await done(city, "undoMerge", merge=merged)
    async with city.running.database.reading() as session:
        assert (await session.scalars(select(PetsDog.person_id))).all() == [city.persons[2].id]


async def test_a_plugin_can_keep_a_person(city: Any, hooks: Hooks) -> None:
    async def removal_blockers(work: Any, person: Any) -> list[Refused]:
        return [Refused(PETS_NO, ("person",))]

    async def none(work: Any, person: Any) -> list[Refused]:
        return []

    asked = {"person": person_id(city, 1), "reason": "误登"}
    hooks.give(removal_blockers=removal_blockers)
    assert await codes(city, "removePerson", **asked) == ["PETS_LICENCE_TAKEN"]
    hooks.give(removal_blockers=none)
    assert await codes(city, "removePerson", **asked) == []
    assert await count(city, LifeEventConsequence) == 0


async def test_the_district_that_a_person_leaves_hears_of_it(city: Any, hooks: Hooks) -> None:
    heard = []

    async def life_event(work: Any, event: Any) -> None:
        heard.append(event.type.name)

    async def life_event_reversed(work: Any, event: Any) -> None:
        heard.append("reversed " + event.type.name)

    async with city.running.work() as work:  # at home here, a member of a household in the next district
        await join(work, city.homes[2], city.persons[1], "99", TODAY)
    city.running.host.districts = Districts(frozenset(), {city.other_district: frozenset({"pets"})})
    hooks.give(life_event=life_event, life_event_reversed=life_event_reversed)
    person = person_id(city, 1)
    event = (await done(city, "recordDeath", person=person, on="2022-11-30"))["lifeEvent"]["id"]
    assert heard == ["DEATH"]
    await done(city, "reverseLifeEvent", lifeEvent=event, reason="误登")
    assert heard == ["DEATH", "reversed DEATH"]
    move = {"person": person_id(city, 3), "on": "2022-11-30"}
    away = {"residenceDivision": city.first, "registeredDivision": city.first}
    event = (await done(city, "recordMove", **move, **away))["lifeEvent"]["id"]
    async with city.running.work() as work:
        await dissolve(work, city.homes[2], TODAY)
    await done(city, "reverseLifeEvent", lifeEvent=event, reason="误登")
    assert heard[2:] == ["MOVE", "reversed MOVE"]
