"""Telling those who listen: an entry in the caller's own transaction, and the end of old entries."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, and_, delete, func, select

from core.clock import Clock
from core.db import Database
from core.ids import typed
from core.outbox.models import OutboxEntry
from core.placed import place
from core.work import Work

KEPT_FOR = timedelta(days=7)


async def publish(
    work: Work,
    topic: str,
    event: str,
    *,
    prefix: str,
    subject_id: uuid.UUID,
    division: str,
    read: str,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Tell in this transaction of what happened; a transaction that is rolled back has told of nothing.

    What was written before is flushed first: its locks are held when the entry gets its id, so that two writers
    of one subject have their entries in the order of their commits.

    Args:
        topic: `task`, or `<plugin>.<what>`. event: a word for what happened, in capitals.
        prefix, subject_id: what it happened to. division: where that lies.
        read: the permission that shows it.
        details: codes alone, no personal data.

    Raises:
        Refused: as `Work.flush`.
    """
    await work.flush()
    entry = OutboxEntry(
        topic=topic,
        event=event,
        subject=typed(prefix, subject_id),
        subject_id=subject_id,
        read=read,
        at=work.now,
        details=dict(details or {}),
        **place(division),
    )
    work.session.add(entry)


def old(now: datetime) -> ColumnElement[bool]:
    """The entries that are kept no longer, from the old end on: positions of what is kept follow each other.

    Who comes back with a position before them is refused (POSITION_GONE).
    """
    placed = OutboxEntry.position.is_not(None)
    kept = select(func.min(OutboxEntry.position)).where(placed, OutboxEntry.at >= now - KEPT_FOR)
    end = select(func.max(OutboxEntry.position) + 1)
    return and_(placed, OutboxEntry.position < func.coalesce(kept.scalar_subquery(), end.scalar_subquery()))


async def trim(database: Database, clock: Clock) -> int:
    """Delete the entries that are old, and say how many there were; the job `core.housekeeping` does it by night."""
    async with database.writing() as session:
        gone = delete(OutboxEntry).where(old(clock.now())).execution_options(synchronize_session=False)
        return cast("CursorResult[Any]", await session.execute(gone)).rowcount
