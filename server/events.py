"""GraphQL over server-sent events, one operation a connection (the "distinct connections" mode of GraphQL over SSE).

Lines end with LF alone: some clients split events at LF LF and would never see one end.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

import orjson
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Message, Send

from core.errors import Language, Refused
from schema.live import CallerLost, Delivery, Stream, StreamFailed
from schema.request import GraphQLAnswer
from server.headers import EVENT_STREAM
from server.refusals import bad_request
from server.replies import Download, error

log = logging.getLogger("minzheng.http")

# A client that takes nothing for so long is let go; it comes back with the last id that it has.
PATIENCE_SECONDS = 30.0
_COMPLETE = b"event: complete\ndata:\n\n"
# Proxies must not gather the events up.
_HEADERS = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}


def last_event_id(headers: Headers) -> int | None:
    """The position up to which the client has seen everything.

    Raises:
        Refused: BAD_REQUEST.
    """
    value = headers.get("last-event-id", "").strip()
    if not value:
        return None
    if not (value.isascii() and value.isdigit()) or len(value) > 10:
        raise bad_request(
            "Last-Event-ID 须为位置（整数）。", "Last-Event-ID must be a position, a whole number."
        )
    return int(value)


class EventStream(Download):
    """Events as they happen. A client that stops reading is let go."""

    async def stream_response(self, send: Send) -> None:
        async def patiently(message: Message) -> None:
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await send(message)
            except TimeoutError:
                raise ClientDisconnect from None

        await super().stream_response(patiently)


def events(found: GraphQLAnswer | Stream, language: Language) -> Response:
    """The answer to an operation as events."""
    chunks = _stream(found, language) if isinstance(found, Stream) else _once(found)
    return EventStream(chunks, headers=_HEADERS, media_type=EVENT_STREAM)


async def _once(answer: GraphQLAnswer) -> AsyncGenerator[bytes, None]:
    yield _next(answer.body) + _COMPLETE


async def _stream(stream: Stream, language: Language) -> AsyncGenerator[bytes, None]:
    try:
        async with aclosing(stream.deliveries()) as deliveries:
            async for delivery in deliveries:
                yield _event(delivery)
    except StreamFailed as failure:
        yield _next(failure.body) + _COMPLETE
    except CallerLost as lost:
        yield _next(refusal_body(lost.refusal, language)) + _COMPLETE
    except Exception as error:
        # The class alone: database errors quote the values of the statement.
        log.error("a stream of events broke: %s", type(error).__name__)
    # Without a `complete` then, and when the process stops: the client shall come back.


def _event(delivery: Delivery) -> bytes:
    return b":\n\n" if delivery.body is None else _next(delivery.body, delivery.position)


def _next(body: bytes, position: int | None = None) -> bytes:
    """JSON of ours has no line break in it."""
    mark = b"" if position is None else b"id: %d\n" % position
    return b"event: next\n" + mark + b"data: " + body + b"\n\n"


def refusal_body(refusal: Refused, language: Language) -> bytes:
    """A refusal in the shape of an answer."""
    content: Mapping[str, object] = {"errors": [error(refusal, language)]}
    return orjson.dumps(content)
