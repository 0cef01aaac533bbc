"""What composing schemas must hold to: one process, many plugin sets, no global touched (design 2)."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import orjson
import pytest
from graphql import build_schema

from core.codes.sets import UserRole
from core.districts import Districts
from core.host import Host, installed
from minzheng.testing import NewPerson, Running, id_number, register, service
from schema.composed import ComposedSchema
from schema.mutation import Mutation
from schema.query import Query
from schema.types.errors import UserError
from schema.types.household import Household
from schema.types.person import Person

DISTRICT, OTHER = "410189000000", "410190000000"
VILLAGES = {DISTRICT: "410189101201", OTHER: "410190101201"}


@pytest.fixture(scope="module")
def plugins(pets: tuple[str, ...]) -> tuple[str, ...]:
    return pets


def definition(cls: Any) -> list[tuple[str, int, Any, Any]]:
    """What a class declares, by identity: strawberry's converter writes to field objects."""
    fields = cls.__strawberry_definition__.fields
    return [(f.python_name, id(f), f.type_annotation, f.base_resolver) for f in fields]


@pytest.mark.parametrize("first", ["core", "pets"])
def test_two_schemas_do_not_mix(pets: tuple[str, ...], first: str) -> None:
    host = Host(pets)
    sets = ((), pets) if first == "core" else (pets, ())
    schemas = {names: ComposedSchema(host, names) for names in sets}
    for names, schema in schemas.items():
        sdl = schema.as_str()
        for word in ("type PetsDog ", "registerPetsDog", "PETS_LICENCE_TAKEN", "pets: PetsPerson"):
            present = word in sdl
            # Codes are those of the host: a caller may meet any of them.
            assert present == (bool(names) or word == "PETS_LICENCE_TAKEN"), word
        build_schema(sdl)
    assert "pets_dog" in schemas[pets].nodes
    assert "pets_dog" not in schemas[()].nodes


def test_each_schema_has_its_own_fields(pets: tuple[str, ...]) -> None:
    host = Host(pets)
    plain, full = ComposedSchema(host, ()), ComposedSchema(host, pets)
    for name in ("Person", "Household", "Query", "Mutation"):
        ours, theirs = plain._schema.type_map[name].fields, full._schema.type_map[name].fields  # type: ignore[attr-defined]
        assert set(ours) < set(theirs)
        for key in ours:
            one, two = (f[key].extensions["strawberry-definition"] for f in (ours, theirs))
            assert one is not two
            assert getattr(one, "mapping", None) is getattr(two, "mapping", None)


def test_globals_are_not_mutated(pets: tuple[str, ...]) -> None:
    classes = (Person, Household, Query, Mutation, UserError)
    before = {cls: definition(cls) for cls in classes}
    host = Host(pets)
    for names in (pets, (), pets):
        ComposedSchema(host, names)
    assert {cls: definition(cls) for cls in classes} == before


def subsets(names: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [chosen for size in range(len(names) + 1) for chosen in combinations(names, size)]


def test_every_subset_of_the_installed_plugins_builds(pets: tuple[str, ...]) -> None:
    everything = tuple(sorted(installed()))
    host = Host(everything)
    needs = {name: set(plugin.manifest.requires) for name, plugin in host.plugins.items()}
    for chosen in subsets(everything):
        if all(needs[name] <= set(chosen) for name in chosen):
            build_schema(ComposedSchema(Host(chosen), chosen).as_str())
            build_schema(ComposedSchema(host, chosen).as_str())


def test_everything_is_described_in_both_languages(pets: tuple[str, ...]) -> None:
    schema = ComposedSchema(Host(pets), pets)._schema
    missing = []
    for name, type_ in schema.type_map.items():
        if "Pets" not in name:
            continue
        things = {name: type_, **getattr(type_, "fields", {}), **getattr(type_, "values", {})}
        for key, thing in dict(things).items():
            things.update({f"{key}({arg})": value for arg, value in getattr(thing, "args", {}).items()})
        missing += [f"{name}.{key}" for key, thing in things.items() if not _in_both(thing.description)]
    assert missing == []


def _in_both(text: str | None) -> bool:
    return bool(text) and any(c > "\u2fff" for c in text) and any(c.isascii() and c.isalpha() for c in text)


@pytest.fixture
async def running(pets: tuple[str, ...], database_url: str) -> Any:
    """The first district uses the plugin, the other does not."""
    districts = Districts(frozenset(), {DISTRICT: frozenset(pets)})
    async with service(database_url, pets, districts=districts, migrate=False) as opened:
        await opened.settle(*VILLAGES.values())
        async with opened.work() as work:
            await register(work, [_person(code, i) for i, code in enumerate(VILLAGES.values())])
        yield opened


def _person(village: str, index: int) -> NewPerson:
    from datetime import date

    number = id_number(village, date(1960, 1, 1), 1)
    name = "甲乙"[index]
    return NewPerson(name=name, id_number=number, registered_division=village, residence_division=village)


async def test_a_district_has_its_own_schema(running: Running) -> None:
    with_pets = await running.graphql.sdl(DISTRICT)
    without = await running.graphql.sdl(OTHER)
    assert "pets: PetsPerson" in with_pets
    assert "pets: PetsPerson" not in without
    assert await running.graphql.sdl(None) == with_pets  # the union of all


PEOPLE = "{ persons { edges { node { name } } } }"
GREETED = "{ persons { edges { node { name pets { greeting } } } } }"


def names_of(answer: Any) -> list[str]:
    return [edge["node"]["name"] for edge in answer["data"]["persons"]["edges"]]


async def test_a_district_endpoint(running: Running) -> None:
    assert names_of(await running.execute(PEOPLE)) == ["甲", "乙"]
    assert names_of(await running.execute(PEOPLE, district=DISTRICT)) == ["甲"]
    assert names_of(await running.execute(PEOPLE, district=OTHER)) == ["乙"]
    assert names_of(await running.execute(PEOPLE, division=DISTRICT, district=OTHER)) == []
    assert names_of(await running.execute(GREETED, district=DISTRICT)) == ["甲"]
    refused = await running.execute(GREETED, district=OTHER)
    assert refused["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize("code", ["990101000000", "410189101000", "nonsense", ""])
async def test_an_unknown_district(running: Running, code: str) -> None:
    answer = await running.execute(PEOPLE, district=code)
    assert answer["errors"][0]["extensions"]["code"] == "DISTRICT_UNKNOWN"


@pytest.mark.parametrize("planned", [True, False])
async def test_above_districts_there_is_the_union(
    running: Running, planned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unplanned(*_arguments: Any) -> None:
        return None

    if not planned:
        monkeypatch.setattr(running.graphql, "_planned", unplanned)
    grants = {DISTRICT: UserRole.CITY_OFFICER, OTHER: UserRole.CITY_OFFICER}
    for options in ({}, {"grants": grants}, {"division": "410100000000"}):
        answer = await running.execute(GREETED, **options)
        assert answer["extensions"]["explain"]["planned"] is planned
        found = {e["node"]["name"]: e["node"]["pets"] for e in answer["data"]["persons"]["edges"]}
        assert found == {"甲": {"greeting": "您好，先生"}, "乙": None}
    below = await running.execute(GREETED, division=OTHER)
    assert below["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


CAPABILITIES = (
    "{ capabilities { coreVersion plugins { name titleZh titleEn version } permissions divisions } }"
)


async def test_capabilities(running: Running) -> None:
    here = (await running.execute(CAPABILITIES, division=DISTRICT))["data"]["capabilities"]
    pets = {"name": "pets", "titleZh": "养犬登记", "titleEn": "Registration of dogs", "version": "1.2.0"}
    assert here["plugins"] == [pets]
    assert here["divisions"] == [DISTRICT]
    assert {"pets:read", "pets:write"} <= set(here["permissions"])
    there = (await running.execute(CAPABILITIES, district=OTHER))["data"]["capabilities"]
    assert (there["plugins"], there["divisions"]) == ([], [OTHER])
    assert orjson.dumps(there["coreVersion"]) == b'"0.1.0"'
