"""The pages: static shells with neither cookies nor data of their own, served from packaged files."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import orjson
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

from server import headers, replies
from server.pages.examples import SchemaSource, fitting

STATIC = Path(__file__).parent / "static"

# Everything from this origin, no inline script. GraphiQL's editor and menus set styles in markup, and
# its style sheet carries its fonts and two images.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "font-src 'self' data:",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_A_YEAR = "public, max-age=31536000, immutable"


def routes(source: SchemaSource) -> list[BaseRoute]:
    """The start page, GraphiQL, its examples, the work report, and the files that they load."""

    async def examples(request: Request) -> Response:
        """The examples that this service, or one district of it, can answer."""
        sdl = await source.sdl(request.query_params.get("district"))
        return replies.json_response(orjson.dumps(fitting(sdl)))

    return [
        Route("/", _Page("start.html"), methods=["GET"]),
        Route("/graphiql", _Page("graphiql.html"), methods=["GET"]),
        Route("/report", _Page("report.html"), methods=["GET"]),
        Route("/pages/examples.json", examples),
        Mount("/pages", _Static(directory=STATIC)),
    ]


class _Page:
    """ASGI endpoint: one HTML file."""

    def __init__(self, name: str) -> None:
        self._path = STATIC / name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = FileResponse(self._path, headers=HEADERS, media_type="text/html; charset=utf-8")
        await response(scope, receive, send)


class _Static(StaticFiles):
    """Scripts and styles. Those of a versioned folder never change under their name."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in (200, 304):
                answer = MutableHeaders(scope=message)
                answer.update(HEADERS)
                answer["Cache-Control"] = _A_YEAR if "/vendor/" in scope["path"] else "no-cache"
            await send(message)

        await super().__call__(scope, receive, marked)


def for_browser(request: Request) -> Response | None:
    """Where a browser that opens the endpoint's address itself is sent; None for every other request.

    An operation in the address is executed as GraphQL over HTTP says, whoever sends it.
    """
    asks = any(name in request.query_params for name in ("query", "variables", "operationName", "extensions"))
    if request.method != "GET" or asks or not headers.wants_page(request.headers):
        return None
    code = request.path_params.get("code")
    # Relative, so that it holds behind a proxy that serves us under a prefix.
    target = f"../../graphiql?district={quote(code, safe='')}" if code else "graphiql"
    return RedirectResponse(target, 303, headers={"Vary": "Accept"})
