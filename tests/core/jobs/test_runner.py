"""Runners on both databases: killed, two at once, behind, failing."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.access.models import IdempotencyKey
from core.access.service import system
from core.alone import alone
from core.db import Database
from core.errors import Refused
from core.jobs import runner as module
from core.jobs.declared import Daily, Hourly, Job, Monthly
from core.jobs.models import JobRun, JobState
from core.jobs.service import ask
from core.refusals import NOT_FOUND
from core.work import Work
from tests.core.jobs.conftest import TODAY, At, Bench, days
from tests.core.jobs.worker import CHUNKS, SIZE, run


async def started(url: str, *more: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.core.jobs.worker", url, *more, stdout=PIPE
    )


async def said(process: Process) -> str:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip()


async def patiently(url: str) -> Any:
    """Run once the database has noticed that the killed process is gone."""
    for _ in range(100):
        report = await run(url)
        if not report.busy:
            return report
        await asyncio.sleep(0.1)
    raise AssertionError("the lock outlived its process")


async def numbers(database: Database) -> Counter[str]:
    async with database.reading() as session:
        return Counter(await session.scalars(select(IdempotencyKey.mutation)))


async def test_a_killed_run_goes_on_after_its_last_chunk_and_does_nothing_twice(
    bench: Bench, database_url: str
) -> None:
    process = await started(database_url, "3")
    assert await said(process) == "hanging"
    process.kill()
    await process.wait()
    left = (await bench.runs("core.counting"))[0]
    assert (left.state, left.cursor, left.done) == (JobState.RUNNING, 3, 3 * SIZE)
    report = await patiently(database_url)
    assert [run.done for run in report.done] == [CHUNKS * SIZE]
    assert await numbers(bench.database) == {str(number): 1 for number in range(CHUNKS * SIZE)}
    done = (await bench.runs("core.counting"))[0]
    assert (done.state, done.cursor, done.attempts) == (JobState.DONE, None, 2)
    again = await run(database_url)
    assert ([run.id for run in again.known], again.done) == ([done.id], [])
    assert len(await numbers(bench.database)) == CHUNKS * SIZE


async def test_of_two_runner_processes_one_works(bench: Bench, database_url: str) -> None:
    first = await started(database_url, "0") if bench.database.dialect_name == "postgresql" else None
    if first is not None:
        assert await said(first) == "hanging"
        second = await started(database_url)
        assert await said(second) == "busy"
        assert await second.wait() == 0
        first.kill()
        await first.wait()
    assert len((await patiently(database_url)).done) == 1
    assert set((await numbers(bench.database)).values()) == {1}


async def test_two_at_the_same_moment(bench: Bench, database_url: str) -> None:
    processes = [await started(database_url) for _ in range(2)]
    answers = sorted([await said(process) for process in processes])
    assert answers in (["busy", "done 1"], ["done 0", "done 1"])
    for process in processes:
        await process.wait()
    assert await numbers(bench.database) == {str(number): 1 for number in range(CHUNKS * SIZE)}


async def test_a_second_runner_in_the_process_says_so(bench: Bench) -> None:
    async with alone(bench.database, module._LOCK) as held:
        assert held
        assert (await bench.run(TODAY)).busy
    assert not (await bench.run(TODAY)).busy


async def test_in_memory_one_worker_at_a_time() -> None:
    database = Database("sqlite:///:memory:")
    async with (
        alone(database, "jobs") as first,
        alone(database, "jobs") as second,
        alone(database, "x") as other,
    ):
        assert (first, second, other) == (True, False, True)
    await database.close()


def noting(name: str, schedule: Any, *, catch_up: bool = False, **errors: Exception) -> tuple[Job, list[str]]:
    """A job that notes its periods; it fails in those named by day."""
    seen: list[str] = []

    async def step(work: Work, run: JobRun, cursor: Any) -> Any:
        seen.append(run.period)
        error = errors.get(run.period.replace("-", "_"), errors.get("always"))
        if error is not None:
            raise error
        return None

    return Job(name, "记录", "Noting", schedule, step, catch_up=catch_up), seen


async def test_missed_periods_are_caught_up_in_order_or_the_latest_alone(bench: Bench) -> None:
    every, seen = noting("core.every", Daily(), catch_up=True)
    newest, others = noting("core.newest", Daily())
    monthly, months = noting("core.monthly", Monthly(31), catch_up=True)
    bench.declare(every, newest, monthly)
    names = ("core.every", "core.newest", "core.monthly")
    await bench.run(date(2022, 1, 25), *names)
    await bench.run(date(2022, 1, 31), *names)
    await bench.run(date(2022, 3, 1), *names)
    assert seen == [day.isoformat() for day in [date(2022, 1, 25), *days(date(2022, 1, 26), 35)]]
    assert others == ["2022-01-25", "2022-01-31", "2022-03-01"]
    assert months == ["2021-12", "2022-01", "2022-02"]
    assert (await bench.runs("core.monthly"))[-1].day == date(2022, 2, 28)
    await bench.run(date(2022, 3, 1), *names)
    assert (len(seen), len(others), len(months)) == (36, 3, 3)


async def test_a_failing_job_stops_no_other_and_is_retried_until_it_is_given_up(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    failing, tries = noting("core.failing", Daily(), always=KeyError("13800001234"))
    good, done = noting("core.good", Hourly())
    bench.declare(failing, good)
    clock = At(TODAY)
    report = await bench.run(clock, "core.failing", "core.good")
    assert ([run.error for run in report.failed], done) == (["KeyError"], ["2022-11-30T12"])
    run = (await bench.runs("core.failing"))[0]
    assert (run.state, run.attempts) == (JobState.FAILED, 1)
    assert run.retry_at == clock.moment + timedelta(seconds=30)
    clock.moment += timedelta(seconds=29)
    await bench.run(clock, "core.failing")
    assert len(tries) == 1
    for _ in range(module.ATTEMPTS + 2):
        clock.moment += timedelta(hours=1)
        await bench.run(clock, "core.failing")
    run = (await bench.runs("core.failing"))[0]
    assert (len(tries), run.attempts, run.retry_at) == (module.ATTEMPTS, module.ATTEMPTS, None)
    await bench.run(clock, "core.failing", eager=True)  # somebody asks for it
    assert len(tries) == module.ATTEMPTS + 1
    assert "KeyError" in caplog.text
    assert "13800001234" not in caplog.text


async def test_in_order_the_following_periods_wait_for_a_failed_one(bench: Bench) -> None:
    job, seen = noting("core.ordered", Daily(), catch_up=True, **{"2022_11_29": NOT_FOUND_ERROR})
    bench.declare(job)
    await bench.run(date(2022, 11, 28), job.name)
    report = await bench.run(At(TODAY), job.name)
    assert [run.error for run in report.failed] == ["NOT_FOUND"]
    assert seen == ["2022-11-28", "2022-11-29"]
    clock = At(TODAY)
    for _ in range(module.ATTEMPTS - 1):
        clock.moment += timedelta(hours=1)
        await bench.run(clock, job.name)
    assert seen.count("2022-11-29") == module.ATTEMPTS
    clock.moment += timedelta(hours=1)
    await bench.run(clock, job.name)
    assert seen[-1] == "2022-11-30"  # it was given up, and is visible as such
    states = {run.period: (run.state, run.retry_at) for run in await bench.runs(job.name)}
    assert states["2022-11-29"] == (JobState.FAILED, None)
    assert states["2022-11-30"][0] is JobState.DONE


async def test_whoever_asks_meets_a_failed_period_first_and_later_ones_wait(bench: Bench) -> None:
    job, seen = noting("core.ordered", Daily(), catch_up=True, **{"2022_11_29": NOT_FOUND_ERROR})
    bench.declare(job)
    await bench.run(date(2022, 11, 28), job.name)
    for _ in range(2):
        await bench.run(At(TODAY), job.name, eager=True)
    assert seen == ["2022-11-28", "2022-11-29", "2022-11-29"]


async def test_a_period_that_is_asked_for_meanwhile_is_run_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, seen = noting("core.once", Daily())
    bench.declare(job)
    begin = module.Runner._begin

    async def begun(self: Any, item: Any) -> Any:
        async with bench.database.writing() as session:
            work = Work(session, system(bench.host.permissions), self.clock, bench.vault, bench.host)
            await ask(work, job)
        return await begin(self, item)

    monkeypatch.setattr(module.Runner, "_begin", begun)
    report = await bench.run(TODAY, job.name)
    assert (len(report.done), seen) == (1, ["2022-11-30"])


NOT_FOUND_ERROR = Refused(NOT_FOUND, id="x")


async def test_a_step_that_does_not_move_is_stopped(bench: Bench) -> None:
    async def step(work: Work, run: JobRun, cursor: Any) -> Any:
        return [1]

    bench.declare(Job("core.stuck", "停滞", "Stuck", Daily(), step))
    report = await bench.run(TODAY, "core.stuck")
    assert [run.error for run in report.failed] == ["JobStuckError"]


async def test_a_step_that_takes_too_long_is_stopped(bench: Bench) -> None:
    async def step(work: Work, run: JobRun, cursor: Any) -> Any:
        await asyncio.sleep(10)

    bench.declare(Job("core.slow", "缓慢", "Slow", Daily(), step))
    report = await bench.runner(TODAY, chunk_seconds=0.05).run([bench.host.book(Job)["core.slow"]])
    assert [run.error for run in report.failed] == ["TimeoutError"]


async def test_what_a_failed_chunk_wrote_is_undone(bench: Bench) -> None:
    async def step(work: Work, run: JobRun, cursor: Any) -> Any:
        run.done += 1
        work.audit("core.tried")
        if cursor == 1:
            raise ValueError
        return 1

    bench.declare(Job("core.half", "一半", "Half", Daily(), step))
    run = (await bench.run(TODAY, "core.half")).failed[0]
    assert (run.done, run.cursor, run.state) == (1, 1, JobState.FAILED)


async def test_stopped_between_chunks_it_goes_on_later(bench: Bench) -> None:
    chunks: list[Any] = []

    async def step(work: Work, run: JobRun, cursor: Any) -> Any:
        chunks.append(cursor)
        return len(chunks) if len(chunks) < 4 else None

    bench.declare(Job("core.parts", "分段", "Parts", Daily(), step))
    job = [bench.host.book(Job)["core.parts"]]
    report = await bench.runner(TODAY, stopped=lambda: len(chunks) >= 2).run(job)
    assert (report.done, report.failed, chunks) == ([], [], [None, 1])
    report = await bench.runner(TODAY).run(job)
    assert (len(report.done), chunks) == (1, [None, 1, 2, 3])
