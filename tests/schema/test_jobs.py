"""`jobs` and `runJob`: who sees the declared jobs and their runs, and what asking for one does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.access.models import AuditEntry
from core.clock import Clock
from core.jobs.declared import Job, Monthly
from core.jobs.models import JobRun, JobState
from core.jobs.own import CORE_JOBS
from core.jobs.runner import Runner
from core.jobs.service import new_run
from tests.schema.conftest import Served
from tests.schema.small_city import TODAY

RUN = "id job period day dueAt state done attempts startedAt finishedAt error retryAt"
ALL = f"""{{ jobs {{
  __typename name title schedule catchUp nextDue lastRun {{ {RUN} }}
  runs(first: 2) {{ totalCount edges {{ cursor node {{ {RUN} }} }} pageInfo {{ hasNextPage endCursor }} }}
}} }}"""
ASK = "mutation { runJob(input: {%s}) { run { job period state } errors { code field } dryRun } }"


async def _none(work: Any, run: JobRun, cursor: Any) -> Any:
    return None


@pytest.fixture
async def ran(served: Served) -> Served:
    """The service with runs of several days, one of them failed."""
    jobs = {job.name: job for job in served.service.host.book(Job)}
    birthdays = jobs["core.birthdays"]
    async with served.service.database.writing() as session:
        for days in range(5):
            run = new_run(birthdays, birthdays.schedule.on(TODAY - timedelta(days=days)), JobState.DONE)
            run.done, run.attempts = days, 1
            run.started_at = run.finished_at = datetime(2022, 11, 30, 1, 2, 3, 45, tzinfo=UTC)
            if days == 2:
                run.state, run.error, run.finished_at = JobState.FAILED, "KeyError", None
                run.retry_at = datetime(2022, 11, 30, 1, 2, 3, tzinfo=UTC)
            session.add(run)
    return served


async def test_both_paths_show_the_jobs_and_their_runs(ran: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    noon = datetime(2022, 11, 30, 4, tzinfo=UTC)
    monkeypatch.setattr(Clock, "now", lambda self: noon)
    answer, explain = await ran.both(ALL)
    assert explain["planned"]
    assert explain["statementCount"] == 1
    jobs = {job["name"]: job for job in answer["data"]["jobs"]}
    assert list(jobs)[:3] == ["core.birthdays", "core.expiries", "core.due_transitions"]
    assert len(jobs) == len(CORE_JOBS)
    first = jobs["core.birthdays"]
    assert first["lastRun"]["period"] == "2022-11-30"
    assert first["lastRun"]["state"] == "DONE"
    assert first["nextDue"] == "2022-11-30T16:10:00.000000Z"  # 00:10 in Shanghai
    assert first["runs"]["totalCount"] == 5
    assert first["runs"]["pageInfo"]["hasNextPage"]
    assert jobs["core.expiries"]["lastRun"] is None
    assert jobs["core.expiries"]["runs"]["edges"] == []
    cursor = first["runs"]["pageInfo"]["endCursor"]
    more = f'{{ jobs {{ name runs(first: 1, after: "{cursor}") {{ edges {{ node {{ period state error }} }} }} }} }}'
    answer, _ = await ran.both(more)
    node = answer["data"]["jobs"][0]["runs"]["edges"][0]["node"]
    assert node == {"period": "2022-11-28", "state": "FAILED", "error": "KeyError"}


async def test_titles_follow_the_language(served: Served) -> None:
    zh, _ = await served.both("{ jobs { title schedule } }", language="zh")
    en, _ = await served.both("{ jobs { title schedule } }", language="en")
    assert zh["data"]["jobs"][0] == {"title": "生日：达到规定年龄的人员", "schedule": "每天 00:10"}
    assert en["data"]["jobs"][0]["schedule"] == "daily at 00:10"


@pytest.mark.parametrize(
    ("caller", "seen"),
    [("city", len(CORE_JOBS)), ("auditor", len(CORE_JOBS)), ("town", 0), ("village", 0), ("nobody", 0)],
)
async def test_who_sees_them(ran: Served, caller: str, seen: int) -> None:
    answer, _ = await ran.both(ALL, caller)
    assert len(answer["data"]["jobs"]) == seen


async def test_a_run_is_asked_for_once_and_audited(ran: Served) -> None:
    answer = await ran.ask(ASK % 'job: "core.expiries", on: "2022-11-29"')
    assert answer["data"]["runJob"] == {
        "run": {"job": "core.expiries", "period": "2022-11-29", "state": "QUEUED"},
        "errors": [],
        "dryRun": False,
    }
    await ran.ask(ASK % 'job: "core.expiries", on: "2022-11-29"')
    done = await ran.ask(ASK % 'job: "core.birthdays"')
    assert done["data"]["runJob"]["run"]["state"] == "DONE"
    await ran.ask(ASK % 'job: "core.birthdays", on: "2022-11-28"')
    async with ran.service.database.reading() as session:
        rows = list(await session.scalars(select(JobRun).where(JobRun.state == JobState.QUEUED)))
        assert sorted((row.job, row.period) for row in rows) == [
            ("core.birthdays", "2022-11-28"),
            ("core.expiries", "2022-11-29"),
        ]
        audits = list(await session.scalars(select(AuditEntry).where(AuditEntry.action == "job.asked_for")))
    assert len(audits) == 4
    assert {"job": "core.expiries", "period": "2022-11-29"} in [a.details for a in audits]


async def test_what_was_asked_for_is_run(ran: Served) -> None:
    await ran.ask(ASK % 'job: "core.expiries", on: "2022-11-01"')
    service = ran.service
    report = await Runner(service.database, service.host, service.vault, service.clock).run()
    assert ("core.expiries", "2022-11-01") in [(run.job, run.period) for run in report.done]
    answer, _ = await ran.both("{ jobs { name runs { edges { node { period state } } } } }")
    runs = answer["data"]["jobs"][1]["runs"]["edges"]
    assert {"node": {"period": "2022-11-01", "state": "DONE"}} in runs


@pytest.mark.parametrize(
    ("caller", "input", "code", "field"),
    [
        ("auditor", 'job: "core.birthdays"', "FORBIDDEN", []),
        ("town", 'job: "core.birthdays"', "FORBIDDEN", []),
        ("city", 'job: "core.nothing"', "JOB_UNKNOWN", ["input", "job"]),
        ("city", 'job: "core.birthdays", on: "2022-12-01"', "DATE_FUTURE", ["input", "on"]),
    ],
)
async def test_refusals(served: Served, caller: str, input: str, code: str, field: list[str]) -> None:
    answer = await served.ask(ASK % input, caller)
    assert answer["data"]["runJob"]["errors"] == [{"code": code, "field": field}]
    assert answer["data"]["runJob"]["run"] is None


async def test_a_dry_run_queues_nothing(served: Served) -> None:
    answer = await served.ask(ASK % 'job: "core.expiries", dryRun: true')
    assert answer["data"]["runJob"]["run"]["state"] == "QUEUED"
    assert answer["data"]["runJob"]["dryRun"]
    async with served.service.database.reading() as session:
        assert list(await session.scalars(select(JobRun))) == []


async def test_jobs_of_plugins_that_are_off_here_are_not_shown(served: Served) -> None:
    served.service.host.book(Job).add("pets", [Job("pets.vaccines", "疫苗", "Vaccines", Monthly(31), _none)])
    answer, _ = await served.both("{ jobs { name } }")
    assert "pets.vaccines" not in [job["name"] for job in answer["data"]["jobs"]]
    answer = await served.ask(ASK % 'job: "pets.vaccines"')
    assert answer["data"]["runJob"]["errors"][0]["code"] == "JOB_UNKNOWN"
    assert Monthly(31).on(date(2022, 2, 1)).day == date(2022, 2, 28)
