"""What the authors of the plugin test, with nothing but the public face."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from minzheng.plugin import HouseholdKind, Refused, UserRole, Work, start
from minzheng.testing import (
    Matrix,
    NewHousehold,
    NewPerson,
    Running,
    id_number,
    open_households,
    register,
    service,
)

VILLAGE = "410189101201"


@pytest.fixture
async def running(pets: Any, tmp_path: Path) -> AsyncIterator[Running]:
    async with service(f"sqlite:///{tmp_path / 'pets.db'}", ["pets"], today=date(2022, 11, 30)) as running:
        await running.settle(VILLAGE)
        yield running


async def family(work: Any) -> tuple[Any, Any]:
    """A household of one, and that one."""
    number = id_number(VILLAGE, date(1960, 3, 15), 1)
    new = NewPerson(name="张三", id_number=number, registered_division=VILLAGE, residence_division=VILLAGE)
    person = (await register(work, [new]))[0]
    kind, members = HouseholdKind.REGISTERED, [(person, "02")]
    home = NewHousehold(kind=kind, division=VILLAGE, address="甲街1号", members=members)
    return (await open_households(work, [home]))[0], person


async def test_a_dog_is_registered(running: Running) -> None:
    from minzheng_pets.service import register_dog

    async with running.work() as work:
        home, person = await family(work)
        await register_dog(work, home, person, "阿黄", "P-1")
    answer = await running.execute("{ pets { dogs { totalCount } } }", division=VILLAGE)
    assert answer["data"]["pets"]["dogs"]["totalCount"] == 1
    nothing = await running.execute("{ pets { dogs { totalCount } } }", role=UserRole.AUDITOR)
    assert nothing["data"]["pets"] is None


async def test_a_licence_is_taken_once(running: Running) -> None:
    from minzheng_pets.service import register_dog

    async with running.work() as work:
        home, person = await family(work)
        await register_dog(work, home, person, "阿黄", "P-1")
        with pytest.raises(Refused, match="PETS_LICENCE_TAKEN"):
            await register_dog(work, home, person, "小黑", "P-1")


async def test_every_step_of_a_permit(running: Running) -> None:
    from minzheng_pets.graphql.permits import permit_of
    from minzheng_pets.service import register_dog
    from minzheng_pets.workflows import PERMIT

    async with running.work() as work:
        dog = await register_dog(work, *await family(work), "阿黄", "P-1")

    async def new_permit(work: Work) -> Any:
        return await start(work, PERMIT, permit_of(dog, date(2022, 11, 30)))

    matrix = Matrix(PERMIT, "PetsPermit", new_permit)
    for case in matrix.cases():
        await matrix.check(running, case)
