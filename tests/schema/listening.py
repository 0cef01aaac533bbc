"""Subscriptions without a transport: tasks that are opened, and what a listener is sent."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from core.access.principal import Principal
from core.access.service import system
from core.clock import Clock
from core.db import Database
from core.host import Host
from core.outbox.sequencer import sequence
from core.vault import Vault
from core.work import Work
from core.workflow.models import Task
from core.workflow.tasks import NewTask, open_task
from schema.live import Delivery, Stream, StreamFailed
from schema.request import GraphQLRequest
from schema.service import GraphQLService
from tests.schema import small_city

READ, ACT = "registry:read", "registry:write"
TASKS = """
subscription ($filter: TaskFilter, $after: Int) {
  taskChanged(filter: $filter, after: $after) { position event subject task { id kind title division { code } } }
}
"""


def shown(host: Host) -> None:
    """Let those who read the registry see tasks of core's."""
    host.shows("core", READ)


def new_task(division: str, kind: str = "core.look") -> NewTask:
    return NewTask(
        kind=kind,
        prefix="person",
        subject_id=uuid.uuid4(),
        division=division,
        read=READ,
        act=ACT,
        title_zh="看",
        title_en="Look",
    )


@asynccontextmanager
async def working(database: Database, host: Host, vault: Vault) -> AsyncIterator[Work]:
    """A unit of work of the service's own."""
    async with database.writing() as session:
        yield Work(session, system(host.permissions), Clock(small_city.TODAY), vault, host)


class Listener:
    """A subscription whose deliveries are collected in the background."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.deliveries: list[Delivery] = []
        self.failure: BaseException | None = None
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        try:
            async for delivery in self.stream.deliveries():
                self.deliveries.append(delivery)
                self._news.set()
        except Exception as error:
            self.failure = error
        self._news.set()

    async def until(self, done: Callable[[], bool], seconds: float = 5.0) -> None:
        async with asyncio.timeout(seconds):
            while not done():
                self._news.clear()
                with suppress(TimeoutError):  # what is passed over sends nothing
                    await asyncio.wait_for(self._news.wait(), 0.05)

    @property
    def standing(self) -> bool:
        return bool(self.deliveries) or self.failure is not None

    @property
    def data(self) -> list[Any]:
        """The events, in order."""
        bodies = [json.loads(delivery.body) for delivery in self.deliveries if delivery.body]
        return [body["data"]["taskChanged"] for body in bodies]

    async def heard(self, count: int) -> list[Any]:
        await self.until(lambda: len(self.data) >= count or self.failure is not None)
        assert self.failure is None, getattr(self.failure, "body", self.failure)
        return self.data

    @property
    def ended(self) -> bool:
        return self._task.done()

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    @property
    def codes(self) -> list[str]:
        assert isinstance(self.failure, StreamFailed), self.failure
        return [error["extensions"]["code"] for error in json.loads(self.failure.body)["errors"]]


Who = Callable[[], Awaitable[Principal]]


async def listen(
    service: GraphQLService, who: Principal | Who, query: str = TASKS, **options: Any
) -> Listener:
    """A listener that stands; `who` may be asked anew for each event."""

    async def same() -> Principal:
        assert isinstance(who, Principal)
        return who

    caller: Who = same if isinstance(who, Principal) else who
    request = GraphQLRequest(query, await caller(), **options)
    stream = await service.stream(request, caller)
    assert isinstance(stream, Stream), stream
    listener = Listener(stream)
    await listener.until(lambda: listener.standing)
    return listener


async def opened(served: Any, *divisions: str) -> list[Task]:
    """Tasks opened in these divisions, told of and in order."""
    service = served.service
    async with working(service.database, service.host, service.vault) as work:
        tasks = [await open_task(work, new_task(division)) for division in divisions]
    await sequence(service.database)
    return tasks
