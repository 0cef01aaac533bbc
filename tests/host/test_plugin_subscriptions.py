"""A plugin's own topic and subscription: what it declares, under its permission, where it is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from core.codes.sets import UserRole
from core.districts import Districts
from core.errors import StartupError
from core.host import Host
from core.outbox.sequencer import sequence
from minzheng.graphql import Subscription
from minzheng.testing import caller
from schema.composed import ComposedSchema
from tests.host.conftest import DISTRICT, FIRST, OTHER_DISTRICT, City
from tests.schema.listening import Listener, listen

QUERY = """
subscription ($filter: PetsDogFilterInput) {
  petsDogWalked(filter: $filter) { position event subject dog { id name owner { name } } }
}
"""


@pytest.fixture(scope="module")
def plugins(pets: tuple[str, ...]) -> tuple[str, ...]:
    return pets


@pytest.fixture
def extended(pets: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> type:
    """What the plugin would have in its `graphql/subscription.py`."""
    from tests.host.pets_walks import SubscriptionFields

    _extend(monkeypatch, {Subscription: SubscriptionFields})
    return SubscriptionFields


def _extend(monkeypatch: pytest.MonkeyPatch, more: Mapping[type, type]) -> None:
    collected = Host.collected

    def with_more(self: Host, hook: str, plugins: Sequence[str]) -> Any:
        found = dict(collected(self, hook, plugins))
        if hook == "type_extensions" and "pets" in found:
            found["pets"] = {**found["pets"], **more}
        return found

    monkeypatch.setattr(Host, "collected", with_more)


@pytest.fixture
async def town(extended: type, city: City) -> City:
    from minzheng_pets.service import register_dog

    async with city.running.work() as work:
        city.dogs = [  # type: ignore[attr-defined]
            await register_dog(work, city.homes[i], city.persons[j], name, f"P-{i}")
            for i, j, name in ((0, 0, "阿黄"), (1, 2, "小白"), (2, 3, "阿黄"))
        ]
    return city


async def walked(city: City) -> None:
    from tests.host.pets_walks import walk

    async with city.running.work() as work:
        for dog in city.dogs:  # type: ignore[attr-defined]
            await walk(work, dog)
    await sequence(city.running.database)


async def hear(city: City, grants: Any, **variables: Any) -> Listener:
    who = caller(city.running.host, grants)
    return await listen(city.running.graphql, who, QUERY, variables=variables)


def names(listener: Listener) -> list[str]:
    import json

    bodies = [json.loads(delivery.body) for delivery in listener.deliveries if delivery.body]
    return [body["data"]["petsDogWalked"]["dog"]["name"] for body in bodies]


@pytest.mark.parametrize("planned", [True, False])
async def test_a_topic_of_a_plugins_own(town: City, planned: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_arguments: Any) -> None:
        return None

    if not planned:
        monkeypatch.setattr(town.running.graphql, "_planned", refuse)
    both = {DISTRICT: UserRole.CITY_OFFICER, OTHER_DISTRICT: UserRole.CITY_OFFICER}
    listeners = {
        "both": await hear(town, both),
        "named": await hear(town, both, filter={"name": "阿黄"}),
        "district": await hear(town, {DISTRICT: UserRole.CITY_OFFICER}),
        "village": await hear(town, {FIRST: UserRole.VILLAGE_WORKER}),
        "auditor": await hear(town, {DISTRICT: UserRole.AUDITOR}),
    }
    await walked(town)
    for listener in listeners.values():
        await listener.until(lambda listener=listener: listener.stream.position == 3)  # type: ignore[misc]
        await listener.stop()
    assert {name: names(listener) for name, listener in listeners.items()} == {
        "both": ["阿黄", "小白", "阿黄"],
        "named": ["阿黄", "阿黄"],
        "district": ["阿黄", "小白"],
        "village": ["阿黄"],
        "auditor": [],
    }


async def test_not_where_the_plugin_is_off(town: City, monkeypatch: pytest.MonkeyPatch) -> None:
    only = Districts(frozenset(), {DISTRICT: frozenset({"pets"})})
    monkeypatch.setattr(town.running.host, "districts", only)
    both = {DISTRICT: UserRole.CITY_OFFICER, OTHER_DISTRICT: UserRole.CITY_OFFICER}
    listener = await hear(town, both)
    await walked(town)
    await listener.until(lambda: listener.stream.position == 3)
    await listener.stop()
    assert names(listener) == ["阿黄", "小白"]


def test_its_name_carries_the_plugins(
    pets: tuple[str, ...], extended: type, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    schema = ComposedSchema(Host(pets), pets)
    assert "petsDogWalked(" in schema.as_str()
    assert "petsDogWalked(" not in ComposedSchema(Host(pets), ()).as_str()
    from strawberry.types.field import StrawberryField

    definition: Any = extended.__strawberry_definition__  # type: ignore[attr-defined]
    field: StrawberryField = definition.fields[0]
    monkeypatch.setattr(field, "graphql_name", "dogWalked")
    with pytest.raises(StartupError, match="subscription dogWalked must carry the plugin's name"):
        ComposedSchema(Host(pets), pets)
