"""`core.housekeeping`: deletes what served its time. No record of the registry, no audit row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select

from core.access.models import IdempotencyKey
from core.events.models import FailedHook
from core.jobs.models import JobRun, JobState
from core.outbox.models import OutboxEntry
from core.outbox.service import old
from core.work import Work

CHUNK = 1000
KEYS_FOR = timedelta(days=90)  # a client that repeats a request after three months means a new one
HOOKS_FOR = timedelta(days=90)
RUNS_FOR = timedelta(days=400)  # a year, and time to compare it with the one before


def _spent(work: Work) -> list[tuple[Any, ColumnElement[bool]]]:
    """The tables and their rows that are not needed any more."""
    done = (JobRun.state == JobState.DONE) & (JobRun.due_at < work.now - RUNS_FOR)
    return [
        (IdempotencyKey, IdempotencyKey.created_at < work.now - KEYS_FOR),
        (FailedHook, FailedHook.retried_at < work.now - HOOKS_FOR),
        (JobRun, done),
        (OutboxEntry, old(work.now)),
    ]


async def step(work: Work, run: JobRun, cursor: Any) -> Any:
    """Delete some rows of one table; the cursor is the table's number and the chunk's."""
    table, chunk = (0, 0) if cursor is None else cursor
    spent = _spent(work)
    model, test = spent[table]
    some = select(model.id).where(test).limit(CHUNK).scalar_subquery()
    found = await work.session.execute(
        delete(model).where(model.id.in_(some)), execution_options={"synchronize_session": False}
    )
    count: int = found.rowcount  # type: ignore[attr-defined]
    run.done += count
    if count == CHUNK:
        return [table, chunk + 1]
    return [table + 1, 0] if table + 1 < len(spent) else None
