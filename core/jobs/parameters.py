"""`core.parameters`: tells plugins of the values that were set ahead and begin or end today."""

from __future__ import annotations

from typing import Any

from core.jobs.models import JobRun
from core.parameters.setting import beginning, tell
from core.work import Work


async def step(work: Work, run: JobRun, cursor: Any) -> Any:
    """Tell one of them, since a whole register may be computed anew for it; the cursor counts those told."""
    changes = await beginning(work, run.day)
    told = 0 if cursor is None else int(cursor)
    if told < len(changes):
        await tell(work, changes[told])
        run.done += 1
    return told + 1 if told + 1 < len(changes) else None
