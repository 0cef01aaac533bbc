"""Plugins hear of parameters in the transaction that sets them; what a plugin fails in is kept and tried again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from core.access.principal import NATION
from core.events.models import FailedHook
from core.host import Host
from core.jobs import failed_hooks, parameters
from core.parameters.changes import ParameterChange
from core.parameters.models import ParameterValue
from core.parameters.service import whole
from core.parameters.setting import NewValue, end_value, set_value
from tests.host.conftest import City

AGE = "core.marriage_age_man"


@pytest.fixture(scope="module")
def plugins(pets: tuple[str, ...]) -> tuple[str, ...]:
    return pets


@pytest.fixture
def hear(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Lets the dummy plugin implement `parameter_changed`."""
    find = Host._implementation

    def give(function: Any) -> None:
        def found(host: Host, plugin: str, hook: str) -> Any:
            if hook != "parameter_changed":
                return find(host, plugin, hook)
            return SimpleNamespace(function=function, argnames=("work", "change"))

        monkeypatch.setattr(Host, "_implementation", found)

    return give


def new(division: str, value: str = "21", day: date = date(2022, 6, 1)) -> NewValue:
    return NewValue(name=AGE, division=division, value=value, valid_from=day, source="某文")


async def test_plugins_hear_in_the_transaction(city: City, hear: Callable[[Any], None]) -> None:
    heard: list[tuple[ParameterChange, int]] = []

    async def listen(work: Any, change: ParameterChange) -> None:
        heard.append((change, await whole(work, change.name, city.first, date(2022, 7, 1))))

    hear(listen)
    async with city.running.work() as work:
        await set_value(work, new(city.district))
        await set_value(work, new(NATION, "23"))
        await end_value(work, AGE, city.district, date(2022, 6, 15))
    assert [(change.division, change.value, change.reason, now) for change, now in heard] == [
        (city.district, "21", "set", 21),
        (NATION, "23", "set", 21),
        (city.district, None, "ended", 23),
    ]
    assert heard[0][0].concerns(date(2022, 6, 1))
    assert not heard[0][0].concerns(date(2022, 5, 31))


async def test_a_plugin_that_fails_is_tried_again(city: City, hear: Callable[[Any], None]) -> None:
    async def fail(work: Any, change: ParameterChange) -> None:
        work.session.add(ParameterValue(name="x" * 200))
        raise ValueError

    hear(fail)
    async with city.running.work() as work:
        await set_value(work, new(city.district))
        assert await whole(work, AGE, city.first) == 21
    heard: list[ParameterChange] = []

    async def listen(work: Any, change: ParameterChange) -> None:
        heard.append(change)

    hear(listen)
    async with city.running.work() as work:
        row = (await work.session.scalars(select(FailedHook))).one()
        assert (row.plugin, row.hook, row.subject) == ("pets", "parameter_changed", AGE)
        await failed_hooks._call(work, row)
    assert heard == [ParameterChange(AGE, city.district, "21", date(2022, 6, 1))]


async def test_what_was_set_ahead_is_told_on_its_day(city: City, hear: Callable[[Any], None]) -> None:
    heard: list[ParameterChange] = []

    async def listen(work: Any, change: ParameterChange) -> None:
        heard.append(change)

    hear(listen)
    async with city.running.work() as work:
        await set_value(work, new(city.district, "21", date(2022, 12, 1)))
        await set_value(work, new(city.other_district, "23", date(2022, 12, 1)))
        heard.clear()
        run: Any = SimpleNamespace(day=date(2022, 12, 1), done=0)
        cursor = await parameters.step(work, run, None)
        assert await parameters.step(work, run, cursor) is None
        assert await parameters.step(work, SimpleNamespace(day=date(2022, 12, 2), done=0), None) is None  # type: ignore[arg-type]
    assert run.done == 2
    assert [(change.division, change.reason) for change in heard] == [
        (city.district, "began"),
        (city.other_district, "began"),
    ]
