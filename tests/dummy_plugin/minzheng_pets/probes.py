"""How each figure of the plugin is tried: one fact is written, corrected, back-dated."""

from __future__ import annotations

from datetime import date
from typing import Any

from minzheng.plugin import (
    Household,
    HouseholdKind,
    NewEntitlement,
    award_entitlement,
    end_entitlement,
    month_of,
)
from minzheng.testing import NewHousehold, Probe, Scene, open_households
from minzheng_pets.models import PetsDog
from minzheng_pets.service import register_dog
from minzheng_pets.shared import ALLOWANCE, ALLOWANCES, AMOUNT, DOGS


async def _home(scene: Scene) -> None:
    scene.made["owner"] = owner = await scene.person()
    kind, members = HouseholdKind.REGISTERED, [(owner, "02")]
    new = NewHousehold(
        kind=kind, division=scene.here, address="甲街1号", members=members, opened_on=date(2015, 1, 1)
    )
    scene.made["home"] = (await open_households(scene.work, [new]))[0]


async def _dog(scene: Scene, on: date) -> PetsDog:
    home = await scene.work.session.get_one(Household, scene.made["home"].id)
    licence = f"T-{scene.number}-{on:%Y}"
    return await register_dog(scene.work, home, scene.made["owner"], "阿黄", licence, on)


async def _insert_dog(scene: Scene) -> None:
    scene.made["dog"] = await _dog(scene, scene.day)


async def _correct_dog(scene: Scene) -> None:
    """It was never there."""
    dog: Any = await scene.work.session.get_one(PetsDog, scene.made["dog"].id)
    dog.registered_on = date(2099, 1, 1)


async def _backdate_dog(scene: Scene) -> None:
    await _dog(scene, scene.earlier)


async def _owner(scene: Scene) -> None:
    scene.made["owners"] = [await scene.person(), await scene.person()]


async def _award(scene: Scene, first: date) -> None:
    new = NewEntitlement(
        programme=ALLOWANCE.name, payee=scene.made["owners"].pop(), amount=AMOUNT, first=first
    )
    scene.made["award"] = (await award_entitlement(scene.work, new)).award_id


async def _insert_allowance(scene: Scene) -> None:
    await _award(scene, month_of(scene.day))


async def _correct_allowance(scene: Scene) -> None:
    await end_entitlement(scene.work, scene.made["award"], month_of(scene.day))


async def _backdate_allowance(scene: Scene) -> None:
    await _award(scene, month_of(scene.earlier))


PROBES = (
    Probe(DOGS.name, _insert_dog, _correct_dog, _backdate_dog, prepare=_home, forgets=True),
    Probe(ALLOWANCES.name, _insert_allowance, _correct_allowance, _backdate_allowance, prepare=_owner),
)
