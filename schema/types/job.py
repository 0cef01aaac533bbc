"""Scheduled jobs: what is declared, what is due next, and the runs so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import strawberry
from sqlalchemy import Boolean, ColumnElement, case, cast, literal_column, select, union_all

from core.access.permissions import JOBS_READ
from core.db import Instant, Text
from core.jobs.declared import Job as Declared
from core.jobs.declared import following
from core.jobs.models import JobRun as RunRow
from core.jobs.service import PREFIX
from schema.sql.connections import Connection as ConnectionMapping
from schema.sql.emit import word
from schema.sql.fields import column, connection, expression, field, node_id, sql_type
from schema.sql.mappings import FieldMapping
from schema.sql.paging import Key
from schema.sql.planner import Planner, Run, Site
from schema.sql.row import Columns, Row
from schema.types.connection import Connection
from schema.types.enums import JobState


@dataclass(frozen=True)
class JobRow:
    """A declared job as a row: the two paths make it of the declaration, there is no table of them."""

    name: str
    title_zh: str
    title_en: str
    schedule_zh: str
    schedule_en: str
    catch_up: bool
    next_due: datetime

    @classmethod
    def of(cls, job: Declared, env: Any) -> JobRow:
        return cls(*_words(job), job.catch_up, _next(job, env))


def _words(job: Declared) -> tuple[str, str, str, str, str]:
    return (job.name, job.zh, job.en, *job.schedule.words)


def _next(job: Declared, env: Any) -> datetime:
    return following(job.schedule, env.clock.now()).due


def _shown(env: Any) -> Sequence[Declared]:
    """The jobs of core and of the plugins that are on here, for whoever may read them."""
    return env.host.book(Declared).of(env.plugins) if env.principal.can(JOBS_READ) else ()


@dataclass
class JobList(FieldMapping):
    """The declared jobs as the rows of a statement, so that their runs are found in the same one."""

    target: Any

    def plan(self, planner: Planner, site: Site) -> ColumnElement[Any]:
        jobs = _shown(planner.env)
        if not jobs:
            return planner.emit.items([])
        source = union_all(*(self._row(planner, job) for job in jobs)).subquery()
        at = site.at.below(site.key, JobRow, Columns(source))
        return planner.emit.array(source, planner.pairs(site.type_, site.nodes, at), site.at.outer)

    def _row(self, planner: Planner, job: Declared) -> Any:
        def due(run: Run) -> datetime:
            return _next(job, run.env)

        names = ("name", "title_zh", "title_en", "schedule_zh", "schedule_en")
        words = [word(text).label(name) for name, text in zip(names, _words(job), strict=True)]
        catch_up = literal_column("true" if job.catch_up else "false", Boolean).label("catch_up")
        return select(*words, catch_up, cast(planner.bind(due, Instant()), Instant()).label("next_due"))

    def resolve(self, source: Any, info: Any, arguments: Mapping[str, Any]) -> Any:
        env = info.context.env
        return [Row(self.target(), {JobRow: JobRow.of(job, env)}) for job in _shown(env)]


@dataclass
class LastRun(FieldMapping):
    """The run of the latest period that has one."""

    target: Any

    def plan(self, planner: Planner, site: Site) -> ColumnElement[Any]:
        row = planner.rows(RunRow, None)
        tests = (row.job == site.at[JobRow].name, planner.inside(site.at, RunRow, row, "reached"))
        query = select().select_from(row.source).where(*tests)
        query = query.order_by(row.due_at.desc(), row.id.desc()).limit(literal_column("1"))
        at = site.at.below(site.key, RunRow, row)
        return planner.emit.one(query, planner.pairs(site.type_, site.nodes, at), site.at.outer)

    async def resolve(self, source: Row, info: Any, arguments: Mapping[str, Any]) -> Any:
        repository = info.context.repository
        tests = [RunRow.job == source[JobRow].name, repository.inside(RunRow, RunRow, "reached")]
        rows = await repository.page(RunRow, tests, [RunRow.due_at.desc(), RunRow.id.desc()], 1)
        return Row(self.target(), {RunRow: rows[0]}) if rows else None


@dataclass
class JobRuns(ConnectionMapping):
    """The runs of a job; graphql-core's path has no table of jobs to join them to, and asks by name."""

    async def resolve(self, source: Row, info: Any, arguments: Mapping[str, Any]) -> Any:
        name = source[JobRow].name
        own = replace(self, parent=None, on=None, where=lambda row: row.job == name)
        return await info.context.page(own, source, arguments)


def _runs(zh: str, en: str) -> Any:
    made = connection(
        "Job.runs",
        lambda: JobRun,
        zh=zh,
        en=en,
        default=(Key("due_at", descending=True),),
        parent=JobRow,
        on=lambda job, run: run.job == job.name,
    )
    made.mapping = JobRuns(**vars(made.mapping))
    return made


@sql_type(RunRow, name="JobRun", zh="定时任务的一次运行。", en="One run of a job, for one period.")
class JobRun:
    id: strawberry.ID = node_id(PREFIX, RunRow)
    job: str = column(RunRow.job, zh="任务名。", en="Name of the job.")
    period: str = column(
        RunRow.period,
        zh="所属日、小时或月，如 2022-11-30。",
        en="The day, hour or month, such as 2022-11-30.",
    )
    day: date = column(RunRow.day, zh="所属日期。", en="The day it is about.")
    due_at: datetime = column(RunRow.due_at, zh="应运行的时刻。", en="When it was due.")
    state: JobState = column(RunRow.state, zh="状态。", en="State.")
    done: int = column(RunRow.done, zh="已处理数量。", en="How much was done.")
    attempts: int = column(RunRow.attempts, zh="开始过几次。", en="How often it was begun.")
    started_at: datetime | None = column(RunRow.started_at, zh="开始时刻。", en="When it began.")
    finished_at: datetime | None = column(RunRow.finished_at, zh="完成时刻。", en="When it was done.")
    error: str | None = column(
        RunRow.error,
        zh="错误类别，不含个人信息；已完成的，是其放弃的部分。",
        en="Class of the error; of a run that is done, what it gave up.",
    )
    retry_at: datetime | None = column(
        RunRow.retry_at,
        zh="何时重试；失败而为空即不再重试。",
        en="When it is retried; null and failed: no more.",
    )


def _by_language(name: str, zh: str, en: str) -> Any:
    return expression(
        sql=lambda row, bind: case(
            (bind("zh"), getattr(row[JobRow], f"{name}_zh")), else_=getattr(row[JobRow], f"{name}_en")
        ),
        python=lambda row, env: getattr(row[JobRow], f"{name}_{env.language}"),
        type_=Text,
        binds={"zh": (lambda env: env.language == "zh", Boolean())},
        zh=zh,
        en=en,
    )


def _plain(name: str, type_: Any, zh: str, en: str) -> Any:
    return expression(
        sql=lambda row, bind: getattr(row[JobRow], name),
        python=lambda row, env: getattr(row[JobRow], name),
        type_=type_,
        zh=zh,
        en=en,
    )


@sql_type(JobRow, name="Job", zh="定时任务。", en="A scheduled job.")
class Job:
    name: str = _plain("name", Text, "任务名，如 core.birthdays。", "Its name, such as core.birthdays.")
    title: str = _by_language("title", "名称，按请求的语言。", "What it does, in the request's language.")
    schedule: str = _by_language("schedule", "时间安排。", "When it runs, in words.")
    catch_up: bool = _plain(
        "catch_up",
        Boolean(),
        "错过的各期是否逐一补做；否则只做最近一期。",
        "Whether every missed period is run, or the latest alone.",
    )
    next_due: datetime = _plain("next_due", Instant(), "下一期的时刻。", "When the next period is due.")
    last_run: JobRun | None = field(
        LastRun(lambda: JobRun), "最近一期的运行。", "The run of the latest period that has one."
    )
    runs: Connection[JobRun] = _runs("各期的运行，新的在前。", "Its runs, the latest period first.")


def jobs() -> Any:
    """The root field."""
    return field(
        JobList(lambda: Job),
        "定时任务：核心与已启用插件的；需要 jobs:read，否则为空列表。",
        "Scheduled jobs of core and of the plugins that are on; needs jobs:read, else it is empty.",
    )
