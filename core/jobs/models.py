from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, ColumnElement, Index, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column

from core.access.permissions import JOBS_READ
from core.access.principal import Bind, Scope
from core.access.scope import Mode, ScopeRule, Words
from core.codes.sets import CodedEnum
from core.db import Base, coded, new_id, text


class JobState(CodedEnum, zh="定时任务运行状态"):
    """How far a run is."""

    QUEUED = "QUEUED", "", "待运行", "Waiting for a runner"
    RUNNING = "RUNNING", "", "运行中", "Running, or broken off and to be resumed"
    DONE = "DONE", "", "已完成", "Done"
    FAILED = "FAILED", "", "失败", "Failed"


@dataclass(frozen=True)
class WholeService:
    """Rows of the service itself, which lie in no division: seen with the permission, wherever it is held."""

    permission: str | None = JOBS_READ
    words: ClassVar[Words] = (
        "属于整个服务，有权限即可见",
        "Of the service as a whole, for whoever has the permission",
    )

    def clause(self, row: Any, scope: Scope, bind: Bind, mode: Mode) -> ColumnElement[bool]:
        return true() if scope.everywhere or scope.codes else false()


class JobRun(Base):
    """One job in one period. It holds counts and codes, no personal data.

    Attributes:
        cursor: where the next chunk begins. done: how much was done, as the job counts.
        attempts: how often it was begun, failed ones and resumed ones included.
        error: the class of the error it failed with; of a run that is done, what it had to give up.
        retry_at: when a failed run is begun again, by the wall clock; none when it was given up.
    """

    __tablename__ = "core_job_run"
    __scope__: ClassVar[ScopeRule] = WholeService()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    job: Mapped[str] = mapped_column(text(80))
    period: Mapped[str] = mapped_column(text(16))
    day: Mapped[date] = mapped_column()
    due_at: Mapped[datetime] = mapped_column()
    state: Mapped[JobState] = mapped_column(coded(JobState))
    cursor: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    done: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime | None] = mapped_column()
    finished_at: Mapped[datetime | None] = mapped_column()
    error: Mapped[str | None] = mapped_column(text(200))
    retry_at: Mapped[datetime | None] = mapped_column()

    __table_args__ = (UniqueConstraint("job", "period"), Index(None, "job", "due_at", "id"))


_OPEN = JobRun.state != JobState.DONE
Index("ix_core_job_run_open", JobRun.due_at, JobRun.job, postgresql_where=_OPEN, sqlite_where=_OPEN)
