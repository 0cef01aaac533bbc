"""Transitions that nobody has to make: the service makes them once a case has been in a state for long enough."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, select

from core.work import Work
from core.workflow.declared import Limit, Transition, Workflow
from core.workflow.service import advance, end_of

_CHUNK = 200
# No limit is shorter than this many days for each that it counts: what entered later cannot be due yet.
_SOONEST = 1


async def make_due(work: Work, workflow: Workflow, *, chunk: int = _CHUNK) -> int:
    """Make the automatic transitions that are due in one workflow, at most `chunk` of each, and say how many.

    Call it again until it says 0. A case that a guard refuses raises, and names the transition.
    """
    made = 0
    for verb in workflow.transitions:
        if verb.auto is not None:
            for row in await _due(work, workflow, verb, verb.auto, chunk):
                await advance(work, workflow, row, verb.name)
                made += 1
    return made


async def _due(work: Work, workflow: Workflow, verb: Transition, limit: Limit, chunk: int) -> Sequence[Any]:
    today = work.clock.today()
    found: list[Any] = []
    after = None
    while len(found) < chunk and (rows := await _candidates(work, workflow, verb, today, after)):
        ends = [await end_of(work, limit, row.division, row.entered_on) for row in rows]
        found += [row for row, end in zip(rows, ends, strict=True) if end < today]
        after = rows[-1]
    return found[:chunk]


async def _candidates(
    work: Work, workflow: Workflow, verb: Transition, today: date, after: Any
) -> Sequence[Any]:
    model = workflow.model
    entered = today - timedelta(days=_SOONEST)
    query = select(model).where(model.state.in_(verb.source), model.entered_on <= entered)
    if after is not None:
        query = query.where(
            (model.entered_on > after.entered_on)
            | and_(model.entered_on == after.entered_on, model.id > after.id)
        )
    rows = await work.session.scalars(query.order_by(model.entered_on, model.id).limit(_CHUNK))
    return rows.all()
