"""A small city with the dummy plugin, whose permits give tasks to hear of, and clients that listen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from core.ids import key_of, typed
from core.settings import Settings
from core.workflow.service import start
from minzheng.testing import Running
from server.auth import mint
from server.runtime import Runtime
from tests.host.conftest import TODAY, City

TOWN, OTHER_TOWN = "410189101000", "410189102000"
CHANGES = """
subscription ($filter: TaskFilter, $after: Int) {
  taskChanged(filter: $filter, after: $after) { position event task { state division { code } } }
}
"""
APPLY = (
    "mutation ($input: ApplyForPetsPermitInput!) "
    "{ applyForPetsPermit(input: $input) { permit { id } errors { code } } }"
)


def settings_of(database: str, var: Path) -> Settings:
    return Settings(dev=True, database=database, var=var, today=TODAY, plugins=["pets"])


@dataclass
class LiveCity:
    """A city, and the settings that every process on it has."""

    settings: Settings
    runtime: Runtime
    dogs: list[str]

    def token(
        self, role: str = "TOWN_OFFICER", division: str = TOWN, lasts: timedelta = timedelta(hours=1)
    ) -> str:
        return mint(self.settings, role, division, (), lasts)

    async def ask(self, url: str, query: str, token: str | None = None, **variables: Any) -> Any:
        """The one field of an answer."""
        headers = {"Authorization": f"Bearer {token or self.token()}"}
        async with httpx.AsyncClient() as client:
            body = {"query": query, "variables": variables}
            answer = (await client.post(f"{url}/graphql", json=body, headers=headers)).json()
        assert "errors" not in answer, answer
        [found] = answer["data"].values()
        assert found.get("errors", []) == [], found
        return found

    async def apply(self, url: str, dog: int = 0, **more: Any) -> str:
        """A permit that is asked for: its id."""
        token = self.token(division=OTHER_TOWN if dog else TOWN)
        found = await self.ask(url, APPLY, token, input={"dog": self.dogs[dog], **more})
        return str(found["permit"]["id"]) if found["permit"] else ""

    async def start(self) -> None:
        """A permit that the service itself asks for in the first town, whoever may."""
        from minzheng_pets.graphql.permits import permit_of
        from minzheng_pets.models import PetsDog
        from minzheng_pets.workflows import PERMIT

        runtime = self.runtime
        running = Running(runtime.host, runtime.database, runtime.clock, runtime.vault, runtime.graphql)
        async with running.work() as work:
            dog = await work.find(PetsDog, key_of("pets_dog", self.dogs[0]), "pets_dog")
            await start(work, PERMIT, permit_of(dog, TODAY))


@asynccontextmanager
async def live_city(database: str, var: Path) -> AsyncIterator[LiveCity]:
    """Two families of two towns with a dog each, in a migrated database."""
    from minzheng_pets.service import register_dog

    settings = settings_of(database, var)
    runtime = await Runtime.open(settings)
    try:
        running = Running(runtime.host, runtime.database, runtime.clock, runtime.vault, runtime.graphql)
        city = City(running)
        await city.fill()
        async with running.work() as work:
            dogs = [
                await register_dog(work, city.homes[i], city.persons[2 * i], "阿黄", f"P-{i}") for i in (0, 1)
            ]
        yield LiveCity(settings, runtime, [typed("pets_dog", dog.id) for dog in dogs])
    finally:
        await runtime.close()


class Events:
    """An SSE connection, read event by event."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.text = ""
        self._chunks = response.aiter_text()

    async def next(self, seconds: float = 5.0) -> dict[str, str]:
        """The next event's fields; empty at the end. Comments are passed over."""
        async with asyncio.timeout(seconds):
            while True:
                block = await self._block()
                lines = [line.partition(":") for line in block.split("\n") if line]
                found = {name: value.removeprefix(" ") for name, _, value in lines if name}
                if found or not block:
                    return found

    async def _block(self) -> str:
        while "\n\n" not in self.text:
            try:
                self.text += await anext(self._chunks)
            except StopAsyncIteration:
                return ""
        block, _, self.text = self.text.partition("\n\n")
        return block or ":"

    async def change(self) -> Any:
        """What the next event says of a task."""
        event = await self.next()
        assert event.get("event") == "next", event
        return json.loads(event["data"])["data"]["taskChanged"]


@asynccontextmanager
async def sse(
    url: str,
    token: str,
    query: str = CHANGES,
    *,
    path: str = "/graphql",
    last: int | None = None,
    **variables: Any,
) -> AsyncIterator[Events]:
    """An operation answered by events; it stands when the block begins."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    if last is not None:
        headers["Last-Event-ID"] = str(last)
    body = {"query": query, "variables": variables}
    async with (
        httpx.AsyncClient(timeout=30) as client,
        client.stream("POST", f"{url}{path}", json=body, headers=headers) as response,
    ):
        events = Events(response)
        if response.headers["content-type"].startswith("text/event-stream"):
            events.text = await anext(
                events._chunks
            )  # the comment that opens the stream, or the whole answer
        yield events


class Ws:
    """A WebSocket that speaks graphql-transport-ws."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, **message: Any) -> None:
        await self.connection.send(json.dumps(message))

    async def receive(self, seconds: float = 5.0) -> Any:
        async with asyncio.timeout(seconds):
            return json.loads(await self.connection.recv())

    async def init(self, token: str, **payload: str) -> None:
        await self.send(type="connection_init", payload={"Authorization": f"Bearer {token}", **payload})
        assert await self.receive() == {"type": "connection_ack"}

    async def subscribe(
        self, key: str = "1", query: str = CHANGES, resume: int | None = None, **variables: Any
    ) -> None:
        extensions = {} if resume is None else {"extensions": {"after": resume}}
        await self.send(
            id=key, type="subscribe", payload={"query": query, "variables": variables, **extensions}
        )

    async def change(self, key: str = "1") -> Any:
        message = await self.receive()
        assert (message.get("type"), message.get("id")) == ("next", key), message
        return message["payload"]["data"]["taskChanged"]

    async def standing(self) -> None:
        """A round trip later than what was subscribed, and time for the service to have begun to listen."""
        await self.send(type="ping")
        assert (await self.receive())["type"] == "pong"
        await asyncio.sleep(0.3)

    async def closed(self, seconds: float = 10.0) -> int | None:
        """The code with which the service ends the connection."""
        async with asyncio.timeout(seconds):
            await self.connection.wait_closed()
        return self.connection.close_code


@asynccontextmanager
async def ws(url: str, token: str | None = None, path: str = "/graphql", **options: Any) -> AsyncIterator[Ws]:
    """A connection, initialised if a token is given."""
    address = url.replace("http://", "ws://") + path
    protocols = [Subprotocol("graphql-transport-ws")]
    async with connect(address, subprotocols=protocols, proxy=None, **options) as connection:
        socket = Ws(connection)
        if token:
            await socket.init(token)
        yield socket
