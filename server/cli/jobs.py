"""`minzheng jobs list|run`.

Exit code 0: done, or nothing was due; 1: a job failed; 3: another runner is at work; 130: interrupted.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Column, Table

from core.errors import StartupError
from core.settings import Settings
from server.cli.common import (
    DatabaseOption,
    PluginsOption,
    complain,
    out,
    progress_bar,
    say,
    settings_of,
)

if TYPE_CHECKING:
    from core.jobs.declared import Job, Period
    from core.jobs.models import JobRun
    from core.jobs.runner import Progress, Report, Runner

FAILED, BUSY, INTERRUPTED = 1, 3, 130

NamesArgument = Annotated[
    list[str] | None,
    typer.Argument(help="任务名，默认全部 / Names of jobs, by default all", show_default=False),
]
OnOption = Annotated[
    str | None,
    typer.Option(
        "--on",
        help="只做这一天所属的一期，无论是否到时 / The period of this day alone, due or not",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="定时任务 / Scheduled jobs", no_args_is_help=True)
    group.command("list", help="列出任务与最近的运行 / List the jobs and their last runs")(list_jobs)
    group.command("run", help="运行到期的任务 / Run what is due")(run)
    app.add_typer(group, name="jobs")


def list_jobs(context: typer.Context, database: DatabaseOption = None, plugins: PluginsOption = None) -> None:
    settings = settings_of(context, database=database, plugins=plugins)
    out.print(asyncio.run(_table(settings)))


def run(
    context: typer.Context,
    names: NamesArgument = None,
    on: OnOption = None,
    database: DatabaseOption = None,
    plugins: PluginsOption = None,
) -> None:
    settings, day = settings_of(context, database=database, plugins=plugins), _day(on)
    try:
        report = asyncio.run(_run(settings, names or [], day))
    except KeyboardInterrupt:
        complain(
            "已中断；已完成的部分不会重做，再次运行即从断点继续 / "
            "interrupted: run it again and it goes on where it stopped"
        )
        raise typer.Exit(INTERRUPTED) from None
    _tell(report)
    if report.busy:
        raise typer.Exit(BUSY)
    if report.failed:
        raise typer.Exit(FAILED)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise StartupError(f"{text} 不是日期 / {text} is no date: write it like 2022-11-30") from None


async def _run(settings: Settings, names: Sequence[str], day: date | None) -> Report:
    from core.jobs.declared import Job
    from core.jobs.service import job_named

    with _bar() as show:
        async with _opened(settings) as runner:
            if day is not None and day > runner.clock.today():
                raise StartupError(f"日期 {day} 尚未到来 / {day} is still to come")
            runner.progress = show
            jobs = [job_named(runner.host, name) for name in names] or list(runner.host.book(Job))
            # Somebody asks for it here and now: what failed or was given up is tried again at once.
            return await (runner.run(jobs, eager=True) if day is None else runner.run_on(jobs, day))


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Runner]:
    """A runner on the database of the settings, with its own keys."""
    from core.access.keys import require_own_keys
    from core.clock import Clock
    from core.db import Database
    from core.host import Host
    from core.jobs.runner import Runner
    from core.vault import Keyring, Vault

    host, vault = Host.load(settings), Vault(Keyring.load(settings.keys))
    database = Database(settings.database)
    try:
        await require_own_keys(database, vault)
        yield Runner(database, host, vault, Clock(settings.today))
    finally:
        await database.close()


@contextmanager
def _bar() -> Iterator[Progress]:
    """A line on stderr for the period under way."""
    with progress_bar(transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(job: Job, period: Period, done: int) -> None:
            bar.update(task, completed=done, description=f"{job.name} {period.key}")

        yield show


def _tell(report: Report) -> None:
    if report.busy:
        complain(
            "另一个进程正在运行定时任务，本次未做任何事 / "
            "another runner is at work on this database: nothing was done"
        )
        return
    for run in report.done:
        gave_up = f"（{run.error}）" if run.error else ""
        say(f"{run.job} {run.period}：已完成 {run.done}{gave_up} / done: {run.done}")
    for run in report.known:
        say(f"{run.job} {run.period}：此前已完成 / was done before")
    for run in report.failed:
        complain(f"{run.job} {run.period}：失败 {run.error} / failed: {run.error}")
    if not (report.done or report.known or report.failed):
        say("没有到期的任务 / nothing is due")


async def _table(settings: Settings) -> Table:
    from core.jobs.declared import Job, following

    table = Table(
        Column("任务 / job", overflow="fold", ratio=1),
        Column("最近 / last", no_wrap=True),
        Column("状态 / state", overflow="fold"),
        Column("下次 / next", no_wrap=True),
        expand=True,
    )
    async with _opened(settings) as runner:
        last = await _last_runs(runner)
        for job in runner.host.book(Job):
            due = following(job.schedule, runner.clock.now()).due
            run = last.get(job.name)
            words = "\n".join((job.name, f"{job.zh} / {job.en}", " / ".join(job.schedule.words)))
            table.add_row(words, run.period if run else "–", _state(run), _local(due), end_section=True)
    return table


async def _last_runs(runner: Runner) -> dict[str, JobRun]:
    from core.jobs.declared import Job
    from core.jobs.service import last_run

    async with runner.database.reading() as session:
        found = [await last_run(session, job) for job in runner.host.book(Job)]
    return {run.job: run for run in found if run is not None}


def _state(run: JobRun | None) -> str:
    if run is None:
        return "–"
    more = f" {run.error}" if run.error else ""
    return f"{run.state.name} ({run.done}){more}"


def _local(moment: datetime) -> str:
    from core.clock import SHANGHAI

    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
