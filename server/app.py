"""The ASGI application: GraphQL over HTTP for the whole service and for each district."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from core.access.principal import Principal
from core.documents.transfer import Transfers
from core.errors import Refused
from core.settings import Settings
from schema.exporting.export import Export, ExportFailed, begun
from schema.exporting.formats import Format
from schema.live import Caller, Stream
from schema.request import GraphQLAnswer, GraphQLRequest
from server import body, documents, events, headers, pages, replies
from server.auth import Claims
from server.caller import TokenCaller
from server.envelope import Envelope
from server.refusals import METHOD_NOT_ALLOWED, NOT_READY, PATH_UNKNOWN, bad_request
from server.sockets import Socket


class Verifier(Protocol):
    """Tells good tokens from bad ones."""

    async def verify(self, token: str) -> Claims: ...


class Service(Protocol):
    """What runs operations."""

    async def execute(self, request: GraphQLRequest) -> GraphQLAnswer: ...
    async def stream(self, request: GraphQLRequest, caller: Caller) -> GraphQLAnswer | Stream: ...
    async def export(self, request: GraphQLRequest, form: Format) -> Export: ...
    async def sdl(self, district: str | None) -> str: ...


class AppRuntime(Protocol):
    """What the application needs of the process around it."""

    @property
    def settings(self) -> Settings: ...
    @property
    def verifier(self) -> Verifier: ...
    @property
    def graphql(self) -> Service: ...
    async def principal(self, claims: Claims, purpose: str | None) -> Principal: ...
    @property
    def transfers(self) -> Transfers: ...
    async def ready(self) -> list[str]: ...
    def background(self) -> AbstractAsyncContextManager[None]: ...


def create_app(runtime: AppRuntime) -> Starlette:
    """The application on top of an open runtime, which the caller closes."""
    endpoints = Endpoints(runtime)
    # Each address takes every method, so that a wrong one is refused in our own shape.
    methods = ["GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"]
    return Starlette(
        routes=[
            Route("/graphql", endpoints.graphql, methods=methods),
            Route("/districts/{code}/graphql", endpoints.graphql, methods=methods),
            WebSocketRoute("/graphql", endpoints.socket),
            WebSocketRoute("/districts/{code}/graphql", endpoints.socket),
            Route("/export", endpoints.export, methods=methods),
            Route("/districts/{code}/export", endpoints.export, methods=methods),
            Route("/districts/{code}/schema.graphql", endpoints.sdl),
            *documents.routes(runtime),
            Route("/healthz", endpoints.healthz),
            Route("/readyz", endpoints.readyz),
            *pages.routes(runtime.graphql),
        ],
        middleware=[Middleware(Envelope), *_cors(runtime.settings.cors_origins)],
        exception_handlers={Refused: _refused, HTTPException: _http_error},
        lifespan=lambda _app: runtime.background(),
    )


def _cors(origins: list[str]) -> list[Middleware]:
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "PUT"],
            allow_headers=[
                "Authorization",
                "Content-Type",
                "Content-Digest",
                "Accept-Language",
                "Purpose",
                "Idempotency-Key",
                "X-Request-Id",
                "Last-Event-ID",
            ],
            expose_headers=["X-Request-Id", "WWW-Authenticate", "Content-Disposition"],
        )
    ]


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    try:
        media_type = headers.media_type(request.headers)
    except Refused:
        media_type = headers.JSON
    return replies.refusals([error], request.state.language, media_type=media_type)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        allow = (error.headers or {}).get("Allow", "GET")
        return await _refused(request, Refused(METHOD_NOT_ALLOWED, allow=allow))
    if error.status_code == 404:
        return await _refused(request, Refused(PATH_UNKNOWN))
    return await _refused(request, bad_request("请求无效。", error.detail))


class Endpoints:
    """The request handlers."""

    def __init__(self, runtime: AppRuntime) -> None:
        self._runtime = runtime

    async def graphql(self, request: Request) -> Response:
        """One operation, for the whole service or one district."""
        if request.method not in ("GET", "POST"):
            raise Refused(METHOD_NOT_ALLOWED, allow="GET, POST")
        if page := pages.for_browser(request):
            return page
        if request.method == "POST" and headers.wants_events(request.headers):
            return await self._events(request)
        media_type = headers.media_type(request.headers)
        principal = await self._principal(request)
        wanted = await self._wanted(request, principal)
        result = await self._runtime.graphql.execute(wanted)
        return replies.answer(result, media_type, read_only=wanted.read_only)

    async def _events(self, request: Request) -> Response:
        """One operation, answered by server-sent events."""
        caller = TokenCaller(
            self._runtime, headers.bearer_token(request.headers), headers.purpose(request.headers)
        )
        wanted = await self._wanted(request, await caller())
        wanted = replace(wanted, after=events.last_event_id(request.headers))
        return events.events(await self._runtime.graphql.stream(wanted, caller), request.state.language)

    async def socket(self, websocket: WebSocket) -> None:
        """Operations over a WebSocket, for the whole service or one district."""
        await Socket(self._runtime, websocket).run()

    async def export(self, request: Request) -> Response:
        """The rows of one list as a file, for the whole service or one district."""
        if request.method != "POST":
            raise Refused(METHOD_NOT_ALLOWED, allow="POST")
        form = headers.export_format(request.headers, request.query_params.get("format"))
        principal = await self._principal(request)
        try:
            export = await self._runtime.graphql.export(await self._wanted(request, principal), form)
            return replies.download(await begun(export), form.media_type, export.filename)
        except ExportFailed as failure:
            return replies.failed_export(failure)

    async def _principal(self, request: Request) -> Principal:
        claims = await self._runtime.verifier.verify(headers.bearer_token(request.headers))
        return await self._runtime.principal(claims, headers.purpose(request.headers))

    async def _wanted(self, request: Request, principal: Principal) -> GraphQLRequest:
        read_only = request.method == "GET"
        parameters = body.from_query(request) if read_only else await body.from_body(request)
        return GraphQLRequest(
            query=parameters.query,
            principal=principal,
            variables=parameters.variables,
            operation_name=parameters.operation_name,
            district=request.path_params.get("code"),
            language=request.state.language,
            idempotency_key=headers.idempotency_key(request.headers),
            read_only=read_only,
            request_id=request.state.request_id,
        )

    async def sdl(self, request: Request) -> Response:
        """The schema of a district, for front-end tools; schemas hold no data and need no token."""
        return PlainTextResponse(await self._runtime.graphql.sdl(request.path_params["code"]))

    async def healthz(self, _request: Request) -> Response:
        """The process is alive."""
        return replies.json_response(b'{"status":"ok"}')

    async def readyz(self, request: Request) -> Response:
        """The process can serve: 503 with the problems when it cannot."""
        problems = await self._runtime.ready()
        if problems:
            reasons = [Refused(NOT_READY, problem=problem) for problem in problems]
            return replies.refusals(reasons, request.state.language)
        return replies.json_response(b'{"status":"ready"}')
