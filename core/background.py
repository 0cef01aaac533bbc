"""Work that a serving process repeats beside answering."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

_LONGEST = 60.0

# Told whether it should leave the rest for later.
Round = Callable[[Callable[[], bool]], Awaitable[object]]


@asynccontextmanager
async def repeating(work: Round, every: float, log: logging.Logger, failing: str) -> AsyncIterator[None]:
    """Run `work` again and again while the block runs; when it fails, less and less often.

    Args:
        every: seconds between the end of a round and the next. failing: what the log says of a failure.
    """
    stop = asyncio.Event()
    task = asyncio.create_task(_until(stop, work, every, log, failing))
    try:
        yield
    finally:
        stop.set()
        await task


async def _until(stop: asyncio.Event, work: Round, every: float, log: logging.Logger, failing: str) -> None:
    pause = every
    while not stop.is_set():
        try:
            await work(stop.is_set)
            pause = every
        except Exception as error:
            # The class alone: database errors quote the values of the statement.
            log.warning("%s: %s", failing, type(error).__name__)
            pause = min(2 * pause, _LONGEST)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)
