"""Two server processes on one database: what is written through one is heard at the other, on both databases."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.host.conftest import DISTRICT
from tests.server.live_city import LiveCity, live_city, sse, ws

ROOT = Path(__file__).parents[2]
SERVE = "from server.cli import main; main()"


@pytest.fixture(scope="module")
def plugins(pets: tuple[str, ...]) -> tuple[str, ...]:
    return pets


@pytest.fixture
async def city(pets: tuple[str, ...], database_url: str, tmp_path: Path) -> AsyncIterator[LiveCity]:
    async with live_city(database_url, tmp_path / "var") as city:
        yield city


class Process:
    """`minzheng serve` in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self.process, self.url = process, url

    async def stop(self) -> float:
        """Ask it to end; the seconds that it took."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(15):
            await self.process.wait()
        return time.monotonic() - started


@asynccontextmanager
async def process(city: LiveCity, pets_folder: Path) -> AsyncIterator[Process]:
    settings = city.settings
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{pets_folder}",
        "MINZHENG_PLUGINS": "pets",
        "MINZHENG_VAR": str(settings.var),
    }
    options = ["--dev", "--today", str(settings.today), "--port", "0", "--database", settings.database]
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SERVE, "serve", *options),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert started.stdout is not None
    try:
        async with asyncio.timeout(60):
            line = (await started.stdout.readline()).decode()
        found = re.search(r"(http://[\d.:]+)/graphql", line)
        assert found, line
        yield Process(started, found[1])
    finally:
        if started.returncode is None:
            started.kill()
            await started.wait()


@pytest.fixture
async def two(city: LiveCity, pets_folder: Path) -> AsyncIterator[tuple[Process, Process]]:
    async with AsyncExitStack() as stack:
        first, second = [await stack.enter_async_context(process(city, pets_folder)) for _ in range(2)]
        yield first, second


async def test_from_one_process_to_the_other(city: LiveCity, two: tuple[Process, Process]) -> None:
    first, second = two
    token = city.token("CITY_OFFICER", DISTRICT)
    async with sse(second.url, token) as events, ws(second.url, token) as socket:
        await socket.subscribe()
        await socket.standing()
        started = time.monotonic()
        await city.apply(first.url)
        change = await events.change()
        took = time.monotonic() - started
        assert (change["event"], change["task"]["state"]) == ("OPENED", "ASKED")
        assert await socket.change() == change
        assert took < 2.0  # one second is what is promised; the machine of the tests may be busy
        await city.apply(second.url, 1)
        assert (await events.change())["position"] == (await socket.change())["position"] == 2

        assert await second.stop() < 5
        assert await events.next() == {}  # no `complete`: the client comes back
        assert await socket.closed() == 1012
    await city.apply(first.url)
    async with sse(first.url, token, last=2) as events:
        assert (await events.change())["position"] == 3
