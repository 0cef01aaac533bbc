"""The service on a loopback port over a small demo city, for clients that need a socket."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import uvicorn

from core.demo_city.divisions import CITY
from core.demo_city.generate import fill
from core.settings import Settings
from server.app import create_app
from server.auth import mint
from server.runtime import Runtime

TODAY = date(2022, 11, 30)


@dataclass(frozen=True)
class Live:
    """A running service."""

    url: str
    runtime: Runtime

    def token(self, role: str = "CITY_OFFICER", division: str = CITY, *grants: str) -> str:
        return mint(self.runtime.settings, role, division, grants, timedelta(hours=1))


class _Server(uvicorn.Server):
    """Leaves the signals to pytest."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(runtime: Runtime) -> AsyncIterator[Live]:
    """Serve an open runtime on a loopback port."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        create_app(runtime), lifespan="off", ws="websockets-sansio", log_config=None, access_log=False
    )
    server = _Server(config)
    async with runtime.background():
        task = asyncio.create_task(server.serve(sockets=[listening]))
        yield Live(f"http://127.0.0.1:{listening.getsockname()[1]}", runtime)
        runtime.graphql.stop_streams()
        server.should_exit = True
        await task


@asynccontextmanager
async def live(database: str, var: Path, *, persons: int) -> AsyncIterator[Live]:
    """Serve a demo city that is made in a migrated, empty database."""
    runtime = await Runtime.open(Settings(dev=True, database=database, var=var, today=TODAY))
    try:
        parts = (runtime.database, runtime.host, runtime.vault, runtime.clock)
        await fill(*parts, persons=persons, seed=1, progress=lambda *_: None)
        async with serving(runtime) as site:
            yield site
    finally:
        await runtime.close()
