"""Jobs in front of a plugin: birthdays it hears of, hooks it failed in, jobs of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from core.districts import Districts
from core.errors import Refused
from core.events.models import FailedHook, LifeEventConsequence
from core.jobs import failed_hooks as module
from core.jobs.declared import Job
from core.jobs.models import JobState
from core.jobs.runner import Report, Runner
from core.journal import JournalEntry
from core.persons.models import Person
from core.work import Work
from minzheng.testing import NewPerson, id_number, register
from tests.core.jobs.conftest import At
from tests.host.conftest import TODAY
from tests.host.test_event_hooks import PETS_NO, Hooks, dog, done, hooks, person_id

__all__ = ["hooks"]


@pytest.fixture(scope="module")
def plugins(pets: tuple[str, ...]) -> tuple[str, ...]:
    return pets


async def run(city: Any, name: str, day: date = TODAY, at: time = time(12)) -> Report:
    running = city.running
    runner = Runner(running.database, running.host, running.vault, At(day, at))
    report = await runner.run([running.host.book(Job)[name]])
    assert report.failed == [], [run.error for run in report.failed]
    return report


async def born(city: Any, *births: date, division: str | None = None, registered: str | None = None) -> None:
    home = division or city.first
    news = [
        NewPerson(
            name="王某",
            id_number=id_number(home, day, 100 + number),
            residence_division=home,
            registered_division=registered or home,
        )
        for number, day in enumerate(births)
    ]
    async with city.running.work() as work:
        await register(work, news)


def heard(hooks: Hooks, *ages: int) -> list[tuple[str, int, str]]:
    """What the plugin hears: birth date, age, day."""
    found: list[tuple[str, int, str]] = []

    async def birthdays(work: Work, birthdays: Any) -> None:
        assert len(birthdays) <= 500
        found.extend((f"{b.person.birth_date}", b.age, f"{b.on}") for b in birthdays)

    if ages:
        hooks.give(birthdays=birthdays, birthday_ages=lambda: list(ages))
    else:
        hooks.give(birthdays=birthdays)
    return found


async def test_a_missed_week_of_birthdays_is_caught_up(city: Any, hooks: Hooks) -> None:
    found = heard(hooks)
    await born(city, *(date(2008, 11, 20) + timedelta(days=number) for number in range(11)))
    await run(city, "core.birthdays", date(2022, 11, 23))
    assert found == [("2008-11-23", 14, "2022-11-23")]
    report = await run(city, "core.birthdays")
    assert [run.done for run in report.done] == [1] * 7
    assert [day for day, _, _ in found] == [f"2008-11-{day}" for day in range(23, 31)]
    assert len((await run(city, "core.birthdays")).done) == 0
    assert len(found) == 8


@pytest.mark.parametrize(
    ("today", "births", "heard_of"),
    [
        (date(2022, 2, 28), ["2004-02-29", "2004-02-28", "2004-03-01"], ["2004-02-28", "2004-02-29"]),
        (date(2024, 2, 28), ["1964-02-28", "1964-02-29"], ["1964-02-28"]),
        (date(2024, 2, 29), ["1964-02-28", "1964-02-29"], ["1964-02-29"]),
        (date(2022, 11, 30), ["1942-11-30", "2006-11-30", "2005-11-30"], ["1942-11-30", "2006-11-30"]),
    ],
)
async def test_who_reaches_an_age(
    city: Any, hooks: Hooks, today: date, births: list[str], heard_of: list[str]
) -> None:
    found = heard(hooks)
    city.running.clock._today = date(2025, 1, 1)  # they are registered by then
    await born(city, *(date.fromisoformat(day) for day in births))
    await run(city, "core.birthdays", today)
    assert sorted(day for day, _, _ in found) == heard_of


async def test_plugins_ask_for_ages_and_hear_of_the_living_alone(city: Any, hooks: Hooks) -> None:
    found = heard(hooks, 65)
    await born(city, date(1957, 11, 30), date(1962, 11, 30), date(1962, 11, 30))
    async with city.running.work() as work:
        rows = list(await work.session.scalars(select(Person).where(Person.birth_date == date(1962, 11, 30))))
        rows[0].death_date = date(2022, 11, 1)
    await run(city, "core.birthdays")
    assert sorted(age for _, age, _ in found) == [60, 65]


async def test_a_plugin_hears_of_its_districts_alone(city: Any, hooks: Hooks) -> None:
    found = heard(hooks)
    host = city.running.host
    host.districts = Districts(frozenset(), {city.district: frozenset({"pets"})})
    await born(city, date(1962, 11, 30), division=city.elsewhere)
    await born(city, date(1942, 11, 30), division=city.elsewhere, registered=city.first)
    await born(city, date(2008, 11, 30))
    report = await run(city, "core.birthdays")
    assert [run.done for run in report.done] == [3]
    assert sorted(day for day, _, _ in found) == ["1942-11-30", "2008-11-30"]


async def test_many_birthdays_go_in_chunks(city: Any, hooks: Hooks, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.jobs import birthdays

    monkeypatch.setattr(birthdays, "CHUNK", 3)
    found = heard(hooks)
    await born(city, *[date(2008, 11, 30)] * 7)
    await born(city, *[date(2006, 11, 30)] * 2, division=city.elsewhere)
    report = await run(city, "core.birthdays")
    assert ([run.done for run in report.done], len(found)) == ([9], 9)


async def test_a_plugin_that_refuses_or_fails_stops_nobody(city: Any, hooks: Hooks) -> None:
    async def birthdays(work: Work, birthdays: Any) -> None:
        work.audit("pets.half")
        raise Refused(PETS_NO)

    hooks.give(birthdays=birthdays)
    await born(city, date(1962, 11, 30))
    report = await run(city, "core.birthdays")
    assert [run.done for run in report.done] == [1]
    assert [(row.hook, row.error) for row in await failed(city)] == [("birthdays", "Refused")]


# -- failed hooks


def failing(hooks: Hooks, hook: str, times: int, then: Any) -> list[Any]:
    """A hook that raises some times, then does its part."""
    calls: list[Any] = []

    async def fail(work: Any, what: Any) -> Any:
        calls.append(what)
        if len(calls) <= times:
            raise RuntimeError("张三")
        return await then(work, what)

    async def life_event(work: Any, event: Any) -> Any:
        return await fail(work, event)

    async def household_changed(work: Any, change: Any) -> Any:
        return await fail(work, change)

    async def birthdays(work: Any, birthdays: Any) -> Any:
        return await fail(work, birthdays)

    functions = {"life_event": life_event, "household_changed": household_changed, "birthdays": birthdays}
    hooks.give(**{hook: functions[hook]})
    return calls


async def rename(work: Any, event: Any) -> str:
    from minzheng_pets.models import PetsDog

    for found in await work.session.scalars(select(PetsDog)):
        found.name = "阿黑"
    return "Renamed."


async def nothing(work: Any, what: Any) -> None:
    return None


async def failed(city: Any) -> list[FailedHook]:
    async with city.running.database.reading() as session:
        return list(await session.scalars(select(FailedHook).order_by(FailedHook.id)))


async def test_a_life_event_is_told_again_and_undone_with_the_event(city: Any, hooks: Hooks) -> None:
    from minzheng_pets.models import PetsDog

    await dog(city)
    calls = failing(hooks, "life_event", 2, rename)
    event = (await done(city, "recordDeath", person=person_id(city, 0), on="2022-11-30"))["lifeEvent"]
    assert [(row.attempts, row.retried_at) for row in await failed(city)] == [(None, None)]
    first = await run(city, "core.failed_hooks", at=time(13))
    assert ([run.done for run in first.done], [row.attempts for row in await failed(city)]) == ([0], [1])
    second = await run(city, "core.failed_hooks", at=time(14, 30))
    assert [run.done for run in second.done] == [1]
    await run(city, "core.failed_hooks", at=time(15, 30))
    assert len(calls) == 3
    async with city.running.database.reading() as session:
        assert (await session.scalars(select(PetsDog.name))).all() == ["阿黑"]
        assert "Renamed." in set(await session.scalars(select(LifeEventConsequence.text)))
        assert "pets_dog" in set(await session.scalars(select(JournalEntry.row_table)))
    await done(city, "reverseLifeEvent", lifeEvent=event["id"], reason="误登")
    async with city.running.database.reading() as session:
        assert (await session.scalars(select(PetsDog.name))).all() == ["阿黄"]


async def test_a_hook_of_a_reversed_event_is_not_called(city: Any, hooks: Hooks) -> None:
    calls = failing(hooks, "life_event", 9, nothing)
    event = (await done(city, "recordDeath", person=person_id(city, 0), on="2022-11-30"))["lifeEvent"]
    await done(city, "reverseLifeEvent", lifeEvent=event["id"], reason="误登")
    await run(city, "core.failed_hooks")
    assert (len(calls), [row.retried_at is None for row in await failed(city)]) == (1, [False])


async def test_after_so_many_attempts_it_is_given_up_and_the_run_says_so(
    city: Any, hooks: Hooks, caplog: pytest.LogCaptureFixture
) -> None:
    failing(hooks, "life_event", 99, nothing)
    await done(city, "recordDeath", person=person_id(city, 0), on="2022-11-30")
    async with city.running.work() as work:
        await work.session.execute(update(FailedHook).values(attempts=module.ATTEMPTS - 1))
    report = await run(city, "core.failed_hooks")
    assert [run.error for run in report.done] == ["pets.life_event: RuntimeError"]
    assert [row.given_up_at is None for row in await failed(city)] == [False]
    assert "张三" not in caplog.text


async def test_changes_of_households_and_birthdays_are_told_again(city: Any, hooks: Hooks) -> None:
    from core.households.service import changed

    calls = failing(hooks, "household_changed", 1, nothing)
    async with city.running.work() as work:
        await changed(work, city.homes, TODAY, "moved")
    await run(city, "core.failed_hooks", at=time(13))
    again = calls[-1]
    assert ([home.id for home in again.households], again.on, again.reason) == (
        [home.id for home in city.homes], TODAY, "moved",
    )  # fmt: skip
    calls = failing(hooks, "birthdays", 1, nothing)
    await born(city, date(1962, 11, 30))
    await run(city, "core.birthdays")
    await run(city, "core.failed_hooks", at=time(14, 30))
    assert [(b.age, b.on) for b in calls[-1]] == [(60, TODAY)]
    assert [row.retried_at is None for row in await failed(city)] == [False, False]


# -- a plugin's own


async def test_the_job_of_the_guide(city: Any) -> None:
    await dog(city)
    city.running.clock._today = TODAY.replace(year=2023)
    run = await city.running.run_job("pets.vaccines")
    assert (run.state, run.done) == (JobState.DONE, 1)
    assert (await city.running.run_job("pets.vaccines")).id == run.id
    query = "{ jobs { name lastRun { state done } } tasks { edges { node { kind dueOn } } } }"
    answer = await city.running.execute(query, district=city.district)
    assert answer["data"]["jobs"][-1] == {"name": "pets.vaccines", "lastRun": {"state": "DONE", "done": 1}}
    tasks = [edge["node"] for edge in answer["data"]["tasks"]["edges"]]
    assert {"kind": "pets.vaccine", "dueOn": "2023-11-30"} in tasks


async def test_a_district_without_the_plugin_does_not_see_its_jobs(city: Any) -> None:
    host = city.running.host
    host.districts = Districts(frozenset(), {city.district: frozenset({"pets"})})
    for district, seen in ((city.district, True), (city.other_district, False)):
        answer = await city.running.execute("{ jobs { name } }", district=district)
        assert ({"name": "pets.vaccines"} in answer["data"]["jobs"]) is seen


async def test_cases_go_on_by_themselves(city: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """In chunks; a case whose guard refuses stays, is named, and stops no other."""
    from minzheng_pets.graphql.permits import permit_of
    from minzheng_pets.models import PetsDog, PetsPermit
    from minzheng_pets.rights import PETS_LICENCE_TAKEN
    from minzheng_pets.workflows import PERMIT

    from core.jobs import due_transitions
    from core.workflow.declared import Workflow
    from core.workflow.service import start

    await dog(city)
    async with city.running.work() as work:
        kept = (await work.session.scalars(select(PetsDog))).one()
        permits = [await start(work, PERMIT, permit_of(kept, TODAY)) for _ in range(5)]
        for permit in permits[:4]:
            permit.entered_on = TODAY - timedelta(days=61)
    stuck = permits[1].id

    async def guard(work: Work, row: Any, step: Any) -> None:
        if row.id == stuck:
            raise Refused(PETS_LICENCE_TAKEN, licence="P-1")

    verbs = tuple(replace(verb, guard=guard) if verb.auto else verb for verb in PERMIT.transitions)
    book = city.running.host.book(Workflow)
    monkeypatch.setitem(book._found, PERMIT.name, replace(PERMIT, transitions=verbs))
    monkeypatch.setattr(due_transitions, "CHUNK", 2)
    report = await run(city, "core.due_transitions")
    assert [(run.done, run.error) for run in report.done] == [(3, "pets.permit: PETS_LICENCE_TAKEN")]
    async with city.running.work() as work:
        states = [row.state for row in await work.session.scalars(select(PetsPermit).order_by(PetsPermit.id))]
    assert states == ["LAPSED", "ASKED", "LAPSED", "LAPSED", "ASKED"]
