"""What ends becomes a task, and the task is closed once that is settled."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from core.access.models import GrantRow, IdempotencyKey, User
from core.access.service import SINCE_EVER, system
from core.committees.models import CommitteeTerm
from core.db import new_id
from core.jobs.declared import Job
from core.jobs.models import JobRun, JobState
from core.jobs.service import new_run
from core.organizations.models import OrganizationQualification
from core.work import Work
from core.workflow.models import Task
from tests.core.jobs.conftest import TODAY, Bench
from tests.schema import small_city


async def city_of(bench: Bench) -> small_city.City:
    return await small_city.build(bench.database, bench.host, bench.vault)


async def tasks(bench: Bench) -> list[tuple[str, date | None, str | None]]:
    async with bench.database.reading() as session:
        rows = await session.scalars(select(Task).order_by(Task.kind, Task.due_on))
        return [(row.kind, row.due_on, row.outcome) for row in rows]


async def qualified(bench: Bench, city: small_city.City, *terms: tuple[date, date]) -> None:
    """The first organization's qualifications, whatever it had."""
    async with bench.database.writing() as session:
        for row in await session.scalars(select(OrganizationQualification)):
            await session.delete(row)
        for since, until in terms:
            first = city.organizations[0]
            session.add(
                OrganizationQualification(
                    organization_id=first.id,
                    kind="TAX_EXEMPT",
                    valid_from=since,
                    valid_to=until,
                    recorded_at=datetime(2022, 1, 1, tzinfo=UTC),
                )
            )


async def test_a_qualification_ends_and_is_renewed(bench: Bench) -> None:
    city = await city_of(bench)
    end = TODAY + timedelta(days=30)
    await qualified(bench, city, (date(2018, 1, 1), end))
    await bench.run(TODAY - timedelta(days=1), "core.expiries")
    assert await tasks(bench) == []
    await bench.run(TODAY, "core.expiries")
    await bench.run(TODAY + timedelta(days=1), "core.expiries")
    assert await tasks(bench) == [("core.qualification_ends", end, None)]
    await qualified(bench, city, (date(2018, 1, 1), end), (end, end + timedelta(days=1000)))
    await bench.run(TODAY + timedelta(days=2), "core.expiries")
    assert await tasks(bench) == [("core.qualification_ends", end, "SETTLED")]


async def test_a_term_of_office_reaches_five_years(bench: Bench) -> None:
    await city_of(bench)
    async with bench.database.writing() as session:
        terms = list(await session.scalars(select(CommitteeTerm).where(CommitteeTerm.valid_to.is_(None))))
        for term in terms:
            term.valid_from = date(2020, 1, 1)
        terms[0].valid_from = date(2017, 12, 30)
    await bench.run(TODAY, "core.expiries")
    ends = [row for row in await tasks(bench) if row[0] == "core.committee_term_ends"]
    assert ends == [("core.committee_term_ends", date(2022, 12, 30), None)]


async def test_a_users_grant_ends(bench: Bench) -> None:
    await city_of(bench)
    async with bench.database.writing() as session:
        user = User(id=new_id(), subject="li", name="", created_at=datetime(2022, 1, 1, tzinfo=UTC))
        session.add(user)
        await session.flush()
        for division in (small_city.CITY, "000000000000", "410000000000"):
            session.add(_grant(user, division))
    await bench.run(TODAY, "core.expiries")
    ends = [row for row in await tasks(bench) if row[0] == "core.grant_ends"]
    assert ends == [("core.grant_ends", TODAY + timedelta(days=7), None)]


def _grant(user: User, division: str) -> GrantRow:
    return GrantRow(
        user_id=user.id,
        permission="pii:read",
        division=division,
        valid_from=SINCE_EVER,
        valid_to=TODAY + timedelta(days=7),
        recorded_at=datetime(2022, 1, 1, tzinfo=UTC),
    )


async def test_many_are_taken_in_chunks(bench: Bench, monkeypatch: Any) -> None:
    from core.jobs import expiries

    monkeypatch.setattr(expiries, "CHUNK", 2)
    city = await city_of(bench)
    terms = [(date(2018, number, 1), TODAY + timedelta(days=5)) for number in range(1, 6)]
    await qualified(bench, city, *terms)
    await bench.run(TODAY, "core.expiries")
    assert len([row for row in await tasks(bench) if row[0] == "core.qualification_ends"]) == 5
    await qualified(bench, city)
    await bench.run(TODAY + timedelta(days=1), "core.expiries")
    settled = [row for row in await tasks(bench) if row[0] == "core.qualification_ends"]
    assert [row[2] for row in settled] == ["SETTLED"] * 5


async def test_housekeeping_deletes_what_is_old(bench: Bench, monkeypatch: Any) -> None:
    from core.jobs import housekeeping

    monkeypatch.setattr(housekeeping, "CHUNK", 2)
    expiries = bench.host.book(Job)["core.expiries"]
    async with bench.database.writing() as session:
        work = Work(
            session, system(bench.host.permissions), bench.runner(TODAY).clock, bench.vault, bench.host
        )
        for days in (1, 89, 91, 92, 93, 94, 95):
            session.add(_key(work, days))
        for days in (1, 399, 402):
            day = TODAY - timedelta(days=days)
            session.add(new_run(expiries, expiries.schedule.on(day), JobState.DONE))
    report = await bench.run(TODAY, "core.housekeeping")
    assert [run.done for run in report.done] == [6]
    async with bench.database.reading() as session:
        assert len(list(await session.scalars(select(IdempotencyKey)))) == 2
        kept = list(await session.scalars(select(JobRun.day).where(JobRun.job == "core.expiries")))
    assert sorted(kept) == [TODAY - timedelta(days=399), TODAY - timedelta(days=1)]


def _key(work: Work, days: int) -> IdempotencyKey:
    return IdempotencyKey(
        subject="li",
        key=str(days),
        mutation="x",
        input_hash="",
        record_id=new_id(),
        created_at=work.now - timedelta(days=days),
    )
