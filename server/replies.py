"""Answers: GraphQL's own, and refusals in the shape of GraphQL errors."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from typing import Any
from urllib.parse import quote

import orjson
from starlette.responses import Response, StreamingResponse
from starlette.types import Send

from core.errors import Language, Refused
from schema.exporting.export import ExportFailed
from schema.request import GraphQLAnswer
from server.headers import GRAPHQL_JSON, JSON
from server.refusals import STATUS


def json_response(
    content: bytes, status: int = 200, media_type: str = JSON, headers: Mapping[str, str] | None = None
) -> Response:
    """JSON bytes as they are, in UTF-8."""
    return Response(content, status, dict(headers or {}), f"{media_type}; charset=utf-8")


def refusals(
    reasons: Iterable[Refused],
    language: Language,
    *,
    media_type: str = JSON,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Why the request went no further; the status is the first reason's."""
    reasons = list(reasons)
    body = orjson.dumps({"errors": [error(reason, language) for reason in reasons]})
    status = STATUS.get(reasons[0].code.code, 400)
    return json_response(body, status, media_type, {**_headers(reasons[0]), **(headers or {})})


def error(reason: Refused, language: Language) -> dict[str, Any]:
    """A refusal in the shape of a GraphQL error."""
    extensions: dict[str, Any] = {"code": reason.code.code}
    if reason.field:
        extensions["field"] = list(reason.field)
    if "request_id" in reason.params:
        extensions["requestId"] = reason.params["request_id"]
    return {"message": reason.message(language), "extensions": extensions}


def _headers(reason: Refused) -> dict[str, str]:
    if reason.code.code == "UNAUTHENTICATED":
        return {"WWW-Authenticate": "Bearer"}
    if reason.code.code == "METHOD_NOT_ALLOWED":
        return {"Allow": str(reason.params["allow"])}
    return {}


def answer(result: GraphQLAnswer, media_type: str, *, read_only: bool) -> Response:
    """The status a transport owes to an answer: under plain JSON every well-formed request is a 200."""
    if read_only and not result.executed and _is_refused_mutation(result.body):
        return json_response(result.body, 405, media_type, {"Allow": "POST"})
    failed = not result.executed and media_type == GRAPHQL_JSON
    return json_response(result.body, 400 if failed else 200, media_type)


class Download(StreamingResponse):
    """A file as it is made. When the client goes away, what makes it stops."""

    def __init__(self, chunks: AsyncGenerator[bytes, None], **options: Any) -> None:
        super().__init__(chunks, **options)
        self._chunks = chunks

    async def stream_response(self, send: Send) -> None:
        async with aclosing(self._chunks):
            await super().stream_response(send)


def download(chunks: AsyncGenerator[bytes, None], media_type: str, filename: str) -> Response:
    """A file; without a length, so that one that breaks off is seen to be broken."""
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return Download(chunks, headers=headers, media_type=media_type)


def document(chunks: AsyncGenerator[bytes, None], media_type: str, filename: str, size: int) -> Response:
    """A file to save, never to show: whatever is in it runs nowhere."""
    headers = {
        # RFC 6266: the plain name for those who do not read the other.
        "Content-Disposition": f"attachment; filename=\"document\"; filename*=UTF-8''{quote(filename, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "same-site",
        "Content-Length": str(size),
        "Referrer-Policy": "no-referrer",
    }
    return Download(chunks, headers=headers, media_type=media_type)


def failed_export(failure: ExportFailed) -> Response:
    """What the query of an export was refused with."""
    return json_response(failure.body, STATUS.get(failure.errors[0]["extensions"]["code"], 400))


def _is_refused_mutation(body: bytes) -> bool:
    errors = orjson.loads(body).get("errors") or []
    return any((error.get("extensions") or {}).get("code") == "METHOD_NOT_ALLOWED" for error in errors)
