"""Tasks that are opened while clients listen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tests.live import Live
from tests.schema.listening import new_task, open_task, shown, working

VILLAGE = "410189101201"


@asynccontextmanager
async def telling(site: Live, every: float = 0.2) -> AsyncIterator[None]:
    """Open a task again and again while the block runs."""
    runtime = site.runtime
    shown(runtime.host)

    async def tell() -> None:
        while True:
            async with working(runtime.database, runtime.host, runtime.vault) as work:
                await open_task(work, new_task(VILLAGE))
            await asyncio.sleep(every)

    task = asyncio.create_task(tell())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
