"""`PUT` and `GET /documents/{token}`: the files of documents, by one-time links.

The link is the permit, so that a browser can follow it; a bearer token beside it must be of the same user.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TYPE_CHECKING, cast

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from core.documents.transfer import Announced
from core.errors import Refused
from server import headers, replies
from server.refusals import METHOD_NOT_ALLOWED

if TYPE_CHECKING:
    from server.app import AppRuntime

# How much of a refused file is still read, so that the client gets to see why: it reads only once it has sent.
_DRAINED, _DRAIN_SECONDS = 4 * 1024 * 1024, 5


def routes(runtime: AppRuntime) -> list[Route]:
    """The one address of links."""
    methods = ["GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"]
    return [Route("/documents/{token}", _Links(runtime).serve, methods=methods)]


class _Links:
    def __init__(self, runtime: AppRuntime) -> None:
        self._runtime = runtime

    async def serve(self, request: Request) -> Response:
        """What the method asks for; a HEAD, as previews of links send it, does not use the link up."""
        if request.method == "PUT":
            return await self._put(request)
        if request.method == "GET":
            return await self._get(request)
        raise Refused(METHOD_NOT_ALLOWED, allow="GET, PUT")

    async def _put(self, request: Request) -> Response:
        chunks = request.stream()
        try:
            subject = await self._subject(request)
            token, said = request.path_params["token"], _announced(request)
            received = await self._runtime.transfers.receive(token, chunks, said, subject)
        except Refused:
            await _drain(chunks)
            raise
        said_back = {"document": received.document, "size": received.size, "sha256": received.sha256}
        return replies.json_response(orjson.dumps(said_back), 201)

    async def _get(self, request: Request) -> Response:
        subject = await self._subject(request)
        file = await self._runtime.transfers.send(request.path_params["token"], subject)
        chunks = cast("AsyncGenerator[bytes, None]", file.chunks)
        return replies.document(chunks, file.media_type, file.filename, file.size)

    async def _subject(self, request: Request) -> str | None:
        if "authorization" not in request.headers:
            return None
        claims = await self._runtime.verifier.verify(headers.bearer_token(request.headers))
        return claims.subject


def _announced(request: Request) -> Announced:
    length = request.headers.get("content-length", "")
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    digest = request.headers.get("content-digest")
    return Announced(int(length) if length.isdigit() else None, media_type or None, digest)


async def _drain(chunks: AsyncIterator[bytes]) -> None:
    seen = 0
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for chunk in chunks:
                seen += len(chunk)
                if seen > _DRAINED:
                    return
    except (TimeoutError, ClientDisconnect, RuntimeError):
        return  # nobody left to tell, or the body was read to its end
