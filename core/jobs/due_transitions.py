"""`core.due_transitions`: makes the transitions of cases that are made by themselves once a time has passed."""

from __future__ import annotations

import logging
from typing import Any

from core.errors import Refused
from core.jobs.models import JobRun
from core.work import Work
from core.workflow.automatic import Made, make_due
from core.workflow.declared import Workflow

log = logging.getLogger("minzheng.jobs")

CHUNK = 100


async def step(work: Work, run: JobRun, cursor: Any) -> Any:
    """A chunk of one workflow; the cursor is the workflow's number, and where its next chunk begins.

    A case whose guard refuses stops no other, nor does a workflow that fails: the run names it.
    """
    number, after = (0, None) if cursor is None else cursor
    workflows = list(work.host.book(Workflow))
    if not workflows:
        return None
    found = await _made(work, run, workflows[number], after)
    run.done += found.made
    if found.cursor is not None:
        return [number, found.cursor]
    return [number + 1, None] if number + 1 < len(workflows) else None


async def _made(work: Work, run: JobRun, workflow: Workflow, after: Any) -> Made:
    try:
        async with work.savepoint():
            found = await make_due(work, workflow, after, chunk=CHUNK)
            await work.flush()
    except Exception as error:
        _note(run, workflow, error.code.code if isinstance(error, Refused) else type(error).__name__)
        return Made()
    for code in found.refused[:1]:
        _note(run, workflow, code)
    return found


def _note(run: JobRun, workflow: Workflow, what: str) -> None:
    log.warning("workflow %s could not go on by itself: %s", workflow.name, what)
    run.error = f"{workflow.name}: {what}"[:200]
