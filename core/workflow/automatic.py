"""Transitions that nobody has to make: the service makes them once a case has been in a state for long enough."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, select

from core.errors import Refused
from core.work import Work
from core.workflow.declared import Transition, Workflow
from core.workflow.service import advance, end_of

_CHUNK = 200
# What entered its state today cannot have been in it for any time.
_SOONEST = timedelta(days=1)


@dataclass
class Made:
    """What came of a chunk.

    Attributes:
        cursor: where the next chunk begins, as JSON holds it; None at the end.
        refused: what the guards of cases that could not go on said, a code each.
    """

    cursor: list[Any] | None = None
    made: int = 0
    refused: list[str] = field(default_factory=list)


async def make_due(
    work: Work, workflow: Workflow, cursor: Sequence[Any] | None = None, *, chunk: int = _CHUNK
) -> Made:
    """Make the automatic transitions that are due among the next `chunk` cases of a workflow.

    A case that its guard refuses stays as it is and stops no other.
    """
    verbs = [verb for verb in workflow.transitions if verb.auto is not None]
    number, after = (0, None) if cursor is None else (cursor[0], cursor[1:] or None)
    if number >= len(verbs):
        return Made()
    rows = await _candidates(work, workflow, verbs[number], after, chunk)
    found = Made(_next(rows, number, len(verbs), chunk))
    for row in rows:
        if await _is_due(work, verbs[number], row):
            await _tried(work, workflow, verbs[number], row, found)
    return found


def _next(rows: Sequence[Any], number: int, verbs: int, chunk: int) -> list[Any] | None:
    if len(rows) == chunk:
        return [number, rows[-1].entered_on.isoformat(), rows[-1].id.hex]
    return [number + 1] if number + 1 < verbs else None


async def _candidates(
    work: Work, workflow: Workflow, verb: Transition, after: Sequence[Any] | None, chunk: int
) -> Sequence[Any]:
    model = workflow.model
    entered = model.entered_on <= work.clock.today() - _SOONEST
    query = select(model).where(model.state.in_(verb.source), entered)
    if after is not None:
        on, key = date.fromisoformat(after[0]), uuid.UUID(after[1])
        query = query.where((model.entered_on > on) | and_(model.entered_on == on, model.id > key))
    return (await work.session.scalars(query.order_by(model.entered_on, model.id).limit(chunk))).all()


async def _is_due(work: Work, verb: Transition, row: Any) -> bool:
    if verb.auto is None:
        return False
    return await end_of(work, verb.auto, row.division, row.entered_on) < work.clock.today()


async def _tried(work: Work, workflow: Workflow, verb: Transition, row: Any, found: Made) -> None:
    try:
        async with work.savepoint():
            await advance(work, workflow, row, verb.name)
            await work.flush()
    except Refused as refusal:
        found.refused.append(refusal.code.code)
    else:
        found.made += 1
