"""`core.due_transitions`: makes the transitions of cases that are made by themselves once a time has passed."""

from __future__ import annotations

import logging
from typing import Any

from core.errors import Refused
from core.jobs.models import JobRun
from core.work import Work
from core.workflow.automatic import make_due
from core.workflow.declared import Workflow

log = logging.getLogger("minzheng.jobs")

CHUNK = 100


async def step(work: Work, run: JobRun, cursor: Any) -> Any:
    """A chunk of one workflow; the cursor is the workflow's number and the chunk's.

    A workflow in which a guard refuses stops no other: its chunk is undone, and the run names it.
    """
    number, chunk = (0, 0) if cursor is None else cursor
    workflows = list(work.host.book(Workflow))
    made = await _made(work, run, workflows[number]) if workflows else 0
    if made:
        return [number, chunk + 1]
    return [number + 1, 0] if number + 1 < len(workflows) else None


async def _made(work: Work, run: JobRun, workflow: Workflow) -> int:
    try:
        async with work.session.begin_nested():
            made = await make_due(work, workflow, chunk=CHUNK)
            await work.flush()
    except Exception as error:
        name = error.code.code if isinstance(error, Refused) else type(error).__name__
        await work.read_again()
        log.warning("workflow %s could not go on by itself: %s", workflow.name, name)
        run.error = f"{workflow.name}: {name}"[:200]
        return 0
    run.done += made
    return made
