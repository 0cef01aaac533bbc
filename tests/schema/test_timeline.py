"""Timelines of persons and households: complete, taken back with what they tell of, shown by permission."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from core.access.permissions import Permission
from core.access.principal import Grant, Principal
from core.access.service import system
from core.clock import Clock
from core.codes.sets import UserRole
from core.errors import StartupError
from core.ids import key_of
from core.timeline.declared import TimelineKind
from core.timeline.service import NewEntry, tell_timeline, void_timeline
from core.vault import Keyring, Vault
from core.work import Work
from tests.schema.conftest import Served
from tests.schema.living import adult, couple, done, home_of
from tests.schema.small_city import CITY, EAST, EAST_VILLAGE, TODAY, WEST, WEST_VILLAGE

ENTRIES = """timeline(first: 50) { totalCount edges { node { id on kind plugin title code subject recordedAt
  person { id } household { id } division { code } } } pageInfo { hasNextPage } }"""
PERSON = "query T($id: ID!) { person(id: $id) { %s } }" % ENTRIES
HOUSEHOLD = "query T($id: ID!) { household(id: $id) { %s } }" % ENTRIES


async def of(served: Served, id_: str, caller: Any = "city") -> list[Any]:
    """The entries that a caller sees, both paths agreeing, in one statement."""
    query = PERSON if id_.startswith("person") else HOUSEHOLD
    answer, explain = await served.both(query, caller, variables={"id": id_})
    assert explain["statementCount"] == 1
    found = (answer["data"].get("person") or answer["data"].get("household"))["timeline"]
    assert found["totalCount"] == len(found["edges"])
    days = [edge["node"]["on"] for edge in found["edges"]]
    assert days == sorted(days, reverse=True)
    return [edge["node"] for edge in found["edges"]]


async def kinds(served: Served, id_: str, caller: Any = "city") -> list[str]:
    """The kinds of the entries without the owner, in order."""
    return [entry["kind"].removeprefix("core.") for entry in await of(served, id_, caller)]


async def test_registration_disabilities_and_memberships(served: Served) -> None:
    found = await of(served, served.city.person(2))
    assert {(e["kind"], e["code"]) for e in found} == {
        ("core.household_joined", "20"),
        ("core.disability_certified", "VISUAL"),
        ("core.disability_certified", "MENTAL"),
        ("core.person_registered", None),
    }
    joined = next(e for e in found if e["code"] == "20")
    assert joined["title"] == "Joined a household (son)"
    assert joined["subject"] == joined["household"]["id"] == served.city.household(0)
    assert joined["plugin"] == "core"
    assert await kinds(served, served.city.person(7)) == [
        "person_registered",
        "household_left",
        "household_joined",
    ]
    assert await kinds(served, served.city.household(0)) == ["household_joined"] * 4 + ["household_opened"]


async def test_titles_follow_the_language(served: Served) -> None:
    answer, _ = await served.both(PERSON, variables={"id": served.city.person(2)}, language="zh")
    titles = {edge["node"]["title"] for edge in answer["data"]["person"]["timeline"]["edges"]}
    assert {"加入户（子）", "登记人员"} <= titles


async def test_pages(served: Served) -> None:
    query = """query P($id: ID!, $after: String) { household(id: $id) {
      timeline(first: 2, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } } } }"""
    seen: list[str] = []
    after = None
    while True:
        variables = {"id": served.city.household(0), "after": after}
        page = (await served.both(query, variables=variables))[0]["data"]["household"]["timeline"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert seen == [entry["id"] for entry in await of(served, served.city.household(0))]


async def test_filters(served: Served) -> None:
    query = """query F($id: ID!, $filter: TimelineFilter) { person(id: $id) {
      timeline(filter: $filter) { edges { node { kind on } } } } }"""
    for wanted, count in (
        ({"kind": "core.person_registered"}, 1),
        ({"plugin": "core"}, 3),
        ({"plugin": "pets"}, 0),
        ({"since": "2022-10-01"}, 2),
        ({"until": "2022-10-01"}, 1),
    ):
        variables = {"id": served.city.person(7), "filter": wanted}
        answer, _ = await served.both(query, variables=variables)
        assert len(answer["data"]["person"]["timeline"]["edges"]) == count, wanted


async def test_a_birth_and_its_reversal(served: Served) -> None:
    man, woman = await couple(served)
    home = await home_of(served, man)
    before = [await kinds(served, id_) for id_ in (man, woman, home)]
    born = await done(
        served,
        "recordBirth",
        name="陈新生",
        gender="FEMALE",
        birthDate="2022-10-01",
        mother=woman,
        father=man,
        household=home,
    )
    child = born["person"]["id"]
    assert sorted(await kinds(served, child)) == ["birth", "household_joined", "person_registered"]
    assert (await kinds(served, man))[0] == "birth"
    assert (await of(served, man))[0]["code"] == "FATHER"
    assert set((await kinds(served, home))[:2]) == {"birth", "household_joined"}
    assert (await kinds(served, home)).count("birth") == 1
    await done(served, "reverseLifeEvent", lifeEvent=born["lifeEvent"]["id"], reason="误录")
    assert [await kinds(served, id_) for id_ in (man, woman, home)] == before


async def test_a_death_and_its_reversal(served: Served) -> None:
    man, woman = await couple(served)
    home = await home_of(served, man)
    before = [await kinds(served, id_) for id_ in (man, woman, home)]
    died = await done(served, "recordDeath", person=man, on="2022-09-01")
    assert set((await kinds(served, man))[:2]) == {"death", "household_left"}
    first = (await of(served, woman))[0]
    assert (first["kind"], first["code"]) == ("core.death", "SPOUSE")
    assert set((await kinds(served, home))[:3]) == {"death", "household_left", "household_closed"}
    await done(served, "reverseLifeEvent", lifeEvent=died["lifeEvent"]["id"], reason="误录")
    assert [await kinds(served, id_) for id_ in (man, woman, home)] == before


async def test_merged_persons_keep_their_timelines(served: Served) -> None:
    kept = await adult(served, "陈大山", date(1990, 5, 1), 31)
    twin = {"name": "陈大山", "idType": "NONE", "gender": "MALE", "birthDate": "1990-05-01"}
    places = {"registeredDivision": EAST_VILLAGE, "residenceDivision": EAST_VILLAGE, "since": "2021-01-01"}
    dropped = (await done(served, "registerPerson", **twin, **places))["person"]["id"]
    home = await home_of(served, dropped)
    before = [await kinds(served, kept), await kinds(served, dropped), await kinds(served, home)]
    merged = await done(served, "mergePersons", kept=kept, dropped=dropped, reason="重复")
    found = await kinds(served, kept)
    assert sorted(found) == ["household_joined", "person_registered", "person_registered", "persons_merged"]
    assert await kinds(served, home) == before[2]
    await done(served, "undoMerge", merge=merged["merge"]["id"])
    assert [await kinds(served, kept), await kinds(served, dropped), await kinds(served, home)] == before


async def test_a_person_entered_wrongly_is_removed_with_the_timeline(served: Served) -> None:
    wrong = await adult(served, "错录", date(1990, 5, 1), 32)
    await done(served, "removePerson", person=wrong, reason="录入错误")


PETS = TimelineKind("pets.dog_registered", "登记犬只", "A dog was registered", "pets:read")


def add_pets(served: Served) -> None:
    """The declarations of a plugin, without the plugin."""
    host = served.service.host
    roles = frozenset({UserRole.TOWN_OFFICER})
    host.permissions.add("pets", [Permission("pets:read", roles, "查看犬只", "Read dogs")])
    host.book(TimelineKind).add("pets", [PETS])
    host.shows("pets", PETS.read)


def working(served: Served, session: Any) -> Work:
    """A unit of work of the service itself."""
    host = served.service.host
    return Work(session, system(host.permissions), Clock(TODAY), Vault(Keyring.fresh()), host)


def who(read: bool, *places: str) -> Principal:
    names = frozenset({"registry:read", "names:read", *(["pets:read"] if read else [])})
    return Principal(None, f"{read}{places}", tuple(Grant(place, names) for place in places))


async def test_a_plugins_entries_are_shown_by_its_permission(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_pets(served)
    host = served.service.host
    # The plugin itself is not installed here: its readers are those of a host that has it.
    readers = {"registry:read": (True, ()), "pets:read": (True, ())}
    monkeypatch.setattr(type(host), "readers_of", lambda self, plugins: readers)
    person, key = served.city.person(3), key_of("person", served.city.person(3))
    new = NewEntry(
        kind=PETS.name, on=date(2022, 7, 1), division=WEST_VILLAGE, subject="pets_dog_1", person_id=key
    )
    async with served.service.database.writing() as session:
        await tell_timeline(working(served, session), new)
    for caller, shown in (
        (who(True, CITY), True),
        (who(True, WEST), True),
        (who(True, EAST), True),  # registered here: reaches the person
        (who(False, CITY), False),
        (who(False, WEST), False),
    ):
        assert ("pets.dog_registered" in await kinds(served, person, caller)) is shown, caller.subject
    mixed = Principal(
        None,
        "dogs of the neighbour",
        (
            Grant(CITY, frozenset({"registry:read"})),
            Grant("410188000000", frozenset({"registry:read", "pets:read"})),
        ),
    )
    assert "pets.dog_registered" not in await kinds(served, person, mixed)
    async with served.service.database.writing() as session:
        work = working(served, session)
        assert await void_timeline(work, [PETS.name], person_id=key, subject="another") == 0
        assert await void_timeline(work, [PETS.name], person_id=key, subject="pets_dog_1") == 1
    assert "pets.dog_registered" not in await kinds(served, person, who(True, CITY))


async def test_what_a_district_does_not_use_is_not_shown(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_pets(served)
    host = served.service.host
    readers = {"registry:read": (True, ()), "pets:read": (True, (CITY,))}
    monkeypatch.setattr(type(host), "readers_of", lambda self, plugins: readers)
    person = served.city.person(0)
    new = NewEntry(
        kind=PETS.name,
        on=date(2022, 7, 1),
        division=EAST_VILLAGE,
        subject="pets_dog_1",
        person_id=key_of("person", person),
    )
    async with served.service.database.writing() as session:
        await tell_timeline(working(served, session), new)
    assert "pets.dog_registered" not in await kinds(served, person, who(True, CITY))


@pytest.mark.parametrize("caller", ["other town", "nobody"])
async def test_no_timeline_without_its_owner(served: Served, caller: str) -> None:
    for id_, query in ((served.city.person(2), PERSON), (served.city.household(0), HOUSEHOLD)):
        answer, _ = await served.both(query, caller, variables={"id": id_})
        assert set(answer["data"].values()) == {None}


async def test_every_kind_of_caller_agrees(served: Served) -> None:
    for caller in served.callers:
        for id_ in served.city.ids:
            query = PERSON if id_.startswith("person") else HOUSEHOLD
            await served.both(query, caller, variables={"id": id_})


def test_a_plugins_kind_is_read_by_its_own_permission() -> None:
    with pytest.raises(StartupError, match="pets"):
        TimelineKind("pets.dog_registered", "登记犬只", "A dog was registered", "registry:read")
