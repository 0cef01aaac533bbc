"""`core.signals`: looks through the register for what somebody should look at, signal by signal."""

from __future__ import annotations

import logging
from typing import Any

from core.jobs.models import JobRun
from core.signals.declared import Signal
from core.signals.service import Scanned, scan
from core.work import Work

log = logging.getLogger("minzheng.jobs")


async def step(work: Work, run: JobRun, cursor: Any) -> Any:
    """A page of one signal; the cursor is the signal's number, and where its next page begins.

    A signal that fails stops no other: the run names it.
    """
    number, after = (0, None) if cursor is None else cursor
    signals = [signal for signal in work.host.book(Signal) if signal.find is not None]
    if number >= len(signals):
        return None
    page = await _page(work, run, signals[number], after)
    run.done += page.found
    return [number + 1, None] if page.cursor is None else [number, page.cursor]


async def _page(work: Work, run: JobRun, signal: Signal, after: str | None) -> Scanned:
    try:
        async with work.savepoint():
            found = await scan(work, signal, run.day, after)
            await work.flush()
            return found
    except Exception as error:
        log.warning("signal %s could not be looked for: %s", signal.name, type(error).__name__)
        run.error = f"{signal.name}: {type(error).__name__}"[:200]
        return Scanned()
