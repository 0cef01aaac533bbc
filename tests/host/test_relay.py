"""Timelines, referrals and signals of a plugin: shown by its permission, where it is used, undone with its events."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from core.access.models import AuditEntry
from core.districts import Districts
from core.errors import Refused
from core.referrals.codes import ReferralReason
from core.referrals.service import Consent, NewReferral, move_on, refer
from core.signals.declared import NewSignal, Signal
from core.signals.models import RaisedSignal
from core.signals.service import raise_signal, scan
from tests.host.conftest import DISTRICT, FIRST, TODAY, City
from tests.host.test_event_hooks import Hooks, hooks, new_dog, person_id

__all__ = ["hooks"]
TIMELINE = (
    "query T($id: ID!) { person(id: $id) { timeline { edges { node { kind plugin title subject } } } } }"
)


@pytest.fixture(scope="module")
def plugins(pets: tuple[str, ...]) -> tuple[str, ...]:
    return pets


@pytest.fixture
def relay(pets: tuple[str, ...], hooks: Hooks) -> Any:
    """The plugin with declarations of its own."""
    from tests.host import pets_relay

    hooks.give(
        timeline=lambda: [pets_relay.REGISTERED],
        referral_targets=lambda: [pets_relay.SHELTER],
        signals=lambda: [pets_relay.MANY],
        referral_accepted=pets_relay.referral_accepted,
    )
    return pets_relay


@pytest.fixture
async def town(relay: Any, city: City) -> City:
    return city


async def kinds(city: City, index: int = 0, **options: Any) -> list[str]:
    answer = await city.running.execute(TIMELINE, variables={"id": person_id(city, index)}, **options)
    return [edge["node"]["kind"] for edge in answer["data"]["person"]["timeline"]["edges"]]


async def registered(town: City, relay: Any) -> None:
    """A dog on its owner's timeline."""
    async with town.running.work() as work:
        row = new_dog(work, town.persons[0], town.homes[0], "P-1")
        work.session.add(row)
        await relay.tell_registered(work, row)


async def test_a_plugins_entry(town: City, relay: Any) -> None:
    await registered(town, relay)
    assert "pets.dog_registered" in await kinds(town)


async def test_where_the_plugin_is_not_used(town: City, relay: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    await registered(town, relay)
    monkeypatch.setattr(
        town.running.host, "districts", Districts(frozenset({"pets"}), {DISTRICT: frozenset()})
    )
    assert "pets.dog_registered" not in await kinds(town)
    async with town.running.work() as work:
        new = NewSignal(signal="pets.many_dogs", person_id=town.persons[0].id, division=FIRST)
        assert await raise_signal(work, new) is None
        with pytest.raises(Refused, match="REFERRAL_ADDRESSEE"):
            await refer(work, referral(town))


def referral(town: City) -> NewReferral:
    return NewReferral(
        person=town.persons[0], reason=ReferralReason.OTHER, grounds=Consent(TODAY), target="pets.shelter"
    )


async def test_an_accepted_referral_reaches_the_plugin(town: City) -> None:
    async with town.running.work() as work:
        row = await refer(work, referral(town))
        await move_on(work, row, "accept")
        await work.flush()
        query = select(AuditEntry.action).where(AuditEntry.action == "pets.stay_opened")
        assert list(await work.session.scalars(query)) == ["pets.stay_opened"]


async def test_a_plugins_signal(town: City) -> None:
    async with town.running.work() as work:
        work.session.add_all([new_dog(work, town.persons[0], town.homes[0], f"P-{i}") for i in range(3)])
        await work.flush()
        for _ in range(2):
            page = await scan(work, work.host.book(Signal)["pets.many_dogs"], TODAY)
            assert (page.found, page.cursor) == (1, None)
        (row,) = (await work.session.scalars(select(RaisedSignal))).all()
        assert (row.kind, row.person_id, row.read) == ("pets.many_dogs", town.persons[0].id, "pets:read")
        assert "pets:many_dogs.handle" in work.host.permissions.all
