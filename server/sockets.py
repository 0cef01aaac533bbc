"""GraphQL over WebSocket, the protocol `graphql-transport-ws`.

strawberry has a handler for it, which runs graphql-core's subscriptions and knows neither tokens that expire, nor
limits, nor answers that are bytes already; the protocol itself is these few messages.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Mapping
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from core.errors import Language, Refused
from core.outbox.refusals import SUBSCRIPTIONS_MANY
from schema.live import CallerLost, Stream, StreamFailed
from schema.request import GraphQLRequest
from server import headers
from server.body import Parameters, parameters
from server.caller import TokenCaller
from server.events import PATIENCE_SECONDS, refusal_body

if TYPE_CHECKING:
    from server.app import AppRuntime

log = logging.getLogger("minzheng.http")

PROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 5.0
MAXIMUM_BYTES = 128 * 1024
MAXIMUM_OPERATIONS = 20

TOO_BIG = 1009
RESTART = 1012
AGAIN_LATER = 1013
BAD_MESSAGE = 4400
UNAUTHORIZED = 4401
FORBIDDEN = 4403
WRONG_PROTOCOL = 4406
INIT_LATE = 4408
ID_TAKEN = 4409
INIT_TWICE = 4429
_DEAF = "The client does not read"
_BROKEN = "Internal error"


class _Close(Exception):
    """Ends the connection with a code and a reason."""

    def __init__(self, code: int, reason: str) -> None:
        self.code, self.reason = code, reason
        super().__init__(reason)


class Socket:
    """One connection and the operations on it."""

    def __init__(self, runtime: AppRuntime, websocket: WebSocket) -> None:
        self._runtime = runtime
        self._websocket = websocket
        self._caller: TokenCaller | None = None
        self._language: Language = headers.language(websocket.headers)
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._sending = asyncio.Lock()
        self._ending: asyncio.Future[_Close] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Serve the connection until it ends."""
        offered = self._websocket.scope.get("subprotocols") or []
        await self._websocket.accept(PROTOCOL if PROTOCOL in offered else None)
        code = WRONG_PROTOCOL
        try:
            code = (
                await self._served()
                if PROTOCOL in offered
                else await self._close(WRONG_PROTOCOL, "Subprotocol")
            )
        finally:
            await self._drop_all()
            log.info("WebSocket %r %s", self._websocket.scope["path"], code)

    async def _served(self) -> int:
        reading = asyncio.create_task(self._read())
        ends: list[asyncio.Future[Any]] = [reading, self._ending]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if self._ending.done():
                raise self._ending.result()
            reading.result()
        except _Close as close:
            return await self._close(close.code, close.reason)
        except WebSocketDisconnect as gone:
            return gone.code
        except TimeoutError:  # an answer to a ping
            return await self._close(AGAIN_LATER, _DEAF)
        except Exception as error:
            log.error("a WebSocket broke: %s", type(error).__name__)
            return await self._close(AGAIN_LATER, _BROKEN)
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await reading
        return 1000

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(INIT_SECONDS):
                while self._caller is None:
                    await self._handle(await self._message())
        except TimeoutError:
            raise _Close(INIT_LATE, "Connection initialisation timeout") from None
        while True:
            await self._handle(await self._message())

    async def _close(self, code: int, reason: str) -> int:
        if self._websocket.application_state is WebSocketState.CONNECTED:
            with suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await self._websocket.close(code, reason)
        return code

    async def _drop_all(self) -> None:
        running = list(self._operations.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    # -- messages

    async def _message(self) -> Mapping[str, Any]:
        event = await self._websocket.receive()
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event.get("code", 1005))
        text = event.get("text")
        if text is None:
            raise _Close(BAD_MESSAGE, "Invalid message received")
        if len(text) > MAXIMUM_BYTES or len(text.encode()) > MAXIMUM_BYTES:
            raise _Close(TOO_BIG, "Message too big")
        try:
            content = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise _Close(BAD_MESSAGE, "Invalid message received") from None
        if not isinstance(content, dict) or not isinstance(content.get("type"), str):
            raise _Close(BAD_MESSAGE, "Invalid message received")
        return content

    async def _handle(self, message: Mapping[str, Any]) -> None:
        kind = message["type"]
        if kind == "connection_init":
            await self._init(_mapping(message, "payload"))
        elif kind == "ping":
            payload = _mapping(message, "payload")
            await self._send({"type": "pong", **({"payload": payload} if payload else {})})
        elif kind == "subscribe":
            await self._subscribe(_id(message), _mapping(message, "payload"))
        elif kind == "complete":
            self._drop(_id(message))
        elif kind != "pong":
            raise _Close(BAD_MESSAGE, "Invalid message received")

    async def _init(self, payload: Mapping[str, Any]) -> None:
        if self._caller is not None:
            raise _Close(INIT_TWICE, "Too many initialisation requests")
        given = {name.lower(): value for name, value in payload.items() if isinstance(value, str)}
        sent = headers.pretended(given)
        if "accept-language" in given:
            self._language = headers.language(sent)
        try:
            caller = TokenCaller(self._runtime, headers.bearer_token(sent), headers.purpose(sent))
            await caller()
        except Refused as refusal:
            raise _Close(FORBIDDEN, f"Forbidden: {refusal.code.code}") from None
        self._caller = caller
        await self._send({"type": "connection_ack"})

    async def _subscribe(self, key: str, payload: Mapping[str, Any]) -> None:
        if self._caller is None:
            raise _Close(UNAUTHORIZED, "Unauthorized")
        if key in self._operations:
            raise _Close(ID_TAKEN, f"Subscriber for {key} already exists")
        try:
            wanted = parameters(dict(payload))
        except Refused:
            raise _Close(BAD_MESSAGE, "Invalid message received") from None
        after = payload.get("extensions", {}) or {}
        if len(self._operations) >= MAXIMUM_OPERATIONS:
            await self._error(key, refusal_body(self._too_many(), self._language))
            return
        running = self._run(key, wanted, _position(after.get("after")), self._caller)
        self._operations[key] = asyncio.create_task(running)

    def _too_many(self) -> Refused:
        return Refused(SUBSCRIPTIONS_MANY, maximum=MAXIMUM_OPERATIONS)

    def _drop(self, key: str) -> None:
        task = self._operations.pop(key, None)
        if task:
            task.cancel()

    # -- operations

    async def _run(self, key: str, wanted: Parameters, after: int | None, caller: TokenCaller) -> None:
        try:
            await self._answer(key, await self._request(wanted, after, caller), caller)
        except StreamFailed as failure:
            await self._error(key, failure.body)
        except (CallerLost, Refused):
            self._end(FORBIDDEN, "Forbidden: sign in again")
        except TimeoutError:
            self._end(AGAIN_LATER, _DEAF)
        except WebSocketDisconnect:
            pass  # the reader ends the connection
        except Exception as error:
            # The class alone: database errors quote the values of the statement.
            log.error("an operation over WebSocket broke: %s", type(error).__name__)
            self._end(AGAIN_LATER, _BROKEN)
        finally:
            if self._operations.get(key) is asyncio.current_task():
                del self._operations[key]

    async def _request(self, wanted: Parameters, after: int | None, caller: TokenCaller) -> GraphQLRequest:
        return GraphQLRequest(
            query=wanted.query,
            principal=await caller(),
            variables=wanted.variables,
            operation_name=wanted.operation_name,
            district=self._websocket.path_params.get("code"),
            language=self._language,
            request_id=uuid.uuid4().hex,
            after=after,
        )

    async def _answer(self, key: str, request: GraphQLRequest, caller: TokenCaller) -> None:
        found = await self._runtime.graphql.stream(request, caller)
        if isinstance(found, Stream):
            await self._deliver(key, found)
        elif found.executed:
            await self._next(key, found.body)
            await self._send({"type": "complete", "id": key})
        else:
            await self._error(key, found.body)

    async def _deliver(self, key: str, stream: Stream) -> None:
        async with aclosing(stream.deliveries()) as deliveries:
            async for delivery in deliveries:
                if delivery.body is not None:
                    await self._next(key, delivery.body)
        # Not `complete`, after which a client would not come back.
        self._end(RESTART, "Service restart")

    def _end(self, code: int, reason: str) -> None:
        if not self._ending.done():
            self._ending.set_result(_Close(code, reason))

    async def _next(self, key: str, body: bytes) -> None:
        await self._text(b'{"id":%s,"type":"next","payload":%s}' % (orjson.dumps(key), body))

    async def _error(self, key: str, body: bytes) -> None:
        await self._send({"id": key, "type": "error", "payload": orjson.loads(body)["errors"]})

    async def _send(self, message: Mapping[str, Any]) -> None:
        await self._text(orjson.dumps(message))

    async def _text(self, message: bytes) -> None:
        """Send when the client has taken what came before; one that does not take it is let go."""
        async with asyncio.timeout(PATIENCE_SECONDS), self._sending:
            if self._websocket.application_state is not WebSocketState.CONNECTED:
                raise WebSocketDisconnect
            await self._websocket.send_text(message.decode())


def _mapping(message: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = message.get(name)
    if value is not None and not isinstance(value, dict):
        raise _Close(BAD_MESSAGE, "Invalid message received")
    return value or {}


def _id(message: Mapping[str, Any]) -> str:
    key = message.get("id")
    if not isinstance(key, str) or not key or len(key) > 200:
        raise _Close(BAD_MESSAGE, "Invalid message received")
    return key


def _position(value: Any) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise _Close(BAD_MESSAGE, "Invalid message received")
    return value
